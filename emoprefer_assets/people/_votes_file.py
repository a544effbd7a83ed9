"""votes.csv and annotators.csv of a data set, whose other rows and columns stay as they are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emoprefer_assets.csv_tables import read_rows, table_file
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically

VOTES, QUALIFIED = "votes.csv", "annotators.csv"


def stored_rows(file: Path) -> pd.DataFrame | None:
    """Every cell of the file as it stands, or None where there is no file.

    Raises:
        EmopreferError: it cannot be read, or names no annotators.
    """
    stored = table_file(file.parent, file.stem)
    if stored is None:
        return None
    if stored != file:
        raise EmopreferError(f"{stored}: rows cannot be added there. Save it as {file.name}, and remove it.")
    found = read_rows(file)
    if "annotator" not in found.header:
        raise EmopreferError(f'{file}: column "annotator" is missing. Correct the file, or name another folder.')
    return pd.DataFrame(found.rows, columns=found.header, dtype="object")


def write_rows(file: Path, rows: pd.DataFrame) -> None:
    """Put the file in place, durably."""
    with replaced_atomically(file, durable=True) as part:
        rows.to_csv(part, index=False)


def figures(number: float | None) -> str:
    """A number as the page writes it: 2.5, and 12 for 12.00; "" for None."""
    return "" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")
