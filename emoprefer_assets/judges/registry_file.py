"""Reading `judges.yaml`, strictly."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from emoprefer_assets.display import SHOWN_CHARACTERS
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.registry import RESERVED_NAMES, Judge, ModelJudge, Registry, ReplayJudge, RulesJudge
from emoprefer_assets.plugins import BACKENDS
from emoprefer_assets.yaml_files import briefly, in_words, load_yaml

# They hold what models and endpoints take, nested; so much of it.
_NESTED = ("chat_template_kwargs", "extra_body", "columns", "verdicts")
MOST_NESTED = 200
# What is wrong with them may be that they hold the key.
_NEVER_SHOWN = ("key_variable", "base_url")


@cache
def _judge() -> TypeAdapter[Judge]:
    """Reads an entry, by the class that its backend has."""
    entries = (RulesJudge, ReplayJudge, *(served.entry for served in BACKENDS.values()))
    of_backends: Any = Annotated[Union[entries], Field(discriminator="backend")]  # noqa: UP007
    return TypeAdapter(of_backends)


def read_registry(file: Path) -> Registry:
    """Read and validate a registry.

    Raises:
        EmopreferError: names the line and the judge.
    """
    try:
        text = file.read_bytes()
    except OSError:
        raise EmopreferError(f"{file}: no judge registry there. Set EMOPREFER_JUDGES to one.") from None
    return _registry(file, text)


# Every table asks for it, and a long one takes a second to read.
@lru_cache(maxsize=4)
def _registry(file: Path, text: bytes) -> Registry:
    content = load_yaml(file, text, "rt")
    entries = content.get("judges") if isinstance(content, CommentedMap) else None
    if not isinstance(entries, CommentedSeq) or set(content) != {"judges"}:
        raise EmopreferError(f"{file}: expected one key `judges:` with a list of judges.")
    judges: list[Judge] = []
    lines: dict[str, int] = {}
    for position, entry in enumerate(entries):
        line = entries.lc.item(position)[0] + 1
        judge = _read_entry(file, line, entry)
        where, folded = f'{file.name} line {line}, judge "{judge.name}"', judge.name.lower()
        if folded in lines:
            raise EmopreferError(
                f"{where}: the name is taken on line {lines[folded]}. "
                "Give each judge its own name (upper and lower case do not count)."
            )
        if folded in RESERVED_NAMES:
            raise EmopreferError(f"{where}: the name is reserved. Use another.")
        lines[folded] = line
        judges.append(judge)
    _check_externals(judges)
    return Registry(file, tuple(judges))


def _check_externals(judges: list[Judge]) -> None:
    by_name = {judge.name: judge for judge in judges}
    for judge in judges:
        if not isinstance(judge, ModelJudge) or judge.external is None:
            continue
        name = judge.external
        external = by_name.get(name)
        if not isinstance(external, ModelJudge) or external.inputs:
            known = [other.name for other in judges if isinstance(other, ModelJudge) and not other.inputs]
            raise EmopreferError(
                f'{judge.where}: key "external": "{name}" is not a language model without inputs in this registry. '
                f"Known: {', '.join(known) or 'none'}."
            )
        judge._external_writes = external.writes


def _read_entry(file: Path, line: int, entry: Any) -> Judge:
    name = entry.get("name") if isinstance(entry, CommentedMap) else None
    name = name[:SHOWN_CHARACTERS] if isinstance(name, str) else "?"
    if isinstance(entry, CommentedMap):
        _refuse_nested(f'{file.name} line {line}, judge "{name}"', entry)
    try:
        judge = _judge().validate_python(_plain(entry))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        # Of a key that takes several kinds of values, pydantic names the function that checks one.
        keys = [part for part in map(str, problem["loc"][1:]) if "(" not in part]
        key_line = entry.lc.key(keys[0])[0] + 1 if keys and keys[0] in entry else line
        raise EmopreferError(f'{file.name} line {key_line}, judge "{name}": {_in_words(problem, keys)}') from None
    judge._file, judge._line = file.resolve(), line
    return judge


def _refuse_nested(where: str, entry: CommentedMap) -> None:
    """Few keys take more than a list of values; and a few aliases can stand for a list of a billion, which
    validation would write out."""
    for key, value in entry.items():
        if key in _NESTED:
            if not _is_small(value):
                raise EmopreferError(f"{where}: key {briefly(key)} holds more than {MOST_NESTED} values. Shorten it.")
            continue
        within = value if isinstance(value, list) else ()
        if isinstance(value, dict | set) or any(isinstance(inner, list | dict | set) for inner in within):
            raise EmopreferError(
                f"{where}: key {briefly(key)} holds more than values. Write one value, or a list of values."
            )
    if isinstance(entry.get("backend"), list):
        raise EmopreferError(f'{where}: key "backend" is a list. Write one value.')


def _is_small(value: Any) -> bool:
    waiting, seen = [value], 0
    while waiting:
        seen += 1
        if seen > MOST_NESTED:
            return False
        inner = waiting.pop()
        waiting += inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list | set) else []
    return True


def _plain(value: Any) -> Any:
    """Mappings and lists without the comments and places that the YAML reader keeps in them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _in_words(problem: ErrorDetails, keys: list[str]) -> str:
    key = ".".join(keys)
    match problem["type"]:
        case "union_tag_not_found":
            return 'key "backend" is missing. Add it.'
        case "union_tag_invalid":
            return f"unknown backend {briefly(problem['input']['backend'])}. Known: {problem['ctx']['expected_tags']}."
        case "extra_forbidden" | "missing":
            return in_words(problem, keys)
        case _ if not keys or keys[0] in _NEVER_SHOWN:
            where = f'key "{key}": ' if key else ""
            return f"{where}{problem['msg'].removeprefix('Value error, ')}."
        case _:
            return in_words(problem, keys)
