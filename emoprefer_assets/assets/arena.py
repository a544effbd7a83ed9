"""Which system describes emotions best: by people, by each judge, by the crowd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from emoprefer_assets.assets._boards import (
    RANKED,
    Board,
    PeopleWithCrowd,
    boards_of,
    combine,
    places_of_texts,
    styles_of,
    texts_of,
    unranked_rows,
)
from emoprefer_assets.assets._plots import plot_of_leaderboard
from emoprefer_assets.assets._table import Rows, step_table, table
from emoprefer_assets.assets.counts import BattleCounts, Entrants
from emoprefer_assets.names import COMBINED, CROWD, HUMAN
from emoprefer_assets.stats.anytime import at_look
from emoprefer_assets.stats.judge_boards import agreement_with_people, compare_boards
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.stats.style_control import StyleControl
from emoprefer_assets.store import TABLES

# Every two judges would be thousands of comparisons that nobody reads.
YARDSTICKS = (HUMAN, CROWD)


battle_counts = step_table(
    "battle_counts",
    group="leaderboard",
    says="How often each system beat which other on which clip, by whose verdicts.",
)


@table(group="leaderboard")
def leaderboard(
    battle_counts: BattleCounts, entries: Entrants, annotators: pd.DataFrame, human_battle_votes: pd.DataFrame
) -> Rows:
    """Bradley-Terry over systems: by people, by each judge, by the crowd, and by people with the crowd's help."""
    yardsticks: dict[str, Board] = {}
    ranked = []
    for board in boards_of(battle_counts):
        ranked.append(_ranked(board))
        if board.source in YARDSTICKS:
            yardsticks[board.source] = board
    together = _together(yardsticks, annotators, human_battle_votes)
    if together and together.board:
        ranked.append(_ranked(together.board))
    unranked = unranked_rows(entries.unranked, battle_counts.sources)
    rows = pd.concat([TABLES["leaderboard"].frame(), *ranked, unranked], ignore_index=True)
    return Rows(rows, plot_of_leaderboard(rows))


@table(group="leaderboard")
def people_with_crowd(
    battle_counts: BattleCounts, annotators: pd.DataFrame, human_battle_votes: pd.DataFrame
) -> pd.DataFrame:
    """What people's board with the crowd's help rests on, or why it is not shown; empty without people or crowd."""
    yardsticks = {board.source: board for board in boards_of(battle_counts, YARDSTICKS)}
    together = _together(yardsticks, annotators, human_battle_votes)
    if together is None:
        return TABLES["people_with_crowd"].frame()
    row: dict[str, object] = {"source": COMBINED, "not_shown": together.not_shown}
    if found := together.found:
        row |= {"voted": found.labelled, "battles": found.battles, "power": found.power, "p_random": found.p_random}
        row["worth"] = found.effective_labelled
    return pd.DataFrame([row]).reindex(columns=TABLES["people_with_crowd"].column_names)


@table(group="leaderboard")
def leaderboard_anytime(
    battle_counts: BattleCounts,
    annotators: pd.DataFrame,
    human_battle_votes: pd.DataFrame,
    leaderboard_history: pd.DataFrame,
) -> pd.DataFrame:
    """Who beats whom at a moment of one's choosing: what the newest leaderboards say after all looks at them."""
    yardsticks = {board.source: board for board in boards_of(battle_counts, YARDSTICKS)}
    together = _together(yardsticks, annotators, human_battle_votes)
    boards = [*yardsticks.values(), *([together.board] if together and together.board else [])]
    ranked = leaderboard_history[leaderboard_history["state"] == RANKED]
    rows: list[tuple[object, ...]] = []
    for board in boards:
        kept = ranked[ranked["source"] == board.source]
        newest = kept[kept["evaluation"] == leaderboard_history["evaluation"].max()]
        if newest.empty:
            continue
        figures = kept[["system", "component", "rating", "ci_low", "ci_high"]].round(6)
        looks = {one.to_csv(index=False) for _, one in figures.groupby(kept["evaluation"])}
        found = at_look(board.fit, len(looks))
        best_first = np.argsort(-board.fit.strength, kind="stable")
        for place in np.flatnonzero(np.isin(board.systems, newest["system"])):
            beaten = board.systems[best_first[found.beats[place, best_first]]].tolist()
            rows.append((board.source, board.systems[place], found.look, beaten, found.low[place], found.high[place]))
    return TABLES["leaderboard_anytime"].frame(rows)


