"""A model folder's own chat template and processor: from messages to its text, and from frames to their times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatMessage, ChatRequest
from emoprefer_assets.judges.control_tokens import broken
from emoprefer_assets.judges.registry import TransformersJudge, VllmJudge
from emoprefer_assets.judges.thoughts import AMBIGUOUS, TAG_TOKENS, open_tag
from emoprefer_assets.media import Frames, Media

# Frame times are handed over as frame numbers of a video with this many frames a second: any real time fits.
CLOCK = 1_000_000
# Nemotron Omni counts whole milliseconds between the frames of a video, none at more than 1,000 a second.
MILLISECONDS = 1_000
ELSEWHERE = "Serve it with vLLM, or with its authors' code, and set `backend: openai`"
# By which the templates of most families switch thinking off.
NO_THINKING = {"enable_thinking": False}


@dataclass(frozen=True)
class ChatTemplate:
    """What a model folder says about how the model is spoken to.

    Attributes:
        tokenizer: of the model, left-padding.
        processor: turns media and texts into inputs; None for a model of texts alone.
        takes: the kinds of media that the processor takes, of "video" and "audio".
        told: what the template is told beside the messages.
        as_images: whether each frame of a video is an image of its own.
        audio_in_video: whether a video's sound stands between its frames.
        begins: tokens that the processor puts before every prompt, whatever the tokenizer and the template do.
    """

    tokenizer: Any
    processor: Any
    takes: frozenset[str]
    told: Mapping[str, Any] = field(default_factory=dict)
    as_images: bool = False
    audio_in_video: bool = False
    begins: tuple[int, ...] = ()

    def prompt(self, request: ChatRequest) -> str:
        """The whole prompt; media are stand-ins that the processor replaces.

        What is scored is the answer, so that a thought that the template begins is ended first, without a word.

        Raises:
            UnreadableMedia: a video whose frames are images cannot be decoded.
        """
        text = self.text(request.messages)
        if request.options and (tag := open_tag(text)):
            return f"{text.rstrip()}\n\n{tag[1]}\n\n"
        return text

    def text(self, messages: Iterable[ChatMessage]) -> str:
        """The messages as the template puts them, with the beginning of the answer."""
        return self._text(messages, self.told)

    def _text(self, messages: Iterable[ChatMessage], told: Mapping[str, Any]) -> str:
        speaker = self.processor or self.tokenizer
        text: str = speaker.apply_chat_template(
            [self._structured(message) for message in messages], tokenize=False, add_generation_prompt=True, **told
        )
        return text

    def generated(self, text: str, tokens: Sequence[int], prompt: str) -> str:
        """A generated text with the tags of its thoughts, also where these are control tokens or stand in the prompt.

        Args:
            text: decoded without control tokens.
            tokens: what was decoded.
            prompt: what was continued.
        """
        if self._tag_tokens & set(tokens):
            text = self._no_tag.sub("", self.tokenizer.decode(tokens, skip_special_tokens=False))
        begun = open_tag(prompt)
        return (begun[0] if begun else "") + text.strip()

    def tokens(self, text: str) -> list[int]:
        """Tokens of a prompt from `text`."""
        tokens: list[int] = self.tokenizer(text, add_special_tokens=self.adds_special_tokens(text))["input_ids"]
        return [*self.begins, *tokens]

    def option_tokens(self, request: ChatRequest, prompt: str) -> tuple[tuple[int, ...], ...]:
        """Tokens of each of the request's options, as answers to `prompt`.

        Some tokenizers put a blank before what begins a text: an answer that begins a line has none.
        """
        if not request.options:
            return ()
        plain, end = [self._plain(option) for option in request.options], "\n" if prompt.endswith("\n") else ""
        texts = [end, *(end + option for option in plain), *plain]
        before, *tokens = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        behind, alone = tokens[: len(plain)], tokens[len(plain) :]
        # Where the end of the line and the answer are one token, the prompt's own end stands before the answer.
        apart = all(line[: len(before)] == before for line in behind)
        return tuple(tuple(line[len(before) :]) for line in behind) if apart else tuple(map(tuple, alone))

    def adds_special_tokens(self, text: str) -> bool:
        """Whether tokenising a prompt has to add the token that begins a text, because the template did not."""
        beginning = self.tokenizer.bos_token
        return self.processor is not None and not (beginning and text.startswith(beginning))

    @property
    def ears(self) -> Any:
        """The part of the processor that takes sound; None where there is none."""
        return ears_of(self.processor)

    def weaves(self, media: Iterable[Media]) -> bool:
        """Whether the sound of `media` stands between the frames of their videos: each has its own."""
        kinds = [part.kind for part in media]
        return self.audio_in_video and kinds.count("video") == kinds.count("audio") > 0

    def check_media(self, media: Iterable[Media]) -> None:
        """
        Raises:
            ValueError: the model cannot take one of them.
        """
        for part in media:
            if part.kind not in self.takes:
                raise ValueError(f"the model takes no {part.kind}")

    def check_inputs(self, judge: TransformersJudge | VllmJudge) -> None:
        """
        Raises:
            JudgeUnavailable: the model cannot take what the registry gives it.
        """
        for kind in judge.inputs:
            if kind not in self.takes:
                if kind == "video" and getattr(self.processor, "image_processor", None) is not None:
                    here = isinstance(judge, TransformersJudge)
                    remedy = f"Set {'' if here else '`backend: transformers` and '}`video_as: frames`."
                    raise JudgeUnavailable(f"{judge.where}: {judge.model} takes images. {remedy}")
                can, remedy = " and ".join(sorted(self.takes)), f'Remove "{kind}" from `inputs:`'
                if not can:
                    can, remedy = "text alone", f"{remedy}; or, if code for media comes with the model: {ELSEWHERE}"
                raise JudgeUnavailable(f"{judge.where}: {judge.model} takes {can}. {remedy}.")
        if "audio" in judge.inputs:
            rate = self.ears.sampling_rate
            if rate != judge.audio_rate:
                raise JudgeUnavailable(f"{judge.where}: {judge.model} hears at {rate} Hz. Set `audio_rate: {rate}`.")
        if self.audio_in_video and not hasattr(self.processor, "replace_video_with_audio_token"):
            raise JudgeUnavailable(
                f"{judge.where}: {judge.model} takes sound beside the video alone. Remove `audio_in_video:`."
            )
        if judge.system and not self._says(judge.system):
            raise JudgeUnavailable(
                f"{judge.where}: the chat template of {judge.model} takes no system message. Remove `system:`."
            )
        if judge.read == "options" and self._thinks(self.told):
            off = "`chat_template_kwargs: {enable_thinking: false}`"
            remedy = "`read: reply`" if self._thinks({**self.told, **NO_THINKING}) else f"{off}, or `read: reply`"
            raise JudgeUnavailable(
                f"{judge.where}: the chat template of {judge.model} begins with a thought, in which no option can be "
                f"scored. Set {remedy}; thoughts need many `max_new_tokens`."
            )

    def _says(self, system: str) -> bool:
        """Whether a prompt holds its system message: some templates leave it out, some raise an error of their own."""
        try:
            text = self._text([ChatMessage("system", (system,)), ChatMessage("user", ("?",))], self.told)
        except Exception:
            return False
        # Templates trim it.
        return self._plain(system).strip() in text

    def _thinks(self, told: Mapping[str, Any]) -> bool:
        """Whether every answer begins inside a thought."""
        try:
            return open_tag(self._text([ChatMessage("user", ("?",))], told)) is not None
        # A template that fails here fails at every question, and is told there.
        except Exception:
            return False

    def video_kwargs(self, videos: Sequence[Frames]) -> dict[str, Any]:
        """The videos' own times, in both ways: some processors heed only the frame numbers, some only one rate.

        Left out, frames count as 24 or as 2 a second, without a word; and Qwen3-VL takes frames of the frames.
        """
        spacing = [_spacing(video) for video in videos]
        family = type(self.processor).__name__
        clock = MILLISECONDS if "Nemotron" in family else CLOCK
        timed: dict[str, Any] = {
            "do_sample_frames": False,
            "video_metadata": [
                {
                    "fps": float(clock),
                    "frames_indices": [round(second * clock) for second in video.seconds.tolist()],
                    # The processors take the rate of the frames to be their number over this.
                    "total_num_frames": round(apart * len(video.pixels) * clock),
                    "duration": video.video_frames / video.video_fps,
                }
                for video, apart in zip(videos, spacing, strict=True)
            ],
        }
        if hasattr(self.processor.video_processor, "cap_pixels_per_frame"):
            # The registry's max_side caps frames already, and transformers is about to change this default.
            timed["cap_pixels_per_frame"] = False
        if "Omni" in family and "Qwen" in family:
            # One rate for all videos of a call, and a size of their class in place of the saved one.
            if max(spacing) - min(spacing) > 0.01 * max(spacing):
                raise ValueError("the model takes several videos only at the same frame rate")
            timed |= {"fps": 1 / spacing[0], "size": dict(self.processor.video_processor.size)}
        return timed

    def _structured(self, message: ChatMessage) -> dict[str, Any]:
        if self.processor is None:
            return {
                "role": message.role,
                "content": "".join(self._plain(part) for part in message.parts if isinstance(part, str)),
            }
        content: list[dict[str, Any]] = []
        woven = self.weaves(part for part in message.parts if isinstance(part, Media))
        for part in message.parts:
            if not isinstance(part, Media):
                content.append({"type": "text", "text": self._plain(part)})
            elif woven and part.kind == "audio":
                continue
            elif self.as_images and isinstance(frames := part.read(), Frames):
                content += [{"type": "image"}] * len(frames.pixels)
            else:
                content.append({"type": part.kind})
        return {"role": message.role, "content": content}

    def _plain(self, text: str) -> str:
        """`text` in which nothing reads as a control token: a description must not end the user's turn.

        Of those that families use, some stand in a vocabulary as ordinary tokens.
        """
        return broken(broken(text, self._control))

    @cached_property
    def _control(self) -> re.Pattern[str]:
        special = sorted({token for token in self.tokenizer.all_special_tokens if len(token) > 1}, key=len)
        return re.compile("|".join(map(re.escape, dict.fromkeys([*special, *self._added.values()]))) or r"(?!)")

    @cached_property
    def _tag_tokens(self) -> frozenset[int]:
        """The control tokens by which thoughts are told from the answer."""
        return frozenset(place for place, token in self._added.items() if token in TAG_TOKENS - {AMBIGUOUS})

    @cached_property
    def _no_tag(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted({*self._added.values()} - TAG_TOKENS))) or r"(?!)")

    @cached_property
    def _added(self) -> dict[int, str]:
        """The control tokens that were added to the vocabulary, by number."""
        decoder = self.tokenizer.added_tokens_decoder
        return {place: token.content for place, token in decoder.items() if token.special}


def load_template(
    folder: Path,
    trust_remote_code: bool,
    told: Mapping[str, Any] | None = None,
    as_images: bool = False,
    audio_in_video: bool = False,
) -> ChatTemplate:
    """Read what the model in `folder` comes with.

    Args:
        told: what the chat template is told beside the messages.
        as_images: whether each frame of a video is an image of its own.
        audio_in_video: whether a video's sound stands between its frames.

    Raises:
        OSError, ValueError, ImportError, KeyError: the folder is not complete, of an unknown kind, or of a base model.
    """
    from transformers import AutoConfig, AutoProcessor, AutoTokenizer

    trust = {"trust_remote_code": trust_remote_code}
    sees = media_model(AutoConfig.from_pretrained(folder, **trust)) is not None
    processor: Any = AutoProcessor.from_pretrained(folder, **trust) if sees else None
    tokenizer = processor.tokenizer if sees else AutoTokenizer.from_pretrained(folder, **trust)
    if processor and not processor.chat_template:
        # Older folders have it in tokenizer_config.json alone.
        processor.chat_template = tokenizer.chat_template
    if not (processor or tokenizer).chat_template:
        raise ValueError(
            "it has no chat template, as base models have none. Use the model's instruction-tuned version, or put its "
            "chat_template.jinja into the folder."
        )
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if tokenizer.pad_token is None:
        raise ValueError("its tokenizer has no token to fill up with. Name one as pad_token in tokenizer_config.json.")
    eyes = getattr(processor, "image_processor" if as_images else "video_processor", None)
    parts = {"video": eyes, "audio": ears_of(processor)}
    takes = frozenset(kind for kind, part in parts.items() if part is not None)
    return ChatTemplate(tokenizer, processor, takes, told or {}, as_images, audio_in_video)


def media_model(config: Any) -> Any:
    """What transformers loads a model that takes media by, of its configuration; None for a model of texts alone."""
    from transformers import AutoModelForMultimodalLM, AutoModelForSeq2SeqLM

    if type(config) in AutoModelForMultimodalLM._model_mapping:
        return AutoModelForMultimodalLM
    # Audio Flamingo 3 and Music Flamingo stand in this list alone.
    hears = getattr(config, "audio_config", None) is not None
    return AutoModelForSeq2SeqLM if hears and type(config) in AutoModelForSeq2SeqLM._model_mapping else None


def ears_of(processor: Any) -> Any:
    """The part of a processor that takes sound, which has two names."""
    return getattr(processor, "audio_processor", None) or getattr(processor, "feature_extractor", None)


def _spacing(video: Frames) -> float:
    """Mean seconds between frames."""
    seconds = video.seconds
    if len(seconds) > 1 and seconds[-1] > seconds[0]:
        return float(seconds[-1] - seconds[0]) / (len(seconds) - 1)
    return 1 / video.video_fps
