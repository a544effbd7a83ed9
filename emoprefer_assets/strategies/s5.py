"""Strategy 5 (ours): the description that the clip makes more probable than it is without the clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emoprefer_assets.judges import ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.strategies._model import Pair, Prompter, Step, strategy
from emoprefer_assets.strategies.reading import Reading, read_information


class _Likelihoods(Step):
    """How likely each description is as the judge's own, with the clip and without."""

    def requests(self, to: Prompter, pair: Pair, quoted: Mapping[str, str]) -> tuple[ChatRequest, ...]:
        return tuple(
            to.scores(self.template, clip, (text,))
            for text in (pair.first, pair.second)
            for clip in (pair.clip_id, None)
        )

    def fits(self, judge: ModelJudge) -> bool:
        return super().fits(judge) and judge.scores_text

    def varies(self, asked: ModelJudge) -> bool:
        return False

    def most_calls(self, pairs: int, clips: int, orders: int) -> int:
        # The same four in both orders.
        return 4 * pairs


@strategy(
    "s5",
    "the description that the clip makes more probable than it is without the clip.",
    _Likelihoods("s5", template="describe", shows_clip=True),
    read_by="information",
)
def _read(replies: Sequence[ChatReply], pair: Pair) -> Reading:
    first, first_alone, second, second_alone = (reply.log_probabilities[0] for reply in replies)
    return read_information(first - first_alone, second - second_alone)