@table(group="leaderboard")
def leaderboard_style(battle_counts: BattleCounts, raw_pairs: pd.DataFrame, battles: pd.DataFrame) -> pd.DataFrame:
    """Every leaderboard at equal length and number of emotion words, beside the plain one."""
    boards = [TABLES["leaderboard_style"].frame()]
    for board, styled in _at_equal_style(battle_counts, raw_pairs, battles):
        plain, fit = board.rows().set_index("system"), board.rows(rating_draws(styled.fit)).set_index("system")
        rows = fit[["component", "rank", "rating", "ci_low", "ci_high"]].assign(
            source=board.source, plain_rank=plain["rank"], plain_rating=plain["rating"]
        )
        boards.append(rows.assign(rank_change=rows["plain_rank"] - rows["rank"]).reset_index())
    return pd.concat(boards, ignore_index=True)


@table(group="leaderboard")
def style_effects(battle_counts: BattleCounts, raw_pairs: pd.DataFrame, battles: pd.DataFrame) -> pd.DataFrame:
    """What length and emotion words win for themselves, or that this cannot be told from the systems."""
    rows = []
    for board, styled in _at_equal_style(battle_counts, raw_pairs, battles):
        known = styled.identification
        statements = np.where(known.identified, "identified", "not identified")
        effects = styled.coefficient, *styled.coefficient_interval
        columns = statements, *effects, known.tolerance, known.clips_against, styled.reference.spread
        rows += [(board.source, *row) for row in zip(styled.reference.names, *columns, strict=True)]
    return TABLES["style_effects"].frame(rows)


@table(group="leaderboard")
def board_agreement(battle_counts: BattleCounts) -> pd.DataFrame:
    """How far every board is that of people and that of the crowd, and how far the verdicts behind them are."""
    rows = []
    yardsticks = [board for board in boards_of(battle_counts) if board.source in YARDSTICKS]
    for other in boards_of(battle_counts):
        for one in yardsticks:
            if other.source not in YARDSTICKS or one.source < other.source:
                rows.append((one.source, other.source, *_agreement(one, other)))
    return TABLES["board_agreement"].frame(sorted(rows))


def _together(
    yardsticks: Mapping[str, Board], annotators: pd.DataFrame, human_battle_votes: pd.DataFrame
) -> PeopleWithCrowd | None:
    """People with the crowd's help; None where there are no people or no crowd."""
    if len(yardsticks) < len(YARDSTICKS):
        return None
    votes, drawn = bool((annotators["votes"] > 0).any()), human_battle_votes["pair_id"].unique()
    return combine(yardsticks[CROWD], yardsticks[HUMAN], votes, drawn)


def _ranked(board: Board) -> pd.DataFrame:
    return board.rows().join(board.robustness(), on="system").assign(source=board.source)


def _at_equal_style(
    battle_counts: BattleCounts, raw_pairs: pd.DataFrame, battles: pd.DataFrame
) -> Iterator[tuple[Board, StyleControl]]:
    styles = styles_of(texts_of(raw_pairs, battles))
    places = places_of_texts(styles.index, battle_counts)
    fought = styles.set_axis(places)[places >= 0]
    # The unit is the data set's own, so that boards of different days compare.
    own = styles_of(texts_of(raw_pairs).drop_duplicates(["system", "clip_id", "text"]))
    for board in boards_of(battle_counts):
        if styled := board.at_equal_style(own, fought):
            yield board, styled


def _agreement(one: Board, other: Board) -> tuple[float, ...]:
    _, here, there = np.intersect1d(one.matches, other.matches, assume_unique=True, return_indices=True)
    first, second = one.wins[here] / one.battles[here], other.wins[there] / other.battles[there]
    # Seen from the system that the first source rates higher, so that who only knows the ranking agrees by chance.
    weaker = one.fit.strength[one.first[here]] < one.fit.strength[one.second[here]]
    first, second = np.where(weaker, 1 - first, first), np.where(weaker, 1 - second, second)
    agree = agreement_with_people(second, first, clip_bootstrap(one.clip[here]))
    found = compare_boards(one.draws, other.draws)
    ranks = (*found.kendall.figures, *found.spearman.figures)
    return found.systems, *ranks, len(here), *agree.same.figures, *agree.kappa.figures
