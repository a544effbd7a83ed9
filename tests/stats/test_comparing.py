import numpy as np
import pytest
from scipy import stats

from emoprefer_assets.stats.comparing import compare_all, compare_scores
from emoprefer_assets.stats.labels import A1, A2
from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.resampling import ClipBootstrap, clip_bootstrap


def replicates_of(values, errors, count=20_000):
    return values + errors * np.random.default_rng(0).normal(size=(count, len(values)))


def independent(values, errors, freedom=10**6, margin=1.0):
    values, errors = np.array(values), np.array(errors)
    between = np.hypot(errors[:, None], errors[None, :])
    return compare_all(values, replicates_of(values, errors), between, np.full(len(values), freedom), margin)


def test_two_entries_are_compared_as_by_a_t_test():
    found = independent([1.0, 0.0], [0.4, 0.3], freedom=9)
    assert found.p_value[0, 1] == pytest.approx(2 * stats.t.sf(2.0, 9), abs=0.005)
    half = 0.5 * stats.t.isf(0.025, 9)
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx((1 - half, 1 + half), abs=0.03)
    assert found.difference[1, 0] == -1.0
    assert found.low[1, 0] == pytest.approx(-found.high[0, 1])


def test_many_equal_entries_are_compared_as_by_tukeys_range():
    values = np.zeros(6)
    found = independent(values, np.ones(6))
    critical = stats.studentized_range.isf(0.05, 6, np.inf)
    assert found.high[0, 1] == pytest.approx(critical, rel=0.02)


def test_equal_is_shown_by_two_one_sided_tests():
    found = independent([0.5, 0.0, 0.0], [0.2, 0.2, 0.2], margin=1.0)
    low, high = 0.5 - 1.645 * 0.283, 0.5 + 1.645 * 0.283
    assert found.equivalent[0, 1] == (low > -1 and high < 1)
    assert not independent([0.6, 0.0], [0.2, 0.2], margin=1.0).equivalent.any()
    assert not found.equivalent.diagonal().any()


def test_ranks_are_closed_by_significant_differences_alone_and_groups_are_apart():
    values, errors = np.array([9.0, 5.0, 4.9, 0.0, 7.0, 7.1]), np.full(6, 0.1)
    between = np.full((6, 6), 0.1 * np.sqrt(2))
    groups = np.array([0, 0, 0, 0, 1, 1])
    found = compare_all(values, replicates_of(values, errors), between, np.full(6, 99), 0.5, groups)
    assert [ends.tolist() for ends in found.rank_interval] == [[1, 2, 2, 4, 1, 1], [1, 3, 3, 4, 2, 2]]
    assert [others.tolist() for others in found.tied_with] == [[], [2], [1], [], [5], [4]]
    assert [others.tolist() for others in found.equivalent_to] == [[], [2], [1], [], [5], [4]]
    assert np.isnan(found.difference[0, 4])


def test_interval_p_value_and_test_say_the_same():
    dice = np.random.default_rng(1)
    for _ in range(50):
        count = int(dice.integers(1, 8))
        found = independent(dice.normal(0, 1, count), dice.uniform(0.1, 0.8, count), freedom=int(dice.integers(2, 60)))
        off = ~np.eye(count, dtype=bool)
        assert (found.significant == ((found.low > 0) | (found.high < 0))).all()
        assert (found.significant[off] == (found.p_value[off] <= 0.05)).all()
        assert (found.significant == found.significant.T).all()


def compared(*right, labels, bootstrap):
    """The two-class weighted F1 of judges that are `right`, each shape (n_pairs,) or (rounds, n_pairs)."""
    verdicts = [np.where(np.atleast_2d(one), labels, 1 - labels) for one in right]
    values = [np.mean([recognition(labels, said).waf_2class for said in one]) for one in verdicts]
    replicates = [bootstrap.recognition(labels, one).waf_2class.mean(axis=1) for one in verdicts]
    return compare_scores(np.array(values), np.stack(replicates, axis=1), len(np.unique(bootstrap.clips)))


