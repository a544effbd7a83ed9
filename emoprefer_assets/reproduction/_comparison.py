"""The published figures beside ours, as read from a published database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.reproduction._circumstances import GONE
from emoprefer_assets.rows import each_row
from emoprefer_assets.terminal import read_published

# Figures are published with two decimals.
LAST_DIGIT = 0.005
METRICS = {
    "waf_2class": "WAF 2", "acc_2class": "ACC 2", "waf_3class": "WAF 3", "acc_3class": "ACC 3",
    "swap_consistency": "swap",
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """A paper's table beside ours.

    Attributes:
        data_set: its name, number of pairs, and whether it is synthetic.
        rows: of the view published_beside_ours, with `verdict`; best judge first, strategies and metrics in order.
        differed: what differed, by judge of `rows`.
        missing: published judges without predictions here.
    """

    data_set: str
    rows: pd.DataFrame
    differed: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def summary(self) -> str:
        """How many published figures are met, in one sentence."""
        published = self.rows.dropna(subset=["published"])
        if published.empty:
            return (
                "No published figure stands beside these. Name the table of them by --published or "
                "EMOPREFER_PUBLISHED_SCORES, and give judges `published_as:` where their names differ."
            )
        counts = published["verdict"].value_counts()
        said = f"Of {len(published)} published figures, {counts.get('equal', 0)} are equal to ours to the last digit"
        within, outside = counts.get("within", 0), counts.get("outside", 0)
        return f"{said}, {within} others lie within our 95 % interval, and {outside} outside."


def compare(database: Path, differed: Mapping[str, str]) -> Comparison:
    """Read a published database's comparison.

    Args:
        differed: what differed, by judge; one that is absent is not known.

    Raises:
        EmopreferError: nothing is published, or the database is open for writing elsewhere.
    """
    try:
        rows = read_published(
            database,
            "select view.* from published_beside_ours as view left join judge_board using (judge) "
            "order by rank nulls last, judge, strategy, place",
        )
    except duckdb.CatalogException:
        raise EmopreferError(
            f"{database} was published by an older version of this tool. Run `emoprefer run`, which publishes it anew."
        ) from None
    rows["verdict"] = [_verdict(row.difference, row.published_lies_within) for row in each_row(rows)]
    data_set = read_published(database, "from data_set").iloc[0]
    synthetic = " (synthetic: it says nothing about real people)" if data_set["synthetic"] else ""
    missing = read_published(
        database, "select judge from published_scores where judge not in (select published_as from "
        "published_beside_ours where published is not null) order by judge",
    )  # fmt: skip
    return Comparison(
        data_set=f"{data_set['name']}: {data_set['pairs']} pairs{synthetic}",
        rows=rows,
        differed={judge: differed.get(judge, GONE) for judge in rows["judge"].unique()},
        missing=tuple(missing["judge"]),
    )


def _verdict(difference: float, lies_within: bool | None) -> str:
    """equal (to the last published digit), within, outside, no interval, or nothing where nothing is published."""
    if pd.isna(difference):
        return ""
    if abs(difference) <= LAST_DIGIT + 1e-9:
        return "equal"
    if pd.isna(lies_within):
        return "no interval"
    return "within" if lies_within else "outside"
