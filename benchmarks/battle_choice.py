"""How many verdicts put systems in order: few clips exhausted, even over clips, and adaptive rounds.

Run: python -m benchmarks.battle_choice [--systems N] [--clips N] [--repeats N] [--target TAU]

Systems' strengths are drawn from a normal distribution, and each clip makes each system better or worse. Measured is
Kendall's tau of the fitted order with the true one, averaged over repeats, as verdicts come in; printed is the number
of verdicts from which that curve stays at the target, interpolated between rounds; nan where it does not get there.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import kendalltau

from emoprefer_assets.stats import (
    Battles,
    ChoiceRules,
    adaptive_battles,
    even_battles,
    fit_bradley_terry,
    full_round_robin,
)

CLIP_EFFECT = 1.0


class Truth:
    """Strengths, clip effects and the verdict of every possible battle."""

    def __init__(self, systems: int, clips: int, spread: float, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self.strength = dice.normal(0, spread, systems)
        self.shown = self.strength[:, None] + dice.normal(0, CLIP_EFFECT, (systems, clips))
        self.luck = dice.random((systems, systems, clips))

    def fit(self, battles: Battles):
        one, other = np.sort([battles.a1, battles.a2], axis=0)
        chance = 1 / (1 + np.exp(self.shown[other, battles.clip] - self.shown[one, battles.clip]))
        wins = (self.luck[one, other, battles.clip] < chance).astype(float)
        return fit_bradley_terry(one, other, wins, np.ones(len(wins)), battles.clip, len(self.strength))

    def tau(self, battles: Battles) -> float:
        return float(kendalltau(self.fit(battles).strength, self.strength).statistic)


def part(battles: Battles, places: np.ndarray) -> Battles:
    return Battles(*(column[places] for column in vars(battles).values()))


def curves(systems: int, clips: int, spread: float, seed: int, checkpoints: np.ndarray, step: int) -> dict[str, list]:
    """Tau of each way at each number of verdicts."""
    truth = Truth(systems, clips, spread, seed)
    described = np.ones((systems, clips), dtype=bool)
    whole = full_round_robin(described, seed=seed)
    exhausted = np.argsort(whole.clip, kind="stable")
    found = {"few clips exhausted": [truth.tau(part(whole, exhausted[:count])) for count in checkpoints]}
    shuffled = np.random.default_rng(seed).permutation(len(whole))
    found["random"] = [truth.tau(part(whole, shuffled[:count])) for count in checkpoints]
    even = [even_battles(described, rules=ChoiceRules(-(-2 * count // systems), seed=seed)) for count in checkpoints]
    found["even"] = [truth.tau(battles) for battles in even]
    rules = ChoiceRules(budget=2 * step // systems, round_size=step, settled=1.1, seed=seed)
    chosen, taus, sizes = even_battles(described, rules=rules), [], []
    while len(chosen) <= checkpoints[-1]:
        taus.append(truth.tau(chosen))
        sizes.append(len(chosen))
        chosen = chosen.followed_by(adaptive_battles(described, chosen, truth.fit(chosen), rules))
    found["adaptive after even"] = list(np.interp(checkpoints, sizes, taus))
    return found


def needed(checkpoints: np.ndarray, tau: np.ndarray, target: float) -> float:
    """Verdicts from which `tau` stays at the target; nan where it does not get there."""
    below = np.flatnonzero(tau < target)
    if not len(below):
        return float(checkpoints[0])
    last = below[-1]
    if last + 1 == len(tau):
        return float("nan")
    rise = (target - tau[last]) / (tau[last + 1] - tau[last])
    return float(checkpoints[last] + rise * (checkpoints[last + 1] - checkpoints[last]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--systems", type=int, default=20)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--target", type=float, default=0.95)
    chosen = parser.parse_args()
    print(f"{chosen.systems} systems, {chosen.clips} clips, clip effect {CLIP_EFFECT}, {chosen.repeats} repeats")
    print(f"round robin {chosen.systems * (chosen.systems - 1) // 2 * chosen.clips}; verdicts for tau {chosen.target}:")
    for spread, last in ((2.0, 6000), (1.0, 15_000)):
        step = 190 if last < 10_000 else 380
        checkpoints = np.arange(step, last + 1, step)
        runs = [curves(chosen.systems, chosen.clips, spread, seed, checkpoints, step) for seed in range(chosen.repeats)]
        counts = {
            way: needed(checkpoints, np.mean([run[way] for run in runs], axis=0), chosen.target) for way in runs[0]
        }
        print(f"  strengths spread by {spread}")
        for way, count in counts.items():
            print(f"    {way:22} {count:8.0f}, {count / counts['adaptive after even']:5.2f} times adaptive")


if __name__ == "__main__":
    main()
