"""What a submission is, what it is checked against, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.fields import Name
from emoprefer_assets.judges.registry import RESERVED_NAMES
from emoprefer_assets.submissions._competition import in_utc

Kind = Literal["system", "judge"]
Ruling = Literal["released", "withdrawn", "disqualified"]
KINDS: tuple[Kind, ...] = ("system", "judge")
_name = TypeAdapter(Name)


@dataclass(frozen=True)
class Known:
    """What submissions are checked against.

    Attributes:
        clips: the clips that a system has to describe.
        pairs: pair_id, clip_id, a1, a2: the pairs that a judge has to answer.
        taken: names of the data set's systems and of the registered judges; not those of submissions.
        closes: when submissions are no longer taken.
    """

    clips: tuple[str, ...]
    pairs: pd.DataFrame
    taken: frozenset[str] = frozenset()
    closes: datetime | None = None


@dataclass(frozen=True)
class Version:
    """One accepted file.

    Attributes:
        kind: system or judge.
        name: of the system or judge.
        hash: SHA-256 of the file, in hex.
        file: its name when it was handed in; the suffix says how it is read.
        rows: clips described or pairs answered (each order counts).
        received_at: UTC, ISO 8601.
    """

    kind: Kind
    name: str
    hash: str
    file: str
    rows: int
    received_at: str


@dataclass(frozen=True)
class Decision:
    """What an organiser has decided about the newest version of a submission.

    Attributes:
        what: released: judged whatever screening finds, and no longer withdrawn or disqualified. withdrawn: out, until
            a new version comes. disqualified: out with every later version too, until it is released.
        by: who decided.
        at: UTC, ISO 8601.
        note: why.
    """

    what: Ruling
    kind: Kind
    name: str
    hash: str
    by: str
    at: str
    note: str


class Refused(EmopreferError):
    """A file that is not taken.

    Attributes:
        file: its name.
        problems: everything that is wrong with it, a line each.
    """

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = in_message(file)
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{self.file} is refused; nothing of it was stored. What to correct:{lines}")

    def __reduce__(self) -> tuple[type[Refused], tuple[str, tuple[str, ...]]]:
        return Refused, (self.file, self.problems)


def late_problems(arrived: float, known: Known) -> list[str]:
    """That a file came too late; nothing where it came in time.

    Args:
        arrived: UTC seconds.
    """
    if known.closes is None or arrived < known.closes.timestamp():
        return []
    came = in_utc(datetime.fromtimestamp(arrived, UTC))
    return [f"the competition closed on {in_utc(known.closes)}; this came on {came}. Ask the organisers."]


def name_problems(name: str, kind: Kind, known: Known, submitted: Iterable[str]) -> list[str]:
    """Why `name` cannot be the name of a submission; nothing where it can.

    Args:
        submitted: the names of earlier submissions of this kind.
    """
    try:
        _name.validate_python(name)
    except ValidationError:
        return [
            f'name "{in_message(name)}" cannot be used: take 1 to 64 of the letters A-Z and a-z, digits, "_", "." and '
            '"-", the first of them a letter or digit.'
        ]
    if name.lower() in RESERVED_NAMES:
        return [f'name "{name}" is reserved. Use another.']
    if name.lower() in {taken.lower() for taken in known.taken}:
        return [f'name "{name}" is taken by a system or judge that is here already. Use another.']
    for other in submitted:
        if other != name and other.lower() == name.lower():
            return [f'name "{name}" differs only in upper and lower case from the {kind} "{other}". Write it so.']
    return []
