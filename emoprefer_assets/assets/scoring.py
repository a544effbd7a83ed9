"""How good each judge is, beside baselines, people and the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from emoprefer_assets.assets._plots import plot_of_judges
from emoprefer_assets.assets._table import step_table, table
from emoprefer_assets.assets.answers import Answers, JudgeVerdicts, labelled_pairs, verdicts_by_judge
from emoprefer_assets.stats.labels import FAILED, SAME, UNPARSED, codes
from emoprefer_assets.stats.metrics import recognition, same_in_both_orders, swap_consistency
from emoprefer_assets.stats.resampling import ClipBootstrap, clip_bootstrap
from emoprefer_assets.stats.score_intervals import score_interval, share_interval
from emoprefer_assets.store import TABLES


@table(group="scores")
def judge_scores(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """One row per judge and strategy: recognition and consistency by the paper's rules, in percent."""
    return score_judges(predictions, consensus_pairs, judges)


@table(group="scores")
def published_scores(published_score_file: pd.DataFrame) -> pd.DataFrame:
    """What a publication reports for its judges; empty unless a table of it is named."""
    return published_score_file


judge_board = step_table(
    "judge_board",
    group="scores",
    says="Every judge at its best strategy, with its gain over the best baseline, its tier and its ties.",
    variables={"injection_limit": "injection_limit", "unseeing_vote": "unseeing_vote"},
    plot=plot_of_judges,
)


def score_judges(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """Score every judge and strategy whose verdicts cover all labelled pairs."""
    pairs = labelled_pairs(consensus_pairs)
    labels = codes(pairs["preference"])
    bootstrap = clip_bootstrap(pairs["clip_id"].to_numpy(dtype=str))
    judged = verdicts_by_judge(predictions, pairs, judges) if len(pairs) else []
    rows = [_scores(found, labels, bootstrap) for found in judged]
    return TABLES["judge_scores"].frame(rows)


def mean_and_std(name: str, values: Sequence[float]) -> dict[str, float]:
    """Mean and population standard deviation over rounds, as columns."""
    return {name: float(np.mean(values)), f"{name}_std": float(np.std(values))}


def recognition_over_rounds(labels: np.ndarray, verdicts: np.ndarray) -> dict[str, float]:
    """Recognition as columns, mean and std over the rounds of `verdicts`, shape (rounds, pairs)."""
    rounds = [asdict(recognition(labels, of_round)) for of_round in verdicts]
    columns: dict[str, float] = {}
    for metric in rounds[0]:
        columns |= mean_and_std(metric, [scores[metric] for scores in rounds])
    return columns


def _scores(found: JudgeVerdicts, labels: np.ndarray, bootstrap: ClipBootstrap) -> dict[str, object]:
    row: dict[str, object] = {"judge": found.judge, "strategy": found.strategy}
    row |= recognition_over_rounds(labels, found.normal)
    everything = np.ones(len(labels), dtype=bool)
    by_round = [recognition(labels, said) for said in found.normal]
    for metric, replicates in vars(bootstrap.recognition(labels, found.normal)).items():
        clips = bootstrap.clips_with(labels != SAME if metric.endswith("2class") else everything)
        scores = np.array([getattr(one, metric) for one in by_round])
        row |= score_interval(scores, replicates, clips).columns(metric)
    if found.swapped is not None:
        consistencies = [swap_consistency(*orders) for orders in zip(found.normal, found.swapped, strict=True)]
        row |= mean_and_std("swap_consistency", consistencies)
        equal = same_in_both_orders(found.normal, found.swapped)
        row |= share_interval(equal, everything, bootstrap).columns("swap_consistency")
    counted = {"same": SAME, "unparsed": UNPARSED, "failed": FAILED}
    row |= {name: int((found.verdicts == code).sum()) for name, code in counted.items()}
    row |= {"rounds": len(found.normal), "pairs": len(labels), "pairs_2class": int((labels != SAME).sum())}
    return row | {"verdicts": found.verdicts.size, "refused": found.refused}
