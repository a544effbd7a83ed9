"""The paper's table beside ours, at a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from emoprefer_assets.display import in_terminal
from emoprefer_assets.reproduction.figures import Figure, judges_alike
from emoprefer_assets.terminal._fitting import Column, FittedTable
from emoprefer_assets.terminal._text import number, span

CAPTION = (
    "WAF 2 in percent; ours with its 95 % interval over clips. equal: the same to the last published digit; within, "
    "outside: of our interval. met: of the published figures (WAF and ACC of 2 and 3 classes, swap consistency), those "
    "equal or within."
)
WIDTH = 80


def print_comparison(
    data_set: str, figures: Sequence[Figure], differed: Mapping[str, str], remarks: Sequence[str], console: Console
) -> None:
    """Print one row a judge and strategy, then what differed.

    Args:
        figures: in the order of the rows.
        differed: what differed, by judge.
        remarks: sentences to end with.
    """
    rows = [figure for figure in figures if figure.metric == "waf_2class"]
    columns = [
        Column("judge", [figure.judge for figure in rows], right=False, folds=True),
        Column("by", [figure.strategy for figure in rows], right=False),
        Column("paper", [number(figure.published) for figure in rows]),
        Column("ours", [number(figure.ours) for figure in rows]),
        Column("diff", [number(figure.difference, sign="+") for figure in rows]),
        Column("95 %", [span(figure.low, figure.high) for figure in rows], rest=2),
        Column("paper is", [figure.verdict for figure in rows], right=False),
        Column("met", [_met(figure, figures) for figure in rows], rest=1),
    ]
    width = min(console.width, WIDTH)
    console.print(escape(in_terminal(data_set)), width=width)
    console.print(FittedTable("The paper's Table 2 beside ours", columns, [CAPTION]), width=width)
    differing = [f"What differed for {judges}: {what}." for judges, what in judges_alike(differed)]
    for sentence in (*differing, *remarks):
        console.print(escape(in_terminal(sentence)), width=width)


def _met(of: Figure, figures: Sequence[Figure]) -> str:
    own = [figure for figure in figures if (figure.judge, figure.strategy) == (of.judge, of.strategy)]
    published = [figure.is_met for figure in own if figure.verdict != "-"]
    return f"{sum(published)}/{len(published)}" if published else "-"
