"""Tiers: a compact letter display of which entries of a board do not differ significantly."""

from __future__ import annotations

import string

import numpy as np


def tiers(tied: np.ndarray) -> list[str]:
    """The letters of each entry: two share a letter if and only if they do not differ significantly (Piepho 2004).

    A letter stands for entries of which no two differ, as many as fit. Letters are given out from the best entry down,
    each to the best pair that shares none yet, and those that add nothing are taken back: finding the fewest letters
    is NP-hard (Gramm, Guo, Hüffner and Niedermeier 2008). After Z come A1, B1, ...

    Args:
        tied: shape (n, n), symmetric, whether two entries do not differ significantly; best entry first.
    """
    count = len(tied)
    tied = tied.copy()
    np.fill_diagonal(tied, True)
    shared = np.zeros((count, count), dtype=bool)
    groups: list[np.ndarray] = []
    for best in range(count):
        while (lacking := np.flatnonzero(tied[best] & ~shared[best])).size:
            # The farthest first: on most boards everybody between the two is tied with both.
            members = [best, lacking[-1]]
            open_to = tied[best] & tied[lacking[-1]]
            for other in range(count):
                if open_to[other]:
                    members.append(other)
                    open_to &= tied[other]
            group = np.isin(np.arange(count), members)
            groups.append(group)
            shared[np.outer(group, group)] = True
    groups = sorted(_needed(groups), key=lambda group: np.flatnonzero(group).tolist())
    return ["".join(_letter(place) for place, group in enumerate(groups) if group[entry]) for entry in range(count)]


def _needed(groups: list[np.ndarray]) -> list[np.ndarray]:
    """The groups without those whose every pair shares another one; the smallest go first."""
    sharing = sum((np.outer(group, group).astype(int) for group in groups), np.zeros((1, 1), dtype=int))
    needed = []
    for group in sorted(groups, key=lambda group: int(group.sum())):
        pairs = np.outer(group, group)
        if (sharing[pairs] > 1).all():
            sharing = sharing - pairs
        else:
            needed.append(group)
    return needed


def _letter(place: int) -> str:
    again, letter = divmod(place, len(string.ascii_uppercase))
    return string.ascii_uppercase[letter] + (str(again) if again else "")
