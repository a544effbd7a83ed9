"""Decoding one file with decord: frames as numpy arrays, sound as a mono waveform."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from emoprefer_assets.media._containers import read_container
from emoprefer_assets.media._model import AudioSampling, Frames, UnreadableMedia, VideoSampling, Waveform

# decord sums the channels with the weights of a downmix that is not normalised: stereo comes out 1.41 times too loud,
# beyond 1. Divided by the sum of the weights, a mono mix of equal channels is as loud as each of them.
MIX_GAIN = {1: 1.0, 2: math.sqrt(2), 6: 2 + math.sqrt(2), 8: 3 + math.sqrt(2)}
# decord gives times in float32.
SAME_TIME = 5e-4
# Below it, decord gives a frame whose time the file does not say, as MPEG program streams do not for all.
NO_TIME = -1e9
OWN_SIZE = (-1, -1)


def content_hash(file: Path) -> str:
    """A hash of the file's bytes, 32 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def read_frames(file: Path, sampling: VideoSampling) -> Frames:
    """Decode the frames of `file` that `sampling` takes.

    Raises:
        UnreadableMedia: no such file, not a video, or broken where the frames are.
    """
    try:
        own = open_video(file)
        starts, left_out = played(frame_starts(own))
        indices = _chosen(sampling, starts)
        height, width = own[0].shape[:2]
        large = max(height, width) > sampling.max_side
        size = scaled(width, height, sampling.max_side) if large else (width, height)
        for by_decord in (*([size] if large else []), OWN_SIZE, (10 * width, height)):
            # A reader that has sought a frame does not go back to the first.
            as_it_is = by_decord == OWN_SIZE and not left_out
            pixels = _pixels(own if as_it_is else open_video(file, *by_decord), indices, left_out)
            if pixels is not None:
                break
        else:
            raise UnreadableMedia(f"{file}: decord cannot give its frames at {width} x {height} pixels")
        if pixels.shape[1:3] != (size[1], size[0]):
            pixels = _resized(pixels, size)
        fps = float(own.get_avg_fps())
    except Exception as error:
        raise _unreadable(file, "video", error) from None
    pixels.flags.writeable = False
    return Frames(pixels, starts[indices], fps, len(starts))


def read_sound(file: Path, sampling: AudioSampling) -> Waveform:
    """Decode the first sound track of an mp4 or wav file, mixed to mono and resampled.

    Equal channels mix to what each of them is. Silence stands before a track that starts after time 0.

    Raises:
        UnreadableMedia: no such file, no sound in it, or broken.
    """
    try:
        samples, _ = mono(file, sampling.rate)
    except Exception as error:
        raise _unreadable(file, "sound", error) from None
    samples.flags.writeable = False
    return Waveform(samples, sampling.rate)


def open_video(file: Path, width: int = -1, height: int = -1) -> Any:
    """A `decord.VideoReader`, its frames scaled to `width` x `height` pixels where given."""
    from decord import VideoReader, cpu

    _require(file)
    # One thread a file: files are read side by side, and errors come in the order of the frames.
    return VideoReader(str(file), cpu(0), width=width, height=height, num_threads=1)


def frame_starts(reader: Any) -> np.ndarray:
    """When each frame is first shown, in seconds, shape (frames,), float64.

    Raises:
        UnreadableMedia: the file does not say it of each frame; decord then finds other frames than those asked for.
    """
    shown: np.ndarray = reader.get_frame_timestamp(np.arange(len(reader)))
    if shown.min(initial=0.0) < NO_TIME:
        raise UnreadableMedia("it does not say when each of its frames is shown; encode it anew as mp4")
    return shown[:, 0].astype(np.float64)


def played(starts: np.ndarray) -> tuple[np.ndarray, int]:
    """The starts of the frames that are shown, and how many before them an edit list leaves out.

    A clip that was cut without encoding it anew begins with frames that only serve to decode what follows.
    """
    left_out = int((starts < -SAME_TIME).sum())
    return starts[left_out:], left_out


def _pixels(reader: Any, indices: np.ndarray, left_out: int) -> np.ndarray | None:
    """Frames by their number among those that are shown, shape (frames, height, width, 3); None at some widths.

    Rows are padded to a length that depends on decord's build and the CPU. Where that is a multiple of the width,
    decord takes it for more colours.
    """
    from decord import DECORDError

    if not left_out:
        try:
            batch: np.ndarray = reader.get_batch(indices).asnumpy()
        except DECORDError as error:
            if "size must exactly match" in str(error):
                return None
            raise
        return batch
    # decord counts what is left out where it seeks a frame, and not where it decodes one after another.
    wanted = set(indices.tolist())
    frames = (reader.next() for _ in range(int(indices[-1]) + 1))
    shown = np.stack([frame.asnumpy() for number, frame in enumerate(frames) if number in wanted])
    return shown if shown.shape[-1] == 3 else None


def _resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC)) for frame in pixels])


def scaled(width: int, height: int, max_side: int) -> tuple[int, int]:
    """Width and height with the longer side at `max_side`: the same shape, in even numbers, as encoders have them."""
    scale = max_side / max(width, height)
    return max(2, 2 * int(width * scale / 2 + 0.5)), max(2, 2 * int(height * scale / 2 + 0.5))


def _chosen(sampling: VideoSampling, starts: np.ndarray) -> np.ndarray:
    if sampling.fps:
        length = starts[-1] - starts[0]
        wanted = starts[0] + np.arange(int((length + SAME_TIME) * sampling.fps) + 1) / sampling.fps
        return np.unique(np.searchsorted(starts, wanted + SAME_TIME, side="right") - 1)
    # From the first to the last, as Qwen-VL, Video-LLaVA and LLaVA-NeXT-Video take them.
    count = min(sampling.frames or 1, len(starts))
    if count == 1:
        return np.array([(len(starts) - 1) // 2])
    return np.linspace(0, len(starts) - 1, count).round().astype(np.int64)


def mono(file: Path, rate: int) -> tuple[np.ndarray, int]:
    """The sound of `file`, and how many samples of silence stand before it."""
    from decord import AudioReader, cpu

    _require(file)
    # Only mixed sound is asked for: unmixed, decord 0.6 returns uninitialised memory for all but the first channel.
    reader = AudioReader(str(file), cpu(0), sample_rate=rate, mono=True)
    samples = reader.get_batch(range(reader.shape[1])).asnumpy()[0]
    # decord pads its own copy, but does not count the padding as samples that can be taken.
    silence = reader.add_padding()
    container = read_container(file)
    track = container.track("audio") if container else None
    gain = MIX_GAIN.get(track.channels, MIX_GAIN[6]) if track and track.channels else 1.0
    return np.pad(samples / np.float32(gain), (silence, 0)), silence


def _require(file: Path) -> None:
    if not file.is_file():
        raise UnreadableMedia("no such file")
    if not file.stat().st_size:
        raise UnreadableMedia("0 bytes")


def _unreadable(file: Path, kind: str, error: Exception) -> UnreadableMedia:
    """decord has two unrelated families of exceptions, and its assertions are a third."""
    if isinstance(error, UnreadableMedia):
        return UnreadableMedia(f"{file}: {error}")
    return UnreadableMedia(f"{file}: its {kind} cannot be decoded ({in_short(error)})")


def in_short(error: Exception) -> str:
    """The message of one of decord's errors, without the time, place and stack it puts around it."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    words = re.sub(r"^(\[[\d:]+\] \S+: (Check failed: )?)?(\[/[^]]*\] ?)?", "", first)
    return "nothing in it can be read" if words.startswith("Error reading ") else words
