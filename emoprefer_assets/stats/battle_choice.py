"""Which battles to judge: first every system evenly over systems and clips, then where most can be shown to differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.bradley_terry import BradleyTerry, information, win_probability
from emoprefer_assets.stats.comparing import variances_of_differences
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.stats.resampling import LEVEL

# Before any battle, strengths are taken to spread by this much, in natural-log odds: it keeps the error of
# a difference defined for systems of different components.
PRIOR_SPREAD = 1.0


@dataclass(frozen=True)
class Battles:
    """Chosen battles in the order of choice; systems and clips by index.

    Attributes:
        clip, a1, a2: shape (n,); a1 is the system that is shown first.
    """

    clip: np.ndarray
    a1: np.ndarray
    a2: np.ndarray

    def __len__(self) -> int:
        return len(self.clip)

    def followed_by(self, more: Battles) -> Battles:
        """These battles, then `more`."""
        return Battles(*(np.concatenate([own, vars(more)[name]]) for name, own in vars(self).items()))


NO_BATTLES = Battles(*(np.zeros(0, dtype=int) for _ in range(3)))


@dataclass(frozen=True)
class ChoiceRules:
    """How battles are chosen.

    Attributes:
        budget: battles of each system before the adaptive rounds.
        round_size: battles of an adaptive round.
        floor: share of an adaptive round drawn evenly, whatever the ratings say.
        settled: the rounds end when all systems differ significantly at this confidence.
        seed: of clips, opponents and sides.
    """

    budget: int = 100
    round_size: int = 100
    floor: float = 0.1
    settled: float = 0.95
    seed: int = 0


def even_battles(
    described: np.ndarray,
    chosen: Battles = NO_BATTLES,
    rules: ChoiceRules = ChoiceRules(),
    systems: Sequence[int] | None = None,
) -> Battles:
    """The battles that are missing until every system has its budget, or nothing is left to judge.

    A system's battles are spread over the opponents that it met least and over the clips that the two were judged on
    least. Chosen battles stay; a new system costs its own.

    Args:
        described: which system described which clip, shape (n_systems, n_clips).
        chosen: before, in the same indices.
        systems: who gets the budget; all, if None.
    """
    board = _Board(described, chosen, np.random.default_rng([rules.seed, len(chosen)]))
    for system in board.dice.permutation(len(described) if systems is None else systems):
        board.give(system, rules.budget - board.met[system].sum())
    return board.new()


def full_round_robin(described: np.ndarray, chosen: Battles = NO_BATTLES) -> Battles:
    """Every two systems on every clip that both described and that they were not judged on."""
    board = _Board(described, chosen, np.random.default_rng([0, len(chosen)]))
    for one, other in np.stack(np.triu_indices(len(described), 1), axis=1).tolist():
        board.fight(one, other, described.shape[1])
    return board.new()


def adaptive_battles(described: np.ndarray, chosen: Battles, fit: BradleyTerry, rules: ChoiceRules) -> Battles:
    """One more round: none when nothing is left to judge, or all systems differ significantly.

    Each battle goes to the two systems with which the expected number of significant differences rises most: an
    A-optimal design, one battle at a time (Atkinson, Donev and Tobias 2007), weighted by what two systems have to gain.
    They differ significantly with the chance Phi(z - c), z their difference in standard errors and c what a board asks
    for, and gain most where z is near c. Two systems that seem equal get few battles, which would show nothing anyway.
    After each battle the covariance is what it would be with it.

    At the same number of battles, 2 to 6 percent more differences are significant than after even choice, and no more
    of equal systems (benchmarks/battle_choice.py).

    Args:
        fit: to the verdicts on `chosen`.
        others: as in `even_battles`.
    """
    from scipy.special import ndtri

    systems = len(described)
    board = _Board(described, chosen, np.random.default_rng([rules.seed, len(chosen)]))
    apart = fit.components[:, None] != fit.components[None, :]
    different = rating_draws(fit).comparisons.p_value <= 1 - rules.settled
    unresolved = ~different & (board.open | ~apart) & ~np.eye(systems, dtype=bool)
    if not unresolved.any():
        return NO_BATTLES
    for _ in range(round(rules.floor * rules.round_size)):
        board.fight_evenly()
    probability = win_probability(fit.strength)
    known = information(fit.wins + fit.wins.T + fit.virtual, probability)
    covariance = np.linalg.inv(known / _design_effect(fit) + np.eye(systems) / PRIOR_SPREAD**2)
    gain = np.where(apart, 0.25, probability * (1 - probability)) / _design_effect(fit)
    ahead = np.abs(fit.strength[:, None] - fit.strength[None, :])
    # Bonferroni's quantile is close to what the boards' max-t procedure asks for.
    critical = -ndtri((1 - LEVEL) / (systems * (systems - 1)))
    while len(board.places) < rules.round_size and board.open.any():
        variance = np.maximum(variances_of_differences(covariance), 1e-12)
        # Levels of different components say nothing of each other: their systems may soon differ significantly.
        size = np.where(apart, critical, ahead / np.sqrt(variance))
        weight = unresolved * size * np.exp(-((size - critical) ** 2) / 2) / variance
        lowered = variances_of_differences(covariance @ (np.diag(weight.sum(axis=1)) - weight) @ covariance)
        worth = np.where(board.open, lowered / (1 / gain + variance), 0.0)
        one, other = map(int, np.unravel_index(worth.argmax(), worth.shape))
        if worth[one, other] <= 0:
            board.fight_evenly()
            continue
        board.fight(one, other, 1)
        across = covariance[:, one] - covariance[:, other]
        covariance -= np.outer(across, across) / (1 / gain[one, other] + across[one] - across[other])
    return board.new()


def _design_effect(fit: BradleyTerry) -> float:
    """How many times wider clips make the variances; at least 1."""
    usable = fit.own_clips > 1
    naive = np.diag(fit.bread)[usable].sum()
    return max(float(np.diag(fit.covariance)[usable].sum() / naive), 1.0) if naive > 0 else 1.0


class _Board:
    """Battles while they are chosen."""

    def __init__(self, described: np.ndarray, chosen: Battles, dice: np.random.Generator) -> None:
        systems, clips = described.shape
        self.described, self.dice = described, dice
        self.fought: dict[tuple[int, int], list[int]] = {}
        for clip, one, other in zip(chosen.clip, *np.sort([chosen.a1, chosen.a2], axis=0), strict=True):
            self.fought.setdefault((one, other), []).append(clip)
        self.used = np.zeros((systems, clips), dtype=np.int32)
        # How often the row's system was shown first against the column's.
        self.shown_first = np.zeros((systems, systems), dtype=int)
        np.add.at(self.shown_first, (chosen.a1, chosen.a2), 1)
        self.met = self.shown_first + self.shown_first.T
        for side in (chosen.a1, chosen.a2):
            np.add.at(self.used, (side, chosen.clip), 1)
        both = described.astype(np.float32) @ described.T.astype(np.float32)
        self.left = both.astype(int) - self.met
        np.fill_diagonal(self.left, 0)
        self.places: list[tuple[int, int, int]] = []

    @property
    def open(self) -> np.ndarray:
        """Which two systems have a clip left, shape (n_systems, n_systems)."""
        return self.left > 0

    def new(self) -> Battles:
        return Battles(*np.array(self.places, dtype=int).reshape(-1, 3).T)

    def give(self, system: int, count: int) -> None:
        """Up to `count` battles for a system, to the opponents it met least."""
        wanted = np.zeros(len(self.met), dtype=int)
        for _ in range(count):
            room = wanted < self.left[system]
            if not room.any():
                break
            level = np.where(room, self.met[system] + wanted, np.iinfo(int).max)
            wanted[self.dice.choice(np.flatnonzero(level == level.min()))] += 1
        for opponent in np.flatnonzero(wanted).tolist():
            self.fight(system, opponent, int(wanted[opponent]))

    def fight_evenly(self) -> None:
        """One battle of two systems drawn from those that met least."""
        if self.open.any():
            level = np.where(self.open, self.met, np.iinfo(int).max)
            one, other = self.dice.choice(np.argwhere(level == level.min())).tolist()
            self.fight(one, other, 1)

    def fight(self, one: int, other: int, count: int) -> None:
        """Battles of two systems on up to `count` clips, those that the two were judged on least, ties by lot."""
        one, other = min(one, other), max(one, other)
        free = self.described[one] & self.described[other]
        before = self.fought.setdefault((one, other), [])
        free[before] = False
        clips = np.flatnonzero(free)
        count = min(count, len(clips))
        if not count:
            return
        order = self.used[one, clips] + self.used[other, clips] + self.dice.random(len(clips))
        clips = clips[np.argpartition(order, count - 1)[:count]]
        for clip, first in zip(clips.tolist(), self._sides(one, other, count), strict=True):
            shown = (one, other) if first else (other, one)
            self.shown_first[shown] += 1
            self.places.append((clip, *shown))
        before.extend(clips.tolist())
        self.used[one, clips] += 1
        self.used[other, clips] += 1
        self.met[[one, other], [other, one]] += count
        self.left[[one, other], [other, one]] -= count

    def _sides(self, one: int, other: int, count: int) -> np.ndarray:
        """Whether `one` is shown first, as balanced as can be over all battles of the two, by lot."""
        total = self.met[one, other] + count
        half = total // 2 + (total % 2 and self.dice.integers(2))
        first = np.clip(half - self.shown_first[one, other], 0, count)
        return self.dice.permutation(np.arange(count) < first)
