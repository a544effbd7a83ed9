import numpy as np
import pytest

from emoprefer_assets.stats.label_noise import balanced_with_wrong_labels, with_wrong_labels
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.metrics import CLASSES, confusion_cells, recognition_of


def test_a_perfect_judge_falls_to_83_balanced_where_a_tenth_of_four_to_one_labels_is_wrong():
    # EmoPrefer-Data: labels contradict "the first system" on 20.25 percent.
    assert balanced_with_wrong_labels(1, 1, 0.2025, 0.10) == pytest.approx(83, abs=0.5)


def test_expected_scores_are_those_of_labels_flipped_by_lot():
    rng = np.random.default_rng(0)
    pairs = 400_000
    labels, shortcut = rng.choice([A1, A2, SAME], pairs, p=[0.5, 0.4, 0.1]), rng.choice([A1, A2], pairs)
    shortcut = np.where(rng.random(pairs) < 0.6, np.minimum(labels, A2), shortcut)
    verdicts = np.where(rng.random(pairs) < 0.7, labels, rng.choice([A1, A2], pairs))
    flipped = np.where((labels != SAME) & (rng.random(pairs) < 0.1), 1 - labels, labels)

    def counts(of: np.ndarray) -> np.ndarray:
        return np.bincount(confusion_cells(of, verdicts), minlength=CLASSES**2).reshape(CLASSES, CLASSES)

    expected, found = recognition_of(with_wrong_labels(counts(labels), 0.1)), recognition_of(counts(flipped))
    assert expected.waf_2class == pytest.approx(found.waf_2class, abs=0.3)
    assert expected.waf_3class == pytest.approx(found.waf_3class, abs=0.3)

    def balance(of: np.ndarray) -> tuple[float, float, float]:
        right, decided = np.where(verdicts == SAME, A1, verdicts) == of, of != SAME
        against = decided & (of != shortcut)
        return right[against].mean(), right[decided & ~against].mean(), against.sum() / decided.sum()

    on_slice, on_rest, _ = balance(flipped)
    assert balanced_with_wrong_labels(*balance(labels), 0.1) == pytest.approx(50 * (on_slice + on_rest), abs=0.3)
