"""What happens in each clip: the scripted ground truth that text, votes and media all follow."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass

SPEAKERS = (
    "Anna Keller",
    "李雪",
    "Tom O'Brien",
    "王强",
    'Maya "Mo" Singh',
    "陈晓明",
    "Jürgen Weiß",
    "赵丽",
    "Sofía Núñez",
    "周杰",
)
INTENSITIES = ("slightly", "clearly", "very")
# What shows the emotion, and how many of twenty clips show it so.
CARRIERS = {"face": 5, "voice": 5, "both": 7, "conflict": 3}
NEUTRAL = "neutral"
NEUTRAL_FACE, NEUTRAL_VOICE = "a still face", "an even voice"
NEUTRAL_LINES = (
    "The train leaves at nine.",
    'There are two keys, "a long one" and a short one.',
    "明天下午三点开会。",
    "The form has four pages, I believe.",
    "图书馆在二楼。",
    "It is the third door on the left.",
)


@dataclass(frozen=True)
class Emotion:
    """How an emotion looks and sounds, and what people say who feel it (never naming it)."""

    name: str
    faces: tuple[str, ...]
    voices: tuple[str, ...]
    lines: tuple[str, ...]


EMOTIONS = (
    Emotion(
        "happy",
        ("raised cheeks and a wide smile", "bright eyes and lifted mouth corners", "a grin that narrows the eyes"),
        ("a high, lively voice", "quick speech with a rising tune", "a warm tone with a short laugh"),
        (
            "They said yes, all of them!",
            "You remembered, after all this time.",
            "我们终于成功了！",
            'Come in, come in, "the cake" is ready.',
        ),
    ),
    Emotion(
        "sad",
        ("lowered eyelids and drooping mouth corners", "brows drawn up in the middle", "a bowed head and wet eyes"),
        ("a low, slow voice", "a quiet voice that trails off", "long pauses and a falling tune"),
        (
            "The house is so quiet now.",
            'I kept your letter, "the last one".',
            "他再也不会回来了。",
            "There was nothing anyone could do.",
        ),
    ),
    Emotion(
        "angry",
        ("brows pulled down and tight lips", "a hard stare and flared nostrils", "a thrust chin and bared teeth"),
        ("a loud, harsh voice", "clipped words with hard stress", "a rough voice that gets louder"),
        (
            "I told you, twice, not to touch it.",
            '"Later", "later", it is always later!',
            "你为什么不早说？",
            "Get out of my office.",
        ),
    ),
    Emotion(
        "fearful",
        ("widened eyes and raised, drawn brows", "a stretched mouth and a stiff neck", "eyes that dart to the side"),
        ("a trembling, thin voice", "breathless, hurried speech", "a whisper that breaks off"),
        (
            "Did you hear that, behind the door?",
            "Please, don't turn off the light.",
            "别过去，那里有人。",
            "It is coming closer, I think.",
        ),
    ),
    Emotion(
        "surprised",
        ("lifted brows and an open mouth", "suddenly round eyes", "a backward jerk of the head"),
        ("a sharp rise in pitch", "a gasp before the first word", "one stretched, high syllable"),
        ("You are here, already?", 'Wait, "that" was you?', "什么？今天就走？", "I never saw that coming."),
    ),
    Emotion(
        "contemptuous",
        ("one raised mouth corner", "half-closed eyes and a tilted head", "a slow roll of the eyes"),
        ("a flat, drawling voice", "drawn-out stress on single words", "a dry, nasal tone"),
        ('Oh, "brilliant", as ever.', "Is that the best you can do?", "就凭你？", "How very, very original."),
    ),
)


FELT = {NEUTRAL_FACE: NEUTRAL, NEUTRAL_VOICE: NEUTRAL} | {
    phrase: emotion.name for emotion in EMOTIONS for phrase in (*emotion.faces, *emotion.voices)
}


@dataclass(frozen=True)
class Scenario:
    """One clip: who says what, feels what, how strongly, and how it shows.

    Attributes:
        name: the clip's id.
        speaker: who is seen.
        line: the words spoken; they never name the emotion, and fit any where face and voice do not show the same.
        carried_by: what shows the emotion: face or voice (the other is neutral), both, or conflict: face and voice
            show different emotions, and people believe the stronger one.
        emotion: name of the emotion that people would say it is.
        intensity: 0 slightly, 1 clearly, 2 very.
        face: what the face shows.
        face_intensity: how strongly; None where it is neutral.
        voice: how the voice sounds.
        voice_intensity: how strongly; None where it is neutral.
    """

    name: str
    speaker: str
    line: str
    carried_by: str
    emotion: str
    intensity: int
    face: str
    face_intensity: int | None
    voice: str
    voice_intensity: int | None

    @property
    def face_emotion(self) -> str:
        return FELT[self.face]

    @property
    def voice_emotion(self) -> str:
        return FELT[self.voice]

    @property
    def carriers(self) -> tuple[str, ...]:
        """The phrases of what is not neutral, the stronger one first."""
        if self.carried_by in ("face", "voice"):
            return (getattr(self, self.carried_by),)
        voice_leads = (self.voice_intensity or 0) > (self.face_intensity or 0)
        return (self.voice, self.face) if voice_leads else (self.face, self.voice)

    def as_row(self) -> dict[str, str | int]:
        words = {
            name: "" if level is None else INTENSITIES[level]
            for name, level in asdict(self).items()
            if name.endswith("intensity")
        }
        return asdict(self) | words


def make_scenarios(count: int, dice: random.Random) -> list[Scenario]:
    """`count` scenarios with emotions, intensities and what carries them in fixed shares."""
    whole, rest = divmod(count, sum(CARRIERS.values()))
    carriers = [carrier for carrier, share in CARRIERS.items() for _ in range(share)]
    carried_by = carriers * whole + dice.sample(carriers, rest)
    dice.shuffle(carried_by)
    return [
        make_scenario(
            f"sample_{number + 1:03d}",
            SPEAKERS[number % len(SPEAKERS)],
            carrier,
            EMOTIONS[number % len(EMOTIONS)],
            number // len(EMOTIONS) % len(INTENSITIES),
            dice,
        )
        for number, carrier in enumerate(carried_by)
    ]


def make_scenario(
    name: str, speaker: str, carried_by: str, emotion: Emotion, intensity: int, dice: random.Random
) -> Scenario:
    """A scenario in which `carried_by` shows `emotion`; in a conflict the stronger of the two is at least clear."""
    face, face_intensity = dice.choice(emotion.faces), intensity
    voice, voice_intensity = dice.choice(emotion.voices), intensity
    if carried_by == "face":
        voice, voice_intensity = NEUTRAL_VOICE, None
    elif carried_by == "voice":
        face, face_intensity = NEUTRAL_FACE, None
    elif carried_by == "conflict":
        other = dice.choice([one for one in EMOTIONS if one != emotion])
        intensity = max(1, intensity)
        if dice.random() < 0.5:
            face_intensity, voice, voice_intensity = intensity, dice.choice(other.voices), 0
        else:
            face, face_intensity, voice_intensity = dice.choice(other.faces), 0, intensity
    return Scenario(
        name=name,
        speaker=speaker,
        line=dice.choice(emotion.lines if carried_by == "both" else NEUTRAL_LINES),
        carried_by=carried_by,
        emotion=emotion.name,
        intensity=intensity,
        face=face,
        face_intensity=face_intensity,
        voice=voice,
        voice_intensity=voice_intensity,
    )
