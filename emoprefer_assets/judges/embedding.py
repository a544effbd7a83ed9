"""Texts compared by sentence embeddings, in this process: an external model that writes nothing."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import Backend, ChatReply, ChatRequest
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.loading import backend
from emoprefer_assets.judges.registry import LocalJudge, ModelJudge, RulesJudge
from emoprefer_assets.judges.weights import weights_folder

# A difference of this much cosine similarity counts as log-odds of 1. It changes no verdict.
SCALE = 0.05

log = logging.getLogger(__name__)


class EmbeddingJudge(LocalJudge):
    """A sentence encoder, run in this process by Hugging Face transformers: other judges name it as `external`.

    Attributes:
        batch_size: texts in one forward pass.
    """

    backend: Literal["embedding"]
    retired: Literal[True] = True
    gguf: None = None
    dtype: Literal["float32"] = "float32"
    batch_size: int = Field(default=32, ge=1)
    writes: ClassVar[bool] = False
    why_not_asked: ClassVar[str] = "external only. Name it as `external:` of a judge that takes media"

    @property
    def strategies(self) -> tuple[str, ...]:
        return ()

    @model_validator(mode="after")
    def _only_compares(self) -> Self:
        about_asking = ModelJudge.model_fields.keys() - RulesJudge.model_fields.keys() - {"model"}
        if given := sorted(about_asking & self.model_fields_set):
            raise ValueError(f"backend embedding knows no {given[0]}; remove it")
        return self


class EmbeddingBackend:
    """Says how near each option is to the text of the request.

    A reply's `log_probabilities` are (cosine similarity - 1) / SCALE, at most 0: the log-density of a von Mises-Fisher
    distribution of concentration 1 / SCALE around the text, up to a constant. They are no calibrated probabilities.

    A text's embedding is the mean of the last layer over its tokens (Reimers and Gurevych 2019).

    Args:
        most_tokens: a longer text is cut there.
    """

    def __init__(self, model: Any, tokenizer: Any, most_tokens: int, judge: EmbeddingJudge) -> None:
        self._model, self._tokenizer, self._most_tokens, self._judge = model, tokenizer, most_tokens, judge
        self._has_warned = False

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        """A reply to each request, in order; every text is embedded once."""
        started = time.perf_counter()
        asked = {request.key: _texts(request) for request in requests}
        texts = sorted({text for compared in asked.values() for text in compared})
        embedded = self._embedded(texts)
        seconds = (time.perf_counter() - started) / max(len(asked), 1)
        for key, compared in asked.items():
            if len(compared) < 2:
                yield ChatReply(key, failure="embeddings only compare texts: they write nothing and take no media")
                continue
            reference, *options = (embedded[text][0] for text in compared)
            tokens = sum(embedded[text][1] for text in compared)
            scores = tuple(min((float(reference @ option) - 1) / SCALE, 0.0) for option in options)
            if np.isnan(scores).any():
                yield ChatReply(key, failure="the embeddings are no numbers: the weights are damaged")
                continue
            yield ChatReply(key, log_probabilities=scores, tokens_in=tokens, seconds=seconds)

    def _embedded(self, texts: Sequence[str]) -> dict[str, tuple[np.ndarray, int]]:
        """Of each text a vector of length 1, shape (hidden size,), and how many tokens were read."""
        import torch

        found: dict[str, tuple[np.ndarray, int]] = {}
        # What looks like a control token in a description is text.
        tokens = self._tokenizer(list(texts), split_special_tokens=True)["input_ids"] if texts else []
        lengths = [len(of_text) for of_text in tokens]
        if max(lengths, default=0) > self._most_tokens and not self._has_warned:
            self._has_warned = True
            log.warning("%s: texts of more than %d tokens are cut there.", self._judge.where, self._most_tokens)
        places = sorted(range(len(texts)), key=lambda place: lengths[place])
        for start in range(0, len(places), self._judge.batch_size):
            batch = [texts[place] for place in places[start : start + self._judge.batch_size]]
            cut: dict[str, Any] = {"truncation": True, "max_length": self._most_tokens, "padding": True}
            inputs = self._tokenizer(batch, split_special_tokens=True, return_tensors="pt", **cut)
            with torch.inference_mode():
                hidden = self._model(**inputs.to(self._model.device)).last_hidden_state
                mask = inputs["attention_mask"].unsqueeze(-1)
                pooled = (hidden * mask).sum(1).double() / mask.sum(1)
                vectors = torch.nn.functional.normalize(pooled).cpu().numpy()
            read = inputs["attention_mask"].sum(1).tolist()
            found |= dict(zip(batch, zip(vectors, read, strict=True), strict=True))
        return found


@backend(EmbeddingJudge)
def load(judge: EmbeddingJudge, models_dir: Path) -> Backend:
    """Load the judge's encoder in float32, on a GPU where there is one.

    Raises:
        JudgeUnavailable: transformers is not installed, there are no weights, they do not load, or they are of no
            encoder whose embeddings are means over tokens.
    """
    require_installed(judge)
    folder = weights_folder(judge, models_dir)
    try:
        return EmbeddingBackend(*_load(folder), judge)
    # Each library has errors of its own for a folder that is damaged or hostile.
    except Exception as error:
        reason = " ".join(str(error).split())[:500]
        raise JudgeUnavailable(f"{judge.where}: {folder} does not load: {reason}") from error


def _load(folder: Path) -> tuple[Any, Any, int]:
    """The encoder, its tokenizer, and how many tokens it reads."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder)
    if config.model_type not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        raise ValueError(f"{config.model_type} is no text encoder. Name a sentence-transformers model of BERT's kind.")
    # Where the folder does not say it, means are taken to be meant.
    pooling = _told(folder / "1_Pooling" / "config.json")
    if not pooling.get("pooling_mode_mean_tokens", not pooling) or any(folder.glob("*_Dense")):
        raise ValueError("its embeddings are no means over tokens. Name a sentence-transformers model whose are.")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, found = AutoModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    # The pooler is not used, and transformers would initialise it, as anything else that is missing, at random.
    if lacking := sorted(name for name in found["missing_keys"] if not name.startswith("pooler.")):
        raise ValueError(f"it lacks weights: {', '.join(lacking[:3])}. Save the whole model again.")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    limits = tokenizer.model_max_length, getattr(config, "max_position_embeddings", 512)
    most_tokens = min(*limits, _told(folder / "sentence_bert_config.json").get("max_seq_length") or 512)
    return model.eval().to(device), tokenizer, most_tokens


def _told(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return told


def _texts(request: ChatRequest) -> tuple[str, ...]:
    """The text that the request says, and its options; none where media are shown."""
    texts = [part for message in request.messages for part in message.parts if isinstance(part, str)]
    return () if request.media else ("\n\n".join(texts), *request.options)
