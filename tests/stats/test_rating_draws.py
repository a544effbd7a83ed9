import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry, maximise, win_probability
from emoprefer_assets.stats.rating_draws import RatingDraws, draw_clips, rating_draws

FIRST, SECOND = np.triu_indices(6, 1)
TRUTH = np.array([1.0, 0.6, 0.2, -0.2, -0.6, -1.0])
CLIP_EFFECT = 1.5


def rating_interval(draws: RatingDraws) -> np.ndarray:
    """Ends of the percentile interval of each rating, Elo scale, shape (2, n_systems)."""
    return 1000 + 400 / np.log(10) * np.quantile(draws.strength, [0.025, 0.975], axis=0)


def simulated(dice: np.random.Generator, clips: int, truth=TRUTH, clip_effect=CLIP_EFFECT, keep=0.7):
    """Most battles of six systems, judged in both orders; each clip makes each system better or worse by its effect."""
    shown = truth + dice.normal(0, clip_effect, (clips, len(truth)))
    chance = 1 / (1 + np.exp(shown[:, SECOND] - shown[:, FIRST]))
    wins = (dice.random((2, *chance.shape)) < chance).astype(float)
    clip, pair = np.nonzero(dice.random(chance.shape) < keep)
    both = np.tile(pair, 2)
    return FIRST[both], SECOND[both], wins[:, clip, pair].ravel(), np.ones(len(both)), np.tile(clip, 2)


def true_strength() -> np.ndarray:
    """What the fit tends to: Bradley-Terry on chances averaged over clip effects."""
    dice = np.random.default_rng(0)
    effects = dice.normal(0, CLIP_EFFECT, (200_000, 2))
    wins = np.zeros((6, 6))
    for one, other in zip(FIRST, SECOND, strict=True):
        ahead = TRUTH[one] - TRUTH[other] + effects[:, 0] - effects[:, 1]
        wins[one, other] = (1 / (1 + np.exp(-ahead))).mean()
        wins[other, one] = 1 - wins[one, other]
    return maximise(wins, np.zeros(6, dtype=int))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_draws_equal_the_slow_way_clip_by_clip(seed):
    rows = simulated(np.random.default_rng(seed), clips=25)
    fit = fit_bradley_terry(*rows, 6, prior=0.0)
    draws = rating_draws(fit, rounds=5, seed=seed)
    weights = draw_clips(np.random.default_rng(seed), 25, 5)
    probability = win_probability(fit.strength)
    information = np.zeros((6, 6))
    for one, other, _, count, _ in zip(*rows, strict=True):
        contrast = np.eye(6)[one] - np.eye(6)[other]
        chance = probability[one, other]
        information += count * chance * (1 - chance) * np.outer(contrast, contrast)
    for drawn, weight in zip(draws.strength, weights, strict=True):
        slope = np.zeros(6)
        for one, other, won, count, clip in zip(*rows, strict=True):
            slope += weight[clip] * (won - count * probability[one, other]) * (np.eye(6)[one] - np.eye(6)[other])
        step = np.linalg.lstsq(information, slope, rcond=1e-10)[0] * np.sqrt(25 / 24)
        assert drawn == pytest.approx(fit.strength + step, abs=1e-8)


def test_one_step_agrees_with_exact_refits_of_the_same_resamples():
    first, second, wins, battles, clips = simulated(np.random.default_rng(1), clips=400)
    fit = fit_bradley_terry(first, second, wins, battles, clips, 6)
    draws = rating_draws(fit, rounds=300)
    weights = draw_clips(np.random.default_rng(0), 400, 300)
    refits = np.array([fit_bradley_terry(first, second, wins * w[clips], w[clips], clips, 6).rating for w in weights])
    ratings = 1000 + 400 / np.log(10) * draws.strength
    assert np.abs(ratings - refits).max() < 0.3 * refits.std(axis=0).min()
    assert ratings.std(axis=0) == pytest.approx(refits.std(axis=0), rel=0.03)
    for end, theirs in zip(rating_interval(draws), np.quantile(refits, [0.025, 0.975], axis=0), strict=True):
        assert end == pytest.approx(theirs, abs=0.15 * refits.std())


def test_the_spread_of_the_draws_is_the_clustered_error():
    fit = fit_bradley_terry(*simulated(np.random.default_rng(2), clips=300), 6)
    draws = rating_draws(fit, rounds=4000)
    assert draws.strength.std(axis=0) == pytest.approx(np.sqrt(np.diag(fit.covariance)), rel=0.05)


