"""Prediction tables as arrays of verdict codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emoprefer_assets.stats.labels import FAILED, codes

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
    places = pd.Index(pairs["pair_id"]).get_indexer(predictions["pair_id"])
    wanted = (places >= 0) & predictions["judge"].isin(judges["judge"]).to_numpy()
    known = predictions[wanted].reset_index(drop=True)
    answers = _Answers.read(known, places[wanted], len(pairs))
    in_other_order = known["swapped"].to_numpy(dtype=bool)
    found = []
    for (judge, strategy), rows in known.groupby(["judge", "strategy"]).indices.items():
        normal, margin = answers.by_round(rows[~in_other_order[rows]])
        swapped, swapped_margin = answers.by_round(rows[in_other_order[rows]])
        if normal is None:
            continue
        if swapped is None or len(swapped) != len(normal):
            swapped = swapped_margin = None
        found.append(JudgeVerdicts(str(judge), str(strategy), normal, swapped, margin, swapped_margin))
    return found


@dataclass(frozen=True)
class _Answers:
    """A prediction table's columns, each of shape (rows,).

    Attributes:
        pairs: how many there are.
        places: of each answer's pair among them.
        margins: log-odds of a1 over a2, nan where one of the probabilities is not known.
    """

    pairs: int
    places: np.ndarray
    rounds: np.ndarray
    verdicts: np.ndarray
    margins: np.ndarray

    @classmethod
    def read(cls, rows: pd.DataFrame, places: np.ndarray, pairs: int) -> _Answers:
        odds = rows[["p_a1", "p_a2"]].to_numpy(dtype=float, na_value=np.nan).clip(min=SMALLEST_PROBABILITY)
        return cls(pairs, places, rows["round"].to_numpy(), codes(rows["verdict"]), np.log(odds[:, 0] / odds[:, 1]))

    def by_round(self, rows: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Verdicts and margins of some rows, shape (rounds, pairs); None where a pair is missing."""
        rounds, places = np.unique(self.rounds[rows], return_inverse=True)
        where = (places, self.places[rows])
        verdicts = np.full((len(rounds), self.pairs), -1, dtype=np.int8)
        verdicts[where] = self.verdicts[rows]
        if not len(rounds) or (verdicts < 0).any():
            return None, None
        lacking = np.isnan(self.margins[rows])
        if (lacking & (self.verdicts[rows] != FAILED)).any() or lacking.all():
            return verdicts, None
        margins = np.empty(verdicts.shape)
        margins[where] = np.where(lacking, 0.0, self.margins[rows])
        return verdicts, margins
