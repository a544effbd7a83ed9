"""Which verdicts a judge may give alone: a threshold of its probability, by Learn then Test over clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.labels import A1, A2
from emoprefer_assets.stats.replacement import p_below

CONFIDENCE = 0.9
ALPHAS = (0.05, 0.1, 0.2)
# Log-odds, strictest first: fixed before any label is seen. No probability of ours is further from even than 28.
THRESHOLDS = np.arange(28.0, -0.01, -0.25)
# Margins of two orders that cancel out may leave this much by rounding.
EVEN = 1e-9
# Testing starts where this many clips are accepted that, without an error, would have this p-value: with fewer, one
# error would end it.
START_P = 0.005


@dataclass(frozen=True)
class SelectiveVerdicts:
    """The verdicts that a judge may give alone, of those it was calibrated on.

    Attributes:
        alpha: the share of wrong verdicts to stay below, 0 to 1.
        threshold: the least probability of the option named, 0.5 to 1; nan where no threshold reaches alpha.
        accepted: pairs at or above it, shape (n_pairs,).
        wrong: which of all verdicts are wrong, shape (n_pairs,).
        clips: how many clips have an accepted pair.
        clips_needed: how many have to, for any threshold to be tested.
    """

    alpha: float
    threshold: float
    accepted: np.ndarray
    wrong: np.ndarray
    clips: int
    clips_needed: int

    @property
    def coverage(self) -> float:
        """Share of the pairs that it decides, 0 to 1."""
        return float(self.accepted.mean()) if len(self.accepted) else 0.0

    @property
    def error(self) -> float:
        """Share of wrong ones among the accepted, 0 to 1; nan without any."""
        return float(self.wrong[self.accepted].mean()) if self.accepted.any() else np.nan


def accept_verdicts(margin: np.ndarray, labels: np.ndarray, clips: np.ndarray, alpha: float) -> SelectiveVerdicts:
    """The lowest threshold at which at most `alpha` of the accepted verdicts on new clips are wrong, with `CONFIDENCE`.

    Learn then Test (Angelopoulos et al. 2025) in a fixed sequence, from the strictest threshold that accepts clips
    enough, which no label decides, down to the first one that cannot be shown to stay below alpha. Clips are
    exchangeable, and pairs of a clip are not independent. So a threshold's p-value is the larger of two: that of
    Hoeffding and Bentkus (Bates et al. 2021) for each clip's share of wrong verdicts, which holds for any number of
    clips and gives them equal weights (where each has one pair, the binomial one); and that of `p_below`, for many
    clips, which gives verdicts equal weights.

    Args:
        margin: natural log-odds of a1 over a2, averaged over both orders, shape (n_pairs,).
        labels: label codes, shape (n_pairs,); a verdict on a pair that people call the same is wrong.
        clips: of each pair, any labels, shape (n_pairs,).
        alpha: 0 to 1, both left out.
    """
    wrong = labels != np.where(margin > 0, A1, A2)
    needed = int(np.ceil(np.log(START_P) / np.log1p(-alpha)))
    found = SelectiveVerdicts(alpha, np.nan, np.zeros(len(margin), dtype=bool), wrong, 0, needed)
    for threshold in THRESHOLDS:
        accepted = np.abs(margin) >= max(threshold, EVEN)
        number = len(np.unique(clips[accepted]))
        if number < needed:
            continue
        if _p_value(wrong[accepted], clips[accepted], alpha) > 1 - CONFIDENCE:
            break
        found = SelectiveVerdicts(alpha, float(1 / (1 + np.exp(-threshold))), accepted, wrong, number, needed)
    return found


def _p_value(wrong: np.ndarray, clips: np.ndarray, alpha: float) -> float:
    from scipy.special import bdtr

    _, clip, pairs = np.unique(clips, return_inverse=True, return_counts=True)
    by_clip = np.bincount(clip, wrong) / pairs
    alone = (pairs == 1).all()
    of_clips = float(bdtr(wrong.sum(), len(wrong), alpha)) if alone else hoeffding_bentkus(by_clip, alpha)
    return max(of_clips, p_below(wrong.astype(float), clips, alpha))


def hoeffding_bentkus(losses: np.ndarray, alpha: float) -> float:
    """The p-value of the hypothesis that independent losses of 0 to 1, shape (n,), have a mean above `alpha`."""
    from scipy.special import bdtr, rel_entr

    number, mean = len(losses), min(float(losses.mean()), alpha)
    hoeffding = np.exp(-number * (rel_entr(mean, alpha) + rel_entr(1 - mean, 1 - alpha)))
    bentkus = np.e * bdtr(np.ceil(number * float(losses.mean())), number, alpha)
    return float(min(hoeffding, bentkus, 1.0))
