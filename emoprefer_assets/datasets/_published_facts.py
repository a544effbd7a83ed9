"""What is not in the files but was published for this very data set: how well people agree, and its licence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emoprefer_assets.display import is_printable


@dataclass(frozen=True)
class PublishedAgreement:
    """Agreement of people as published, in percent.

    Attributes:
        two_class: equal votes of two people, comparisons with a tie dropped.
        three_class: equal votes, ties kept; None where it is not published.
        source: who says so.
    """

    two_class: float
    three_class: float | None
    source: str


# Attributes of a data set by its pairs, whatever its folder and files are called.
_PUBLISHED: dict[str, dict[str, Any]] = {
    "82689863042b796bda025d8f9dd0e9eb": {
        "published_agreement": PublishedAgreement(
            69.31, 59.23, "human consistency published for EmoPrefer-Data (ICLR 2026, arXiv 2507.04278)"
        ),
        "licence": (
            "Apache-2.0, with the words 'research preview intended for non-commercial use only' "
            "(github.com/zeroQiaoba/AffectGPT)"
        ),
    }
}


def published_facts(pair_ids: Iterable[str]) -> Mapping[str, Any]:
    """What was published for the data set of exactly these pairs, as attributes of `DataSet`."""
    text = "".join(sorted(pair_ids))
    return _PUBLISHED.get(hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), {})


def stated_agreement(given: Any) -> PublishedAgreement:
    """The key `human_agreement` of dataset.yaml.

    Raises:
        ValueError: says what it has to be.
    """
    needed, known = {"two_class", "source"}, {"two_class", "three_class", "source"}
    if not isinstance(given, dict) or not needed <= given.keys() <= known:
        raise ValueError("expected the keys two_class (percent), source and, if it is known, three_class")
    for key in sorted(given.keys() - {"source"}):
        if type(given[key]) not in (int, float) or not (given[key] == 0 or 1 < given[key] <= 100):
            raise ValueError(f"{key} is not a percentage, such as 81.5")
    source = given["source"]
    if not isinstance(source, str) or not source.strip() or not is_printable(source):
        raise ValueError("source is not plain text. Say where the figure was published")
    return PublishedAgreement(given["two_class"], given.get("three_class"), source)
