"""One leaderboard of systems: read, printed, or exported for publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from pandas.api.types import is_list_like

from emoprefer_assets.display import in_json, in_markdown, in_spreadsheet
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.finding import AT_ANY_LOOK, leaders_on_few_clips, whose
from emoprefer_assets.names import COMBINED
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.bradley_terry import ELO_PER_STRENGTH
from emoprefer_assets.stats.comparing import EQUIVALENT_STRENGTH, POWER
from emoprefer_assets.store.published import read_published
from emoprefer_assets.terminal._fitting import Column, FittedTable
from emoprefer_assets.terminal._intervals import Intervals
from emoprefer_assets.terminal._text import names_in, number, ranks, span

TIER = "tier: two {0}s share a letter if and only if they do not differ significantly."
EQUIVALENT_RATING = ELO_PER_STRENGTH * EQUIVALENT_STRENGTH
# Behind the name of a system about which there is something to know; see the view marked_systems.
MARK = " !"
# Columns that hold lists of systems.
NAMES = ("tied_with", "equivalent_to", "beats")
LEADERBOARDS = """
    select leaderboard.*, mark, look, beats, low_always, high_always
    from leaderboard
    left join leaderboard_anytime using (source, system)
    left join marked_systems using (system)
    order by source, component, rank nulls last, system
"""
# Lines of a caption.
MOST_WINNERS = 5
# What stands above the columns that are published, in words; programs read JSON, which has their names.
HEADINGS = {
    "rank": "rank",
    "rank_low": "best rank left open",
    "rank_high": "worst rank left open",
    "system": "system",
    "state": "state",
    "mark": "remark",
    "rating": "rating",
    "ci_low": "95 % interval from",
    "ci_high": "95 % interval to",
    "first_in_replicates": "first in this share of replicates",
    "tier": "tier",
    "tied_with": "not significantly different from",
    "equivalent_to": "shown to be equal to",
    "detectable_difference": "detectable difference",
    "battles": "battles",
    "clips": "clips",
    "tie_share": "ties %",
    "component": "group",
    "davidson_rating": "rating with ties apart",
    "ties_differ": "ties differ",
    "challenger": "leader without those clips",
    "clips_to_change": "fewest clips whose removal changes the leader",
    "look": "look",
    "beats": "beats at any look",
    "low_always": "interval at any look from",
    "high_always": "interval at any look to",
}
# Of them, those that a page has room for.
ON_PAGES = ("rank", "tier", "system", "rating", "ci_low", "ci_high", "battles", "clips", "component", "state", "mark")
HOW_TO_READ = (
    "Ratings are Bradley-Terry strengths on the Elo scale, 1,000 on average; they compare within a group only. "
    "Intervals are 95 %, clustered by clip. Two systems share a letter of their tier if and only if they do not differ "
    "significantly."
)


def read_leaderboard(database: Path, source: str, mask: bool = False, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """One source's rows, best first.

    Args:
        mask: name submitted systems entry 1, 2, ... in the order of their first arrival.
        rows: of table leaderboard made from a part of the clips, instead of what is published.

    Raises:
        EmopreferError: nothing is published, or it has no such source.
    """
    boards = read_published(database, LEADERBOARDS)
    if rows is not None:
        marks = read_published(database, "select system, mark from marked_systems")
        boards = rows.merge(marks, how="left").reindex(columns=boards.columns)
        boards = boards.sort_values(["source", "component", "rank", "system"], na_position="last")
    board = boards[boards["source"] == source].reset_index(drop=True)
    if board.empty:
        known = ", ".join(sorted(set(boards["source"]))) or "none"
        raise EmopreferError(f'the leaderboard has no source "{source}". Known: {known}. Name one by --source.')
    if not mask:
        return board
    arrived = read_published(
        database, "select name from submissions where kind = 'system' group by name order by min(received_at), name"
    )["name"]
    masked = {name: f"entry {number}" for number, name in enumerate(arrived, start=1)}
    board[["system", "challenger"]] = board[["system", "challenger"]].replace(masked)
    for column in NAMES:
        board[column] = pd.Series(
            [
                [masked.get(name, name) for name in names_in(names)] if is_list_like(names) else None
                for names in board[column]
            ],
            index=board.index,
            dtype=object,
        )
    return board


def leaderboard_table(board: pd.DataFrame, source: str, explains: bool = True) -> FittedTable:
    """Ranks and ratings with what the clips leave open; what is quarantined or disqualified stands below, unranked."""
    components = board["component"].nunique()
    rank_of = board.dropna(subset=["rank"]).set_index("system")["rank"].astype(int)
    rows = [*each_row(board)]
    is_ranked = [row.state == "ranked" for row in rows]

    def of_ranked(cells: Iterable[str], instead: str = "-") -> list[str]:
        return [cell if ranked else instead for cell, ranked in zip(cells, is_ranked, strict=True)]

    places = [f"{row.component}." * (components > 1) + number(row.rank, 0) for row in rows]
    columns: list[Column | Intervals] = [
        Column("tier", of_ranked((row.tier for row in rows), ""), right=False, explained=TIER.format("system")),
        Column("#", of_ranked(places)),
        Column(
            "ranks",
            of_ranked(span(row.rank_low, row.rank_high) for row in rows),
            rest=2,
            explained="ranks: those that stay possible by the significant differences (95 %, all systems together).",
        ),
        Column("system", [row.system + MARK * isinstance(row.mark, str) for row in rows], right=False, folds=True),
        Column("rating", [number(row.rating, 0) if row.state == "ranked" else row.state for row in rows]),
        Intervals(
            [(row.ci_low, row.rating, row.ci_high) for row in rows],
            "rating with its 95 % interval over clips",
            1000.0,
            "the mean, 1000",
        ),
        Column("95 %", of_ranked(span(row.ci_low, row.ci_high) for row in rows), rest=3, called="rating's 95 %"),
        Column("battles", [f"{row.battles:g}" for row in rows], rest=4),
        # Where people correct the crowd, ties are the crowd's alone.
        Column("ties %", of_ranked("-" if source == COMBINED else number(row.tie_share, 0) for row in rows), rest=5),
        Column(
            "tied with",
            of_ranked((ranks(rank_of, names_in(row.tied_with)) for row in rows), ""),
            right=False,
            rest=6,
            explained="tied with: ranks of systems from which it does not differ significantly.",
        ),
        Column(
            "equal to",
            of_ranked((ranks(rank_of, names_in(row.equivalent_to)) for row in rows), ""),
            right=False,
            rest=7,
            explained=f"equal to: those among them shown to be equal within {EQUIVALENT_RATING:.0f} points.",
        ),
    ]
    caption = (
        [f"{components} groups of systems never met: ratings compare within a group only."] if components > 1 else []
    )
    caption += [*_caveats(board), *_anytime(board, rank_of)]
    caption += [f"{row.system}{MARK}: {row.mark}." for row in rows if isinstance(row.mark, str)]
    more = "a wider terminal, `emoprefer leaderboard --as-json` or SQL"
    return FittedTable(f"System leaderboard by {whose(source)}", columns, caption, more, explains=explains)


def _caveats(board: pd.DataFrame) -> list[str]:
    """What the clips can show, on how few of them each leader's place rests, and whether ties move ratings."""
    detectable = board["detectable_difference"].median()
    lines = (
        []
        if pd.isna(detectable)
        else [
            f"With {board['clips'].max()} clips a true difference of {detectable:.0f} points is found with "
            f"{100 * POWER:.0f} % power (median); smaller ones are mostly missed."
        ]
    )
    lines += leaders_on_few_clips(board)
    if board["ties_differ"].eq(True).any():
        lines.append("Shares of ties differ by pair of systems, which moves ratings: see `davidson_rating`.")
    return lines


