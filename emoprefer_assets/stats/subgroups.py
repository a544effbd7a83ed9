"""How often a judge is right in each part of the pairs, with intervals for small parts and several pairs a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.resampling import LEVEL
from emoprefer_assets.stats.score_intervals import clustered_wilson


@dataclass(frozen=True)
class Subgroups:
    """Shares right of n judges in k disjoint parts of the pairs; the shares and ends have the shape (k, n), 0 to 1.

    Attributes:
        share: right in each part.
        low, high: each interval by itself at `level`; nan where a part has too few clips.
        all_low, all_high: the intervals of all parts of one judge hold together at `level`.
        pairs, clips: of each part, shape (k,).
        level: of the intervals.
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    all_low: np.ndarray
    all_high: np.ndarray
    pairs: np.ndarray
    clips: np.ndarray
    level: float

    @property
    def worst(self) -> np.ndarray:
        """Whether a part is that with the lowest share of those that have an interval, the first of equals, (k, n)."""
        lowest = np.nanargmin(np.where(np.isnan(self.low), np.inf, self.share), axis=0)
        worst: np.ndarray = (np.arange(len(self.share))[:, None] == lowest) & ~np.isnan(self.low)
        return worst


def by_subgroup(
    right: np.ndarray, clips: np.ndarray, parts: np.ndarray, level: float = LEVEL, fewest_clips: int = 2
) -> Subgroups:
    """Score judges in each part.

    The intervals of all parts are Bonferroni's: parts may share clips, and small ones are far from normal. They hold
    for the worst part, too, which is chosen by its score.

    Args:
        right: share of rounds in which each judge is right on each pair, shape (n_pairs, n).
        clips: index of each pair's clip, shape (n_pairs,).
        parts: index of each pair's part, from 0 to k - 1, none empty, shape (n_pairs,).
        fewest_clips: a part needs for an interval, 2 or more.
    """
    share, error, counts = [], [], []
    for part in range(int(parts.max(initial=-1)) + 1):
        inside = parts == part
        value = right[inside].mean(axis=0)
        _, own = np.unique(clips[inside], return_inverse=True)
        moved = np.stack([np.bincount(own, column) for column in (right[inside] - value).T], axis=1)
        few = len(moved) / max(len(moved) - 1, 1)
        share.append(value)
        error.append(np.sqrt(few * (moved**2).sum(axis=0)) / inside.sum())
        counts.append((inside.sum(), len(moved)))
    found, errors, sizes = np.array(share), np.array(error), np.array(counts)
    groups = sizes[:, 1:]
    low, high = clustered_wilson(found, errors**2, groups, groups - 1, level)
    all_low, all_high = clustered_wilson(found, errors**2, groups, groups - 1, 1 - (1 - level) / len(found))
    for end in (low, high, all_low, all_high):
        end[sizes[:, 1] < fewest_clips] = np.nan
    return Subgroups(found, low, high, all_low, all_high, sizes[:, 0], sizes[:, 1], level)
