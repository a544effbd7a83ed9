"""How far the boards of two judges agree, and a judge with people, with intervals by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.agreement import Estimate
from emoprefer_assets.stats.rating_draws import RatingDraws
from emoprefer_assets.stats.resampling import ClipBootstrap, interval


@dataclass(frozen=True)
class BoardAgreement:
    """Rank correlation of two boards over systems that they both rank in one piece.

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

    The largest set of systems that share a piece on both boards is compared. Noise in the ratings pulls every draw's
    correlation towards zero, so an interval can lie below an estimate near one: read its low end as the least that the
    clips support.

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
    both = np.where(known, one.fit.pieces * len(known) + other.fit.pieces, -1)
    shared = np.flatnonzero(both == np.bincount(both[known]).argmax()) if known.any() else np.zeros(0, dtype=int)
    boards = [board.fit.strength[None, shared] for board in (one, other)]
    draws = [board.strength[:, shared] for board in (one, other)]
    return BoardAgreement(
        kendall=Estimate(float(kendall(*boards)[0]), interval(kendall(*draws), one.level)),
        spearman=Estimate(float(spearman(*boards)[0]), interval(spearman(*draws), one.level)),
        systems=len(shared),
    )


def agreement_with_people(verdicts: np.ndarray, human: np.ndarray, bootstrap: ClipBootstrap) -> Estimate:
    """Percent of battles on which a judge says what people say; 1, 0.5 or 0 for the first system, nan unknown.

    A tie on one side only counts as half right.

    Args:
        verdicts, human: shape (n_battles,).
        bootstrap: of the battles' clips.
    """
    both = ~np.isnan(verdicts) & ~np.isnan(human)
    right = 100 * (1 - np.abs(np.where(both, verdicts, 0) - np.where(both, human, 0)))
    value = float(right[both].mean()) if both.any() else np.nan
    return Estimate(value, interval(bootstrap.means(right, both)))


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


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
