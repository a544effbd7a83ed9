import numpy as np
import pytest
from scipy.stats import kendalltau

from emoprefer_assets.stats import fit_bradley_terry
from emoprefer_assets.stats.battle_choice import (
    Battles,
    ChoiceRules,
    adaptive_battles,
    even_battles,
    full_round_robin,
    settled_orders,
)

EVERYWHERE = np.ones((8, 60), dtype=bool)


def keys(battles: Battles) -> set:
    return set(zip(battles.clip, *np.sort([battles.a1, battles.a2], axis=0), strict=True))


def met(battles: Battles, systems: int) -> np.ndarray:
    counts = np.zeros((systems, systems), dtype=int)
    np.add.at(counts, (battles.a1, battles.a2), 1)
    return counts + counts.T


def fit_to(battles: Battles, truth: np.ndarray, dice: np.random.Generator):
    chance = 1 / (1 + np.exp(truth[battles.a2] - truth[battles.a1]))
    wins = (dice.random(len(battles)) < chance).astype(float)
    return fit_bradley_terry(battles.a1, battles.a2, wins, np.ones(len(battles)), battles.clip, len(truth))


def test_every_system_gets_its_budget_evenly_over_opponents_and_clips():
    chosen = even_battles(EVERYWHERE, rules=ChoiceRules(budget=70))
    counts = met(chosen, 8)
    assert len(keys(chosen)) == len(chosen)
    assert counts.sum(axis=1).min() >= 70 and counts.sum(axis=1).max() <= 77
    assert np.ptp(counts[~np.eye(8, dtype=bool)]) <= 2
    used = np.bincount(chosen.clip, minlength=60)
    assert used.min() >= 0.6 * used.mean() and used.max() <= 1.5 * used.mean()


def test_sides_are_balanced_within_every_two_systems():
    chosen = even_battles(EVERYWHERE, rules=ChoiceRules(budget=70))
    first = np.zeros((8, 8), dtype=int)
    np.add.at(first, (chosen.a1, chosen.a2), 1)
    assert np.abs(first - first.T).max() <= 1


def test_a_new_system_adds_only_its_own_battles():
    rules = ChoiceRules(budget=50)
    before = even_battles(EVERYWHERE, rules=rules)
    assert len(even_battles(EVERYWHERE, before, rules)) == 0
    more = even_battles(np.ones((9, 60), dtype=bool), before, rules)
    assert len(more) == 50
    assert ((more.a1 == 8) | (more.a2 == 8)).all()
    assert not keys(more) & keys(before)


def test_choice_repeats_by_seed():
    one, same, other = (even_battles(EVERYWHERE, rules=ChoiceRules(seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal([one.clip, one.a1, one.a2], [same.clip, same.a1, same.a2])
    assert keys(one) != keys(other)


def test_only_clips_that_both_described_are_judged():
    described = np.random.default_rng(0).random((6, 40)) < 0.5
    for chosen in (even_battles(described, rules=ChoiceRules(budget=20)), full_round_robin(described)):
        assert described[chosen.a1, chosen.clip].all() and described[chosen.a2, chosen.clip].all()


def test_a_budget_beyond_what_is_there_ends_with_the_full_round_robin():
    described = np.ones((4, 10), dtype=bool)
    assert keys(even_battles(described, rules=ChoiceRules(budget=1000))) == keys(full_round_robin(described))
    assert len(full_round_robin(described)) == 60
    assert len(full_round_robin(described, full_round_robin(described))) == 0


def test_adaptive_rounds_go_to_close_systems_and_keep_a_floor():
    truth = np.array([3.0, 2.9, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0])
    chosen = even_battles(EVERYWHERE, rules=ChoiceRules(budget=140))
    fit = fit_to(chosen, truth, np.random.default_rng(1))
    rules = ChoiceRules(round_size=40, floor=0.25, settled=0.999)
    more = adaptive_battles(EVERYWHERE, chosen, fit, rules)
    assert len(more) == 40 and not keys(more) & keys(chosen)
    counts = met(more, 8)
    assert counts[0, 1] >= 20
    assert len(more) - counts[0, 1] >= 8


def test_rounds_stop_when_every_order_is_settled():
    truth = np.arange(8) * -2.0
    chosen = full_round_robin(EVERYWHERE)
    fit = fit_to(chosen, truth, np.random.default_rng(2))
    assert settled_orders(fit).min() > 0.95
    assert len(adaptive_battles(np.ones((8, 99), dtype=bool), chosen, fit, ChoiceRules())) == 0


def test_pieces_are_joined_first():
    described = np.ones((4, 30), dtype=bool)
    apart = Battles(np.arange(20), np.array([0, 2] * 10), np.array([1, 3] * 10))
    fit = fit_to(apart, np.zeros(4), np.random.default_rng(3))
    more = adaptive_battles(described, apart, fit, ChoiceRules(round_size=4, floor=0.0, settled=0.9999))
    assert {0, 1} & {more.a1[0], more.a2[0]} and {2, 3} & {more.a1[0], more.a2[0]}


def test_adaptive_rounds_order_systems_better_than_even_ones_at_the_same_cost():
    described, taus = np.ones((12, 300), dtype=bool), {"even": [], "adaptive": []}
    for seed in range(12):
        dice = np.random.default_rng(seed)
        truth = np.sort(dice.normal(0, 1, 12))
        table = dice.random((12, 12, 300))

        def fitted(battles, truth=truth, table=table):
            one, other = np.sort([battles.a1, battles.a2], axis=0)
            wins = (table[one, other, battles.clip] < 1 / (1 + np.exp(truth[other] - truth[one]))).astype(float)
            return fit_bradley_terry(one, other, wins, np.ones(len(wins)), battles.clip, 12)

        rules = ChoiceRules(budget=60, round_size=60, settled=1.0, seed=seed)
        chosen = even_battles(described, rules=rules)
        while len(chosen) < 1000:
            chosen = chosen.followed_by(adaptive_battles(described, chosen, fitted(chosen), rules))
        taus["adaptive"].append(kendalltau(fitted(chosen).strength, truth).statistic)
        even = even_battles(described, rules=ChoiceRules(budget=len(chosen) // 6, seed=seed))
        taus["even"].append(kendalltau(fitted(even).strength, truth).statistic)
    assert np.mean(taus["adaptive"]) > np.mean(taus["even"]) + 0.005


@pytest.mark.parametrize("systems", [0, 1])
def test_fewer_than_two_systems_have_no_battle(systems):
    assert len(even_battles(np.ones((systems, 5), dtype=bool))) == 0
