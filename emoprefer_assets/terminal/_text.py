"""Figures and names as text."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def number(value: float | None) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.2f}"


def signed(value: float | None) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:+.2f}"


def odds(value: float | None) -> str:
    """An odds ratio in about two digits; beyond 999 its size says nothing more."""
    if value is None or pd.isna(value):
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}" if value < 1000 else ">999"


def whole(value: float | None) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.0f}"


def text_of(value: str | None) -> str:
    return "-" if value is None or pd.isna(value) else value


def span(low: float | None, high: float | None, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return "-" if low is None or pd.isna(low) else f"{low:{sign}.0f}..{high:{sign}.0f}"


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
