"""Tables that fit the width at hand: what matters less is left out, and the caption says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from emoprefer_assets.display import in_terminal
from emoprefer_assets.terminal._intervals import LEAST_WIDTH, Intervals

GAP = 2
# A name as long as this is shown in one line as long as anything else can give way.
NAME_WIDTH = 20
LEAST_NAME = 8
MORE = "a wider terminal, `emoprefer boards --json` or SQL"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        cells: one a row; `styles` says in which colour, where there is any.
        right: whether it stands at the right edge, as numbers do.
        rest: how soon it is left out where there is no room: 0 never, else the highest first.
        folds: whether its cells may take several lines, as names and sentences do.
        explained: a sentence for the caption, where the column is shown.
        called: its name where the caption says that it is left out.
    """

    heading: str
    cells: Sequence[str]
    right: bool = True
    rest: int = 0
    folds: bool = False
    explained: str = ""
    called: str = ""
    styles: Sequence[str] = ()

    @property
    def name(self) -> str:
        return self.called or self.heading

    @property
    def natural(self) -> int:
        return max(cell_len(self.heading), *(cell_len(in_terminal(cell)) for cell in self.cells), 1)

    @property
    def wanted(self) -> int:
        return min(self.natural, max(NAME_WIDTH, cell_len(self.heading))) if self.folds else self.natural


@dataclass(frozen=True)
class FittedTable:
    """A table that is laid out when it is printed.

    Attributes:
        columns: in order; at most one of them draws intervals, and gets the room that is left.
        caption: sentences about the whole table, a line each.
        explains: whether headings are explained and what is left out is named; once is enough for tables alike.
        more: where to find what is left out.
    """

    title: str
    columns: Sequence[Column | Intervals]
    caption: Iterable[str] = ()
    more: str = "a wider terminal"
    styles: Sequence[str] = field(default=())
    explains: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        shown = self._that_fit(width)
        widths = _widths(shown, width)
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for column, wide in zip(shown, widths, strict=True):
            if isinstance(column, Intervals):
                table.add_column(Text(column.axis(wide)), width=wide, no_wrap=True)
            else:
                justify: Literal["left", "right"] = "right" if column.right else "left"
                table.add_column(
                    Text(column.heading), width=wide, justify=justify, overflow="fold", no_wrap=not column.folds
                )
        for row in range(len(self._rows)):
            cells = [
                Text(column.bar(row, wide, options.ascii_only))
                if isinstance(column, Intervals)
                else Text(in_terminal(column.cells[row]), style=column.styles[row] if column.styles else "")
                for column, wide in zip(shown, widths, strict=True)
            ]
            table.add_row(*cells, style=self.styles[row] if self.styles else None)
        yield Text(in_terminal(self.title), style="bold")
        yield Text("")
        yield table
        lines = [*self.caption]
        if self.explains:
            lines.append(" ".join(self._legend(shown, options.ascii_only)))
        if any(lines):
            yield Text("")
            yield Text("\n".join(in_terminal(line) for line in lines if line), style="italic")

    @property
    def _rows(self) -> Sequence[object]:
        first = self.columns[0]
        return first.values if isinstance(first, Intervals) else first.cells

    @property
    def _filled(self) -> list[Column | Intervals]:
        """Without columns that matter less and have nothing to say."""
        return [
            column
            for column in self.columns
            if isinstance(column, Intervals) or not column.rest or any(cell not in ("", "-") for cell in column.cells)
        ]

    def _that_fit(self, width: int) -> list[Column | Intervals]:
        shown = self._filled
        while _needed(shown) > width:
            least = max(shown, key=lambda column: column.rest)
            if not least.rest:
                break
            shown.remove(least)
        return shown

    def _legend(self, shown: Sequence[Column | Intervals], ascii_only: bool) -> Iterable[str]:
        for column in shown:
            if isinstance(column, Intervals):
                yield column.legend(ascii_only)
            elif column.explained:
                yield column.explained
        left_out = [column.name for column in self._filled if column not in shown]
        if left_out:
            yield f"Left out here: {', '.join(left_out)}; see {self.more}."


def _needed(columns: Sequence[Column | Intervals]) -> int:
    return sum(column.wanted for column in columns) + GAP * (len(columns) - 1)


def _widths(columns: Sequence[Column | Intervals], width: int) -> list[int]:
    """What each column gets: what it wants; then names what they lack, and intervals what is left."""
    widths = [column.wanted for column in columns]
    spare = width - _needed(columns)
    names = {place: column for place, column in enumerate(columns) if isinstance(column, Column) and column.folds}
    for place, name in names.items():
        more = min(spare, name.natural - widths[place]) if spare > 0 else 0
        widths[place] += more
        spare -= more
    while spare < 0 and any(widths[place] > LEAST_NAME for place in names):
        widest = max(names, key=lambda place: widths[place])
        widths[widest] -= 1
        spare += 1
    for place, column in enumerate(columns):
        if isinstance(column, Intervals):
            widths[place] += min(max(spare, 0), column.most - LEAST_WIDTH)
    return widths
