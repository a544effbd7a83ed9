"""The leaderboard: which system describes best, by whom?"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Any

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.finding import AT_ANY_LOOK, leaders_on_few_clips, whose
from emoprefer_assets.names import BASELINE, COMBINED, CROWD, HUMAN, QUARANTINED, SOURCES
from emoprefer_assets.report import _charts
from emoprefer_assets.report._blocks import (
    Chooser,
    Figure,
    Heading,
    Section,
    Table,
    intervals,
    numbers,
    shown,
    table_of,
    words,
)
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import NOTHING, number
from emoprefer_assets.rows import each_row
from emoprefer_assets.stats.comparing import POWER

PLAIN, AT_EQUAL_STYLE = "as written", "at equal style"


def leaderboard_section(published: Published) -> Section:
    """The section on the leaderboard, one board a source of verdicts."""
    board = published["leaderboard"].merge(
        published["leaderboard_style"].drop(columns=["component"]),
        on=["source", "system"],
        how="left",
        suffixes=("", "_style"),
    )
    question = "Which system describes emotions best, by people, by the crowd and by each judge?"
    if board.empty:
        words = ("No leaderboard: no pair of two named systems has a verdict.",)
        return Section("leaderboard", "Leaderboard", question, words)
    board = board.sort_values(["source", "component", "rank", "system"], na_position="last")
    there = board["source"].drop_duplicates().tolist()
    sources = list(dict.fromkeys([*(name for name in SOURCES if name in there), *there]))
    return Section(
        "leaderboard",
        "Leaderboard",
        question,
        _words(board, sources, published),
        shown(_ratings(board, sources), _agreement(published), _style_effects(published)),
    )


def _words(board: pd.DataFrame, sources: list[str], published: Published) -> tuple[str, ...]:
    ranked = board[(board["source"] == sources[0]) & (board["state"] == "ranked")]
    words = []
    if len(ranked):
        best = ranked[ranked["rank_low"] == 1]["system"].tolist()
        verdict = (
            f"{best[0]} is significantly better than every other system"
            if len(best) == 1
            else f"the first rank is open to {listed(best)}: none is significantly better than the others"
        )
        words.append(
            f"By {whose(sources[0])}, {verdict}; {ranked['battles'].sum() / 2:,.0f} battles on "
            f"{ranked['clips'].max()} clips."
        )
        detectable = ranked["detectable_difference"].median()
        if pd.notna(detectable):
            words.append(
                f"These clips are enough to find a true difference of {detectable:.0f} rating points between two "
                f"systems with {100 * POWER:.0f} % power (median over systems). Smaller differences are mostly missed."
            )
        words += _caveats(ranked)
        words += _anytime(ranked, published["leaderboard_anytime"])
    if held := sorted(set(board.loc[board["state"] == QUARANTINED, "system"])):
        words.append(f"Held back until an organiser has looked at what screening found: {listed(held)}.")
    words += [f"{row.system}: {row.mark}." for row in each_row(published["marked_systems"])]
    for row in each_row(published["people_with_crowd"].dropna(subset=["not_shown"])):
        words.append(f"There is no board by {row.source}: {row.not_shown}.")
    words.append(
        "Ratings are Bradley-Terry strengths on the Elo scale, 1,000 on average; 400 points are odds of ten to "
        "one. Intervals are "
        "95 %, clustered by clip. Two systems share a letter of their tier if and only if they do not differ "
        "significantly (95 %, all systems together): between those, order means little."
    )
    if published["leaderboard"]["component"].max() > 1:
        words.append("Some systems never met, directly or through others: ratings compare within a group only.")
    return tuple(words)


def _caveats(ranked: pd.DataFrame) -> list[str]:
    """On how few clips each leader's place rests, and whether ties move ratings."""
    told = leaders_on_few_clips(ranked)
    if ranked["ties_differ"].eq(True).any():
        told.append(
            "How often systems tie differs by pair: a tie counts as half a win, which draws ratings together where "
            "ties are many. Compare the column “ties apart”."
        )
    return told


def _anytime(ranked: pd.DataFrame, anytime: pd.DataFrame) -> list[str]:
    """Whom each system beats at whatever moment somebody looks."""
    found = ranked[["source", "system"]].merge(anytime, on=["source", "system"])
    if found.empty:
        return []
    claims = [f"{row.system} beats {listed(row.beats, most=5)}" for row in each_row(found) if len(row.beats)]
    said = "; ".join(claims) or "no system is shown to beat another"
    return [f"{AT_ANY_LOOK.format(found['look'].max())}: {said}."]


