"""What may be said of a board that is looked at again and again, at a moment of one's choosing.

Repeated confidence intervals (Jennison and Turnbull 1989): each look has a level of its own, and the errors of all that
there will ever be add up to that of one. They simply add up (Bonferroni), so that nothing is taken for granted of
what comes between two looks: systems, votes, clips, other judges. A confidence sequence (Waudby-Smith, Arbour, Sinha,
Kennedy and Ramdas 2024) would have to take clips to come one after the other, all judged by the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.bradley_terry import BradleyTerry
from emoprefer_assets.stats.comparing import variances_of_differences
from emoprefer_assets.stats.resampling import LEVEL


@dataclass(frozen=True)
class Anytime:
    """What one look may say, whatever earlier ones said.

    Attributes:
        look: which one, from 1.
        low, high: interval of each rating, on the Elo scale, shape (n_systems,): those of all looks hold together at
            `level`, of one system.
        beats: whether the row's system is better than the column's, shape (n_systems, n_systems): with all looks and
            pairs of systems, something is wrong in 1 - `level` of boards at most.
        level: of all looks together.
    """

    look: int
    low: np.ndarray
    high: np.ndarray
    beats: np.ndarray
    level: float


def error_of_look(look: int, level: float = LEVEL) -> float:
    """What a look may err: 1 - `level` over 1 * 2, 2 * 3, 3 * 4 and so on, which add up to 1 - `level` without end."""
    return (1 - level) / (look * (look + 1))


def at_look(fit: BradleyTerry, look: int, level: float = LEVEL) -> Anytime:
    """Say what look number `look`, from 1, shows.

    Differences go by Student's t with one degree of freedom less than their component has clips, and a look's error is
    divided by the pairs of systems that can be compared.
    """
    from scipy.special import stdtrit

    error = error_of_look(look, level)
    low, high = fit.rating_interval(1 - error)
    together = fit.components[:, None] == fit.components[None, :]
    pairs = (together.sum() - len(together)) / 2
    errors = np.sqrt(variances_of_differences(fit.covariance))
    needed = -stdtrit(np.maximum(fit.clips - 1, 1), error / 2 / max(pairs, 1))[:, None] * errors
    difference = fit.strength[:, None] - fit.strength[None, :]
    # Where nothing is known of an error it is nan, and nobody is better.
    return Anytime(look, low, high, together & (errors > 0) & (difference > needed), level)
