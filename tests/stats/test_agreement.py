import evalica
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from emoprefer_assets.stats.agreement import MISSING, agreement, majority_of_others, reliability
from emoprefer_assets.stats.dawid_skene import dawid_skene
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.resampling import clip_bootstrap


def random_votes(seed=0, annotators=4, pairs=200, missing=0.2) -> np.ndarray:
    dice = np.random.default_rng(seed)
    truth = dice.choice(3, pairs, p=[0.45, 0.45, 0.1])
    noise = dice.integers(0, 3, (annotators, pairs))
    votes = np.where(dice.random(noise.shape) < 0.7, truth, noise)
    return np.where(dice.random(noise.shape) < missing, MISSING, votes)


def of(votes):
    return agreement(votes, clip_bootstrap(np.arange(votes.shape[1])))


def test_ties_are_dropped_or_kept_and_missing_votes_never_count():
    votes = np.array([[A1, A2, SAME, A1], [A1, A1, SAME, MISSING], [A1, SAME, A2, A1]])
    (first, second, third), everyone = of(votes)
    assert (first.two_class_comparisons, first.three_class_comparisons) == (4, 7)
    assert first.two_class.value == pytest.approx(100 * 3 / 4)
    assert first.three_class.value == pytest.approx(100 * 4 / 7)
    assert (everyone.two_class_comparisons, everyone.three_class_comparisons) == (5, 10)
    assert everyone.two_class.value == pytest.approx(100 * 4 / 5)
    assert everyone.three_class.value == pytest.approx(100 * 5 / 10)
    assert second.three_class.value == pytest.approx(100 * 3 / 6)
    assert third.three_class.value == pytest.approx(100 * 3 / 7)


def test_annotators_who_share_no_pair_have_no_agreement():
    _, everyone = of(np.array([[A1, MISSING], [MISSING, A1]]))
    assert np.isnan(everyone.three_class.value)


def test_the_others_majority_is_a_tie_where_two_votes_lead():
    votes = np.array([[A1, A1], [A2, A1], [A1, MISSING], [A2, MISSING]])
    assert majority_of_others(votes, 0).tolist() == [A2, A1]
    assert majority_of_others(votes, 1).tolist() == [A1, A1]
    assert majority_of_others(np.array([[A1], [A1], [A2]]), 0).tolist() == [SAME]


def test_recognition_and_kappa_of_the_others_equal_scikit_learn():
    votes = random_votes()
    each, _ = of(votes)
    for one, found in enumerate(each):
        majority = majority_of_others(votes, one)
        known = (majority != MISSING) & (votes[one] != MISSING)
        truth, vote = majority[known], votes[one][known]
        decided = truth != SAME
        read = np.where(vote == SAME, A1, vote)
        assert found.waf_2class.value == pytest.approx(
            100 * f1_score(truth[decided], read[decided], average="weighted")
        )
        assert found.acc_3class.value == pytest.approx(100 * accuracy_score(truth, vote))
        assert found.cohen_kappa.value == pytest.approx(cohen_kappa_score(truth, vote))
        assert found.cohen_kappa.interval.low < found.cohen_kappa.value < found.cohen_kappa.interval.high


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_krippendorffs_alpha_equals_evalica(missing):
    votes = random_votes(1, missing=missing)
    theirs = evalica.alpha(pd.DataFrame(np.where(votes == MISSING, np.nan, votes)), distance="nominal").alpha
    ours = reliability(votes, clip_bootstrap(np.arange(200))).krippendorff_alpha
    assert ours.value == pytest.approx(theirs, abs=1e-9)
    assert ours.interval.low < ours.value < ours.interval.high


def test_fleiss_kappa_by_hand():
    # Two raters, four pairs: agree on three; shares 5/8 and 3/8.
    votes = np.array([[A1, A1, A2, A1], [A1, A1, A2, A2]])
    expected = (5 / 8) ** 2 + (3 / 8) ** 2
    ours = reliability(votes, clip_bootstrap(np.arange(4))).fleiss_kappa
    assert ours.value == pytest.approx((0.75 - expected) / (1 - expected))


def test_dawid_skene_trusts_the_annotator_who_is_right():
    dice = np.random.default_rng(0)
    truth = dice.integers(0, 2, 400)
    good = [np.where(dice.random(400) < 0.95, truth, 1 - truth) for _ in range(2)]
    poor = [np.where(dice.random(400) < 0.5, truth, 1 - truth) for _ in range(3)]
    votes = np.stack(good + poor)
    found = dawid_skene(votes)
    by_majority = (votes.mean(axis=0) > 0.5).astype(int)
    assert (found.labels == truth).mean() > (by_majority == truth).mean() + 0.05
    assert found.errors[0, 0, 0] > 0.9 > 0.7 > found.errors[3, 0, 0]
