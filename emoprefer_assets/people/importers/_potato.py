"""Potato's own record of an annotator, `annotation_output/<user>/user_state.json`.

A vote of its scheme `pairwise` is A, B or tie, and A is what was **shown** first. With `randomize_order` that is not
the first text of the data; `instance_id_to_presentation_order` says which one it was. Potato's tables lack that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.json_lines import json_objects
from emoprefer_assets.people.importers._face import Found, Names, Said, name_of, number_of, time_of

STATE = "user_state.json"
SIDES = {"A": "left", "B": "right", "tie": "same"}


def read_potato(file: Path, names: Names) -> Found:
    """The votes of one annotator, or of all in a folder; `names.tasks` is the data file that Potato showed."""
    states = sorted(file.glob(f"**/{STATE}")) if file.is_dir() else [file]
    if not states:
        raise EmopreferError(f"{file}: no {STATE} in it. Name Potato's folder annotation_output.")
    if wrong := [state for state in states if state.suffix.lower() != ".json"]:
        raise EmopreferError(
            f"{wrong[0]}: Potato's tables do not say which text was shown first. Name its folder annotation_output, "
            f"which has a {STATE} for each annotator."
        )
    if names.tasks is None:
        raise EmopreferError(
            f"{file}: {STATE} does not hold the texts. Name the data file that Potato showed by --tasks."
        )
    tasks = _tasks(names.tasks, names)
    found = Found()
    for state in states:
        for _, content in json_objects(state):
            _read(state, content, tasks, names, found)
    return found


def _read(
    state: Path, content: Any, tasks: Mapping[str, tuple[str | None, list[str]]], names: Names, found: Found
) -> None:
    labels = content.get("instance_id_to_label_to_value") if isinstance(content, dict) else None
    if not isinstance(labels, dict):
        raise EmopreferError(f"{state}: not a {STATE} of Potato. Name its folder annotation_output.")
    user = name_of(content.get("user_id")) or state.parent.name
    origin = content.get("origin") or {}
    orders = content.get("instance_id_to_presentation_order") or {}
    behaviour = content.get("instance_id_to_behavioral_data") or {}
    for instance, given in labels.items():
        where = f"{state.parent.name}/{state.name} instance {in_message(instance)}"
        votes = [
            (label["schema"], str(value))
            for label, value in given
            if (label["schema"] in names.questions if names.questions else value in SIDES)
            and label["name"] == "selection"
        ]
        if not votes:
            found.skipped["without an answer"] += 1
        # Potato's own rule: no origin is a person, and any that is not called human is none.
        elif origin and origin.get("kind") != "human":
            found.skipped["by a machine"] += 1
        elif len(votes) > 1:
            schemas = ", ".join(sorted(schema for schema, _ in votes))
            found.problems.append(f"{where}: several schemes ({in_message(schemas)}). Name the vote's by --question.")
        elif instance not in tasks:
            found.problems.append(f"{where}: not in {names.tasks}. Name the data file that Potato showed by --tasks.")
        else:
            ((schema, value),) = votes
            order = [name_of(place) for place in (orders.get(instance) or {}).get(schema) or (0, 1)]
            if sorted(map(str, order)) != ["0", "1"]:
                found.problems.append(f"{where}: the order shown is {in_message(str(order))}, not one of two texts.")
                continue
            pair, texts = tasks[instance]
            first, second = (texts[int(str(place))] for place in order)
            took = behaviour.get(instance) or {}
            milliseconds = number_of(took.get("total_time_ms"))
            found.said.append(
                Said(
                    where,
                    user,
                    SIDES.get(value, value),
                    pair,
                    (first, second),
                    seconds=milliseconds / 1000 if milliseconds else None,
                    at=time_of(took.get("session_end") or took.get("session_start")),
                )
            )


def _tasks(file: Path, names: Names) -> dict[str, tuple[str | None, list[str]]]:
    """The pair's name, where it is there, and the two texts in the order of the data, by the instance's id.

    Potato's items are a list of two under one key, which is the only list of two texts that they have.
    """
    tasks = {}
    for number, item in json_objects(file):
        key = name_of(item.get("id")) if isinstance(item, dict) else None
        lists = [value for value in item.values() if _two_texts(value)] if isinstance(item, dict) else []
        if key is None or len(lists) != 1:
            raise EmopreferError(
                f'{file} entry {number}: needs "id" and one list of two texts, as Potato\'s pairwise items have.'
            )
        tasks[key] = name_of(item.get(names.pair)), lists[0]
    return tasks


def _two_texts(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(text, str) for text in value)
