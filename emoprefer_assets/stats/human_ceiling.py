"""Is a judge as good as one more annotator: both against the same others, on the same pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emoprefer_assets.stats.agreement import MISSING, majority_of_others
from emoprefer_assets.stats.metrics import CLASSES, confusion_cells, recognition_of
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, interval


@dataclass(frozen=True)
class JudgeAndAnnotators:
    """Two-class weighted F1 against the majority of the other annotators, in percent.

    Attributes:
        judge: in the place of each annotator in turn, weighted by what that one voted on.
        annotators: the annotators themselves: the human ceiling.
        difference: judge less annotators, in points, paired by clip.
    """

    judge: Estimate
    annotators: Estimate
    difference: Estimate


@dataclass(frozen=True)
class HumanCeiling:
    """The annotators of a data set, each against the others.

    Each annotator is scored against the majority of the others (leave one out, as in Calderon, Reichart and Dror 2025),
    where they tie against `same`, which the two-class rule drops; and a judge against the same majorities on the same
    pairs. Against labels that an annotator's own vote went into, or on pairs chosen by agreement, the two could not be
    compared.

    Attributes:
        votes: label codes, shape (n_annotators, n_pairs); `MISSING` where there is no vote.
        bootstrap: of the pairs' clips.
    """

    votes: np.ndarray
    bootstrap: ClipBootstrap

    @cached_property
    def others(self) -> np.ndarray:
        """The majority of the others where the annotator voted, else `MISSING`, shape (n_annotators, n_pairs)."""
        majorities = np.stack([majority_of_others(self.votes, one) for one in range(len(self.votes))])
        return np.where(self.votes == MISSING, MISSING, majorities)

    @cached_property
    def _annotators(self) -> tuple[float, np.ndarray]:
        return self._waf(self._cells(self.votes))

    @property
    def annotators(self) -> Estimate:
        """Their weighted F1 against the others."""
        value, samples = self._annotators
        return Estimate(value, interval(samples))

    def compare(self, verdicts: np.ndarray) -> JudgeAndAnnotators:
        """A judge beside them.

        Args:
            verdicts: label codes, shape (rounds, n_pairs).
        """
        rounds = [self._waf(self._cells(np.broadcast_to(said, self.votes.shape))) for said in verdicts]
        value, samples = np.mean([one for one, _ in rounds]), np.mean([drawn for _, drawn in rounds], axis=0)
        theirs, their_samples = self._annotators
        return JudgeAndAnnotators(
            Estimate(float(value), interval(samples)),
            self.annotators,
            Estimate(float(value) - theirs, interval(samples - their_samples)),
        )

    def _cells(self, said: np.ndarray) -> np.ndarray:
        """Per pair and cell of the others-by-verdict table, how many annotators' others, shape (n_pairs, 9)."""
        who, pair = np.nonzero(self.others != MISSING)
        cells = confusion_cells(self.others[who, pair], said[who, pair])
        pairs = self.votes.shape[1]
        return np.bincount(pair * CLASSES**2 + cells, minlength=pairs * CLASSES**2).reshape(pairs, -1).astype(float)

    def _waf(self, cells: np.ndarray) -> tuple[float, np.ndarray]:
        square = (-1, CLASSES, CLASSES)
        value = recognition_of(cells.sum(axis=0).reshape(CLASSES, CLASSES)).waf_2class
        return float(value), recognition_of(self.bootstrap.sums(cells).reshape(square)).waf_2class
