"""Strategy 4: as strategy 3, with a reasoning step before the answer."""

from emoprefer_assets.strategies._model import Step, by_its_answer, strategy
from emoprefer_assets.strategies.s2 import DESCRIBE

REASON = Step(
    "s4_reasoning", template="s4_reasoning", generates=True, by_external=True, needs={"description": DESCRIBE}
)
strategy(
    "s4",
    "as strategy 3, with a reasoning step before the answer.",
    Step("s4_answer", template="s4_answer", by_external=True, needs={"reasoning": REASON}),
)(by_its_answer)
