import numpy as np
import pytest
from scipy import stats

from emoprefer_assets.stats.score_intervals import clustered_wilson
from emoprefer_assets.stats.subgroups import by_subgroup


def test_of_independent_pairs_it_is_wilsons_interval():
    share, pairs = np.array([0.1, 0.5, 0.9]), 10_000
    low, high = clustered_wilson(
        share, share * (1 - share) / pairs, np.array(pairs), np.full_like(np.array(pairs), 10**9)
    )
    for place, count in enumerate((1_000, 5_000, 9_000)):
        wilson = stats.binomtest(count, pairs).proportion_ci(method="wilson")
        assert (low[place], high[place]) == pytest.approx((wilson.low, wilson.high), abs=1e-5)


def test_pairs_that_say_the_same_on_their_clip_are_worth_one():
    right = np.random.default_rng(0).integers(0, 2, (60, 1)).astype(float)
    alone = by_subgroup(right, np.arange(60), np.zeros(60, dtype=int))
    thrice = by_subgroup(np.repeat(right, 3, axis=0), np.repeat(np.arange(60), 3), np.zeros(180, dtype=int))
    assert thrice.low == pytest.approx(alone.low, abs=0.003)
    assert thrice.high == pytest.approx(alone.high, abs=0.003)


def test_always_right_is_no_certainty_and_one_clip_says_nothing():
    right, parts = np.ones((12, 1)), np.repeat([0, 1], [10, 2])
    clips = np.append(np.arange(10), [0, 0])
    found = by_subgroup(right, clips, parts)
    assert found.high[0, 0] == 1 and 0.6 < found.low[0, 0] < 0.75
    assert np.isnan(found.low[1, 0]) and np.isnan(found.all_high[1, 0])
    assert found.worst.tolist() == [[True], [False]]
    assert (found.pairs.tolist(), found.clips.tolist()) == ([10, 2], [10, 1])


def test_the_worst_part_is_that_of_each_judge_and_its_interval_is_wider():
    right = np.array([[1, 0]] * 20 + [[0, 1]] * 20, dtype=float)
    found = by_subgroup(right, np.arange(40), np.repeat([0, 1], 20))
    assert found.worst.tolist() == [[False, True], [True, False]]
    assert (found.all_low <= found.low).all() and (found.all_high >= found.high).all()


def missed(clips: int, pairs: int, repeats: int) -> tuple[float, float]:
    """Percent of intervals without the truth, and of data sets in which any of four intervals that hold together is."""
    dice, own, together = np.random.default_rng(0), [], []
    truth = stats.norm(0, np.hypot(1, 1)).cdf(np.array([1.0, 0.5, 0.5, 1.5]))
    for _ in range(repeats):
        clip = np.repeat(np.arange(clips), pairs)
        parts = dice.permutation(np.arange(len(clip)) % 4)
        hard = dice.normal(0, 1, clips)[clip]
        right = dice.normal(0, 1, len(clip)) + hard < np.array([1.0, 0.5, 0.5, 1.5])[parts]
        found = by_subgroup(right[:, None].astype(float), clip, parts)
        own.append((found.low[:, 0] > truth) | (found.high[:, 0] < truth))
        together.append(((found.all_low[:, 0] > truth) | (found.all_high[:, 0] < truth)).any())
    return 100 * np.mean(own), 100 * np.mean(together)


def test_intervals_hold_the_truth():
    own, together = missed(60, 3, repeats=300)
    assert own < 8 and together < 9


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "pairs"), [(30, 4), (66, 3), (200, 5), (563, 1)])
def test_intervals_hold_the_truth_in_nineteen_data_sets_of_twenty(clips, pairs):
    own, together = missed(clips, pairs, repeats=4000)
    assert 2.5 <= own <= 6 and together <= 6
