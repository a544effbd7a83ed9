"""What the tiny judges are asked in training, and the right answers: the product's prompts about training scenes."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import Any

from synthesis.descriptions import Description, System, describe, evidence_sentence
from synthesis.scenarios import EMOTIONS, INTENSITIES, NEUTRAL, NEUTRAL_FACE, NEUTRAL_VOICE, Scenario

PHRASES = tuple(phrase for emotion in EMOTIONS for phrase in (*emotion.faces, *emotion.voices))
OPENING = re.compile(rf"({'|'.join(INTENSITIES)}) ({'|'.join(emotion.name for emotion in EMOTIONS)})\b")
PERFECT = System("perfect", 1.0, 1.0, 1.0, 200)
# Of what the texts' lengths in characters are drawn from.
SHORTEST, LONGEST = 80, 260
# Of the pairs about clips with two things to name: one text names both, the other leaves one out.
OMISSIONS = 0.25


@dataclass(frozen=True)
class Claim:
    """Something that a description says, and whether it is so.

    Attributes:
        end: where in the text it ends, in characters.
        holds: whether it fits the scene.
    """

    end: int
    holds: bool


@dataclass(frozen=True)
class Task:
    """A prompt and its right answer.

    Attributes:
        template: of the product's prompts.
        values: what it is filled with, but for the word for the clip.
        answer: the right reply.
        claims: of each description in the prompt, by the name of its value.
        qualities: of each description in the prompt, by the name of its value.
    """

    template: str
    values: dict[str, str]
    answer: str
    claims: dict[str, tuple[Claim, ...]]
    qualities: dict[str, int]


def any_system(dice: random.Random, longest: int = LONGEST) -> System:
    """A describing system of any quality, whose texts are mostly of `longest` characters at most."""
    rates = [dice.random() for _ in range(3)]
    return System("any", *rates, length=dice.randint(SHORTEST, longest), breaks_lines=dice.random() < 0.35)


def describing(scene: Scenario, inputs: tuple[str, ...], dice: random.Random, longest: int = LONGEST) -> Task:
    """The judge's own description: mostly short and plain, else as a good system would write it."""
    if dice.random() < 0.6:
        return Task("describe", {}, own_description(scene, inputs), {}, {})
    perceived = scene if len(inputs) > 1 else perceived_by(scene, inputs[0])
    if perceived.emotion == NEUTRAL:
        return Task("describe", {}, own_description(scene, inputs), {}, {})
    writer = replace(PERFECT, length=dice.randint(SHORTEST, longest), breaks_lines=dice.random() < 0.35)
    return Task("describe", {}, describe(perceived, writer, dice).text, {}, {})


def judging(scene: Scenario, inputs: tuple[str, ...], dice: random.Random, longest: int = LONGEST) -> Task:
    """Which of two descriptions fits better, with the judge's own, right or not quite, or without it."""

    def described() -> Description:
        return describe(scene, any_system(dice, longest), dice)

    one, two = described(), described()
    if len(scene.carriers) > 1 and dice.random() < OMISSIONS:
        one, two = _whole_and_part(scene, dice, longest)
    # Half of all pairs differ in one or two respects only: most pairs of good systems do.
    tries = 3 if dice.random() < 0.5 else 0
    for _ in range(tries):
        if one.text != two.text and 0 < abs(one.quality - two.quality) <= 2:
            break
        two = described()
    # Equal quality is common by chance, and teaches little.
    while one.text == two.text or (one.quality == two.quality and dice.random() < 0.6):
        two = described()
    # The second one was chosen to suit the first.
    if dice.random() < 0.5:
        one, two = two, one
    answer = "same" if one.quality == two.quality else ("a1" if one.quality > two.quality else "a2")
    values = {"a1": one.text, "a2": two.text}
    claims = {name: claims_of(text, scene) for name, text in values.items()}
    qualities = {"a1": one.quality, "a2": two.quality}
    if dice.random() < 0.3:
        return Task("s2", values | {"description": _remembered(scene, inputs, dice)}, answer, claims, qualities)
    return Task("s1", values, answer, claims, qualities)


def in_the_other_order(task: Task) -> Task:
    """The same two descriptions, exchanged."""
    exchanged = {"a1": "a2", "a2": "a1"}

    def renamed(found: dict[str, Any]) -> dict[str, Any]:
        return {exchanged.get(name, name): value for name, value in found.items()}

    return Task(
        task.template,
        renamed(task.values),
        exchanged.get(task.answer, task.answer),
        renamed(task.claims),
        renamed(task.qualities),
    )


def own_description(scene: Scenario, inputs: tuple[str, ...]) -> str:
    """Emotion, strength and evidence in one or two plain sentences; of one sense alone, what that sense shows."""
    if len(inputs) == 1:
        scene = perceived_by(scene, inputs[0])
    if scene.emotion == NEUTRAL:
        return f"The person seems {NEUTRAL}. This shows in {scene.face if inputs == ('video',) else scene.voice}."
    return f"The person seems {INTENSITIES[scene.intensity]} {scene.emotion}. {evidence_sentence(scene.carriers)}"


def perceived_by(scene: Scenario, sense: str) -> Scenario:
    """What the scene is for one who only sees, or only hears."""
    if sense == "video":
        return replace(
            scene,
            carried_by="face",
            emotion=scene.face_emotion,
            intensity=scene.face_intensity or 0,
            voice=NEUTRAL_VOICE,
            voice_intensity=None,
        )
    return replace(
        scene,
        carried_by="voice",
        emotion=scene.voice_emotion,
        intensity=scene.voice_intensity or 0,
        face=NEUTRAL_FACE,
        face_intensity=None,
    )


def claims_of(text: str, scene: Scenario) -> tuple[Claim, ...]:
    """What the description says of emotion, strength and evidence, in the order in which it says it."""
    found = []
    if opening := OPENING.search(text):
        found.append(Claim(opening.end(1), opening[1] == INTENSITIES[scene.intensity]))
        found.append(Claim(opening.end(2), opening[2] == scene.emotion))
    found += [Claim(text.index(phrase) + len(phrase), phrase in scene.carriers) for phrase in PHRASES if phrase in text]
    return tuple(sorted(found, key=lambda claim: claim.end))


def _whole_and_part(scene: Scenario, dice: random.Random, longest: int) -> tuple[Description, Description]:
    """Two descriptions without a wrong word, of which the second leaves out the face or the voice."""

    def described(evidence: float, claims: int) -> Description:
        while True:
            writer = replace(any_system(dice, longest), right_emotion=1.0, right_evidence=evidence, right_intensity=1.0)
            found = describe(scene, writer, dice)
            said = claims_of(found.text, scene)
            if len(said) == claims and all(claim.holds for claim in said):
                return found

    return described(1.0, 2 + len(scene.carriers)), described(0.0, 1 + len(scene.carriers))


def _remembered(scene: Scenario, inputs: tuple[str, ...], dice: random.Random) -> str:
    """The judge's own description as it may have been: one in four is of another scene of the same senses."""
    if dice.random() < 0.25:
        emotion = dice.choice(EMOTIONS)
        changed = {"emotion": emotion.name, "carried_by": "both", "intensity": dice.randrange(3)}
        changed |= {"face": dice.choice(emotion.faces), "voice": dice.choice(emotion.voices)}
        scene = replace(scene, **changed)
    return own_description(scene, inputs)
