"""What a judge's verdict says of people's label beyond what baselines say of it already, and the other way round."""

from __future__ import annotations

import numpy as np

from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.resampling import LEVEL, Estimate, Interval

STEPS = 50
TOLERANCE = 1e-9
# A step of more than this in any coefficient is shortened to it: the odds of nearly separated labels overshoot.
LONGEST_STEP = 4.0


def odds_ratios(labels: np.ndarray, verdicts: np.ndarray, given: np.ndarray, clips: np.ndarray) -> list[Estimate]:
    """By how much a verdict for a1 instead of a2 multiplies the odds of the label a1, all else given.

    By logistic regression of people's label on a judge's verdict and on what is `given`, on the decided pairs.

    Each coefficient has a log-F(1,1) prior, half a success and half a failure at its unit (Greenland and Mansournia
    2015): a judge that is always right has finite odds, and baselines that always agree share what they say. The
    constant takes up how often the first description wins. Rounds of one pair share its weight. The covariance is
    clustered by clip (Cameron and Miller 2015), and intervals use t with clips - 1. With one binary covariate the odds
    ratio is close to that of Cochran (1954) and Mantel and Haenszel (1959).

    Args:
        labels: label codes, shape (n_pairs,).
        verdicts: verdict codes, shape (rounds, n_pairs); what names no option says nothing.
        given: 1 for a1, -1 for a2, and 0 for neither, or a margin in such units, shape (n_pairs, k).
        clips: index of each pair's clip, shape (n_pairs,).

    Returns:
        Of the judge, and then of each column of `given`, all in one model: 1 where it says nothing beyond the others,
        and, without an interval, where it never varies; nan without labels on two clips.
    """
    from scipy.special import stdtrit

    decided = labels != SAME
    rounds, nowhere = len(verdicts), Interval(np.nan, np.nan)
    said = (verdicts[:, decided] == A1).astype(float) - (verdicts[:, decided] == A2)
    columns = [said.ravel(), *np.tile(given[decided], (rounds, 1)).T]
    # Half a unit to either side: the step from a2 to a1 is one.
    design = np.stack([np.ones(said.size), *(column / 2 for column in columns)])
    first = np.tile(labels[decided] == A1, rounds).astype(float)
    clusters = int(np.count_nonzero(np.bincount(clips[decided])))
    if clusters < 2:
        return [Estimate(np.nan, nowhere)] * len(columns)
    coefficient, error = _fit(design, first, np.full(len(first), 1 / rounds), np.tile(clips[decided], rounds), clusters)
    reach = stdtrit(clusters - 1, (1 + LEVEL) / 2) * error
    # The first is the constant's.
    ends = np.exp([coefficient - reach, coefficient, coefficient + reach])[:, 1:].T.tolist()
    return [
        Estimate(value, Interval(low, high)) if np.ptp(column) > 0 else Estimate(1.0, nowhere)
        for column, (low, value, high) in zip(columns, ends, strict=True)
    ]


def _fit(
    design: np.ndarray, first: np.ndarray, weight: np.ndarray, cluster: np.ndarray, clusters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their standard errors, each shape (k,), of a design of shape (k, rows)."""
    count = len(design)
    # The prior as observations: each coefficient's unit, once with success and once with failure, at half weight.
    design = np.concatenate([design, np.eye(count), np.eye(count)], axis=1)
    first = np.concatenate([first, np.ones(count), np.zeros(count)])
    weight = np.concatenate([weight, np.full(2 * count, 0.5)])
    cluster = np.concatenate([cluster, cluster.max() + 1 + np.arange(2 * count)])
    coefficient = np.zeros(count)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(coefficient @ design)))
        residual = weight * (first - chance)
        information = (design * (weight * chance * (1 - chance))) @ design.T
        step = np.linalg.solve(information, design @ residual)
        coefficient += step * min(1.0, LONGEST_STEP / max(np.abs(step).max(), TOLERANCE))
        if np.abs(step).max() < TOLERANCE:
            break
    by_cluster = np.stack([np.bincount(cluster, column * residual) for column in design])
    bread = np.linalg.inv(information)
    covariance = bread @ (by_cluster @ by_cluster.T) @ bread * clusters / (clusters - 1)
    return coefficient, np.sqrt(np.diag(covariance))
