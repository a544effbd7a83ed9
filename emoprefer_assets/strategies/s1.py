"""Strategy 1: the clip and both descriptions, answered directly."""

from emoprefer_assets.strategies._model import Step, by_its_answer, strategy

strategy(
    "s1",
    "the clip and both descriptions, answered directly.",
    Step("s1", template="s1", shows_clip=True, without_media="s1_blind"),
)(by_its_answer)
