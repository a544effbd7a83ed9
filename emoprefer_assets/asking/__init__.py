"""Asking one judge one strategy's questions: through the ledger, never twice."""

from emoprefer_assets.asking._asking import (
    Answered,
    describe,
    judge_version,
    labelled,
    plan,
    predict,
    predict_extra,
    reason,
    version_under_all_strategies,
)
from emoprefer_assets.asking.interview import Progress, Tally

__all__ = [
    "Answered",
    "Progress",
    "Tally",
    "describe",
    "judge_version",
    "labelled",
    "plan",
    "predict",
    "predict_extra",
    "reason",
    "version_under_all_strategies",
]
