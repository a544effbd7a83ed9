"""Which answers the reference implementation's output files hold, by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emoprefer_assets.errors import EmopreferError

RecordedStrategy = Literal["s1", "s2", "s3", "s4"]
STRATEGY_OF: dict[str, RecordedStrategy] = {
    "normal": "s1",
    "cot-answer": "s2",
    "cot-answer2": "s3",
    "cot-answer3": "s4",
}
# The reference implementation names a file {model}-{input}-{step}-{data set}[reverse][-{llm}]-round{N}.npz
# (github.com/zeroQiaoba/AffectGPT, EmoPrefer).
_AFTER_PREFIX = re.compile(
    r"-(?P<step>normal|cot-answer[23]?)-(?P<data>[a-z0-9]+?)(?P<reverse>reverse)?(-(?P<llm>.+))?-round(?P<round>\d+)"
)
_WHOLE_NAME = re.compile(f"(?P<prefix>.+?){_AFTER_PREFIX.pattern}")


@dataclass(frozen=True)
class RecordedFile:
    """One strategy's answers in one order and round; `round` as the file's name says."""

    path: Path
    strategy: RecordedStrategy
    swapped: bool
    round: int


def prefix_of(file: Path) -> str | None:
    """{model}-{input} of a file named as the reference implementation names its outputs, or None."""
    match = _WHOLE_NAME.fullmatch(file.stem)
    return match["prefix"] if match else None


def recorded_files(folder: Path, prefix: str, where: str) -> list[RecordedFile]:
    """The files in `folder` whose names begin with `prefix`, by name.

    Args:
        where: the judge's place in the registry, for errors.

    Raises:
        EmopreferError: two files record the same.
    """
    found: dict[tuple[str, bool, int], RecordedFile] = {}
    for path in sorted(folder.glob("*.npz")):
        match = path.stem.startswith(f"{prefix}-") and _AFTER_PREFIX.fullmatch(path.stem.removeprefix(prefix))
        if not match:
            continue
        file = RecordedFile(path, STRATEGY_OF[match["step"]], bool(match["reverse"]), int(match["round"]))
        same = found.setdefault((file.strategy, file.swapped, file.round), file)
        if same != file:
            raise EmopreferError(
                f"{where}: {same.path.name} and {path.name} record the same strategy, order and round. "
                "Keep one external LLM and data set in the folder."
            )
    return list(found.values())
