"""Which system describes emotions best: by people, by each judge, by the crowd."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from emoprefer_assets.assets._boards import (
    COMBINED,
    CROWD,
    HUMAN,
    Board,
    boards_of,
    combined_board,
    quarantined_rows,
    styles_of,
)
from emoprefer_assets.assets._plots import plot_of_leaderboard
from emoprefer_assets.assets._table import Rows, table
from emoprefer_assets.stats import StyleControl, agreement_with_people, clip_bootstrap, compare_boards, rating_draws
from emoprefer_assets.store import TABLES, run_step

# Every two judges would be thousands of comparisons that nobody reads.
YARDSTICKS = (HUMAN, CROWD)


@table(group="arena")
def battle_counts(
    consensus_pairs: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    predictions: pd.DataFrame,
    judges: pd.DataFrame,
    judge_board: pd.DataFrame,
    ensemble_predictions: pd.DataFrame,
    crowd: pd.DataFrame,
    battles: pd.DataFrame,
    battle_verdicts: pd.DataFrame,
    crowd_verdicts: pd.DataFrame,
    judge_checks: pd.DataFrame,
) -> pd.DataFrame:
    """How often each system beat which other on which clip, by whose verdicts."""
    return run_step(
        "battle_counts",
        None,
        consensus_pairs=consensus_pairs,
        raw_pairs=raw_pairs,
        **{f"{strategy}_predictions": rows for strategy, rows in predictions.groupby("strategy")},
        judges=judges,
        judge_board=judge_board,
        ensemble_predictions=ensemble_predictions,
        crowd=crowd,
        battles=battles,
        battle_verdicts=battle_verdicts,
        crowd_verdicts=crowd_verdicts,
        judge_checks=judge_checks,
    )


@table(group="arena")
def leaderboard(battle_counts: pd.DataFrame, entries: pd.DataFrame) -> Rows:
    """Bradley-Terry over systems: by people, by each judge, by the crowd, and by people with the crowd's help."""
    boards = boards_of(battle_counts)
    ranked = [board.rows().assign(source=board.source) for board in boards]
    if together := combined_board(boards):
        ranked.append(together.rows().assign(source=COMBINED))
    waiting = quarantined_rows(entries, [board.source for board in boards])
    board = pd.concat([TABLES["leaderboard"].frame(), *ranked, waiting], ignore_index=True)
    return Rows(board, plot_of_leaderboard(board))


@table(group="arena")
def leaderboard_style(battle_counts: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Every leaderboard at equal length and number of emotion words, beside the plain one."""
    boards = [TABLES["leaderboard_style"].frame()]
    for board, styled in _at_equal_style(battle_counts, entries):
        plain, fit = board.rows().set_index("system"), board.rows(rating_draws(styled.fit)).set_index("system")
        rows = fit[["piece", "rank", "rating", "ci_low", "ci_high"]].assign(
            source=board.source, plain_rank=plain["rank"], plain_rating=plain["rating"]
        )
        boards.append(rows.assign(rank_change=rows["plain_rank"] - rows["rank"]).reset_index())
    return pd.concat(boards, ignore_index=True)


@table(group="arena")
def style_effects(battle_counts: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """What length and emotion words win for themselves, or that this cannot be told from the systems."""
    rows = []
    for board, styled in _at_equal_style(battle_counts, entries):
        low, high = styled.coefficient_interval
        for place, covariate in enumerate(styled.reference.names):
            statement = "identified" if styled.identified[place] else "not identified"
            rows.append(
                (
                    board.source, covariate, statement, styled.coefficient[place], low[place], high[place],
                    styled.tolerance[place], styled.clips_against[place], styled.reference.spread[place],
                )
            )  # fmt: skip
    return TABLES["style_effects"].frame(rows)


@table(group="arena")
def board_agreement(battle_counts: pd.DataFrame) -> pd.DataFrame:
    """How far every board is that of people and that of the crowd, and how far the verdicts behind them are."""
    boards = sorted(boards_of(battle_counts), key=lambda board: board.source not in YARDSTICKS)
    rows = []
    for one, other in combinations(boards, 2):
        if one.source not in YARDSTICKS:
            break
        both = one.counts.merge(other.counts, on=["clip_id", "first_system", "second_system"])
        first, second = ((both[f"first_wins{side}"] / both[f"battles{side}"]).to_numpy() for side in ("_x", "_y"))
        agree = agreement_with_people(first, second, clip_bootstrap(both["clip_id"].to_numpy(dtype=str)))
        found = compare_boards(one.draws, other.draws)
        rows.append(
            (
                one.source, other.source, found.systems,
                found.kendall.value, found.kendall.interval.low, found.kendall.interval.high,
                found.spearman.value, found.spearman.interval.low, found.spearman.interval.high,
                len(both), agree.value, agree.interval.low, agree.interval.high,
            )
        )  # fmt: skip
    return TABLES["board_agreement"].frame(rows)


def _at_equal_style(battle_counts: pd.DataFrame, entries: pd.DataFrame) -> Iterator[tuple[Board, StyleControl]]:
    styles = styles_of(entries)
    # The unit is the data set's own, so that boards of different days compare.
    own = styles[entries["submission"].isna().to_numpy()]
    for board in boards_of(battle_counts):
        if styled := board.at_equal_style(own, styles):
            yield board, styled
