"""Questions to one model: each is built once, and keeps its reply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from emoprefer_assets.judges import ChatMessage, ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.judges.control_tokens import broken
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.registry import LocalJudge
from emoprefer_assets.media import AudioSampling, Media, MediaReader
from emoprefer_assets.settings import Settings
from emoprefer_assets.strategies import Pair, Prompts, Step
from emoprefer_assets.tally import Tally

NOBODY = ChatReply(key="", failure="no reply")


@dataclass(eq=False, slots=True)
class Question:
    """One call to be made, or the reason why it cannot be.

    Attributes:
        step: the name of the step that it is of.
        key: what the call cache knows it by; "" where it cannot be put.
        request: None once there is a reply, and where it cannot be put.
        reply: what was replied, now or in an earlier run.
        tally: of the call that was made now, or of the cached one that was used.
    """

    step: str
    key: str
    request: ChatRequest | None
    reply: ChatReply | None = None
    tally: Tally = field(default_factory=Tally)

    @property
    def failed(self) -> bool:
        """Whether a call found no answer, so that asking again may help."""
        return bool(self.key) and self.said.failure != "" and not self.said.log_probabilities

    @property
    def said(self) -> ChatReply:
        """The reply; a failure where nobody was asked."""
        return self.reply or NOBODY

    def answered(self, reply: ChatReply) -> None:
        """Keep the reply and let the request go."""
        self.reply, self.request = reply, None


class Questions:
    """Every question to one model; the same one is there once, whatever asks it.

    Args:
        asked: the model; a strategy may ask the judge's external one.
        clips: the table `clips`; columns `video_change` and `audio_change` say what is done to its media.
        reader: decodes what the questions show.
        judge: on whose behalf they are asked, in its words; None is the model itself.
    """

    def __init__(
        self,
        asked: ModelJudge,
        clips: pd.DataFrame,
        settings: Settings,
        reader: MediaReader,
        judge: ModelJudge | None = None,
    ) -> None:
        self.asked = asked
        self._prompter = Prompter(asked, clips, settings, reader, judge)
        self._by_place: dict[tuple[object, ...], tuple[Question, ...]] = {}
        self._by_key: dict[str, Question] = {}

    def of(self, step: Step, pair: Pair, quoted: Mapping[str, Question]) -> tuple[Question, ...]:
        """The questions of `step` about a pair, or its clip.

        Args:
            quoted: by name, the questions whose replies they quote.
        """
        about = (pair.clip_id,) if step.about_clip else (pair.clip_id, pair.first, pair.second)
        round_ = pair.round if step.varies(self.asked) else 0
        place = (step.name, *about, round_, *(id(question) for question in quoted.values()))
        if place not in self._by_place:
            self._by_place[place] = self._built(step, pair, quoted)
        return self._by_place[place]

    def media_of(self, clip_id: str) -> tuple[Media, ...]:
        """What the model is given of a clip; nothing of one that cannot be read."""
        media = self._prompter.media_of(clip_id)
        return () if isinstance(media, str) else media

    def _built(self, step: Step, pair: Pair, quoted: Mapping[str, Question]) -> tuple[Question, ...]:
        for question in quoted.values():
            if failure := question.said.failure:
                return (Question(step.name, "", None, ChatReply("", failure=failure)),)
        try:
            requests = step.requests(self._prompter, pair, {name: asked.said.text for name, asked in quoted.items()})
        except _CannotBeShown as problem:
            return (Question(step.name, "", None, ChatReply("", failure=str(problem))),)
        return tuple(
            self._by_key.setdefault(request.key, Question(step.name, request.key, request)) for request in requests
        )


class Prompter:
    """Makes requests with their keys (see `strategies.Prompter` and `Questions`)."""

    def __init__(
        self,
        asked: ModelJudge,
        clips: pd.DataFrame,
        settings: Settings,
        reader: MediaReader,
        judge: ModelJudge | None = None,
    ) -> None:
        self.asked = asked
        self._identity = identity_of(asked, settings.models_dir)
        self._prompts = Prompts(settings.prompts_dir, (judge or asked).prompts)
        self._clips: dict[Any, dict[Any, Any]] = clips.set_index("clip_id").to_dict("index")
        self._folder = settings.data_dir
        self._reader = reader
        self._scored: dict[tuple[object, ...], ChatRequest] = {}

    def text(self, template: str, clip_id: str | None, round_: int, **values: str) -> ChatRequest:
        asked = self.asked
        return self._keyed(
            ChatRequest(
                key="",
                messages=self._messages(template, clip_id, values),
                max_new_tokens=asked.max_new_tokens,
                temperature=asked.temperature,
                top_p=asked.top_p,
                seed=round_,
            )
        )

    def scores(self, template: str, clip_id: str | None, options: tuple[str, ...], **values: str) -> ChatRequest:
        # Strategy 5 asks for the same texts in both orders.
        place = (template, clip_id, options, *values.values())
        if place not in self._scored:
            messages = self._messages(template, clip_id, values)
            self._scored[place] = self._keyed(ChatRequest(key="", messages=messages, options=options))
        return self._scored[place]

    def _messages(self, template: str, clip_id: str | None, values: Mapping[str, str]) -> tuple[ChatMessage, ...]:
        if not isinstance(self.asked, LocalJudge):
            # These do so by the model's own vocabulary.
            values = {name: broken(value) for name, value in values.items()}
        messages = self._prompts.messages(template, self._shown(clip_id), clip=self._what_is_seen, **values)
        return (ChatMessage("system", (self.asked.system,)), *messages) if self.asked.system else messages

    def media_of(self, clip_id: str) -> tuple[Media, ...] | str:
        """What the model is given of a clip, or why it cannot be."""
        clip = self._clips[clip_id]
        found = []
        for kind, sampling in zip(self.asked.inputs, self.asked.samplings, strict=True):
            if pd.notna(clip[f"{kind}_problem"]):
                return f"clip {clip_id}: {clip[f'{kind}_problem']}"
            file = clip["audio"] if isinstance(sampling, AudioSampling) and pd.notna(clip["audio"]) else clip["video"]
            content, change = clip[f"{kind}_content"], clip.get(f"{kind}_change", "")
            found.append(Media(self._folder / Path(file), content, sampling, self._reader, change))
        return tuple(found)

    @property
    def _what_is_seen(self) -> str:
        alone: dict[tuple[str, ...], str] = {("video",): "silent video", ("audio",): "recording"}
        return alone.get(self.asked.inputs, "video with its sound")

    def _shown(self, clip_id: str | None) -> Sequence[Media]:
        media = self.media_of(clip_id) if clip_id is not None else ()
        if isinstance(media, str):
            raise _CannotBeShown(media)
        return media

    def _keyed(self, request: ChatRequest) -> ChatRequest:
        text = json.dumps([self._identity, request.determinants()], sort_keys=True, ensure_ascii=False)
        return replace(request, key=hashlib.blake2b(text.encode(), digest_size=16).hexdigest())


class _CannotBeShown(Exception):
    """A clip that cannot be read, and why."""
