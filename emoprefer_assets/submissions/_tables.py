"""From the bytes of one table to its cells, as they stand: strictness about content comes after."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emoprefer_assets.csv_tables import Unreadable, decoded, first_problems, repeated, rows_of
from emoprefer_assets.display import in_message
from emoprefer_assets.submissions._model import Refused
from emoprefer_assets.submissions._unpacking import MAX_BYTES

DELIMITER = {".csv": ",", ".tsv": "\t"}
# A cell takes far more memory than the comma before it takes in the file.
MAX_CELLS = 10_000_000
PARQUET_MEMORY = "1GB"
_PARQUET_TEXT = "VARCHAR"
_PARQUET_NUMBERS = ("FLOAT", "DOUBLE", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """Cells of a file.

    Attributes:
        columns: their names, in file order.
        cells: by column, one value a row: text, number or None. Row 1 is the first below the header.
    """

    columns: tuple[str, ...]
    cells: dict[str, list[Any]]

    @property
    def rows(self) -> int:
        return len(next(iter(self.cells.values()), ()))


def read_cells(file: str, suffix: str, content: bytes) -> Table:
    """The table in `content`; `file` names it in errors.

    Raises:
        Refused: not a table of this kind, or text that cannot be stored.
    """
    if suffix == ".parquet":
        table = _read_parquet(file, content)
    elif sum(content.count(mark) for mark in b",\t\n\r") > MAX_CELLS:
        raise Refused(file, [_too_many_cells()])
    elif suffix == ".jsonl":
        table = _read_jsonl(file, content)
    else:
        table = _read_delimited(file, DELIMITER[suffix], content)
    if not table.rows:
        raise Refused(file, ["no rows."])
    return table


def text_problems(table: Table, columns: Iterable[str]) -> list[str]:
    """Cells of `columns` that are no text, or hold what no table can store."""
    return [problem for column in columns for problem in _text_problems(column, table.cells[column])]


def _text_problems(column: str, cells: list[Any]) -> list[str]:
    no_texts = first_problems(
        (row for row, cell in enumerate(cells, 1) if cell is not None and not isinstance(cell, str)),
        lambda row: (
            f"row {row}: {column} is {in_message(repr(cells[row - 1]))}, not text. Write it in quotation marks."
        ),
        "rows without text there",
    )
    unstorable = first_problems(
        (row for row, cell in enumerate(cells, 1) if isinstance(cell, str) and _UNSTORABLE.search(cell)),
        lambda row: f"row {row}: {column} holds a NUL or half a character. Remove it.",
        "such rows",
    )
    return no_texts + unstorable


def _decoded(file: str, content: bytes) -> str:
    try:
        return decoded(content)
    except Unreadable as error:
        raise Refused(file, error.problems) from None


def _too_many_cells() -> str:
    return f"more than {MAX_CELLS:,} cells. Hand in the table without other columns."


def _read_delimited(file: str, delimiter: str, content: bytes) -> Table:
    try:
        found = rows_of(content, delimiter)
    except Unreadable as error:
        raise Refused(file, error.problems) from None
    columns = zip(*found.rows, strict=True) if found.rows else ([] for _ in found.header)
    return Table(tuple(found.header), {name: list(cells) for name, cells in zip(found.header, columns, strict=True)})


def _read_jsonl(file: str, content: bytes) -> Table:
    objects: list[dict[str, Any]] = []
    problems: dict[int, str] = {}
    for number, line in enumerate(io.StringIO(_decoded(file, content), newline=None), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            why = "nested too deeply" if isinstance(error, RecursionError) else in_message(str(error))
            problems[number] = f"line {number}: not JSON ({why}). Write one object a line."
            continue
        if isinstance(value, dict):
            objects.append(value)
        else:
            problems[number] = f"line {number}: not an object. Write one object a line."
    if problems:
        raise Refused(file, first_problems(problems, problems.__getitem__, "such lines"))
    columns = tuple(dict.fromkeys(key for row in objects for key in row))
    return Table(columns, {name: [row.get(name) for row in objects] for name in columns})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError(f'key "{repeated([key for key, _ in pairs])[0]}" stands twice')
    return value


def _read_parquet(file: str, content: bytes) -> Table:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "table.parquet"
        copy.write_bytes(content)
        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": PARQUET_MEMORY,
            "threads": 1,
            "temp_directory": folder,
            "max_temp_directory_size": "0B",
        }
        try:
            with duckdb.connect(":memory:", config=limits) as database:
                return _selected(file, lambda select: database.execute(select, [str(copy)]).fetchall())
        except duckdb.Error as error:
            reason = in_message(str(error).replace(folder, "").splitlines()[0], 200)
            raise Refused(file, [f"not a readable Parquet table ({reason}). Save it again, or as CSV."]) from None


def _selected(file: str, rows_of: Callable[[str], list[tuple[Any, ...]]]) -> Table:
    columns = {name: kind for name, kind, *_ in rows_of("describe from read_parquet(?)")}
    problems = [
        f'column "{in_message(name)}" holds {in_message(kind)}, neither text nor numbers. Leave it out.'
        for name, kind in columns.items()
        if kind != _PARQUET_TEXT and not kind.startswith(_PARQUET_NUMBERS)
    ]
    if problems:
        raise Refused(file, first_problems(range(len(problems)), problems.__getitem__, "such columns"))
    # A few kilobytes can stand for a billion long texts, by codes for repeated values: measured before it is read.
    named = [name.replace('"', '""') for name in columns if columns[name] == _PARQUET_TEXT]
    texts = [f'coalesce(sum(strlen("{name}")), 0)' for name in named]
    size = f"select count(*), {' + '.join(texts) or '0'} from read_parquet(?)"
    ((rows, characters),) = rows_of(size)
    if characters > MAX_BYTES:
        raise Refused(file, [f"more than {MAX_BYTES / 1e6:.0f} MB unpacked. Hand in the table without other columns."])
    if rows * len(columns) > MAX_CELLS:
        raise Refused(file, [_too_many_cells()])
    cells = zip(*rows_of("from read_parquet(?)"), strict=True) if rows else ([] for _ in columns)
    return Table(tuple(columns), {name: list(values) for name, values in zip(columns, cells, strict=True)})
