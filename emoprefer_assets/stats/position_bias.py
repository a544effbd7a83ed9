"""Which side people and judges prefer, and which annotators are to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import SAME
from emoprefer_assets.stats.resampling import LEVEL, ClipBootstrap, Estimate
from emoprefer_assets.stats.score_intervals import score_interval

# From this share of one side on, it hardly depends on the pair.
CONSTANT_PERCENT = 95.0
FEWEST_VOTES = 20
# Twice what people read in a minute: 238 English words (Brysbaert 2019), 255 Chinese characters (Trauzettel-Klosinski
# and Dietz 2012).
FASTEST_READING = 500.0
# Votes shared and share of equal ones from which two annotators may be one, where chance is as unlikely as this.
FEWEST_SHARED = 30
COPIED_PERCENT = 97.0
COPIED_BY_CHANCE = 0.001


@dataclass(frozen=True)
class SideShare:
    """Percent of decided votes or verdicts that name the description on the left, or first; 50 without a bias.

    Attributes:
        share: with its 95 percent interval.
        decided: how many there are.
        biased: whether the interval at the level that was asked for leaves out 50.
    """

    share: Estimate
    decided: int
    biased: bool

    @property
    def constant(self) -> bool:
        """Whether nearly all name one side."""
        return self.decided >= FEWEST_VOTES and abs(self.share.value - 50) >= CONSTANT_PERCENT - 50


@dataclass(frozen=True)
class LikeVotes:
    """Two annotators who vote alike more often than others explain.

    Attributes:
        one, other: their places.
        equal, shared: equal votes of those on the same pairs.
    """

    one: int
    other: int
    equal: int
    shared: int


def side_share(first: np.ndarray, decided: np.ndarray, bootstrap: ClipBootstrap, level: float = LEVEL) -> SideShare:
    """How often the first side is named.

    Args:
        first: how many votes of each pair name the description that stood left, or came first, shape (n_pairs,).
        decided: how many name either, shape (n_pairs,).
        bootstrap: of the pairs' clips.
        level: at which `biased` is decided.
    """
    total = int(decided.sum())
    share = 100.0 * first.sum() / total if total else np.nan
    sums = bootstrap.sums(np.stack([first, decided], axis=1))
    with np.errstate(invalid="ignore"):
        replicates = (100.0 * sums[:, 0] / sums[:, 1])[:, None]
    clips = bootstrap.clips_with(decided > 0)
    shown, asked = (score_interval(np.array([share]), replicates, clips, at) for at in (LEVEL, level))
    return SideShare(Estimate(share, shown), total, asked.low > 50 or asked.high < 50)


def named_first(votes: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each vote names the left side, and whether it names either; shape as `votes`.

    Args:
        votes: label codes, any shape; `MISSING` where there is no vote.
        left: code of the description on the left, of the same shape; `MISSING` where it is not known.
    """
    decided = (votes != MISSING) & (votes != SAME) & (left != MISSING)
    return decided & (votes == left), decided


def too_fast(seconds: np.ndarray, words: np.ndarray) -> float:
    """Percent of timed votes that took less than a fast reader needs for both texts; nan with fewer than 20.

    Args:
        seconds: of each vote, nan where not known, shape (n_votes,).
        words: of both texts together, Chinese characters counting as words, shape (n_votes,).
    """
    timed = ~np.isnan(seconds)
    if timed.sum() < FEWEST_VOTES:
        return np.nan
    return 100.0 * float((seconds[timed] < 60 * words[timed] / FASTEST_READING).mean())


def like_votes(votes: np.ndarray) -> list[LikeVotes]:
    """Annotators of whom one may have copied the other, or who are one person.

    They agree on 97 percent of 30 shared pairs or more, where an agreement as good as either has with those that are
    not like them would give that by chance once in 1,000 such data sets (binomial, Bonferroni).

    Args:
        votes: label codes, shape (n_annotators, n_pairs); `MISSING` where there is no vote.
    """
    from scipy.special import bdtrc

    known = votes != MISSING
    shared = known.astype(np.int64) @ known.T
    equal = sum((votes == label).astype(np.int64) @ (votes == label).T for label in range(SAME + 1))
    alike = (shared >= FEWEST_SHARED) & (equal >= COPIED_PERCENT / 100 * shared)
    others = ~(alike | np.eye(len(votes), dtype=bool))
    compared = np.where(others, shared, 0).sum(axis=1)
    usual = np.where(others, equal, 0).sum(axis=1) / np.maximum(compared, 1)
    comparisons = len(votes) * (len(votes) - 1) / 2
    found = []
    for one, other in zip(*np.nonzero(np.triu(alike, 1)), strict=True):
        count, total = int(equal[one, other]), int(shared[one, other])
        by_chance = bdtrc(count - 1, total, max(usual[one], usual[other])) * comparisons
        if min(compared[one], compared[other]) and by_chance < COPIED_BY_CHANCE:
            found.append(LikeVotes(int(one), int(other), count, total))
    return found
