"""The judge board, the ensembles and the system leaderboards."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emoprefer_assets.terminal._leaderboard import leaderboard_table, read_leaderboard
from emoprefer_assets.terminal._tables import (
    Column,
    percent,
    printable,
    ranks,
    read_published,
    signed,
    span,
    table,
    text_of,
    whole,
)


def print_boards(database: Path, console: Console, source: str | None = None) -> None:
    """Print the judge board, the ensembles and the system leaderboard."""
    about = read_published(database, "from data_set").iloc[0]
    console.print(_headline(about))
    board = read_published(database, "from judge_board order by kind = 'left out', rank nulls first, judge")
    console.print(_judge_board(board))
    ensembles = read_published(database, "from ensemble_scores order by orders, k")
    if len(ensembles):
        console.print(_ensembles(ensembles))
    console.print(_crowd(read_published(database, "from crowd")))
    there = set(read_published(database, "select distinct source from leaderboard")["source"])
    sources = [source] if source else [name for name in ("human", "crowd") if name in there]
    for name in sources:
        console.print(leaderboard_table(read_leaderboard(database, name), name))
    if not sources:
        console.print("No leaderboard: the data set does not say which system wrote which description.")


def _headline(about: pd.Series) -> str:
    kind = " (synthetic)" if about["synthetic"] else ""
    line = f"Data set {about['name']}{kind}: {about['pairs']} pairs on {about['clips']} clips."
    return escape("\n".join(printable(text) for text in (line, *about["note"].splitlines())))


def _judge_board(board: pd.DataFrame) -> Table:
    columns: list[Column] = [
        ("#", "right"), ("judge", "left"), ("kind", "left"), ("by", "left"), ("WAF 2", "right"), ("95 %", "right"),
        ("swap", "right"), ("gain", "right"), ("95 %", "right"), ("bal.", "right"), ("tied with", "left"),
    ]  # fmt: skip
    published = board["published_waf_2class"].notna().any()
    if published:
        columns.append(("paper", "right"))
    rank_of = board.dropna(subset=["rank"]).set_index("judge")["rank"].astype(int)
    rows = [
        (
            whole(row.rank), row.judge, row.kind, text_of(row.strategy),
            percent(row.acc_2class if row.kind == "people" else row.waf_2class),
            span(row.waf_2class_low, row.waf_2class_high),
            percent(row.swap_consistency), signed(row.gain_over_floor),
            span(row.gain_over_floor_low, row.gain_over_floor_high, signed=True),
            percent(row.balanced_score) + ("*" if pd.notna(row.follows_shortcut) and row.follows_shortcut else ""),
            ranks(rank_of, row.tied_with),
            *([percent(row.published_waf_2class)] if published else []),
        )
        for row in board.itertuples()
    ]  # fmt: skip
    caption = (
        "Percent, with 95 % intervals over clips; gain in points over the best content-blind rule. bal.: mean accuracy "
        "where people contradict the dominant shortcut and where they do not; * not shown to be above the 50 that the "
        "shortcut alone, or chance, gets. tied with: ranks of judges that it cannot be told from."
    )
    for row in board[board["kind"] == "left out"].itertuples():
        caption += (
            f" {row.judge} is left out: {row.failed_rate:.0f} % of its answers failed and {row.unparsed_rate:.0f} % "
            "name no option."
        )
    ceiling = board.loc[board["kind"] == "people", "source"]
    if len(ceiling):
        caption += f" People: agreement with each other, {ceiling.iloc[0]}."
    return table("Judge board", columns, rows, caption)


def _ensembles(scores: pd.DataFrame) -> Table:
    columns: list[Column] = [
        ("ensemble", "left"), ("votes", "left"), ("k", "right"), ("in-sample", "right"), ("held-out", "right"),
        ("95 %", "right"), ("over best judge", "right"), ("over floor", "right"),
    ]  # fmt: skip
    held_out, in_sample = (scores[scores["sample"] == sample] for sample in ("held-out", "in-sample"))
    key = ["ensemble", "orders", "k"]
    both = held_out.merge(in_sample[[*key, "waf_2class"]], on=key, suffixes=("", "_in_sample"))
    rows = [
        (
            row.ensemble, row.orders, str(row.k), percent(row.waf_2class_in_sample), percent(row.waf_2class),
            span(row.waf_2class_low, row.waf_2class_high),
            span(row.gain_over_best_judge_low, row.gain_over_best_judge_high, signed=True),
            span(row.gain_over_floor_low, row.gain_over_floor_high, signed=True),
        )
        for row in both.sort_values(["ensemble", "orders", "k"]).itertuples()
    ]  # fmt: skip
    caption = "WAF 2; held-out: judges ranked, picked and weighted on other clips. Intervals 95 %, paired for gains."
    return table("Ensembles", columns, rows, caption)


def _crowd(crowd: pd.DataFrame) -> str:
    if crowd.empty:
        return "No crowd: no judge that sees media takes part."
    best = crowd.iloc[0]
    return escape(
        f"Crowd: {best['ensemble']} of {best['k']} ({best['orders']}), chosen by the {best['rule']}: "
        f"{best['balanced_score']:.1f} ({span(best['balanced_low'], best['balanced_high'])})."
    )
