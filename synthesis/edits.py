"""Good descriptions and controlled edits of them (after EAPO, ACM MM workshop 2026, doi 10.1145/3840474.3840521)."""

from __future__ import annotations

import random

from synthesis.descriptions import evidence_sentence
from synthesis.scenarios import EMOTIONS, INTENSITIES, Emotion, Scenario

EDITS_A_TYPE = 8


def make_edits(scenarios: list[Scenario], dice: random.Random) -> list[dict[str, str]]:
    """Pairs of a right description and one edit of it, sides at random; a type of edit at a time, clips in turn."""
    rows = []
    for place, edit in enumerate((emotion_flip, intensity_mismatch, evidence_contradiction, modality_omission)):
        candidates = [one for one in scenarios[place::4] if edit is not modality_omission or len(one.carriers) > 1]
        for scenario in candidates[:EDITS_A_TYPE]:
            good, edited = _described(scenario), edit(scenario, dice)
            first = dice.random() < 0.5
            rows.append(
                {
                    "name": scenario.name,
                    "a1": good if first else edited,
                    "a2": edited if first else good,
                    "preference": "a1" if first else "a2",
                    "error_type": edit.__name__,
                }
            )
    return rows


def emotion_flip(scenario: Scenario, dice: random.Random) -> str:
    return _described(scenario, emotion=_other_emotion(scenario, dice).name)


def intensity_mismatch(scenario: Scenario, dice: random.Random) -> str:
    return _described(scenario, intensity=2 if scenario.intensity == 0 else 0)


def evidence_contradiction(scenario: Scenario, dice: random.Random) -> str:
    other = _other_emotion(scenario, dice)
    named = tuple(dice.choice(other.faces if phrase == scenario.face else other.voices) for phrase in scenario.carriers)
    return _described(scenario, named=named)


def modality_omission(scenario: Scenario, dice: random.Random) -> str:
    return _described(scenario, named=scenario.carriers[:1])


def _described(
    scenario: Scenario,
    emotion: str | None = None,
    intensity: int | None = None,
    named: tuple[str, ...] | None = None,
) -> str:
    """The right description, but for what is given."""
    how = INTENSITIES[scenario.intensity if intensity is None else intensity]
    evidence = evidence_sentence(scenario.carriers if named is None else named)
    return f"{scenario.speaker} seems {how} {emotion or scenario.emotion}. {evidence}"


def _other_emotion(scenario: Scenario, dice: random.Random) -> Emotion:
    shown = {scenario.emotion, scenario.face_emotion, scenario.voice_emotion}
    return dice.choice([emotion for emotion in EMOTIONS if emotion.name not in shown])
