"""What every importer is asked, and what it gives: the words of annotators, before they are votes on pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Names:
    """How things are called in the file that is imported.

    Attributes:
        pair: the field or column with the pair's name.
        left, right: those with the text that stood left, or first, and with the other one.
        questions: which questions are the votes; none stands for all.
        annotators: the columns of a wide sheet that are annotators; none stands for all that have no other use.
        means: what words mean: left, right, a1, a2, same or skip.
        people: who the tool's annotators are in votes.csv, where they are called something else there.
        tasks: the file with the texts that the tool showed, where its votes do not hold them.
    """

    pair: str = "pair"
    left: str = "left"
    right: str = "right"
    questions: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    tasks: Path | None = None


@dataclass(frozen=True)
class Said:
    """What an annotator said of a pair, in the tool's words.

    Attributes:
        where: the file with its row or task, for messages.
        annotator: as the tool calls them.
        word: the answer.
        pair: the pair's name in the data set, or None where the texts alone tell.
        shown: the two texts, the left or first one first; None where the tool does not say.
        fields: what the task has, for messages.
        seconds, confidence: numbers, or None; reason, at (ISO 8601): "" where the tool does not say.
    """

    where: str
    annotator: str
    word: str
    pair: str | None
    shown: tuple[str, str] | None
    fields: Sequence[str] = ()
    seconds: float | None = None
    confidence: float | None = None
    reason: str = ""
    at: str = ""


@dataclass
class Found:
    """What a file holds.

    Attributes:
        said: in the order of the file.
        problems: a line for each thing to correct; with one of them nothing is imported.
        skipped: what is no vote, by reason.
    """

    said: list[Said] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def texts_of(task: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    """The two texts of a task in the order shown, where it has both under these names."""
    left, right = task.get(names.left), task.get(names.right)
    return (left, right) if isinstance(left, str) and isinstance(right, str) else None


def name_of(value: object) -> str | None:
    """A name or number as text; None where there is none."""
    return str(value).strip() or None if isinstance(value, str | int) and not isinstance(value, bool) else None


def number_of(value: object) -> float | None:
    """A number that votes.csv can hold: not negative, and finite; else None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9 else None


def time_of(value: object) -> str:
    """A time as votes.csv has it: of ISO 8601, or of seconds since 1970; "" where it is neither."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        else:
            at = datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError, OSError):
        return ""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
