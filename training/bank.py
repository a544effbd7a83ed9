"""Rendered faces and voices, kept on disk: any face is later combined with any voice."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from emoprefer_assets.media import read_sound
from synthesis.clips import encode_sound, sound_around
from synthesis.faces import FPS, frames_of
from synthesis.scenarios import EMOTIONS, NEUTRAL_FACE, NEUTRAL_VOICE, Emotion, Scenario
from synthesis.voices import speech_of
from training.given import AUDIO, VIDEO
from training.models import ears
from training.scenes import ACCENTS, TRAINING_LOOKS, VARIANTS, line, name

FACE_PHRASES = (NEUTRAL_FACE, *(phrase for emotion in EMOTIONS for phrase in emotion.faces))
VOICE_PHRASES = (NEUTRAL_VOICE, *(phrase for emotion in EMOTIONS for phrase in emotion.voices))
NEUTRAL_SHARE = 0.2
CHUNK = 250


@dataclass(frozen=True)
class Bank:
    """Faces or voices.

    Attributes:
        signals: of faces uint8, shape (n, 4, 84, 84, 3); of voices their log-mel spectra, float16, shape (n, 128, 250).
        lengths: of faces the seconds from one frame to the next, of voices the steps that are sound; shape (n,).
        phrases: which of FACE_PHRASES or VOICE_PHRASES, shape (n,).
        intensities: 0 to 2, or -1 where neutral, shape (n,).
    """

    signals: np.ndarray
    lengths: np.ndarray
    phrases: np.ndarray
    intensities: np.ndarray

    def part(self, chosen: slice) -> Bank:
        return Bank(self.signals[chosen], self.lengths[chosen], self.phrases[chosen], self.intensities[chosen])

    def places(self, phrase: int, intensity: int) -> np.ndarray:
        """Where the phrase is shown or heard in this intensity."""
        return np.flatnonzero((self.phrases == phrase) & (self.intensities == intensity))


def render(kind: str, count: int, folder: Path) -> None:
    """Write `count` faces or voices, 250 a file, and leave what is already there."""
    folder.mkdir(parents=True, exist_ok=True)
    make = {"faces": _face, "voices": _voice_maker()}[kind]
    for first in range(0, count, CHUNK):
        file = folder / f"{kind}_{first:05d}.npz"
        if file.exists():
            continue
        made = [make(number) for number in range(first, min(first + CHUNK, count))]
        columns = [np.stack(column) for column in zip(*made, strict=True)]
        unfinished = file.with_suffix(".part.npz")
        np.savez(unfinished, **dict(zip(("signals", "lengths", "phrases", "intensities"), columns, strict=True)))
        unfinished.rename(file)


def read(kind: str, folder: Path) -> Bank:
    """All that is rendered so far."""
    files = [np.load(file) for file in sorted(folder.glob(f"{kind}_?????.npz"))]
    if not files:
        raise SystemExit(f"No {kind} in {folder}. Run: python -m training render {kind}")
    return Bank(*(np.concatenate([file[column] for file in files]) for column in files[0]))


def _shown(number: int, kind: str) -> tuple[Scenario, random.Random]:
    """Number `number` of the faces or voices: what shows, and the dice for how it is rendered."""
    dice = random.Random(f"{kind} {number}")
    emotion: Emotion = dice.choice(EMOTIONS)
    intensity: int | None = dice.randrange(3)
    phrase = dice.choice(emotion.faces if kind == "faces" else emotion.voices)
    if dice.random() < NEUTRAL_SHARE:
        phrase, intensity = {"faces": NEUTRAL_FACE, "voices": NEUTRAL_VOICE}[kind], None
    shown = Scenario(
        name=f"{kind} {number}",
        speaker=f"{name(dice)} {number}",
        line=line(dice),
        carried_by="both",
        emotion=emotion.name,
        intensity=0,
        face=phrase,
        face_intensity=intensity,
        voice=phrase,
        voice_intensity=intensity,
    )
    return shown, dice


def _labels(phrase: int, intensity: int | None) -> tuple[int, int]:
    return phrase, -1 if intensity is None else intensity


def _face(number: int) -> tuple:
    shown, dice = _shown(number, "faces")
    count = round(dice.uniform(2.0, 4.1) * FPS)
    chosen = np.linspace(0, count - 1, VIDEO.frames).round().astype(int)
    frames = frames_of(shown, count / FPS, looks=TRAINING_LOOKS, only=set(chosen.tolist()))
    small = [np.asarray(Image.fromarray(frame).resize((VIDEO.max_side,) * 2, Image.BICUBIC)) for frame in frames]
    spacing = (chosen[-1] - chosen[0]) / (len(chosen) - 1) / FPS
    return np.stack(small), spacing, *_labels(FACE_PHRASES.index(shown.face), shown.face_intensity)


def _voice_maker() -> Callable[[int], tuple]:
    hearing = ears()
    folder = tempfile.TemporaryDirectory()

    def make(number: int) -> tuple:
        shown, dice = _shown(number, "voices")
        sound = sound_around(speech_of(shown, dice.choice(ACCENTS), VARIANTS))
        # Through the sample's encoder and the judges' decoder, which leave their traces.
        file = Path(folder.name) / "sound.mp4"
        encode_sound(sound, file)
        heard = hearing(
            read_sound(file, AUDIO).samples,
            sampling_rate=AUDIO.rate,
            return_attention_mask=True,
            return_tensors="np",
            padding="max_length",
        )
        steps = int(heard["attention_mask"][0].sum())
        spectra = heard["input_features"][0].astype(np.float16)
        return spectra, steps, *_labels(VOICE_PHRASES.index(shown.voice), shown.voice_intensity)

    return make
