"""How many pairs of systems a board tells apart, after even and after adaptive choice of the same number of battles.

Run: python -m benchmarks.battle_choice [--repeats N] [--spread S]

Systems' strengths are drawn from a normal distribution, and each of 500 clips makes each system better or worse. All
ways judge the same battles alike. "3 rounds" is even choice, then the three adaptive rounds that are the default;
"second half" is even choice of half the battles, then as many adaptive rounds as it takes. Both draw a fifth of each
round evenly, as is the default. The board is the one that is reported: pairs of systems count where they differ
significantly, all together at 95 percent; the width of a rank interval counts the ranks left open. Printed are means
with 95 percent intervals over repeats; the gain is over even choice in the same repeat. "Boards wrong" is the share of
boards that tell a pair apart in the wrong order, or, with --spread 0, that tell any pair apart: 5 percent at most.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.settings import BattleSettings
from emoprefer_assets.stats.battle_choice import Battles, ChoiceRules, adaptive_battles, even_battles
from emoprefer_assets.stats.bradley_terry import BradleyTerry, fit_bradley_terry
from emoprefer_assets.stats.rating_draws import rating_draws

CLIPS = 500
# Systems, and battles of each: about 502, 850 and 2,020 in all.
SIZES = ((8, 125), (12, 141), (20, 200))
ROUND = ChoiceRules.round_size
ROUNDS = BattleSettings.model_fields["rounds"].default
FLOOR = BattleSettings.model_fields["random_share"].default


class Truth:
    """Strengths, clip effects and the verdict of every possible battle."""

    def __init__(self, systems: int, spread: float, clip_effect: float, seed: int) -> None:
        dice = np.random.default_rng(seed)
        self.strength = dice.normal(0, spread, systems)
        self.shown = self.strength[:, None] + dice.normal(0, clip_effect, (systems, CLIPS))
        self.luck = dice.random((systems, systems, CLIPS))

    def fit(self, battles: Battles) -> BradleyTerry:
        one, other = np.sort([battles.a1, battles.a2], axis=0)
        chance = 1 / (1 + np.exp(self.shown[other, battles.clip] - self.shown[one, battles.clip]))
        wins = (self.luck[one, other, battles.clip] < chance).astype(float)
        return fit_bradley_terry(
            one, other, wins, np.ones(len(wins)), battles.clip, len(self.strength), all_clips=CLIPS
        )


@dataclass(frozen=True)
class Reported:
    """What a board says: significant differences, whether any is in the wrong order, mean width of rank intervals."""

    told_apart: int
    wrong: bool
    rank_width: float

    @classmethod
    def by(cls, truth: Truth, battles: Battles) -> Reported:
        found = rating_draws(truth.fit(battles)).comparisons
        apart = np.triu(found.significant, 1)
        wrong = apart & (found.difference * (truth.strength[:, None] - truth.strength[None, :]) <= 0)
        first, last = found.rank_interval
        return cls(int(apart.sum()), bool(wrong.any()), float((last - first + 1).mean()))


def adaptive(truth: Truth, described: np.ndarray, start: int, total: int, seed: int) -> Battles:
    """`total` battles: even choice of about `start`, then adaptive rounds."""
    chosen = even_battles(described, rules=ChoiceRules(budget=2 * start // len(described), seed=seed))
    while len(chosen) < total:
        size = min(ROUND, total - len(chosen))
        # Rounds that never end by themselves, so that all ways have as many battles.
        rules = ChoiceRules(round_size=size, floor=FLOOR, settled=1.0, seed=seed)
        chosen = chosen.followed_by(adaptive_battles(described, chosen, truth.fit(chosen), rules))
    return chosen


def compare(systems: int, budget: int, spread: float, clip_effect: float, seed: int) -> tuple[int, dict[str, Reported]]:
    """The number of battles, and what is reported after each way to choose them."""
    truth = Truth(systems, spread, clip_effect, seed)
    described = np.ones((systems, CLIPS), dtype=bool)
    even = even_battles(described, rules=ChoiceRules(budget=budget, seed=seed))
    total = len(even)
    ways = {
        "even": even,
        f"{ROUNDS} rounds": adaptive(truth, described, total - ROUNDS * ROUND, total, seed),
        "second half": adaptive(truth, described, total // 2, total, seed),
    }
    return total, {way: Reported.by(truth, battles) for way, battles in ways.items()}


def mean(values: np.ndarray) -> str:
    """The mean with its 95 percent interval."""
    middle, half = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return f"{middle:.2f} [{middle - half:.2f}, {middle + half:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--spread", type=float, default=1.0, help="standard deviation of the strengths, in log odds")
    parser.add_argument("--clip-effect", type=float, default=1.0, help="of each clip on each system, likewise")
    asked = parser.parse_args()
    print(f"{asked.repeats} repeats, strengths spread by {asked.spread}, clip effects by {asked.clip_effect}")
    line = "{:>7} {:>7}  {:11}  {:>23} {:>4}  {:>20}  {:>22}  {:>12}"
    print(
        line.format(
            "systems", "battles", "choice", "significant", "of", "gain", "width of rank interval", "boards wrong"
        )
    )
    for systems, budget in SIZES:
        runs = [compare(systems, budget, asked.spread, asked.clip_effect, seed) for seed in range(asked.repeats)]
        total = np.mean([total for total, _ in runs])
        even = np.array([reports["even"].told_apart for _, reports in runs])
        for way in runs[0][1]:
            reports = [reports[way] for _, reports in runs]
            apart = np.array([report.told_apart for report in reports])
            width = np.array([report.rank_width for report in reports])
            wrong = np.mean([report.wrong for report in reports])
            gain = "" if way == "even" else mean(apart - even)
            pairs = systems * (systems - 1) // 2
            row = (systems, f"{total:.0f}", way, mean(apart), pairs, gain, mean(width), f"{wrong:.3f}")
            print(line.format(*row), flush=True)


if __name__ == "__main__":
    main()
