"""What the crowd's held-out score claims, on data with known truth and on verdicts of real judges (S1, S1b)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets._audit import Audit, waf, waf_samples
from emoprefer_assets.stats.crowds import (
    Candidates,
    Rule,
    Voters,
    best_judge,
    calibrated_panel,
    held_out,
    log_odds_vote,
    top_k_majority,
)
from emoprefer_assets.stats.labels import A1, A2, codes
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.stats.selection import Split, clip_splits, stratum_splits

COINS = (0.5,) * 12
SEVEN = (0.55, 0.583, 0.617, 0.65, 0.683, 0.717, 0.75)


@dataclass(frozen=True)
class Answered:
    """Judges' verdicts under each of their strategies, in both orders: shape (n_judges * n_strategies, 2, n_pairs)."""

    labels: np.ndarray
    ballots: np.ndarray
    judges: np.ndarray

    @classmethod
    def drawn(cls, dice: np.random.Generator, skill: tuple[float, ...], strategies: int, pairs: int) -> Answered:
        labels = dice.integers(A1, A2 + 1, pairs)
        right = dice.random((len(skill) * strategies, 2, pairs)) < np.repeat(skill, strategies)[:, None, None]
        return cls(labels, np.where(right, labels, 1 - labels), np.repeat(np.arange(len(skill)), strategies))

    @property
    def voters(self) -> Voters:
        margins = np.where(self.ballots == A1, 1.0, np.where(self.ballots == A2, -1.0, 0.0)).mean(axis=1)
        return Voters(self.ballots, margins, np.zeros(len(margins), dtype=bool))

    @property
    def candidates(self) -> Candidates:
        return Candidates(self.judges, list(self.ballots[:, :1]))

    def held_out(self, rule: Rule, splits: list[Split]) -> np.ndarray:
        return held_out(rule, self.voters, self.labels, self.candidates.folds(self.labels, splits))

    def on_fresh_pairs(self, rule: Rule, skill: tuple[float, ...], dice: np.random.Generator) -> float:
        """WAF of the rule, fitted on all of these pairs, on 4,000 others."""
        strategies = len(self.judges) // len(skill)
        fresh = Answered.drawn(dice, skill, strategies, 4000)
        known = np.arange(len(self.labels) + 4000) < len(self.labels)
        both = Answered(
            np.append(self.labels, fresh.labels), np.concatenate([self.ballots, fresh.ballots], axis=2), self.judges
        )
        (fold,) = both.candidates.folds(both.labels, [Split(~known, known)])
        return waf(fresh.labels, rule(both.voters.of(fold.ranked), both.labels, known)[None, ~known])


def balanced_low(dice: np.random.Generator, answered: Answered) -> float:
    """Lower end of the held-out crowd's balanced score; a shortcut is right on 80 % of the pairs."""
    labels = answered.labels
    shortcut = np.where(dice.random(len(labels)) < 0.8, labels, 1 - labels)
    clips = np.arange(len(labels))
    rules = {"shortcut": shortcut}
    audit = Audit(
        pairs=pd.DataFrame({"clip_id": clips}),
        judged=[],
        labels=labels,
        bootstrap=clip_bootstrap(clips),
        rules=rules,
        shortcut="shortcut",
        best_baseline="shortcut",
        best_baseline_waf=waf_samples(labels, shortcut[None], clip_bootstrap(clips)),
    )
    return float(audit.balance(answered.held_out(log_odds_vote, clip_splits(clips))[None])["balanced_low"])


def share_above_chance(data_sets: int) -> float:
    lows = []
    for seed in range(data_sets):
        dice = np.random.default_rng(seed)
        lows.append(balanced_low(dice, Answered.drawn(dice, COINS, 4, 200)))
    return float(np.mean(np.array(lows) > 50))


def test_twelve_coins_are_no_crowd():
    # At 5 %, more than 8 of 60 come in one run of a hundred.
    assert share_above_chance(60) <= 8 / 60


