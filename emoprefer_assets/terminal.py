"""Tables for people at a terminal, read from the published database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emoprefer_assets.asking.interview import Tally
from emoprefer_assets.errors import EmopreferError

Column = tuple[str, str]  # (heading, justification)


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
    ratings = read_published(database, "from leaderboard order by source, piece, rank, system")
    sources = [source] if source else [name for name in ("human", "crowd") if name in set(ratings["source"])]
    if source and source not in set(ratings["source"]):
        known = ", ".join(sorted(set(ratings["source"])))
        raise EmopreferError(f'the leaderboard has no source "{source}". Known: {known}.')
    for name in sources:
        console.print(_leaderboard(name, ratings[ratings["source"] == name]))
    if not sources:
        console.print("No leaderboard: the data set does not say which system wrote which description.")


def print_judges(rows: Iterable[tuple[str, ...]], console: Console) -> None:
    """Print name, backend, what it sees, strategies and state of each judge."""
    columns = [
        ("judge", "left"),
        ("backend", "left"),
        ("sees", "left"),
        ("strategies", "left"),
        ("state", "left"),
    ]
    console.print(_table("Judges", columns, rows))


def print_plan(plans: Mapping[str, Tally | str], console: Console) -> None:
    """Print what a run would take, by judge; a text says why a judge cannot be asked."""
    columns: list[Column] = [
        ("judge", "left"), ("calls", "right"), ("of which", "left"), ("tokens in", "right"), ("tokens out", "right"),
        ("cost", "right"),
    ]  # fmt: skip
    rows, total = [], Tally()
    for judge, found in plans.items():
        if isinstance(found, str):
            rows.append((judge, "-", f"cannot be asked: {found}", "", "", ""))
            continue
        steps = ", ".join(f"{step} {count}" for step, count in found.calls.items())
        rows.append((judge, *_taken(found, steps)))
        total.add("", found.all_calls, found.tokens_in, found.tokens_out, found.cost)
    rows.append(("all", *_taken(total, "")))
    caption = "No call was made. Tokens and cost are upper estimates; cost by the prices of the registry."
    console.print(_table("What a run would ask", columns, rows, caption))


def _taken(tally: Tally, steps: str) -> tuple[str, ...]:
    return f"{tally.all_calls:,}", steps, f"{tally.tokens_in:,}", f"{tally.tokens_out:,}", f"{tally.cost:.2f}"


def _headline(about: pd.Series) -> str:
    kind = " (synthetic)" if about["synthetic"] else ""
    note = f"\n{about['note']}" if about["note"] else ""
    return escape(f"Data set {about['name']}{kind}: {about['pairs']} pairs on {about['clips']} clips.{note}")


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
            _whole(row.rank), row.judge, row.kind, _text(row.strategy),
            _percent(row.acc_2class if row.kind == "people" else row.waf_2class),
            _range(row.waf_2class_low, row.waf_2class_high),
            _percent(row.swap_consistency), _signed(row.gain_over_floor),
            _range(row.gain_over_floor_low, row.gain_over_floor_high, signed=True),
            _percent(row.balanced_score) + ("*" if pd.notna(row.follows_shortcut) and row.follows_shortcut else ""),
            _ranks(rank_of, row.tied_with),
            *([_percent(row.published_waf_2class)] if published else []),
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
    return _table("Judge board", columns, rows, caption)


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
            row.ensemble, row.orders, str(row.k), _percent(row.waf_2class_in_sample), _percent(row.waf_2class),
            _range(row.waf_2class_low, row.waf_2class_high),
            _range(row.gain_over_best_judge_low, row.gain_over_best_judge_high, signed=True),
            _range(row.gain_over_floor_low, row.gain_over_floor_high, signed=True),
        )
        for row in both.sort_values(["ensemble", "orders", "k"]).itertuples()
    ]  # fmt: skip
    caption = "WAF 2; held-out: judges ranked, picked and weighted on other clips. Intervals 95 %, paired for gains."
    return _table("Ensembles", columns, rows, caption)


def _crowd(crowd: pd.DataFrame) -> str:
    if crowd.empty:
        return "No crowd: no judge that sees media takes part."
    best = crowd.iloc[0]
    return escape(
        f"Crowd: {best['ensemble']} of {best['k']} ({best['orders']}), chosen by the {best['rule']}: "
        f"{best['balanced_score']:.1f} ({_range(best['balanced_low'], best['balanced_high'])})."
    )


def _leaderboard(source: str, ratings: pd.DataFrame) -> Table:
    pieces = ratings["piece"].nunique()
    columns: list[Column] = [
        ("#", "right"), ("system", "left"), ("rating", "right"), ("95 % interval", "right"), ("battles", "right"),
        ("ties", "right"),
    ]  # fmt: skip
    rows = [
        (
            f"{row.piece}.{row.rank}" if pieces > 1 else str(row.rank), row.system, f"{row.rating:.0f}",
            "-" if pd.isna(row.ci_low) else f"{row.ci_low:.0f} to {row.ci_high:.0f}", f"{row.battles:g}",
            f"{row.tie_share:.0f} %",
        )
        for row in ratings.itertuples()
    ]  # fmt: skip
    caption = f"{pieces} groups of systems never met: ratings compare within a group only." if pieces > 1 else None
    return _table(f"System leaderboard by {source}", columns, rows, caption)


def _table(title: str, columns: list[Column], rows: Iterable[tuple[str, ...]], caption: str | None = None) -> Table:
    table = Table(title=escape(title), title_justify="left", caption=caption and escape(caption), box=SIMPLE_HEAD)
    table.caption_justify = "left"
    for heading, justify in columns:
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(escape(_printable(cell)) for cell in row))
    return table


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _percent(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:+.2f}"


def _ranks(rank_of: pd.Series, judges: list[str] | None) -> str:
    """Ranks of `judges`, runs of three and more as a range."""
    ranks = sorted({rank_of[judge] for judge in judges}) if isinstance(judges, Iterable) else []
    runs: list[list[int]] = []
    for rank in ranks:
        if runs and rank == runs[-1][-1] + 1:
            runs[-1].append(rank)
        else:
            runs.append([rank])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def _range(low: float | None, high: float | None, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return "-" if pd.isna(low) else f"{low:{sign}.0f}..{high:{sign}.0f}"


def _whole(value: float | None) -> str:
    return "-" if pd.isna(value) else f"{value:.0f}"


def _text(value: str | None) -> str:
    return "-" if pd.isna(value) else value
