"""From a chat request to tokens and tensors, by the model's own chat template and processor."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
# Of Molmo2: where among the patches of all pictures what makes one token is.
PLACES = "_token_pooling"
KINDS = ("mm_token_type_ids", "token_type_ids")
# Of the mixture of experts that Ernie 4.5 VL is: which experts read a token.
EXPERTS = "moe_mm_token_type_ids"
NOT_FOR_THE_MODEL = ("input_ids", "attention_mask", *KINDS, EXPERTS, "video_metadata")

# Some processors read the shapes of what their parts give them.
AS_TENSORS = {"return_tensors": "pt"}


@dataclass(frozen=True)
class MediaInputs:
    """What the model gets of a request's media, the same for all requests about them.

    Attributes:
        tensors: by the name of the model's argument, one request's worth.
        stand_ins: for each kind of media, the text that stands for each of them in the prompt.
        tokens: of the whole prompt that they were processed with, as the processor has them.
        woven: whether the sound stands between the frames of its video.
    """

    tensors: dict[str, Any]
    stand_ins: dict[str, list[str]]
    tokens: list[int]
    woven: bool = False

    @property
    def shape(self) -> tuple[Any, ...]:
        """Equal for media whose tensors can be put into one batch."""
        return tuple(
            (name, *value.shape[1 : -1 if name in SOUND else None]) for name, value in sorted(self.tensors.items())
        )


def together(media: Sequence[MediaInputs], dtype: Any) -> dict[str, Any]:
    """The tensors of several prompts' media of one shape, as their processor has them of a batch.

    Args:
        dtype: of the model, in which it takes pictures and sound.
    """
    import torch

    joined = {}
    for name in media[0].tensors:
        parts = [inputs.tensors[name] for inputs in media]
        if name in SOUND:
            longest = max(part.shape[-1] for part in parts)
            parts = [torch.nn.functional.pad(part, (0, longest - part.shape[-1])) for part in parts]
        elif name.endswith(PLACES):
            pixels = media[0].tensors[f"pixel_values{'_videos' if name.startswith('video') else ''}"]
            apart = pixels.shape[0] * pixels.shape[1]
            parts = [torch.where(part < 0, part, part + place * apart) for place, part in enumerate(parts)]
        in_a_row = name.replace("pixel_values", "target_sizes") in media[0].tensors.keys() - {name}
        tensor = torch.cat(parts, dim=-1 if in_a_row else 0)
        is_signal = tensor.is_floating_point() and tensor.dim() > 1
        joined[name] = tensor.to(dtype) if is_signal else tensor
    return joined


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
        begins = self._end_of_media(tokens) if inputs and not inputs.woven else 0
        return Prompt(request, tokens, begins, inputs, template.option_tokens(request, whole), whole)

    def own_tokens(self, prompt: Prompt) -> list[int]:
        """Tokens of the prompt as the processor has them, for one whose media have not been read before."""
        if prompt.media:
            return prompt.media.tokens
        tokens: list[int] = self._processed([prompt.text], [()])["input_ids"][0]
        return tokens

    def own_batch(self, requests: Sequence[ChatRequest]) -> dict[str, Any]:
        """What the model gets of the media of several requests where the processor takes them at once."""
        texts = [self._template.prompt(request) for request in requests]
        decoded = [[part.read() for part in request.media] for request in requests]
        output = self._processed(texts, decoded, self._template.weaves(requests[0].media))
        return _for_the_model(output)

    def token_types(self, tokens: list[int]) -> dict[str, list[int]]:
        """Text or which kind of media each token is, by what it is for, where the model depends on it."""
        types: dict[str, list[int]] = {}
        if getattr(self._processor, "return_mm_token_type_ids", False):
            types[KINDS[0]] = self._processor.create_mm_token_type_ids([tokens])[0]
        if of_experts := getattr(self._processor, "create_moe_mm_token_type_ids", None):
            types[EXPERTS] = of_experts([tokens])[0]
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
        names = [f"{kind}_token_id" for kind in ("image", "video", "audio")]
        found = {getattr(self._processor, name, None) for name in names}
        # Of Molmo2 what stands in the prompt is another token than the stand-in.
        found.update(*(getattr(self._processor, f"{name}s", ()) for name in names))
        of_media = frozenset(token for token in found if token is not None)
        return of_media, frozenset(self._template.tokenizer.get_added_vocab().values())

    def _media_inputs(self, media: tuple[Media, ...], text: str) -> MediaInputs:
        if media in self._kept:
            return self._kept[media]
        while len(self._kept) >= self._clips:
            del self._kept[next(iter(self._kept))]
        template = self._template
        decoded, woven = [part.read() for part in media], template.weaves(media)
        stand_ins: dict[str, list[str]] = {}
        with self._noting(stand_ins):
            output = self._processed([text], [decoded], woven)
        found = sum(map(len, stand_ins.values()))
        as_images = template.as_images
        given = sum(len(item.pixels) if as_images and isinstance(item, Frames) else 1 for item in decoded)
        if found != given - (woven and len(decoded) // 2):
            raise ValueError(f"the chat template has room for {found} of {given} media")
        inputs = MediaInputs(_for_the_model(output), stand_ins, np.asarray(output["input_ids"])[0].tolist(), woven)
        self._kept[media] = inputs
        return inputs

    def _processed(
        self, texts: Sequence[str], media: Sequence[Sequence[Frames | Waveform]], woven: bool = False
    ) -> dict[str, Any]:
        """What the processor makes of texts, each with its media."""
        adds = self._template.adds_special_tokens(texts[0])
        given: dict[str, Any] = {"text_kwargs": {"add_special_tokens": adds, "padding": len(texts) > 1}}
        videos = [[item for item in items if isinstance(item, Frames)] for items in media]
        if any(videos):
            given |= (
                self._pictures(videos)
                if self._template.as_images
                else self._videos([video for some in videos for video in some])
            )
        if sounds := [item for items in media for item in items if isinstance(item, Waveform)]:
            given |= {"audio": [sound.samples for sound in sounds], "audio_kwargs": self._hearing(sounds) | AS_TENSORS}
        if woven:
            given |= {"load_audio_from_video": True, "audio_from_video_indices": list(range(len(sounds)))}
        output: dict[str, Any] = self._processor(text=list(texts), **given)
        return output

    @contextmanager
    def _noting(self, stand_ins: dict[str, list[str]]) -> Iterator[None]:
        """Put into `stand_ins` what the processor puts in the place of media: not every one can be asked for it."""
        own = self._processor.get_text_with_replacements

        def noted(*given: Any, **named: Any) -> tuple[list[str], list[list[dict[str, Any]]]]:
            texts, replaced = own(*given, **named)
            for item in (item for of_text in replaced for item in of_text):
                stand_ins.setdefault(item["type"], []).append(item["replacement"])
            return texts, replaced

        self._processor.get_text_with_replacements = noted
        try:
            yield
        finally:
            del self._processor.get_text_with_replacements

    def _pictures(self, videos: Sequence[Sequence[Frames]]) -> dict[str, Any]:
        from PIL import Image

        frames = [[Image.fromarray(frame) for video in some for frame in video.pixels] for some in videos]
        return {"images": frames, "images_kwargs": AS_TENSORS}

    def _videos(self, videos: Sequence[Frames]) -> dict[str, Any]:
        # torch wants arrays that it may write to; what the reader holds is shared.
        pixels = [video.pixels.copy() for video in videos]
        return {"videos": pixels, "videos_kwargs": self._template.video_kwargs(videos) | AS_TENSORS}

    def _hearing(self, sounds: Iterable[Waveform]) -> dict[str, Any]:
        ears = self._template.ears
        heard = self._heard()
        for sound in sounds:
            if sound.rate != ears.sampling_rate:
                raise ValueError(f"the sound has {sound.rate} samples a second, the model hears {ears.sampling_rate}")
            if heard and len(sound.samples) > heard:
                log.warning("A sound of %d s: the model hears its first %d s.", *_seconds(sound, heard))
        return {"sampling_rate": ears.sampling_rate}

    def _heard(self) -> int | None:
        """How many samples of a sound the processor takes; None takes all."""
        ears = self._template.ears
        # Audio Flamingo 3 puts several windows behind each other.
        if seconds := getattr(self._processor, "max_audio_len", None):
            return int(seconds * ears.sampling_rate)
        if not getattr(self._processor, "audio_kwargs", {}).get("truncation", True):
            return None
        of_call = inspect.signature(type(ears).__call__).parameters.get("max_length")
        return getattr(ears, "n_samples", None) or (of_call.default or None if of_call else None)


def _seconds(sound: Waveform, heard: int) -> tuple[float, float]:
    return len(sound.samples) / sound.rate, heard / sound.rate


def _for_the_model(output: dict[str, Any]) -> dict[str, Any]:
    """As tensors, what of a processor's output goes to the model beside the tokens."""
    import torch

    named = {name: value for name, value in output.items() if name not in NOT_FOR_THE_MODEL}
    return {
        name: value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
        for name, value in named.items()
    }
