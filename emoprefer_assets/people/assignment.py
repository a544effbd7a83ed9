"""Who votes on which pair, in which order, and which description stands left: functions of the study alone.

Everything is ordered by hashes: a study that goes on with a later version of this tool goes on as it began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoprefer_assets.stats.labels import SWAPPED

PAIR, REPEAT, ATTENTION, QUALIFICATION = "pair", "repeat", "attention", "qualification"


@dataclass(frozen=True)
class Shown:
    """What is shown, by kind and key, and the description that stands left: a1 or a2."""

    kind: str
    key: str
    left: str


def assigned(pairs: Sequence[str], annotators: int, votes_per_pair: int, seed: int) -> list[list[str]]:
    """The pairs of each annotator, in the order of `pairs`: a balanced incomplete design.

    Each pair goes to `votes_per_pair` annotators. Their numbers of pairs differ by one at most, and any two of them
    share about as many pairs as any other two, so that everybody can be compared with everybody.
    """
    loads = np.zeros(annotators, dtype=int)
    together = np.zeros((annotators, annotators), dtype=int)
    chosen: dict[str, list[int]] = {}
    for pair in _shuffled(pairs, seed, "design"):
        chance = [_hash(seed, "design", pair, place) for place in range(annotators)]
        people: list[int] = []
        while len(people) < votes_per_pair:
            shared = together[people].sum(axis=0)
            rest = (place for place in range(annotators) if place not in people)
            people.append(min(rest, key=lambda place: (loads[place], shared[place], chance[place])))
            loads[people[-1]] += 1
        together[np.ix_(people, people)] += 1
        chosen[pair] = people
    return [[pair for pair in pairs if place in chosen[pair]] for place in range(annotators)]


def shown_to(
    annotator: str, keys: Sequence[str], kind: str, repeats: float = 0.0, attention: Sequence[str] = (), seed: int = 1
) -> list[Shown]:
    """What one annotator is shown, in order.

    Half of the items have a1 on the left, drawn at random for this annotator. Repeats, in the other order, are of pairs
    from the first third and stand in the last third. Attention checks are spread evenly.

    Args:
        repeats: share of the pairs that is shown again.
    """
    order = _shuffled(keys, seed, annotator, kind, "order")
    sides = _sides(order, seed, annotator, kind)
    shown = [Shown(kind, key, sides[key]) for key in order]
    third = len(order) // 3
    again = _shuffled(order[:third], seed, annotator, "again")[: round(repeats * len(order))]
    late = shown[len(order) - third :] + [Shown(REPEAT, key, SWAPPED[sides[key]]) for key in again]
    late.sort(key=lambda one: _hash(seed, annotator, "late", one.kind, one.key))
    shown[len(order) - third :] = late
    checks = _shuffled(attention, seed, annotator, "attention")
    check_sides = _sides(checks, seed, annotator, ATTENTION)
    length = len(shown)
    # Somewhere in its own stretch of the order; from the last stretch to the first, as each moves what follows it.
    for number, key in reversed(list(enumerate(checks))):
        low, high = (length * part // len(checks) for part in (number, number + 1))
        place = low + _hash(seed, annotator, "place", key) % max(high - low, 1)
        shown.insert(place, Shown(ATTENTION, key, check_sides[key]))
    return shown


def _sides(keys: Sequence[str], seed: int, *about: object) -> dict[str, str]:
    """The description on the left of each: a1 in half of them, to the nearest whole number by chance."""
    order = _shuffled(keys, seed, *about, "side")
    first = _hash(seed, *about, "first side") % 2
    return {key: ("a1", "a2")[(number + first) % 2] for number, key in enumerate(order)}


def _shuffled(keys: Sequence[str], seed: int, *about: object) -> list[str]:
    return sorted(keys, key=lambda key: (_hash(seed, *about, key), key))


def _hash(*parts: object) -> int:
    text = "\0".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
