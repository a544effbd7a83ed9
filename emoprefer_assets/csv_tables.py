"""CSV files and Excel workbooks as tables of strings, with errors that name file, row and column.

What spreadsheets leave behind is no content: a byte order mark, a line `sep=;`, semicolons or tabs in place of commas,
empty rows, and empty columns at the end.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.workbooks import is_workbook, sheets_of

LISTED_PROBLEMS = 20
TABLE_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm")
# Of spreadsheets that nobody reads here.
OTHER_SUFFIXES = (".xls", ".xlsb", ".ods", ".numbers")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", *OTHER_SUFFIXES)
# Columns of names and single words: spaces around them were not meant.
WORDS = ("pair", "annotator", "vote", "preference", "item", "answer", "correct")
WORKBOOK = "an Excel workbook. Save its sheet as CSV UTF-8"
_OTHER_PACKAGE = "a zip, or a workbook that is damaged, locked or of another kind. Save its table as CSV UTF-8"
_DELIMITERS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([^\r\n"]?)[^\r\n]*(\r\n?|\n|$)', re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Zip, as .xlsx and .ods are, and the older format of Excel.
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_NAMED_COLUMNS = 20
# Replies of models may be longer than the module csv expects of a cell.
csv.field_size_limit(2**31 - 1)


class Unreadable(Exception):
    """Content that is no table; `problems` has a line for each thing to correct."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Refusals:
    """What several looks at files refuse, to be said at once: each look is a block `with` it."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, EmopreferError):
            self._said.append(str(error))
        return isinstance(error, EmopreferError)

    def raise_them(self) -> None:
        """Raise one EmopreferError of all that was refused."""
        if self._said:
            raise EmopreferError("\n".join(self._said))


@dataclass(frozen=True)
class Rows:
    """Cells as they stand: `header` names the columns, and each of `rows`, from row 1, has as many cells."""

    header: list[str]
    rows: list[list[str]]


def read_table(file: Path, columns: list[str], optional: tuple[str, ...] = ()) -> pd.DataFrame:
    """The named columns of a CSV file or a workbook as strings, in file order; absent optional ones are null.

    Raises:
        EmopreferError: the file cannot be read as one, or a column is missing; says all that is wrong with its form.
    """
    found = read_rows(file)
    missing = [column for column in columns if column not in found.header]
    if missing:
        raise EmopreferError(
            f"{file}: column {_quoted(missing)} is missing; it has {_quoted(found.header)}. "
            f"Name the columns {','.join(columns)}."
        )
    place = {name: number for number, name in enumerate(found.header)}
    table = {
        name: pd.Series([row[place[name]] if name in place else None for row in found.rows], dtype="str")
        for name in (*columns, *optional)
    }
    return pd.DataFrame({name: cells.str.strip() if name in WORDS else cells for name, cells in table.items()})


def read_rows(file: Path) -> Rows:
    """All cells of a CSV file or a workbook.

    Raises:
        EmopreferError: the file cannot be read as one; says all that is wrong with its form.
    """
    content = file.read_bytes()
    try:
        return _rows_of_workbook(content, file.stem) if is_workbook(content) else rows_of(content)
    except Unreadable as error:
        raise EmopreferError("\n".join(f"{file}: {problem}" for problem in error.problems)) from None


def tables_in(folder: Path) -> dict[str, Path]:
    """The tables in `folder` by their names in lower case; of several files of one name the earliest suffix counts.

    Raises:
        EmopreferError: two names differ in upper and lower case alone.
    """
    suffixes = (*TABLE_SUFFIXES, *OTHER_SUFFIXES)
    files = [
        file
        for file in sorted(folder.glob("*"))
        if file.suffix.lower() in suffixes and not file.name.startswith((".", "~$"))
    ]
    files.sort(key=lambda file: suffixes.index(file.suffix.lower()), reverse=True)
    found: dict[str, Path] = {}
    for file in files:
        other = found.get(file.stem.lower(), file)
        if other is not file and other.suffix.lower() == file.suffix.lower():
            raise EmopreferError(f"{other} and {file.name}: one name in two cases. Keep one of them.")
        found[file.stem.lower()] = file
    return found


def table_file(folder: Path, name: str) -> Path | None:
    """The table of this name in `folder`, whichever kind of file it is.

    Raises:
        EmopreferError: there is only a spreadsheet of a kind that is not read.
    """
    file = tables_in(folder).get(name.lower())
    return require_kind(file) if file else None


def require_kind(file: Path) -> Path:
    """The file, if it is of a kind that is read.

    Raises:
        EmopreferError: it is none.
    """
    if file.suffix.lower() in OTHER_SUFFIXES:
        name = file.stem
        raise EmopreferError(f"{file}: a kind of workbook that is not read. Save it as {name}.xlsx or {name}.csv.")
    return file


def rows_of(content: bytes, delimiter: str = ",") -> Rows:
    """The table in the bytes of a CSV file.

    Args:
        delimiter: what is expected between cells; where the header has none, semicolons and tabs are looked for.

    Raises:
        Unreadable: it is none, or its rows do not fit its header.
    """
    text = decoded(content)
    if stated := _SEPARATOR_LINE.match(text):
        delimiter, text = stated[1] or delimiter, text[stated.end() :]
    else:
        delimiter = max((delimiter, *_DELIMITERS), key=lambda one: len(_first_row(text, one)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        remedy = "Put texts in quotation marks, and double those within."
        raise Unreadable([f"line {reader.line_num}: {in_message(str(error))}. {remedy}"]) from None
    return _table(rows)


def _rows_of_workbook(content: bytes, name: str) -> Rows:
    """The table in a workbook: its only sheet with content, or that of the file's name."""
    try:
        sheets = sheets_of(content)
    except ValueError as error:
        raise Unreadable(
            [f"not readable as a workbook ({in_message(str(error))}). Save its sheet as CSV UTF-8."]
        ) from None
    named = next((rows for sheet, rows in sheets.items() if sheet.lower() == name.lower()), None)
    if len(sheets) > 1 and named is None:
        names = listed([f'"{in_message(sheet)}"' for sheet in sheets], LISTED_PROBLEMS)
        raise Unreadable([f'several sheets ({names}). Keep one, or call the one that is meant "{in_message(name)}".'])
    rows = next(iter(sheets.values()), []) if named is None else named
    width = max(map(len, rows), default=0)
    return _table([row + [""] * (width - len(row)) for row in rows if any(cell.strip() for cell in row)])


