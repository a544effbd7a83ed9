"""Probabilities against the shares of people's votes, where people need not agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.labels import A1, SAME
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, interval


@dataclass(frozen=True)
class SoftLabels:
    """Which share of each pair's votes says a1, a vote `same` as half of one.

    Attributes:
        share: from 0 to 1, nan without a vote, shape (n_pairs,).
        bootstrap: of the pairs' clips.
    """

    share: np.ndarray
    bootstrap: ClipBootstrap

    @classmethod
    def of(cls, votes: np.ndarray, bootstrap: ClipBootstrap) -> SoftLabels:
        """Of label codes, shape (n_annotators, n_pairs); negative where an annotator did not vote."""
        cast = (votes >= 0).sum(axis=0)
        first = (votes == A1).sum(axis=0) + 0.5 * (votes == SAME).sum(axis=0)
        return cls(np.divide(first, cast, out=np.full(cast.shape, np.nan), where=cast > 0), bootstrap)

    @property
    def least(self) -> float:
        """The log-loss of a judge that knows every share, in nats: their entropy. Guessing 50:50 has ln 2 = 0.693."""
        return float(np.mean(-_x_log_x(self._known) - _x_log_x(1 - self._known)))

    def log_loss(self, margins: np.ndarray) -> Estimate:
        """Mean cross-entropy with the shares, in nats, and its 95 percent interval by clip (Uma et al. 2021).

        Args:
            margins: log-odds of a1 over a2, natural, shape (rounds, n_pairs).
        """
        # -t ln p - (1 - t) ln(1 - p), without the rounding of a probability close to 0 or 1.
        losses = np.logaddexp(0, -margins) + (1 - self.share) * margins
        each, known = losses.mean(axis=0), ~np.isnan(self.share)
        return Estimate(float(each[known].mean()), interval(self.bootstrap.means(np.nan_to_num(each), known)))

    @property
    def _known(self) -> np.ndarray:
        return self.share[~np.isnan(self.share)]


def _x_log_x(values: np.ndarray) -> np.ndarray:
    """Natural; 0 at 0."""
    logs = np.log(values, out=np.zeros(values.shape), where=values > 0)
    product: np.ndarray = values * logs
    return product
