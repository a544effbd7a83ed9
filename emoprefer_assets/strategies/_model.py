"""What a strategy is: the questions that it asks, what is said before them, and how their answers are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.plugins import STRATEGIES
from emoprefer_assets.strategies.reading import Reading, read_answer

OPTIONS = ("a1", "a2", "same")


@dataclass(frozen=True)
class Pair:
    """A pair as it is asked about in one round and order: `first` is called a1 in the question."""

    round: int
    swapped: bool
    pair_id: str
    clip_id: str
    first: str
    second: str


class Prompter(Protocol):
    """Makes the requests to one model.

    Attributes:
        asked: the model's entry in the registry.
    """

    asked: ModelJudge

    def text(self, template: str, clip_id: str | None, round_: int, **values: str) -> ChatRequest:
        """A request for text, as long as the registry allows."""
        ...

    def scores(self, template: str, clip_id: str | None, options: tuple[str, ...], **values: str) -> ChatRequest:
        """A request for the log-probability of each option."""
        ...


@dataclass(frozen=True, eq=False)
class Step:
    """One thing that a model is asked.

    Attributes:
        name: by which the call cache records it.
        template: of `prompts/`; it is given the clip in words, both descriptions, and the texts of `needs`.
        shows_clip: whether the clip's media come with it.
        about_clip: asked once a clip; otherwise once a pair and order.
        generates: the answer is a text that other questions quote; otherwise it is a1, a2 or same.
        by_external: the judge's external text model is asked, not the judge.
        by_similarity: an external model that only compares texts can answer it too.
        needs: what has to be said before, by its name in the template.
        without_media: the template for a judge that is given no media, which then reads both texts alone.
    """

    name: str
    template: str
    shows_clip: bool = False
    about_clip: bool = False
    generates: bool = False
    by_external: bool = False
    by_similarity: bool = False
    needs: Mapping[str, Step] = field(default_factory=dict)
    without_media: str = ""

    def requests(self, to: Prompter, pair: Pair, quoted: Mapping[str, str]) -> tuple[ChatRequest, ...]:
        """What decides the pair, or is said about its clip.

        Args:
            quoted: the texts of `needs`.
        """
        texts = {} if self.about_clip else {"a1": pair.first, "a2": pair.second}
        template, clip = self._form(to.asked), pair.clip_id if self.shows_clip else None
        if template == self.without_media:
            clip = None
        if self.generates or to.asked.read == "reply":
            return (to.text(template, clip, pair.round, **texts, **quoted),)
        return (to.scores(template, clip, OPTIONS, **texts, **quoted),)

    def fits(self, judge: ModelJudge) -> bool:
        """Whether it can be asked for the judge: without media by a template for that, and of its external model."""
        answers = judge.external and (judge.external_writes or self.by_similarity)
        return bool(judge.inputs or self.without_media) and bool(answers or not self.by_external)

    def varies(self, asked: ModelJudge) -> bool:
        """Whether the model may answer otherwise in another round."""
        return asked.temperature != 0 and (self.generates or asked.read == "reply")

    def most_calls(self, pairs: int, clips: int, orders: int) -> int:
        """The most calls that it takes in one round."""
        return clips if self.about_clip else orders * pairs

    def templates(self, judge: ModelJudge) -> tuple[str, ...]:
        """Every template that an answer depends on."""
        before = (template for step in self.needs.values() for template in step.templates(judge))
        return (*before, self._form(judge))

    def steps_before(self) -> list[Step]:
        """What has to be said before, in order."""
        return [step for need in self.needs.values() for step in (*need.steps_before(), need)]

    def _form(self, asked: ModelJudge) -> str:
        return self.without_media if self.without_media and asked.content_blind else self.template


Reader = Callable[[Sequence[ChatReply], Pair], Reading]
# Tables that are called ..._predictions as well.
_TAKEN = ("ensemble", "robustness")


@dataclass(frozen=True)
class Strategy:
    """One way of asking for a verdict.

    Attributes:
        name: s1, s2, ...
        says: what it is, in a sentence.
        step: the question that decides.
        read: from the replies to it and the pair, both in the frame of the question, to a verdict.
        read_by: how the table `predictions` names that; "" where the judge's entry says it (`read:`).
        templates: by name, the text of templates that have no file.
    """

    name: str
    says: str
    step: Step
    read: Reader
    read_by: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)

    def version(self, judge: ModelJudge, template_version: Callable[[str], str]) -> list[Any]:
        """Changes when a template does that an answer depends on."""
        return [template_version(template) for template in self.step.templates(judge)]


def strategy(
    name: str, says: str, step: Step, *, read_by: str = "", templates: Mapping[str, str] | None = None
) -> Callable[[Reader], Strategy]:
    """Register the strategy whose replies the decorated function reads; arguments as in `Strategy`."""

    def register(read: Reader) -> Strategy:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in _TAKEN:
            raise EmopreferError(f'no strategy can be called "{name}". Use a word of small letters and digits.')
        made = Strategy(name, says, step, read, read_by, templates or {})
        STRATEGIES.add(name, made)
        return made

    return register


def by_its_answer(replies: Sequence[ChatReply], pair: Pair) -> Reading:
    """The verdict that the one reply names, or that its log-probabilities give."""
    return read_answer(replies)