def test_a_judge_that_is_always_right_differs_from_one_that_never_is():
    clips = np.arange(60)
    found = compared(clips >= 0, clips < 0, labels=clips % 2, bootstrap=clip_bootstrap(clips))
    assert found.difference[0, 1] == 100
    assert found.significant[0, 1]


@pytest.mark.parametrize(("clips", "equal"), [(20, False), (563, True)])
def test_judges_that_never_differ_are_equal_where_the_clips_are_enough(clips, equal):
    labels = np.arange(clips) % 2
    right = np.random.default_rng(0).random(clips) < 0.7
    found = compared(right, right, labels=labels, bootstrap=clip_bootstrap(np.arange(clips)))
    assert found.p_value[0, 1] == 1
    assert found.low[0, 1] < 0 < found.high[0, 1]
    assert found.equivalent[0, 1] == equal


def test_one_clip_shows_nothing():
    pairs = np.arange(100)
    found = compared(pairs >= 0, pairs < 40, labels=pairs % 2, bootstrap=clip_bootstrap(np.zeros(100)))
    assert np.isnan(found.low[0, 1])
    assert not found.significant.any() and not found.equivalent.any()
    assert found.rank_interval[1].tolist() == [2, 2]


def test_all_rounds_count():
    # A is right on 95 % in one round and on 45 % in the other, B on 74 % in both: B is ahead by 4 points.
    dice = np.random.default_rng(0)
    labels = dice.integers(A1, A2 + 1, 200)
    a = np.stack([dice.permutation(200) < 190, dice.permutation(200) < 90])
    b = np.stack([dice.permutation(200) < 148] * 2)
    found = compared(a, b, labels=labels, bootstrap=clip_bootstrap(np.arange(200)))
    assert found.difference[1, 0] == pytest.approx(4, abs=0.5)
    assert found.low[1, 0] < 0 < found.high[1, 0]
    assert found.p_value[0, 1] > 0.05


def rejected(clips: int, pairs: int, count: int, repeats: int) -> float:
    """Percent of data sets in which any two of equal judges differ; clips are harder or easier for each judge."""
    dice = np.random.default_rng(0)
    clip, wrong = np.repeat(np.arange(clips), pairs), 0
    for repeat in range(repeats):
        if repeat % 20 == 0:
            weights = dice.multinomial(clips, np.full(clips, 1 / clips), 1000)
        labels = dice.integers(A1, A2 + 1, clips * pairs)
        ahead = np.log(0.7 / 0.3) + dice.normal(0, 1.5, (count, clips))[:, clip]
        right = dice.random(ahead.shape) < 1 / (1 + np.exp(-ahead))
        found = compared(*right, labels=labels, bootstrap=ClipBootstrap(clip, weights))
        wrong += found.significant.any()
    return 100 * wrong / repeats


@pytest.mark.parametrize(("clips", "pairs"), [(66, 3), (200, 5), (40, 15)])
def test_equal_judges_seldom_differ_however_hard_clips_are_for_each(clips, pairs):
    # By 250 data sets: the paired test by pair has 9.7, 17.2 and 37.3 here.
    assert rejected(clips, pairs, count=2, repeats=250) < 9


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "pairs"), [(66, 3), (200, 5), (40, 15)])
def test_two_equal_judges_differ_in_one_data_set_of_twenty(clips, pairs):
    assert 4 <= rejected(clips, pairs, count=2, repeats=4000) <= 6


# By 40,000 data sets with resamples of their own (standard error 0.1), 8,000 where there are twelve judges (0.3).
@pytest.mark.slow
@pytest.mark.parametrize(
    ("clips", "pairs", "count", "truth"), [(66, 3, 6, 5.3), (200, 5, 6, 5.3), (40, 15, 6, 5.7), (40, 15, 12, 6.4)]
)
def test_equal_judges_differ_a_little_more_often_where_there_are_many_on_few_clips(clips, pairs, count, truth):
    # Three standard errors of 4,000 data sets.
    assert rejected(clips, pairs, count, repeats=4000) == pytest.approx(truth, abs=1.1)
