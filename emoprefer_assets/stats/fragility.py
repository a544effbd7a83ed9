"""How few clips decide who leads a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.bradley_terry import BradleyTerry, count_wins, maximise

# Challengers of which the board without clips is fitted anew: those that one step says come nearest.
CHALLENGERS = 3
EQUAL = 1e-9


@dataclass(frozen=True)
class Fragility:
    """The fewest clips found without which a component's leader does not lead.

    Attributes:
        leader: the strongest system.
        challenger: who leads without `clips`; None where no clips were found.
        clips: that must go, by index, the most telling first; None where no clips were found.
    """

    leader: int
    challenger: int | None
    clips: np.ndarray | None


def fragility(
    fit: BradleyTerry,
    first: np.ndarray,
    second: np.ndarray,
    first_wins: np.ndarray,
    battles: np.ndarray,
    clips: np.ndarray,
) -> list[Fragility]:
    """For each component of two systems and more: how few clips must go for its leader to change.

    The clips are taken in the order in which one step from the fit says that they hold the leader up (Broderick,
    Giordano and Meager 2020; on boards of language models Huang, Shen, Wei and Broderick 2025). How many it takes is
    then found by fitting without them, so that the change is exact, and the number an upper bound of the fewest.

    Args:
        fit: of the rows, as in `fit_bradley_terry`; virtual battles stay.
    """
    found = []
    for component in range(fit.components.max(initial=-1) + 1):
        members = np.flatnonzero(fit.components == component)
        if len(members) > 1:
            found.append(_of_component(fit, members, first, second, first_wins, battles, clips))
    return found


def _of_component(
    fit: BradleyTerry,
    members: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    first_wins: np.ndarray,
    battles: np.ndarray,
    clips: np.ndarray,
) -> Fragility:
    leader = members[fit.strength[members].argmax()]
    in_component = fit.components[first] == fit.components[leader]
    first, second, first_wins, battles, clips = (
        column[in_component] for column in (first, second, first_wins, battles, clips)
    )
    challengers = members[members != leader]
    # By how much one step says that the leader's lead shrinks without each clip, shape (n_clips, n_challengers).
    held = fit.scores @ (fit.bread[:, [leader]] - fit.bread[:, challengers])
    order = np.argsort(-held, axis=0, kind="stable")
    lost = np.cumsum(np.take_along_axis(held, order, axis=0), axis=0)
    enough = lost >= fit.strength[leader] - fit.strength[challengers]
    guesses = np.where(enough.any(axis=0), enough.argmax(axis=0) + 1, len(held) + 1)
    helping = (held > 0).sum(axis=0)

    def leader_without(gone: np.ndarray) -> int:
        dropped = np.zeros(len(held), dtype=bool)
        dropped[gone] = True
        some = dropped[clips]
        lost = count_wins(first[some], second[some], first_wins[some], battles[some], len(fit.strength))
        strength = maximise(fit.wins - lost + fit.virtual / 2, fit.components)
        # Equal ones differ in their last digits: who has drawn level does not lead yet.
        ahead = strength[members].max() > strength[leader] + EQUAL
        return int(members[strength[members].argmax()] if ahead else leader)

    best = Fragility(int(leader), None, None)
    for place in np.argsort(guesses, kind="stable")[:CHALLENGERS]:
        taken = order[:, place]

        def changes(count: int, taken: np.ndarray = taken) -> bool:
            return leader_without(taken[:count]) != leader

        most = int(helping[place]) if best.clips is None else len(best.clips) - 1
        if fewest := _fewest(changes, most, int(guesses[place])):
            best = Fragility(int(leader), leader_without(taken[:fewest]), taken[:fewest])
    return best


def _fewest(changes: Callable[[int], bool], most: int, guess: int) -> int:
    """The fewest from 1 to `most` that change it, by bisection that starts at `guess`; 0 if `most` do not."""
    if most < 1 or not changes(most):
        return 0
    low, high, middle = 0, most, min(guess, most - 1)
    while high - low > 1:
        middle = middle if low < middle < high else (low + high) // 2
        low, high = (low, middle) if changes(middle) else (middle, high)
        # Next to the guess, where one step is nearly right.
        middle = middle - 1 if high == middle else middle + 1
    return high
