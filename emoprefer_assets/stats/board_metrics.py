"""Metrics that plugins put on the judge board."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emoprefer_assets.plugins import METRICS
from emoprefer_assets.stats.resampling import ClipBootstrap, Interval, interval

# From label and verdict codes, each of shape (n_pairs,), to a number; nan where no pair counts.
Metric = Callable[[np.ndarray, np.ndarray], float]


def board_metric(metric: Metric) -> Metric:
    """Register the decorated metric by its name: table judge_metrics has it, and the judge board shows it."""
    METRICS.add(metric.__name__, metric)
    return metric


def mean_of(metric: Metric, labels: np.ndarray, verdicts: np.ndarray) -> float:
    """The metric's mean over rounds, of verdict codes of shape (rounds, n_pairs)."""
    return float(np.mean([metric(labels, said) for said in verdicts]))


def interval_of(metric: Metric, labels: np.ndarray, verdicts: np.ndarray, bootstrap: ClipBootstrap) -> Interval:
    """The interval of `mean_of` over resampled clips."""
    pairs = np.arange(len(labels))
    resamples = (np.repeat(pairs, drawn[bootstrap.clips]) for drawn in bootstrap.weights)
    return interval(np.array([mean_of(metric, labels[some], verdicts[:, some]) for some in resamples]))
