"""Decoding a whole file to see whether it can be: run in a process of its own, where a crash or a hang hurts nobody.

Everything is decoded, because a damaged file opens like a good one. libav mends what it can and says so only on
stderr, decord not at all: hence the lines that it writes there while it decodes count as damage.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from emoprefer_assets.files import is_lfs_pointer
from emoprefer_assets.media._containers import Container, Track, read_container
from emoprefer_assets.media._decoding import content_hash, frame_starts, in_short, mono, open_video, played
from emoprefer_assets.media._model import UnreadableMedia

# What decodes may differ by this from what the headers say: encoders pad sound by up to 0.1 s.
TOLERANCE_SECONDS = 0.12
TOLERANCE_FRAMES = 2
SIDE = 64
BLOCK = 256
RATE = 16_000
# Written about files that play well: streams that were cut without being encoded anew, and odd encoders.
HARMLESS = re.compile(r"mmco: |number of reference frames|co located POCs|Frame num gap|Last message repeated")


@dataclass(frozen=True)
class Probe:
    """What a media file holds.

    Attributes:
        content: hash of its bytes; "" where it could not be read to its end.
        video_problem: why its video cannot be used, in words; None where it can.
        sound_problem: the same of its sound.
        has_video: whether it has a video stream, readable or not.
        has_sound: the same of sound.
        seconds: of video that decode; None without video, like all of it that follows.
        fps: frames a second, on average.
        frames: of the video.
        width: in pixels.
        height: in pixels.
        variable_rate: whether frames are shown for different times.
        sound_seconds: where the sound that decodes ends; None without sound.
    """

    content: str = ""
    video_problem: str | None = None
    sound_problem: str | None = None
    has_video: bool = False
    has_sound: bool = False
    seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    variable_rate: bool | None = None
    sound_seconds: float | None = None

    @classmethod
    def without_any(cls, problem: str) -> Probe:
        """Of a file that cannot be read at all."""
        return cls(video_problem=problem, sound_problem=problem)


class _Log:
    """What the decoding libraries have written since it was last asked."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def lines(self) -> list[str]:
        written = self._file.read().decode(errors="replace").splitlines()
        # "[h264 @ 0x55a1] words", and decord's own "[12:00:00] /path/file.cc:1: ERROR opening: file, words".
        words = [re.sub(r"^\[[^]]*\] (/\S+: )?(ERROR opening: .*, )?", "", line).strip() for line in written]
        return [line for line in words if line and not HARMLESS.match(line)]


def examine(file: Path, log: _Log) -> Probe:
    """Decode all of `file`."""
    try:
        if not file.stat().st_size:
            return Probe.without_any("0 bytes")
        if is_lfs_pointer(file):
            return Probe.without_any("not fetched, only named (Git LFS); run `git lfs pull`")
        content = content_hash(file)
        container = read_container(file)
    except OSError as error:
        return Probe.without_any(f"cannot be read: {error.strerror or error}")
    log.lines()
    return Probe(content=content, **_video(file, container, log), **_sound(file, container, log))


def _video(file: Path, container: Container | None, log: _Log) -> dict[str, Any]:
    track = container.track("video") if container else None
    if container and not track:
        return {"video_problem": "no video stream"}
    found: dict[str, Any] = {"has_video": track is not None}
    decoded, failure = None, None
    slack = TOLERANCE_SECONDS
    try:
        reader = open_video(file)
        starts, left_out = played(frame_starts(reader))
        found["has_video"] = True
        found |= {"frames": len(starts), "fps": float(reader.get_avg_fps()), "variable_rate": _varies(starts)}
        decoded = float(reader.get_frame_timestamp([left_out + len(starts) - 1])[0, 1] - starts[0])
        found["seconds"] = round(decoded, 3)
        found["height"], found["width"] = map(int, reader[0].shape[:2])
        slack = max(slack, TOLERANCE_FRAMES / found["fps"])
        small = open_video(file, SIDE, SIDE)
        for start in range(0, len(starts), BLOCK):
            small.get_batch(np.arange(start, min(start + BLOCK, len(starts))))
    except UnreadableMedia as error:
        return found | {"video_problem": str(error)}
    except Exception as error:
        failure = in_short(error)
    return found | {"video_problem": _problem(container, track, decoded, failure, log.lines(), slack)}


def _sound(file: Path, container: Container | None, log: _Log) -> dict[str, Any]:
    track = container.track("audio") if container else None
    if container and not track:
        return {"sound_problem": "no sound track"}
    found: dict[str, Any] = {"has_sound": track is not None}
    decoded, failure = None, None
    try:
        samples, silence = mono(file, RATE)
        found |= {"has_sound": True, "sound_seconds": round(len(samples) / RATE, 3)}
        decoded = (len(samples) - silence) / RATE
        if not np.isfinite(samples).all():
            failure = "its samples are no numbers"
    except Exception as error:
        failure = in_short(error)
        if "find audio stream" in failure:
            return {"sound_problem": "no sound track"}
    problem = _problem(container, track, decoded, failure, log.lines(), TOLERANCE_SECONDS)
    return found | {"sound_problem": problem}


def _problem(
    container: Container | None,
    track: Track | None,
    seconds: float | None,
    failure: str | None,
    log: list[str],
    slack: float,
) -> str | None:
    """Why a stream cannot be used, or None: cut files first, then what libav said while it decoded."""
    said = next(iter(log), failure)
    cut = (
        f"cut: {container.size:,} of {container.promised:,} bytes are there"
        if container is not None and container.promised > container.size
        else None
    )
    if failure and "wanted index" in failure:
        return "its codec is unknown to decord" if container else "no video in it whose codec decord knows"
    if container is None and failure:
        return f"not an mp4 or wav file, or its headers are lost: {said}"
    if cut and failure:
        return cut
    if failure:
        return f"cannot be decoded: {said}"
    if track and track.seconds and seconds is not None and abs(seconds - track.seconds) > slack:
        kind, ending = ("cut", "") if cut else ("damaged", f": {said}" if said else "")
        return f"{kind}: {seconds:.1f} of {track.seconds:.1f} s decode{ending}"
    if cut:
        return cut
    return f"damaged: {said}" if said else None


def _varies(starts: np.ndarray) -> bool:
    lengths = np.diff(starts)
    # Times in whole milliseconds make the frames of a steady video differ by a little.
    return bool(len(lengths)) and bool(np.ptp(lengths) > 0.5 * np.median(lengths))


def main() -> None:
    """Examine the files that stdin names, one JSON line each, and answer each with a line."""
    from decord import logging

    logging.set_level(logging.ERROR)
    answers = os.fdopen(os.dup(1), "w")
    with tempfile.NamedTemporaryFile() as written, Path(written.name).open("rb") as log:
        for stream in (1, 2):
            os.dup2(written.fileno(), stream)
        for line in sys.stdin:
            answers.write(json.dumps(asdict(examine(Path(json.loads(line)), _Log(log)))) + "\n")
            answers.flush()
            os.ftruncate(written.fileno(), 0)
            written.seek(0)
            log.seek(0)
