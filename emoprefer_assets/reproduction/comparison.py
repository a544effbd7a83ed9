"""The published figures beside ours, as read from a published database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.reproduction.circumstances import GONE
from emoprefer_assets.reproduction.figures import Figure
from emoprefer_assets.store.published import read_published

_FIGURES = """
select view.judge, view.strategy, metric, published, ours, difference, ours_low as low, ours_high as high,
    published_lies_within as lies_within
from published_beside_ours as view
left join judge_board on judge_board.judge = view.judge
order by rank nulls last, view.judge, view.strategy, place
"""
_MISSING = """
select judge
from published_scores
where judge not in (select published_as from published_beside_ours where published is not null)
order by judge
"""


@dataclass(frozen=True)
class Comparison:
    """A paper's table beside ours.

    Attributes:
        data_set: its name, number of pairs, and whether it is synthetic.
        figures: best judge first, strategies and metrics in order.
        differed: what differed, by judge.
        missing: published judges without predictions here.
    """

    data_set: str
    figures: tuple[Figure, ...]
    differed: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def summary(self) -> str:
        """How many published figures are met, in one sentence."""
        counts = Counter(figure.verdict for figure in self.figures if figure.verdict != "-")
        if not counts:
            return (
                "No published figure stands beside these. Name the table of them by --published or "
                "EMOPREFER_PUBLISHED_SCORES, and give judges `published_as:` where their names differ."
            )
        return (
            f"Of {counts.total()} published figures, {counts['equal']} are equal to ours to the last digit, "
            f"{counts['within']} others lie within our 95 % interval, and {counts['outside']} outside."
        )


def compare(database: Path, differed: Mapping[str, str]) -> Comparison:
    """Read a published database's comparison.

    Args:
        differed: what differed, by judge; one that is absent is not known.

    Raises:
        EmopreferError: nothing is published, or by an older version, or the database is open for writing elsewhere.
    """
    try:
        rows = read_published(database, _FIGURES)
    except duckdb.CatalogException:
        raise EmopreferError(
            f"{database} was published by an older version of this tool. Run `emoprefer run`, which publishes it anew."
        ) from None
    rows["lies_within"] = [None if pd.isna(value) else bool(value) for value in rows["lies_within"]]
    figures = tuple(Figure(*row) for row in rows.astype(object).to_numpy().tolist())
    data_set = read_published(database, "from data_set").iloc[0]
    synthetic = " (synthetic: it says nothing about real people)" if data_set["synthetic"] else ""
    return Comparison(
        data_set=f"{data_set['name']}: {data_set['pairs']} pairs{synthetic}",
        figures=figures,
        differed={figure.judge: differed.get(figure.judge, GONE) for figure in figures},
        missing=tuple(read_published(database, _MISSING)["judge"]),
    )
