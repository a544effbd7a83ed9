"""What is put in the place of a clip's picture or sound, to see whether a judge looks and listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from emoprefer_assets.media._model import Frames, Waveform

GREY = 128
_SEED = 1


def blank(frames: Frames) -> Frames:
    """Grey in every frame."""
    return _shown(frames, np.full_like(frames.pixels, GREY))


def shuffled(frames: Frames) -> Frames:
    """The same frames in another order, the same for every clip of as many frames."""
    return _shown(frames, frames.pixels[np.random.default_rng(_SEED).permutation(len(frames.pixels))])


def blurred(frames: Frames, percent: float) -> Frames:
    """Every frame blurred by a Gaussian, whose sigma is `percent` of the frame's longer side."""
    from scipy.ndimage import gaussian_filter

    sigma = percent / 100 * max(frames.pixels.shape[1:3])
    return _shown(frames, gaussian_filter(frames.pixels, (0, sigma, sigma, 0)))


def silent(sound: Waveform) -> Waveform:
    """Silence of the same length."""
    return _played(sound, np.zeros_like(sound.samples))


def noisy(sound: Waveform, decibels: float) -> Waveform:
    """White noise added, at this ratio of signal to noise, in power over the whole clip."""
    power = float(np.mean(sound.samples**2, dtype=np.float64)) if len(sound.samples) else 0.0
    noise = np.random.default_rng(_SEED).standard_normal(len(sound.samples), dtype=np.float32)
    scale = np.float32(np.sqrt(power / 10 ** (decibels / 10)))
    return _played(sound, np.clip(sound.samples + scale * noise, -1, 1))


PICTURE_CHANGES: dict[str, Callable[[Frames], Frames]] = {
    "blank": blank,
    "shuffled": shuffled,
    "blurred 1 %": lambda frames: blurred(frames, 1),
    "blurred 4 %": lambda frames: blurred(frames, 4),
}
SOUND_CHANGES: dict[str, Callable[[Waveform], Waveform]] = {
    "silent": silent,
    "noise at 20 dB": lambda sound: noisy(sound, 20),
    "noise at 10 dB": lambda sound: noisy(sound, 10),
    "noise at 0 dB": lambda sound: noisy(sound, 0),
}


def altered(decoded: Frames | Waveform, change: str) -> Frames | Waveform:
    """What was decoded, with a change of `PICTURE_CHANGES` or `SOUND_CHANGES`.

    Raises:
        KeyError: there is no such change.
    """
    return PICTURE_CHANGES[change](decoded) if isinstance(decoded, Frames) else SOUND_CHANGES[change](decoded)


def _shown(frames: Frames, pixels: np.ndarray) -> Frames:
    pixels.flags.writeable = False
    return replace(frames, pixels=pixels)


def _played(sound: Waveform, samples: np.ndarray) -> Waveform:
    samples.flags.writeable = False
    return replace(sound, samples=samples)
