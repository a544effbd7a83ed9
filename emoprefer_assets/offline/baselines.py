"""Content-blind baselines: what could be said of each pair without its clip, by the audit and as judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.plugins import BASELINES

NOTHING, TEXT, SYSTEMS = "nothing", "text", "systems"
Rule = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Baseline:
    """A rule that sees no clip.

    Attributes:
        rule: from pairs (pair_id, clip_id, system1, a1, system2, a2, preference) to a1, a2 or same for each, shape
            (n_pairs,), in the pairs' own frame; None where the registry cannot name it.
        sees: what a verdict takes of its pair: nothing, the text, or who wrote it; the latter is of no use for a new
            system.
        learns: whether it learns from the labels of other pairs.
        each_time: whether it answers otherwise in another order or round: it is then given seed, round and whether
            a1 and a2 are exchanged as well.
        audited: whether judges are measured beside it, registered or not.
        measure: of a text, for a baseline whose direction in the audit other clips' labels settle.
        directions: what it picks where more wins and where less wins.
    """

    rule: Rule | None
    sees: str = TEXT
    learns: bool = False
    each_time: bool = False
    audited: bool = True
    measure: Callable[[str], int] | None = None
    directions: tuple[str, str] = ("", "")


def baseline(**keys: Any) -> Callable[[Rule], Rule]:
    """Register the decorated rule by its name; `keys` are those of `Baseline`."""

    def register(rule: Rule) -> Rule:
        BASELINES.add(rule.__name__, Baseline(rule, **keys))
        return rule

    return register


def audited_baselines() -> dict[str, Baseline]:
    """Those that judges are measured beside, by name."""
    return {name: baseline for name, baseline in BASELINES.items() if baseline.audited}


def apply_rule(judge: RulesJudge, pairs: pd.DataFrame, rounds: int) -> pd.DataFrame:
    """The rule's verdicts on `pairs` in both orders and every round.

    Args:
        pairs: pair_id, clip_id, system1, a1, system2, a2, preference.

    Returns:
        round, swapped, pair_id, verdict (in the pair's own frame).
    """
    runs = list(product(range(rounds), (False, True)))
    if BASELINES[judge.rule].each_time:
        verdicts = [rule_verdicts(judge, pairs, *run) for run in runs]
    else:
        verdicts = [rule_verdicts(judge, pairs)] * len(runs)
    return pd.DataFrame(
        {
            "round": np.repeat([round_ for round_, _ in runs], len(pairs)),
            "swapped": np.repeat([swapped for _, swapped in runs], len(pairs)),
            "pair_id": pd.concat([pairs["pair_id"]] * len(runs), ignore_index=True),
            "verdict": pd.Series(np.concatenate(verdicts), dtype="str"),
        }
    )


def rule_verdicts(judge: RulesJudge, pairs: pd.DataFrame, round_: int = 0, swapped: bool = False) -> np.ndarray:
    """The rule's verdicts in one round and order, in the pairs' own frame, shape (n_pairs,); arguments as above."""
    return _said(BASELINES[judge.rule], pairs, judge.seed, round_, swapped)


def _said(baseline: Baseline, pairs: pd.DataFrame, seed: int = 0, round_: int = 0, swapped: bool = False) -> np.ndarray:
    assert baseline.rule
    return baseline.rule(pairs, seed, round_, swapped) if baseline.each_time else baseline.rule(pairs)


def larger(first: pd.Series, second: pd.Series) -> np.ndarray:
    """a1 where `first` is larger, a2 where `second` is, same where both are equal."""
    return np.select([first > second, second > first], ["a1", "a2"], "same")


def lead_of_others(support: np.ndarray, clips: pd.Series) -> np.ndarray:
    """The sum of `support`, shape (n_pairs,), over the pairs of all other clips; 0 where this clip could turn it.

    Each pair supports one side with 1, the other with -1, or neither with 0. A sum that leaves a pair out leans against
    that pair: of 50 wins on each side, every single one would be foretold wrongly. So a lead counts only where it is
    larger than what this clip's own pairs add up to.
    """
    by_clip = pd.Series(support).groupby(clips.to_numpy(), dropna=False)
    others = support.sum() - by_clip.transform("sum").to_numpy()
    own = pd.Series(np.abs(support)).groupby(clips.to_numpy(), dropna=False).transform("sum").to_numpy()
    return np.where(np.abs(others) > own, others, 0)


def verdicts_of_baseline(baseline: Baseline, pairs: pd.DataFrame) -> pd.DataFrame:
    """What a baseline says of `pairs`, which need the columns of `apply_rule`.

    Returns:
        pair_id, verdict (normal order), direction: which way the baseline pointed, null where it has no measure or
            the other clips' labels have no direction.
    """
    if baseline.measure is None:
        return pairs[["pair_id"]].assign(verdict=_said(baseline, pairs), direction=None)
    first, second = (pairs[side].map(baseline.measure).to_numpy() for side in ("a1", "a2"))
    larger = np.sign(first - second)
    wins = pairs["preference"].map({"a1": 1, "a2": -1}).fillna(0).to_numpy()
    points = np.sign(lead_of_others(larger * wins, pairs["clip_id"]))
    verdicts = np.select([points * larger > 0, points * larger < 0], ["a1", "a2"], "same")
    directions = np.array([None, *baseline.directions], dtype=object)[points.astype(int)]
    return pairs[["pair_id"]].assign(verdict=verdicts, direction=directions)
