"""Intervals as bars of text on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_WIDTH = 12
Interval = tuple[float | None, float | None, float | None]  # (low, value, high); None or NaN where it is not known


# Left end, line, right end, value and reference.
_DRAWN, _TYPED = ("├", "─", "┤", "●", "┊"), ("|", "-", "|", "o", ":")


@dataclass(frozen=True)
class Intervals:
    """A column of intervals with their values.

    Attributes:
        values: (low, value, high), one a row.
        means: what the bars are, for the caption.
        reference: a value that all are to be compared with, or None.
        reference_means: what it is, for the caption.
        most: characters that it takes at most.
        rest: as of any column.
    """

    values: Sequence[Interval]
    means: str
    reference: float | None = None
    reference_means: str = ""
    most: int = 48
    rest: int = 0

    @property
    def name(self) -> str:
        return "bars"

    @property
    def wanted(self) -> int:
        return LEAST_WIDTH

    @property
    def _ends(self) -> tuple[float, float]:
        known = [value for interval in self.values for value in interval if _is_known(value)]
        numbers = [float(value) for value in (*known, self.reference) if value is not None]
        if not numbers:
            return 0.0, 1.0
        low, high = math.floor(min(numbers)), math.ceil(max(numbers))
        return float(low), float(max(high, low + 1))

    def axis(self, width: int) -> str:
        """The heading: both ends of the axis."""
        low, high = (f"{end:.0f}" for end in self._ends)
        return low + high.rjust(width - len(low))

    def bar(self, row: int, width: int, ascii_only: bool = False) -> str:
        """One row's interval, `width` characters wide; blank where nothing is known."""
        left, dash, right, dot, mark = _TYPED if ascii_only else _DRAWN
        line = [" "] * width
        if self.reference is not None:
            line[self._place(self.reference, width)] = mark
        low, value, high = (float(end) if _is_known(end) and end is not None else None for end in self.values[row])
        if low is not None and high is not None:
            start, end = self._place(low, width), self._place(high, width)
            line[start : end + 1] = [dash] * (end + 1 - start)
            line[start], line[end] = left, right
        if value is not None:
            line[self._place(value, width)] = dot
        return "".join(line)

    def legend(self, ascii_only: bool) -> str:
        """What the marks mean."""
        left, dash, right, dot, mark = _TYPED if ascii_only else _DRAWN
        reference = "" if self.reference is None else f"; {mark}: {self.reference_means}"
        return f"{left}{dash}{dot}{dash}{right}: {self.means}{reference}."

    def _place(self, value: float, width: int) -> int:
        low, high = self._ends
        return min(max(round((value - low) / (high - low) * (width - 1)), 0), width - 1)


def _is_known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
