"""One judge asked for all of its tables at once: every question is built once, and every clip decoded once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd

from emoprefer_assets.asking.batches import BatchInterview, collect, under_way
from emoprefer_assets.asking.interview import DryRun, Interview
from emoprefer_assets.asking.questions import Question, Questions
from emoprefer_assets.asking.rows import predicted, rows_without_calls, texts_said
from emoprefer_assets.asking.versions import external_of
from emoprefer_assets.datasets import is_empty
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges import Judge, ModelJudge
from emoprefer_assets.judges.registry import ReplayJudge, RulesJudge
from emoprefer_assets.media import MediaReader
from emoprefer_assets.offline import is_recorded
from emoprefer_assets.rows import each_row
from emoprefer_assets.run import Run
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES
from emoprefer_assets.strategies import ALL, Pair, Step, Strategy
from emoprefer_assets.tally import Progress, Tally

BOTH_ORDERS = (False, True)


@dataclass(frozen=True, eq=False)
class Part:
    """One judge's part of one table, as it is to be made.

    Attributes:
        table: its name.
        asks: the strategy whose verdicts it holds, or the step whose texts it holds.
        pairs: what it is about: pair_id, clip_id, a1, a2; for judges that are not called also system1, system2 and
            preference; in data-set order.
        orders: which of them are asked; True is the one in which a1 and a2 are exchanged.
        of_data_set: whether these are the data set's own pairs, which submitted judges and rules that learn know.
        empty_loses: whether a model is not asked about pairs of which a description is empty: that one has lost, and of
            two it is a tie. What tests a judge asks about them.
    """

    table: str
    asks: Strategy | Step
    pairs: pd.DataFrame
    orders: tuple[bool, ...] = BOTH_ORDERS
    of_data_set: bool = True
    empty_loses: bool = False

    @property
    def open(self) -> pd.DataFrame:
        """The pairs that a model is asked about."""
        return self.pairs[~self.pairs["pair_id"].isin(self.decided["pair_id"])]

    @property
    def decided(self) -> pd.DataFrame:
        """The pairs that a model is not asked about, and their verdict."""
        first, second = is_empty(self.pairs["a1"]), is_empty(self.pairs["a2"])
        verdicts = np.select([second & ~first, first & ~second], ["a1", "a2"], "same")
        return self.pairs.assign(verdict=verdicts)[(first | second) & self.empty_loses]

    @property
    def step(self) -> Step:
        return self.asks.step if isinstance(self.asks, Strategy) else self.asks

    def steps(self) -> list[Step]:
        """What is asked for it, in order."""
        return [*self.step.steps_before(), self.step]


@dataclass(frozen=True)
class Answered:
    """A judge's part of a table.

    Attributes:
        table: its name.
        rows: its columns; verdicts and probabilities in the pair's own frame.
        tally: calls made now for it, tokens and cost.
        unanswered: rows without an answer that the next run asks for again.
    """

    table: str
    rows: pd.DataFrame
    tally: Tally = field(default_factory=Tally)
    unanswered: int = 0


def answer(
    judge: Judge, parts: Sequence[Part], clips: pd.DataFrame, run: Run, progress: Progress = lambda *_: None
) -> Iterator[Answered]:
    """Ask the judge what `parts` need, and give each part that is complete.

    Args:
        clips: the table `clips`.
        progress: called as answers come, with what was asked so far and the most calls that it will take.

    Raises:
        JudgeUnavailable, BudgetReached: some parts could not be completed; those that were came before the error, and
            every answer is in the call cache.
    """
    tally = run.tally_of(judge.name)
    asked = [part for part in parts if can_be_asked(judge, part)]
    for part in parts:
        if part not in asked:
            yield Answered(part.table, TABLES[part.table].frame())
    if not isinstance(judge, ModelJudge):
        for part in asked:
            assert isinstance(part.asks, Strategy)
            rows = rows_without_calls(judge, part.asks, part.pairs, run.settings)
            tally.recorded += 0 if isinstance(judge, RulesJudge) else len(rows)
            yield Answered(part.table, rows)
        return
    with run.calls_of(judge.name).open() as cache, MediaReader() as reader:
        if run.settings.calls:
            collect(cache, run.settings, tally)
        kind = BatchInterview if run.settings.batch else Interview
        interview = kind(cache, run.settings, run.spending, tally, progress)
        asking = _Asking(judge, asked, clips, run.settings, interview, reader)
        trouble = asking.put_all()
        if isinstance(interview, BatchInterview):
            interview.hand_in()
        yield from asking.complete_parts()
        if trouble := trouble or (under_way(cache, judge.where) if run.settings.calls else None):
            raise trouble


def missing_calls(judge: ModelJudge, parts: Sequence[Part], clips: pd.DataFrame, run: Run) -> Tally:
    """The calls that `answer` would make, with an upper estimate of tokens and cost.

    Raises:
        JudgeUnavailable: the judge cannot answer here.
    """
    with MediaReader() as reader:
        interview = DryRun(run.calls_of(judge.name), run.settings, run.spending, Tally())
        asked = [part for part in parts if can_be_asked(judge, part)]
        asking = _Asking(judge, asked, clips, run.settings, interview, reader)
        if trouble := asking.put_all():
            raise trouble
        return interview.tally


def can_be_asked(judge: Judge, part: Part) -> bool:
    """Whether the judge has anything to say there: rules that learn know the data set's pairs only.

    Raises:
        EmopreferError: its recording cannot be read.
    """
    if part.pairs.empty:
        return False
    if isinstance(judge, ModelJudge):
        return any(part.step in [*ALL[name].step.steps_before(), ALL[name].step] for name in judge.strategies)
    if not isinstance(part.asks, Strategy) or part.asks.name not in judge.strategies:
        return False
    if part.of_data_set:
        return True
    if isinstance(judge, ReplayJudge):
        return is_recorded(judge, part.pairs)
    return judge.live and not (isinstance(judge, RulesJudge) and judge.learns)


class _Asking:
    """One judge and its external model, asked for some parts in one interview."""

    def __init__(
        self,
        judge: ModelJudge,
        parts: Sequence[Part],
        clips: pd.DataFrame,
        settings: Settings,
        interview: Interview,
        reader: MediaReader,
    ) -> None:
        self._judge, self._parts, self._clips, self._settings = judge, parts, clips, settings
        self._interview, self._reader = interview, reader
        self._by_clip = {part.table: _rows_by_clip(part.open) for part in parts}
        self._models: dict[bool, Questions] = {}

    def put_all(self) -> EmopreferError | None:
        """Put every question; what stopped that, if something did.

        Raises:
            JudgeUnavailable: no clip has what the judge takes.
        """
        if not any(self._by_clip.values()):
            return None
        _refuse_without_media(self._judge, self._clips)
        try:
            self._interview.most_calls = self._most_calls()
            windows = self._windows(self._judge.clips_at_once)
            for window, after in zip(windows, [*windows[1:], []], strict=True):
                if self._judge.inputs and self._interview.calls_models:
                    self._decode_ahead([*window, *after])
                self._put(window, by_external=False)
            if any(step.by_external for part in self._parts for step in part.steps()):
                for window in self._windows(self._to(True).asked.clips_at_once):
                    self._put(window, by_external=True)
        except EmopreferError as trouble:
            return trouble
        return None

    def complete_parts(self) -> Iterator[Answered]:
        """Every part of which each question has its reply, or nobody to be put to."""
        for part in self._parts:
            asked = []
            for pair in self._pairs_of(part.step, part, self._by_clip[part.table]):
                questions = self._questions(part.step, pair)
                if not questions or any(question.reply is None for question in questions):
                    break
                asked.append((pair, questions))
            else:
                yield self._answered(part, asked)

    def _answered(self, part: Part, asked: Sequence[tuple[Pair, tuple[Question, ...]]]) -> Answered:
        tally, counted = Tally(), set()
        for _, questions in asked:
            for question in questions:
                if question.key and question.key not in counted:
                    counted.add(question.key)
                    tally.count(question.tally)
        said = [(pair, [question.said for question in questions]) for pair, questions in asked]
        unanswered = sum(any(question.failed for question in questions) for _, questions in asked)
        if isinstance(part.asks, Strategy):
            to = self._to(part.step.by_external).asked if said else self._judge
            read = to.read if to.writes else "similarity"
            decided = product(range(self._settings.rounds), part.orders, each_row(part.decided))
            rows = predicted(self._judge, part.asks, said, part.asks.read_by or read, decided)
        else:
            rows = texts_said(self._judge, part.table, said)
        return Answered(part.table, rows, tally, unanswered)

    def _put(self, clips: Sequence[str], by_external: bool) -> None:
        """Put what is asked about some clips, first what later questions quote."""
        steps = dict.fromkeys(step for part in self._parts for step in part.steps() if step.by_external is by_external)
        quoted = dict.fromkeys(need for step in self._all_steps() for need in step.steps_before() if need in steps)
        for together in (*([step] for step in quoted), [step for step in steps if step not in quoted]):
            questions = (question for step in together for question in self._about(step, clips))
            self._interview.put(self._to(by_external).asked, questions)

    def _decode_ahead(self, clips: Sequence[str]) -> None:
        """Have the clips decoded that questions are still missing about; the others are not needed."""
        ready = [step for step in self._all_steps() if not step.needs and not step.by_external]
        by_clip = {clip: [question for step in ready for question in self._about(step, [clip])] for clip in clips}
        self._interview.look_up(question for questions in by_clip.values() for question in questions)
        self._reader.expect(
            media
            for clip, questions in by_clip.items()
            if any(question.reply is None for question in questions)
            for media in self._to(False).media_of(clip)
        )

    def _about(self, step: Step, clips: Sequence[str]) -> Iterator[Question]:
        """The questions of a step about some clips, whichever parts need it."""
        for part in self._parts:
            if step in part.steps():
                by_clip = self._by_clip[part.table]
                for pair in self._pairs_of(step, part, {clip: by_clip[clip] for clip in clips if clip in by_clip}):
                    yield from self._questions(step, pair)

    def _pairs_of(self, step: Step, part: Part, by_clip: Mapping[str, Sequence[Row]]) -> Iterator[Pair]:
        """Every clip in every round, or every pair in every round and order."""
        for round_ in range(self._settings.rounds):
            if step.about_clip:
                yield from (Pair(round_, False, "", clip, "", "") for clip in by_clip)
                continue
            for swapped in part.orders:
                for _, pair_id, clip_id, a1, a2 in sorted(row for rows in by_clip.values() for row in rows):
                    first, second = (a2, a1) if swapped else (a1, a2)
                    yield Pair(round_, swapped, pair_id, clip_id, first, second)

    def _questions(self, step: Step, pair: Pair) -> tuple[Question, ...]:
        """The questions of a step about a pair; none while what they quote waits for a reply."""
        if step.by_external and True not in self._models:
            return ()
        quoted = {}
        for name, need in step.needs.items():
            asked = self._questions(need, pair)
            if not asked or asked[0].reply is None:
                return ()
            quoted[name] = asked[0]
        return self._to(step.by_external).of(step, pair, quoted)

    def _to(self, by_external: bool) -> Questions:
        """The questions to the judge, or to its external model.

        Raises:
            EmopreferError: the judge names no external model, or it cannot answer here.
        """
        if by_external not in self._models:
            asked = external_of(self._judge, self._settings) if by_external else self._judge
            self._models[by_external] = Questions(asked, self._clips, self._settings, self._reader, self._judge)
        return self._models[by_external]

    def _all_steps(self) -> dict[Step, None]:
        return dict.fromkeys(step for part in self._parts for step in part.steps())

    def _windows(self, size: int) -> list[list[str]]:
        """All clips that are asked about, some at a time."""
        clips = list(dict.fromkeys(clip for by_clip in self._by_clip.values() for clip in by_clip))
        return [clips[start : start + size] for start in range(0, len(clips), size)]

    def _most_calls(self) -> int:
        most: dict[Step, int] = {}
        for part in self._parts:
            for step in part.steps():
                rounds = self._settings.rounds if not step.by_external and step.varies(self._judge) else 1
                by_clip = self._by_clip[part.table]
                calls = rounds * step.most_calls(sum(map(len, by_clip.values())), len(by_clip), len(part.orders))
                most[step] = max(most.get(step, 0), calls) if step.about_clip else most.get(step, 0) + calls
        return sum(most.values())


# Place in the part, pair_id, clip_id, a1, a2.
Row = tuple[int, str, str, str, str]


def _rows_by_clip(pairs: pd.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    columns = (pairs[column].tolist() for column in ("pair_id", "clip_id", "a1", "a2"))
    for place, row in enumerate(zip(*columns, strict=True)):
        found.setdefault(row[1], []).append((place, *row))
    return found


def _refuse_without_media(judge: ModelJudge, clips: pd.DataFrame) -> None:
    for kind in judge.inputs:
        problems = clips[f"{kind}_problem"]
        if problems.notna().all():
            why = f", most often: {problems.mode()[0]}" if len(problems) else ""
            raise JudgeUnavailable(
                f"{judge.where}: it takes {kind}, and no clip of the data set has any that can be read{why}. "
                "Put the clips into the folder video/ of the data set (table clips says what is wrong with each)."
            )
