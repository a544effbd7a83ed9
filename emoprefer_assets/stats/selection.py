"""Choosing among alternatives on other pairs than those that are scored (nested cross-validation)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np

FOLDS = 10


@dataclass(frozen=True)
class Split:
    """Which pairs are scored, and which labels may be used for it.

    Attributes:
        scored, known: masks, shape (n_pairs,), without a pair in both.
    """

    scored: np.ndarray
    known: np.ndarray


def clip_folds(clips: np.ndarray) -> np.ndarray:
    """The fold, 0 to `FOLDS` - 1, of each pair, shape (n_pairs,); all pairs of a clip are in one fold."""
    _, index = np.unique(clips, return_inverse=True)
    count = int(index.max(initial=-1)) + 1
    return np.random.default_rng(0).permutation(count)[index] % FOLDS


def clip_splits(clips: np.ndarray) -> list[Split]:
    """Each fold of clips, shape (n_pairs,), scored once, with the labels of the others."""
    folds = clip_folds(clips)
    return [Split(folds == fold, folds != fold) for fold in np.unique(folds)]


def stratum_splits(strata: np.ndarray, clips: np.ndarray) -> list[Split]:
    """Each stratum scored once, with labels of other strata and of other clips only; none where there is one stratum.

    More than `FOLDS` strata are left out in as many groups of about equal size.

    Args:
        strata: of each pair, shape (n_pairs,), any labels.
        clips: of each pair, shape (n_pairs,), any labels.
    """
    groups, folds, splits = _groups(strata), clip_folds(clips), []
    if groups.max(initial=0) == 0:
        return []
    for group in np.unique(groups):
        here = groups == group
        if np.isin(clips[here], clips[~here]).any():
            parts = [(here & (folds == fold), folds != fold) for fold in np.unique(folds[here])]
        else:
            parts = [(here, ~here)]
        splits += [Split(scored, ~here & known) for scored, known in parts]
    return splits


def nested_choice(
    alternatives: Sequence[np.ndarray],
    folds: np.ndarray,
    score: Callable[[np.ndarray, np.ndarray], float],
) -> np.ndarray:
    """For each fold, what the alternative that is best on the other folds says (Varma and Simon 2006).

    Args:
        alternatives: verdicts of each, shape (its rounds, n_pairs); each is scored over all of its rounds.
        folds: of each pair, shape (n_pairs,).
        score: of verdicts (rounds, k) on the k pairs of a mask (n_pairs,); larger is better, nan is worst.

    Returns:
        verdicts, shape (rounds, n_pairs), where every round of each alternative stands equally often.
    """
    rounds = lcm(*map(len, alternatives))
    alternatives = [np.tile(verdicts, (rounds // len(verdicts), 1)) for verdicts in alternatives]
    chosen = alternatives[0].copy()
    for fold in np.unique(folds):
        scored, others = folds == fold, folds != fold
        scores = [np.nan_to_num(score(verdicts[:, others], others), nan=-np.inf) for verdicts in alternatives]
        chosen[:, scored] = alternatives[int(np.argmax(scores))][:, scored]
    return chosen


def _groups(strata: np.ndarray) -> np.ndarray:
    """At most `FOLDS` groups of whole strata, shape (n_pairs,): largest first, each to the smallest group so far."""
    _, index, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    group_of, filled = np.zeros(len(sizes), dtype=int), np.zeros(min(FOLDS, len(sizes)), dtype=int)
    for stratum in np.argsort(-sizes, kind="stable"):
        group_of[stratum] = filled.argmin()
        filled[group_of[stratum]] += sizes[stratum]
    return group_of[index]
