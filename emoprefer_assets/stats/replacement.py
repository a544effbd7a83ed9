"""May a judge replace a person: the alternative annotator test of Calderon, Reichart and Dror (ACL 2025), by clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import SAME
from emoprefer_assets.stats.metrics import CLASSES
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, Interval
from emoprefer_assets.stats.score_intervals import score_interval

FEWEST_ANNOTATORS = 3
FEWEST_PAIRS = 30
# What a judge may be worse by: for crowd workers, trained annotators and experts (section 3.2 of the paper).
EPSILONS = (0.1, 0.15, 0.2)
LEVEL = 0.05
PASSING = 0.5


@dataclass(frozen=True)
class Replacement:
    """One candidate, in the place of each annotator in turn.

    Attributes:
        rho: average advantage probability: how often, 0 to 1, it agrees with the others at least as well as the
            annotator whose place it takes; nan where no annotator has pairs enough.
        annotators_rho: the same of these annotators against the candidate.
        omega: winning rate by epsilon: the share of annotators whom it is shown to be worse than by less than epsilon,
            0 to 1; nan with fewer than `FEWEST_ANNOTATORS`.
        pairs: how many pairs it could be compared with each annotator on, shape (n_annotators,).
    """

    rho: Estimate
    annotators_rho: float
    omega: Mapping[float, float]
    pairs: np.ndarray

    @property
    def annotators(self) -> int:
        """How many annotators have pairs enough."""
        return int((self.pairs >= FEWEST_PAIRS).sum())

    @property
    def votes_lacking(self) -> int:
        """How many votes more the test needs at least."""
        most = np.sort(np.append(self.pairs, [0] * FEWEST_ANNOTATORS))[-FEWEST_ANNOTATORS:]
        return int(np.maximum(FEWEST_PAIRS - most, 0).sum())

    def passes(self, epsilon: float) -> bool | None:
        """Whether it may replace a person; None where there are not votes enough to say."""
        return None if np.isnan(self.omega[epsilon]) else self.omega[epsilon] >= PASSING


@dataclass(frozen=True)
class ReplacementTest:
    """The annotators of a data set, whose place judges, baselines and the annotators themselves may take.

    Attributes:
        votes: label codes, shape (n_annotators, n_pairs); `MISSING` where there is no vote.
        bootstrap: of the pairs' clips.
        epsilons: to test at, 0 to 1.
    """

    votes: np.ndarray
    bootstrap: ClipBootstrap
    epsilons: tuple[float, ...] = EPSILONS

    @cached_property
    def _votes_for(self) -> np.ndarray:
        """How many annotators vote for each label, shape (4, n_pairs); nobody does for a verdict without a label."""
        counts = [(self.votes == label).sum(axis=0) for label in range(CLASSES)]
        return np.stack([*counts, np.zeros_like(counts[0])])

    def of(self, verdicts: np.ndarray) -> Replacement:
        """A candidate's test.

        On each pair that an annotator and somebody else voted on, candidate and annotator have an advantage of 1 where
        they agree with as many of the others as the other does, or more. The null hypothesis says of each annotator
        that the candidate's mean advantage is less than the annotator's by epsilon or more; Benjamini and Yekutieli
        (2001) over annotators. The paper's t test is that of clustered samples here, whose units are clips (Cameron and
        Miller 2015), and the variance at least that of a candidate at the limit, which is seldom worse: on 30 pairs
        without a difference a t test alone has a variance of 0.

        Args:
            verdicts: verdict codes, shape (rounds, n_pairs), rounds being averaged; unparsed and failed agree with
                nobody, and `MISSING` in any round leaves the pair out.
        """
        said = (verdicts != MISSING).all(axis=0)
        pairs, ours, theirs, p_values = [], [], [], []
        for mine in self.votes:
            others = self._votes_for.sum(axis=0) - (mine != MISSING)
            counted = (mine != MISSING) & (others > 0) & said
            pairs.append(int(counted.sum()))
            if pairs[-1] < FEWEST_PAIRS:
                continue
            won, lost = self._advantages(mine, verdicts, counted)
            ours.append(won)
            theirs.append(float(lost[counted].mean()))
            worse, clips = (lost - won)[counted], self.bootstrap.clips[counted]
            p_values.append([p_below(worse, clips, epsilon) for epsilon in self.epsilons])
        enough = len(p_values) >= FEWEST_ANNOTATORS
        rates = _winning_rates(np.array(p_values)) if enough else [np.nan] * len(self.epsilons)
        return Replacement(
            self._rho(ours),
            float(np.mean(theirs)) if theirs else np.nan,
            dict(zip(self.epsilons, rates, strict=True)),
            np.array(pairs),
        )

    def of_annotator(self, one: int) -> Replacement:
        """An annotator as the candidate, in the place of each of the others."""
        rest = ReplacementTest(np.delete(self.votes, one, axis=0), self.bootstrap, self.epsilons)
        return rest.of(self.votes[one][None])

    def _advantages(self, mine: np.ndarray, verdicts: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the candidate, meaned over rounds, and of the annotator, shape (n_pairs,); nan on pairs not counted."""
        places = np.arange(len(mine))
        with_mine = self._votes_for[mine, places] - 1
        said = np.minimum(verdicts, SAME + 1)
        with_candidate = self._votes_for[said, places] - (said == mine)
        won, lost = (with_candidate >= with_mine).mean(axis=0), (with_mine >= with_candidate).mean(axis=0)
        return np.where(counted, won, np.nan), np.where(counted, lost, np.nan)

    def _rho(self, ours: list[np.ndarray]) -> Estimate:
        if not ours:
            return Estimate(np.nan, Interval(np.nan, np.nan))
        won = np.stack(ours, axis=1)
        known = ~np.isnan(won)
        sums = self.bootstrap.sums(np.concatenate([np.nan_to_num(won), known], axis=1))
        with np.errstate(invalid="ignore"):
            replicates = (sums[:, : len(ours)] / sums[:, len(ours) :]).mean(axis=1)
        rho = float(np.nanmean(won, axis=0).mean())
        clips = self.bootstrap.clips_with(known.any(axis=1))
        found = score_interval(np.array([100 * rho]), 100 * replicates[:, None], clips)
        return Estimate(rho, Interval(found.low / 100, found.high / 100))


def p_below(values: np.ndarray, clips: np.ndarray, limit: float) -> float:
    """The p-value of the hypothesis that the mean of `values` over pairs is `limit` or more, clustered by clip.

    Args:
        values: from -1 to 1, shape (n_pairs,).
        clips: of each pair, any labels, shape (n_pairs,).
        limit: 0 to 1.
    """
    from scipy.special import stdtr

    _, clip = np.unique(clips, return_inverse=True)
    number, mean = int(clip.max()) + 1, float(values.mean())
    if number < 2:
        return 1.0
    by_clip = np.bincount(clip, values - mean)
    variance = number / (number - 1) * float(by_clip @ by_clip) / len(values) ** 2
    # Whole numbers with this mean vary no less, and all pairs of a clip may be one observation.
    variance = max(variance, limit * (1 - limit) / number)
    return float(stdtr(number - 1, (mean - limit) / np.sqrt(variance))) if variance > 0 else float(mean >= limit)


def _winning_rates(p_values: np.ndarray) -> list[float]:
    """The share of annotators won against at each epsilon, of p-values of shape (n_annotators, n_epsilons)."""
    from scipy.stats import false_discovery_control

    return [float((false_discovery_control(of_one, method="by") <= LEVEL).mean()) for of_one in p_values.T]