def _table(rows: list[list[str]]) -> Rows:
    if not rows:
        raise Unreadable(["empty. It needs a header, and rows beneath it."])
    return _fitting(*_without_empty_end(rows))


def first_problems(found: Iterable[int], say: Callable[[int], str], what: str) -> list[str]:
    """One line for each of the first `LISTED_PROBLEMS` found, and one for how many more `what` there are."""
    found = list(found)
    lines = [say(place) for place in found[:LISTED_PROBLEMS]]
    if len(found) > LISTED_PROBLEMS:
        lines.append(f"and {len(found) - LISTED_PROBLEMS:,} more {what}.")
    return lines


def refuse_unknown(file: Path, table: pd.DataFrame, column: str, known: set[str], what: str) -> None:
    """Raise an EmopreferError that names the rows whose `column` is not among `known`."""
    unknown = table.index[~table[column].isin(list(known))]
    if len(unknown):
        remedy = "Correct the row or remove it."
        lines = first_problems(
            unknown,
            lambda row: f'{file} row {row + 1}: {column} "{table[column][row]}" is not {what}. {remedy}',
            "such rows",
        )
        raise EmopreferError("\n".join(lines))


def refuse_empty(file: Path, table: pd.DataFrame, column: str) -> None:
    """Raise an EmopreferError that names the rows without anything in `column`: merged cells leave such rows."""
    empty = (table.index[table[column].str.strip() == ""] + 1).tolist()
    if empty:
        rows = listed([str(row) for row in empty], LISTED_PROBLEMS)
        raise EmopreferError(f'{file} row {rows}: column "{column}" is empty. Fill it in each row, or remove the row.')


