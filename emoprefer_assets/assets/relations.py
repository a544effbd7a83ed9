"""Relations of the warehouse as arrays: what statistics need of them, without their texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.store import Reading

# Of DuckDB's vectors of 2,048 rows: what is under way beside the arrays stays below 5 MB.
VECTORS_AT_ONCE = 50
_NAMED = """
{several} as (
    select name, row_number() over (order by name) - 1 as place
    from ({names})
)"""


# Arrays of three million verdicts are kept, those of ten million are not.
KEPT_BYTES = 2**27
_KEPT: dict[tuple[type, str], tuple[tuple[Any, ...], Any]] = {}


class Relation(ABC):
    """A parameter of an asset annotated with a subclass is read by it, in the transaction that reads the inputs."""

    @classmethod
    @abstractmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, relation: str) -> Self:
        """What the table or view `relation` holds."""

    @classmethod
    def latest(cls, reading: Reading, relation: str, versions: Sequence[str]) -> Self:
        """The same, kept until the next version: one board after the other reads the same verdicts. Not to be changed.

        Args:
            versions: of the tables behind `relation`.
        """
        state = (reading.file, *versions)
        kept = _KEPT.pop((cls, relation), None)
        if kept and kept[0] == state:
            read: Self = kept[1]
        else:
            read = cls.read(reading.connection, relation)
        arrays = [array for array in vars(read).values() if isinstance(array, np.ndarray)]
        for array in arrays:
            array.flags.writeable = False
        if sum(array.nbytes for array in arrays) <= KEPT_BYTES:
            _KEPT[cls, relation] = state, read
        return read

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """What a data frame with the table's columns holds."""
        with duckdb.connect() as scratch:
            scratch.register("rows_of_frame", frame)
            return cls.read(scratch, "rows_of_frame")


def read_arrays(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    names: Mapping[str, str],
    query: str,
    values: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """The columns that `query` selects, and the names that it refers to by their places.

    Args:
        names: queries for column `name`, by what they are called: each is a relation (name, place) that `query` may
            join, and an array of the result, both in the order of the names.
        query: selects a row for each row of `relation`, and no null.
        values: of parameters in `query`.
    """
    named = {
        several: connection.execute(f"select name from ({one}) order by name").df()["name"].to_numpy(dtype=object)
        for several, one in names.items()
    }
    ((count,),) = connection.execute(f"select count(*) from {relation}").fetchall()
    with_names = ",".join(_NAMED.format(several=several, names=one) for several, one in names.items())
    coded = connection.execute(f"with {with_names} {query}", values or {})
    columns: dict[str, np.ndarray] = {}
    start = 0
    # Piece by piece: all at once, the rows would be in memory twice.
    while start < count or not columns:
        piece = coded.fetch_df_chunk(VECTORS_AT_ONCE)
        for column, cells in ((str(name), piece[name].to_numpy()) for name in piece):
            columns.setdefault(column, np.empty(count, cells.dtype))[start : start + len(cells)] = cells
        start += len(piece)
    return named | columns
