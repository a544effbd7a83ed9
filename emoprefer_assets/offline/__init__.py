"""Verdicts without a call: content-blind rules and recorded files."""

from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.recordings import recorded_verdicts, recording_version
from emoprefer_assets.offline.rules import LEARNING_RULES, RULES, apply_rule, rule_verdicts

__all__ = [
    "LEARNING_RULES",
    "RULES",
    "apply_rule",
    "count_emotion_words",
    "recorded_verdicts",
    "recording_version",
    "rule_verdicts",
]
