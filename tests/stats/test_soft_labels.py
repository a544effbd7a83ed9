import numpy as np
import pytest
from sklearn.metrics import log_loss

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.stats.soft_labels import SoftLabels


def test_a_share_counts_a_tie_as_half_and_knows_nothing_without_a_vote():
    votes = np.array([[A1, A1, SAME, MISSING], [A2, A1, A2, MISSING], [A1, MISSING, SAME, MISSING]])
    shares = SoftLabels.of(votes, clip_bootstrap(np.arange(4), resamples=10)).share
    assert shares == pytest.approx([2 / 3, 1, 1 / 3, np.nan], nan_ok=True)


def test_the_loss_is_that_of_scikit_learn_over_single_votes():
    rng = np.random.default_rng(0)
    votes, margins = rng.integers(0, 2, (3, 60)), rng.normal(size=(2, 60))
    found = SoftLabels.of(votes, clip_bootstrap(np.arange(60), resamples=200)).log_loss(margins)
    first = 1 / (1 + np.exp(-margins))
    each = [log_loss((votes == A1).ravel(), np.tile(said, 3)) for said in first]
    assert found.value == pytest.approx(np.mean(each))
    assert found.interval.low < found.value < found.interval.high


def test_none_has_less_than_who_knows_every_share():
    rng = np.random.default_rng(1)
    votes = rng.integers(0, 2, (5, 200))
    soft = SoftLabels.of(votes, clip_bootstrap(np.arange(200), resamples=50))
    with np.errstate(divide="ignore"):
        known = np.clip(np.log(soft.share) - np.log1p(-soft.share), -40, 40)[None]
    assert soft.log_loss(known).value == pytest.approx(soft.least)
    assert soft.log_loss(known + 0.5).value > soft.least
    assert soft.log_loss(np.zeros((1, 200))).value == pytest.approx(np.log(2))
