"""How many pairs it takes to see that one judge is better than another."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from emoprefer_assets.stats.comparing import POWER, variances_of_differences
from emoprefer_assets.stats.resampling import LEVEL


@dataclass(frozen=True)
class Discordance:
    """What the number of pairs depends on, for every two of n judges; both arrays have the shape (n, n).

    Attributes:
        share: of the pairs, those on which exactly one of the two is right: 0 to 1. Over several rounds, the mean
            squared difference of the shares of rounds in which each is right, which is the same for one round.
        design_effect: variance of the difference of the two, clustered by clip, as a multiple of what it were with
            every pair on a clip of its own (Kish 1965): 1 + (pairs a clip - 1) * the correlation within clips, where
            all clips have as many pairs. nan with a single clip, or where the two never differ.
    """

    share: np.ndarray
    design_effect: np.ndarray


def discordances(right: np.ndarray, clips: np.ndarray) -> Discordance:
    """Compare every two judges, pair by pair.

    Args:
        right: share of rounds in which each judge is right on each pair, shape (n_pairs, n).
        clips: index of each pair's clip, shape (n_pairs,).
    """
    # Sums of squares and products make of differences what variances and covariances do.
    products = right.T @ right
    moved = right - right.mean(axis=0)
    by_clip = np.stack([np.bincount(clips, column) for column in moved.T], axis=1)
    apart = variances_of_differences(moved.T @ moved)
    together = variances_of_differences(by_clip.T @ by_clip)
    groups = len(by_clip)
    # Rounding leaves something of a judge's difference from itself.
    known = (apart > 1e-9) & (groups > 1)
    few = groups * (len(right) - 1) / (max(groups - 1, 1) * len(right))
    effect = np.divide(few * together, apart, out=np.full(apart.shape, np.nan), where=known)
    return Discordance(variances_of_differences(products) / len(right), effect)


def pairs_needed(
    difference: float, discordance: float, power: float = POWER, level: float = 1 - LEVEL, design_effect: float = 1.0
) -> int:
    """Decided pairs on which two judges that differ by `difference` are found to differ, with a chance of `power`.

    For the two-sided test of two paired shares by the error of their difference, which is the board's for two judges:
    (z of level / 2 + z of power)^2 * (discordance - difference^2) / difference^2. At 5 % and 80 % that is 621 pairs for
    5 points at 20 % discordance, and 997 at 32 % (619 and 996 by quantiles rounded to 1.96 and 0.84). McNemar's test,
    which takes the error under no difference for its level, needs 626 and 1,003 (Connor 1987).

    Args:
        difference: of the shares of pairs on which each is right, 0 to 1.
        discordance: share of the pairs on which exactly one of the two is right, at least the difference.
        power: above `level`, below 1.
        level: of the test.
        design_effect: as `Discordance.design_effect`.

    Raises:
        ValueError: the difference is not above 0, or above the discordance.
    """
    from scipy.special import ndtri

    if not 0 < difference <= discordance <= 1:
        raise ValueError("the difference must be above 0, and the discordance at least as large and at most 1")
    quantiles = ndtri(1 - level / 2) + ndtri(power)
    return ceil(design_effect * quantiles**2 * (discordance - difference**2) / difference**2)
