"""Speech for each scenario by espeak-ng: words, pitch, rate and loudness follow its voice phrase and its strength."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.faces import STRENGTHS
from synthesis.scenarios import NEUTRAL_VOICE, Scenario

RATE = 22_050
LONGEST_SECONDS = 3.7
# What a plain voice has: espeak-ng's pitch (0 to 99) and words a minute.
PITCH, SPEED = 42, 165
ENGLISH, VARIANTS = "en", ("m3", "f2")

Treatment = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Voice:
    """How a voice phrase sounds at full strength.

    Attributes:
        pitch, speed: what is added to espeak-ng's pitch and words a minute.
        loud: gain in decibels.
        gap: pause between words, in units of 10 ms.
        whisper: spoken without tone.
        treatments: applied to the samples, each with the strength 0.45 to 1.
    """

    pitch: int = 0
    speed: int = 0
    loud: float = 0.0
    gap: int = 0
    whisper: bool = False
    treatments: tuple[Treatment, ...] = ()


def _glide(start: float, end: float) -> Treatment:
    """Pitch (and with it the pace) runs from `start` to `end` octaves above what was spoken."""

    def treat(samples: np.ndarray, strength: float) -> np.ndarray:
        steps = 2.0 ** (strength * np.linspace(start, end, len(samples)))
        places = np.cumsum(steps) - steps[0]
        places = places[places < len(samples) - 1]
        return np.interp(places, np.arange(len(samples)), samples)

    return treat


def _loudness(*decibels: float) -> Treatment:
    """Gain that runs through `decibels`, evenly spread over the line."""

    def treat(samples: np.ndarray, strength: float) -> np.ndarray:
        gains = np.interp(np.linspace(0, len(decibels) - 1, len(samples)), np.arange(len(decibels)), decibels)
        return samples * 10 ** (strength * gains / 20)

    return treat


def _tremor(hertz: float, depth: float) -> Treatment:
    def treat(samples: np.ndarray, strength: float) -> np.ndarray:
        at = np.arange(len(samples)) / RATE
        return samples * (1 - strength * depth * (0.5 + 0.5 * np.sin(2 * np.pi * hertz * at)))

    return treat


def _rough(samples: np.ndarray, strength: float) -> np.ndarray:
    driven = np.tanh((1 + 6 * strength) * samples / max(np.abs(samples).max(), 1e-9))
    return _tremor(70.0, 0.6)(driven, strength) * np.abs(samples).max()


def _band(low: float, high: float) -> Treatment:
    """What lies outside the band is damped."""

    def treat(samples: np.ndarray, strength: float) -> np.ndarray:
        spectrum, hertz = np.fft.rfft(samples), np.fft.rfftfreq(len(samples), 1 / RATE)
        spectrum[(hertz < low) | (hertz > high)] *= 1 - 0.85 * strength
        return np.fft.irfft(spectrum, len(samples))

    return treat


def _stretched(share: float) -> Treatment:
    """The last `share` of the line is drawn out, without a change of pitch (overlapping grains)."""

    def treat(samples: np.ndarray, strength: float) -> np.ndarray:
        cut = int(len(samples) * (1 - share))
        return np.concatenate([samples[:cut], _slower(samples[cut:], 1 + 0.8 * strength)])

    return treat


def _slower(samples: np.ndarray, factor: float, grain: int = 1024) -> np.ndarray:
    if len(samples) < 2 * grain:
        return samples
    window, hop = np.hanning(grain), grain // 4
    starts = np.arange(0, int((len(samples) - grain) * factor), hop)
    longer = np.zeros(starts[-1] + grain)
    for start in starts:
        place = min(int(start / factor), len(samples) - grain)
        longer[start : start + grain] += window * samples[place : place + grain]
    return longer / 2


def _before(make: Callable[[float], np.ndarray]) -> Treatment:
    return lambda samples, strength: np.concatenate([make(strength), samples])


def _after(make: Callable[[float], np.ndarray]) -> Treatment:
    return lambda samples, strength: np.concatenate([samples, make(strength)])


def _breath(seconds: float, rising: bool) -> Callable[[float], np.ndarray]:
    """Air, drawn in (rising) or let out; then a moment of silence."""

    def make(strength: float) -> np.ndarray:
        count = int(seconds * RATE)
        noise = _band(700, 4500)(np.random.default_rng(1).normal(0, 1, count), 1.0)
        shape = np.linspace(0, 1, count) ** 2 if rising else np.linspace(1, 0, count)
        return np.concatenate([0.25 * strength * shape * noise, np.zeros(int(0.08 * RATE))])

    return make


def _laugh(strength: float) -> np.ndarray:
    """Three short, falling, voiced bursts."""
    bursts = [np.zeros(int(0.1 * RATE))]
    for number in range(3):
        at = np.arange(int(0.13 * RATE)) / RATE
        tone = sum(np.sin(2 * np.pi * (300 - 35 * number) * k * at) / k for k in (1, 2, 3, 4))
        bursts += [0.3 * strength * tone * np.hanning(len(at)), np.zeros(int(0.05 * RATE))]
    return np.concatenate(bursts)


def _ends_early(samples: np.ndarray, strength: float) -> np.ndarray:
    kept = samples[: int(len(samples) * (1 - 0.25 * strength))]
    kept[-400:] *= np.linspace(1, 0, len(kept[-400:]))
    return kept


VOICES = {
    NEUTRAL_VOICE: Voice(),
    "a high, lively voice": Voice(pitch=32, speed=20, loud=2, treatments=(_glide(0.0, 0.2),)),
    "quick speech with a rising tune": Voice(pitch=15, speed=65, loud=1, treatments=(_glide(-0.1, 0.35),)),
    "a warm tone with a short laugh": Voice(pitch=10, loud=1, treatments=(_band(80, 2600), _after(_laugh))),
    "a low, slow voice": Voice(pitch=-30, speed=-50, loud=-4, treatments=(_glide(-0.05, -0.2),)),
    "a quiet voice that trails off": Voice(pitch=-14, speed=-25, loud=-7, treatments=(_loudness(0, -4, -20),)),
    "long pauses and a falling tune": Voice(pitch=-12, speed=-15, loud=-4, gap=22, treatments=(_glide(0.1, -0.35),)),
    "a loud, harsh voice": Voice(pitch=8, speed=15, loud=9, treatments=(_rough,)),
    "clipped words with hard stress": Voice(pitch=2, speed=45, loud=7, gap=12, treatments=(_tremor(3.2, 0.5),)),
    "a rough voice that gets louder": Voice(pitch=-6, loud=2, treatments=(_rough, _loudness(-6, 0, 8))),
    "a trembling, thin voice": Voice(pitch=30, loud=-3, treatments=(_tremor(7.5, 0.85), _band(350, 5000))),
    "breathless, hurried speech": Voice(
        pitch=22, speed=80, loud=-1, treatments=(_before(_breath(0.25, True)), _after(_breath(0.3, False)))
    ),
    "a whisper that breaks off": Voice(loud=-2, whisper=True, treatments=(_ends_early,)),
    "a sharp rise in pitch": Voice(pitch=14, loud=3, treatments=(_glide(-0.05, 0.75),)),
    "a gasp before the first word": Voice(pitch=20, speed=10, loud=2, treatments=(_before(_breath(0.45, True)),)),
    "one stretched, high syllable": Voice(pitch=30, loud=2, treatments=(_stretched(0.35), _glide(0.0, 0.3))),
    "a flat, drawling voice": Voice(pitch=-14, speed=-45, treatments=(_band(100, 3000),)),
    "drawn-out stress on single words": Voice(pitch=-6, speed=-25, gap=8, treatments=(_stretched(0.5),)),
    "a dry, nasal tone": Voice(pitch=-4, speed=-10, loud=-1, treatments=(_band(700, 2300),)),
}


def speech_of(scenario: Scenario, english: str = ENGLISH, variants: Sequence[str] = VARIANTS) -> np.ndarray:
    """The scenario's line as it is spoken, float32 samples at `RATE`, at most 3.7 s long.

    Args:
        english: espeak-ng's voice for lines in English.
        variants: of the voices; the speaker's name decides which is used.

    Raises:
        SystemExit: espeak-ng is not installed.
    """
    voice = VOICES[scenario.voice]
    strength = 0.0 if scenario.voice_intensity is None else STRENGTHS[scenario.voice_intensity]
    own = int.from_bytes(hashlib.blake2b(scenario.speaker.encode(), digest_size=2).digest(), "big")
    pitch = PITCH + own % 17 - 8 + strength * voice.pitch
    samples = _spoken(
        scenario.line,
        pitch=round(min(max(pitch, 1), 98)),
        speed=round(SPEED + own // 17 % 15 + strength * voice.speed),
        gap=round(strength * voice.gap),
        english=english,
        variant="whisper" if voice.whisper else variants[own % len(variants)],
    )
    samples *= 0.16 / max(float(np.sqrt(np.mean(samples**2))), 1e-6)
    for treat in voice.treatments:
        samples = treat(samples, strength)
    samples = samples * 10 ** (strength * voice.loud / 20)
    if len(samples) > LONGEST_SECONDS * RATE:
        samples = _slower(samples, LONGEST_SECONDS * RATE / len(samples))[: int(LONGEST_SECONDS * RATE)]
    return (np.tanh(1.2 * samples) / np.tanh(1.2)).astype(np.float32)


def word_of(word: str) -> np.ndarray:
    """An English word as a plain voice says it, float32 samples at `RATE`.

    Raises:
        SystemExit: espeak-ng is not installed.
    """
    samples = _spoken(word, pitch=PITCH, speed=SPEED - 25, gap=0, english=ENGLISH, variant=VARIANTS[0])
    return (0.5 * samples / np.abs(samples).max()).astype(np.float32)


def _spoken(line: str, pitch: int, speed: int, gap: int, english: str, variant: str) -> np.ndarray:
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit(
            "espeak-ng is not installed, and makes the voices. Install it (Debian: apt install espeak-ng)."
        )
    language = "cmn" if any("\u4e00" <= letter <= "\u9fff" for letter in line) else english
    command = [
        program,
        "-v",
        f"{language}+{variant}",
        "-p",
        str(pitch),
        "-s",
        str(speed),
        "-g",
        str(gap),
        "--stdout",
        line,
    ]
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    # The length in the header of a streamed wav file is a placeholder.
    with wave.open(io.BytesIO(spoken)) as file:
        rate = file.getframerate()
    samples = np.frombuffer(spoken[44 : 44 + 2 * ((len(spoken) - 44) // 2)], "<i2") / 32768
    sounding = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[: sounding[-1] + 1]
    places = np.arange(0, len(samples) - 1, rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples)
