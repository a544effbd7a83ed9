"""Verdicts without a call: content-blind rules and recorded files."""

from emoprefer_assets.offline.baselines import BASELINES, SYSTEMS, TEXT, Baseline, verdicts_of_baseline
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.recordings import (
    gaps_in,
    is_recorded,
    recorded_seconds,
    recorded_verdicts,
    recording_version,
)
from emoprefer_assets.offline.rules import LEARNING_RULES, apply_rule, rule_verdicts
from emoprefer_assets.offline.word_counts import words_to_read

__all__ = [
    "BASELINES",
    "LEARNING_RULES",
    "SYSTEMS",
    "TEXT",
    "Baseline",
    "apply_rule",
    "count_emotion_words",
    "gaps_in",
    "is_recorded",
    "recorded_seconds",
    "recorded_verdicts",
    "recording_version",
    "rule_verdicts",
    "verdicts_of_baseline",
    "words_to_read",
]
