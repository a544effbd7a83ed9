"""Numbers made text, and names made short."""

from __future__ import annotations

import pandas as pd

NAME_LENGTH = 60
NOTHING = "–"


def short(name: str, length: int = NAME_LENGTH) -> str:
    """A name fit for a table or an axis; of a longer one, its beginning and how long it is."""
    return name if len(name) <= length else f"{name[:length]}… ({len(name):,} characters)"


def number(value: float | None, digits: int = 0, sign: bool = False) -> str:
    """A number with thousands apart and `digits` decimals; with `sign`, + too. `NOTHING` for null or nan."""
    if value is None or pd.isna(value):
        return NOTHING
    return f"{value:{'+' if sign else ''},.{digits}f}".replace("-", "−")


def span(low: float | None, high: float | None, digits: int = 1, sign: bool = False) -> str:
    """An interval as "low to high"; `NOTHING` where there is none."""
    if low is None or pd.isna(low):
        return NOTHING
    return f"{number(low, digits, sign)} to {number(high, digits, sign)}"


def odds(value: float | None) -> str:
    """An odds ratio in about two digits; beyond 999 its size says nothing more."""
    if value is None or pd.isna(value):
        return NOTHING
    return f"{value:.2f}" if value < 10 else f"{value:.0f}" if value < 1000 else ">999"


def odds_span(low: float | None, high: float | None) -> str:
    """An odds ratio's interval; `NOTHING` where there is none."""
    return NOTHING if low is None or pd.isna(low) else f"{odds(low)} to {odds(high)}"


def share(part: float, whole: float) -> str:
    """`part` of `whole` in whole percent; `NOTHING` of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else NOTHING


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
