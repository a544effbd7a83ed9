"""The audit's content-blind baselines: what could be said of each pair without its clip."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.offline.emotion_words import count_emotion_words
from emoprefer_assets.offline.rules import lead_of_others, rule_verdicts

NOTHING, TEXT, SYSTEMS = "nothing", "text", "systems"
_SENTENCE = re.compile(r"[^.!?。！？…\s][^.!?。！？…]*")


@dataclass(frozen=True)
class Baseline:
    """A rule that sees no clip.

    Attributes:
        name: in the column `baseline`.
        sees: what a verdict takes of its pair: nothing, the text, or who wrote it; the latter is of no use for a new
            system.
        measure: of a text, for a baseline whose direction other clips' labels settle; None for a rule of the registry.
        directions: what it picks where more wins and where less wins.
    """

    name: str
    sees: str
    measure: Callable[[str], int] | None = None
    directions: tuple[str, str] = ("", "")


def count_sentences(text: str) -> int:
    """Stretches of text between full stops, question and exclamation marks, European or Chinese."""
    return len(_SENTENCE.findall(text))


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline("always_a1", NOTHING),
        Baseline("always_a2", NOTHING),
        Baseline("random", NOTHING),
        Baseline("length", TEXT, len, ("longer", "shorter")),
        Baseline("sentences", TEXT, count_sentences, ("more sentences", "fewer sentences")),
        Baseline("emotion_words", TEXT, count_emotion_words, ("more emotion words", "fewer emotion words")),
        Baseline("text_classifier", TEXT),
        Baseline("system_prior", SYSTEMS),
    )
}


def verdicts_of_baseline(baseline: Baseline, pairs: pd.DataFrame) -> pd.DataFrame:
    """What a baseline says of `pairs`, which need the columns of `apply_rule`.

    Returns:
        pair_id, verdict (normal order), direction: which way the baseline pointed, null where it has no measure or
            the other clips' labels have no direction.
    """
    if baseline.measure is None:
        judge = RulesJudge.model_validate({"name": baseline.name, "backend": "rules", "rule": baseline.name})
        return pairs[["pair_id"]].assign(verdict=rule_verdicts(judge, pairs), direction=None)
    first, second = (pairs[side].map(baseline.measure).to_numpy() for side in ("a1", "a2"))
    larger = np.sign(first - second)
    wins = pairs["preference"].map({"a1": 1, "a2": -1}).fillna(0).to_numpy()
    points = np.sign(lead_of_others(larger * wins, pairs["clip_id"]))
    verdicts = np.select([points * larger > 0, points * larger < 0], ["a1", "a2"], "same")
    directions = np.array([None, *baseline.directions], dtype=object)[points.astype(int)]
    return pairs[["pair_id"]].assign(verdict=verdicts, direction=directions)
