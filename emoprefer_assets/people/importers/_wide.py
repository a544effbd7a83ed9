"""A sheet with a row a pair and a column an annotator, as spreadsheets have it."""

from __future__ import annotations

from pathlib import Path

from emoprefer_assets.csv_tables import read_rows
from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people.importers._face import Found, Names, Said, texts_of


def read_wide(file: Path, names: Names) -> Found:
    """The votes in each annotator's column; an empty cell is none."""
    table = read_rows(file)
    used = {names.pair, names.left, names.right}
    if not used & set(table.header):
        raise EmopreferError(
            f'{file}: no column "{names.pair}"; it has {listed([in_message(name) for name in table.header], 20)}. '
            "Name the column with the pairs' names by --pair."
        )
    people = names.annotators or tuple(name for name in table.header if name not in used)
    if missing := [name for name in people if name not in table.header]:
        raise EmopreferError(f"{file}: no column {listed([in_message(name) for name in missing], 5)} (--annotator).")
    found = Found()
    for number, cells in enumerate(table.rows, start=1):
        row = dict(zip(table.header, cells, strict=True))
        for name in people:
            if word := row[name].strip():
                where = f'{file.name} row {number}, column "{in_message(name)}"'
                pair = row.get(names.pair, "").strip() or None
                found.said.append(Said(where, name, word, pair, texts_of(row, names), table.header))
    return found
