"""Strategy 2: the judge describes the clip, then judges with its description as reference."""

from emoprefer_assets.strategies._model import Step, by_its_answer, strategy

DESCRIBE = Step("describe", template="describe", shows_clip=True, about_clip=True, generates=True)
strategy(
    "s2",
    "the judge describes the clip, then judges with its description as reference.",
    Step("s2", template="s2", shows_clip=True, needs={"description": DESCRIBE}),
)(by_its_answer)