def refuse_repeated(file: Path, table: pd.DataFrame, columns: list[str], what: str, named: str = "") -> None:
    """Raise an EmopreferError that names the rows which have the same values in `columns`.

    Args:
        what: they share, and what to do.
        named: the column by which people know such rows; the first of `columns`, if it is not there.
    """
    name = named if named in table else columns[0]
    alike = table[table.duplicated(columns, keep=False)]
    groups = [rows for _, rows in alike.groupby(columns, sort=False, dropna=False)]

    def say(place: int) -> str:
        rows = groups[place]
        names = [f'"{in_message(value)}"' for value in dict.fromkeys(rows[name])]
        numbers = listed([str(row + 1) for row in rows.index], LISTED_PROBLEMS)
        return f"{file} rows {numbers} ({listed(names, LISTED_PROBLEMS)}): {what}"

    if groups:
        raise EmopreferError("\n".join(first_problems(range(len(groups)), say, "such groups of rows")))


def decoded(content: bytes) -> str:
    """The text in `content`: UTF-8, or UTF-16 where a byte order mark says so.

    Raises:
        Unreadable: it is no such text.
    """
    if content.startswith(_PACKED):
        raise Unreadable([f"{WORKBOOK if is_workbook(content) else _OTHER_PACKAGE}."])
    if b"\0" in content[:2] or content[2:4] == b"\0\0":
        raise Unreadable(["not UTF-8: UTF-16 or UTF-32 without its usual mark, or no text. Save it as UTF-8."])
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        # Programs that add a mark to a text that has one leave two.
        return content.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        # The decoder has taken off a byte order mark and counts from there.
        start = error.start + (len(content) - len(error.object))
        raise Unreadable([f"not UTF-8: byte {start} is {content[start]:#04x}. Save it as UTF-8."]) from None


def repeated(names: list[str]) -> list[str]:
    """Those that stand there more than once, in order of the alphabet."""
    return sorted({name for place, name in enumerate(names) if name in names[:place]})


def decimal(text: str) -> str:
    """A number as Python reads it: where a spreadsheet has written a comma, a point."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _first_row(text: str, delimiter: str) -> list[str]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return next(islice(filter(None, lines), 1), [])
    except csv.Error:
        return []


def _without_empty_end(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows without the columns at the end that have neither a name nor content."""
    header, *rest = [name.strip() for name in rows[0]], *rows[1:]
    width = len(header)
    while width and not header[width - 1] and not any("".join(row[width - 1 : width]).strip() for row in rest):
        width -= 1
    # A row may end in more separators than the header has.
    cut = [row[:width] if not any(row[width:]) else row for row in rest]
    return header[:width], cut


def _fitting(header: list[str], rows: list[list[str]]) -> Rows:
    problems = [f'column "{in_message(name)}" stands twice. Keep one.' for name in repeated(header) if name]
    problems += first_problems(
        (number for number, row in enumerate(rows, 1) if len(row) != len(header)),
        lambda number: (
            f"row {number}: {len(rows[number - 1])} fields where the header has {len(header)}. "
            "Put texts with a comma or a new line in quotation marks."
        ),
        "rows with another number of fields",
    )
    problems += first_problems(
        (number for number, row in enumerate(rows, 1) if row == header),
        lambda number: f"row {number} is the header again. Remove it.",
        "rows like it",
    )
    if problems:
        raise Unreadable(problems)
    used = [place for place, name in enumerate(header) if name or any(row[place].strip() for row in rows)]
    if len(unnamed := [str(place + 1) for place in used if not header[place]]) > 1:
        raise Unreadable([f"columns {listed(unnamed)} have cells and no name. Name them: the first row is the header."])
    return Rows([header[place] for place in used], [[row[place] for place in used] for row in rows])


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{in_message(name)}"' for name in names[:_NAMED_COLUMNS])
