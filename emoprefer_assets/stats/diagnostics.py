"""Models of voters without any label, for comparison only: Dawid-Skene, GLAD and MACE."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.stats.dawid_skene import dawid_skene
from emoprefer_assets.stats.labels import SAME, UNPARSED

_FROM_CROWD_KIT = {"glad": "GLAD", "mace": "MACE"}
NO_VOTE = -1


def model_of_votes(name: str, ballots: np.ndarray) -> np.ndarray:
    """The likeliest label of each pair, shape (n_pairs,); unparsed where nobody voted.

    Args:
        name: `dawid_skene` (Dawid and Skene 1979), `glad` (Whitehill et al. 2009) or `mace` (Hovy et al. 2013), the
            last two as in crowd-kit.
        ballots: verdict codes, shape (n_judges, n_orders, n_pairs). Each judge and order is a voter of its own.

    Raises:
        EmopreferError: crowd-kit is not installed.
    """
    votes = ballots.reshape(-1, ballots.shape[-1])
    votes = np.where(votes <= SAME, votes, NO_VOTE)
    voted = (votes != NO_VOTE).any(axis=0)
    labels = np.full(votes.shape[1], UNPARSED, dtype=np.int8)
    if voted.any():
        known = votes[:, voted]
        labels[voted] = _from_crowd_kit(name, known) if name in _FROM_CROWD_KIT else dawid_skene(known).labels
    return labels


def _from_crowd_kit(name: str, votes: np.ndarray) -> np.ndarray:
    if importlib.util.find_spec("crowdkit") is None:
        raise EmopreferError(
            f'EMOPREFER_CROWD_DIAGNOSTICS: "{name}" needs crowd-kit. Run pip install "emoprefer-assets[diagnostics]".'
        )
    from crowdkit import aggregation

    voter, pair = np.nonzero(votes != NO_VOTE)
    cast = pd.DataFrame({"task": pair, "worker": voter, "label": votes[voter, pair]})
    fitted = getattr(aggregation, _FROM_CROWD_KIT[name])().fit_predict(cast)
    return fitted.loc[range(votes.shape[1])].to_numpy()
