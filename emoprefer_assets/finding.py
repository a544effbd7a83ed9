"""What an evaluation has found, in a few sentences: the first thing that terminal and report say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from emoprefer_assets.display import listed
from emoprefer_assets.names import COMBINED, CROWD, HUMAN, JUDGE
from emoprefer_assets.rows import each_row

# The leaders are those of the first of these leaderboards that is there, in these words.
_BY = {COMBINED: "people with the crowd's help", HUMAN: "people", CROWD: "the crowd"}
NAMED = 4
AT_ANY_LOOK = "However often the board is looked at (look {:.0f}; at most 5 % error over all looks)"


def whose(source: str) -> str:
    """The source of a leaderboard in words; a judge's is its name."""
    return _BY.get(source, source)


def different_ensembles(scores: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """`ensemble_scores` without the ensembles that repeat another one in every figure, and sentences on these."""
    alike: dict[str, list[Any]] = {}
    for of, rows in scores.groupby(["ensemble", "orders", "k"]):
        figures = rows.drop(columns=["orders", "k"]).sort_values("sample").round(6).to_csv(index=False)
        alike.setdefault(figures, []).append(of)
    sentences = []
    for (ensemble, orders, k), *others in alike.values():
        if others:
            names = listed([f"{ensemble} of {other_k} ({other_orders})" for _, other_orders, other_k in others])
            sentences.append(f"Left out, because each figure is that of {ensemble} of {k} ({orders}): {names}.")
    shown = pd.DataFrame([same[0] for same in alike.values()], columns=["ensemble", "orders", "k"])
    return scores.merge(shown), sentences


def of_several_strategies(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of `judge_scores` with a score, of judges that have two or more."""
    scores = scores.dropna(subset=["waf_2class"])
    return scores[scores.groupby("judge")["strategy"].transform("count") > 1]


def leaders_on_few_clips(board: pd.DataFrame) -> list[str]:
    """On how few clips each leader's place rests."""
    return [
        f"{row.system} leads on {row.clips} clips; without {row.clips_to_change:.0f} of them {row.challenger} would."
        for row in each_row(board[board["clips_to_change"].notna()])
    ]


def finding(judge_board: pd.DataFrame, leaderboard: pd.DataFrame) -> Iterator[str]:
    """Sentences on the judges and on the systems; none where there is nothing to say.

    Args:
        judge_board: judge, kind, waf_2class with its interval (percent), odds_ratio_low of that table.
        leaderboard: source, system, rank, rank_low and component of that table. Systems that no chain of comparisons
            connects have no common order, so nothing is said of them.
    """
    yield from _judges(judge_board)
    yield from _leaders(leaderboard)


def _judges(board: pd.DataFrame) -> Iterator[str]:
    judges = board[(board["kind"] == JUDGE) & board["waf_2class"].notna()]
    tested = judges.dropna(subset=["odds_ratio_low"])
    if len(tested):
        more = int((tested["odds_ratio_low"] > 1).sum())
        who = f"{more} of {len(tested)} judges {'is' if more == 1 else 'are'}" if more else "No judge is"
        yield f"{who} shown to know more than the texts give away (95 %, each by itself)."
    if len(judges):
        best = judges.sort_values(["waf_2class", "judge"], ascending=[False, True]).iloc[0]
        known = pd.notna(best["waf_2class_low"])
        low_high = f" ({best['waf_2class_low']:.0f} to {best['waf_2class_high']:.0f})" if known else ""
        yield (
            f"The best, {best['judge']}, agrees with people on decided pairs by a weighted F1 (WAF 2) of "
            f"{best['waf_2class']:.0f} of 100{low_high}."
        )


def _leaders(leaderboard: pd.DataFrame) -> Iterator[str]:
    ranked = leaderboard.dropna(subset=["rank"])
    for source, by in _BY.items():
        board = ranked[ranked["source"] == source].sort_values(["rank", "system"])
        if len(board) > 1 and board["component"].nunique() == 1:
            first = board.loc[board["rank_low"] == 1, "system"].tolist()
            if len(first) == len(board):
                yield f"By {by}, none of the {len(board)} systems is shown to be behind."
            elif len(first) == 1:
                yield f"By {by}, {first[0]} leads {len(board)} systems."
            else:
                yield f"By {by}, {len(first)} of {len(board)} systems may be first: {listed(first, NAMED)}."
            return
