"""From a chat request to tokens and tensors, by the model's own chat template and processor."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from emoprefer_assets.judges.chat import ChatRequest
from emoprefer_assets.judges.chat_template import ChatTemplate
from emoprefer_assets.media import Frames, Media, Waveform

log = logging.getLogger(__name__)

# The two whose length along the last axis follows the sound's, and is padded.
SOUND = ("input_features", "feature_attention_mask")
KINDS = ("mm_token_type_ids", "token_type_ids")
NOT_FOR_THE_MODEL = ("input_ids", "attention_mask", *KINDS, "text_replacement_offsets", "video_metadata")


@dataclass(frozen=True)
class MediaInputs:
    """What the model gets of a request's media, the same for all requests about them.

    Attributes:
        tensors: by the name of the model's argument, one request's worth.
        stand_ins: for each kind of media, the text that stands for each of them in the prompt.
    """

    tensors: dict[str, Any]
    stand_ins: dict[str, list[str]]

    @property
    def shape(self) -> tuple[Any, ...]:
        """Equal for media whose tensors can be put into one batch."""
        return tuple(
            (name, *(() if name in SOUND else value.shape[1:])) for name, value in sorted(self.tensors.items())
        )


@dataclass(frozen=True)
class Prompt:
    """A request as the model reads it.

    Attributes:
        tokens: of the whole prompt, media included.
        begins: how many of them end with the last of the media, behind which all questions about a clip stand; 0
            without media, and where the processor does not say which tokens are theirs.
        media: None where there are none.
        options: tokens of each of the request's options.
        text: of the prompt, with stand-ins of media.
    """

    request: ChatRequest
    tokens: list[int]
    begins: int
    media: MediaInputs | None
    options: tuple[tuple[int, ...], ...]
    text: str


class PromptReader:
    """Turns requests into prompts.

    Args:
        clips: of how many the latest inputs are kept, for the next questions about them.
    """

    def __init__(self, template: ChatTemplate, clips: int = 1) -> None:
        self._template = template
        self._processor = template.processor
        self._clips = clips
        self._kept: dict[tuple[Media, ...], MediaInputs] = {}

    def read(self, request: ChatRequest) -> Prompt:
        """
        Raises:
            UnreadableMedia: a file cannot be decoded.
            ValueError: the model cannot take the request.
        """
        media, template = request.media, self._template
        template.check_media(media)
        text = whole = template.prompt(request)
        inputs = self._media_inputs(media, text) if media else None
        if self._processor is not None:
            stand_ins = inputs.stand_ins if inputs else {}
            (text,), _ = self._processor.get_text_with_replacements(
                [text], *(stand_ins.get(kind, []) for kind in ("image", "video", "audio"))
            )
        tokens = template.tokens(text)
        begins = self._end_of_media(tokens) if inputs else 0
        return Prompt(request, tokens, begins, inputs, template.option_tokens(request), whole)

    def token_types(self, tokens: list[int]) -> list[int] | None:
        """Text or which kind of media each token is, where the model's positions depend on it."""
        if not getattr(self._processor, "return_mm_token_type_ids", False):
            return None
        types: list[int] = self._processor.create_mm_token_type_ids([tokens])[0]
        return types

    def _end_of_media(self, tokens: list[int]) -> int:
        """How many tokens end with the last of the media; 0 where that is not known, or nothing follows."""
        of_media, markers = self._media_tokens
        end = max((place + 1 for place, token in enumerate(tokens) if token in of_media), default=0)
        # Omni models count the marker that ends a medium among its positions, and Gemma's processor names the one
        # that begins it.
        while 0 < end < len(tokens) and tokens[end] in markers:
            end += 1
        return end if end < len(tokens) else 0

    @cached_property
    def _media_tokens(self) -> tuple[frozenset[int], frozenset[int]]:
        """The tokens whose embeddings are replaced by what the model's towers see and hear, and all control tokens."""
        names = ("image_token_id", "video_token_id", "audio_token_id")
        of_media = frozenset(token for name in names if (token := getattr(self._processor, name, None)) is not None)
        return of_media, frozenset(self._template.tokenizer.get_added_vocab().values())

    def _media_inputs(self, media: tuple[Media, ...], text: str) -> MediaInputs:
        if media in self._kept:
            return self._kept[media]
        while len(self._kept) >= self._clips:
            del self._kept[next(iter(self._kept))]
        template = self._template
        decoded = [part.read() for part in media]
        videos = [item for item in decoded if isinstance(item, Frames)]
        sounds = [item for item in decoded if isinstance(item, Waveform)]
        output = self._processor(
            text=[text],
            return_text_replacement_offsets=True,
            text_kwargs={"add_special_tokens": template.adds_special_tokens(text)},
            **(self._videos(videos) if videos else {}),
            **(self._sounds(sounds) if sounds else {}),
        )
        (replaced,) = output["text_replacement_offsets"]
        stand_ins: dict[str, list[str]] = {}
        for item in replaced:
            stand_ins.setdefault(item["type"], []).append(item["replacement"])
        given = len(sounds) + sum(len(video.pixels) if template.as_images else 1 for video in videos)
        if len(replaced) != given:
            raise ValueError(f"the chat template has room for {len(replaced)} of {given} media")
        tensors = {name: _tensor(value) for name, value in output.items() if name not in NOT_FOR_THE_MODEL}
        inputs = MediaInputs(tensors, stand_ins)
        self._kept[media] = inputs
        return inputs

    def _videos(self, videos: Sequence[Frames]) -> dict[str, Any]:
        if self._template.as_images:
            from PIL import Image

            return {"images": [Image.fromarray(frame) for video in videos for frame in video.pixels]}
        # torch wants arrays that it may write to; what the reader holds is shared.
        pixels = [video.pixels.copy() for video in videos]
        return {"videos": pixels, "videos_kwargs": self._template.video_kwargs(videos)}

    def _sounds(self, sounds: Sequence[Waveform]) -> dict[str, Any]:
        return {"audio": [sound.samples for sound in sounds], "audio_kwargs": self._hearing(sounds)}

    def _hearing(self, sounds: Iterable[Waveform]) -> dict[str, Any]:
        ears = self._processor.feature_extractor
        cut = getattr(self._processor, "audio_kwargs", {}).get("truncation", True)
        for sound in sounds:
            if sound.rate != ears.sampling_rate:
                raise ValueError(f"the sound has {sound.rate} samples a second, the model hears {ears.sampling_rate}")
            if cut and len(sound.samples) > ears.n_samples:
                log.warning("A sound of %d s: the model hears its first %d s.", *_seconds(sound, ears.n_samples))
        return {"sampling_rate": ears.sampling_rate}


def _seconds(sound: Waveform, heard: int) -> tuple[float, float]:
    return len(sound.samples) / sound.rate, heard / sound.rate


def _tensor(value: Any) -> Any:
    import torch

    return value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
