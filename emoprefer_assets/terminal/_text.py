"""Figures and names as text."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def number(value: float | None, digits: int = 2, sign: str = "") -> str:
    """With `digits` decimals; with the sign "+", that of positive numbers too."""
    return "-" if value is None or pd.isna(value) else f"{value:{sign}.{digits}f}"


def odds(value: float | None) -> str:
    """An odds ratio in about two digits; beyond 999 its size says nothing more."""
    size = 0.0 if value is None or pd.isna(value) else value
    return ">999" if size >= 1000 else number(value, 0 if size >= 10 else 2)


def span(low: float | None, high: float | None, digits: int = 0, sign: str = "") -> str:
    return "-" if low is None or pd.isna(low) else f"{number(low, digits, sign)}..{number(high, digits, sign)}"


def ranks(rank_of: pd.Series[int], names: list[str]) -> str:
    """Ranks of `names`, runs of three and more as a range; those that are left out of the board have none."""
    found = sorted({int(rank_of[name]) for name in names if name in rank_of})
    runs: list[list[int]] = []
    for rank in found:
        if runs and rank == runs[-1][-1] + 1:
            runs[-1].append(rank)
        else:
            runs.append([rank])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def names_in(value: object) -> list[str]:
    """A cell that holds a list; nothing where it is null."""
    return [str(name) for name in value] if isinstance(value, Iterable) and not isinstance(value, str) else []
