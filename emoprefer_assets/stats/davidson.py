"""Ties apart from wins: Bradley-Terry with ties (Davidson 1970), and whether their share differs by pair of systems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.bradley_terry import PRIOR, BradleyTerry, count_wins, fit_bradley_terry

BISECTIONS = 100


@dataclass(frozen=True)
class Davidson:
    """Strengths that no share of ties moves.

    A tie has weight nu * sqrt(strength * strength) beside the two strengths. With half a win for a tie, a system whose
    opponents tie often is rated nearer to them. With one nu for all, it is so too where the shares of ties differ; with
    a nu for each two systems, as here, ties drop out of the likelihood, and the strengths are those of the battles that
    were decided.

    Attributes:
        fit: strengths and covariance; in the components that all battles connect, so that they compare with half-wins.
        p_ties_differ: p-value of the hypothesis that one nu explains every two systems' share of ties; nan where that
            cannot be tested.
    """

    fit: BradleyTerry
    p_ties_differ: float


def fit_davidson(
    first: np.ndarray,
    second: np.ndarray,
    first_wins: np.ndarray,
    battles: np.ndarray,
    ties: np.ndarray,
    clips: np.ndarray,
    systems: int,
    prior: float = PRIOR,
) -> Davidson:
    """Fit Davidson's model with a tie parameter for each two systems.

    Args:
        ties: battles tied, shape (n,), of which `first_wins` has half.
        others: as in `fit_bradley_terry`.

    Raises:
        ValueError: without a prior, some system has no finite strength.
    """
    decided, won = np.maximum(battles - ties, 0.0), np.maximum(first_wins - ties / 2, 0.0)
    fought = count_wins(first, second, battles / 2, battles, systems)
    fit = fit_bradley_terry(first, second, won, decided, clips, systems, prior, met=fought > 0)
    return Davidson(fit, p_ties_differ(fit.strength, first, second, battles, ties, clips))


def p_ties_differ(
    strength: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    battles: np.ndarray,
    ties: np.ndarray,
    clips: np.ndarray,
) -> float:
    """p-value of one tie parameter for all pairs of systems, given their `strength`.

    Pearson's X2 of ties by pair of systems, over its degrees of freedom and over the dispersion of ties between a
    pair's clips, which is below that of a binomial where orders and rounds share a battle and above it where clips
    differ: F-distributed (McCullagh and Nelder 1989, section 4.5). nan with one pair, without ties, or where no pair
    has two clips.
    """
    from scipy.special import fdtrc

    low, high = np.minimum(first, second), np.maximum(first, second)
    places, pair = np.unique(low * len(strength) + high, return_inverse=True)
    on_clip, cell = np.unique(pair * (clips.max(initial=-1) + 1) + clips, return_inverse=True)
    fought, tied = np.bincount(cell, battles), np.bincount(cell, ties)
    pair_of_cell = on_clip // (clips.max(initial=-1) + 1)
    by_pair, tied_by_pair, cells = (np.bincount(pair_of_cell, values) for values in (fought, tied, np.ones(len(tied))))
    between, within = len(places) - 1, len(tied) - len(places)
    if between < 1 or within < 1 or not 0 < ties.sum() < battles.sum():
        return float("nan")
    one, other = np.divmod(places, len(strength))
    expected = _tie_share(strength[one] - strength[other], by_pair, tied_by_pair.sum())
    variance = expected * (1 - expected)
    pearson = ((tied_by_pair - by_pair * expected) ** 2 / (by_pair * variance)).sum() / between
    spread = (tied - fought * (tied_by_pair / by_pair)[pair_of_cell]) ** 2
    several = (cells > 1)[pair_of_cell]
    scale = (cells / np.maximum(cells - 1, 1))[pair_of_cell]
    dispersion = (spread * scale)[several].sum() / (fought * variance[pair_of_cell])[several].sum()
    return float(fdtrc(between, within, pearson / dispersion)) if dispersion > 0 else float(pearson <= 0)


def _tie_share(ahead: np.ndarray, battles: np.ndarray, ties: float) -> np.ndarray:
    """The share of ties that Davidson's model with one nu expects of every pair, nu such that all are `ties`."""
    open_to = 2 * np.cosh(ahead / 2)
    low, high = -50.0, 50.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        share = 1 / (1 + open_to * np.exp(-middle))
        low, high = (low, middle) if (battles * share).sum() > ties else (middle, high)
    return share
