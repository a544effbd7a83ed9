"""Strategy 4: as strategy 3, with a reasoning step before the answer."""

from emoprefer_assets.strategies._model import Step, Strategy
from emoprefer_assets.strategies.s2 import DESCRIBE

REASON = Step(
    "s4_reasoning", template="s4_reasoning", generates=True, by_external=True, needs={"description": DESCRIBE}
)
S4 = Strategy(
    "s4",
    "as strategy 3, with a reasoning step before the answer.",
    Step("s4_answer", template="s4_answer", by_external=True, needs={"reasoning": REASON}),
)
