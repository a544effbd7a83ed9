"""What of a clip is taken, and what is got."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class VideoSampling:
    """Which frames of a video are taken.

    Attributes:
        frames: this many, the first and the last among them and the rest evenly between (one is the middle one);
            all of them where the video has fewer. None where `fps` says how many.
        fps: so many a second, from the first; never the same frame twice.
        max_side: longer frames are scaled down to this many pixels on their longer side.
    """

    frames: int | None = 8
    fps: float | None = None
    max_side: int = 448


@dataclass(frozen=True)
class AudioSampling:
    """How a sound track is taken: mono, at `rate` samples a second."""

    rate: int = 16_000


@dataclass(frozen=True)
class Frames:
    """Frames of a video.

    Attributes:
        pixels: shape (frames, height, width, 3), uint8, RGB; read-only, as all who read the clip share it.
        seconds: when each is first shown, by the video's own clock, shape (frames,), float64.
        video_fps: frames a second of the video itself.
        video_frames: frames of the video itself.
    """

    pixels: np.ndarray
    seconds: np.ndarray
    video_fps: float
    video_frames: int


@dataclass(frozen=True)
class Waveform:
    """Mono sound.

    Attributes:
        samples: shape (n_samples,), float32, about -1 to 1, from time 0; read-only.
        rate: samples a second.
    """

    samples: np.ndarray
    rate: int


class UnreadableMedia(Exception):
    """A file that cannot be decoded, and why, in words for people."""


class Reader(Protocol):
    """Decodes media, or remembers what it has decoded."""

    def read(self, media: Media) -> Frames | Waveform: ...


@dataclass(frozen=True)
class Media:
    """A clip's video (without sound) or sound, as a part of a message.

    Attributes:
        file: mp4 or wav.
        content: `content_hash` of the file; decoding refuses a file that no longer has it.
        sampling: what of it is taken; says whether this is video or sound.
        reader: decodes it.
        change: what is done to what was decoded (`PICTURE_CHANGES`, `SOUND_CHANGES`), or "".
    """

    file: Path
    content: str
    sampling: VideoSampling | AudioSampling
    reader: Reader = field(compare=False, repr=False)
    change: str = ""

    @property
    def kind(self) -> str:
        return "video" if isinstance(self.sampling, VideoSampling) else "audio"

    def read(self) -> Frames | Waveform:
        """What is decoded: `Frames` of a video, `Waveform` of a sound.

        Raises:
            UnreadableMedia: the file cannot be decoded.
        """
        return self.reader.read(self)

    def determinants(self) -> dict[str, Any]:
        """What determines the decoded content, wherever the file lies."""
        changed = {"change": self.change} if self.change else {}
        return {"type": self.kind, "content": self.content, **asdict(self.sampling), **changed}
