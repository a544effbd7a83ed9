"""What verdicts are measured against: the labelled pairs, the dominant shortcut, the best floor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.stats import ClipBootstrap, clip_bootstrap, interval, recognition
from emoprefer_assets.stats.labels import A1, SAME, codes


@dataclass(frozen=True)
class Audit:
    """One data set's labels, shortcuts and judges.

    Attributes:
        pairs: the labelled pairs with their texts, in data-set order.
        judged: what each judge says of them, by judge and strategy.
        labels: label codes, shape (n_pairs,).
        bootstrap: of the pairs' clips; all intervals share its draws, so differences are paired.
        rules: verdict codes of each content-blind rule, normal order, shape (n_pairs,).
        shortcut: the dominant one among `rules`.
        floor: name of the best content-blind judge or rule, by two-class weighted F1.
        floor_verdicts: its verdicts, shape (rounds, n_pairs).
    """

    pairs: pd.DataFrame
    judged: list[JudgeVerdicts]
    labels: np.ndarray
    bootstrap: ClipBootstrap
    rules: dict[str, np.ndarray]
    shortcut: str
    floor: str
    floor_verdicts: np.ndarray

    @cached_property
    def floor_waf(self) -> WafSamples:
        """`waf_2class` of the best floor, as it is and resampled."""
        return self.waf_samples(self.floor_verdicts)

    @property
    def slices(self) -> tuple[np.ndarray, np.ndarray]:
        """Where people contradict the shortcut, and where they agree with it; ties of either are in neither."""
        said = self.rules[self.shortcut]
        decided = (self.labels != SAME) & (said != SAME)
        return decided & (self.labels != said), decided & (self.labels == said)

    def balance(self, verdicts: np.ndarray) -> dict[str, float | int]:
        """Accuracy of verdicts, shape (rounds, n_pairs), on the stereotype slice, on the rest, and their mean."""
        right = right_share(self.labels, verdicts)
        scores: dict[str, float | int] = {}
        points, samples = [], []
        for name, where in zip(("slice", "rest"), self.slices, strict=True):
            points.append(100.0 * float(right[where].mean()) if where.any() else np.nan)
            samples.append(100.0 * self.bootstrap.means(right, where))
            found = interval(samples[-1])
            scores |= {f"{name}_score": points[-1], f"{name}_low": found.low, f"{name}_high": found.high}
            scores[f"{name}_pairs"] = int(where.sum())
        found = interval(np.mean(samples, axis=0))
        return scores | {
            "balanced_score": float(np.mean(points)),
            "balanced_low": found.low,
            "balanced_high": found.high,
        }

    def waf_samples(self, verdicts: np.ndarray) -> WafSamples:
        """`waf_2class` of verdicts, shape (rounds, n_pairs), as they are and resampled."""
        return WafSamples(waf(self.labels, verdicts), self.bootstrap.recognition(self.labels, verdicts).waf_2class)


@dataclass(frozen=True)
class WafSamples:
    """A two-class weighted F1, in percent.

    Attributes:
        value: on the data set itself.
        samples: on its resamples, shape (resamples,).
    """

    value: float
    samples: np.ndarray

    def gain(self, over: WafSamples, name: str) -> dict[str, float]:
        """The difference in points, as columns, with the paired interval."""
        found = interval(self.samples - over.samples)
        return {name: self.value - over.value, f"{name}_low": found.low, f"{name}_high": found.high}


def audit_of(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    floor_verdicts: pd.DataFrame,
    predictions: Answers,
    judges: pd.DataFrame,
) -> Audit | None:
    """The audit of the labelled pairs and of all judges' verdicts on them; None where there are none.

    Judges that are content-blind count as floors too.
    """
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    judged = verdicts_by_judge(predictions, pairs, judges) if len(pairs) else []
    if not judged:
        return None
    labels, rules = codes(pairs["preference"]), rule_codes(floor_verdicts, pairs)
    blind = set(judges.loc[judges["content_blind"], "judge"])
    floors = {rule: verdicts[None] for rule, verdicts in rules.items()}
    floors |= {judge.judge: judge.normal for judge in judged if judge.judge in blind}
    floor = max(floors, key=lambda name: waf(labels, floors[name]))
    bootstrap = clip_bootstrap(pairs["clip_id"].to_numpy(dtype=str))
    return Audit(pairs, judged, labels, bootstrap, rules, dominant_shortcut(pairs), floor, floors[floor])


def pairs_with_texts(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The labelled pairs with their descriptions, in data-set order."""
    texts = raw_pairs.drop(columns=["clip_id", "position", "published_preference"])
    return labelled_pairs(consensus_pairs).merge(texts, on="pair_id", how="left")


def rule_codes(floor_verdicts: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, np.ndarray]:
    """Verdict codes of each content-blind rule, shape (n_pairs,), in the order of `pairs`."""
    by_floor = floor_verdicts.pivot(index="pair_id", columns="floor", values="verdict").loc[pairs["pair_id"]]
    return {str(floor): codes(verdicts) for floor, verdicts in by_floor.items()}


def dominant_shortcut(pairs: pd.DataFrame) -> str:
    """system_prior, or longer where the systems are not published."""
    return "system_prior" if pairs[["system1", "system2"]].notna().all(axis=None) else "longer"


def right_share(labels: np.ndarray, verdicts: np.ndarray) -> np.ndarray:
    """Share of rounds, shape (n_pairs,), in which each pair's verdict is right by the two-class rule."""
    right: np.ndarray = np.where(verdicts >= SAME, A1, verdicts) == labels
    return np.asarray(right.mean(axis=0))


def waf(labels: np.ndarray, verdicts: np.ndarray) -> float:
    """Two-class weighted F1 of verdicts, shape (rounds, n_pairs), mean over rounds."""
    return float(np.mean([recognition(labels, of_round).waf_2class for of_round in verdicts]))
