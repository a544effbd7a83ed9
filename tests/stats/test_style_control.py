import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from emoprefer_assets.offline import count_emotion_words
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.stats.style_control import StyleReference, control_style

UNIT = StyleReference(("length",), np.zeros(1), np.ones(1))
STRENGTH = np.array([0.5, 0.0, -0.5])


def simulated(dice: np.random.Generator, clips: int, pull: float, habit: float, clip_effect: float = 0.0):
    """Three systems on every clip; `pull`: worth of a unit of length; `habit`: how much longer system 0 writes."""
    first, second = (np.tile(side, clips) for side in np.triu_indices(3, 1))
    clip = np.repeat(np.arange(clips), 3)
    length = dice.normal(0, 1, (clips, 3)) + habit * np.array([1, 0, 0])
    quality = STRENGTH + pull * length + dice.normal(0, clip_effect, (clips, 3))
    chance = 1 / (1 + np.exp(quality[clip, second] - quality[clip, first]))
    wins = (dice.random(len(clip)) < chance).astype(float)
    return (
        first,
        second,
        wins,
        np.ones(len(clip)),
        clip,
        3,
        length[clip, first][:, None],
        length[clip, second][:, None],
    )


def test_equals_logistic_regression_without_a_prior():
    first, second, wins, *_, longer, shorter = rows = simulated(np.random.default_rng(0), 400, pull=0.7, habit=0.5)
    found = control_style(*rows, UNIT, prior=0.0)
    design = np.column_stack([np.eye(3)[first] - np.eye(3)[second], longer - shorter])[:, 1:]
    theirs = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(design, wins).coef_[0]
    strength = np.concatenate([[0], theirs[:2]])
    assert found.fit.strength == pytest.approx(strength - strength.mean(), abs=1e-4)
    assert found.coefficient[0] == pytest.approx(theirs[2], abs=1e-4)


def test_a_system_that_only_writes_longer_falls_at_equal_style():
    rows = simulated(np.random.default_rng(1), 2000, pull=-1.0, habit=1.0)
    found = control_style(*rows, UNIT)
    assert found.plain.strength.argmax() == 1
    assert found.fit.strength == pytest.approx(STRENGTH, abs=0.15)
    assert found.fit.strength.argmax() == 0


def test_the_coefficient_and_the_strengths_are_covered():
    held = []
    for seed in range(400):
        found = control_style(*simulated(np.random.default_rng(seed), 150, pull=0.5, habit=0.5), UNIT)
        low, high = found.coefficient_interval
        error = 1.96 * np.sqrt(np.diag(found.fit.covariance))
        held += [low[0] <= 0.5 <= high[0], *(np.abs(found.fit.strength - STRENGTH) <= error)]
    assert 0.93 <= np.mean(held) <= 0.97


def test_draws_at_equal_style_spread_as_the_clustered_error():
    found = control_style(*simulated(np.random.default_rng(2), 300, pull=0.5, habit=0.5, clip_effect=1.0), UNIT)
    drawn = rating_draws(found.fit, rounds=4000).strength.std(axis=0)
    assert drawn == pytest.approx(np.sqrt(np.diag(found.fit.covariance)), rel=0.05)


def test_a_covariate_that_only_names_the_system_is_not_identified():
    *rows, _, _ = simulated(np.random.default_rng(3), 200, pull=0.0, habit=0.0)
    first, second = rows[:2]
    found = control_style(*rows, (first == 0)[:, None] * 1.0, (second == 0)[:, None] * 1.0, UNIT)
    assert not found.identification.identified[0] and found.identification.tolerance[0] == pytest.approx(0, abs=1e-9)
    assert np.isnan(found.coefficient[0])
    assert found.fit.strength == pytest.approx(found.plain.strength, abs=1e-9)


def test_of_two_equal_covariates_neither_is_identified():
    *rows, longer, shorter = simulated(np.random.default_rng(4), 200, pull=0.5, habit=0.0)
    twice = StyleReference(("length", "again"), np.zeros(2), np.ones(2))
    found = control_style(*rows, np.repeat(longer, 2, axis=1), np.repeat(shorter, 2, axis=1), twice)
    assert not found.identification.identified.any()


