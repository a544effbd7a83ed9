"""How a judge behaves beside its score: choice of strategy, position, calibration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import waf, waf_samples
from emoprefer_assets.assets._plots import plot_of_consistency, plot_of_reliability
from emoprefer_assets.assets._table import Rows, table
from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.names import JUDGE
from emoprefer_assets.stats.calibration import ReliabilityCurve, largest_error_if_calibrated
from emoprefer_assets.stats.calibration import reliability_curve as curve_of
from emoprefer_assets.stats.comparing import correlation_interval
from emoprefer_assets.stats.crowds import verdicts_of_margins
from emoprefer_assets.stats.labels import A1, A2, SAME, codes
from emoprefer_assets.stats.position_bias import side_share
from emoprefer_assets.stats.resampling import Estimate, clip_bootstrap, interval
from emoprefer_assets.stats.selection import clip_folds, nested_choice
from emoprefer_assets.store import TABLES

FEWEST_JUDGES = 4


@table(group="scores")
def judge_nested(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """What each judge's best strategy is worth on pairs that did not choose it."""
    pairs, labels, clips = _labelled(consensus_pairs)
    strategies: dict[str, list[JudgeVerdicts]] = defaultdict(list)
    for found in _judged(predictions, pairs, judges):
        strategies[found.judge].append(found)
    folds, bootstrap = clip_folds(clips), clip_bootstrap(clips)
    rows = []
    for judge, answered in strategies.items():
        # As on the board: a refused strategy is chosen only where the judge has no other.
        alternatives = [found.normal for found in answered if not found.refused] or [found.normal for found in answered]
        chosen = nested_choice(alternatives, folds, lambda said, where: waf(labels[where], said))
        best, nested = max(waf(labels, said) for said in alternatives), waf(labels, chosen)
        bounds = waf_samples(labels, chosen, bootstrap).interval
        rows.append((judge, len(alternatives), best, nested, bounds.low, bounds.high, best - nested))
    return TABLES["judge_nested"].frame(rows)


@table(group="scores")
def judge_position(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """How much each judge's answer depends on which description comes first, and what can be won back."""
    pairs, labels, clips = _labelled(consensus_pairs)
    bootstrap = clip_bootstrap(clips)
    rows = []
    for found in _judged(predictions, pairs, judges):
        if found.swapped is None:
            continue
        normal, swapped = found.normal, found.swapped
        # In the pair's own frame, a1 comes first in the normal order and a2 in the swapped one.
        first = (normal == A1).sum(axis=0) + (swapped == A2).sum(axis=0)
        decided = (normal < SAME).sum(axis=0) + (swapped < SAME).sum(axis=0)
        share = side_share(first, decided, bootstrap).share
        flipped = (normal < SAME) & (swapped < SAME) & (normal != swapped)
        rows.append(
            (
                *(found.judge, found.strategy, *share.figures),
                *(100.0 * flipped.mean(), 100.0 * ((normal >= SAME) != (swapped >= SAME)).mean()),
                *(waf(labels, normal), *_waf_corrected(labels, found)),
                waf(labels, np.where(normal == swapped, normal, SAME)),
            )
        )
    return TABLES["judge_position"].frame(rows)


@table(group="scores")
def judge_calibration(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """Whether each judge's probabilities are what they say."""
    pairs, labels, clips = _labelled(consensus_pairs)
    bootstrap = clip_bootstrap(clips)
    rows = []
    for found, probability, curve in _curves(predictions, pairs, judges, labels):
        decided = labels != SAME
        error = (probability - (labels == A1)) ** 2
        brier = Estimate(float(error[decided].mean()), interval(bootstrap.means(error, decided)))
        largest = largest_error_if_calibrated(probability[decided])
        of_curve = curve.expected_calibration_error
        rows.append((found.judge, found.strategy, int(decided.sum()), *brier.figures, of_curve, largest))
    return TABLES["judge_calibration"].frame(rows)


@table(group="scores")
def reliability_curve(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> Rows:
    """How often each judge is right when it says so many percent."""
    pairs, labels, _ = _labelled(consensus_pairs)
    rows = [
        (found.judge, found.strategy, *point)
        for found, _, curve in _curves(predictions, pairs, judges, labels)
        for point in zip(curve.bin, curve.mean_probability, curve.frequency, curve.pairs, strict=True)
    ]
    curves = TABLES["reliability_curve"].frame(rows)
    return Rows(curves, plot_of_reliability(curves))


@table(group="scores")
def recognition_and_consistency(judge_board: pd.DataFrame) -> Rows:
    """Whether consistent judges are also right."""
    of_judges = judge_board[(judge_board["kind"] == JUDGE) & judge_board["swap_consistency"].notna()]
    figures = of_judges[["waf_2class", "swap_consistency"]]
    rows = []
    enough = len(of_judges) >= FEWEST_JUDGES
    for method, values in (("pearson", figures), ("spearman", figures.rank())) if enough else ():
        correlation = float(values["waf_2class"].corr(values["swap_consistency"]))
        if not np.isnan(correlation):
            found = correlation_interval(correlation, len(of_judges), rank=method == "spearman")
            rows.append((method, correlation, found.low, found.high, len(of_judges)))
    return Rows(TABLES["recognition_and_consistency"].frame(rows), plot_of_consistency(judge_board))


def _labelled(consensus_pairs: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    pairs = labelled_pairs(consensus_pairs)
    return pairs, codes(pairs["preference"]), pairs["clip_id"].to_numpy(dtype=str)


def _judged(predictions: Answers, pairs: pd.DataFrame, judges: pd.DataFrame) -> list[JudgeVerdicts]:
    return verdicts_by_judge(predictions, pairs, judges) if (pairs["preference"] != "same").any() else []


def _waf_corrected(labels: np.ndarray, found: JudgeVerdicts) -> tuple[float, float]:
    """`waf_2class` less the position bias in log-odds, and by the mean of both orders; nan without probabilities."""
    if found.margin is None or found.swapped_margin is None:
        return np.nan, np.nan
    # Half the difference of the orders: a median over one order would take the share of pairs that a1 wins for bias.
    centred = found.margin - np.median((found.margin - found.swapped_margin) / 2)
    averaged = found.margin + found.swapped_margin
    return waf(labels, verdicts_of_margins(centred)), waf(labels, verdicts_of_margins(averaged))


def _curves(
    predictions: Answers, pairs: pd.DataFrame, judges: pd.DataFrame, labels: np.ndarray
) -> Iterator[tuple[JudgeVerdicts, np.ndarray, ReliabilityCurve]]:
    """Judges with probabilities, their mean probability of a1 over rounds, and its curve over the decided pairs."""
    decided = labels != SAME
    for found in _judged(predictions, pairs, judges):
        if found.margin is not None:
            probability = (1 / (1 + np.exp(-found.margin))).mean(axis=0)
            yield found, probability, curve_of(probability[decided], (labels == A1)[decided])
