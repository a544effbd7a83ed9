"""Label Studio's export as JSON (https://labelstud.io/guide/export): a list of tasks with their annotations.

Its tables and JSON_MIN flatten annotations: what kind of result an answer is gets lost, and in some versions results
that belong to several texts, such as those of `Pairwise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.json_lines import json_objects
from emoprefer_assets.people.importers._face import (
    Found,
    Names,
    Said,
    name_of,
    number_of,
    texts_of,
    time_of,
)

REMEDY = "Export the project as JSON: CSV, TSV and JSON_MIN flatten votes, and may lose those between two texts."


def read_label_studio(file: Path, names: Names) -> Found:
    """The votes by `Pairwise` and `Choices`; a task's data hold the pair's name, or the two texts, or both."""
    if file.suffix.lower() in (".csv", ".tsv"):
        raise EmopreferError(f"{file}: a table. {REMEDY}")
    found = Found()
    for number, task in json_objects(file):
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(task.get("annotations"), list):
            raise EmopreferError(f"{file} entry {number}: no task with data and annotations. {REMEDY}")
        where = f"{file.name} task {name_of(task.get('id')) or f'number {number}'}"
        for annotation in task["annotations"]:
            if annotation.get("was_cancelled"):
                found.skipped["cancelled in Label Studio"] += 1
            else:
                _read(annotation, data, where, names, found)
    return found


def _read(annotation: Mapping[str, Any], data: Mapping[str, Any], where: str, names: Names, found: Found) -> None:
    by = annotation.get("completed_by")
    annotator = name_of(by.get("id") if isinstance(by, dict) else by)
    results = [result for result in annotation.get("result") or [] if isinstance(result, dict)]
    words = {
        str(word)
        for result in results
        if not names.questions or result.get("from_name") in names.questions
        for word in (*_value(result, "pairwise", "selected"), *_value(result, "choices", "choices"))
    }
    where = f"{where}, annotation {name_of(annotation.get('id')) or '?'}"
    if not words:
        found.skipped["without an answer"] += 1
    elif annotator is None:
        found.problems.append(f"{where}: nobody is named as who made it (`completed_by`). Remove it.")
    elif len(words) > 1:
        said = ", ".join(f'"{in_message(word)}"' for word in sorted(words))
        found.problems.append(f"{where}: several answers ({said}). Name the control that is the vote by --question.")
    else:
        reasons = [text for result in results for text in _value(result, "textarea", "text")]
        ratings = [number for result in results for number in _value(result, "rating", "rating")]
        found.said.append(
            Said(
                where,
                annotator,
                words.pop(),
                name_of(data.get(names.pair)),
                texts_of(data, names),
                [*data],
                number_of(annotation.get("lead_time")),
                number_of(ratings[0]) if ratings else None,
                " ".join(map(str, reasons)),
                time_of(annotation.get("created_at")),
            )
        )


def _value(result: Mapping[str, Any], kind: str, key: str) -> list[Any]:
    """What a result of this kind holds, as a list."""
    if result.get("type") != kind or not isinstance(result.get("value"), dict):
        return []
    value = result["value"].get(key)
    return value if isinstance(value, list) else [] if value is None else [value]
