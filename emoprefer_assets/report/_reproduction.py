"""The paper's table beside ours, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emoprefer_assets.display import on_page
from emoprefer_assets.report._blocks import Section, Table, made_table, numbers, table_of, text, words
from emoprefer_assets.report._page import render_tables
from emoprefer_assets.report._text import short, span
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
    section = Section(
        "reproduction",
        "The paper's Table 2 beside ours",
        "Does each judge score here what was published of it, and what differed?",
        tuple(on_page(sentence) for sentence in (data_set, *remarks, HOW_TO_READ)),
        (
            *(_of_metric(metric, figures) for metric in METRICS),
            made_table(
                "What differed from the paper's run",
                [text("judges"), text("what differed")],
                [(on_page(judges), on_page(what)) for judges, what in judges_alike(differed)],
            ),
        ),
    )
    return render_tables(section)


def _of_metric(metric: str, figures: Sequence[Figure]) -> Table:
    return table_of(
        [figure for figure in figures if figure.metric == metric],
        METRICS[metric],
        words("judge", lambda figure: short(on_page(figure.judge))),
        words("strategy"),
        numbers("published", digits=2),
        numbers("ours", digits=2),
        numbers("difference", digits=2, sign=True),
        words("95 % of ours", lambda figure: span(figure.low, figure.high)),
        words("published is", "verdict"),
    )
