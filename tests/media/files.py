"""Media files made by PyAV: real ones, and broken in the ways that files get broken."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 16_000


def write_clip(
    file: Path,
    seconds: float = 2.0,
    fps: int = 10,
    size: tuple[int, int] = (64, 48),
    shade: int = 0,
    tone: float | None = 440.0,
    times: list[float] | None = None,
    channels: int = 1,
    key_every: int | None = None,
    half: bool = False,
    codec: str = "libx264",
) -> Path:
    """A video whose frames get brighter from `shade` on, with a tone as its sound.

    Args:
        tone: in Hz; None makes no sound track.
        times: when each frame is shown, in seconds, instead of `fps` a second.
        key_every: frames from one that can be decoded alone to the next; None leaves it to the encoder.
        half: whether the left half of the frames is half as bright.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(file), "w") as container:
        video = container.add_stream(codec, rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        if codec == "libx264":
            video.codec_context.time_base = Fraction(1, 1000)
        if key_every:
            video.codec_context.gop_size = key_every
            video.options = {"sc_threshold": "0"}
        sound = container.add_stream("aac", rate=RATE, layout="stereo" if channels == 2 else "mono") if tone else None
        shown = times or [number / fps for number in range(round(seconds * fps))]
        for number, at in enumerate(shown):
            pixels = np.full((size[1], size[0], 3), (shade + 8 * number) % 256, np.uint8)
            if half:
                pixels[:, : size[0] // 2] //= 2
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(1000 * at), Fraction(1, 1000)
            for packet in video.encode(frame):
                container.mux(packet)
        for packet in video.encode():
            container.mux(packet)
        if sound:
            count = round(seconds * RATE)
            wave = 0.4 * np.sin(2 * np.pi * tone * np.arange(count) / RATE).astype(np.float32)
            for start in range(0, count, 1024):
                block = np.repeat(wave[None, start : start + 1024], channels, axis=0)
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo" if channels == 2 else "mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
                for packet in sound.encode(frame):
                    container.mux(packet)
            for packet in sound.encode():
                container.mux(packet)
    return file


def cut_without_encoding(source: Path, file: Path, start: float) -> Path:
    """What `ffmpeg -ss START -i SOURCE -c copy FILE` makes: an edit list leaves out what precedes the cut."""
    options = {"avoid_negative_ts": "disabled"}
    with av.open(str(source)) as whole, av.open(str(file), "w", options=options) as container:
        streams = {stream.index: container.add_stream_from_template(stream) for stream in whole.streams}
        (video,) = whole.streams.video
        whole.seek(round(start / video.time_base), stream=video)
        for packet in whole.demux():
            offset = round(start / packet.time_base)
            if packet.dts is None or (packet.stream.type == "audio" and packet.pts < offset):
                continue
            packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    return file


def write_sound(file: Path, seconds: float = 1.0, tone: float = 440.0, rate: int = 44_100) -> Path:
    """A wav file of 16 bits with a tone."""
    import wave

    file.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.4 * np.sin(2 * np.pi * tone * np.arange(round(seconds * rate)) / rate)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((32767 * samples).astype("<i2").tobytes())
    return file
