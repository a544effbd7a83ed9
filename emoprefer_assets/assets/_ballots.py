"""Votes as a table of annotators and pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import codes


def ballots_of(annotations: pd.DataFrame, annotators: pd.DataFrame) -> pd.DataFrame:
    """Votes of the qualified annotators: a row an annotator, a column a pair, null where there is no vote."""
    qualified = annotators.loc[annotators["qualified"], "annotator"]
    counted = annotations[annotations["annotator"].isin(qualified)]
    return counted.pivot(index="annotator", columns="pair_id", values="vote")


def codes_of(ballots: pd.DataFrame) -> np.ndarray:
    """Label codes, shape (annotators, pairs); `MISSING` where there is no vote."""
    known = ballots.notna().to_numpy(dtype=bool)
    votes = np.full(ballots.shape, MISSING, dtype=np.int8)
    votes[known] = codes(ballots.to_numpy()[known])
    return votes
