import numpy as np
import pytest
from sklearn.metrics import f1_score

from emoprefer_assets.stats.agreement import MISSING, agreement, majority_of_others
from emoprefer_assets.stats.human_ceiling import HumanCeiling
from emoprefer_assets.stats.labels import A1, SAME
from emoprefer_assets.stats.resampling import clip_bootstrap


def right_on(share: float, truth: np.ndarray, rng: np.random.Generator, people: int = 1) -> np.ndarray:
    return np.where(rng.random((people, len(truth))) < share, truth, 1 - truth)


def test_a_judge_as_good_as_an_annotator_has_their_score_and_a_perfect_one_more():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 20_000)
    votes, judge = right_on(0.8, truth, rng, people=3), right_on(0.8, truth, rng)
    bootstrap = clip_bootstrap(np.arange(len(truth)), resamples=50)
    ceiling = HumanCeiling(votes, bootstrap)
    equal, perfect = ceiling.compare(judge), ceiling.compare(truth[None])
    # Two others who agree are right on q^2 / (q^2 + (1 - q)^2).
    others_right = 0.8**2 / (0.8**2 + 0.2**2)
    assert perfect.judge.value == pytest.approx(100 * others_right, abs=0.7)
    assert equal.annotators.value == pytest.approx(100 * (0.8 * others_right + 0.2 * (1 - others_right)), abs=0.7)
    assert equal.difference.value == pytest.approx(0, abs=0.7)
    assert perfect.difference.interval.low > 15
    # Neither is how often two annotators agree, nor the score against labels on which all three do.
    unanimous = (votes == votes[0]).all(axis=0)
    _, everyone = agreement(votes, bootstrap)
    assert everyone.two_class.value == pytest.approx(68, abs=0.7)
    assert 100 * (judge[0] == votes[0])[unanimous].mean() == pytest.approx(79.1, abs=1)
    assert 100 * (truth == votes[0])[unanimous].mean() == pytest.approx(98.4, abs=0.5)


def test_the_score_is_that_of_scikit_learn_over_all_annotators_left_out():
    rng = np.random.default_rng(1)
    votes = np.where(rng.random((4, 150)) < 0.2, MISSING, rng.integers(0, 3, (4, 150)))
    verdicts = rng.integers(0, 3, (2, 150))
    found = HumanCeiling(votes, clip_bootstrap(np.arange(150), resamples=10)).compare(verdicts)
    expected = []
    for said in verdicts:
        truth, answers = [], []
        for one in range(4):
            majority = majority_of_others(votes, one)
            counted = (votes[one] != MISSING) & (majority != MISSING) & (majority != SAME)
            truth.append(majority[counted])
            answers.append(np.where(said == SAME, A1, said)[counted])
        expected.append(f1_score(np.concatenate(truth), np.concatenate(answers), average="weighted"))
    assert found.judge.value == pytest.approx(100 * np.mean(expected))


@pytest.mark.slow
def test_the_interval_of_the_difference_covers_zero_for_a_judge_as_good_as_an_annotator():
    covered = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 300)
        ceiling = HumanCeiling(right_on(0.8, truth, rng, people=3), clip_bootstrap(np.arange(300) // 2, resamples=400))
        covered.append(ceiling.compare(right_on(0.8, truth, rng)).difference.interval.contains(0.0))
    print("cover", np.mean(covered))
    assert 0.92 <= np.mean(covered) <= 0.98
