import numpy as np
import pytest
from scipy.optimize import minimize

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.davidson import Davidson, fit_davidson

ELO = 400 / np.log(10)
FIRST, SECOND = np.triu_indices(4, 1)


def outcomes(rng, strength, first, second, nu) -> tuple[np.ndarray, np.ndarray]:
    """First's wins, ties as half, and ties, by Davidson's model with each row's own `nu`."""
    ahead = strength[first] - strength[second]
    weights = np.stack([np.exp(ahead / 2), np.exp(-ahead / 2), np.broadcast_to(nu, ahead.shape)])
    luck = rng.random(len(first)) * weights.sum(axis=0)
    tied = luck >= weights[:2].sum(axis=0)
    return np.where(tied, 0.5, luck < weights[0]).astype(float), tied.astype(float)


def judged_by_two(rng, nu: float, clips: int = 200):
    """A against B, never tied, and against C, tied by `nu`; B and C are equal."""
    clip = np.repeat(np.arange(clips), 2)
    first, second = np.zeros(2 * clips, dtype=int), np.tile([1, 2], clips)
    wins, ties = outcomes(rng, np.array([1.0, 0.0, 0.0]), first, second, np.where(second == 1, 0.0, nu))
    return first, second, wins, np.ones(len(clip)), ties, clip


def equal_systems(nu: float, repeats: int) -> dict[str, tuple[float, float]]:
    """By half-wins and by Davidson: how far C is rated above B, in Elo points, and how often the interval holds 0."""
    gaps, held = {"half": [], "davidson": []}, {"half": [], "davidson": []}
    for seed in range(repeats):
        first, second, wins, battles, ties, clip = judged_by_two(np.random.default_rng(seed), nu)
        half = fit_bradley_terry(first, second, wins, battles, clip, 3)
        found = {"half": half, "davidson": fit_davidson(first, second, wins, battles, ties, clip, 3).fit}
        for name, fit in found.items():
            gap = ELO * (fit.strength[2] - fit.strength[1])
            error = ELO * np.sqrt(fit.covariance[1, 1] + fit.covariance[2, 2] - 2 * fit.covariance[1, 2])
            gaps[name].append(gap)
            held[name].append(abs(gap) <= 1.972 * error)
    return {name: (float(np.mean(gaps[name])), float(np.mean(held[name]))) for name in gaps}


def test_equal_systems_are_equal_where_one_of_them_ties_more():
    found = equal_systems(nu=2.1, repeats=200)
    assert found["half"][0] > 60 and found["half"][1] < 0.6
    assert abs(found["davidson"][0]) < 12
    assert 0.91 <= found["davidson"][1] <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("nu", [1.0, 2.1])
def test_equal_systems_are_equal_where_one_of_them_ties_more_at_full_size(nu):
    found = equal_systems(nu, repeats=2000)
    assert abs(found["davidson"][0]) < 4
    assert 0.94 <= found["davidson"][1] <= 0.965


def test_strengths_maximise_the_likelihood_with_a_tie_parameter_for_each_two_systems():
    rng = np.random.default_rng(0)
    first, second, clip = np.tile(FIRST, 60), np.tile(SECOND, 60), np.repeat(np.arange(60), 6)
    nu = np.tile(rng.uniform(0.2, 2, 6), 60)
    wins, ties = outcomes(rng, np.array([0.8, 0.2, -0.3, -0.7]), first, second, nu)
    found = fit_davidson(first, second, wins, np.ones(360), ties, clip, 4, prior=0.0)

    def misfit(parameters: np.ndarray) -> float:
        strength, tie = np.append(parameters[:3], 0.0), np.tile(parameters[3:], 60)
        weights = np.stack([strength[first], strength[second], tie + (strength[first] + strength[second]) / 2])
        said = np.select([ties == 1, wins == 1], [weights[2], weights[0]], weights[1])
        return -(said - np.logaddexp.reduce(weights, axis=0)).sum()

    strength = np.append(minimize(misfit, np.zeros(9), tol=1e-10).x[:3], 0.0)
    assert found.fit.strength == pytest.approx(strength - strength.mean(), abs=1e-3)


def test_systems_that_only_tied_stay_in_one_component():
    first, second = np.array([0] * 20 + [1] * 20), np.array([1] * 20 + [2] * 20)
    ties = np.array([0.0] * 20 + [1.0] * 20)
    wins = np.where(ties == 1, 0.5, np.tile([1.0, 0.0], 20))
    found = fit_davidson(first, second, wins, np.ones(40), ties, np.arange(40), 3)
    assert found.fit.components.tolist() == [0, 0, 0]
    assert np.isfinite(found.fit.rating_error).all()


def with_one_nu(seed: int, clips: int, clip_effect: float) -> Davidson:
    rng = np.random.default_rng(seed)
    first, second, clip = np.tile(FIRST, clips), np.tile(SECOND, clips), np.repeat(np.arange(clips), 6)
    nu = 0.7 * np.exp(rng.normal(0, clip_effect, clips))[clip] if clip_effect else 0.7
    wins, ties = outcomes(rng, np.array([1.5, 0.5, -0.5, -1.5]), first, second, nu)
    return fit_davidson(first, second, wins, np.ones(len(clip)), ties, clip, 4)


@pytest.mark.parametrize("clip_effect", [0.0, 1.0])
def test_one_tie_parameter_for_all_is_seldom_said_to_differ(clip_effect):
    said = np.mean([with_one_nu(seed, 60, clip_effect).p_ties_differ < 0.05 for seed in range(300)])
    assert said <= 0.09


def test_ties_that_differ_by_pair_are_found():
    said = [fit_davidson(*judged_by_two(np.random.default_rng(seed), 1.0), 3).p_ties_differ for seed in range(20)]
    assert max(said) < 0.001


def test_without_ties_nothing_differs_and_the_fit_is_the_plain_one():
    first, second, wins, battles, _, clip = judged_by_two(np.random.default_rng(0), 0.0)
    found = fit_davidson(first, second, wins, battles, np.zeros(len(clip)), clip, 3)
    assert np.isnan(found.p_ties_differ)
    assert found.fit.strength == pytest.approx(fit_bradley_terry(first, second, wins, battles, clip, 3).strength)
