import numpy as np
import pytest

from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.resampling import clip_bootstrap, interval
from tests.stats.simulation import simulate


def test_resampled_scores_equal_scoring_each_resample_pair_by_pair():
    drawn = simulate(np.random.default_rng(0), skill=(0.7, 0.6), clips=20, pairs_a_clip=3)
    bootstrap = clip_bootstrap(drawn.clips, resamples=15)
    found = bootstrap.recognition(drawn.labels, drawn.verdicts)
    for resample, weights in enumerate(bootstrap.weights):
        places = np.repeat(np.arange(60), weights[drawn.clips].astype(int))
        slow = [recognition(drawn.labels[places], verdicts[places]).waf_2class for verdicts in drawn.verdicts]
        assert found.waf_2class[resample] == pytest.approx(np.array(slow))


@pytest.mark.parametrize("unit", [1.0, 2.0**30 + 1, 0.1])
def test_sums_lose_nothing_whatever_the_values_are(unit):
    bootstrap = clip_bootstrap(np.arange(50), resamples=20)
    values = unit * np.arange(100.0).reshape(50, 2)
    assert bootstrap.sums(values) == pytest.approx(bootstrap.weights.astype(float) @ values, rel=1e-13)


def test_resamples_repeat_and_keep_the_number_of_clips():
    clips = np.array(["b", "a", "b", "c"])
    bootstrap = clip_bootstrap(clips)
    assert (bootstrap.weights.sum(axis=1) == 3).all()
    assert (bootstrap.weights == clip_bootstrap(clips).weights).all()


def test_means_count_only_the_pairs_asked_for():
    bootstrap = clip_bootstrap(np.arange(4))
    samples = bootstrap.means(np.array([1.0, 0.0, 1.0, 1.0]), np.array([True, False, True, False]))
    assert set(samples[~np.isnan(samples)]) == {1.0}


def test_no_pair_gives_no_interval():
    found = interval(np.full(5, np.nan))
    assert np.isnan(found.low) and np.isnan(found.high)


def coverage(cluster: bool, repeats: int) -> float:
    """Share of intervals, over simulated data sets with strong clip effects, that hold the true accuracy."""
    settings = {"skill": (0.66,), "clips": 120, "pairs_a_clip": 6, "clip_effect": 0.3}
    truth = np.mean(
        [
            recognition(drawn.labels, drawn.verdicts[0]).acc_2class
            for drawn in (simulate(np.random.default_rng(10_000 + i), **settings) for i in range(400))
        ]
    )
    held = 0
    for seed in range(repeats):
        drawn = simulate(np.random.default_rng(seed), **settings)
        clips = drawn.clips if cluster else np.arange(len(drawn.labels))
        scores = clip_bootstrap(clips, resamples=400, seed=seed).recognition(drawn.labels, drawn.verdicts)
        held += interval(scores.acc_2class.mean(axis=1)).contains(truth)
    return held / repeats


def test_intervals_by_clip_cover_what_they_say_and_independent_ones_do_not():
    assert 0.93 <= coverage(cluster=True, repeats=1500) <= 0.97
    assert coverage(cluster=False, repeats=200) < 0.85
