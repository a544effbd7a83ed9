"""The paper's table beside ours, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emoprefer_assets.display import on_page
from emoprefer_assets.report._blocks import Heading, Section, Table, made_table, text
from emoprefer_assets.report._page import render_tables
from emoprefer_assets.report._text import number, short, span
from emoprefer_assets.reproduction.figures import METRICS, Figure, judges_alike

HOW_TO_READ = (
    "Percent, difference in points (ours less published). Intervals are 95 %, by clip: they say how far the "
    "figure would move on other clips, not how far runs of one judge differ. equal: the same to the last published "
    "digit; within or outside: where the published figure lies of our interval."
)


def render_reproduction(
    data_set: str, figures: Sequence[Figure], differed: Mapping[str, str], remarks: Sequence[str]
) -> str:
    """The comparison as one HTML text that needs no network and no script.

    Args:
        figures: in the order of the rows.
        differed: what differed, by judge.
        remarks: sentences to begin with.
    """
    metrics = [_of_metric(metric, figures) for metric in METRICS]
    section = Section(
        "reproduction",
        "The paper's Table 2 beside ours",
        "Does each judge score here what was published of it, and what differed?",
        tuple(on_page(words) for words in (data_set, *remarks, HOW_TO_READ)),
        (*metrics, _differed(differed)),
    )
    return render_tables(section)


def _of_metric(metric: str, figures: Sequence[Figure]) -> Table:
    cells = [
        (
            short(on_page(figure.judge)),
            figure.strategy,
            number(figure.published, 2),
            number(figure.ours, 2),
            number(figure.difference, 2, sign=True),
            span(figure.low, figure.high),
            figure.verdict,
        )
        for figure in figures
        if figure.metric == metric
    ]
    columns = [
        text("judge"),
        text("strategy"),
        Heading("published"),
        Heading("ours"),
        Heading("difference"),
        text("95 % of ours"),
        text("published is"),
    ]
    return made_table(METRICS[metric], columns, cells)


def _differed(differed: Mapping[str, str]) -> Table:
    cells = [(on_page(judges), on_page(what)) for judges, what in judges_alike(differed)]
    return made_table("What differed from the paper's run", [text("judges"), text("what differed")], cells)
