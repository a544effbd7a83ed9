"""Which answers recorded files hold: the reference implementation's by their names, tables by name or column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast, get_args

from emoprefer_assets.csv_tables import TABLE_SUFFIXES, read_table
from emoprefer_assets.errors import EmopreferError

Strategy = Literal["s1", "s2", "s3", "s4", "s5"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
RecordedStrategy = Literal["s1", "s2", "s3", "s4"]
STRATEGY_OF: dict[str, RecordedStrategy] = {
    "normal": "s1",
    "cot-answer": "s2",
    "cot-answer2": "s3",
    "cot-answer3": "s4",
}
# The reference implementation names a file {model}-{input}-{step}-{data set}[reverse][-{llm}]-round{N}.npz
# (github.com/zeroQiaoba/AffectGPT, EmoPrefer).
_AFTER_PREFIX = re.compile(
    r"-(?P<step>normal|cot-answer[23]?)-(?P<data>[a-z0-9]+?)(?P<reverse>reverse)?(-(?P<llm>.+))?-round(?P<round>\d+)"
)
_TABLE_OF = re.compile(r"(.*[-_. ])?(?P<strategy>s[1-5])", re.IGNORECASE)
_WHOLE_NAME = re.compile(f"(?P<prefix>.+?){_AFTER_PREFIX.pattern}")


@dataclass(frozen=True)
class RecordedFile:
    """One strategy's answers in one order and round; `round` as the file's name says."""

    path: Path
    strategy: RecordedStrategy
    swapped: bool
    round: int


def prefix_of(file: Path) -> str | None:
    """{model}-{input} of a file named as the reference implementation names its outputs, or None."""
    match = _WHOLE_NAME.fullmatch(file.stem)
    return match["prefix"] if match else None


def recorded_files(folder: Path, prefix: str, where: str) -> list[RecordedFile]:
    """The files in `folder` whose names begin with `prefix`, by name.

    Args:
        where: the judge's place in the registry, for errors.

    Raises:
        EmopreferError: two files record the same.
    """
    found: dict[tuple[str, bool, int], RecordedFile] = {}
    for path in sorted(folder.glob("*.npz")):
        match = path.stem.startswith(f"{prefix}-") and _AFTER_PREFIX.fullmatch(path.stem.removeprefix(prefix))
        if not match:
            continue
        file = RecordedFile(path, STRATEGY_OF[match["step"]], bool(match["reverse"]), int(match["round"]))
        same = found.setdefault((file.strategy, file.swapped, file.round), file)
        if same != file:
            raise EmopreferError(
                f"{where}: {same.path.name} and {path.name} record the same strategy, order and round. "
                "Keep one external LLM and data set in the folder."
            )
    return list(found.values())


def recorded_tables(path: Path) -> list[Path]:
    """The tables of verdicts at `path`: the file itself, or those in the folder, by name."""
    if not path.is_dir():
        return [path]
    return [
        file
        for file in sorted(path.iterdir())
        if file.suffix.lower() in TABLE_SUFFIXES and not file.name.startswith((".", "~$"))
    ]


def named_strategy(table: Path) -> Strategy | None:
    """The strategy that a table's name ends with, as in s2.csv or team_s2.csv."""
    match = _TABLE_OF.fullmatch(table.stem)
    return cast(Strategy, match["strategy"].lower()) if match else None


def strategies_in(path: Path, stated: Strategy) -> tuple[Strategy, ...]:
    """The strategies whose verdicts the tables at `path` hold: by a column `strategy`, or by their names in a folder.

    Args:
        stated: that of a single table without the column, and of what cannot be read.
    """
    found: set[str] = set()
    for table in recorded_tables(path):
        try:
            state = table.stat()
            found |= _in_column(table, state.st_mtime_ns, state.st_size)
        except (OSError, EmopreferError):
            # Who reads the verdicts says what is wrong.
            continue
        if path.is_dir() and (name := named_strategy(table)):
            found.add(name)
    return tuple(name for name in STRATEGIES if name in found) or (stated,)


@lru_cache(maxsize=256)
def _in_column(table: Path, *state: int) -> frozenset[str]:
    """What stands in the column `strategy`; read again when the file changes."""
    return frozenset(read_table(table, [], ("strategy",))["strategy"].dropna())
