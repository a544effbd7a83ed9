"""Strategy 3: an external text LLM judges against the judge's description, without the clip."""

from emoprefer_assets.strategies._model import Step, by_its_answer, strategy
from emoprefer_assets.strategies.s2 import DESCRIBE

strategy(
    "s3",
    "an external text LLM judges against the judge's description, without the clip.",
    Step("s3", template="s3", by_external=True, needs={"description": DESCRIBE}),
)(by_its_answer)
