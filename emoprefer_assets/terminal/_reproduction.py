"""The paper's table beside ours, at a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from emoprefer_assets.display import in_terminal
from emoprefer_assets.reproduction.figures import Figure, judges_alike
from emoprefer_assets.terminal._fitting import Column, FittedTable
from emoprefer_assets.terminal._text import number, signed, span

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
    rows = [
        (
            figure.judge,
            figure.strategy,
            number(figure.published),
            number(figure.ours),
            signed(figure.difference),
            span(figure.low, figure.high),
            figure.verdict,
            _met(figure, figures),
        )
        for figure in figures
        if figure.metric == "waf_2class"
    ]
    judges, strategies, paper, ours, differences, intervals, verdicts, met_of = zip(*rows, strict=True)
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
    console.print(escape(in_terminal(data_set)), width=width)
    console.print(FittedTable("The paper's Table 2 beside ours", columns, [CAPTION]), width=width)
    differing = [f"What differed for {judges}: {what}." for judges, what in judges_alike(differed)]
    for sentence in (*differing, *remarks):
        console.print(escape(in_terminal(sentence)), width=width)


def _met(of: Figure, figures: Sequence[Figure]) -> str:
    published = [
        figure
        for figure in figures
        if (figure.judge, figure.strategy) == (of.judge, of.strategy) and figure.verdict != "-"
    ]
    return f"{sum(figure.is_met for figure in published)}/{len(published)}" if published else "-"
