"""All entries of a board against each other, tested together: one procedure for judges and for systems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.resampling import LEVEL, Interval

Z_95 = 1.959963984540054
# The smallest difference that anybody would choose a judge for: it takes 600 to 1,000 pairs to see, which is what data
# sets of this kind have. A finer margin would call nothing equal on them, a coarser one judges that differ in use.
EQUIVALENT_POINTS = 5.0
# The same for systems: 55 percent of battles won in place of 50, 35 points on the Elo scale.
EQUIVALENT_STRENGTH = float(np.log((50 + EQUIVALENT_POINTS) / (50 - EQUIVALENT_POINTS)))
# The chance to be found that makes a difference detectable (Cohen 1988).
POWER = 0.8


@dataclass(frozen=True)
class Comparisons:
    """Every difference of the entries of a board, tested together within each group.

    All arrays have the shape (n, n); differences are of the row's entry less the column's.

    Attributes:
        difference: in the unit of the values compared.
        low, high: simultaneous intervals: all of a group hold together at `level`; nan where nothing is known.
        p_value: two-sided, adjusted for all comparisons of the group; at most 1 - level where significant.
        significant: whether the interval leaves out 0.
        equivalent: whether the difference is shown to be smaller than `margin`, each by itself.
        detectable: the smallest true difference that is significant with a chance of `POWER`, were all else as here;
            nan where nothing is known.
        together: whether two entries are of one group.
        level: of the intervals.
        margin: of equivalence, in the unit of the values.
    """

    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    significant: np.ndarray
    equivalent: np.ndarray
    detectable: np.ndarray
    together: np.ndarray
    level: float
    margin: float

    @property
    def rank_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last rank in its group that is left open to each entry, each shape (n,).

        As many ranks are closed as there are entries that are significantly better, or worse (Mogstad, Romano, Shaikh
        and Wilhelm 2024): the ranks of a whole group hold together at `level`.
        """
        better, worse = ((self.significant & side).sum(axis=1) for side in (self.difference < 0, self.difference > 0))
        return 1 + better, self.together.sum(axis=1) - worse

    @property
    def tied(self) -> np.ndarray:
        """Whether two entries of a group do not differ significantly; nobody is tied with itself."""
        return self.together & ~self.significant & ~np.eye(len(self.together), dtype=bool)

    @property
    def tied_with(self) -> list[np.ndarray]:
        """The places of those that each entry is tied with, best first."""
        return self._best_first(self.tied)

    @property
    def equivalent_to(self) -> list[np.ndarray]:
        """The places of those among them that it is shown to be as good as, best first."""
        return self._best_first(self.tied & self.equivalent)

    def _best_first(self, chosen: np.ndarray) -> list[np.ndarray]:
        return [
            row[np.argsort(self.difference[place, row], kind="stable")]
            for place, row in enumerate(map(np.flatnonzero, chosen))
        ]


