"""How well people agree: raw, against the others, and beyond chance; each with an interval by clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from emoprefer_assets.stats.labels import SAME
from emoprefer_assets.stats.metrics import CLASSES, confusion_cells, recognition_of
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, interval
from emoprefer_assets.stats.score_intervals import score_interval

MISSING = -1


@dataclass(frozen=True)
class Agreement:
    """How one annotator, or all of them, agree with the others.

    Attributes:
        two_class: percent of equal votes with each other annotator, comparisons with a tie dropped.
        two_class_comparisons: their number.
        three_class: percent of equal votes, ties kept.
        three_class_comparisons: their number.
        waf_2class, acc_2class, waf_3class, acc_3class: recognition of the others' majority, by the judges' rules.
        cohen_kappa: with the others' majority (Cohen 1960).
    """

    two_class: Estimate
    two_class_comparisons: int
    three_class: Estimate
    three_class_comparisons: int
    waf_2class: Estimate
    acc_2class: Estimate
    waf_3class: Estimate
    acc_3class: Estimate
    cohen_kappa: Estimate


@dataclass(frozen=True)
class Reliability:
    """Agreement of all annotators beyond chance, any number of votes a pair.

    Attributes:
        fleiss_kappa: Fleiss (1971), over pairs with two votes or more.
        krippendorff_alpha: nominal (Krippendorff 2011).
    """

    fleiss_kappa: Estimate
    krippendorff_alpha: Estimate


def agreement(votes: np.ndarray, bootstrap: ClipBootstrap) -> tuple[list[Agreement], Agreement]:
    """Each annotator against the others, and all of them together.

    Args:
        votes: label codes, shape (n_annotators, n_pairs); `MISSING` where an annotator did not vote.
        bootstrap: of the pairs' clips.
    """
    units = [
        np.concatenate([_pairwise(votes, one), _against_majority(votes, one)], axis=1) for one in range(len(votes))
    ]
    # Together, each comparison of two annotators would count twice, and so halves.
    together = np.sum(units, axis=0)
    return [_agreement(unit, bootstrap) for unit in units], _agreement(together, bootstrap, halved=True)


def reliability(votes: np.ndarray, bootstrap: ClipBootstrap) -> Reliability:
    """Agreement of all annotators beyond chance; arguments as in `agreement`."""
    counts = np.stack([(votes == label).sum(axis=0) for label in range(CLASSES)], axis=1).astype(float)
    raters = counts.sum(axis=1, keepdims=True)
    counts = np.where(raters >= 2, counts, 0.0)
    pairable = np.maximum(raters, 2)
    agreeing = (counts * (counts - 1)).sum(axis=1, keepdims=True) / (pairable * (pairable - 1))
    fleiss = np.concatenate([agreeing, raters >= 2, counts], axis=1)
    together = counts[:, :, None] * (counts[:, None, :] - np.eye(CLASSES)) / (pairable[:, :, None] - 1)
    return Reliability(
        fleiss_kappa=_estimate(fleiss, bootstrap, _fleiss_kappa),
        krippendorff_alpha=_estimate(together.reshape(len(counts), -1), bootstrap, _krippendorff_alpha),
    )


def majority_of_others(votes: np.ndarray, one: int) -> np.ndarray:
    """The commonest vote of all annotators but one, shape (n_pairs,): same where two tie, `MISSING` without a vote."""
    others = np.delete(votes, one, axis=0)
    counts = np.stack([(others == label).sum(axis=0) for label in range(CLASSES)])
    most = counts.max(axis=0)
    tied = (counts == most).sum(axis=0) > 1
    return np.where(most == 0, MISSING, np.where(tied, SAME, counts.argmax(axis=0)))


def _pairwise(votes: np.ndarray, one: int) -> np.ndarray:
    """Per pair: equal decided, decided, equal, all comparisons of one annotator; shape (n_pairs, 4)."""
    mine, others = votes[one], np.delete(votes, one, axis=0)
    both = (others != MISSING) & (mine != MISSING)
    decided = both & (others != SAME) & (mine != SAME)
    equal = others == mine
    return np.stack([(equal & decided).sum(0), decided.sum(0), (equal & both).sum(0), both.sum(0)], axis=1)


def _against_majority(votes: np.ndarray, one: int) -> np.ndarray:
    """Per pair: which cell of the others'-majority-by-own-vote table it falls in; shape (n_pairs, 9)."""
    majority = majority_of_others(votes, one)
    known = (majority != MISSING) & (votes[one] != MISSING)
    cells = np.zeros((votes.shape[1], CLASSES**2))
    cells[np.flatnonzero(known), confusion_cells(majority[known], votes[one][known])] = 1
    return cells


def _recognition(sums: np.ndarray, name: str) -> np.ndarray:
    return vars(recognition_of(_square(sums)))[name]


def _agreement(unit: np.ndarray, bootstrap: ClipBootstrap, halved: bool = False) -> Agreement:
    comparisons = unit[:, :4].sum(axis=0) // (2 if halved else 1)
    scores = {
        name: _estimate(unit[:, 4:], bootstrap, partial(_recognition, name=name), in_percent=True)
        for name in ("waf_2class", "acc_2class", "waf_3class", "acc_3class")
    }
    return Agreement(
        two_class=_estimate(unit[:, :2], bootstrap, _percent, in_percent=True),
        two_class_comparisons=int(comparisons[1]),
        three_class=_estimate(unit[:, 2:4], bootstrap, _percent, in_percent=True),
        three_class_comparisons=int(comparisons[3]),
        cohen_kappa=_estimate(unit[:, 4:], bootstrap, _cohen_kappa),
        **scores,
    )


def _estimate(
    unit: np.ndarray, bootstrap: ClipBootstrap, figure: Callable[[np.ndarray], np.ndarray], in_percent: bool = False
) -> Estimate:
    """A figure of sums over pairs, shape (..., k), with its interval."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value, replicates = float(figure(unit.sum(axis=0))), figure(bootstrap.sums(unit))
    if not in_percent:
        return Estimate(value, interval(replicates))
    clips = bootstrap.clips_with(np.asarray(unit.any(axis=1)))
    return Estimate(value, score_interval(np.array([value]), replicates[:, None], clips))


def _percent(sums: np.ndarray) -> np.ndarray:
    return 100.0 * sums[..., 0] / sums[..., 1]


def _cohen_kappa(sums: np.ndarray) -> np.ndarray:
    confusion = _square(sums)
    total = confusion.sum(axis=(-2, -1))
    observed = np.trace(confusion, axis1=-2, axis2=-1) / total
    expected = (confusion.sum(-1) * confusion.sum(-2)).sum(-1) / total**2
    return (observed - expected) / (1 - expected)


def _fleiss_kappa(sums: np.ndarray) -> np.ndarray:
    observed = sums[..., 0] / sums[..., 1]
    shares = sums[..., 2:] / sums[..., 2:].sum(axis=-1, keepdims=True)
    expected = (shares**2).sum(axis=-1)
    return (observed - expected) / (1 - expected)


def _krippendorff_alpha(sums: np.ndarray) -> np.ndarray:
    together = _square(sums)
    by_label = together.sum(axis=-1)
    total = by_label.sum(axis=-1)
    observed = total - np.trace(together, axis1=-2, axis2=-1)
    expected = (total**2 - (by_label**2).sum(axis=-1)) / (total - 1)
    return 1 - observed / expected


def _square(sums: np.ndarray) -> np.ndarray:
    return sums.reshape(*sums.shape[:-1], CLASSES, CLASSES)
