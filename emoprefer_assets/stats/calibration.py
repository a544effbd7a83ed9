"""Whether probabilities are what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.resampling import LEVEL, RESAMPLES, SEED

BINS = 10
# Drawn at once: bounds the memory of many pairs.
_AT_ONCE = 100


@dataclass(frozen=True)
class ReliabilityCurve:
    """Equal bins of probability that hold a pair.

    Attributes:
        bin: 0 to `BINS` - 1, shape (n_bins,).
        mean_probability: shape (n_bins,).
        frequency: how often it came true, shape (n_bins,).
        pairs: shape (n_bins,).
    """

    bin: np.ndarray
    mean_probability: np.ndarray
    frequency: np.ndarray
    pairs: np.ndarray

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance of frequency from probability, weighted by pairs (Naeini et al. 2015)."""
        return float(np.average(np.abs(self.frequency - self.mean_probability), weights=self.pairs))


def largest_error_if_calibrated(probability: np.ndarray, draws: int = RESAMPLES) -> float:
    """The expected calibration error that a perfectly calibrated judge stays below in 95 of 100 data sets.

    With few pairs a bin the error is above 0 whatever the judge (Roelofs et al. 2022). Here what comes true is drawn
    from the judge's own probabilities (consistency resampling, Broecker and Smith 2007), each pair by itself.

    Args:
        probability: shape (n_pairs,).
    """
    if not len(probability):
        return np.nan
    rng = np.random.default_rng(SEED)
    in_bin = np.eye(BINS)[_places(probability)]
    errors = []
    for start in range(0, draws, _AT_ONCE):
        came_true = rng.random((min(_AT_ONCE, draws - start), len(probability))) < probability
        errors.append(np.abs((came_true - probability) @ in_bin).sum(axis=1) / len(probability))
    return float(np.quantile(np.concatenate(errors), LEVEL))


def reliability_curve(probability: np.ndarray, came_true: np.ndarray) -> ReliabilityCurve:
    """Bin `probability`, shape (n_pairs,), and count how often it `came_true`, shape (n_pairs,)."""
    places = _places(probability)
    pairs = np.bincount(places, minlength=BINS)
    held = np.flatnonzero(pairs)
    sums = [np.bincount(places, weights=values, minlength=BINS)[held] for values in (probability, came_true)]
    return ReliabilityCurve(held, sums[0] / pairs[held], sums[1] / pairs[held], pairs[held])


def _places(probability: np.ndarray) -> np.ndarray:
    """The bin of each probability, shape (n_pairs,)."""
    return np.minimum((probability * BINS).astype(int), BINS - 1)
