"""Scenarios as mp4 files: a drawn face that speaks, with its words as a subtitle."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.faces import FPS, SIDE, frames_of
from synthesis.scenarios import Scenario
from synthesis.voices import RATE, speech_of

SHORTEST_SECONDS = 2.0
QUIET_BEFORE, QUIET_AFTER = 0.15, 0.2


def write_clips(scenarios: Iterable[Scenario], folder: Path) -> None:
    """Write `<name>.mp4` for each scenario: the same frames and samples every time; bytes depend on the encoders."""
    scenarios = list(scenarios)
    folder.mkdir(parents=True, exist_ok=True)
    for number, scenario in enumerate(scenarios, start=1):
        write_clip(scenario, folder / f"{scenario.name}.mp4")
        print(f"\r{number} of {len(scenarios)} clips", end="", flush=True)
    print()


def write_clip(scenario: Scenario, file: Path) -> None:
    """Write one mp4: H.264, 224 x 224 pixels, 12 frames a second, and AAC, mono, 2 to 4.1 s."""
    sound = sound_of(scenario)
    encode(frames_of(scenario, len(sound) / RATE), sound, file)


def sound_of(scenario: Scenario) -> np.ndarray:
    """The line with silence around it, float32 samples at 22,050 Hz, a whole number of frames long."""
    return sound_around(speech_of(scenario))


def sound_around(speech: np.ndarray) -> np.ndarray:
    """`speech` with silence around it, a whole number of frames long."""
    seconds = max(SHORTEST_SECONDS, QUIET_BEFORE + len(speech) / RATE + QUIET_AFTER)
    sound = np.zeros(round(np.ceil(seconds * FPS) / FPS * RATE), dtype=np.float32)
    start = round(QUIET_BEFORE * RATE)
    sound[start : start + len(speech)] = speech
    return sound


def encode(frames: np.ndarray, sound: np.ndarray, file: Path) -> None:
    """Write frames, shape (n, height, width, 3), and samples into an mp4 file."""
    with _opened(file) as container:
        video, audio = _video_stream(container), _audio_stream(container)
        _mux_picture(container, video, frames)
        _mux_sound(container, audio, sound)


def encode_picture(frames: np.ndarray, file: Path) -> None:
    """Write frames alone into an mp4 file."""
    with _opened(file) as container:
        _mux_picture(container, _video_stream(container), frames)


def encode_sound(sound: np.ndarray, file: Path) -> None:
    """Write samples alone into an mp4 file."""
    with _opened(file) as container:
        _mux_sound(container, _audio_stream(container), sound)


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise SystemExit("PyAV writes the clips and is not installed. Run: pip install av") from None
    return av


def _opened(file: Path) -> Any:
    return _av().open(str(file), "w", options={"movflags": "+faststart"})


def _video_stream(container: Any) -> Any:
    video = container.add_stream("libx264", rate=FPS, options={"crf": "27", "preset": "slow", "threads": "1"})
    video.width, video.height, video.pix_fmt = SIDE, SIDE, "yuv420p"
    return video


def _audio_stream(container: Any) -> Any:
    audio = container.add_stream("aac", rate=RATE, layout="mono")
    audio.bit_rate = 40_000
    return audio


def _mux_picture(container: Any, video: Any, frames: np.ndarray) -> None:
    for number, pixels in enumerate(frames):
        frame = _av().VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(video.encode(frame))
    container.mux(video.encode())


def _mux_sound(container: Any, audio: Any, sound: np.ndarray) -> None:
    for start in range(0, len(sound), 1024):
        frame = _av().AudioFrame.from_ndarray(sound[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(audio.encode(frame))
    container.mux(audio.encode())
