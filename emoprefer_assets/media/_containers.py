"""What the headers of mp4 and wav files say, read without decoding anything."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Track:
    """One track as an mp4 file or a wav file describes it.

    Attributes:
        kind: "video" or "audio".
        seconds: how much of it is to be played; 0 where the header does not say.
        channels: of sound; 0 for video.
    """

    kind: str
    seconds: float
    channels: int


@dataclass(frozen=True)
class Container:
    """A file's headers.

    Attributes:
        tracks: of video and sound.
        size: bytes of the file.
        promised: bytes that the headers say it has.
    """

    tracks: tuple[Track, ...]
    size: int
    promised: int

    def track(self, kind: str) -> Track | None:
        """The first track of a kind, "video" or "audio", or None."""
        return next((track for track in self.tracks if track.kind == kind), None)


def read_container(file: Path) -> Container | None:
    """The headers of `file`; None where it is neither mp4 nor wav, or has lost them."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            head = stream.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            return _wav(file, size)
        return _mp4(file, size)
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return None


def _wav(file: Path, size: int) -> Container | None:
    channels = bytes_a_second = 0
    with file.open("rb") as stream:
        stream.seek(12)
        while len(header := stream.read(8)) == 8:
            name, length = struct.unpack("<4sI", header)
            if name == b"fmt ":
                _, channels, _, bytes_a_second = struct.unpack("<HHII", stream.read(length)[:12])
            elif name == b"data":
                end = stream.tell() + length
                # Programs that write to a pipe leave the length open.
                end = size if length in (0, 0xFFFFFFFF) else end
                seconds = (end - stream.tell()) / bytes_a_second
                return Container((Track("audio", seconds, channels),), size, end)
            else:
                stream.seek(length + length % 2, 1)
    return None


def _mp4(file: Path, size: int) -> Container | None:
    movie = None
    end = 0
    with file.open("rb") as stream:
        while len(header := stream.read(8)) == 8:
            length, name = struct.unpack(">I4s", header)
            begin = 8
            if length == 1:
                (length,) = struct.unpack(">Q", stream.read(8))
                begin = 16
            if not name.isalnum() and name.strip(b"\0"):
                return None
            length = length or size - end
            if length < begin:
                return None
            if name == b"moov":
                movie = stream.read(length - begin)
            end += length
            stream.seek(end)
    if movie is None:
        return None
    header = _inside(movie, b"mvhd")
    (scale,) = struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)
    tracks = [_track(track, scale) for name, track in _boxes(movie) if name == b"trak"]
    return Container(tuple(track for track in tracks if track), size, end)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = 0
    while start + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, start)
        begin = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, start + 8)
            begin = 16
        length = length or len(content) - start
        if length < begin:
            return
        yield name, content[start + begin : start + length]
        start += length


def _inside(content: bytes, *path: bytes) -> bytes:
    for wanted in path:
        content = next((inner for name, inner in _boxes(content) if name == wanted), b"")
    return content


def _track(track: bytes, movie_scale: int) -> Track | None:
    media = _inside(track, b"mdia")
    kind = {b"vide": "video", b"soun": "audio"}.get(_inside(media, b"hdlr")[8:12])
    if kind is None:
        return None
    header = _inside(media, b"mdhd")
    scale, duration = struct.unpack_from(">IQ" if header[0] == 1 else ">II", header, 20 if header[0] == 1 else 12)
    channels = _channels(_inside(media, b"minf", b"stbl", b"stsd")) if kind == "audio" else 0
    return Track(kind, _played(_inside(track, b"edts", b"elst")) / movie_scale or duration / scale, channels)


def _played(edits: bytes) -> int:
    """How much of a track its edit list plays, in the movie's units; 0 without one."""
    if not edits:
        return 0
    form = ">QqI" if edits[0] == 1 else ">IiI"
    (count,) = struct.unpack_from(">I", edits, 4)
    found = struct.iter_unpack(form, edits[8 : 8 + count * struct.calcsize(form)])
    # A time of -1 is a pause.
    return sum(duration for duration, time, _ in found if time >= 0)


def _channels(descriptions: bytes) -> int:
    """Channels of the first sound description; by its decoder's configuration where it is AAC."""
    entry = next((entry for _, entry in _boxes(descriptions[8:])), b"")
    channels: int = struct.unpack_from(">H", entry, 16)[0]
    # Some programs write 2 whatever the sound is; what AAC decoders go by lies in the "esds" box: tag 5, a length of
    # one to four bytes, then 5 bits of object type, 4 of frequency, 4 of channels.
    place = entry.find(b"esds")
    if place >= 0:
        place = entry.find(b"\x05", entry.find(b"\x04", place + 8) + 15)
        while entry[place + 1] & 0x80:
            place += 1
        first, second = entry[place + 2 : place + 4]
        if first >> 3 == 2 and ((first & 7) << 1 | second >> 7) != 15:
            configured = second >> 3 & 15
            channels = {7: 8}.get(configured, configured) or channels
    return channels
