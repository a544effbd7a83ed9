"""Prediction tables as arrays of verdict codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emoprefer_assets.stats.labels import codes

SMALLEST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class JudgeVerdicts:
    """All verdicts of one judge and strategy.

    Attributes:
        judge: the judge.
        strategy: the strategy.
        normal: codes, shape (rounds, pairs), in the order of the pairs asked for.
        swapped: codes of the swapped runs in the pair's own frame, shape (rounds, pairs); None without them.
        margin: log-odds of a1 over a2, natural, same shape as `normal`, 0 where a call failed; None unless every
            other verdict has probabilities.
        swapped_margin: the same of the swapped runs, in the pair's own frame.
    """

    judge: str
    strategy: str
    normal: np.ndarray
    swapped: np.ndarray | None
    margin: np.ndarray | None
    swapped_margin: np.ndarray | None


def labelled_pairs(consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs with a human label."""
    return consensus_pairs[consensus_pairs["preference"].notna()].reset_index(drop=True)


def verdicts_by_judge(predictions: pd.DataFrame, pairs: pd.DataFrame, judges: pd.DataFrame) -> list[JudgeVerdicts]:
    """The verdicts on `pairs` of every judge taking part, by judge and strategy.

    A judge whose verdicts do not cover all pairs is left out: they are about an earlier state of the data set.
    """
    places = pd.Series(range(len(pairs)), index=pairs["pair_id"], dtype=int)
    known = predictions[predictions["pair_id"].isin(places.index) & predictions["judge"].isin(judges["judge"])]
    found = []
    for (judge, strategy), rows in known.groupby(["judge", "strategy"]):
        normal, margin = _by_round(rows[~rows["swapped"]], places)
        swapped, swapped_margin = _by_round(rows[rows["swapped"]], places)
        if normal is None:
            continue
        if swapped is None or len(swapped) != len(normal):
            swapped = swapped_margin = None
        found.append(JudgeVerdicts(str(judge), str(strategy), normal, swapped, margin, swapped_margin))
    return found


def _by_round(rows: pd.DataFrame, places: pd.Series) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Verdicts and margins, shape (rounds, pairs); None where a pair is missing."""
    rounds = {number: place for place, number in enumerate(sorted(rows["round"].unique()))}
    where = (rows["round"].map(rounds), rows["pair_id"].map(places))
    verdicts = np.full((len(rounds), len(places)), -1, dtype=np.int8)
    verdicts[where] = codes(rows["verdict"])
    if not len(rounds) or (verdicts < 0).any():
        return None, None
    lacking = rows[["p_a1", "p_a2"]].isna().any(axis=1)
    if (lacking & (rows["verdict"] != "failed")).any() or lacking.all():
        return verdicts, None
    margins = np.empty(verdicts.shape)
    odds = rows[["p_a1", "p_a2"]].fillna(0.5).to_numpy(dtype=float).clip(min=SMALLEST_PROBABILITY)
    margins[where] = np.log(odds[:, 0] / odds[:, 1])
    return verdicts, margins
