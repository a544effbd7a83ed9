"""Messages as OpenAI-compatible endpoints take them: media become data URLs."""

from __future__ import annotations

import base64
import io
import mimetypes
import wave
from typing import Any, Literal

import numpy as np

from emoprefer_assets.judges.chat import ChatMessage
from emoprefer_assets.media import Frames, Media, UnreadableMedia, Waveform

JPEG_QUALITY = 90


def message_body(message: ChatMessage, video_as: Literal["frames", "video"]) -> dict[str, Any]:
    """The message in JSON's terms.

    Args:
        video_as: `frames` sends each sampled frame as a JPEG, in order; `video` the file itself.

    Raises:
        UnreadableMedia: a file cannot be decoded.
        OSError: a file is gone.
    """
    if len(message.parts) == 1 and isinstance(message.parts[0], str):
        return {"role": message.role, "content": message.parts[0]}
    content: list[dict[str, Any]] = []
    for part in message.parts:
        if isinstance(part, Media):
            content += _media_parts(part, video_as)
        else:
            content.append({"type": "text", "text": part})
    return {"role": message.role, "content": content}


def _media_parts(media: Media, video_as: Literal["frames", "video"]) -> list[dict[str, Any]]:
    # Decoded even where the file itself is sent: servers take a truncated file and see fewer frames.
    decoded = media.read()
    if isinstance(decoded, Waveform):
        return [{"type": "input_audio", "input_audio": {"data": _base64(wav(decoded)), "format": "wav"}}]
    if video_as == "video":
        if media.change:
            raise UnreadableMedia(f"a file that is sent whole cannot be shown {media.change}; use video_as: frames")
        kind = mimetypes.guess_type(media.file.name)[0] or "video/mp4"
        return [{"type": "video_url", "video_url": {"url": f"data:{kind};base64,{_base64(media.file.read_bytes())}"}}]
    return [
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{_base64(jpeg)}"}}
        for jpeg in _jpegs(decoded)
    ]


def _jpegs(frames: Frames) -> list[bytes]:
    from PIL import Image

    jpegs = []
    for pixels in frames.pixels:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=JPEG_QUALITY)
        jpegs.append(file.getvalue())
    return jpegs


def wav(sound: Waveform) -> bytes:
    """A file of 16 bit, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(sound.rate)
        output.writeframes((np.clip(sound.samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return file.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
