"""A random sample within strata, each member of which had a known probability to be drawn."""

from __future__ import annotations

import numpy as np


def stratified_sample(strata: np.ndarray, random_numbers: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw from every stratum about as many, those with the smallest numbers (permanent random numbers, Ohlsson 1995).

    Within a stratum it is simple random sampling, so that the inverse of the probabilities are the weights of Horvitz
    and Thompson (1952). With the same numbers a larger sample holds each smaller one.

    Args:
        strata: index of each member's stratum from 0, shape (n,).
        random_numbers: between 0 and 1, without ties, shape (n,).
        number: how many to draw; all of them, where there are fewer.

    Returns:
        Who is drawn, and with what probability each member could be, both of shape (n,).
    """
    sizes = np.bincount(strata)
    drawn = np.zeros(len(sizes), dtype=int)
    left = min(number, len(strata))
    while left:
        # Large strata first, so that who gets the remainder does not depend on the numbers.
        open_ = np.argsort(-sizes, kind="stable")
        open_ = open_[drawn[open_] < sizes[open_]]
        more = np.full(len(open_), left // len(open_)) if left >= len(open_) else (np.arange(len(open_)) < left) * 1
        more = np.minimum(more, sizes[open_] - drawn[open_])
        drawn[open_] += more
        left -= int(more.sum())
    order = np.lexsort((random_numbers, strata))
    rank = np.empty(len(strata), dtype=int)
    rank[order] = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return rank < drawn[strata], (drawn / np.maximum(sizes, 1))[strata]
