"""Strategy 3: an external text model judges against the judge's description, without the clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emoprefer_assets.judges import ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.strategies._model import Pair, Prompter, Step, by_its_answer, strategy
from emoprefer_assets.strategies.reading import Reading, read_information
from emoprefer_assets.strategies.s2 import DESCRIBE

_SIMILARITY = "similarity"


class _Compared(Step):
    """A language model is asked which fits better; of an encoder, how near each description is to the judge's."""

    def requests(self, to: Prompter, pair: Pair, quoted: Mapping[str, str]) -> tuple[ChatRequest, ...]:
        template = self._form(to.asked)
        if template != _SIMILARITY:
            return super().requests(to, pair, quoted)
        # One text each: the order cannot matter.
        return tuple(to.scores(template, None, (text,), **quoted) for text in (pair.first, pair.second))

    def _form(self, asked: ModelJudge) -> str:
        # Asked about the external model where a request is made, and about the judge where its version is told.
        return super()._form(asked) if asked.writes and asked.external_writes else _SIMILARITY


@strategy(
    "s3",
    "an external text model judges against the judge's description, without the clip.",
    _Compared("s3", template="s3", by_external=True, by_similarity=True, needs={"description": DESCRIBE}),
    templates={_SIMILARITY: "{{ description }}"},
)
def _read(replies: Sequence[ChatReply], pair: Pair) -> Reading:
    if len(replies) == 1:
        return by_its_answer(replies, pair)
    first, second = (reply.log_probabilities[0] for reply in replies)
    return read_information(first, second)
