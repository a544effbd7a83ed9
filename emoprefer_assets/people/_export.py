"""A study's votes as the files of a data set, and answers that come back from pages opened from disk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emoprefer_assets.datasets import BATTLE_VOTES, VOTE_DETAILS
from emoprefer_assets.display import in_message, in_spreadsheet
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people._votes_file import QUALIFIED, VOTES, figures, stored_rows, write_rows
from emoprefer_assets.people.assignment import ATTENTION, PAIR, QUALIFICATION, REPEAT
from emoprefer_assets.people.study import Plan
from emoprefer_assets.people.votes import SKIP, Answer, Votes
from emoprefer_assets.people.voting import right_answers

VOTE_COLUMNS = ["pair", "annotator", "vote", *VOTE_DETAILS]
QUALIFIED_COLUMNS = ["annotator", "item", "answer", "correct"]


@dataclass(frozen=True)
class Exported:
    """What was written, and what of the study is in no file.

    Attributes:
        votes, repeats: of pairs, and of pairs that were shown again; together the rows of the study.
        annotators: who has answered anything.
        skipped: by reason.
        attention: right answers and all answers to attention checks.
    """

    folder: Path
    votes: int
    repeats: int
    annotators: int
    skipped: Counter[str]
    attention: tuple[int, int]


def export_votes(plan: Plan, votes: Votes, folder: Path) -> Exported:
    """Write votes.csv (of battles, battle_votes.csv) and annotators.csv into `folder`.

    They take the place of what this study had there; other rows stay.

    Raises:
        EmopreferError: a file that is there cannot be read.
    """
    answers = [answer for answer in votes.all() if answer.withdrawn is None]
    said = [answer for answer in answers if answer.kind in (PAIR, REPEAT) and answer.choice != SKIP]
    name = plan.study.name
    rows = pd.DataFrame([_vote(name, answer) for answer in said], columns=VOTE_COLUMNS, dtype="object")
    file = folder / VOTES
    if plan.battles is not None:
        file = folder / BATTLE_VOTES
        rows = plan.battles.merge(rows.rename(columns={"pair": "battle"}), on="battle")
    # No other study's rows have such names, as a study's name is part of them.
    _replace(file, rows, name)
    _replace(folder / QUALIFIED, _qualified(plan, answers), name)
    checks = [answer.choice == answer.correct for answer in answers if answer.kind == ATTENTION]
    return Exported(
        folder,
        votes=sum(answer.kind == PAIR for answer in said),
        repeats=sum(answer.kind == REPEAT for answer in said),
        annotators=len({answer.annotator for answer in answers}),
        skipped=Counter(answer.reason for answer in answers if answer.choice == SKIP),
        attention=(sum(checks), len(checks)),
    )


def _vote(study: str, answer: Answer) -> dict[str, object]:
    return {
        "pair": answer.key,
        "annotator": f"{study}-{answer.annotator}",
        "vote": answer.choice,
        "study": study,
        "left": answer.left,
        "seconds": figures(answer.seconds),
        "replays": answer.replays,
        "confidence": answer.confidence,
        "reason": in_spreadsheet(answer.reason),
        "time": answer.at,
        "attempt": 1 if answer.kind == PAIR else 2,
    }


def _qualified(plan: Plan, answers: Sequence[Answer]) -> pd.DataFrame:
    """Each annotator's answers of the qualification that was passed, else of the last whole one."""
    rows = []
    for annotator in dict.fromkeys(answer.annotator for answer in answers):
        own = [answer for answer in answers if answer.annotator == annotator and answer.kind == QUALIFICATION]
        tests = plan.qualification(annotator)
        rounds = right_answers(own, tests)
        if not rounds:
            continue
        passed = [number for number, right in enumerate(rounds) if right >= plan.study.qualification.needed]
        which = passed[0] if passed else len(rounds) - 1
        for showing in sorted(tests, key=lambda showing: int(showing.item.key)):
            given = [answer for answer in own if answer.item == showing.item.id][which]
            rows.append((f"{plan.study.name}-{annotator}", given.key, given.choice, given.correct))
    return pd.DataFrame(rows, columns=QUALIFIED_COLUMNS)


def _replace(file: Path, rows: pd.DataFrame, study: str) -> None:
    """Put a study's rows into a file of a data set; a file that would be new and empty is not made."""
    before = stored_rows(file)
    if before is not None:
        own = before["annotator"].str.fullmatch(rf"{re.escape(study)}-a\d\d+")
        if "study" in before:
            # Another tool may call somebody so too.
            own &= before["study"] == study
        rows = pd.concat([before[~own], rows])
    elif rows.empty:
        return
    write_rows(file, rows)


class _Returned(BaseModel):
    """An answer as the page from disk records it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    annotator: str
    item: str
    attempt: Annotated[int, Field(ge=1, le=100_000)]
    kind: Literal["pair", "repeat", "attention", "qualification"]
    key: str
    correct: Literal["a1", "a2", "same"] | None
    choice: Literal["a1", "a2", "same", "skip"]
    left: Literal["a1", "a2"]
    seconds: Annotated[float, Field(ge=0, le=1e7)]
    replays: Annotated[int, Field(ge=0, le=100_000)]
    confidence: Annotated[int, Field(ge=1, le=3)] | None
    reason: Annotated[str, Field(max_length=2_000)]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    withdrawn: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")] | None


class _Consent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    text: str
    at: str


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    study: str
    annotator: str
    consents: list[_Consent]
    answers: list[_Returned]


def take_record(plan: Plan, votes: Votes, file: Path) -> tuple[int, int]:
    """Take over the answers that a page from disk has recorded; returns how many are new, and how many are in it.

    Taken again, nothing changes. An answer that is there already, from the server too, stays as it is.

    Raises:
        EmopreferError: the file is no such record, or one of another study. Nothing is taken over.
    """
    where = in_message(file.name)
    try:
        record = _Record.model_validate_json(file.read_bytes())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise EmopreferError(
            f"{where}: {place or 'file'}: {problem['msg']}. Hand in the JSON file that the page's download gave."
        ) from None
    if record.study != plan.study.name:
        raise EmopreferError(f'{where}: of study "{in_message(record.study)}", not "{plan.study.name}".')
    if record.annotator not in plan.annotators:
        raise EmopreferError(f'{where}: annotator "{in_message(record.annotator)}" is not one of this study.')
    known = {item.id: item for item in plan.items.values()}
    for number, answer in enumerate(record.answers, start=1):
        item = known.get(answer.item)
        if item is None or (item.kind, item.key) != (answer.kind, answer.key) or answer.annotator != record.annotator:
            raise EmopreferError(f"{where} answer {number}: not an item of this study as it is now, or of another.")
    for consent in record.consents:
        votes.consent(record.annotator, consent.text, consent.at)
    new = sum(votes.add(Answer(**answer.model_dump())) for answer in record.answers)
    for answer in record.answers:
        if answer.withdrawn is not None:
            votes.withdraw(answer.annotator, answer.item, answer.attempt, answer.withdrawn)
    return new, len(record.answers)
