"""Recognition and consistency by the rules of the EmoPrefer paper (arXiv 2507.04278)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.labels import A1, A2, SAME

CLASSES = SAME + 1


@dataclass(frozen=True)
class Recognition:
    """Agreement of verdicts with the human labels, in percent; nan where no pair counts.

    Attributes:
        waf_2class: weighted F1 over the pairs that people do not call same.
        acc_2class: accuracy over those pairs.
        waf_3class: weighted F1 over all pairs.
        acc_3class: accuracy over all pairs.

    Each is an array of the shape of the confusions scored; of shape () for one run.
    """

    waf_2class: np.ndarray
    acc_2class: np.ndarray
    waf_3class: np.ndarray
    acc_3class: np.ndarray


def recognition(labels: np.ndarray, verdicts: np.ndarray) -> Recognition:
    """Score verdict codes of shape (n_pairs,) against label codes of the same shape."""
    counts = np.bincount(confusion_cells(labels, verdicts), minlength=CLASSES**2)
    return recognition_of(counts.reshape(CLASSES, CLASSES))


def confusion_cells(labels: np.ndarray, verdicts: np.ndarray) -> np.ndarray:
    """The cell, 0 to 8, of the label-by-verdict table that each pair falls in; unparsed and failed are read as same."""
    return labels.astype(np.int64) * CLASSES + np.minimum(verdicts, SAME)


def recognition_of(confusion: np.ndarray) -> Recognition:
    """Score counts of label by verdict, shape (..., 3, 3).

    In the two-class metrics a verdict same counts as a1, because the paper's code does so; in the three-class metrics
    it is a label of its own.
    """
    decided = confusion[..., [A1, A2], :]
    two = np.stack([decided[..., A1] + decided[..., SAME], decided[..., A2]], axis=-1)
    return Recognition(weighted_f1(two), _accuracy(two), weighted_f1(confusion), _accuracy(confusion))


def weighted_f1(confusion: np.ndarray) -> np.ndarray:
    """F1 of each label weighted by its support, of counts of label by verdict, shape (..., k, k), in percent.

    0 for a label that is neither given nor right (as scikit-learn); nan without a pair.
    """
    support, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = 2.0 * right / np.maximum(support + predicted, 1)
    total = support.sum(axis=-1)
    return 100.0 * np.divide((f1 * support).sum(axis=-1), total, out=np.full(np.shape(total), np.nan), where=total > 0)


def swap_consistency(normal: np.ndarray, swapped: np.ndarray) -> float:
    """Percent of pairs with the same verdict in both orders, over all pairs, ties included.

    Args:
        normal: verdict codes, shape (n_pairs,).
        swapped: codes of the swapped run, mapped back to the pair's own frame, shape (n_pairs,).
    """
    return 100.0 * float(np.mean(same_in_both_orders(normal, swapped))) if len(normal) else np.nan


def same_in_both_orders(normal: np.ndarray, swapped: np.ndarray) -> np.ndarray:
    """Whether each pair has the same verdict in both orders; unparsed and failed are read as same."""
    return np.minimum(normal, SAME) == np.minimum(swapped, SAME)


def _accuracy(confusion: np.ndarray) -> np.ndarray:
    right, total = np.trace(confusion, axis1=-2, axis2=-1), confusion.sum(axis=(-2, -1))
    return 100.0 * np.divide(right, total, out=np.full(np.shape(total), np.nan), where=total > 0)
