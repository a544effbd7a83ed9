"""What verdicts are measured against: the labelled pairs, the dominant shortcut, the best baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.offline import SYSTEMS, TEXT
from emoprefer_assets.plugins import BASELINES
from emoprefer_assets.stats.beyond_baselines import odds_ratios
from emoprefer_assets.stats.labels import A1, A2, SAME, codes
from emoprefer_assets.stats.metrics import recognition, weighted_f1
from emoprefer_assets.stats.resampling import ClipBootstrap, Estimate, Interval, clip_bootstrap, interval
from emoprefer_assets.stats.score_intervals import mean_interval, score_interval


@dataclass(frozen=True)
class Audit:
    """One data set's labels, shortcuts and judges.

    Attributes:
        pairs: the labelled pairs with their texts, in data-set order.
        judged: what each judge says of them, by judge and strategy.
        labels: label codes, shape (n_pairs,).
        bootstrap: of the pairs' clips; all intervals share its draws, so differences are paired.
        rules: verdict codes of each baseline, normal order, shape (n_pairs,).
        shortcut: the dominant one among `rules`.
        best_baseline: name of the best content-blind judge or baseline, by two-class weighted F1, of those that do not
            ask which system wrote a text. It was chosen on these same pairs, so gains over it are conservative.
        best_baseline_waf: its `waf_2class`, as it is and resampled.
    """

    pairs: pd.DataFrame
    judged: list[JudgeVerdicts]
    labels: np.ndarray
    bootstrap: ClipBootstrap
    rules: dict[str, np.ndarray]
    shortcut: str
    best_baseline: str
    best_baseline_waf: WafSamples

    @cached_property
    def seen_in_text(self) -> np.ndarray:
        """What each baseline that sees the text says, and by how much the texts' lengths differ, shape (n_pairs, k)."""
        lengths = self.pairs[["a1", "a2"]].apply(lambda texts: texts.str.len()).to_numpy(dtype=float)
        ratio = np.diff(np.log(np.maximum(lengths, 1)), axis=1)[:, 0]
        spread = ratio.std()
        seen = [as_signs(said) for rule, said in self.rules.items() if BASELINES[rule].sees == TEXT]
        return np.stack([*seen, ratio / spread if spread > 0 else ratio], axis=1)

    def beyond_baselines(self, verdicts: np.ndarray) -> dict[str, float | bool | None]:
        """The odds ratio of verdicts, shape (rounds, n_pairs), given all baselines, and given those that see the text.

        `follows_shortcut` is None where there is nothing to test it on.
        """
        systems = [as_signs(said)[:, None] for rule, said in self.rules.items() if BASELINES[rule].sees == SYSTEMS]
        everything = np.concatenate([self.seen_in_text, *systems], axis=1)
        beyond, *_ = odds_ratios(self.labels, verdicts, everything, self.bootstrap.clips)
        beyond_text, *_ = odds_ratios(self.labels, verdicts, self.seen_in_text, self.bootstrap.clips)
        return {
            **beyond.columns("odds_ratio"),
            **beyond_text.columns("odds_ratio_given_text"),
            "follows_shortcut": None if np.isnan(beyond.value) else not beyond.interval.low > 1,
        }

    @cached_property
    def slices(self) -> tuple[np.ndarray, np.ndarray]:
        """Where people contradict the shortcut, and where they agree with it; ties of either are in neither."""
        said = self.rules[self.shortcut]
        decided = (self.labels != SAME) & (said != SAME)
        return decided & (self.labels != said), decided & (self.labels == said)

    @cached_property
    def _drawn_in_slices(self) -> np.ndarray:
        """How many pairs of each slice the resampled clips have, shape (2, resamples, 1)."""
        return self.bootstrap.sums(np.stack(self.slices, axis=1)).T[:, :, None]

    def balance(self, verdicts: np.ndarray) -> dict[str, float | int]:
        """Accuracy of verdicts, shape (rounds, n_pairs), on the stereotype slice, on the rest, and their mean."""
        right = is_right(self.labels, verdicts)
        sums = self.bootstrap.sums(np.concatenate([right & where for where in self.slices]).T)
        scores: dict[str, float | int] = {}
        points, samples, intervals = [], [], []
        for name, where, drawn, came in zip(
            ("slice", "rest"), self.slices, self._drawn_in_slices, np.split(sums, 2, axis=1), strict=True
        ):
            of_rounds = 100.0 * right[:, where].mean(axis=1) if where.any() else np.full(len(right), np.nan)
            replicates = 100.0 * np.divide(came, drawn, out=np.full(came.shape, np.nan), where=drawn > 0)
            points.append(float(of_rounds.mean()))
            samples.append(replicates.mean(axis=1))
            intervals.append(score_interval(of_rounds, replicates, self.bootstrap.clips_with(where)))
            scores |= {f"{name}_score": points[-1], f"{name}_pairs": int(where.sum()), **intervals[-1].columns(name)}
        found = mean_interval(points, intervals, samples)
        return scores | {"balanced_score": float(np.mean(points)), **found.columns("balanced")}

    def waf_samples(self, verdicts: np.ndarray) -> WafSamples:
        """As `waf_samples`, of this data set."""
        return waf_samples(self.labels, verdicts, self.bootstrap)


