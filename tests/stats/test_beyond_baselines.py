import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from emoprefer_assets.stats.beyond_baselines import odds_ratios
from emoprefer_assets.stats.labels import A1, A2, SAME
from tests.stats.simulation import simulate


def signs(said: np.ndarray) -> np.ndarray:
    return (said == A1).astype(float) - (said == A2)


def of_judge(drawn, **given):
    return odds_ratios(drawn.labels, drawn.verdicts[:1], signs(drawn.shortcut)[:, None], drawn.clips)[0]


def mantel_haenszel(labels: np.ndarray, said: np.ndarray, strata: np.ndarray) -> float:
    agree = disagree = 0.0
    for stratum in np.unique(strata):
        here = strata == stratum
        cells = np.array([[np.sum(here & (labels == x) & (said == y)) for y in (A1, A2)] for x in (A1, A2)])
        agree += cells[0, 0] * cells[1, 1] / here.sum()
        disagree += cells[0, 1] * cells[1, 0] / here.sum()
    return agree / disagree


def test_coefficients_are_those_of_logistic_regression_with_the_prior_as_observations():
    drawn = simulate(np.random.default_rng(0), skill=(0.7, 0.6), clips=200)
    given = np.stack([signs(drawn.shortcut), signs(drawn.verdicts[1])], axis=1)
    found = odds_ratios(drawn.labels, drawn.verdicts[:1], given, drawn.clips)
    columns = [np.ones(200), signs(drawn.verdicts[0]) / 2, *given.T / 2]
    design = np.concatenate([np.stack(columns, axis=1), np.eye(4), np.eye(4)])
    first = np.concatenate([drawn.labels == A1, np.ones(4), np.zeros(4)])
    weights = np.concatenate([np.ones(200), np.full(8, 0.5)])
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(design, first, weights)
    assert [one.value for one in found] == pytest.approx(np.exp(model.coef_[0, 1:]), rel=1e-4)


def test_given_one_baseline_it_is_close_to_mantel_and_haenszel():
    for seed in range(5):
        drawn = simulate(np.random.default_rng(seed), skill=(0.685,), clips=563)
        expected = mantel_haenszel(drawn.labels, drawn.verdicts[0], drawn.shortcut)
        assert of_judge(drawn).value == pytest.approx(expected, rel=0.05)


def test_what_the_shortcut_says_beyond_the_judge_is_found_in_the_same_model():
    drawn = simulate(np.random.default_rng(0), skill=(0.6,), clips=2000, shortcut_right=0.8)
    judge, shortcut = odds_ratios(drawn.labels, drawn.verdicts, signs(drawn.shortcut)[:, None], drawn.clips)
    assert judge.interval.contains(1.5**2)
    assert shortcut.interval.contains(4.0**2)


def test_a_judge_that_is_always_right_has_finite_odds():
    drawn = simulate(np.random.default_rng(0), skill=(1.0,), clips=60)
    found = of_judge(drawn)
    assert np.isfinite(found.interval.high) and found.interval.low > 10


def test_a_copy_of_the_shortcut_is_not_told_from_it():
    drawn = simulate(np.random.default_rng(0), skill=(0.5,), clips=563, shortcut_pull=1.0)
    assert of_judge(drawn).interval.contains(1.0)


def test_a_verdict_that_never_varies_says_nothing():
    labels = np.array([A1, A2] * 20)
    (found, _) = odds_ratios(labels, np.full((1, 40), SAME), signs(labels)[:, None], np.arange(40))
    assert found.value == 1 and np.isnan(found.interval.low)


def test_without_labels_on_two_clips_nothing_is_known():
    labels = np.array([A1, A2, SAME])
    (found,) = odds_ratios(labels, labels[None], np.zeros((3, 0)), np.array([0, 0, 1]))
    assert np.isnan(found.value) and np.isnan(found.interval.low)


def test_rounds_that_repeat_a_verdict_add_nothing():
    drawn = simulate(np.random.default_rng(0), skill=(0.7,), clips=100)
    given = signs(drawn.shortcut)[:, None]
    once = odds_ratios(drawn.labels, drawn.verdicts, given, drawn.clips)[0]
    thrice = odds_ratios(drawn.labels, np.repeat(drawn.verdicts, 3, axis=0), given, drawn.clips)[0]
    assert (thrice.value, thrice.interval.low) == pytest.approx((once.value, once.interval.low))


def cleared(clips: int, skill: float, pull: float, repeats: int, pairs_a_clip: int = 1) -> tuple[float, float]:
    """How often the interval lies above 1, and how often it holds the truth of an honest judge."""
    lows, holds = [], []
    for seed in range(repeats):
        drawn = simulate(
            np.random.default_rng(seed), (skill,), clips, pairs_a_clip, shortcut_pull=pull, shortcut_right=0.8
        )
        found = of_judge(drawn)
        lows.append(found.interval.low)
        holds.append(found.interval.contains((skill / (1 - skill)) ** 2))
    return float(np.mean(np.array(lows) > 1)), float(np.mean(holds))


def test_honest_judges_are_cleared_and_followers_of_the_shortcut_are_not():
    assert cleared(563, skill=0.6, pull=0.0, repeats=60)[0] >= 0.85
    assert cleared(563, skill=0.5, pull=0.8, repeats=60)[0] <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "pairs_a_clip"), [(60, 1), (66, 3), (200, 1), (563, 1)])
def test_intervals_cover_and_followers_are_cleared_as_rarely_as_they_claim(clips, pairs_a_clip):
    for pull in (0.8, 0.95):
        assert cleared(clips, 0.5, pull, 1500, pairs_a_clip)[0] <= 0.045
    for skill in (0.5, 0.6, 0.685):
        _, held = cleared(clips, skill, 0.0, 1500, pairs_a_clip)
        assert 0.93 <= held <= 0.975
