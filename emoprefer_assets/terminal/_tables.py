"""Tables and figures as text, and where they are read from."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emoprefer_assets.errors import EmopreferError

Column = tuple[str, str]  # (heading, justification)


def console() -> Console:
    """The terminal as wide as it is; a pipe gets 110 columns."""
    return Console(width=None if sys.stdout.isatty() else 110, highlight=False)


def read_published(database: Path, query: str) -> pd.DataFrame:
    """The result of `query` on the published copy.

    Raises:
        EmopreferError: nothing has been published yet, or another program holds the file for writing.
    """
    if not database.exists():
        raise EmopreferError(f"{database}: nothing has been evaluated yet. Run `emoprefer run` first.")
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.sql(query).df()
    except duckdb.IOException:
        raise EmopreferError(f"{database} is open for writing in another program. Open it read-only there.") from None


def table(title: str, columns: list[Column], rows: Iterable[tuple[str, ...]], caption: str | None = None) -> Table:
    caption = caption and escape(printable(caption))
    table = Table(title=escape(printable(title)), title_justify="left", caption=caption, box=SIMPLE_HEAD)
    table.caption_justify = "left"
    for heading, justify in columns:
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    return table


def printable(text: str) -> str:
    """In one line, with `?` for whatever a terminal would obey or not show."""
    return "".join(character if character.isprintable() else "?" for character in text)


def percent(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"


def signed(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:+.2f}"


def ranks(rank_of: pd.Series, judges: list[str] | None) -> str:
    """Ranks of `judges`, runs of three and more as a range; those that are left out of the board have none."""
    ranks = sorted({rank_of[judge] for judge in judges if judge in rank_of}) if isinstance(judges, Iterable) else []
    runs: list[list[int]] = []
    for rank in ranks:
        if runs and rank == runs[-1][-1] + 1:
            runs[-1].append(rank)
        else:
            runs.append([rank])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def span(low: float | None, high: float | None, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return "-" if pd.isna(low) else f"{low:{sign}.0f}..{high:{sign}.0f}"


def whole(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:.0f}"


def text_of(value: str | None) -> str:
    return "-" if pd.isna(value) else value
