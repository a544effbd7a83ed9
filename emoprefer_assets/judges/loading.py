"""From a registry entry to what answers for it; one model in memory at a time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from emoprefer_assets.judges.chat import Backend
from emoprefer_assets.judges.registry import (
    EndpointJudge,
    GeminiJudge,
    LocalJudge,
    ModelJudge,
    OpenaiJudge,
    TransformersJudge,
    VllmJudge,
)
from emoprefer_assets.judges.weights import model_identity
from emoprefer_assets.plugins import BACKENDS
from emoprefer_assets.progress import working


def identity_of(judge: ModelJudge, models_dir: Path) -> dict[str, Any]:
    """What besides the request determines the judge's answers; known without loading the model.

    Raises:
        JudgeUnavailable: there are no weights.
    """
    # Where nothing is said, nothing is added: keys of calls that were made before there was such a key stay.
    told: dict[str, Any] = {}
    if judge.chat_template_kwargs:
        told["chat_template_kwargs"] = judge.chat_template_kwargs
    if isinstance(judge, TransformersJudge) and judge.video_as:
        told["video_as"] = judge.video_as
    if isinstance(judge, TransformersJudge) and judge.audio_in_video:
        told["audio_in_video"] = True
    if isinstance(judge, LocalJudge):
        return model_identity(judge, models_dir) | told
    if not isinstance(judge, EndpointJudge):
        return judge.identity() | {"backend": judge.backend} | told
    served_by = judge.revision or judge.base_urls[0]
    told |= {"extra_body": judge.extra_body} if judge.extra_body else {}
    return {"backend": judge.backend, "model": judge.model, "served_by": served_by, "video_as": judge.video_as} | told


Load = Callable[[Any, Path], Backend]


@dataclass(frozen=True)
class Served:
    """A backend.

    Attributes:
        entry: the class of its judges in the registry.
        load: from a judge and the folder of models to what answers for it.
    """

    entry: type[ModelJudge]
    load: Load


def backend(entry: type[ModelJudge]) -> Callable[[Load], Load]:
    """Register what loads or reaches the judges of `entry`, whose `backend` is a Literal of one name."""

    def register(load: Load) -> Load:
        (name,) = get_args(entry.model_fields["backend"].annotation)
        BACKENDS.add(name, Served(entry, load))
        return load

    return register


# Their libraries take seconds to import: only a run with something to ask pays for them.
@backend(OpenaiJudge)
def _openai(judge: OpenaiJudge, _: Path) -> Backend:
    from emoprefer_assets.judges import openai

    return openai.load(judge)


@backend(GeminiJudge)
def _gemini(judge: GeminiJudge, _: Path) -> Backend:
    from emoprefer_assets.judges import gemini

    return gemini.load(judge)


@backend(TransformersJudge)
def _transformers(judge: TransformersJudge, models_dir: Path) -> Backend:
    from emoprefer_assets.judges import transformers

    return transformers.load(judge, models_dir)


@backend(VllmJudge)
def _vllm(judge: VllmJudge, models_dir: Path) -> Backend:
    from emoprefer_assets.judges import vllm

    return vllm.load(judge, models_dir)


class Models:
    """Loads backends; the last one stays until another model is asked for."""

    def __init__(self) -> None:
        self._judge: ModelJudge | None = None
        self._backend: Backend | None = None

    def backend_of(self, judge: ModelJudge, models_dir: Path) -> Backend:
        """What answers for `judge`.

        Raises:
            JudgeUnavailable: it cannot be loaded or reached; says what to do.
        """
        if self._backend is None or self._judge is None or judge.loading_version() != self._judge.loading_version():
            holds_weights = self._backend is not None and not isinstance(self._judge, EndpointJudge)
            self._judge = self._backend = None
            if holds_weights and (torch := sys.modules.get("torch")):
                gc.collect()
                torch.cuda.empty_cache()
            with working(f"loading {judge.name}"):
                self._backend = self.load(judge, models_dir)
            self._judge = judge
        return self._backend

    def load(self, judge: ModelJudge, models_dir: Path) -> Backend:
        """Load or reach what answers for `judge`, whatever is loaded already.

        Raises:
            JudgeUnavailable: it cannot be loaded or reached; says what to do.
        """
        return BACKENDS[judge.backend].load(judge, models_dir)


models = Models()
