"""Which token sequences are worth reading with their common beginning read only once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# A shorter common beginning is not looked for.
SHORTEST_PREFIX = 8
# What reading a beginning on its own costs besides its tokens, in tokens, by the type of device: in the time that a GPU
# takes to begin, it could read many.
OVERHEAD = {"cpu": 48, "cuda": 512}


@dataclass(frozen=True)
class Cluster:
    """Sequences with a common beginning.

    Attributes:
        members: their places among the sequences planned for.
        prefix: how many tokens of theirs are read once behind each clip; 0 reads each whole.
    """

    members: tuple[int, ...]
    prefix: int


def clusters(
    sequences: Sequence[Sequence[int]],
    sharable: Sequence[int],
    clips: Sequence[Hashable] | None = None,
    device: str = "cpu",
) -> list[Cluster]:
    """The division of `sequences` that reads the fewest tokens.

    Divisions are into runs that share at least 8, 16, 32, ... tokens; one level deep, without runs inside runs.

    Args:
        sequences: tokens.
        sharable: for each sequence, how many of its first tokens may be shared at most.
        clips: behind which clip each stands, so that only sequences about the same one share what is read; None where
            they stand behind nothing.
        device: its type.

    Returns:
        Every sequence once; those that share nothing stand together in one cluster of prefix 0.
    """
    if not sequences:
        return []
    order = sorted(range(len(sequences)), key=lambda place: tuple(sequences[place]))
    common = [min(common_prefix(sequences[a], sequences[b]), sharable[a], sharable[b]) for a, b in pairwise(order)]
    best = [Cluster(tuple(order), 0)]
    shortest = SHORTEST_PREFIX
    while common and shortest <= max(common):
        best = min(
            best,
            _divided(order, common, shortest),
            key=lambda division: _cost(division, sequences, clips or [None] * len(sequences), OVERHEAD[device]),
        )
        shortest *= 2
    return best


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens both begin with."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _divided(order: list[int], common: list[int], shortest: int) -> list[Cluster]:
    """Runs of neighbours that share at least `shortest` tokens, and the rest together."""
    runs: list[tuple[list[int], list[int]]] = [([order[0]], [])]
    for place, shared in zip(order[1:], common, strict=True):
        if shared >= shortest:
            runs[-1][0].append(place)
            runs[-1][1].append(shared)
        else:
            runs.append(([place], []))
    found = [Cluster(tuple(members), min(shared)) for members, shared in runs if shared]
    alone = [members[0] for members, shared in runs if not shared]
    return [*found, Cluster(tuple(alone), 0)] if alone else found


def _cost(division: list[Cluster], sequences: Sequence[Sequence[int]], clips: Sequence[Hashable], overhead: int) -> int:
    """Tokens read, and what the extra passes cost."""
    return sum(
        sum(len(sequences[place]) - cluster.prefix for place in cluster.members)
        + (cluster.prefix * len({clips[place] for place in cluster.members}) + overhead if cluster.prefix else 0)
        for cluster in division
    )
