"""YAML files read strictly: errors name file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError


def load_yaml(file: Path, text: bytes, kind: Literal["rt", "safe"] = "safe") -> Any:
    """The content of `file`, which is `text`; with "rt", its mappings and lists know their lines.

    Raises:
        EmopreferError: it is no YAML.
    """
    try:
        return YAML(typ=kind).load(text)
    except (YAMLError, ValueError) as error:
        raise EmopreferError(f"{file}: not readable as YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise EmopreferError(f"{file}: not readable as YAML: nested too deeply. Write plain lists and keys.") from None


def in_words(problem: ErrorDetails, keys: list[str]) -> str:
    """What pydantic found wrong with the value behind `keys`, and what to do."""
    key = ".".join(keys)
    match problem["type"]:
        case "extra_forbidden":
            return f'unknown key "{key}". Remove it or correct its spelling.'
        case "missing":
            return f'key "{key}" is missing. Add it.'
        case "tuple_type" | "list_type":
            return f'key "{key}": write a list, in brackets (it is {briefly(problem["input"])}).'
        case _:
            said = problem["msg"].removeprefix("Value error, ")
            return f'key "{key}": {said} (it is {briefly(problem["input"])}).'


def briefly(value: Any) -> str:
    """A value of YAML, cut to what a message can hold."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple | set):
        return "a list"
    # Python refuses to write numbers of more digits out.
    text = f'"{value}"' if isinstance(value, str) else str(value) if not _is_vast(value) else "a vast number"
    return in_message(text)


def _is_vast(value: Any) -> bool:
    return isinstance(value, int) and value.bit_length() > 10_000