@dataclass(frozen=True)
class WafSamples:
    """A two-class weighted F1, in percent.

    Attributes:
        scores: of each repetition, shape (rounds,).
        replicates: the same on resampled clips, shape (resamples, rounds).
        clips: that have a decided pair.
    """

    scores: np.ndarray
    replicates: np.ndarray
    clips: int

    @property
    def value(self) -> float:
        """Mean over repetitions."""
        return float(np.mean(self.scores))

    @property
    def samples(self) -> np.ndarray:
        """The same on resampled clips, shape (resamples,)."""
        return np.asarray(self.replicates.mean(axis=1))

    @property
    def interval(self) -> Interval:
        """By clip, over repetitions."""
        return score_interval(self.scores, self.replicates, self.clips)

    def gain(self, over: WafSamples, name: str) -> dict[str, float]:
        """The difference in points, as columns, with the paired interval; nan where one clip shows no spread."""
        found = interval(self.samples - over.samples) if self.clips > 1 else Interval(np.nan, np.nan)
        return Estimate(self.value - over.value, found).columns(name)


def audit_of(
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    baseline_verdicts: pd.DataFrame,
    predictions: Answers,
    judges: pd.DataFrame,
) -> Audit | None:
    """The audit of the labelled pairs and of all judges' verdicts on them; None where there are none.

    Judges that are content-blind count as baselines too.
    """
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    judged = verdicts_by_judge(predictions, pairs, judges) if len(pairs) else []
    if not judged:
        return None
    labels, rules = codes(pairs["preference"]), rule_codes(baseline_verdicts, pairs)
    bootstrap = clip_bootstrap(pairs["clip_id"].to_numpy(dtype=str))
    ask_who_wrote = [rule for rule in rules if BASELINES[rule].sees == SYSTEMS]
    baselines = [
        (rule, baseline_waf(labels, said, bootstrap)) for rule, said in rules.items() if rule not in ask_who_wrote
    ]
    blind = set(judges.loc[judges["content_blind"], "judge"])
    baselines += [
        (judge.judge, waf_samples(labels, judge.normal, bootstrap))
        for judge in judged
        # A registered judge may be one of the baselines that ask who wrote a text.
        if judge.judge in blind and not any((judge.normal == rules[rule]).all() for rule in ask_who_wrote)
    ]
    best_baseline, best_baseline_waf = max(baselines, key=lambda found: np.nan_to_num(found[1].value, nan=-1.0))
    return Audit(
        pairs, judged, labels, bootstrap, rules, dominant_shortcut(labels, rules), best_baseline, best_baseline_waf
    )


