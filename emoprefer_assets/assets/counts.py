"""Counted battles as arrays, and which systems may not be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import duckdb
import numpy as np
import pandas as pd

from emoprefer_assets.assets.relations import Relation, read_arrays
from emoprefer_assets.names import DISQUALIFIED, QUARANTINED

_COUNTED = """
select
    sources.place::smallint as source, clips.place::integer as clip,
    one.place::smallint as first, other.place::smallint as second,
    pairs.place::integer as pair,
    battles::double as battles, first_wins::double as first_wins, ties::double as ties
from {relation} as counts
join sources on sources.name = counts.source
join clips on clips.name = counts.clip_id
join pairs on pairs.name = counts.pair_id
join systems as one on one.name = counts.first_system
join systems as other on other.name = counts.second_system
-- Sums of fractions depend on the order of the rows, and a table's version on its last digit.
order by all
"""


@dataclass(frozen=True)
class BattleCounts(Relation):
    """The table battle_counts, a row a source of verdicts, clip, two systems and pair, in their order.

    Attributes:
        sources, clips, systems, pairs: names, each in their order, shape (n_names,).
        source, clip, first, second, pair: places in them, shape (rows,).
        battles, first_wins, ties: shape (rows,).
    """

    sources: np.ndarray
    clips: np.ndarray
    systems: np.ndarray
    pairs: np.ndarray
    source: np.ndarray
    clip: np.ndarray
    first: np.ndarray
    second: np.ndarray
    pair: np.ndarray
    battles: np.ndarray
    first_wins: np.ndarray
    ties: np.ndarray

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, relation: str) -> Self:
        sides = (f"select {side}_system::varchar as name from {relation}" for side in ("first", "second"))
        names = {
            "sources": f"select distinct source::varchar as name from {relation}",
            "clips": f"select distinct clip_id::varchar as name from {relation}",
            "systems": " union ".join(sides),
            "pairs": f"select distinct pair_id::varchar as name from {relation}",
        }
        return cls(**read_arrays(connection, relation, names, _COUNTED.format(relation=relation)))

    @property
    def fought(self) -> pd.Series:
        """Battles of each source and system, by their names."""
        columns = len(self.systems)
        sides = [self.source.astype(int) * columns + side for side in (self.first, self.second)]
        battles = sum(np.bincount(side, self.battles, len(self.sources) * columns) for side in sides)
        index = pd.MultiIndex.from_product([self.sources, self.systems], names=["source", "system"])
        return pd.Series(battles, index)


@dataclass(frozen=True)
class Entrants(Relation):
    """Of the table entries: the systems of which no description may be judged, with why, in their order.

    A withdrawn one is none of them: it leaves the boards.
    """

    unranked: dict[str, str]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, relation: str) -> Self:
        found = connection.execute(
            f"select system, any_value(state) from {relation} group by system "
            "having bool_and(list_contains($states, state)) order by system",
            {"states": [QUARANTINED, DISQUALIFIED]},
        )
        return cls(dict(found.fetchall()))
