"""What a section is made of: words, tables, and charts with their numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from emoprefer_assets.plugins import SECTIONS
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, short


@dataclass(frozen=True)
class Heading:
    """What stands above a column of a table, and how its cells are shown.

    Attributes:
        text: shown above it.
        kind: "text", "number", or "bar": a number of percent with a bar beside it.
        hint: what the heading means, in a few words; empty where it says so itself.
    """

    text: str
    kind: str = "number"
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A table for people: its cells are text already.

    Attributes:
        rows: cells in the order of `columns`; the first one names the row. Of a "bar", the percent.
        choices: with a chooser, which choice each row belongs to.
    """

    caption: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Any, ...], ...]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chooser:
    """Shows one part of a chart and its table at a time.

    Attributes:
        label: of the list.
        parameter: the chart's parameter that takes the choice.
        choices: in order; the first is shown first.
    """

    label: str
    parameter: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A chart and its numbers.

    Attributes:
        name: of the element, for links.
        about: what is drawn and how, for screen readers.
        chart: a Vega-Lite specification.
        open_table: the table is the point, and is not folded away.
    """

    name: str
    title: str
    about: str
    chart: dict[str, Any]
    table: Table
    note: str = ""
    chooser: Chooser | None = None
    open_table: bool = False


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes:
        question: what it answers.
        words: paragraphs.
        blocks: figures and tables in order.
    """

    name: str
    title: str
    question: str
    words: tuple[str, ...] = ()
    blocks: tuple[Figure | Table, ...] = field(default=())


ReportSection = Callable[[Published], Section]


def report_section(make: ReportSection) -> ReportSection:
    """Register the decorated function by its name: the report has its section."""
    SECTIONS.add(make.__name__, make)
    return make


def text(heading: str, hint: str = "") -> Heading:
    """A column of text."""
    return Heading(heading, "text", hint)


def made_table(
    caption: str, columns: Iterable[Heading | str], rows: Iterable[Iterable[Any]], choices: Iterable[str] = ()
) -> Table:
    """A table; a column given as a word alone is one of numbers, and one without any value is left out.

    A cell that is null is shown as NOTHING.
    """
    made = [Heading(column) if isinstance(column, str) else column for column in columns]
    cells = [
        [short(cell, 400) if isinstance(cell, str) else NOTHING if pd.isna(cell) else cell for cell in row]
        for row in rows
    ]
    kept = [place for place in range(len(made)) if place == 0 or any(row[place] != NOTHING for row in cells)]
    return Table(
        caption,
        tuple(made[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in cells),
        tuple(choices),
    )
