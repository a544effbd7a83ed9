"""From a model folder to a model, its processor, and what the two can take in."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.version import Version

from emoprefer_assets.display import listed
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat_template import ChatTemplate, load_template, media_model
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers.checking import as_the_processor
from emoprefer_assets.judges.weights import adapter_of, weights_folder

log = logging.getLogger(__name__)

# Earlier ones replace the stand-ins of media in other ways.
FIRST_WITH_MEDIA = "5.23"
# The share of a GPU's free memory that weights may take; clips need the rest.
FOR_WEIGHTS = 0.8
# What torch.compile and DataParallel put into the names of the weights that they save.
WRAPPERS = {r"(?<![^.])_orig_mod\.": "", r"^(?:module\.)+": ""}


@dataclass(frozen=True)
class Place:
    """Where transformers puts weights, straight from their files.

    Attributes:
        devices: a device, or `auto`: layer by layer over the GPUs in `memory`.
        memory: bytes that may be taken of each GPU, by its number.
    """

    devices: str
    memory: dict[int, int] | None = None


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to be asked.

    Attributes:
        model: a causal language model with its towers, in evaluation mode.
        template: how it is spoken to.
    """

    model: Any
    template: ChatTemplate

    @property
    def tokenizer(self) -> Any:
        return self.template.tokenizer

    @property
    def device(self) -> Any:
        return self.model.device

    @cached_property
    def cache_argument(self) -> str:
        """What the model calls the cache that it takes and gives: transformers has renamed it, remote code has not."""
        return "cache" if "cache" in self._arguments else "past_key_values"

    @cached_property
    def kinds_argument(self) -> str:
        """What the model calls the kind of each token, text or media."""
        return "token_type_ids" if "token_type_ids" in self._arguments else "mm_token_type_ids"

    @cached_property
    def most_tokens(self) -> float:
        """How many tokens the model was made to read, as far as its folder says so.

        Positions for time, height and width are fewer than tokens.
        """
        config = self.model.config.get_text_config()
        rope = getattr(config, "rope_parameters", None) or {}
        scaled = [part.get("factor") or 1 for part in (rope, *rope.values()) if isinstance(part, dict)]
        most = None if self.rotates_in_three else getattr(config, "max_position_embeddings", None)
        return most * max(scaled, default=1) if most else float("inf")

    @cached_property
    def _arguments(self) -> frozenset[str]:
        return frozenset(inspect.signature(self.model.base_model.forward).parameters)

    @property
    def head(self) -> Any:
        """The layer that makes logits; of Nemotron Omni, that of its language model."""
        return self.model.get_output_embeddings() or self.model.language_model.get_output_embeddings()

    def without_head(self, **inputs: Any) -> Any:
        """What the model gives before its output head: `last_hidden_state`, and the cache if asked."""
        if self.model.base_model is not self.model:
            return self.model.base_model(**inputs)
        # Of Nemotron Omni no part is the model with its media and without its head.
        output = self.model(**inputs, output_hidden_states=True)
        output.last_hidden_state = output.hidden_states[-1]
        return output

    @property
    def rotates_in_three(self) -> bool:
        """Whether positions are given for time, height and width: shape (3, batch, tokens)."""
        return bool(self._rope_holders)

    def forget_rope_deltas(self) -> None:
        """A stale value of an earlier clip would shift the positions of the next request without a word."""
        for holder in self._rope_holders:
            holder.rope_deltas = None

    def take_rope_deltas(self, deltas: Any) -> None:
        """Have what is generated next stand behind beginnings with these."""
        for holder in self._rope_holders:
            holder.rope_deltas = deltas

    @contextmanager
    def noting_positions(self) -> Iterator[list[Any]]:
        """The positions that the model gives to tokens meanwhile, shape (3, batch, tokens): of prompts with media."""
        noted: list[Any] = []
        numbering = [part for part in (self.model, self.model.base_model) if hasattr(part, "get_rope_index")]

        def noting(number: Callable[..., Any]) -> Callable[..., Any]:
            def numbered(*arguments: Any, **named: Any) -> Any:
                found = number(*arguments, **named)
                noted.append(found[0])
                return found

            return numbered

        for part in numbering:
            part.get_rope_index = noting(part.get_rope_index)
        try:
            yield noted
        finally:
            for part in numbering:
                vars(part).pop("get_rope_index", None)

    @property
    def _rope_holders(self) -> list[Any]:
        return [module for module in (self.model, self.model.base_model) if hasattr(module, "rope_deltas")]


