"""How many clips and pairs it takes: for a rating, to tell two judges apart, to show that one may replace a person."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil

import numpy as np

from emoprefer_assets.stats import replacement
from emoprefer_assets.stats.comparing import POWER, variances_of_differences
from emoprefer_assets.stats.resampling import LEVEL

# More than anybody will ever show to people.
MOST = 10**9


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


def clips_for_width(wanted: float, width: float, clips: int, own_clips: int) -> int:
    """Clips on which the 95 percent interval of a system's rating is as narrow as wanted, were all else as here.

    `BradleyTerry.rating_interval` solved for the clips, which are the units of its error (Cameron and Miller 2015): the
    width is in proportion to the t-quantile at one less than the clips, over the root of one less than those the
    system fought on. The virtual battles count as if they grew along.

    Args:
        wanted: whole width, in the unit of `width`.
        width: of the interval here.
        clips: of the system's component here.
        own_clips: those it fought on here, at least 2; of more clips it fights on the same share.

    Raises:
        ValueError: a width is not above 0, or there are fewer than two clips.
    """
    from scipy.special import stdtrit

    if not (wanted > 0 and width > 0 and clips >= own_clips >= 2):
        raise ValueError("widths must be above 0, and the system must have fought on two clips")

    def relative(number: float) -> float:
        return float(stdtrit(number - 1, (1 + LEVEL) / 2) / np.sqrt(own_clips * number / clips - 1))

    # With the next whole number above it, a system has more than one clip of its own.
    fewest = clips // own_clips + 1
    here = relative(clips)
    return fewest + bisect_left(range(fewest, MOST), True, key=lambda number: width * relative(number) <= wanted * here)


def pairs_for_replacement(
    rho: float,
    annotators_rho: float,
    epsilon: float,
    annotators: int = replacement.FEWEST_ANNOTATORS,
    power: float = POWER,
    pairs_a_clip: float = 1.0,
    design_effect: float = 1.0,
) -> int:
    """Pairs of each annotator on which a candidate passes the alternative annotator test with a chance of `power`.

    The sample size of a one-sided paired test against a margin (Julious 2004): (t of level + t of power)^2 * variance /
    (epsilon - difference)^2, at the level at which Benjamini and Yekutieli (2001) reject half of the annotators'
    hypotheses, each with that power. Enough of them together have more power than each, unless they all stand or fall
    together. On every pair candidate or annotator has an advantage, or both have, so that the two probabilities give
    the variance; of a candidate that is asked in several rounds it is smaller. It is at least that of `p_below`.

    Args:
        rho, annotators_rho: as in `Replacement`, taken to be the same for every annotator.
        epsilon: what the candidate may be worse by, 0 to 1.
        annotators: in whose place it is put.
        power: below 1.
        pairs_a_clip: of one annotator.
        design_effect: as `Discordance.design_effect`.

    Raises:
        ValueError: the candidate is worse by epsilon, so that no number is enough.
    """
    from scipy.special import stdtrit

    behind = annotators_rho - rho
    if not behind < epsilon:
        raise ValueError("a candidate that is worse by epsilon or more passes on no number of pairs")
    half, harmonic = ceil(replacement.PASSING * annotators), (1 / np.arange(1, annotators + 1)).sum()
    level = replacement.LEVEL * half / (annotators * harmonic)
    variance = design_effect * (2 - rho - annotators_rho - behind**2)
    variance = max(variance, pairs_a_clip * epsilon * (1 - epsilon))

    def enough(pairs: int) -> bool:
        freedom = max(pairs / pairs_a_clip - 1, 1.0)
        quantiles = stdtrit(freedom, 1 - level) + stdtrit(freedom, power)
        return bool(quantiles**2 * variance <= pairs * (epsilon - behind) ** 2)

    fewest = replacement.FEWEST_PAIRS
    return fewest + bisect_left(range(fewest, MOST), True, key=enough)
