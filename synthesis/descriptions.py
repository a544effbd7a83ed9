"""Descriptions of known quality: length is drawn apart from quality, and filled up with sentences that say nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass

from synthesis.scenarios import CARRIERS, EMOTIONS, FELT, INTENSITIES, Scenario


@dataclass(frozen=True)
class System:
    """A describing system of known quality.

    Attributes:
        name: of the system.
        right_emotion: how often it names the right emotion.
        right_evidence: how often what it names as evidence, with the right emotion, is all that shows it; else one
            thing is left out or nothing of it is there. With a wrong emotion it finds evidence for that one.
        right_intensity: how often the intensity is right.
        length: mean length in characters; chosen so that it does not follow quality.
        breaks_lines: whether it writes each sentence on a line of its own.
    """

    name: str
    right_emotion: float
    right_evidence: float
    right_intensity: float
    length: int
    breaks_lines: bool = False


SYSTEMS = (
    System("aurora", 0.95, 0.90, 0.90, 215),
    System("basalt", 0.85, 0.80, 0.75, 175),
    System("cobalt", 0.75, 0.60, 0.65, 245, breaks_lines=True),
    System("dune", 0.60, 0.60, 0.50, 185),
    System("ember", 0.45, 0.35, 0.45, 225),
    System("fjord", 0.25, 0.25, 0.30, 200, breaks_lines=True),
)
# Of every system, so that naming evidence is no sign of quality.
GIVES_EVIDENCE = 0.75

FILLERS = (
    "The clip is short and shows one person from the front.",
    "The background is plain, and nothing in it moves.",
    "Nobody else enters the picture, and nothing is handed over.",
    "The light comes evenly from both sides.",
    "The camera stays where it is from the first frame to the last.",
    "The shoulders are in the picture, the hands are not.",
    "The sound is clear, with no music and no noise behind it.",
    "The words are spoken once and are not repeated.",
)


OPENINGS = ("{who} seems {how} {what}.", "In this clip, {who} comes across as {how} {what}.")


@dataclass(frozen=True)
class Description:
    """A text and how good it is.

    Attributes:
        text: the description.
        quality: 0 to 5: right emotion 2, right intensity with it 1; evidence 2 where it names all that shows the
            emotion, 0 where it names what is not there, else 1.
    """

    text: str
    quality: int


def describe(scenario: Scenario, system: System, dice: random.Random) -> Description:
    """What `system` says of the clip."""
    right_emotion = dice.random() < system.right_emotion
    right_intensity = dice.random() < system.right_intensity
    emotion = scenario.emotion if right_emotion else _wrong_emotion(scenario, dice)
    intensity = scenario.intensity if right_intensity else dice.choice([i for i in range(3) if i != scenario.intensity])
    named: tuple[str, ...] = ()
    if dice.random() < GIVES_EVIDENCE:
        named = _named(scenario, emotion, dice.random() < system.right_evidence, dice)
    sentences = [dice.choice(OPENINGS).format(who=scenario.speaker, how=INTENSITIES[intensity], what=emotion)]
    if named:
        sentences.append(evidence_sentence(named))
    if dice.random() < 0.5:
        quote = "“{}”" if dice.random() < 0.3 else '"{}"'
        sentences.append(f"The subtitle reads {quote.format(scenario.line)}.")
    length = dice.gauss(system.length, 50)
    for filler in dice.sample(FILLERS, len(FILLERS)):
        if sum(map(len, sentences)) + len(filler) / 2 > length:
            break
        sentences.append(filler)
    rest = sentences[1:]
    dice.shuffle(rest)
    text = ("\n" if system.breaks_lines else " ").join([sentences[0], *rest])
    quality = 2 * right_emotion + (right_emotion and right_intensity) + evidence_quality(scenario, named)
    return Description(text, quality)


def evidence_sentence(named: tuple[str, ...]) -> str:
    """One thing, two that show the same emotion, or the stronger one and what speaks against it."""
    if len(named) == 1:
        return f"This shows in {named[0]}."
    together = FELT[named[0]] == FELT[named[1]]
    return f"This shows in {named[0]}, {'and' if together else 'more than'} in {named[1]}."


def evidence_quality(scenario: Scenario, named: tuple[str, ...]) -> int:
    """2 where `named` is all that shows the emotion, 0 where some of it is not there, else 1."""
    if not set(named) <= set(scenario.carriers):
        return 0
    return 2 if named == scenario.carriers else 1


def _wrong_emotion(scenario: Scenario, dice: random.Random) -> str:
    overruled = {scenario.face_emotion, scenario.voice_emotion} & {emotion.name for emotion in EMOTIONS}
    overruled -= {scenario.emotion}
    if overruled and dice.random() < 0.6:
        return overruled.pop()
    return dice.choice([emotion.name for emotion in EMOTIONS if emotion.name != scenario.emotion])


def _named(scenario: Scenario, emotion: str, right: bool, dice: random.Random) -> tuple[str, ...]:
    """What is named as evidence: for the right emotion what is there, if `right`."""
    there = scenario.carriers
    if emotion == scenario.emotion:
        if right:
            return there
        if len(there) > 1 and dice.random() < 0.5:
            # Of a conflict, what speaks against the emotion: text that contradicts itself would tell without a clip.
            return there[:1] if scenario.carried_by == "conflict" else (dice.choice(there),)
    felt = next(one for one in EMOTIONS if one.name == emotion)
    face = dice.choice([phrase for phrase in felt.faces if phrase not in there])
    voice = dice.choice([phrase for phrase in felt.voices if phrase not in there])
    other = dice.choice([one for one in EMOTIONS if one.name != emotion])
    shapes = {
        "face": (face,),
        "voice": (voice,),
        "both": (face, voice),
        "conflict": dice.choice(((face, dice.choice(other.voices)), (voice, dice.choice(other.faces)))),
    }
    return shapes[dice.choices(list(CARRIERS), list(CARRIERS.values()))[0]]
