"""One judge asked about pairs under any of the strategies: which questions, in which order, for which clip."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from emoprefer_assets.asking.interview import Interview
from emoprefer_assets.asking.questions import Pair, Question, Questions
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import ChatReply, ModelJudge
from emoprefer_assets.media import Media, MediaReader
from emoprefer_assets.rows import each_row
from emoprefer_assets.settings import Settings

DESCRIBED = ("s2", "s3", "s4")
BY_THE_JUDGE = ("s1", "s2", "s5")
BY_THE_EXTERNAL = ("s3", "s4")


class Said(Protocol):
    """What was said earlier and later questions quote; with a failure where there is nothing to quote."""

    def description(self, clip_id: str, round_: int) -> ChatReply: ...

    def reasoning(self, pair: Pair) -> ChatReply: ...


class Asking:
    """One judge, its external model, and an interview with both.

    Args:
        external: the text model that answers strategies 3 and 4, or None.
        clips: the table `clips`.
    """

    def __init__(
        self,
        judge: ModelJudge,
        external: ModelJudge | None,
        clips: pd.DataFrame,
        settings: Settings,
        interview: Interview,
        reader: MediaReader,
    ) -> None:
        self.judge, self._external = judge, external
        self.interview = interview
        self.rounds = range(settings.rounds)
        self.to_judge = Questions(judge, clips, settings, reader)
        self._clips, self._settings, self._reader = clips, settings, reader

    @property
    def external(self) -> ModelJudge:
        """The text model that answers strategies 3 and 4.

        Raises:
            EmopreferError: the judge names none.
        """
        if self._external is None:
            raise EmopreferError(f"{self.judge.where}: strategies 3 and 4 need a text model. Set `external:`.")
        return self._external

    @cached_property
    def to_external(self) -> Questions:
        """The questions to the external model."""
        return Questions(self.external, self._clips, self._settings, self._reader)

    def ask_judge(self, strategies: Collection[str], pairs: pd.DataFrame) -> None:
        """Put every question of `strategies` that the judge answers; each clip is decoded once for all of them.

        Args:
            pairs: pair_id, clip_id, a1, a2.
        """
        own = [strategy for strategy in BY_THE_JUDGE if strategy in strategies]
        described = not set(DESCRIBED).isdisjoint(strategies)
        windows = self._windows(pairs, self.judge)
        for window, after in zip(windows, [*windows[1:], pairs.head(0)], strict=True):
            if self.judge.inputs and self.interview.calls_models:
                self._decode_ahead(own, described, pd.concat([window, after]))
            if described:
                self.interview.put(self.judge, self.descriptions(window["clip_id"]).values())
            self.interview.put(self.judge, self._all_questions(own, window))

    def ask_external(self, strategies: Collection[str], pairs: pd.DataFrame) -> None:
        """Put every question of `strategies` that the external model answers, from the judge's descriptions."""
        if set(BY_THE_EXTERNAL).isdisjoint(strategies):
            return
        for window in self._windows(pairs, self.external):
            first = self._all_questions(["s3"], window) if "s3" in strategies else []
            if "s4" in strategies:
                first += [self.reasoning_question(pair, self) for pair in self.orders(window)]
            self.interview.put(self.external, first)
            if "s4" in strategies:
                self.interview.put(self.external, self._all_questions(["s4"], window))

    def descriptions(self, clips: Iterable[str]) -> dict[tuple[str, int], Question]:
        """The question for each clip and round."""
        return {(clip, round_): self.to_judge.describe(clip, round_) for clip in clips for round_ in self.rounds}

    def orders(self, pairs: pd.DataFrame) -> Iterator[Pair]:
        """Every pair in every round and both orders."""
        rows = list(zip(pairs["pair_id"], pairs["clip_id"], pairs["a1"], pairs["a2"], strict=True))
        for round_ in self.rounds:
            for pair_id, clip_id, a1, a2 in rows:
                yield Pair(round_, False, pair_id, clip_id, a1, a2)
            for pair_id, clip_id, a1, a2 in rows:
                yield Pair(round_, True, pair_id, clip_id, a2, a1)

    def questions(self, strategy: str, pair: Pair, said: Said) -> tuple[Question, ...]:
        """What decides the pair: one question, or for strategy 5 the two texts' likelihoods with and without clip."""
        match strategy:
            case "s1":
                return (self.to_judge.direct(pair),)
            case "s2":
                quoted = said.description(pair.clip_id, pair.round)
                return (_problem("s2", quoted) or self.to_judge.with_description(pair, quoted.text),)
            case "s3":
                quoted = said.description(pair.clip_id, pair.round)
                return (_problem("s3", quoted) or self.to_external.from_description(pair, quoted.text),)
            case "s4":
                quoted = said.reasoning(pair)
                return (_problem("s4_answer", quoted) or self.to_external.from_reasoning(pair, quoted.text),)
            case "s5":
                texts = (pair.first, pair.second)
                return tuple(
                    self.to_judge.likelihood(pair.clip_id, text, with_clip)
                    for text in texts
                    for with_clip in (True, False)
                )
        raise ValueError(strategy)

    def reasoning_question(self, pair: Pair, said: Said) -> Question:
        """The first of strategy 4's calls."""
        quoted = said.description(pair.clip_id, pair.round)
        return _problem("s4_reasoning", quoted) or self.to_external.reasoning(pair, quoted.text)

    def description(self, clip_id: str, round_: int) -> ChatReply:
        """What the judge replied in this interview (see `Said`)."""
        return self.interview.reply(self.to_judge.describe(clip_id, round_))

    def reasoning(self, pair: Pair) -> ChatReply:
        """What the external model replied in this interview (see `Said`)."""
        return self.interview.reply(self.reasoning_question(pair, self))

    def _all_questions(self, strategies: Sequence[str], pairs: pd.DataFrame) -> list[Question]:
        return [
            question
            for strategy in strategies
            for pair in self.orders(pairs)
            for question in self.questions(strategy, pair, self)
        ]

    def _windows(self, pairs: pd.DataFrame, asked: ModelJudge) -> list[pd.DataFrame]:
        """The pairs of a few clips at a time."""
        number = pd.Series(pd.factorize(pairs["clip_id"])[0] // asked.clips_at_once, index=pairs.index)
        return [window for _, window in pairs.groupby(number, sort=True)]

    def _decode_ahead(self, own: Sequence[str], described: bool, pairs: pd.DataFrame) -> None:
        """Have the clips decoded that questions are still missing about; the others are not needed."""
        coming: list[Media] = []
        for name, of_clip in pairs.groupby("clip_id", sort=False):
            clip = str(name)
            questions = self._all_questions(own, of_clip)
            if described:
                questions += self.descriptions([clip]).values()
            media = self.to_judge.media_of(clip)
            if not isinstance(media, str) and self.interview.lacks(questions):
                coming += media
        self._reader.expect(coming)


class FromTables:
    """What was said, from the tables `descriptions` and `reasonings`: what a strategy's own table is made from."""

    def __init__(self, descriptions: pd.DataFrame, reasonings: pd.DataFrame | None = None) -> None:
        self._descriptions = _by_key(descriptions, ["clip_id", "round"], "description")
        self._reasonings = _by_key(reasonings, ["pair_id", "round", "swapped"], "reasoning")

    def description(self, clip_id: str, round_: int) -> ChatReply:
        return self._descriptions.get((clip_id, round_), ChatReply("", failure=f"clip {clip_id}: not described"))

    def reasoning(self, pair: Pair) -> ChatReply:
        key = (pair.pair_id, pair.round, pair.swapped)
        return self._reasonings.get(key, ChatReply("", failure="no reasoning"))


def _by_key(table: pd.DataFrame | None, key: list[str], text: str) -> Mapping[tuple[Any, ...], ChatReply]:
    if table is None:
        return {}
    rows = table[[*key, text, "failure"]].astype(object).where(table.notna(), "")
    return {tuple(row[:-2]): ChatReply("", text=row[-2], failure=row[-1]) for row in each_row(rows)}


def _problem(step: str, quoted: ChatReply) -> Question | None:
    return Question(step, None, quoted.failure) if quoted.failure else None
