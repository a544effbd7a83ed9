"""Excel workbooks as texts, sheet by sheet."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

# What openpyxl, zipfile and the XML parser raise on files that are damaged or no workbooks.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, TypeError, OSError, EOFError)
# A workbook is packed: a small file can hold more than there is memory for.
MOST_UNPACKED_BYTES = 1_000_000_000


def is_workbook(content: bytes) -> bool:
    """Whether these are the bytes of an .xlsx or .xlsm file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except zipfile.BadZipFile:
        return False


def sheets_of(content: bytes) -> dict[str, list[list[str]]]:
    """The cells of each sheet that holds something, as texts, by the sheet's name; of formulas what they last gave.

    Raises:
        ValueError: the workbook cannot be read.
    """
    # The import takes a third of a second: only who has a workbook waits for it.
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED_BYTES:
            raise ValueError(f"it unpacks to more than {MOST_UNPACKED_BYTES / 1e9:.0f} GB")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        cells = {sheet.title: [[_text(cell) for cell in row] for row in _rows(sheet)] for sheet in book.worksheets}
    except _UNREADABLE as error:
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from None
    return {name: rows for name, rows in cells.items() if any(map(any, rows))}


def _rows(sheet: Any) -> Iterable[tuple[object, ...]]:
    # Programs write wrong sizes into a sheet, and openpyxl would stop there.
    sheet.reset_dimensions()
    rows: Iterable[tuple[object, ...]] = sheet.iter_rows(values_only=True)
    return rows


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime() | date() | time():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
