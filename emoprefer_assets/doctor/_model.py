"""What an examination finds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from emoprefer_assets.errors import EmopreferError

State = Literal["ok", "warning", "problem"]
OK: State = "ok"
WARNING: State = "warning"
PROBLEM: State = "problem"
# Errors of this project say what is wrong, where, and then, in sentences of their own, what to do.
_SENTENCE_END = re.compile(r"(?<=[.!?)\"]) (?=[A-Z])")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: of the thing.
        state: `problem` where an evaluation, or a judge of it, cannot work; `warning` where it may not.
        what: was found, in words.
        mend: what to do about it; "" where nothing is to be done.
    """

    name: str
    state: State
    what: str
    mend: str = ""


def finding_of(name: str, error: EmopreferError, state: State = PROBLEM) -> Finding:
    """What an error says, with its last sentences as the mend."""
    what, *mend = _SENTENCE_END.split(str(error), maxsplit=1)
    return Finding(name, state, what.removesuffix("."), mend[0] if mend else "Mend that, and look again.")


def findings_of(name: str, error: EmopreferError) -> list[Finding]:
    """The problems that an error names, one a line."""
    return [finding_of(name, EmopreferError(line)) for line in str(error).splitlines()]


def size(count: float) -> str:
    """Bytes for people."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
