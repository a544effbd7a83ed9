"""Resampled leaderboards: what the clips at hand leave open about ratings, ranks and the best system.

The draws are one Newton step from the fit, with the clips' slopes resampled and the information kept (the score
bootstrap of Hu and Zidek 1995 and Kline and Santos 2012): linear in the clips, so a thousand rounds are one product of
matrices, and no resample can lose a system its last win or cut the comparison graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from emoprefer_assets.stats.bradley_terry import BradleyTerry
from emoprefer_assets.stats.comparing import holm
from emoprefer_assets.stats.resampling import LEVEL, RESAMPLES, SEED

# Rounds drawn or weighed at once: with 20,000 clips, 16 MB.
ROUNDS_AT_ONCE = 100


@dataclass(frozen=True)
class RatingDraws:
    """Strengths of systems over resampled clips; ratings and ranks compare within a piece only.

    Attributes:
        fit: what was resampled.
        strength: shape (rounds, n_systems), centred within each piece; nan for a system that fought on fewer than two
            clips.
        seed: of the rounds.
        level: of every interval, and one minus the family-wise error of `told_apart`.
    """

    fit: BradleyTerry
    strength: np.ndarray
    seed: int
    level: float

    @property
    def rank_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last rank that each system's clips leave open, each shape (n_systems,).

        As many ranks are closed as there are systems told to be better, or worse, than it, all of its differences
        together at `level` by their largest studentised draw (Mogstad, Romano, Shaikh and Wilhelm 2024). The
        percentiles of the drawn ranks would be too narrow wherever systems are close.
        """
        error = self._difference_error
        better, worse = (np.zeros(len(error), dtype=int) for _ in range(2))
        for system in range(len(error)):
            others = np.flatnonzero(self._together[system] & (error[system] > 0))
            if not len(others):
                continue
            drawn = self.strength[:, [system]] - self.strength[:, others] - self._ahead[system, others]
            largest = np.abs(drawn / error[system, others]).max(axis=1)
            studentised = self._ahead[system, others] / error[system, others]
            critical = np.quantile(largest, self.level)
            better[system] = (studentised < -critical).sum()
            worse[system] = (studentised > critical).sum()
        return 1 + better, self._together.sum(axis=1) - worse

    @property
    def first_in_replicates(self) -> np.ndarray:
        """Share of the rounds in which each system is the strongest of its piece, shape (n_systems,); nan where it
        fought on fewer than two clips.

        Not the probability that it is the best: the rounds spread around the fit, which favours whoever was lucky.
        The leader of six equal systems comes first in half of them.
        """
        shares = np.full(len(self.fit.strength), np.nan)
        for piece in range(self.fit.pieces.max(initial=-1) + 1):
            members = np.flatnonzero((self.fit.pieces == piece) & (self.fit.own_clips >= 2))
            drawn = self.strength[:, members]
            if len(members):
                shares[members] = np.bincount(drawn.argmax(axis=1), minlength=len(members)) / len(drawn)
        return shares

    @property
    def told_apart(self) -> np.ndarray:
        """Which two systems of a piece differ, shape (n_systems, n_systems).

        Two-sided t-tests of every difference, clustered by clip, with Holm's correction over all pairs of the piece.
        """
        from scipy.special import stdtr

        apart = np.zeros_like(self._together)
        for piece in range(self.fit.pieces.max(initial=-1) + 1):
            members = np.flatnonzero(self.fit.pieces == piece)
            one, other = (members[side] for side in np.triu_indices(len(members), 1))
            error = self._difference_error[one, other]
            known = error > 0
            one, other = one[known], other[known]
            p = 2 * stdtr(self.fit.clips[one] - 1, -np.abs(self._ahead[one, other]) / error[known])
            apart[one, other] = apart[other, one] = holm(p) < 1 - self.level
        return apart

    @property
    def tied_with(self) -> list[np.ndarray]:
        """For each system, the others of its piece that it cannot be told from, strongest first."""
        tied = self._together & ~self.told_apart
        np.fill_diagonal(tied, False)
        order = np.argsort(-self.fit.strength, kind="stable")
        return [order[row[order]] for row in tied]

    @property
    def _together(self) -> np.ndarray:
        return self.fit.pieces[:, None] == self.fit.pieces[None, :]

    @property
    def _ahead(self) -> np.ndarray:
        return self.fit.strength[:, None] - self.fit.strength[None, :]

    @property
    def _difference_error(self) -> np.ndarray:
        variance = np.diag(self.fit.covariance)
        between = variance[:, None] + variance[None, :] - 2 * self.fit.covariance
        return np.sqrt(np.where(self._together, np.maximum(between, 0.0), np.nan))


def rating_draws(fit: BradleyTerry, rounds: int = RESAMPLES, seed: int = SEED, level: float = LEVEL) -> RatingDraws:
    """Resample the clips of `fit`, `rounds` times, and move its strengths by one step each time.

    Every round draws as many clips as there are, with replacement, the same for all systems, so differences are paired.
    Virtual battles are drawn along, each as an observation of its own (see `BradleyTerry`): an undefeated system's
    draws spread as wide as its virtual defeats allow.
    """
    dice = np.random.default_rng(seed)
    drawn, dice.bit_generator.state = _drawn(seed, len(fit.scores), rounds)
    slopes = np.empty((rounds, fit.scores.shape[1]))
    total = fit.scores.sum(axis=0)
    for start in range(0, rounds, ROUNDS_AT_ONCE):
        some = slice(start, start + ROUNDS_AT_ONCE)
        slopes[some] = drawn[some].astype(float) @ fit.scores - total
    few = np.sqrt(fit.clips / np.maximum(fit.clips - 1, 1))
    spread, directions = np.linalg.eigh(fit.virtual_meat)
    virtual = dice.normal(size=slopes.shape) * np.sqrt(np.maximum(spread, 0)) @ directions.T
    strength = fit.strength + slopes @ fit.bread * few + virtual @ fit.bread
    strength[:, fit.own_clips < 2] = np.nan
    return RatingDraws(fit, strength, seed, level)


@lru_cache(maxsize=1)
def _drawn(seed: int, clips: int, rounds: int) -> tuple[np.ndarray, Mapping[str, Any]]:
    """How often each clip is drawn in each round, shape (rounds, clips), and the state of the dice then: of one data
    set the same for every board."""
    dice = np.random.default_rng(seed)
    drawn = np.empty((rounds, clips), dtype=np.uint16)
    for start in range(0, rounds, ROUNDS_AT_ONCE):
        some = drawn[start : start + ROUNDS_AT_ONCE]
        some[:] = draw_clips(dice, clips, len(some))
    return drawn, dice.bit_generator.state


def draw_clips(dice: np.random.Generator, clips: int, rounds: int) -> np.ndarray:
    """How often each clip is drawn in each round, shape (rounds, clips)."""
    weights = np.empty((rounds, clips))
    # Round by round the counts stay in the processor's cache: several times faster than all at once, or multinomial.
    for weight in weights:
        weight[:] = np.bincount(dice.integers(0, clips, clips, dtype=np.int32), minlength=clips)
    return weights
