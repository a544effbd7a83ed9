"""Text from outside made fit to be shown, and numbers made text."""

from __future__ import annotations

import json
import re

import pandas as pd

NAME_LENGTH = 60
# What turns, hides or ends a line of text: control characters, bidirectional controls, lone surrogates.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
NOTHING = "–"


def visible(text: str) -> str:
    """`text` with each character that nobody would see, or that would turn others around, as its code point."""
    return UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text.replace("\r\n", "\n"))


def short(name: str, length: int = NAME_LENGTH) -> str:
    """A name fit for a table or an axis; of a longer one, its beginning and how long it is."""
    return name if len(name) <= length else f"{name[:length]}… ({len(name):,} characters)"


def json_block(value: object) -> str:
    """JSON that can stand inside a <script> element whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def number(value: float | None, digits: int = 0, sign: bool = False) -> str:
    """A number with thousands apart and `digits` decimals; with `sign`, + too. `NOTHING` for null or nan."""
    if value is None or pd.isna(value):
        return NOTHING
    return f"{value:{'+' if sign else ''},.{digits}f}".replace("-", "−")


def span(low: float | None, high: float | None, digits: int = 1, sign: bool = False) -> str:
    """An interval as "low to high"; `NOTHING` where there is none."""
    if low is None or pd.isna(low):
        return NOTHING
    return f"{number(low, digits, sign)} to {number(high, digits, sign)}"


def share(part: float, whole: float) -> str:
    """`part` of `whole` in whole percent; `NOTHING` of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else NOTHING


def listed(names: list[str]) -> str:
    """Names as a phrase: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
