"""A board from many judged and few human battles: prediction-powered inference for Bradley-Terry.

The judge's verdicts on all battles, plus a rectifier: how people's verdicts differ from the judge's where both are
known (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023). How far the judge is leaned on is tuned to the least
variance (PPI++, Angelopoulos, Duchi and Zrnic 2023) at which no rating's interval is wider than by people alone: a bad
judge costs nothing, and a good one narrows the intervals. Which battles people judged need be random only between each
two systems: every two have a rectifier of their own, whose weights are the inverse of the share of their battles that
people judged (Horvitz and Thompson 1952).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.bradley_terry import (
    PRIOR,
    BradleyTerry,
    clip_scores,
    clips_fought,
    clustered,
    connected_components,
    count_wins,
    maximise,
    virtual_battles,
    win_probability,
)

# By how much less the judge is leaned on where a rating is still wider, and from where on not at all.
LESS = 0.8
LEAST_POWER = 0.01
# Of a variance: what the judge says nothing about differs by as much.
ROUNDING = 1e-9


@dataclass(frozen=True)
class PredictionPowered:
    """Strengths by people's verdicts, with a judge's help.

    Attributes:
        fit: in units of human battles; unbiased whatever the judge says, as long as the labelled battles of every two
            systems are a random part of theirs. `rating_draws` resamples it.
        power: 0 leans on people alone, 1 takes the judge at its word but for the rectifier.
        human: people's battles alone.
        labelled: battles with both verdicts.
        battles: with the judge's, between two systems that people compared.
        p_random: p-value of the hypothesis that the judge says the same of the labelled battles of every two systems
            as of all; nan where people judged all or none.
        row_wins, row_battles: what each row weighs in `fit`, people's and judge's part together, shape (n,).
    """

    fit: BradleyTerry
    power: float
    human: BradleyTerry
    labelled: int
    battles: int
    p_random: float
    row_wins: np.ndarray
    row_battles: np.ndarray

    @property
    def effective_labelled(self) -> float:
        """How many battles people alone would have to judge for strengths of the same mean variance.

        Variances fall with the number of battles, so it is `labelled` times the ratio of both sums of variances, over
        systems that have any.
        """
        alone, together = (np.diagonal(fit.covariance) for fit in (self.human, self.fit))
        known = (together > 0) & np.isfinite(alone)
        return float(self.labelled * alone[known].sum() / together[known].sum()) if known.any() else float("nan")


def combine_with_people(
    first: np.ndarray,
    second: np.ndarray,
    judge_wins: np.ndarray,
    human_wins: np.ndarray,
    clips: np.ndarray,
    systems: int,
    prior: float = PRIOR,
    power: float | None = None,
    strata: np.ndarray | None = None,
) -> PredictionPowered:
    """Fit a row a battle.

    Battles between two systems that people never compared are left out: nothing there rectifies the judge.

    Args:
        first, second: systems, shape (n,).
        judge_wins: from 0 to 1, the judge's verdict for `first`, shape (n,).
        human_wins: people's, or the share of their votes; nan where they did not vote, shape (n,).
        clips: index of the clip from 0, shape (n,).
        systems: number of systems.
        prior: as in `fit_bradley_terry`, in human battles.
        power: fixes it, between 0 and 1, whatever it does to the intervals; tuned when None.
        strata: from 0, where people judged a random part of each stratum of every two systems' battles and not of all
            of these, shape (n,).

    Raises:
        ValueError: nobody voted, or there are no strengths at a fixed power.
    """
    labelled = ~np.isnan(human_wins)
    if not labelled.any():
        raise ValueError("no battle has people's verdict: nothing rectifies the judge. Show the judge's board alone.")
    ones = np.ones(len(first))
    human_wins = np.where(labelled, human_wins, 0.0)
    of_people = (first, second, human_wins, labelled.astype(float), clips)
    wins = count_wins(*of_people[:4], systems)
    met = (wins + wins.T) > 0
    components, virtual = connected_components(met), virtual_battles(met, prior)
    strata = np.zeros(len(first), dtype=int) if strata is None else strata
    between = np.minimum(first, second) * systems + np.maximum(first, second)
    _, pair = np.unique(between * (strata.max(initial=0) + 1) + strata, return_inverse=True)
    share = (np.bincount(pair, labelled) / np.bincount(pair))[pair]
    # A battle's weight in the judge's part: all of them shrunk to the human scale, less the labelled ones.
    weight = share - labelled
    of_judge = (first, second, weight * judge_wins, weight * ones, clips)
    judged = count_wins(*of_judge[:4], systems)
    fought = clips_fought(first[labelled], second[labelled], clips[labelled], systems)

    def fit_at(power: float) -> BradleyTerry:
        combined = wins + power * judged
        strength = maximise(combined + virtual / 2, components)
        probability = win_probability(strength)
        scores = clip_scores(probability, *of_people) + power * clip_scores(probability, *of_judge)
        return clustered(strength, combined, virtual, components, fought, scores)

    human = fit_at(0.0)
    if power is not None:
        fit = fit_at(power)
    else:
        power = _best_power(human, *(clip_scores(human.win_probability, *rows) for rows in (of_people, of_judge)))
        power, fit = _no_wider(human, fit_at, power)
    rows = human_wins + power * weight * judge_wins, labelled + power * weight
    flipped = np.where(first < second, judge_wins, 1 - judge_wins)
    p_random = _p_random(flipped - (np.bincount(pair, flipped) / np.bincount(pair))[pair], weight, clips)
    return PredictionPowered(fit, power, human, int(labelled.sum()), int((share > 0).sum()), p_random, *rows)


def _p_random(judged: np.ndarray, weight: np.ndarray, clips: np.ndarray) -> float:
    """Whether what the judge says beyond its mean of the two systems goes with being labelled; by clip, Student's t."""
    from scipy.special import stdtr

    by_clip = np.bincount(clips, weight * judged)
    error, degrees = np.sqrt((by_clip**2).sum()), len(np.unique(clips[weight != 0])) - 1
    return float(2 * stdtr(degrees, -abs(by_clip.sum()) / error)) if error > 0 and degrees > 0 else float("nan")


def _best_power(human: BradleyTerry, people: np.ndarray, judge: np.ndarray) -> float:
    """The least summed variance of the strengths, which is a parabola in the power."""
    people, judge = (people - people.mean(axis=0)) @ human.bread, (judge - judge.mean(axis=0)) @ human.bread
    curvature = (judge**2).sum()
    return float(np.clip(-(people * judge).sum() / curvature, 0.0, 1.0)) if curvature > 0 else 0.0


def _no_wider(human: BradleyTerry, fit_at: Callable[[float], BradleyTerry], power: float) -> tuple[float, BradleyTerry]:
    """The largest power, from `power` down, at which no rating has more variance than by people alone, and its fit."""
    while power >= LEAST_POWER:
        # With few labels the rectified wins of a system can be below zero: then there are no strengths.
        with suppress(ValueError):
            fit = fit_at(power)
            if not (np.diagonal(fit.covariance) > (1 + ROUNDING) * np.diagonal(human.covariance)).any():
                return power, fit
        power *= LESS
    return 0.0, human
