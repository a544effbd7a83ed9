"""An OpenAI endpoint on this machine with a real model behind it: `chat_server` speaks, transformers answers."""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers.batching import left_padded
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.judges.transformers.prompts import PromptReader
from emoprefer_assets.media import AudioSampling, Frames, Media, MediaReader, VideoSampling, Waveform, content_hash
from tests.judges.chat_server import Question, completion

# The protocol sends images without their times.
SECONDS_APART = 1.0
FROM_FILES = MediaReader()


@dataclass(frozen=True)
class Received:
    """Media that are decoded already, where a reader is wanted."""

    decoded: Frames | Waveform

    def read(self, _: Media) -> Frames | Waveform:
        return self.decoded


class ServedModel:
    """Greedy answers with the likeliest tokens at each position; heeds `structured_outputs.choice`, as vLLM does.

    Args:
        sampling: what is taken of a video that comes as a file.
    """

    def __init__(self, judge: TransformersJudge, sampling: VideoSampling) -> None:
        self.loaded = load_model(judge, Path())
        self.reader = PromptReader(self.loaded.template)
        self.sampling = sampling
        self.words = [self._text([token]) for token in range(len(self.loaded.tokenizer))]

    def behave(self, question: Question) -> None:
        import torch

        body = question.body
        choice = body.get("structured_outputs", {}).get("choice")
        with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
            messages = tuple(
                ChatMessage(message["role"], tuple(self._parts(message["content"], Path(folder))))
                for message in body["messages"]
            )
            prompt = self.reader.read(ChatRequest("", messages))
            tokens, content = [], []
            while len(tokens) < body["max_tokens"]:
                inputs = left_padded(self.loaded, self.reader, [prompt.tokens + tokens], [prompt.media])
                self.loaded.forget_rope_deltas()
                likely = self.loaded.model(**inputs).logits[0, -1].float()
                if choice:
                    likely[~self._allowed(self._text(tokens), choice)] = -torch.inf
                values, likeliest = likely.log_softmax(-1).topk(body["top_logprobs"])
                shown = [
                    {"token": self._text([token]), "logprob": max(value, -9999.0)}
                    for token, value in zip(likeliest.tolist(), values.tolist(), strict=True)
                ]
                content.append(shown[0] | {"top_logprobs": shown})
                if likeliest[0] == self.loaded.tokenizer.eos_token_id:
                    break
                tokens.append(int(likeliest[0]))
        question.send(200, completion(self._text(tokens), logprobs={"content": content}))

    def _text(self, tokens: list[int]) -> str:
        return self.loaded.tokenizer.decode(tokens, skip_special_tokens=True)

    def _allowed(self, so_far: str, choice: list[str]) -> Any:
        import torch

        goes_on = [bool(word) and any(option.startswith(so_far + word) for option in choice) for word in self.words]
        goes_on[self.loaded.tokenizer.eos_token_id] = so_far in choice
        return torch.tensor(goes_on)

    def _parts(self, content: str | list[dict[str, Any]], folder: Path) -> list[str | Media]:
        """Images that come together are one video."""
        if isinstance(content, str):
            return [content]
        parts: list[str | Media] = []
        images = [_bytes(part["image_url"]["url"]) for part in content if part["type"] == "image_url"]
        if images:
            parts.append(_media(images[0], VideoSampling(), _frames(images)))
        for part in content:
            match part["type"]:
                case "text":
                    parts.append(part["text"])
                case "input_audio":
                    sound = base64.b64decode(part["input_audio"]["data"])
                    parts.append(_media(sound, AudioSampling(), _waveform(sound)))
                case "video_url":
                    file = folder / "received.mp4"
                    file.write_bytes(_bytes(part["video_url"]["url"]))
                    parts.append(Media(file, content_hash(file), self.sampling, FROM_FILES))
        return parts


def _media(content: bytes, sampling: VideoSampling | AudioSampling, decoded: Frames | Waveform) -> Media:
    return Media(Path("received"), hashlib.sha256(content).hexdigest(), sampling, Received(decoded))


def _bytes(url: str) -> bytes:
    return base64.b64decode(url.split(",", 1)[1])


def _frames(images: list[bytes]) -> Frames:
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(image)).convert("RGB")) for image in images])
    seconds = np.arange(len(images)) * SECONDS_APART
    return Frames(pixels, seconds, 1 / SECONDS_APART, len(images))


def _waveform(sound: bytes) -> Waveform:
    with wave.open(io.BytesIO(sound)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return Waveform(samples.astype(np.float32) / 32767, file.getframerate())
