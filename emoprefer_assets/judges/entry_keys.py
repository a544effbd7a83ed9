"""What the keys of a registry entry may hold, and which of them determine answers."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from emoprefer_assets.display import is_printable

# Names become folder names and partition keys.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def _printable(text: str) -> str:
    if not is_printable(text):
        raise ValueError("holds a character that cannot be shown; remove it")
    return text


# Such texts become paths, addresses and cells.
Text = Annotated[str, AfterValidator(_printable)]
# What is no name of a variable may be the key itself, put there by mistake.
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# Written `default` where the endpoint's own is meant.
Temperature = Annotated[
    Annotated[float, Field(ge=0)] | None, BeforeValidator(lambda given: None if given == "default" else given)
]
# Of a chat template and of a request's body: what this tool says itself.
TEMPLATE_KEYS = {"conversation", "messages", "chat_template", "tokenize", "add_generation_prompt", "return_dict"}
BODY_KEYS = {
    "model",
    "messages",
    "contents",
    "stream",
    "n",
    "temperature",
    "top_p",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
    "chat_template_kwargs",
}


# Names alone: transformers takes an address of code to fetch here as well.
Attention = Literal["eager", "sdpa", "flex_attention", "flash_attention_2", "flash_attention_3"]


def without(reserved: set[str]) -> AfterValidator:
    """Refuses a mapping that holds one of these keys, or what is no JSON."""

    def check(given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := sorted(reserved & given.keys()):
            raise ValueError(f"may not hold {taken[0]}, which follows from the judge's other keys; remove it")
        json.dumps(given, allow_nan=False)
        return given

    return AfterValidator(check)


# Keys that say something about a judge but do not change its answers.
DESCRIPTIVE_KEYS = {
    "name",
    "retired",
    "only_on",
    "published_as",
    "note",
    "batch_size",
    "price_in",
    "price_out",
    "price_cached",
    "batch_price_factor",
    "base_url",
    "key_variable",
    "concurrency",
    "requests_per_minute",
    "timeout",
    "tensor_parallel_size",
    "gpu_memory_utilization",
    "enforce_eager",
    "attn_implementation",
}
# They came later: an entry without them keeps its version.
LATER_KEYS = {"chat_template_kwargs", "extra_body", "prompts", "video_as", "columns", "verdicts"}


# Keys that say how a loaded model is asked, not what is loaded.
ASKING_KEYS = {
    "name",
    "retired",
    "only_on",
    "published_as",
    "note",
    "frames",
    "fps",
    "max_side",
    "audio_rate",
    "external",
    "prompts",
    "read",
    "max_new_tokens",
    "temperature",
    "top_p",
    "price_in",
    "price_out",
    "price_cached",
}