def load_model(judge: TransformersJudge, models_dir: Path, place: Place | None = None) -> LoadedModel:
    """Load the judge's model and check that it can take what the registry gives it.

    Args:
        place: one of `places`; None is the first.

    Raises:
        JudgeUnavailable: transformers is not installed, there are no weights, they cannot be loaded, the model cannot
            take the judge's inputs, or takes prompts in a way of its own.
    """
    place = place or places(judge, models_dir)[0]
    folder = weights_folder(judge, models_dir)
    if judge.trust_remote_code:
        log.warning("%s: trust_remote_code is on: Python code inside %s runs with your rights.", judge.where, folder)
    loaded = _loaded(folder, judge, place, adapter_of(judge, models_dir))
    loaded.template.check_inputs(judge)
    return replace(loaded, template=as_the_processor(loaded.template, judge))


def require_weights(folder: Path, judge: TransformersJudge) -> None:
    """Compare the names and shapes of the weights in `folder` with those of their model; none is read.

    Raises:
        JudgeUnavailable: the model would not load.
    """
    _loaded(folder, judge, Place("meta"))


def places(judge: TransformersJudge, models_dir: Path) -> list[Place]:
    """Where the judge's model is to be loaded: on each of its GPUs if one of them can hold it, else once on all.

    Raises:
        JudgeUnavailable: transformers is not installed, there are fewer GPUs than the registry says, or no weights.
    """
    require_installed(judge)
    import torch

    if not torch.cuda.is_available():
        return [Place("cpu")]
    if judge.gpus > torch.cuda.device_count():
        there = torch.cuda.device_count()
        raise JudgeUnavailable(f"{judge.where}: gpus: {judge.gpus}, and this machine has {there}. Lower it.")
    each = [Place(f"cuda:{number}") for number in range(judge.gpus)]
    if judge.gpus == 1:
        return each
    free = {number: torch.cuda.mem_get_info(number)[0] for number in range(judge.gpus)}
    size = _loaded(weights_folder(judge, models_dir), judge, Place("meta")).model.get_memory_footprint()
    return each if size <= FOR_WEIGHTS * min(free.values()) else [Place("auto", free)]


def _loaded(folder: Path, judge: TransformersJudge, place: Place, adapter: Path | None = None) -> LoadedModel:
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    try:
        return _load(folder, judge, place, adapter)
    # Each library has errors of its own for a folder that is damaged or hostile.
    except Exception as error:
        reason = " ".join(str(error).split())[:1000].replace("the argument `trust_remote_code=", "`trust_remote_code: ")
        if isinstance(error, ModuleNotFoundError):
            reason += f". Run `pip install {error.name}`."
        elif type(error).__name__ in ("SafetensorError", "JSONDecodeError"):
            reason = f"one of its files is cut or damaged ({reason}). Download {judge.model} again."
        elif "ignore_mismatched_sizes" in reason:
            reason = "its weights have other shapes than its config.json says. Save the whole model again."
        both = f" with adapter {adapter}" if adapter else ""
        raise JudgeUnavailable(f"{judge.where}: {folder}{both} does not load: {reason}") from error


