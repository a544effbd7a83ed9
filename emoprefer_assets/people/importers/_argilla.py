"""Argilla's records: `dataset.records(with_responses=True).to_list(flatten=True)`, or as its server sends them.

What `to_json` and `to_disk` write does not say which responses were submitted: drafts and discarded ones stand among
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emoprefer_assets.display import in_message, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.json_lines import json_objects
from emoprefer_assets.people.importers._face import Found, Names, Said, name_of, texts_of

END = ".responses"


def read_argilla(file: Path, names: Names) -> Found:
    """The submitted responses to one question; the pair is a field, metadata, or the record's own id."""
    found = Found()
    for number, record in _records(file):
        fields, given = _flat(file, number, record)
        where = f"{file.name} record {name_of(record.get('id')) or f'number {number}'}"
        questions = [name for name in given if not names.questions or name in names.questions]
        if len(questions) > 1:
            found.problems.append(
                f"{where}: several questions ({listed(questions, 5)}). Name the vote's by --question."
            )
            continue
        for user, status, value in given[questions[0]] if questions else ():
            if status != "submitted":
                found.skipped[f"{in_message(str(status))} in Argilla"] += 1
            elif (word := name_of(value)) is None:
                found.problems.append(
                    f"{where}: the answer of {in_message(user)} is not one word. Name another question."
                )
            else:
                pair = name_of(fields.get(names.pair))
                shown = texts_of(fields, names)
                if pair is None and shown is None:
                    pair = name_of(record.get("external_id") or record.get("id"))
                found.said.append(Said(where, user, word, pair, shown, [*fields]))
    return found


def _records(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, entry in json_objects(file):
        entries = entry["items"] if isinstance(entry, dict) and isinstance(entry.get("items"), list) else [entry]
        for record in entries:
            if not isinstance(record, dict):
                raise EmopreferError(f"{file} entry {number}: no record of Argilla. Export its records anew.")
            yield number, record


def _flat(
    file: Path, number: int, record: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[tuple[str, object, object]]]]:
    """A record's fields and metadata, and who gave which response to each question, with its status."""
    nested = record.get("responses")
    given: dict[str, list[tuple[str, object, object]]] = {}
    if isinstance(nested, list):
        for response in nested:
            for question, answer in (response.get("values") or {}).items():
                user = name_of(response.get("user_id")) or ""
                given.setdefault(question, []).append((user, response.get("status"), answer.get("value")))
        return {**(record.get("fields") or {}), **(record.get("metadata") or {})}, given
    if nested is not None:
        raise EmopreferError(
            f"{file} record {number}: it does not say which responses were submitted. Write a file of "
            "`dataset.records(with_responses=True).to_list(flatten=True)` with `json.dump`."
        )
    for key, values in record.items():
        if key.endswith(END) and values is not None:
            users, states = (record.get(f"{key}.{part}") or [] for part in ("users", "status"))
            if not isinstance(values, list) or not len(values) == len(users) == len(states):
                raise EmopreferError(
                    f"{file} record {number}: {in_message(key)} lacks users or status. Export it anew."
                )
            given[key.removesuffix(END)] = [
                (str(user), state, value) for user, state, value in zip(users, states, values, strict=True)
            ]
    return {key: value for key, value in record.items() if END not in key}, given