def test_intervals_by_clip_cover_and_intervals_by_verdict_do_not():
    truth = 1000 + 400 / np.log(10) * true_strength()
    held = {"clip": [], "verdict": [], "rank": []}
    for seed in range(700):
        *rows, clips = simulated(np.random.default_rng(seed), clips=150)
        for unit, clusters in (("clip", clips), ("verdict", np.arange(len(clips)))):
            if unit == "verdict" and seed >= 150:
                continue
            draws = rating_draws(fit_bradley_terry(*rows, clusters, 6), rounds=400, seed=seed)
            low, high = rating_interval(draws)
            held[unit] += list((low <= truth) & (truth <= high))
            if unit == "clip":
                low, high = draws.comparisons.rank_interval
                held["rank"] += list((low <= np.arange(1, 7)) & (np.arange(1, 7) <= high))
    assert 0.93 <= np.mean(held["clip"]) <= 0.97
    assert np.mean(held["verdict"]) < 0.85
    assert np.mean(held["rank"]) >= 0.94


def test_equal_systems_seldom_differ():
    wrong = 0
    for seed in range(300):
        rows = simulated(np.random.default_rng(seed), clips=80, truth=np.zeros(6))
        wrong += rating_draws(fit_bradley_terry(*rows, 6), rounds=400).comparisons.significant.any()
    assert wrong / 300 <= 0.08


def test_the_first_of_equal_systems_is_not_said_to_be_the_best():
    said = []
    for seed in range(100):
        rows = simulated(np.random.default_rng(seed), clips=40, truth=np.zeros(6))
        said.append(rating_draws(fit_bradley_terry(*rows, 6), rounds=200, seed=seed).first_in_replicates.max())
    # The chance that the leader is the best is a sixth: the share is no such chance, and is not called one.
    assert np.mean(said) > 0.4


def test_clearly_different_systems_have_one_rank_each_and_no_tie():
    rows = simulated(np.random.default_rng(3), clips=500, truth=np.arange(6) * -2.0, clip_effect=0.0)
    draws = rating_draws(fit_bradley_terry(*rows, 6))
    first, last = draws.comparisons.rank_interval
    assert first.tolist() == last.tolist() == [1, 2, 3, 4, 5, 6]
    assert draws.first_in_replicates[0] == 1.0
    assert not any(len(tied) for tied in draws.comparisons.tied_with)


def test_an_undefeated_system_has_finite_draws_and_a_wide_interval():
    first, second = np.array([0] * 20 + [1, 2] * 20), np.array([1] * 20 + [2, 1] * 20)
    draws = rating_draws(fit_bradley_terry(first, second, np.ones(60), np.ones(60), np.arange(60), 3))
    low, high = rating_interval(draws)
    assert np.isfinite(draws.strength).all()
    assert (high - low)[0] > 300
    assert draws.first_in_replicates[0] > 0.95


def test_pieces_are_ranked_apart_and_never_tied_with_each_other():
    rows = simulated(np.random.default_rng(4), clips=60)
    first, second = (np.concatenate([side, side + 6]) for side in rows[:2])
    twice = [np.concatenate([column, column]) for column in rows[2:]]
    fit = fit_bradley_terry(first, second, *twice, 12)
    draws = rating_draws(fit)
    assert fit.strength[:6] == pytest.approx(fit.strength[6:])
    assert draws.first_in_replicates.reshape(2, 6).sum(axis=1) == pytest.approx(np.ones(2))
    assert draws.comparisons.rank_interval[1].max() <= 6
    assert all((tied < 6).all() for tied in draws.comparisons.tied_with[:6])
    assert draws.strength[:, 6:].sum(axis=1) == pytest.approx(np.zeros(1000), abs=1e-9)


def test_one_clip_leaves_everything_open():
    fit = fit_bradley_terry(np.array([0]), np.array([1]), np.ones(1), np.ones(1), np.zeros(1, dtype=int), 2)
    draws = rating_draws(fit)
    assert np.isnan(rating_interval(draws)).all() and np.isnan(draws.first_in_replicates).all()
    assert [ends.tolist() for ends in draws.comparisons.rank_interval] == [[1, 1], [2, 2]]
    assert draws.comparisons.tied_with[0].tolist() == [1]


def test_draws_repeat_by_seed():
    fit = fit_bradley_terry(*simulated(np.random.default_rng(5), clips=40), 6)
    assert (rating_draws(fit, seed=7).strength == rating_draws(fit, seed=7).strength).all()
    assert (rating_draws(fit, seed=7).strength != rating_draws(fit, seed=8).strength).any()
