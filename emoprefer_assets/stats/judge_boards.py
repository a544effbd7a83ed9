"""How far the boards of two judges agree, and a judge with people, with intervals by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.rating_draws import RatingDraws
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, Interval, interval


@dataclass(frozen=True)
class BoardAgreement:
    """Rank correlation of two boards over systems that they both rank in one component.

    Attributes:
        kendall: tau-b (Kendall 1945); the interval over clips, drawn alike for both boards.
        spearman: rho.
        systems: how many are compared.
    """

    kendall: Estimate
    spearman: Estimate
    systems: int


def compare_boards(one: RatingDraws, other: RatingDraws) -> BoardAgreement:
    """Compare two judges' boards of the same systems and clips, system by system and clip by clip.

    The largest set of systems that share a component on both boards is compared. Resampling adds the noise of the
    ratings a second time and pulls every draw's correlation towards zero, so the draws are moved to have their median
    at the estimate: their spread is what the clips leave open.

    Raises:
        ValueError: the boards' draws are not of the same clips and seed.
    """
    if (
        one.strength.shape != other.strength.shape
        or one.seed != other.seed
        or len(one.fit.scores) != len(other.fit.scores)
    ):
        raise ValueError("the two boards were not resampled alike. Draw both with one seed over the same clips.")
    known = ~(np.isnan(one.strength).any(axis=0) | np.isnan(other.strength).any(axis=0))
    both = np.where(known, one.fit.components * len(known) + other.fit.components, -1)
    shared = np.flatnonzero(both == np.bincount(both[known]).argmax()) if known.any() else np.zeros(0, dtype=int)
    boards = [board.fit.strength[None, shared] for board in (one, other)]
    draws = [board.strength[:, shared] for board in (one, other)]
    return BoardAgreement(
        kendall=_centred(float(kendall(*boards)[0]), kendall(*draws), one.level),
        spearman=_centred(float(spearman(*boards)[0]), spearman(*draws), one.level),
        systems=len(shared),
    )


@dataclass(frozen=True)
class VerdictAgreement:
    """How far the verdicts of two sources on the same battles agree.

    Attributes:
        same: percent of battles with the same winner; a tie on one side only counts half.
        kappa: the same beyond chance, with linear weights over first, tie and second (Cohen 1968): 0 for who lets the
            first system win as often as it does, whatever the clip.
    """

    same: Estimate
    kappa: Estimate


def agreement_with_people(verdicts: np.ndarray, human: np.ndarray, bootstrap: ClipBootstrap) -> VerdictAgreement:
    """Compare a judge's verdicts with people's: 1, 0.5 or 0 for the first system, shares of both allowed, nan unknown.

    For kappa, which takes each verdict as one of three, a share above a half is the first system's, below the second's.

    Args:
        verdicts, human: shape (n_battles,). Whichever system is named first should be so by one rule, as the one with
            the higher rating: chance depends on it.
        bootstrap: of the battles' clips.
    """
    both = ~np.isnan(verdicts) & ~np.isnan(human)
    said, voted = (np.where(both, values, 0.0) for values in (verdicts, human))
    right = 100 * (1 - np.abs(said - voted))
    value = float(right[both].mean()) if both.any() else np.nan
    classes = [(1 + np.sign(values - 0.5)).astype(int) for values in (said, voted)]
    cells = np.zeros((len(said), 9))
    cells[np.flatnonzero(both), (3 * classes[0] + classes[1])[both]] = 1
    kappa = Estimate(float(_weighted_kappa(cells.sum(axis=0))), interval(_weighted_kappa(bootstrap.sums(cells))))
    return VerdictAgreement(Estimate(value, interval(bootstrap.means(right, both))), kappa)


def kendall(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Tau-b between the rows of `one` and of `other`, both shape (rows, n); shape (rows,), nan where all are equal."""
    upper, lower = np.triu_indices(one.shape[1], 1)
    signs = [np.sign(values[:, upper] - values[:, lower]) for values in (one, other)]
    scale = np.sqrt((signs[0] ** 2).sum(axis=1) * (signs[1] ** 2).sum(axis=1))
    return _ratio((signs[0] * signs[1]).sum(axis=1), scale)


def spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Rho between the rows of `one` and of `other`, both shape (rows, n); shape (rows,), nan where all are equal."""
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=1) - (values.shape[1] + 1) / 2 for values in (one, other)]
    scale = np.sqrt((ranks[0] ** 2).sum(axis=1) * (ranks[1] ** 2).sum(axis=1))
    return _ratio((ranks[0] * ranks[1]).sum(axis=1), scale)


def _centred(value: float, draws: np.ndarray, level: float) -> Estimate:
    """A correlation with the draws' interval moved to it, cut off at -1 and 1."""
    found, middle = interval(draws, level), np.nanmedian(draws) if not np.isnan(draws).all() else np.nan
    low, high = (float(np.clip(value + end - middle, -1, 1)) for end in (found.low, found.high))
    return Estimate(value, Interval(low, high))


def _weighted_kappa(counts: np.ndarray) -> np.ndarray:
    """Of counts of two sources' three classes, shape (..., 9); nan where chance alone would agree throughout."""
    table = counts.reshape(*counts.shape[:-1], 3, 3)
    weights = 1 - np.abs(np.subtract.outer(np.arange(3), np.arange(3))) / 2
    total = table.sum(axis=(-2, -1))
    observed = (weights * table).sum(axis=(-2, -1)) * total
    chance = np.einsum("...i,ij,...j->...", table.sum(axis=-1), weights, table.sum(axis=-2))
    return _ratio(np.atleast_1d(observed - chance), np.atleast_1d(total**2 - chance)).reshape(total.shape)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