def compare_all(
    values: np.ndarray,
    replicates: np.ndarray,
    errors: np.ndarray,
    freedom: np.ndarray,
    margin: float,
    groups: np.ndarray | None = None,
    level: float = LEVEL,
) -> Comparisons:
    """Compare every two entries of a group, all comparisons of it together.

    Single-step max-t (Westfall and Young 1993; Romano and Wolf 2005): a difference is as rare as the largest
    studentised difference of a group's replicates around their values is that large. Replicates of clips are as good
    as normal; a studentised difference of few clips is not, and is taken to the normal scale by the t-distribution
    first. Detectable is what lies above the critical difference by as much as chance takes off in one case of five
    (Bloom 1995). Equivalence is two one-sided t-tests at 5 percent (Schuirmann 1987): the 90 percent interval of one
    difference lies within the margin.

    With many entries on few clips, the family-wise error is above one minus `level`, because the correlations of the
    entries are estimated too: 5.7 percent in place of 5 for six judges on 40 clips, 6.4 for twelve (simulated in
    tests/stats/test_comparing.py). A single comparison keeps its level.

    Args:
        values: shape (n,).
        replicates: of the values, shape (replicates, n), with the spread of the values themselves.
        errors: standard errors of the differences, shape (n, n); nan or 0 where they are not known.
        freedom: degrees of freedom of each entry's errors, shape (n,): clips less one.
        margin: largest difference that does not matter.
        groups: which group each entry is of, shape (n,); one group without them.
    """
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    count = len(values)
    groups = np.zeros(count, dtype=int) if groups is None else groups
    together = groups[:, None] == groups[None, :]
    difference = np.where(together, values[:, None] - values[None, :], np.nan)
    freedom = np.minimum(freedom[:, None], freedom[None, :]).astype(float)
    known = together & (errors > 0) & (freedom >= 1) & ~np.eye(count, dtype=bool)
    error, freedom = np.where(known, errors, np.nan), np.where(known, freedom, np.nan)
    size = -ndtri(stdtr(freedom, -np.abs(difference) / error))
    p_value, critical = np.full((count, count), np.nan), np.full((count, count), np.nan)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        inside = np.ix_(members, members)
        largest = np.sort(_largest(values[members], replicates[:, members], error[inside]))
        above = len(largest) - np.searchsorted(largest, size[inside])
        # Never less than of one comparison alone: entries that are alike in every replicate leave nothing to go by.
        adjusted = np.maximum((1 + above) / (len(largest) + 1), 2 * ndtr(-size[inside]))
        p_value[inside] = np.where(known[inside], adjusted, np.nan)
        # The least that has a p-value of at most 1 - level, so that interval, test and p-value say one thing.
        allowed = int((1 - level) * (len(largest) + 1) + 1e-9)
        critical[inside] = max(largest[-allowed], ndtri((1 + level) / 2)) if allowed else np.inf
    half = error * -stdtrit(freedom, ndtr(-critical))
    tost = error * stdtrit(freedom, 0.95)
    return Comparisons(
        difference=difference,
        low=difference - half,
        high=difference + half,
        p_value=p_value,
        significant=known & (size > critical),
        equivalent=known & (np.abs(difference) + tost < margin),
        detectable=half + error * stdtrit(freedom, POWER),
        together=together,
        level=level,
        margin=margin,
    )


def compare_scores(values: np.ndarray, replicates: np.ndarray, clips: int) -> Comparisons:
    """Compare judges' scores on the same pairs, in percent, clustered by clip.

    Args:
        values: shape (n,), each over all rounds of a judge.
        replicates: the same on resampled clips, shape (replicates, n).
        clips: that have decided pairs.
    """
    # Clips drawn from clips spread less than clips drawn from all there are.
    replicates = values + (replicates - values) * np.sqrt(clips / max(clips - 1, 1))
    # Replicates without a decided pair have no score.
    replicates = replicates[~np.isnan(replicates).any(axis=1)]
    covariance = np.atleast_2d(np.cov(replicates, rowvar=False)) if replicates.size else np.zeros((0, 0))
    errors = np.maximum(np.sqrt(variances_of_differences(covariance)), _least_error(clips))
    return compare_all(values, replicates, errors, np.full(len(values), clips - 1), EQUIVALENT_POINTS)


def _largest(values: np.ndarray, replicates: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The largest studentised difference of each replicate, shape (replicates,)."""
    moved = replicates - values
    largest = np.zeros(len(replicates))
    for entry in range(len(values) - 1):
        scaled = np.abs(moved[:, [entry]] - moved[:, entry + 1 :]) / error[entry, entry + 1 :]
        np.fmax(largest, np.fmax.reduce(scaled, axis=1, initial=0.0), out=largest)
    return largest


def variances_of_differences(covariance: np.ndarray) -> np.ndarray:
    """The variance of every difference of two of n estimates, shape (n, n), of their covariance, shape (n, n)."""
    own = np.diag(covariance)
    return np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0)


def _least_error(clips: int) -> float:
    """The least standard error, in percent, of a difference that `clips` clips can show.

    Judges that agree on every one of n clips may still differ on 3 of n others (the rule of three, Hanley and
    Lippman-Hand 1983), where the bootstrap sees no error at all.
    """
    from scipy.special import stdtrit

    return float(100 * (1 - 0.05 ** (1 / clips)) / stdtrit(clips - 1, 0.95)) if clips > 1 else np.nan


def correlation_interval(correlation: float, count: int, rank: bool = False) -> Interval:
    """95 percent interval by Fisher's z; for rank correlations with Bonett and Wright's (2000) wider error.

    Args:
        count: observations behind it, at least 4.
        rank: whether it is Spearman's.
    """
    error = np.sqrt((1 + correlation**2 / 2 if rank else 1) / (count - 3))
    centre = np.arctanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12))
    return Interval(float(np.tanh(centre - Z_95 * error)), float(np.tanh(centre + Z_95 * error)))
