"""Resampled leaderboards: what the clips at hand leave open about ratings, ranks and the best system.

The draws are one Newton step from the fit, with the clips' slopes resampled and the information kept (the score
bootstrap of Hu and Zidek 1995 and Kline and Santos 2012): linear in the clips, so a thousand rounds are one product of
matrices, and no resample can lose a system its last win or cut the comparison graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from emoprefer_assets.stats.bradley_terry import BradleyTerry
from emoprefer_assets.stats.comparing import EQUIVALENT_STRENGTH, Comparisons, compare_all, variances_of_differences
from emoprefer_assets.stats.resampling import LEVEL, RESAMPLES, SEED

# Rounds drawn or weighed at once: with 20,000 clips, 16 MB.
ROUNDS_AT_ONCE = 100


@dataclass(frozen=True)
class RatingDraws:
    """Strengths of systems over resampled clips; ratings and ranks compare within a component only.

    Attributes:
        fit: what was resampled.
        strength: shape (rounds, n_systems), centred within each component; nan for a system that fought on fewer than
            two clips.
        seed: of the rounds.
        level: of every interval, and one minus the family-wise error of `comparisons`.
    """

    fit: BradleyTerry
    strength: np.ndarray
    seed: int
    level: float

    @cached_property
    def comparisons(self) -> Comparisons:
        """All systems of each component against each other; ranks, ties and tiers follow from it."""
        fit = self.fit
        errors = np.sqrt(variances_of_differences(fit.covariance))
        return compare_all(
            fit.strength, self.strength, errors, fit.clips - 1, EQUIVALENT_STRENGTH, fit.components, self.level
        )

    @property
    def first_in_replicates(self) -> np.ndarray:
        """Share of the rounds in which each system is the strongest of its component, shape (n_systems,); nan where it
        fought on fewer than two clips.

        Not the probability that it is the best: the rounds spread around the fit, which favours whoever was lucky.
        The leader of six equal systems comes first in half of them.
        """
        shares = np.full(len(self.fit.strength), np.nan)
        for component in range(self.fit.components.max(initial=-1) + 1):
            members = np.flatnonzero((self.fit.components == component) & (self.fit.own_clips >= 2))
            drawn = self.strength[:, members]
            if len(members):
                shares[members] = np.bincount(drawn.argmax(axis=1), minlength=len(members)) / len(drawn)
        return shares


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
