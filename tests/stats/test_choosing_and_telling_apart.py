import numpy as np
import pytest

from emoprefer_assets.stats.calibration import reliability_curve
from emoprefer_assets.stats.comparing import correlation_interval
from emoprefer_assets.stats.labels import A1, A2
from emoprefer_assets.stats.selection import nested_choice


def test_reliability_by_hand():
    curve = reliability_curve(np.array([0.11, 0.19, 0.95, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert curve.bin.tolist() == [1, 9]
    assert curve.pairs.tolist() == [2, 2]
    assert curve.mean_probability == pytest.approx([0.15, 0.975])
    assert curve.frequency == pytest.approx([0.5, 1.0])
    assert curve.expected_calibration_error == pytest.approx((0.35 + 0.025) / 2)


def test_a_rank_correlations_interval_is_wider_than_fishers():
    # By hand: tanh(atanh(0.5) -+ 1.96 / sqrt(25)).
    plain, rank = correlation_interval(0.5, 28), correlation_interval(0.5, 28, rank=True)
    assert (plain.low, plain.high) == pytest.approx((0.156, 0.736), abs=0.001)
    assert rank.low < plain.low
    assert rank.high > plain.high


def test_each_fold_gets_what_is_best_on_the_other_folds():
    labels, folds = np.array([A1, A1, A2, A2]), np.array([0, 0, 1, 1])
    right_on_0, right_on_1 = np.array([[A1, A1, A1, A1]]), np.array([[A2, A2, A2, A2]])
    chosen = nested_choice([right_on_0, right_on_1], folds, lambda said, where: float((said == labels[where]).mean()))
    # Whoever looked good on a fold is never scored on it.
    assert chosen.tolist() == [[A2, A2, A1, A1]]


def test_an_alternative_without_a_score_is_never_chosen():
    alternatives = [np.array([[A1, A1]]), np.array([[A2, A2]])]
    chosen = nested_choice(alternatives, np.array([0, 1]), lambda said, _: np.nan if said[0, 0] == A1 else 0.0)
    assert chosen.tolist() == [[A2, A2]]
