import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr
from sklearn.metrics import cohen_kappa_score

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.judge_boards import agreement_with_people, compare_boards, kendall, spearman
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.stats.resampling import clip_bootstrap

FIRST, SECOND = np.triu_indices(6, 1)


def board(strength, clips=100, seed=0, draws_seed=0):
    dice = np.random.default_rng(seed)
    first, second, clip = np.tile(FIRST, clips), np.tile(SECOND, clips), np.repeat(np.arange(clips), 15)
    wins = (dice.random(len(clip)) < 1 / (1 + np.exp(strength[second] - strength[first]))).astype(float)
    return rating_draws(fit_bradley_terry(first, second, wins, np.ones(len(clip)), clip, 6), seed=draws_seed)


def test_correlations_equal_scipy_with_ties():
    dice = np.random.default_rng(0)
    one, other = dice.integers(0, 5, (20, 8)).astype(float), dice.integers(0, 5, (20, 8)).astype(float)
    for row, (tau, rho) in enumerate(zip(kendall(one, other), spearman(one, other), strict=True)):
        assert tau == pytest.approx(kendalltau(one[row], other[row]).statistic)
        assert rho == pytest.approx(spearmanr(one[row], other[row]).statistic)


def test_judges_of_one_mind_agree_and_opposed_ones_do_not():
    strength = np.linspace(2, -2, 6)
    alike = compare_boards(board(strength), board(strength, seed=1))
    opposed = compare_boards(board(strength), board(-strength, seed=1))
    assert alike.kendall.value == 1.0 and alike.kendall.interval.low > 0.8
    assert opposed.spearman.value == -1.0 and opposed.spearman.interval.high < -0.8
    assert alike.systems == 6


def test_equal_systems_leave_the_correlation_open():
    found = compare_boards(board(np.zeros(6)), board(np.zeros(6), seed=1)).kendall.interval
    assert found.high - found.low > 0.6


def test_boards_of_other_draws_are_refused():
    with pytest.raises(ValueError, match="one seed over the same clips"):
        compare_boards(board(np.zeros(6)), board(np.zeros(6), draws_seed=1))


def test_agreement_with_people_counts_a_tie_on_one_side_as_half():
    found = agreement_with_people(
        np.array([1.0, 0.5, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, np.nan]), clip_bootstrap(np.arange(4))
    )
    assert found.same.value == pytest.approx(50.0)
    assert found.same.interval.low < 50 < found.same.interval.high


def test_kappa_is_cohens_with_linear_weights():
    dice = np.random.default_rng(0)
    human = dice.choice([0, 0.5, 1], 300)
    said = np.where(dice.random(300) < 0.6, human, dice.choice([0, 0.5, 1], 300, p=[0.2, 0.1, 0.7]))
    found = agreement_with_people(said, human, clip_bootstrap(np.arange(300) // 2))
    assert found.kappa.value == pytest.approx(
        cohen_kappa_score((2 * human).astype(int), (2 * said).astype(int), weights="linear")
    )
    assert found.kappa.interval.contains(found.kappa.value)


def test_who_always_names_the_better_system_agrees_by_chance_alone():
    human = (np.arange(100) < 80).astype(float)
    found = agreement_with_people(np.ones(100), human, clip_bootstrap(np.arange(100)))
    assert found.same.value == pytest.approx(80)
    assert found.kappa.value == pytest.approx(0)


def test_estimates_lie_within_their_own_intervals():
    for seed in range(30):
        strength = np.linspace(-0.5, 0.5, 6) * (1 + seed % 3)
        found = compare_boards(board(strength, 40, seed), board(strength, 40, seed + 100))
        assert found.kendall.interval.contains(found.kendall.value)
        assert found.spearman.interval.contains(found.spearman.value)