def _ratings(board: pd.DataFrame, sources: list[str]) -> Figure:
    ranked = board[board["state"] == "ranked"]
    ranked = ranked.assign(
        system=[f"{tier} · {system}" for tier, system in zip(ranked["tier"], ranked["system"], strict=True)]
    )
    plain = ranked[["source", "system", "rating", "ci_low", "ci_high"]].set_axis(
        ["choice", "name", "value", "low", "high"], axis=1
    )
    style = ranked[["source", "system", "rating_style", "ci_low_style", "ci_high_style"]].set_axis(
        plain.columns, axis=1
    )
    rows = pd.concat([plain.assign(series=PLAIN), style.dropna(subset=["value"]).assign(series=AT_EQUAL_STYLE)])
    rows["place"] = rows.groupby(["choice", "series"]).cumcount()
    chart = _charts.dots(
        rows.sort_values(["choice", "place"]).drop(columns="place"),
        "rating",
        (PLAIN, AT_EQUAL_STYLE),
        chooser=("source", sources[0]),
    )
    return Figure(
        "ratings",
        "Ratings with 95 % intervals",
        "For each system its rating and, below, its rating had all descriptions the same length and number of "
        "emotion words.",
        chart,
        _board_table(board, sources),
        chooser=Chooser("Verdicts by", "source", tuple(sources)),
        open_table=True,
        note=(
            "The letters before a name are its tier. Where the data set cannot tell style from system, both ratings "
            f"are the same.{f' The board by {COMBINED} is as written alone.' if COMBINED in sources else ''}"
        ),
    )


def _board_table(board: pd.DataFrame, sources: list[str]) -> Table:
    grouped = board["component"].max() > 1
    rows = pd.concat([board[board["source"] == source] for source in sources])

    def rank(row: Any) -> str:
        if row.state != "ranked":
            return str(row.state)
        return f"{row.component}.{number(row.rank)}" if grouped else number(row.rank)

    table = table_of(
        rows,
        "The leaderboard in numbers. First in %: of the bootstrap replicates, which is no probability that it is the "
        "best. Ties apart: the rating by Davidson (1970), which the share of ties does not move. Places: gained (+) or "
        "lost (−) at equal style.",
        words("system"),
        (Heading("rank"), rank),
        intervals("rank", 0, heading="ranks left open"),
        words("tier", lambda row: row.tier if row.state == "ranked" else NOTHING),
        numbers("rating"),
        intervals("ci", 0),
        numbers("first in %", lambda row: 100 * row.first_in_replicates),
        numbers("battles"),
        numbers("ties %", "tie_share"),
        numbers("ties apart", "davidson_rating"),
        numbers("equal style", "rating_style"),
        (Heading("places"), lambda row: "0" if row.rank_change == 0 else number(row.rank_change, sign=True)),
    )
    return replace(table, choices=tuple(rows["source"]))


def _agreement(published: Published) -> Table:
    """How far the board of people, or without people that of the crowd, is that of each other source."""
    rows, baselines = published["board_agreement"], set(published.of_kind(BASELINE)["judge"])
    there = set(rows["source1"]) | set(rows["source2"])
    yardstick = next((name for name in (HUMAN, CROWD) if name in there), None)
    rows = rows[(rows["source1"] == yardstick) | (rows["source2"] == yardstick)]
    rows = rows.assign(other=rows["source1"].where(rows["source1"] != yardstick, rows["source2"]))
    rows = rows[~rows["other"].isin(baselines)].sort_values(["kendall", "same_verdict"], ascending=False)
    return table_of(
        rows,
        f"Does a source rank systems as {whose(str(yardstick))} do? Kendall's tau of the two boards, and the "
        f"percent of battles with the same winner; kappa is 0 for a source that only knows which system is better.",
        words("source", "other"),
        numbers("systems"),
        numbers("tau", "kendall", 2),
        intervals("kendall", 2),
        (Heading("same winner %", "bar"), attrgetter("same_verdict")),
        intervals("same_verdict"),
        numbers("kappa", digits=2),
        intervals("kappa", 2),
    )


def _style_effects(published: Published) -> Table:
    effects = published["style_effects"]
    return table_of(
        effects[effects["source"].isin(SOURCES)],
        "How much does style win by itself? Log-odds of winning for one standard deviation more.",
        words("style", lambda row: f"{row.covariate.replace('_', ' ')}, by {whose(row.source)}"),
        words("statement"),
        numbers("effect", "coefficient", 2, sign=True),
        intervals("ci", 2, sign=True),
        numbers("clips against", "clips_against"),
    )
