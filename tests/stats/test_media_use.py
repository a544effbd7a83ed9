import numpy as np
import pytest

from emoprefer_assets.stats.labels import A1, A2, FAILED, SAME
from emoprefer_assets.stats.media_use import (
    NO_DIFFERENCE,
    NOT_SHOWN,
    SHOWN,
    changed,
    detectable_share,
    mean_change,
    probability_of_label,
    rightness,
    towards_label,
)

LABELS = np.array([A1, A2, A1])


def test_log_odds_and_right_verdicts_point_towards_the_label():
    margin = np.array([[2.0, 2.0, -1.0], [1.0, -2.0, -1.0]])
    assert towards_label(LABELS, margin).tolist() == [1.5, 0.0, -1.0]
    verdicts = np.array([[A1, A1, SAME], [A1, A2, FAILED]])
    assert rightness(LABELS, verdicts).tolist() == [1.0, 0.5, 0.5]


def test_the_probability_of_the_label_is_that_of_its_side():
    assert probability_of_label(LABELS, np.log([[3.0, 3.0, 1.0]])) == pytest.approx([0.75, 0.25, 0.5])


def test_no_difference_is_said_only_where_one_would_be_found():
    steady, loud = np.zeros(20), np.tile([-40.0, 40.0], 10)
    clips = np.arange(20)
    assert mean_change(steady, steady, clips).use(10) == NO_DIFFERENCE
    assert mean_change(steady, loud, clips).use(10) == NOT_SHOWN
    assert mean_change(steady, loud - 60, clips).use(10) == SHOWN


def test_verdicts_that_all_stay_say_little_where_they_are_few():
    # Of clips of which a tenth would change, 16 hold none in less than a fifth of draws.
    assert 0.9**16 < 0.2 < 0.9**15
    assert detectable_share(16) < 0.1 < detectable_share(15)
    assert detectable_share(0) == 1


def test_verdicts_that_failed_neither_changed_nor_stayed():
    before, after = np.array([[A1, A1, A1], [A1, A1, FAILED]]), np.array([[A2, A1, FAILED], [A1, SAME, A1]])
    assert changed(before, after).tolist()[:2] == [0.5, 0.5]
    assert np.isnan(changed(before, after)[2])


def test_with_a_pair_a_clip_it_is_the_paired_t_test():
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(0)
    before, after = rng.normal(1, 2, 20), rng.normal(0, 1, 20)
    found, theirs = mean_change(before, after, np.arange(20)), ttest_rel(after, before).confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((theirs.low, theirs.high))
    assert found.value == pytest.approx(np.mean(after - before))


def test_one_clip_says_nothing_of_others():
    found = mean_change(np.zeros(3), np.ones(3), np.zeros(3))
    assert found.value == 1 and np.isnan([found.interval.low, found.interval.high, found.detectable]).all()
    assert not found.is_loss


@pytest.mark.parametrize("clips", [8, 20, 66])
def test_a_judge_that_uses_nothing_is_seldom_shown_to_and_a_detectable_loss_often_is(clips):
    """Two pairs a clip whose changes have the clip in common; log-odds with the heavy tails of sure judges (t, 5)."""
    rng = np.random.default_rng(clips)
    place, before = np.repeat(np.arange(clips), 2), np.zeros(2 * clips)
    changes = [rng.standard_t(5, clips)[place] + rng.standard_t(5, 2 * clips) for _ in range(1500)]
    unchanged = [mean_change(before, change, place) for change in changes]
    loss = np.median([found.detectable for found in unchanged])
    assert np.mean([found.is_loss for found in unchanged]) < 0.035
    assert 0.94 < np.mean([found.interval.contains(0) for found in unchanged]) < 0.975
    found = [mean_change(before, change - loss, place).is_loss for change in changes]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)
