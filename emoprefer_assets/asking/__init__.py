"""Asking one judge all of its questions: through the call cache, never twice."""

from emoprefer_assets.asking.answering import BOTH_ORDERS, Answered, Part, answer, missing_calls
from emoprefer_assets.asking.batches import collect_all
from emoprefer_assets.asking.versions import judge_version, version_under_all_strategies

__all__ = [
    "BOTH_ORDERS",
    "Answered",
    "Part",
    "answer",
    "collect_all",
    "judge_version",
    "missing_calls",
    "version_under_all_strategies",
]
