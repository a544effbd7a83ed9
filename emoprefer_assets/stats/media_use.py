"""How much worse a judge gets when its clips are taken away: paired, clustered by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.comparing import POWER
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.resampling import LEVEL, Estimate, Interval

SHOWN, NOT_SHOWN, NO_DIFFERENCE = "shown", "not shown", "no difference"


@dataclass(frozen=True)
class MeanChange(Estimate):
    """The mean over pairs of a change, with its interval by Student's t over clips; nan with fewer than two.

    Attributes:
        detectable: the smallest true mean whose interval would leave out 0 with 80 % power, one-sided.
        clips: that there were.
    """

    detectable: float
    clips: int

    @property
    def is_loss(self) -> bool:
        """Whether the whole interval is below 0."""
        return self.interval.high < 0

    def use(self, enough: float) -> str:
        """`SHOWN` where something is lost; else `NO_DIFFERENCE` where a loss of `enough` would have been found."""
        if self.is_loss:
            return SHOWN
        return NO_DIFFERENCE if self.detectable <= enough else NOT_SHOWN


def mean_change(before: np.ndarray, after: np.ndarray, clips: np.ndarray) -> MeanChange:
    """The mean of `after` less `before`, whose errors are correlated within a clip.

    The variance is that of clip totals around their mean (Liang and Zeger 1986) with the factor C / (C - 1), and the
    quantile Student's with C - 1 degrees of freedom, for C clips.

    Args:
        before, after: of each pair, shape (n_pairs,).
        clips: of each pair, any labels, shape (n_pairs,).
    """
    from scipy.special import stdtrit

    change = after - before
    _, place = np.unique(clips, return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    mean = float(change.mean()) if len(change) else np.nan
    if count < 2:
        return MeanChange(mean, Interval(np.nan, np.nan), np.nan, count)
    totals = np.bincount(place, weights=change - mean)
    error = float(np.sqrt(count / (count - 1) * np.sum(totals**2))) / len(change)
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2))
    enough = float(stdtrit(count - 1, POWER))
    return MeanChange(mean, Interval(mean - half * error, mean + half * error), (half + enough) * error, count)


def detectable_share(clips: int) -> float:
    """The smallest share of all clips of which at least one is among `clips` with 80 % power.

    Verdicts that all stay leave `MeanChange` no width, however few they are.
    """
    return float(1 - (1 - POWER) ** (1 / clips)) if clips else 1.0


def towards_label(labels: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Log-odds of the labelled description over the other, mean over runs, shape (n_pairs,).

    Args:
        labels: codes, a1 or a2, shape (n_pairs,).
        margin: natural log-odds of a1 over a2, shape (runs, n_pairs).
    """
    return np.where(labels == A1, margin, -margin).mean(axis=0)


def probability_of_label(labels: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Probability of the labelled description against the other, mean over runs, shape (n_pairs,).

    Args:
        labels, margin: as for `towards_label`.
    """
    return (1 / (1 + np.exp(np.where(labels == A1, -margin, margin)))).mean(axis=0)


def rightness(labels: np.ndarray, verdicts: np.ndarray) -> np.ndarray:
    """1 for the labelled description, 0 for the other, a half for neither, mean over runs, shape (n_pairs,).

    Args:
        labels: codes, a1 or a2, shape (n_pairs,).
        verdicts: codes, shape (runs, n_pairs).
    """
    other = np.where(labels == A1, A2, A1)
    return np.select([verdicts == labels, verdicts == other], [1.0, 0.0], 0.5).mean(axis=0)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Share of runs in which the verdict changed, shape (n_pairs,); of those that have a verdict both times.

    Args:
        before, after: codes, shape (runs, n_pairs).
    """
    known = (before <= SAME) & (after <= SAME)
    with np.errstate(invalid="ignore"):
        return np.asarray(((before != after) & known).sum(axis=0) / known.sum(axis=0))
