"""Which answers recorded files hold: the reference implementation's by their names, tables by name or column."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BeforeValidator

from emoprefer_assets.csv_tables import TABLE_SUFFIXES, first_problems, read_table
from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.json_lines import cell_at, json_objects
from emoprefer_assets.plugins import STRATEGIES

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
JSON_SUFFIXES = (".jsonl", ".ndjson")


def _as_cells(given: object) -> object:
    """The keys of a mapping as the cells of a table have them: YAML reads 1 and true as no texts."""
    if not isinstance(given, dict):
        return given
    return {key if isinstance(key, str) else json.dumps(key): value for key, value in given.items()}


Number = Literal["p_a1", "p_a2", "p_same", "seconds"]
# Of a table of verdicts; `swapped` is for rows that name their pair alone.
Column = Literal["pair", "swapped", "name", "a1", "a2", "preference", "strategy", "round", Number, "raw_text"]
# What a table says for them.
Words = Annotated[dict[str, Literal["a1", "a2", "same", "unparsed", "failed"]], BeforeValidator(_as_cells)]
# Where a file has which column, if not under its own name: as pairs, so that what was read can be remembered.
Places = tuple[tuple[str, str], ...]
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
    for path in sorted(folder.glob(f"{glob.escape(prefix)}-*.npz")):
        match = _AFTER_PREFIX.fullmatch(path.stem.removeprefix(prefix))
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
    """The files of verdicts at `path`: the file itself, or the tables and JSON lines in the folder, by name."""
    if not path.is_dir():
        return [path]
    return [
        file
        for file in sorted(path.iterdir())
        if file.suffix.lower() in (*TABLE_SUFFIXES, *JSON_SUFFIXES) and not file.name.startswith((".", "~$"))
    ]


def named_strategy(table: Path) -> str | None:
    """The strategy that a table's name ends with, as in s2.csv or team_s2.csv."""
    return next((name for name in STRATEGIES if re.fullmatch(rf"(.*[-_. ])?{name}", table.stem, re.IGNORECASE)), None)


def strategies_in(path: Path, stated: str, columns: Mapping[Column, str]) -> tuple[str, ...]:
    """The strategies whose verdicts the tables at `path` hold: by a column `strategy`, or by their names in a folder.

    Args:
        stated: that of a single table without the column, and of what cannot be read.
        columns: where they have a column, if not under its own name.
    """
    found: set[str] = set()
    places: Places = tuple(sorted(columns.items()))
    for table in recorded_tables(path):
        try:
            state = table.stat()
            found |= _in_column(table, places, state.st_mtime_ns, state.st_size)
        except (OSError, EmopreferError):
            # Who reads the verdicts says what is wrong.
            continue
        if path.is_dir() and (name := named_strategy(table)):
            found.add(name)
    return tuple(name for name in STRATEGIES if name in found) or (stated,)


def recorded_cells(table: Path, columns: list[str], optional: tuple[str, ...], places: Places) -> pd.DataFrame:
    """The named columns of a table or of JSON lines as strings, in the file's order; absent optional ones are null.

    Args:
        places: where the file has a column, if not under its own name: in JSON a key, or `messages.-1.content`.

    Raises:
        EmopreferError: says all that cannot be read.
    """
    at = {column: column for column in (*columns, *optional)} | dict(places)
    if table.suffix.lower() in (*JSON_SUFFIXES, ".json"):
        return _json_cells(table, columns, {column: at[column] for column in (*columns, *optional)})
    found = read_table(table, [at[column] for column in columns], tuple(at[column] for column in optional))
    return pd.DataFrame({column: found[at[column]] for column in (*columns, *optional)})


def _json_cells(file: Path, needed: list[str], at: Mapping[str, str]) -> pd.DataFrame:
    cells: dict[str, list[str | None]] = {column: [] for column in at}
    problems = []
    for number, value in json_objects(file):
        for column, place in at.items():
            cell, wrong = None, "nothing" if column in needed else ""
            try:
                cell = cell_at(value, place)
            except ValueError as error:
                wrong = str(error)
            if cell is None and wrong:
                problems.append(f'{file} line {number}: {wrong} at "{in_message(place)}" for {column}.')
            cells[column].append(cell)
    if problems:
        remedy = "Say in `columns` where it stands, or correct the line."
        lines = first_problems(range(len(problems)), lambda place: f"{problems[place]} {remedy}", "such places")
        raise EmopreferError("\n".join(lines))
    return pd.DataFrame({column: pd.Series(found, dtype="str") for column, found in cells.items()})


@lru_cache(maxsize=256)
def _in_column(table: Path, places: Places, *state: int) -> frozenset[str]:
    """What stands in the column `strategy`; read again when the file changes."""
    return frozenset(recorded_cells(table, [], ("strategy",), places)["strategy"].dropna())
