"""What an annotator is to do next, and what becomes of what they say.

`page/file.js` does the same for the page that is opened from disk; tests hold both equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from statistics import median
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emoprefer_assets.display import on_page
from emoprefer_assets.people.assignment import QUALIFICATION
from emoprefer_assets.people.study import Plan, Showing
from emoprefer_assets.people.votes import Answer, Votes
from emoprefer_assets.stats.labels import SWAPPED

# Of the last answers, for the time that is left.
TYPICAL_OF, TYPICAL_FROM = 20, 3


class Named(BaseModel):
    """An answer, by item and attempt."""

    model_config = ConfigDict(extra="forbid", strict=True)
    item: Annotated[str, Field(max_length=40)]
    attempt: Annotated[int, Field(ge=1, le=100_000)]


class Given(Named):
    """An answer as the page sends it: of the first description, the second, or neither."""

    choice: Literal["first", "second", "same", "skip"]
    seconds: Annotated[float, Field(ge=0, le=1e7, strict=False)]
    replays: Annotated[int, Field(ge=0, le=100_000)]
    confidence: Annotated[int, Field(ge=1, le=3)] | None = None
    reason: Annotated[str, Field(max_length=2_000)] = ""


class NotNext(Exception):
    """The annotator is not asked this now: the study has changed, or another window went on."""


@dataclass(frozen=True)
class _Standing:
    """Where an annotator stands.

    Attributes:
        rounds: right answers of each whole qualification.
        showings: what is done at this stage, in order.
        left: of these, what is not answered yet.
        last: the answer that can be taken back.
    """

    stage: str
    rounds: list[int]
    showings: list[Showing]
    left: list[Showing]
    attempts: Counter[str]
    last: Answer | None
    seconds: float | None


class Voting:
    """A study that is being voted on."""

    def __init__(self, plan: Plan, votes: Votes) -> None:
        self.plan = plan
        self._votes = votes
        self._tests, self._pairs = cache(plan.qualification), cache(plan.pairs)

    def state(self, annotator: str) -> dict[str, Any]:
        """What the page shows now; texts as they may stand on a page, kinds and known answers left out."""
        found = self._standing(annotator)
        study = self.plan.study
        showing = found.left[0] if found.left else None
        qualification = study.qualification
        return {
            "annotator": annotator,
            "stage": found.stage,
            "item": showing and {"attempt": found.attempts[showing.item.id] + 1, **on_show(showing)},
            "done": len(found.showings) - len(found.left),
            "total": len(found.showings),
            "seconds": found.seconds,
            "last": found.last and {"item": found.last.item, "attempt": found.last.attempt},
            "qualification": {
                "items": len(qualification.items),
                "tries": qualification.tries,
                "needed": qualification.needed,
                "right": found.rounds,
            },
        }

    def consent(self, annotator: str) -> None:
        """The annotator agrees to the study's text."""
        self._votes.consent(annotator, self.plan.study.consent, now())

    def answer(self, annotator: str, given: Given) -> bool:
        """Keep an answer, durably; False where another one was given to this attempt before, which stays.

        Raises:
            NotNext: the annotator is not asked this now. Nothing was kept.
        """
        if before := self._votes.one(annotator, given.item, given.attempt):
            return before.choice == _choice(given, before.left)
        found = self._standing(annotator)
        showing = found.left[0] if found.left else None
        if not showing or (given.item, given.attempt) != (showing.item.id, found.attempts[showing.item.id] + 1):
            raise NotNext
        item = showing.item
        study = self.plan.study
        answer = Answer(
            annotator=annotator,
            item=item.id,
            attempt=given.attempt,
            kind=item.kind,
            key=item.key,
            correct=item.correct,
            choice=_choice(given, showing.left),
            left=showing.left,
            seconds=round(given.seconds, 2),
            replays=given.replays,
            confidence=given.confidence if study.confidence else None,
            # Why something was skipped is asked for in every study.
            reason=given.reason.strip() if study.reason or given.choice == "skip" else "",
            at=now(),
        )
        # Another window may have been faster.
        return self._votes.add(answer) or self.answer(annotator, given)

    def undo(self, annotator: str, named: Named) -> None:
        """Take the last answer back; asked again, it is not the last any more, and nothing happens."""
        last = self._standing(annotator).last
        if last and (last.item, last.attempt) == (named.item, named.attempt):
            self._votes.withdraw(annotator, last.item, last.attempt, now())

    def _standing(self, annotator: str) -> _Standing:
        answers = self._votes.of(annotator)
        study = self.plan.study
        attempts = Counter(answer.item for answer in answers)
        live = [answer for answer in answers if answer.withdrawn is None]
        answered = Counter(answer.item for answer in live)
        tests = self._tests(annotator)
        rounds = right_answers(live, tests)
        showings = self._pairs(annotator)
        left = [showing for showing in showings if not answered[showing.item.id]]
        stage = "pairs" if left else "done"
        if study.consent and not self._votes.has_consented(annotator, study.consent):
            stage, showings, left = "consent", [], []
        elif tests and max(rounds, default=-1) < study.qualification.needed:
            stage, showings = QUALIFICATION, tests
            left = [showing for showing in tests if answered[showing.item.id] <= len(rounds)]
            if len(rounds) >= study.qualification.tries:
                stage, left = "refused", []
        # A qualification that has been marked stays as it is: else its mark would tell the answers.
        is_open = stage in ("pairs", "done") or (stage == QUALIFICATION and len(left) < len(showings))
        last = live[-1] if live and is_open and (live[-1].kind == QUALIFICATION) == (stage == QUALIFICATION) else None
        taken = [answer.seconds for answer in live][-TYPICAL_OF:]
        seconds = median(taken) * len(left) if len(taken) >= TYPICAL_FROM else None
        return _Standing(stage, rounds, showings, left, attempts, last, seconds)


def right_answers(live: Sequence[Answer], tests: Sequence[Showing]) -> list[int]:
    """Right answers of each whole qualification among answers that were not taken back, in order."""
    ids = {showing.item.id for showing in tests}
    given: dict[str, list[bool]] = {showing.item.id: [] for showing in tests}
    for answer in live:
        if answer.item in ids:
            given[answer.item].append(answer.choice == answer.correct)
    # The answers to each item, in order, are those of the first round, the second, ...
    return [sum(one_round) for one_round in zip(*given.values(), strict=False)]


def on_show(showing: Showing) -> dict[str, str]:
    """An item as the page gets it: its id, its clip and the two descriptions in the order shown."""
    sides = (showing.item.a1, showing.item.a2) if showing.left == "a1" else (showing.item.a2, showing.item.a1)
    return {
        "item": showing.item.id,
        "clip": showing.item.clip,
        "first": on_page(sides[0]),
        "second": on_page(sides[1]),
    }


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _choice(given: Given, left: str) -> str:
    return {"first": left, "second": SWAPPED[left]}.get(given.choice, given.choice)
