"""The paper's table beside ours, at a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import pandas as pd
from rich.console import Console
from rich.markup import escape

from emoprefer_assets.rows import each_row
from emoprefer_assets.terminal._fitting import Column, FittedTable
from emoprefer_assets.terminal._text import percent, printable, signed, span

CAPTION = (
    "WAF 2 in percent; ours with its 95 % interval over clips. equal: the same to the last published digit; within, "
    "outside: of our interval. met: of the published figures (WAF and ACC of 2 and 3 classes, swap consistency), those "
    "equal or within."
)
WIDTH = 80


def print_comparison(
    data_set: str, rows: pd.DataFrame, differed: Mapping[str, str], remarks: list[str], console: Console
) -> None:
    """Print one row a judge and strategy, then what differed.

    Args:
        rows: of the view published_beside_ours, with `verdict`, in order.
        differed: what differed, by judge.
        remarks: sentences to end with.
    """
    published = rows.dropna(subset=["published"])
    met = published["verdict"].isin(["equal", "within"]).groupby([published["judge"], published["strategy"]]).sum()
    of = published.groupby(["judge", "strategy"]).size()
    cells = []
    for row in each_row(rows[rows["metric"] == "waf_2class"]):
        key = (row.judge, row.strategy)
        cells.append(
            (
                row.judge, row.strategy, percent(row.published), percent(row.ours), signed(row.difference),
                span(row.ours_low, row.ours_high), row.verdict or "-", f"{met[key]}/{of[key]}" if key in of else "-",
            )
        )  # fmt: skip
    judges, strategies, paper, ours, differences, intervals, verdicts, met_of = zip(*cells, strict=True)
    columns = [
        Column("judge", judges, right=False, folds=True),
        Column("by", strategies, right=False),
        Column("paper", paper),
        Column("ours", ours),
        Column("diff", differences),
        Column("95 %", intervals, rest=2),
        Column("paper is", verdicts, right=False),
        Column("met", met_of, rest=1),
    ]
    width = min(console.width, WIDTH)
    console.print(escape(printable(data_set)), width=width)
    console.print(FittedTable("The paper's Table 2 beside ours", columns, [CAPTION]), width=width)
    alike = groupby(sorted(differed, key=lambda judge: (differed[judge], judge)), key=lambda judge: differed[judge])
    for what, those in alike:
        console.print(escape(printable(f"What differed for {', '.join(those)}: {what}.")), width=width)
    for remark in remarks:
        console.print(escape(printable(remark)), width=width)
