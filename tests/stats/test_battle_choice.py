import numpy as np
import pytest

from emoprefer_assets.stats.battle_choice import (
    NO_BATTLES,
    Battles,
    ChoiceRules,
    adaptive_battles,
    even_battles,
    full_round_robin,
)
from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.rating_draws import rating_draws

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


def test_adaptive_rounds_go_to_systems_about_to_be_told_apart_and_keep_a_floor():
    # The first two are equal: it would take more battles than there are to tell them apart.
    truth = np.array([4.0, 4.0, 1.6, 0.6, -1.5, -3.0, -4.5, -6.0])
    chosen = even_battles(EVERYWHERE, rules=ChoiceRules(budget=140))
    fit = fit_to(chosen, truth, np.random.default_rng(3))
    more = adaptive_battles(EVERYWHERE, chosen, fit, ChoiceRules(round_size=40, floor=0.25))
    assert len(more) == 40 and not keys(more) & keys(chosen)
    counts = np.triu(met(more, 8))
    close = np.triu(~rating_draws(fit).comparisons.significant, 1)
    assert close[0, 1] and counts[0, 1] <= 1
    assert 30 <= counts[close].sum() < 40


def test_rounds_stop_when_all_systems_are_told_apart():
    truth = np.arange(8) * -2.0
    chosen = full_round_robin(EVERYWHERE)
    fit = fit_to(chosen, truth, np.random.default_rng(2))
    assert rating_draws(fit).comparisons.significant.sum() == 8 * 7
    more_clips = np.ones((8, 99), dtype=bool)
    assert len(adaptive_battles(more_clips, chosen, fit, ChoiceRules())) == 0
    assert len(adaptive_battles(more_clips, chosen, fit, ChoiceRules(settled=1.0))) == 100


def test_rounds_stop_when_nothing_is_left_to_judge():
    chosen = full_round_robin(EVERYWHERE)
    fit = fit_to(chosen, np.zeros(8), np.random.default_rng(2))
    assert len(adaptive_battles(EVERYWHERE, chosen, fit, ChoiceRules())) == 0


def test_pieces_are_joined_first():
    described = np.ones((4, 30), dtype=bool)
    apart = Battles(np.arange(20), np.array([0, 2] * 10), np.array([1, 3] * 10))
    fit = fit_to(apart, np.zeros(4), np.random.default_rng(3))
    more = adaptive_battles(described, apart, fit, ChoiceRules(round_size=4, floor=0.0))
    assert {0, 1} & {more.a1[0], more.a2[0]} and {2, 3} & {more.a1[0], more.a2[0]}


def test_pieces_that_share_no_clip_do_not_keep_rounds_going():
    described = np.zeros((4, 120), dtype=bool)
    described[:2, :60] = described[2:, 60:] = True
    chosen = even_battles(described, rules=ChoiceRules(budget=50))
    fit = fit_to(chosen, np.array([4.0, 0.0, 4.0, 0.0]), np.random.default_rng(4))
    assert len(adaptive_battles(described, chosen, fit, ChoiceRules())) == 0


def gains(systems: int, budget: int, spread: float, seeds: range) -> np.ndarray:
    """Pairs that a board tells apart more, and ranks that it leaves open less, after half of the battles were chosen
    adaptively than after all were chosen evenly; shape (repeats, 2)."""
    described, found = np.ones((systems, 500), dtype=bool), []
    for seed in seeds:
        dice = np.random.default_rng(seed)
        truth = dice.normal(0, spread, systems)
        shown = truth[:, None] + dice.normal(0, 1, (systems, 500))
        luck = dice.random((systems, systems, 500))

        def fitted(battles, shown=shown, luck=luck):
            one, other = np.sort([battles.a1, battles.a2], axis=0)
            chance = 1 / (1 + np.exp(shown[other, battles.clip] - shown[one, battles.clip]))
            wins = (luck[one, other, battles.clip] < chance).astype(float)
            return fit_bradley_terry(one, other, wins, np.ones(len(wins)), battles.clip, systems, all_clips=500)

        def reported(battles, fitted=fitted):
            comparisons = rating_draws(fitted(battles)).comparisons
            first, last = comparisons.rank_interval
            return np.array([comparisons.significant.sum() / 2, (first - last).mean()])

        even = even_battles(described, rules=ChoiceRules(budget=budget, seed=seed))
        chosen = even_battles(described, rules=ChoiceRules(budget=budget // 2, seed=seed))
        while left := len(even) - len(chosen):
            rules = ChoiceRules(round_size=min(100, left), floor=0.2, settled=1.0, seed=seed)
            chosen = chosen.followed_by(adaptive_battles(described, chosen, fitted(chosen), rules))
        found.append(reported(chosen) - reported(even))
    return np.array(found)


def test_adaptive_rounds_tell_more_pairs_apart_than_even_choice_at_the_same_cost():
    apart, closed = gains(12, 141, spread=2.0, seeds=range(8)).mean(axis=0)
    assert apart > 1 and closed > 0


@pytest.mark.slow
@pytest.mark.parametrize(("systems", "budget", "repeats"), [(8, 125, 200), (12, 141, 100), (20, 200, 80)])
def test_adaptive_rounds_tell_more_pairs_apart_on_boards_of_every_size(systems, budget, repeats):
    found = gains(systems, budget, spread=1.0, seeds=range(repeats))
    least = found.mean(axis=0) - 1.96 * found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (least > 0).all()


@pytest.mark.parametrize("systems", [0, 1])
def test_fewer_than_two_systems_have_no_battle(systems):
    assert len(even_battles(np.ones((systems, 5), dtype=bool))) == 0


def test_one_system_has_no_adaptive_round():
    fit = fit_to(NO_BATTLES, np.zeros(1), np.random.default_rng(0))
    assert len(adaptive_battles(np.ones((1, 5), dtype=bool), NO_BATTLES, fit, ChoiceRules())) == 0
