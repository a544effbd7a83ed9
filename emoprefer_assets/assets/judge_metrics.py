"""What board metrics of plugins say of each judge."""

from __future__ import annotations

import pandas as pd

from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, labelled_pairs, verdicts_by_judge
from emoprefer_assets.plugins import METRICS
from emoprefer_assets.stats.board_metrics import interval_of, mean_of
from emoprefer_assets.stats.labels import codes
from emoprefer_assets.stats.resampling import clip_bootstrap
from emoprefer_assets.store import TABLES


@table(group="scores")
def judge_metrics(predictions: Answers, consensus_pairs: pd.DataFrame, judges: pd.DataFrame) -> pd.DataFrame:
    """Each board metric of a plugin for each judge and strategy."""
    pairs = labelled_pairs(consensus_pairs)
    if pairs.empty or not METRICS:
        return TABLES["judge_metrics"].frame()
    labels = codes(pairs["preference"])
    bootstrap = clip_bootstrap(pairs["clip_id"].to_numpy(dtype=str))
    rows = []
    for found in verdicts_by_judge(predictions, pairs, judges):
        for name, metric in METRICS.items():
            value, ends = mean_of(metric, labels, found.normal), interval_of(metric, labels, found.normal, bootstrap)
            rows.append((found.judge, found.strategy, name, value, ends.low, ends.high))
    return TABLES["judge_metrics"].frame(rows)
