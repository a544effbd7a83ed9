"""Comparing two judges on the same pairs, and many comparisons at once."""

from __future__ import annotations

import numpy as np

from emoprefer_assets.stats.resampling import Interval

Z_95 = 1.959963984540054


def mcnemar_exact(only1: np.ndarray, only2: np.ndarray) -> np.ndarray:
    """Two-sided exact p of McNemar's (1947) test, from how many pairs only the one of two judges has right, and only
    the other; all of one shape."""
    from scipy.stats import binom

    return np.minimum(1.0, 2 * binom.cdf(np.minimum(only1, only2), only1 + only2, 0.5))


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values, shape (n,), adjusted for n comparisons (Holm 1979)."""
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def correlation_interval(correlation: float, count: int, rank: bool = False) -> Interval:
    """95 percent interval by Fisher's z; for rank correlations with Bonett and Wright's (2000) wider error.

    Args:
        count: observations behind it, at least 4.
        rank: whether it is Spearman's.
    """
    error = np.sqrt((1 + correlation**2 / 2 if rank else 1) / (count - 3))
    centre = np.arctanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12))
    return Interval(float(np.tanh(centre - Z_95 * error)), float(np.tanh(centre + Z_95 * error)))
