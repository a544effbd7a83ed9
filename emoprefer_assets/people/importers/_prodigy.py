"""Prodigy's JSON lines, as `prodigy db-out` writes them, of its interface `choice` (https://prodi.gy/docs/api-interfaces).

Options show the texts, in the order of the list; which option is chosen says whose text was preferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.json_lines import json_objects
from emoprefer_assets.people.importers._face import Found, Names, Said, name_of, time_of

# What a session is called that nobody gave a name.
_UNNAMED = re.compile(r"(.*-)?\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")


def read_prodigy(file: Path, names: Names) -> Found:
    """The accepted answers. The first two options are the texts; further ones, such as a tie, are words."""
    found = Found()
    for number, task in json_objects(file):
        where = f"{file.name} line {number}"
        options = task.get("options") if isinstance(task, dict) else None
        if not isinstance(options, list) or len(options) < 2 or not all(isinstance(one, dict) for one in options):
            raise EmopreferError(f"{file} line {number}: no task of the interface `choice` with the texts as options.")
        if len({name_of(option.get("id")) for option in options}) < len(options):
            raise EmopreferError(f"{file} line {number}: two options have the same id. Correct or remove the task.")
        if task.get("answer") != "accept":
            found.skipped[f"{in_message(str(task.get('answer')))} in Prodigy"] += 1
            continue
        chosen = task.get("accept") or []
        annotator = name_of(task.get("_annotator_id") or task.get("_session_id"))
        if not chosen:
            found.skipped["without an answer"] += 1
        elif len(chosen) > 1:
            found.problems.append(f"{where}: several options are chosen. Correct or remove it.")
        elif annotator is None or (_UNNAMED.fullmatch(annotator) and annotator not in names.people):
            who = f'annotator "{in_message(annotator)}" is a session without a name' if annotator else "no annotator"
            found.problems.append(f"{where}: {who}. Say who it was by --person {in_message(annotator or 'ID')}=NAME.")
        else:
            found.said.append(_said(where, annotator, task, options, chosen[0], names))
    return found


def _said(
    where: str, annotator: str, task: Mapping[str, Any], options: list[Any], chosen: object, names: Names
) -> Said:
    fields = {**(task.get("meta") or {}), **task}
    first, second = (str(option.get("text", "")) for option in options[:2])
    sides = {name_of(option.get("id")): side for option, side in zip(options, ("left", "right"), strict=False)}
    word = name_of(chosen) or ""
    return Said(
        where,
        annotator,
        sides.get(word, word),
        name_of(fields.get(names.pair)),
        (first, second),
        [*fields],
        at=time_of(task.get("_timestamp")),
    )
