"""One leaderboard of systems: read, printed, or exported for publication."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.terminal._tables import Column, printable, ranks, read_published, span, table

EXPORTED = [
    "rank", "rank_low", "rank_high", "system", "state", "rating", "ci_low", "ci_high", "p_best", "tied_with",
    "battles", "clips", "tie_share", "piece",
]  # fmt: skip
# Spreadsheets run a cell that begins so, in the wide forms of Chinese and Japanese letters too; where commas do not
# separate cells, one may begin behind a semicolon.
_FORMULA = re.compile(r"(^|[;,|])(\s*)([=+\-@＝＋－＠])")
# What starts something within a cell: emphasis, code, links, HTML, formulas, a site generator's template, a new cell.
_MARKUP = re.compile(r"[\\`*_~\[\]<>&${}%|]|(?<=www)\.|:(?=//)", re.IGNORECASE)


def read_leaderboard(database: Path, source: str, mask: bool = False) -> pd.DataFrame:
    """One source's rows, best first.

    Args:
        mask: name submitted systems entry 1, 2, ... in the order of their first arrival.

    Raises:
        EmopreferError: nothing is published, or it has no such source.
    """
    boards = read_published(database, "from leaderboard order by source, piece, rank nulls last, system")
    board = boards[boards["source"] == source].reset_index(drop=True)
    if board.empty:
        known = ", ".join(sorted(set(boards["source"]))) or "none"
        raise EmopreferError(f'the leaderboard has no source "{source}". Known: {known}.')
    if not mask:
        return board
    arrived = read_published(
        database, "select name from submissions where kind = 'system' group by name order by min(received_at), name"
    )["name"]
    masked = {name: f"entry {number}" for number, name in enumerate(arrived, start=1)}
    board["system"] = board["system"].replace(masked)
    board["tied_with"] = [
        [masked.get(name, name) for name in names] if isinstance(names, (list, tuple)) else names
        for names in map(_as_list, board["tied_with"])
    ]
    return board


def print_leaderboard(board: pd.DataFrame, source: str, console: Console) -> None:
    """Print it as a table that says what the clips leave open."""
    console.print(leaderboard_table(board, source))


def leaderboard_table(board: pd.DataFrame, source: str) -> Table:
    """Ranks and ratings with intervals; quarantined systems stand below, without a rank."""
    pieces = board["piece"].nunique()
    columns: list[Column] = [
        ("#", "right"), ("ranks", "right"), ("system", "left"), ("rating", "right"), ("95 % interval", "right"),
        ("battles", "right"), ("ties", "right"), ("tied with", "left"),
    ]  # fmt: skip
    rank_of = board.dropna(subset=["rank"]).set_index("system")["rank"].astype(int)
    rows = [
        (
            f"{row.piece}.{row.rank:.0f}" if pieces > 1 else f"{row.rank:.0f}", span(row.rank_low, row.rank_high),
            row.system, f"{row.rating:.0f}",
            "-" if pd.isna(row.ci_low) else f"{row.ci_low:.0f} to {row.ci_high:.0f}", f"{row.battles:g}",
            f"{row.tie_share:.0f} %", ranks(rank_of, _as_list(row.tied_with)),
        )
        if row.state == "ranked"
        else ("-", "-", row.system, row.state, "-", f"{row.battles:g}", "-", "")
        for row in board.itertuples()
    ]  # fmt: skip
    caption = "ranks: those that the clips leave open (95 %). tied with: ranks of systems that it cannot be told from."
    if pieces > 1:
        caption += f" {pieces} groups of systems never met: ratings compare within a group only."
    return table(f"System leaderboard by {source}", columns, rows, caption)


def export_leaderboard(board: pd.DataFrame, form: str) -> str:
    """The board as text, form csv, json or markdown; ratings with one digit, shares with four."""
    rows = board[EXPORTED].round({"rating": 1, "ci_low": 1, "ci_high": 1, "p_best": 4, "tie_share": 1, "battles": 1})
    rows = rows.astype({"rank": "Int64", "rank_low": "Int64", "rank_high": "Int64"})
    if form == "json":
        return _escaped(rows.to_json(orient="records", indent=2, force_ascii=False)) + "\n"
    rows["tied_with"] = ["; ".join(_as_list(names) or ()) for names in rows["tied_with"]]
    if form == "csv":
        for column in ("system", "tied_with"):
            rows[column] = [_FORMULA.sub(r"\1'\2\3", printable(text)) for text in rows[column]]
        return rows.to_csv(index=False)
    cells = rows.astype(object).where(rows.notna(), "").astype(str)
    written = [[_MARKUP.sub(r"\\\g<0>", printable(cell)) for cell in row] for row in [EXPORTED, *cells.to_numpy()]]
    lines = [written[0], ["---"] * len(EXPORTED), *written[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _as_list(names: object) -> list[str] | None:
    return None if names is None or isinstance(names, float) else list(names)


def _escaped(json: str) -> str:
    """JSON that a terminal shows and does not obey: the C1 control characters, among others, need no escape in JSON."""
    return "".join(
        character if character.isprintable() or character == "\n" else _json_escape(character) for character in json
    )


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
