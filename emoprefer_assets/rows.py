"""Rows of a table, one after another: the one place where a table's values lose their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each_row(table: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples without the index; the schema in `sql/tables` says what each column holds."""
    return iter(table.itertuples(index=False))
