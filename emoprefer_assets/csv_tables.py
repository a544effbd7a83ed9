"""CSV files as tables of strings, with errors that name file, row and column."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emoprefer_assets.errors import EmopreferError


def read_table(file: Path, columns: list[str], optional: tuple[str, ...] = ()) -> pd.DataFrame:
    """The named columns of a CSV file as strings, in file order; absent optional ones are null.

    Raises:
        EmopreferError: the file cannot be read as UTF-8 CSV, or a column is missing.
    """
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise EmopreferError(f"{file}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise EmopreferError(f"{file}: not a readable CSV table: {str(error).strip()}") from None
    missing = [column for column in columns if column not in table]
    if missing:
        raise EmopreferError(
            f"{file}: column {_quoted(missing)} is missing; it has {_quoted(list(table.columns))}. "
            f"Name the columns {','.join(columns)}."
        )
    for column in optional:
        if column not in table:
            table[column] = pd.Series([None] * len(table), dtype="str")
    return table[[*columns, *optional]]


def refuse_unknown(file: Path, table: pd.DataFrame, column: str, known: set[str], what: str) -> None:
    """Raise an EmopreferError that names the first row whose `column` is not among `known`."""
    unknown = table.index[~table[column].isin(list(known))]
    if len(unknown):
        row = unknown[0]
        raise EmopreferError(
            f'{file} row {row + 1}: {column} "{table[column][row]}" is not {what} '
            f"({len(unknown)} such rows). Correct the row or remove it."
        )


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
