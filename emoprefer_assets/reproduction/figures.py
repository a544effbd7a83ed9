"""One published figure beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

# Figures are published with two decimals.
LAST_DIGIT = 0.005
METRICS = {
    "waf_2class": "WAF 2",
    "acc_2class": "ACC 2",
    "waf_3class": "WAF 3",
    "acc_3class": "ACC 3",
    "swap_consistency": "swap consistency",
}


@dataclass(frozen=True)
class Figure:
    """A judge's figure under one strategy; percent, nan where there is none.

    Attributes:
        metric: a key of METRICS.
        difference: ours less published, in points.
        low, high: the 95 % interval of ours, by clip.
        lies_within: whether the published figure lies within it; None without both.
    """

    judge: str
    strategy: str
    metric: str
    published: float
    ours: float
    difference: float
    low: float
    high: float
    lies_within: bool | None

    @property
    def verdict(self) -> str:
        """equal (to the last published digit), within, outside, no interval, or "-" where nothing is published."""
        if self.published != self.published:
            return "-"
        if abs(self.difference) <= LAST_DIGIT + 1e-9:
            return "equal"
        if self.lies_within is None:
            return "no interval"
        return "within" if self.lies_within else "outside"

    @property
    def is_met(self) -> bool:
        return self.verdict in ("equal", "within")


def judges_alike(differed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Judges, as one text, and what differed for all of them.

    Args:
        differed: what differed, by judge.
    """
    ordered = sorted(differed, key=lambda judge: (differed[judge], judge))
    return [(", ".join(judges), what) for what, judges in groupby(ordered, key=lambda judge: differed[judge])]
