"""What each strategy asks: from pairs, clips and earlier answers to chat requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from emoprefer_assets.judges import ChatRequest, ModelJudge
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.media import AudioSampling, Media, MediaReader
from emoprefer_assets.settings import Settings
from emoprefer_assets.strategies import OPTIONS, Prompts

TEMPLATES = {
    "s1": ("s1",), "s2": ("describe", "s2"), "s3": ("describe", "s3"),
    "s4": ("describe", "s4_reasoning", "s4_answer"), "s5": ("describe",),
}  # fmt: skip
BLIND_TEMPLATE = "s1_blind"


@dataclass(frozen=True)
class Question:
    """One call to be made, or the reason why it cannot be.

    Attributes:
        step: describe, s1, s2, s3, s4_reasoning, s4_answer or s5: what it is asked for.
        request: None where there is a problem.
        problem: why nobody can be asked, or "".
    """

    step: str
    request: ChatRequest | None
    problem: str = ""

    @property
    def key(self) -> str:
        """What the ledger knows the question by; "" where there is a problem."""
        return self.request.key if self.request else ""

    @property
    def call(self) -> ChatRequest:
        """The request.

        Raises:
            ValueError: it cannot be put.
        """
        if self.request is None:
            raise ValueError(f"{self.step}: {self.problem}")
        return self.request


@dataclass(frozen=True)
class Pair:
    """A pair as it is asked about in one round and order: `first` is called a1 in the question."""

    round: int
    swapped: bool
    pair_id: str
    clip_id: str
    first: str
    second: str


class Questions:
    """The questions that one model is asked.

    Args:
        asked: the model; strategies 3 and 4 ask the judge's external one.
        clips: the table `clips`.
        reader: decodes what the questions show.
    """

    def __init__(self, asked: ModelJudge, clips: pd.DataFrame, settings: Settings, reader: MediaReader) -> None:
        self.asked = asked
        self.identity = identity_of(asked, settings.models_dir)
        self._prompts = Prompts(settings.prompts_dir)
        self._clips = clips.set_index("clip_id").to_dict("index")
        self._folder = settings.data_dir
        self._reader = reader

    def describe(self, clip_id: str, round_: int) -> Question:
        """What does the clip show?"""
        return self._generated("describe", "describe", clip_id, round_, clip=self._what_is_seen)

    def direct(self, pair: Pair) -> Question:
        """Strategy 1."""
        values = {"a1": pair.first, "a2": pair.second}
        if self.asked.content_blind:
            return self._answer("s1", BLIND_TEMPLATE, None, pair.round, **values)
        return self._answer("s1", "s1", pair.clip_id, pair.round, clip=self._what_is_seen, **values)

    def with_description(self, pair: Pair, description: str) -> Question:
        """Strategy 2."""
        values = {"a1": pair.first, "a2": pair.second, "description": description, "clip": self._what_is_seen}
        return self._answer("s2", "s2", pair.clip_id, pair.round, **values)

    def from_description(self, pair: Pair, description: str) -> Question:
        """Strategy 3."""
        return self._answer("s3", "s3", None, pair.round, description=description, a1=pair.first, a2=pair.second)

    def reasoning(self, pair: Pair, description: str) -> Question:
        """Strategy 4, first call."""
        values = {"description": description, "a1": pair.first, "a2": pair.second}
        return self._generated("s4_reasoning", "s4_reasoning", None, pair.round, **values)

    def from_reasoning(self, pair: Pair, reasoning: str) -> Question:
        """Strategy 4, second call."""
        values = {"a1": pair.first, "a2": pair.second, "reasoning": reasoning}
        return self._answer("s4_answer", "s4_answer", None, pair.round, **values)

    def likelihood(self, clip_id: str, text: str, with_clip: bool) -> Question:
        """Strategy 5: how likely is `text` as the judge's own description, with the clip or without?"""
        request = self._request("describe", clip_id if with_clip else None, clip=self._what_is_seen)
        return self._question("s5", request if isinstance(request, str) else replace(request, options=(text,)))

    def media_of(self, clip_id: str) -> tuple[Media, ...] | str:
        """What the model is given of a clip, or why it cannot be."""
        clip = self._clips[clip_id]
        found = []
        for kind, sampling in zip(self.asked.inputs, self.asked.samplings, strict=True):
            if pd.notna(clip[f"{kind}_problem"]):
                return f"clip {clip_id}: {clip[f'{kind}_problem']}"
            file = clip["audio"] if isinstance(sampling, AudioSampling) and pd.notna(clip["audio"]) else clip["video"]
            found.append(Media(self._folder / Path(file), clip[f"{kind}_content"], sampling, self._reader))
        return tuple(found)

    @property
    def _what_is_seen(self) -> str:
        alone: dict[tuple[str, ...], str] = {("video",): "silent video", ("audio",): "recording"}
        return alone.get(self.asked.inputs, "video with its sound")

    def _answer(self, step: str, template: str, clip_id: str | None, round_: int, **values: str) -> Question:
        if self.asked.read == "reply":
            return self._generated(step, template, clip_id, round_, **values)
        request = self._request(template, clip_id, **values)
        return self._question(step, request if isinstance(request, str) else replace(request, options=OPTIONS))

    def _generated(self, step: str, template: str, clip_id: str | None, round_: int, **values: str) -> Question:
        request = self._request(template, clip_id, **values)
        if isinstance(request, str):
            return self._question(step, request)
        asked = self.asked
        sampled = replace(
            request,
            max_new_tokens=asked.max_new_tokens,
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=round_,
        )
        return self._question(step, sampled)

    def _request(self, template: str, clip_id: str | None, **values: str) -> ChatRequest | str:
        media = self.media_of(clip_id) if clip_id is not None else ()
        if isinstance(media, str):
            return media
        return ChatRequest(key="", messages=self._prompts.messages(template, media, **values))

    def _question(self, step: str, request: ChatRequest | str) -> Question:
        if isinstance(request, str):
            return Question(step, None, request)
        return Question(step, replace(request, key=_key(request, self.identity)))


def _key(request: ChatRequest, identity: Mapping[str, Any]) -> str:
    text = json.dumps([identity, request.determinants()], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
