"""What the report reads from the published database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd

from emoprefer_assets.display import on_page
from emoprefer_assets.names import BEST_BASELINE, LEFT_OUT
from emoprefer_assets.report._text import short
from emoprefer_assets.store import TABLES

# Texts that are shown whole; every other text is a name.
WHOLE_TEXTS = {
    "a1",
    "a2",
    "note",
    "description",
    "evidence",
    "no_vote",
    "not_shown",
    "not_compared",
    "not_tested",
    "not_reached",
    "warnings",
    "rule",
    "mark",
    "state",
}
# Of these tables, columns that elsewhere hold names.
WHOLE_IN_TABLE = {("human_agreement", "source"), ("judge_board", "source")}


@dataclass(frozen=True)
class Published:
    """The tables of the published database by name, their texts made on_page; empty where it has none.

    Each is read when it is first asked for.
    """

    connection: duckdb.DuckDBPyConnection
    _read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = _shown(name, self._frame(name))
        return self._read[name]

    def _frame(self, name: str) -> pd.DataFrame:
        there = "select count(*) from information_schema.tables where table_name = $name"
        if self.connection.execute(there, {"name": name}).fetchall() == [(0,)]:
            # The other one is the view of marks on systems.
            return TABLES[name].frame() if name in TABLES else pd.DataFrame(columns=["system", "mark"])
        frame: pd.DataFrame = self.connection.sql(f"from {name}").df()
        return frame

    @property
    def judges_by_rank(self) -> pd.DataFrame:
        """The judge board: best first, then who is left out."""
        board = self["judge_board"].assign(left_out=lambda rows: rows["kind"] == LEFT_OUT)
        order = {"left_out": True, "waf_2class": False, "judge": True}
        return board.sort_values(list(order), ascending=list(order.values())).drop(columns="left_out")

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The judge board's rows of one kind, best first."""
        board = self["judge_board"]
        return board[board["kind"] == kind].sort_values(["waf_2class", "judge"], ascending=[False, True])

    @property
    def agreement(self) -> pd.Series | None:
        """The row of all annotators of human_agreement, or None where there is none."""
        everyone = self["human_agreement"].query("annotator == 'all'").dropna(subset=["two_class"])
        return everyone.iloc[0] if len(everyone) else None

    @property
    def best_baseline(self) -> tuple[str, float] | None:
        """Name and two-class weighted F1 of the best baseline that does not ask who wrote a text, or None without."""
        best = self["judge_board"]
        best = best[best["judge"] == BEST_BASELINE].dropna(subset=["waf_2class"])
        return (best["source"].iloc[0], float(best["waf_2class"].iloc[0])) if len(best) else None

    def at_board_strategy(self, name: str) -> pd.DataFrame:
        """Rows of a table by judge and strategy: of each judge at the strategy that the board shows, best first."""
        order = self.judges_by_rank[["judge", "kind", "strategy"]]
        return order.assign(place=range(len(order))).merge(self[name], on=["judge", "strategy"])


def _shown(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        # An empty list would make numbers of a column of texts.
        return frame
    for column in map(str, frame.select_dtypes(include=["object", "string"])):
        if column.endswith("_id"):
            continue
        is_whole = column in WHOLE_TEXTS or (name, column) in WHOLE_IN_TABLE
        frame[column] = [
            _each(value, on_page if is_whole else lambda text: short(on_page(text))) for value in frame[column]
        ]
    return frame


def _each(value: Any, shown: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return shown(value)
    # Lists come as arrays.
    return [shown(text) for text in value] if hasattr(value, "__iter__") else value
