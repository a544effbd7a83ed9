"""What a section is made of: words, tables, and charts with their numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import pandas as pd

from emoprefer_assets.plugins import SECTIONS
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number, odds, odds_span, short, span
from emoprefer_assets.rows import each_row


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
# Of a table that is made from rows: what stands above a column, and what of each row stands in it.
Field = tuple[Heading, Callable[[Any], Any]]


def report_section(make: ReportSection) -> ReportSection:
    """Register the decorated function by its name: the report has its section."""
    SECTIONS.add(make.__name__, make)
    return make


def text(heading: str, hint: str = "") -> Heading:
    """A column of text."""
    return Heading(heading, "text", hint)


def words(heading: str, of: str | Callable[[Any], Any] = "") -> Field:
    """A column of text: the field `of`, or that of the heading's name, or what is made of a row."""
    return text(heading), _reader(of or heading)


def numbers(
    heading: str, of: str | Callable[[Any], Any] = "", digits: int = 0, hint: str = "", sign: bool = False
) -> Field:
    """A column of numbers, from a field or made of a row as in `words`."""
    read = _reader(of or heading)
    return Heading(heading, hint=hint), lambda row: number(read(row), digits, sign)


def intervals(of: str, digits: int = 1, sign: bool = False, heading: str = "95 %") -> Field:
    """A column of intervals, from the fields `of`_low and `of`_high."""
    return text(heading), lambda row: span(getattr(row, f"{of}_low"), getattr(row, f"{of}_high"), digits, sign)


def odds_ratio(heading: str, of: str, hint: str, mark: Callable[[Any], str] = lambda _: "") -> tuple[Field, Field]:
    """A column of odds ratios, each with its mark, and one of their intervals."""
    ratio = (Heading(heading, hint=hint), lambda row: odds(getattr(row, of)) + mark(row))
    return ratio, (text("95 %"), lambda row: odds_span(getattr(row, f"{of}_low"), getattr(row, f"{of}_high")))


def table_of(rows: pd.DataFrame | Iterable[Any], caption: str, *columns: Field) -> Table:
    """A table with a line for each row, or other thing whose attributes the columns read."""
    things = each_row(rows) if isinstance(rows, pd.DataFrame) else rows
    cells = [[cell(row) for _, cell in columns] for row in things]
    return made_table(caption, [heading for heading, _ in columns], cells)


def yes_or_no(said: Any) -> str:
    """A truth in words; `NOTHING` where it is not known."""
    return NOTHING if pd.isna(said) else "yes" if said else "no"


def _reader(of: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    return attrgetter(of) if isinstance(of, str) else of


def bars_by(found: pd.DataFrame, of: str, value: str, caption: str, heading: Callable[[str], Heading]) -> Table:
    """A table with a line for each judge of `found` and a bar for each kind in its column `of`."""
    wide = found.pivot_table(index="judge", columns=of, values=value, sort=False)
    cells = [(judge, *row) for judge, row in zip(wide.index, wide.to_numpy(), strict=True)]
    return made_table(caption, [text("judge"), *map(heading, wide.columns)], cells)


def shown(*blocks: Figure | Table | None) -> tuple[Figure | Table, ...]:
    """Those that there are; a table without rows is none."""
    return tuple(block for block in blocks if isinstance(block, Figure) or (block and block.rows))


def made_table(caption: str, columns: Iterable[Heading | str], rows: Iterable[Iterable[Any]]) -> Table:
    """A table; a column given as a word alone is one of numbers, and one without any value is left out.

    A cell that is null is shown as NOTHING.
    """
    made = [Heading(column) if isinstance(column, str) else column for column in columns]
    cells = [
        [short(cell, 400) if isinstance(cell, str) else NOTHING if pd.isna(cell) else cell for cell in row]
        for row in rows
    ]
    kept = [place for place in range(len(made)) if place == 0 or any(row[place] != NOTHING for row in cells)]
    shown_cells = tuple(tuple(row[place] for place in kept) for row in cells)
    return Table(caption, tuple(made[place] for place in kept), shown_cells)
