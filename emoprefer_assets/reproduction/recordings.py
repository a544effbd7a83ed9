"""A folder of the paper's published outputs as a judge registry."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.recorded_files import prefix_of
from emoprefer_assets.judges.registry import RESERVED_NAMES

HEAD = "# Written by `emoprefer reproduce`, and written anew by the next one: edit a copy."
LONGEST_NAME = 64


def registry_of(folder: Path) -> tuple[str, list[str]]:
    """The judges that a folder of .npz files records, as the text of a registry.

    A judge is named as the model in its files' names, {model}-{input}-..., and stands beside what is published under
    that name.

    Returns:
        the text, and the names of .npz files that are not named as the reference implementation names its own.

    Raises:
        EmopreferError: no file is.
    """
    files = sorted(folder.glob("*.npz"))
    named = {file.name: prefix_of(file) for file in files}
    prefixes = sorted({prefix for prefix in named.values() if prefix is not None})
    if not prefixes:
        raise EmopreferError(
            f"{folder}: {'none of its .npz files is' if files else 'no .npz file there'} named as the paper's code "
            "names its outputs ({model}-{input}-{normal|cot-answer|cot-answer2|cot-answer3}-emoprefer[reverse][-{llm}]"
            "-round{N}.npz). Name the folder that holds them."
        )
    models = {prefix: prefix.rpartition("-")[0] or prefix for prefix in prefixes}
    shared = Counter(models.values())
    lines, taken = [HEAD, "judges:"], set(RESERVED_NAMES)
    for prefix, model in models.items():
        name = _free_name(model if shared[model] == 1 else prefix, taken)
        taken.add(name)
        # JSON is YAML, and quotes whatever a file's name may hold.
        entry = {
            "name": name,
            "backend": "replay",
            "path": str(folder.resolve()),
            "prefix": prefix,
            "published_as": model,
        }
        lines.append(f"  - {json.dumps(entry)}")
    return "\n".join(lines) + "\n", [name for name, prefix in named.items() if prefix is None]


def _free_name(wanted: str, taken: set[str]) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", wanted)[:LONGEST_NAME]
    plain = plain if plain[:1].isalnum() else f"judge{plain}"[:LONGEST_NAME]
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain[: LONGEST_NAME - 4]}_{number}"
    return name