def pairs_with_texts(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The labelled pairs with their descriptions, in data-set order."""
    texts = raw_pairs.drop(columns=["clip_id", "position", "published_preference"])
    return labelled_pairs(consensus_pairs).merge(texts, on="pair_id", how="left")


def rule_codes(baseline_verdicts: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, np.ndarray]:
    """Verdict codes of each baseline, shape (n_pairs,), in the order of `pairs`."""
    by_baseline = baseline_verdicts.pivot(index="pair_id", columns="baseline", values="verdict").loc[pairs["pair_id"]]
    return {baseline: codes(by_baseline[baseline]) for baseline in BASELINES if baseline in by_baseline}


def systems_known(pairs: pd.DataFrame) -> bool:
    """Whether the data set says which system wrote which description."""
    return bool(pairs[["system1", "system2"]].notna().all(axis=None))


def dominant_shortcut(labels: np.ndarray, rules: dict[str, np.ndarray]) -> str:
    """The baseline that labels follow most; one that tosses a coin is nothing to follow."""
    shares = {rule: followed(labels, said) for rule, said in rules.items() if rule != "random"}
    return max(shares, key=lambda rule: np.nan_to_num(shares[rule], nan=-1.0))


def followed(labels: np.ndarray, said: np.ndarray) -> float:
    """Percent of the decided pairs whose label is what a baseline says, shape (n_pairs,); a tie counts half."""
    return float(100.0 * agreement_with(labels, said)[labels != SAME].mean()) if (labels != SAME).any() else np.nan


def agreement_with(labels: np.ndarray, said: np.ndarray) -> np.ndarray:
    """1 where a baseline says the label, 0 where it says the other side, and 0.5 where it says neither."""
    return np.where(said >= SAME, 0.5, said == labels)


def as_signs(said: np.ndarray) -> np.ndarray:
    """1 where a1 is said, -1 where a2 is, else 0."""
    signs: np.ndarray = (said == A1).astype(float) - (said == A2)
    return signs


def baseline_waf(labels: np.ndarray, said: np.ndarray, bootstrap: ClipBootstrap) -> WafSamples:
    """`waf_2class` of a baseline, shape (n_pairs,), where half of each tie is a1 and half a2.

    By the paper's rule for judges a tie is a1, and a baseline with nothing to say would score below a coin.
    """
    first = np.where(said >= SAME, 0.5, said == A1)
    cells = np.stack([(labels == label) * share for label in (A1, A2) for share in (first, 1 - first)], axis=1)
    resampled = weighted_f1(bootstrap.sums(cells).reshape(-1, 2, 2))
    score = weighted_f1(cells.sum(axis=0).reshape(2, 2))
    return WafSamples(score[None], resampled[:, None], bootstrap.clips_with(labels != SAME))


def waf_samples(labels: np.ndarray, verdicts: np.ndarray, bootstrap: ClipBootstrap) -> WafSamples:
    """`waf_2class` of verdicts, shape (rounds, n_pairs), as they are and resampled."""
    scores = np.array([recognition(labels, of_round).waf_2class for of_round in verdicts])
    replicates = bootstrap.recognition(labels, verdicts).waf_2class
    return WafSamples(scores, replicates, bootstrap.clips_with(labels != SAME))


def is_right(labels: np.ndarray, verdicts: np.ndarray) -> np.ndarray:
    """Whether each verdict is right by the two-class rule, shape (rounds, n_pairs)."""
    right: np.ndarray = np.where(verdicts >= SAME, A1, verdicts) == labels
    return right


def waf(labels: np.ndarray, verdicts: np.ndarray) -> float:
    """Two-class weighted F1 of verdicts, shape (rounds, n_pairs), mean over rounds."""
    return float(np.mean([recognition(labels, of_round).waf_2class for of_round in verdicts]))
