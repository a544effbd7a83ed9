"""Where tables come from and go to: the published database, and the terminal."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from rich.console import Console

from emoprefer_assets.errors import EmopreferError

PIPED_WIDTH = 110
MOST_WIDTH = 160


def console() -> Console:
    """As wide as the terminal, up to 160 columns; a pipe gets 110. COLUMNS and NO_COLOR have the last word."""
    piped = None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal() else PIPED_WIDTH
    # Without a colour system, rich writes no escape at all.
    plain: dict[str, Any] = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    found = Console(width=piped, highlight=False, **plain)
    found.width = min(found.width, MOST_WIDTH)
    return found


def read_published(database: Path, query: str) -> pd.DataFrame:
    """The result of `query` on the published copy.

    Raises:
        EmopreferError: nothing has been published yet, or another program holds the file for writing.
    """
    with _opened(database) as connection:
        found: pd.DataFrame = connection.sql(query).df()
    return found


def read_rows(database: Path, query: str) -> list[dict[str, Any]]:
    """The same as plain Python values, null where there is no number.

    Raises:
        EmopreferError: as `read_published`.
    """
    with _opened(database) as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def as_json(value: object) -> str:
    """JSON that a terminal shows and does not obey: the C1 control characters, among others, need no escape in JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return escaped(text) + "\n"


def escaped(text: str) -> str:
    """JSON text with every character that cannot be shown as its escape."""
    return "".join(
        character if character.isprintable() or character == "\n" else _json_escape(character) for character in text
    )


def _opened(database: Path) -> duckdb.DuckDBPyConnection:
    if not database.exists():
        raise EmopreferError(f"{database}: nothing has been evaluated yet. Run `emoprefer run` first.")
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.IOException:
        raise EmopreferError(f"{database} is open for writing in another program. Open it read-only there.") from None


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