BOTH = StyleReference(("length", "words"), np.zeros(2), np.ones(2))


def length_wins(seed: int, left: float, correlation: float, clips: int = 400):
    """Of two covariates, length wins and words do not; system 0 writes longer by 2, and `left` is how much a system's
    lengths spread."""
    rng = np.random.default_rng(seed)
    first, second, clip = np.zeros(clips, dtype=int), np.ones(clips, dtype=int), np.arange(clips)
    spread = rng.normal(0, 1, (2, clips, 2))
    length = left * spread[0] + [2.0, 0.0]
    words = correlation * spread[0] + np.sqrt(1 - correlation**2) * spread[1]
    ahead = 1.0 * (length[:, 0] - length[:, 1]) - 2.0
    wins = (rng.random(clips) < 1 / (1 + np.exp(-ahead))).astype(float)
    styles = (np.stack([length[:, side], words[:, side]], axis=1) for side in (0, 1))
    return first, second, wins, np.ones(clips), clip, 2, *styles


@pytest.mark.parametrize("seed", range(20))
def test_a_correlate_of_a_covariate_that_is_not_identified_is_not_either(seed):
    found = control_style(*length_wins(seed, left=0.4, correlation=0.6), BOTH)
    assert found.identification.identified.tolist() == [False, False]
    assert np.isnan(found.coefficient).all()


def test_beside_an_identified_correlate_a_covariate_that_wins_nothing_is_covered():
    held = []
    for seed in range(150):
        found = control_style(*length_wins(seed, left=2.0, correlation=0.6), BOTH)
        assert found.identification.identified.all()
        low, high = found.coefficient_interval
        held.append(low[1] <= 0.0 <= high[1])
    assert np.mean(held) >= 0.9


def test_a_covariate_that_the_systems_explain_wholly_is_nobodys_correlate():
    first, second, wins, battles, clip, systems, one, other = length_wins(0, left=0.0, correlation=0.0)
    found = control_style(first, second, wins, battles, clip, systems, one, other, BOTH)
    assert found.identification.identified.tolist() == [False, True]


def test_the_unit_is_the_frozen_reference_and_its_mean_cancels():
    rows = simulated(np.random.default_rng(5), 200, pull=0.5, habit=0.0)
    once = control_style(*rows, UNIT, prior=0.0)
    other = control_style(*rows, StyleReference(("length",), np.full(1, 9.0), np.full(1, 2.0)), prior=0.0)
    assert other.coefficient == pytest.approx(2 * once.coefficient)
    assert other.fit.strength == pytest.approx(once.fit.strength)


def test_a_reference_without_spread_is_refused():
    rows = simulated(np.random.default_rng(6), 20, pull=0.5, habit=0.0)
    with pytest.raises(ValueError, match='covariate "length": its spread is not above 0'):
        control_style(*rows, StyleReference(("length",), np.zeros(1), np.zeros(1)))


def test_no_style_is_identified_on_the_published_pairs(real_data):
    pairs = pd.read_csv(real_data / "preference_emoprefer_with_modelnames.csv")
    a1, a2 = (
        np.array([[len(text), count_emotion_words(text)] for text in pairs[side]], float) for side in ("a1", "a2")
    )
    both = np.concatenate([a1, a2])
    found = control_style(
        first := (pairs["model1"] != "mercaptionplus").to_numpy().astype(int),
        1 - first,
        pairs["preference"].map({"a1": 1.0, "a2": 0.0, "same": 0.5}).to_numpy(),
        np.ones(len(pairs)),
        pd.factorize(pairs["name"])[0],
        2,
        a1,
        a2,
        StyleReference(("length", "emotion words"), both.mean(axis=0), both.std(axis=0)),
    )
    assert found.identification.identified.tolist() == [False, False]
    assert found.identification.clips_against.tolist() == [1, 90]
    assert found.identification.tolerance == pytest.approx([0.081, 0.511], abs=0.001)