def _anytime(board: pd.DataFrame, rank_of: pd.Series[int]) -> list[str]:
    """Whom each system beats, by ranks, at whatever moment somebody looks."""
    looks = board["look"].dropna()
    if looks.empty:
        return []
    rows = [*each_row(board)]
    claims = [f"{row.rank:.0f} beats {ranks(rank_of, names_in(row.beats))}" for row in rows if names_in(row.beats)]
    said = "; ".join(claims[:MOST_WINNERS] + ["and so on"] * (len(claims) > MOST_WINNERS)) or "none beats another"
    return [f"{AT_ANY_LOOK.format(looks.iloc[0])}, by rank: {said}."]


def export_leaderboard(board: pd.DataFrame, form: str, about: Mapping[str, str] | None = None) -> str:
    """The board as text, form csv, json or markdown; ratings with one digit, shares with four.

    Args:
        about: what else to say, each under a word: columns of a CSV, lines above the table in Markdown.
    """
    about = about or {}
    rows = _rounded(board)
    if form == "json":
        return in_json(rows.to_json(orient="records", indent=2, force_ascii=False)) + "\n"
    cells = _in_words(rows)
    if form == "csv":
        cells = cells.assign(**about)
        texts = [*(HEADINGS[name] for name in ("system", "mark", "challenger", *NAMES)), *about]
        cells[texts] = cells[texts].map(in_spreadsheet)
        return cells.to_csv(index=False)
    cells = cells[[HEADINGS[name] for name in ON_PAGES]]
    written = [[in_markdown(cell) for cell in row] for row in [cells.columns, *cells.to_numpy()]]
    lines = [written[0], ["---"] * len(ON_PAGES), *written[1:]]
    head = [f"- {in_markdown(word)}: {in_markdown(said)}" for word, said in about.items()]
    head += ["", HOW_TO_READ, ""] if about else []
    return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def leaderboard_on_page(board: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """The columns that a page has room for: their headings in words, and the rows."""
    cells = _in_words(_rounded(board))[[HEADINGS[name] for name in ON_PAGES]]
    return list(cells.columns), cells.to_numpy().tolist()


def _rounded(board: pd.DataFrame) -> pd.DataFrame:
    tenths = (
        *("rating", "ci_low", "ci_high", "tie_share", "battles", "davidson_rating", "detectable_difference"),
        *("low_always", "high_always"),
    )
    rows = board[list(HEADINGS)].round(dict.fromkeys(tenths, 1) | {"first_in_replicates": 4})
    return rows.astype(dict.fromkeys(("rank", "rank_low", "rank_high", "clips_to_change", "look"), "Int64"))


def _in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells as text, under headings in words."""
    lists = {name: ["; ".join(names_in(names)) for names in rows[name]] for name in NAMES}
    cells = rows.assign(**lists).astype(object)
    return cells.where(rows.notna(), "").astype(str).rename(columns=HEADINGS)
