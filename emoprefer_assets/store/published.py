"""The published database, as readers open it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from emoprefer_assets.errors import EmopreferError


def open_published(database: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published copy.

    Raises:
        EmopreferError: nothing has been published yet, or another program holds the file for writing.
    """
    if not database.exists():
        raise EmopreferError(f"{database}: nothing has been evaluated yet. Run `emoprefer run` first.")
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.IOException:
        raise EmopreferError(f"{database} is open for writing in another program. Open it read-only there.") from None


def read_published(database: Path, query: str, **parameters: object) -> pd.DataFrame:
    """The result of `query`, whose `$name` are `parameters`.

    Raises:
        EmopreferError: as `open_published`.
    """
    with open_published(database) as connection:
        found: pd.DataFrame = connection.sql(query, params=parameters).df()
    return found


def read_rows(database: Path, query: str) -> list[dict[str, Any]]:
    """The result of `query` as plain Python values, null where there is no number.

    Raises:
        EmopreferError: as `open_published`.
    """
    with open_published(database) as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
