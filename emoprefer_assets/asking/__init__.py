"""Asking one judge all of its questions: through the call cache, never twice."""

from emoprefer_assets.asking.answering import BOTH_ORDERS, Answered, Part, answer, can_be_asked, missing_calls
from emoprefer_assets.asking.batches import collect_all
from emoprefer_assets.asking.versions import judge_version, version_under_all_strategies
from emoprefer_assets.tally import Progress, Tally

__all__ = [
    "BOTH_ORDERS",
    "Answered",
    "Part",
    "Progress",
    "Tally",
    "answer",
    "can_be_asked",
    "collect_all",
    "judge_version",
    "missing_calls",
    "version_under_all_strategies",
]
