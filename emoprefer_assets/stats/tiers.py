"""Tiers: where on a board the first difference is that the data show."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def tiers(ranked: Iterable[tuple[str, Collection[str]]]) -> list[int]:
    """The tier of each entry, from 1: one ends before the first entry that can be told from the tier's own first.

    Args:
        ranked: name, and the names that it cannot be told from; best first.
    """
    found: list[int] = []
    tier, head = 0, ""
    for name, tied_with in ranked:
        if not found or head not in tied_with:
            tier, head = tier + 1, name
        found.append(tier)
    return found
