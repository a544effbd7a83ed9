"""The paper's table beside ours, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import pandas as pd

from emoprefer_assets.report._blocks import Column, Section, Table, made_table, text
from emoprefer_assets.report._page import render_tables
from emoprefer_assets.report._text import NOTHING, number, short, span, visible
from emoprefer_assets.rows import each_row

HOW_TO_READ = (
    "Percent, difference in points (ours less published). Intervals are 95 %, clips resampled: they say how far the "
    "figure would move on other clips, not how far runs of one judge differ. equal: the same to the last published "
    "digit; within or outside: where the published figure lies of our interval."
)


def render_reproduction(
    data_set: str,
    rows: pd.DataFrame,
    metrics: Mapping[str, str],
    differed: Mapping[str, str],
    remarks: Sequence[str],
) -> str:
    """The comparison as one HTML text that needs no network and no script.

    Args:
        rows: of the view published_beside_ours, with `verdict`, in order.
        metrics: the heading of each metric.
        differed: what differed, by judge.
        remarks: sentences to begin with.
    """
    section = Section(
        "reproduction",
        "The paper's Table 2 beside ours",
        "Does each judge score here what was published of it, and what differed?",
        tuple(visible(words) for words in (data_set, *remarks, HOW_TO_READ)),
        (
            *(_of_metric(rows[rows["metric"] == name], heading) for name, heading in metrics.items()),
            _differed(differed),
        ),
    )
    return render_tables(section)


def _of_metric(rows: pd.DataFrame, heading: str) -> Table:
    cells = [
        (
            short(visible(row.judge)), row.strategy, number(row.published, 2), number(row.ours, 2),
            number(row.difference, 2, sign=True), span(row.ours_low, row.ours_high), row.verdict or NOTHING,
        )
        for row in each_row(rows)
    ]  # fmt: skip
    columns: list[Column | str] = [
        text("judge"), text("strategy"), "published", "ours", "difference", text("95 % of ours"), text("published is"),
    ]  # fmt: skip
    return made_table(heading, columns, cells)


def _differed(differed: Mapping[str, str]) -> Table:
    alike = groupby(sorted(differed, key=lambda judge: (differed[judge], judge)), key=lambda judge: differed[judge])
    cells = [(visible(", ".join(judges)), visible(what)) for what, judges in alike]
    return made_table("What differed from the paper's run", [text("judges"), text("what differed")], cells)
