"""Whether prompts become the tokens that the model's own processor makes of them, tried once when a model is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatMessage, ChatRequest
from emoprefer_assets.judges.chat_template import ELSEWHERE, ChatTemplate
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers.prompts import MediaInputs, PromptReader, together
from emoprefer_assets.media import Frames, Media, VideoSampling, Waveform

SECONDS, SIDE = 4, 224


@dataclass(frozen=True)
class _MadeUp:
    """Reads media that are in no file: four grey frames, a second apart, and as long a hum.

    Attributes:
        shade: of the frames, 0 to 255, and pitch of the hum, in Hz.
    """

    shade: int

    def read(self, media: Media) -> Frames | Waveform:
        if isinstance(media.sampling, VideoSampling):
            frames = np.arange(SECONDS)
            pixels = np.full((SECONDS, SIDE, SIDE, 3), self.shade, np.uint8)
            return Frames(pixels, frames.astype(float), video_fps=1.0, video_frames=SECONDS)
        rate = media.sampling.rate
        return Waveform(np.sin(np.arange(SECONDS * rate) * (2 * np.pi * self.shade / rate)).astype(np.float32), rate)

    def asked(self, judge: TransformersJudge, words: str = "Which one?") -> ChatRequest:
        """A question about what the judge is given of a clip."""
        media = tuple(Media(Path(f"made-up {self.shade}"), "", sampling, self) for sampling in judge.samplings)
        return ChatRequest("", (ChatMessage("user", (*media, words)),))


def as_the_processor(template: ChatTemplate, judge: TransformersJudge) -> ChatTemplate:
    """`template`, with what the processor puts before every prompt.

    Raises:
        JudgeUnavailable: the chat template takes no question, a small prompt with the judge's media has other tokens
            here than in its processor, two such prompts have other tensors, or the media's tensors follow from the
            words beside them.
    """
    _require_words(template, judge)
    if template.processor is None:
        return template
    reader = PromptReader(template)
    try:
        prompt = reader.read(_MadeUp(100).asked(judge))
        ours, theirs = prompt.tokens, reader.own_tokens(prompt)
    # Whatever a processor of its kind raises.
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
        raise JudgeUnavailable(
            f"{judge.where}: the processor of {judge.model} takes no made-up {_named(judge)} ({reason}). {ELSEWHERE}."
        ) from error
    begins = theirs[: len(theirs) - len(ours)]
    if [*begins, *ours] != theirs or len(begins) > 1 or not set(begins) <= set(template.tokenizer.all_special_ids):
        raise JudgeUnavailable(
            f"{judge.where}: the processor of {judge.model} makes {len(theirs)} tokens of a prompt with a made-up "
            f"{_named(judge)}, which has {len(ours)} here, so it would not be asked as it was trained. {ELSEWHERE}."
        )
    if not _same(prompt.media, PromptReader(template).read(_MadeUp(100).asked(judge, "Which one, and why?")).media):
        raise JudgeUnavailable(
            f"{judge.where}: what {judge.model}'s processor makes of {_named(judge)} follows from the words beside "
            f"it, so that several questions cannot share it. {ELSEWHERE}."
        )
    if judge.inputs and judge.batch_size > 1 and not _puts_together(reader, judge):
        raise JudgeUnavailable(
            f"{judge.where}: {judge.model} takes the {_named(judge)} of several clips in a way of its own. "
            "Set `batch_size: 1`."
        )
    return replace(template, begins=tuple(begins)) if begins else template


def _require_words(template: ChatTemplate, judge: TransformersJudge) -> None:
    words, reason = "Which one?", "it leaves out what is asked"
    try:
        text = template.text([ChatMessage("user", (words,))])
    # Whatever a template raises.
    except Exception as error:
        text, reason = "", f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
    if words not in text:
        raise JudgeUnavailable(
            f"{judge.where}: the chat template of {judge.model} takes no question ({reason}). Put one that does into "
            "its folder, as chat_template.jinja."
        )


def _same(one: MediaInputs | None, other: MediaInputs | None) -> bool:
    if one is None or other is None:
        return one is other
    # Of pictures and sound the size alone: some processors add a little noise.
    told = [
        {
            name: tensor.shape if tensor.is_floating_point() else tensor.tolist()
            for name, tensor in media.tensors.items()
        }
        for media in (one, other)
    ]
    return told[0] == told[1]


def _puts_together(reader: PromptReader, judge: TransformersJudge) -> bool:
    """Whether two clips' tensors in one batch are those that the processor makes of the two."""
    import torch

    requests = [_MadeUp(shade).asked(judge) for shade in (100, 200)]
    media = [inputs for request in requests if (inputs := reader.read(request).media)]
    ours = together(media, torch.float32)
    try:
        theirs = reader.own_batch(requests)
    # Some processors take one prompt at a time, so that nobody says how several go together.
    except Exception:
        return False
    # A mask that hides nothing may be left out.
    hiding = {name for name in theirs.keys() - ours.keys() if not theirs[name].all()}
    return not hiding and all(
        name in theirs
        and ours[name].shape == theirs[name].shape
        and torch.allclose(ours[name].double(), theirs[name].double())
        for name in ours
    )


def _named(judge: TransformersJudge) -> str:
    return " and ".join(judge.inputs) or "text"
