import numpy as np
import pytest
from scipy.stats import binomtest

from emoprefer_assets.stats.calibration import largest_error_if_calibrated, reliability_curve
from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.resampling import ClipBootstrap, clip_bootstrap
from emoprefer_assets.stats.score_intervals import mean_interval, score_interval, share_interval


def share_of(right, clips):
    everything = np.ones(len(clips), dtype=bool)
    return share_interval(np.atleast_2d(right).astype(float), everything, clip_bootstrap(clips))


def test_one_pair_a_clip_is_wilsons_interval():
    right = np.arange(2000) < 1300
    found, wilson = share_of(right, np.arange(2000)), binomtest(1300, 2000).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((100 * wilson.low, 100 * wilson.high), abs=0.15)


def test_all_right_says_as_much_as_there_are_clips():
    found = share_of(np.ones(100), np.repeat(np.arange(20), 5))
    wilson = binomtest(20, 20).proportion_ci(method="wilson")
    assert found.high == 100
    # Student's t with 19 degrees of freedom in place of the normal quantile.
    assert 100 * wilson.low - 3 < found.low < 100 * wilson.low


def test_pairs_of_one_clip_that_agree_count_once():
    right = np.arange(60) < 45
    once, thrice = share_of(right, np.arange(60)), share_of(np.repeat(right, 3), np.repeat(np.arange(60), 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_one_clip_gives_no_interval():
    found = share_of(np.arange(100) < 70, np.zeros(100, dtype=int))
    assert np.isnan(found.low) and np.isnan(found.high)


def test_no_pair_gives_no_interval():
    found = share_interval(np.ones((1, 5)), np.zeros(5, dtype=bool), clip_bootstrap(np.arange(5)))
    assert np.isnan(found.low) and np.isnan(found.high)


def test_repetitions_that_differ_as_a_whole_widen_the_interval():
    dice = np.random.default_rng(0)
    alike = dice.random((2, 200)) < 0.7
    apart = np.stack([dice.random(200) < 0.95, dice.random(200) < 0.45])
    narrow, wide = share_of(alike, np.arange(200)), share_of(apart, np.arange(200))
    assert narrow.high - narrow.low < 12
    assert wide.low < 45 and wide.high > 95


def score_cover(clips, pairs, skill, effect, repeats, a1=0.5):
    """Percent of intervals of accuracy and of WAF 2 that hold the truth; clips are harder or easier by `effect`."""
    rng = np.random.default_rng(0)
    base, clip = np.log(skill / (1 - skill)), np.repeat(np.arange(clips), pairs)

    def drawn(of_clips, of_each):
        labels = (rng.random(of_clips * of_each) > a1).astype(int)
        right = 1 / (1 + np.exp(-(base + rng.normal(0, effect, of_clips)))).repeat(of_each) > rng.random(len(labels))
        return labels, np.where(right, labels, 1 - labels)

    truth = recognition(*drawn(1_000_000, 1))
    held = np.zeros(2)
    for repeat in range(repeats):
        if repeat % 20 == 0:
            weights = rng.multinomial(clips, np.full(clips, 1 / clips), 400)
        labels, said = drawn(clips, pairs)
        replicates, scores = ClipBootstrap(clip, weights).recognition(labels, said[None]), recognition(labels, said)
        for place, metric in enumerate(("acc_2class", "waf_2class")):
            found = score_interval(np.array([getattr(scores, metric)]), getattr(replicates, metric), clips)
            held[place] += found.contains(float(getattr(truth, metric)))
    return 100 * held / repeats


def balanced_cover(clips, skill, repeats):
    """Percent of balanced scores' intervals that hold the truth; a fifth of the pairs is on the slice."""
    rng, held = np.random.default_rng(0), 0
    bootstrap = clip_bootstrap(np.arange(clips), resamples=400)
    for _ in range(repeats):
        on_slice, right = rng.random(clips) < 0.2, (rng.random((1, clips)) < skill).astype(float)
        parts = (on_slice, ~on_slice)
        found = mean_interval(
            [100 * right[:, part].mean() if part.any() else np.nan for part in parts],
            [share_interval(right, part, bootstrap) for part in parts],
            [bootstrap.means(right[0], part) for part in parts],
        )
        held += found.contains(100 * skill)
    return 100 * held / repeats


def rounds_cover(clips, rounds, effect, repeats):
    """Percent of intervals that hold the truth of a judge of 70 % whose repetitions differ as a whole by `effect`."""
    rng, held = np.random.default_rng(0), 0
    bootstrap, everything = clip_bootstrap(np.arange(clips), resamples=400), np.ones(clips, dtype=bool)
    for _ in range(repeats):
        chance = 0.7 + rng.normal(0, effect, (rounds, 1)) + rng.normal(0, 0.1, clips)
        right = (rng.random((rounds, clips)) < chance).astype(float)
        held += share_interval(right, everything, bootstrap).contains(70)
    return 100 * held / repeats


def test_repetitions_that_differ_by_chance_cost_no_cover():
    assert rounds_cover(100, 3, effect=0.0, repeats=200) >= 91


def test_scores_of_good_judges_are_covered_on_few_clips():
    # Percentiles of resampled clips cover 84 % here.
    assert (score_cover(60, 1, skill=0.97, effect=0, repeats=200) >= 93).all()


def test_balanced_scores_are_covered_on_few_clips():
    # Percentiles of resampled clips cover 81 % here.
    assert balanced_cover(60, skill=0.9, repeats=200) >= 94


@pytest.mark.slow
@pytest.mark.parametrize("a1", [0.5, 0.8])
@pytest.mark.parametrize(("skill", "effect"), [(0.6, 0), (0.8, 1.0), (0.9, 0), (0.97, 0)])
@pytest.mark.parametrize(("clips", "pairs"), [(20, 1), (60, 1), (66, 3), (200, 3), (563, 1)])
def test_scores_are_covered(clips, pairs, skill, effect, a1):
    cover = score_cover(clips, pairs, skill, effect, repeats=1000, a1=a1)
    assert (cover >= 93).all() and (cover <= 99.5).all()


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "skill"), [(60, 0.9), (60, 0.7), (132, 0.8), (563, 0.65)])
def test_balanced_scores_are_covered(clips, skill):
    assert 93 <= balanced_cover(clips, skill, repeats=1000) <= 99.5


@pytest.mark.parametrize(("pairs", "reference", "mean"), [(60, 0.19, 0.133), (132, 0.13, 0.088), (563, 0.063, 0.044)])
def test_a_calibrated_judge_has_an_error_and_a_reference(pairs, reference, mean):
    rng = np.random.default_rng(0)
    references, errors = [], []
    for _ in range(40):
        probability = rng.random(pairs)
        references.append(largest_error_if_calibrated(probability, draws=300))
        came_true = rng.random(pairs) < probability
        errors.append(reliability_curve(probability, came_true).expected_calibration_error)
    assert np.mean(references) == pytest.approx(reference, rel=0.06)
    assert np.mean(errors) == pytest.approx(mean, rel=0.12)
    assert np.mean(np.array(errors) > np.array(references)) <= 0.15
