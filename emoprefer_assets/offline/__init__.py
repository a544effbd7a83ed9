"""Verdicts without a call: content-blind rules and recorded files."""

# It registers the package's own baselines.
from emoprefer_assets.offline import rules  # noqa: F401
from emoprefer_assets.offline.baselines import (
    NOTHING,
    SYSTEMS,
    TEXT,
    Baseline,
    apply_rule,
    audited_baselines,
    baseline,
    larger,
    rule_verdicts,
    verdicts_of_baseline,
)
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.recordings import (
    gaps_in,
    is_recorded,
    recorded_seconds,
    recorded_verdicts,
    recording_version,
)
from emoprefer_assets.offline.word_counts import words_to_read

__all__ = [
    "NOTHING",
    "SYSTEMS",
    "TEXT",
    "Baseline",
    "apply_rule",
    "audited_baselines",
    "baseline",
    "count_emotion_words",
    "gaps_in",
    "is_recorded",
    "larger",
    "recorded_seconds",
    "recorded_verdicts",
    "recording_version",
    "rule_verdicts",
    "verdicts_of_baseline",
    "words_to_read",
]
