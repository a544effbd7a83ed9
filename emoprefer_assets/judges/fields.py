"""The values that keys of a registry's entries take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from emoprefer_assets.display import is_printable, listed
from emoprefer_assets.plugins import BASELINES, STRATEGIES

# Names become folder names and partition keys.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def _printable(text: str) -> str:
    if not is_printable(text):
        raise ValueError("holds a character that cannot be shown; remove it")
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; fill it, or remove the key")
    return text


# Such texts become paths, addresses and cells.
Text = Annotated[str, AfterValidator(_printable)]
# What is no name of a variable may be the key itself, put there by mistake.
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Filled = Annotated[Text, AfterValidator(_filled)]
# Written `default` where the endpoint's own is meant.
Temperature = Annotated[
    Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
    BeforeValidator(lambda given: None if given == "default" else given),
]
# Names alone: transformers takes an address of code to fetch here as well.
Attention = Literal["eager", "sdpa", "flex_attention", "flash_attention_2", "flash_attention_3"]


def _one_of(known: Callable[[], Iterable[str]]) -> AfterValidator:
    def check(name: str) -> str:
        # When it is asked: plugins may have added some.
        if name not in (names := [*known()]):
            raise ValueError(f"is none of {listed(names)}; correct its spelling")
        return name

    return AfterValidator(check)


Rule = Annotated[str, _one_of(lambda: (name for name, baseline in BASELINES.items() if baseline.rule))]
Strategy = Annotated[str, _one_of(lambda: STRATEGIES)]


def without(reserved: set[str]) -> AfterValidator:
    """Refuses a mapping that holds one of these keys, a truth value as a text, or what is no JSON."""

    def check(given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := sorted(reserved & given.keys()):
            raise ValueError(f"may not hold {taken[0]}, which follows from the judge's other keys; remove it")
        json.dumps(given, allow_nan=False)
        # In YAML `no` is a text, which counts as true in a chat template.
        for key, value in given.items():
            if str(value).lower() in ("yes", "no", "true", "false") and not isinstance(value, bool):
                raise ValueError(f"has the text {value!r} as {key}; write true or false, without quotation marks")
        return given

    return AfterValidator(check)
