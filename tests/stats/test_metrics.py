import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from emoprefer_assets.stats.labels import VERDICTS, codes
from emoprefer_assets.stats.metrics import recognition, swap_consistency


def scikit_learn_scores(labels: list[str], verdicts: list[str]) -> list[float]:
    """The paper's rules, word by word, with scikit-learn."""
    read = [verdict if verdict in ("a1", "a2") else "same" for verdict in verdicts]
    decided = [(label, verdict) for label, verdict in zip(labels, read, strict=True) if label != "same"]
    truth = [label for label, _ in decided]
    two_class = ["a1" if verdict == "same" else verdict for _, verdict in decided]
    return [
        100 * f1_score(truth, two_class, average="weighted"),
        100 * accuracy_score(truth, two_class),
        100 * f1_score(labels, read, average="weighted"),
        100 * accuracy_score(labels, read),
    ]


@given(st.data())
def test_recognition_equals_scikit_learn(data):
    size = data.draw(st.integers(1, 40))
    labels = data.draw(st.lists(st.sampled_from(["a1", "a2", "same"]), min_size=size, max_size=size))
    verdicts = data.draw(st.lists(st.sampled_from(VERDICTS), min_size=size, max_size=size))
    labels[0] = "a1"  # scikit-learn has no score for no pair
    scores = recognition(codes(labels), codes(verdicts))
    found = [scores.waf_2class, scores.acc_2class, scores.waf_3class, scores.acc_3class]
    assert found == pytest.approx(scikit_learn_scores(labels, verdicts), abs=1e-10)


def test_a_verdict_same_counts_as_a1_in_two_classes():
    scores = recognition(codes(["a1", "a2"]), codes(["same", "a2"]))
    assert scores.acc_2class == 100
    assert scores.acc_3class == 50


def test_human_ties_are_dropped_in_two_classes():
    assert recognition(codes(["a1", "same"]), codes(["a1", "a2"])).acc_2class == 100


def test_without_a_decided_pair_two_class_scores_are_nan():
    assert np.isnan(recognition(codes(["same"]), codes(["a1"])).waf_2class)


def test_swap_consistency_counts_ties_and_reads_unparsed_as_same():
    normal, swapped = codes(["a1", "a2", "same", "unparsed"]), codes(["a1", "a1", "same", "same"])
    assert swap_consistency(normal, swapped) == 75