def _load(folder: Path, judge: TransformersJudge, place: Place, adapter: Path | None) -> LoadedModel:
    import torch
    import transformers
    from transformers import AutoConfig, AutoModelForCausalLM

    if judge.dtype == "float32":
        # Without this, cuDNN rounds what convolutions take in to 10 bits.
        torch.backends.cudnn.allow_tf32 = False
    trust_remote_code = judge.trust_remote_code
    template = load_template(
        folder, trust_remote_code, judge.chat_template_kwargs, judge.video_as == "frames", judge.audio_in_video
    )
    if template.takes and Version(transformers.__version__) < Version(FIRST_WITH_MEDIA):
        raise ValueError(
            f"media need transformers {FIRST_WITH_MEDIA} or newer, and {transformers.__version__} is installed. Update "
            "it (vLLM may hold it back: then use an environment of its own for vLLM), or set `backend: vllm`."
        )
    config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
    any_model = media_model(config) or AutoModelForCausalLM
    model_class = _thinkers().get(config.model_type, any_model)
    chosen = {"attn_implementation": judge.attn_implementation} if judge.attn_implementation else {}
    model, found = model_class.from_pretrained(
        folder,
        dtype=_dtype(judge),
        trust_remote_code=trust_remote_code,
        key_mapping=dict(WRAPPERS),
        output_loading_info=True,
        device_map=place.devices,
        max_memory=place.memory,
        **chosen,
    )
    _require_all_weights(found["missing_keys"], found["unexpected_keys"])
    if adapter:
        model = _merged(model, adapter)
    _decode_as_asked(model, template.tokenizer.eos_token_id)
    return LoadedModel(model.eval(), template)


def _dtype(judge: TransformersJudge) -> str:
    """As the registry says, else bfloat16 on a GPU: float32 takes twice the memory there, and several times as long."""
    import torch

    if judge.says_dtype or not torch.cuda.is_available() or not torch.cuda.is_bf16_supported(including_emulation=False):
        return judge.dtype
    return "bfloat16"


def _require_all_weights(missing: set[str], unexpected: set[str]) -> None:
    """transformers gives weights that are missing random values, and leaves out those it does not know.

    It takes off both sets what is known to be harmless, by patterns of each model class.
    """
    wrong = {"it lacks": missing, "this kind of model does not have": unexpected}
    said = [f"{what} {len(names)} weights ({listed(sorted(names), 3)})" for what, names in wrong.items() if names]
    if said:
        raise ValueError(f"{'; '.join(said)}. Save the whole model again, adapters merged, with its own config.json.")


def _merged(model: Any, adapter: Path) -> Any:
    """The model with the adapter's weights added to its own.

    Raises:
        ValueError: the adapter is of another model, or of a kind that stays beside the weights.
    """
    from peft import PeftConfig, PeftModel

    config = PeftConfig.from_pretrained(str(adapter))
    config.inference_mode = True
    both = PeftModel(model, config)
    if not hasattr(both.base_model, "merge_and_unload"):
        raise ValueError(
            f"the adapter is of kind {config.peft_type.value}, which cannot be merged. Use LoRA or its kin."
        )
    found = both.load_adapter(str(adapter), "default")
    if found.missing_keys or found.unexpected_keys:
        wrong = listed(sorted({*found.missing_keys, *found.unexpected_keys}), 3)
        raise ValueError(f"the adapter is of another model: {wrong}. Set `model:` to the one that it was trained on.")
    return both.merge_and_unload()


def _thinkers() -> dict[str, Any]:
    """The part of an Omni model that answers in text: it loads from the whole model's folder, without the speech."""
    from transformers import (
        Qwen2_5OmniThinkerForConditionalGeneration,
        Qwen3OmniMoeThinkerForConditionalGeneration,
    )

    return {
        "qwen2_5_omni": Qwen2_5OmniThinkerForConditionalGeneration,
        "qwen3_omni_moe": Qwen3OmniMoeThinkerForConditionalGeneration,
    }


def _decode_as_asked(model: Any, end: int | None) -> None:
    """Drop the folder's own decoding defaults: temperature, penalties and the like come from the registry alone.

    Args:
        end: the token that ends a text for the tokenizer: models that were trained further often have it there alone.
    """
    from transformers import GenerationConfig

    theirs = model.generation_config
    ends = theirs.eos_token_id if isinstance(theirs.eos_token_id, list) else [theirs.eos_token_id]
    ends = list(dict.fromkeys(token for token in (*ends, end) if token is not None))
    model.generation_config = GenerationConfig(
        bos_token_id=theirs.bos_token_id, eos_token_id=ends or None, pad_token_id=theirs.pad_token_id
    )
