"""Files of JSON, a list or a value a line, and what stands at a place in one of their values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emoprefer_assets.csv_tables import Unreadable, decoded
from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError


def json_objects(file: Path) -> Iterator[tuple[int, Any]]:
    """What a file of JSON holds, numbered from 1: the entries of its list, or its lines.

    Raises:
        EmopreferError: it is no JSON.
    """
    try:
        text = decoded(file.read_bytes())
    except Unreadable as error:
        raise EmopreferError(f"{file}: {error}") from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise EmopreferError(f"{file}: not JSON: {in_message(str(error))}. Export it anew.") from None
    else:
        yield from enumerate(whole if isinstance(whole, list) else [whole], start=1)
        return
    for number, line in lines:
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EmopreferError(f"{file} line {number}: not JSON: {in_message(str(error))}. Export it anew.") from None


def cell_at(value: Any, place: str) -> str | None:
    """What stands at a place, as a table's cell would have it; None where nothing does.

    Args:
        place: a key, or keys and places in lists with dots between them: `messages.-1.content`.

    Raises:
        ValueError: a list or an object stands there.
    """
    steps = [place] if isinstance(value, dict) and place in value else place.split(".")
    for step in steps:
        value = _within(value, step)
    if isinstance(value, list | dict):
        raise ValueError(f"a {'list' if isinstance(value, list) else 'object'}")
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _within(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.removeprefix("-").isdigit():
        place = int(step)
        return value[place] if -len(value) <= place < len(value) else None
    return None
