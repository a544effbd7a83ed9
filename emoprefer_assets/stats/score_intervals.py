"""Intervals of scores between 0 and 100 percent that hold on few clips and near both ends, where percentiles fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emoprefer_assets.stats.resampling import LEVEL, ClipBootstrap, Interval


def score_interval(scores: np.ndarray, replicates: np.ndarray, clips: int, level: float = LEVEL) -> Interval:
    """The interval of a share, an accuracy or a weighted F1, clustered by clip, for its mean over repetitions.

    Wilson's interval (1927) at the effective sample size, with Student's t, as for shares of clustered samples (Korn
    and Graubard 1998; Dean and Pagano 2015). Where repetitions differ by more than their clips make them, which new
    repetitions would do again, the variance of their mean is added, with Satterthwaite's degrees of freedom (1946).

    Args:
        scores: of each repetition, in percent, shape (rounds,); one for what has no repetitions.
        replicates: the same on resampled clips, shape (resamples, rounds).
        clips: that have a pair that counts.

    Returns:
        Ends in percent; nan with fewer than two clips, where nothing shows how clips differ.
    """
    score = float(np.mean(scores)) / 100
    known = replicates[~np.isnan(replicates).any(axis=1)] / 100
    if clips < 2 or np.isnan(score) or len(known) < 2:
        return Interval(np.nan, np.nan)
    # Clips drawn from clips spread less than clips drawn from all there are.
    larger = clips / (clips - 1)
    by_clips = float(known.mean(axis=1).var()) * larger
    by_rounds = _between_rounds(np.asarray(scores) / 100, known, larger)
    variance, freedom = by_clips + by_rounds, clips - 1.0
    if by_rounds > 0:
        freedom = variance**2 / (by_clips**2 / (clips - 1) + by_rounds**2 / (len(scores) - 1))
    low, high = clustered_wilson(np.array(score), np.array(variance), np.array(clips), np.array(freedom), level)
    return Interval(100 * float(low), 100 * float(high))


def clustered_wilson(
    share: np.ndarray, variance: np.ndarray, clips: np.ndarray, freedom: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of Wilson's (1927) interval of shares, 0 to 1, at the number of independent pairs with the same variance.

    Args:
        share: any shape.
        variance: of the shares, clustered by clip, of the same shape.
        clips, freedom: clips behind each and degrees of freedom of its variance, of shapes that broadcast to it; nan
            comes of fewer than two clips.
    """
    from scipy.special import stdtrit

    spread = share * (1 - share)
    # All right, or all wrong, says no more than as many independent answers as there are clips.
    alike = np.broadcast_to(clips, share.shape).astype(float)
    size = np.divide(spread, variance, out=alike.copy(), where=(spread > 0) & (variance > 0))
    quantile = np.where(clips > 1, stdtrit(np.maximum(freedom, 1), (1 + level) / 2), np.nan)
    weight = quantile**2 / size
    centre = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (spread + weight / 4)) / (1 + weight)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def share_interval(came: np.ndarray, counted: np.ndarray, bootstrap: ClipBootstrap) -> Interval:
    """The interval of a share in percent, as `score_interval`.

    Args:
        came: whether, or how far, it came true of each pair in each repetition, 0 to 1, shape (rounds, n_pairs).
        counted: the pairs that count, shape (n_pairs,).
        bootstrap: of the pairs' clips.
    """
    if not counted.any():
        return Interval(np.nan, np.nan)
    replicates = 100.0 * bootstrap.means(came, counted)
    return score_interval(100.0 * came[:, counted].mean(axis=1), replicates, bootstrap.clips_with(counted))


def mean_interval(scores: Sequence[float], intervals: Sequence[Interval], replicates: Sequence[np.ndarray]) -> Interval:
    """The interval of the mean of several scores of the same clips, from their own intervals.

    MOVER (Newcombe 1998; with correlated estimates Zou and Donner 2008), which keeps the intervals' different sides.

    Args:
        scores: shape (k,).
        intervals: of each score.
        replicates: of each score on the same resampled clips, each shape (resamples,), for their correlations.
    """
    samples = np.stack(replicates)
    known = samples[:, ~np.isnan(samples).any(axis=0)]
    varied = known.shape[1] > 1 and bool((np.ptp(known, axis=1) > 0).all())
    related = np.corrcoef(known) if varied else np.eye(len(samples))
    mean = float(np.mean(scores))
    below = np.array([score - found.low for score, found in zip(scores, intervals, strict=True)]) / len(scores)
    above = np.array([found.high - score for score, found in zip(scores, intervals, strict=True)]) / len(scores)
    return Interval(mean - float(np.sqrt(below @ related @ below)), mean + float(np.sqrt(above @ related @ above)))


def _between_rounds(scores: np.ndarray, replicates: np.ndarray, larger: float) -> float:
    """Variance of the mean over rounds by which they differ more than clips and answers alone make them."""
    rounds = len(scores)
    if rounds < 2:
        return 0.0
    by_clips = replicates.var(axis=0).sum() - rounds * replicates.mean(axis=1).var()
    return max(float(scores.var(ddof=1) - by_clips * larger / (rounds - 1)), 0.0) / rounds
