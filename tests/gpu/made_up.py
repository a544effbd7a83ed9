"""Clips of random pictures and noise, decoded from nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emoprefer_assets.media import AudioSampling, Frames, Media, VideoSampling, Waveform

SECONDS = 4.0


@dataclass(frozen=True)
class MadeUp:
    """A clip of four seconds at 25 frames a second, and the reader of its media.

    Attributes:
        seed: equal clips have equal seeds.
    """

    seed: int

    def media(self, samplings: Sequence[VideoSampling | AudioSampling]) -> tuple[Media, ...]:
        return tuple(Media(Path("made-up"), f"{self.seed}", sampling, self) for sampling in samplings)

    def read(self, media: Media) -> Frames | Waveform:
        dice = np.random.default_rng(self.seed)
        if isinstance(media.sampling, AudioSampling):
            return Waveform(dice.normal(0, 0.1, int(SECONDS * media.sampling.rate)).astype("f4"), media.sampling.rate)
        count, width = media.sampling.frames or int(SECONDS), media.sampling.max_side
        seconds = np.linspace(0, SECONDS, count, endpoint=False)
        pixels = dice.integers(0, 256, (count, width * 3 // 4, width, 3), dtype="u1")
        return Frames(pixels, seconds, 25.0, int(SECONDS * 25))
