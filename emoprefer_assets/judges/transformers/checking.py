"""Whether prompts become the tokens that the model's own processor makes of them, tried once when a model is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatMessage, ChatRequest
from emoprefer_assets.judges.chat_template import ChatTemplate
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers.prompts import PromptReader
from emoprefer_assets.media import Frames, Media, VideoSampling, Waveform

SECONDS, SIDE = 4, 224
ELSEWHERE = "Serve it with vLLM, or with its authors' code, and set `backend: openai`"


class _MadeUp:
    """Reads media that are in no file: four grey frames, a second apart, and as long a hum."""

    def read(self, media: Media) -> Frames | Waveform:
        if isinstance(media.sampling, VideoSampling):
            frames = np.arange(SECONDS)
            pixels = np.full((SECONDS, SIDE, SIDE, 3), 128, np.uint8)
            return Frames(pixels, frames.astype(float), frames, video_fps=1.0, video_frames=SECONDS)
        rate = media.sampling.rate
        return Waveform(np.sin(np.arange(SECONDS * rate) * (2 * np.pi * 220 / rate)).astype(np.float32), rate)


def as_the_processor(template: ChatTemplate, judge: TransformersJudge) -> ChatTemplate:
    """`template`, with what the processor puts before every prompt.

    Raises:
        JudgeUnavailable: a small prompt with the judge's media has other tokens here than in its processor.
    """
    if template.processor is None:
        return template
    made_up = _MadeUp()
    media = tuple(Media(Path("made-up"), "", sampling, made_up) for sampling in judge.samplings)
    request = ChatRequest("", (ChatMessage("user", (*media, "Which one?")),))
    reader = PromptReader(template)
    try:
        prompt = reader.read(request)
        ours, theirs = prompt.tokens, reader.own_tokens(prompt)
    # Whatever a processor of its kind raises.
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
        raise JudgeUnavailable(
            f"{judge.where}: the processor of {judge.model} takes no made-up {_named(judge)} ({reason}). {ELSEWHERE}."
        ) from error
    if theirs[1:] == ours and theirs[0] in template.tokenizer.all_special_ids:
        return replace(template, begins=(theirs[0],))
    if theirs != ours:
        raise JudgeUnavailable(
            f"{judge.where}: the processor of {judge.model} makes {len(theirs)} tokens of a prompt with a made-up "
            f"{_named(judge)}, which has {len(ours)} here, so it would not be asked as it was trained. {ELSEWHERE}."
        )
    return template


def _named(judge: TransformersJudge) -> str:
    return " and ".join(judge.inputs) or "text"