@pytest.mark.slow
def test_twelve_coins_are_no_crowd_in_many_data_sets():
    assert share_above_chance(1000) <= 0.05


def bias(skill: tuple[float, ...], strategies: int, pairs: int, data_sets: int) -> tuple[float, float]:
    """Reported less true WAF of the crowd, mean over data sets, and its standard error."""
    differences = []
    for seed in range(data_sets):
        dice = np.random.default_rng(seed)
        answered = Answered.drawn(dice, skill, strategies, pairs)
        reported = waf(answered.labels, answered.held_out(log_odds_vote, clip_splits(np.arange(pairs)))[None])
        differences.append(reported - answered.on_fresh_pairs(log_odds_vote, skill, dice))
    return float(np.mean(differences)), float(np.std(differences) / np.sqrt(data_sets))


@pytest.mark.parametrize(("skill", "strategies"), [(COINS, 4), (SEVEN, 1)])
def test_the_reported_score_is_the_true_one(skill, strategies):
    found, error = bias(skill, strategies, 200, 40)
    assert abs(found) < 0.5 + 2.5 * error


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [132, 200, 563])
@pytest.mark.parametrize(("skill", "strategies"), [(COINS, 4), (SEVEN, 1), (SEVEN, 4)])
def test_the_reported_score_is_the_true_one_to_half_a_point(skill, strategies, pairs):
    found, error = bias(skill, strategies, pairs, 600)
    assert error < 0.25
    assert abs(found) < 0.5


@pytest.fixture(scope="module")
def llmbar() -> tuple[Answered, np.ndarray]:
    """65 real judges on 419 pairs, both orders, and the subset of each pair."""
    from tests.conftest import REAL_VERDICTS

    folder = REAL_VERDICTS / "llmbar"
    if not Path(folder).is_dir():
        pytest.skip("verdicts of real judges are not here; set EMOPREFER_REAL_DATA to the folder beside them")
    pairs = pd.read_csv(folder / "pairs.csv")
    verdicts = pd.read_csv(folder / "verdicts.csv").set_index(["swapped", "pair"]).fillna("unparsed")
    ballots = np.stack(
        [
            codes(verdicts.loc[order].loc[pairs["pair"]].T.to_numpy().ravel()).reshape(-1, len(pairs))
            for order in (0, 1)
        ],
        axis=1,
    )
    return Answered(codes(pairs["label"]), ballots, np.arange(len(ballots))), pairs["subset"].to_numpy()


def best_three(voters: Voters, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    return top_k_majority(voters.ballots[:3])[-1]


def accuracy(answered: Answered, said: np.ndarray) -> float:
    return 100 * float(np.mean(said == answered.labels))


def test_a_panel_of_real_judges_is_as_good_as_their_best_three(llmbar):
    answered, _ = llmbar
    splits = clip_splits(np.arange(len(answered.labels)))
    panel, three = (accuracy(answered, answered.held_out(rule, splits)) for rule in (calibrated_panel, best_three))
    assert panel > three - 2


def test_a_panel_of_real_judges_holds_on_a_new_subset(llmbar):
    answered, subsets = llmbar
    splits = stratum_splits(subsets, np.arange(len(subsets)))
    assert len(splits) == 5
    panel, best = (accuracy(answered, answered.held_out(rule, splits)) for rule in (calibrated_panel, best_judge))
    assert panel > best - 2


def test_one_clip_gives_a_gain_and_no_interval_of_it():
    labels, bootstrap = np.array([0, 1, 0], dtype=np.int8), clip_bootstrap(np.array(["a", "a", "a"]))
    right, wrong = (waf_samples(labels, verdicts[None], bootstrap) for verdicts in (labels, 1 - labels))
    gain = right.gain(wrong, "gain")
    assert gain["gain"] == 100
    assert np.isnan([gain["gain_low"], gain["gain_high"]]).all()
