"""Text from outside, made safe for where it is shown: one function a medium.

Everywhere, what nobody would see and what would be obeyed (control characters, characters that turn others around, lone
surrogates) shows as what it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence

# Of a name or value in a message.
SHOWN_CHARACTERS = 60
# What turns, hides or ends a line of text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# Spreadsheets run a cell that begins so; and where they take semicolons or bars for separators, one may begin behind.
_FORMULA = re.compile(r"(^|[;,|])(\s*)([=+\-@＝＋－＠])")
# What starts something within a cell: emphasis, code, links, HTML, formulas, a site generator's template, a new cell.
_MARKUP = re.compile(r"[\\`*_~\[\]<>&${}%|]|(?<=www)\.|:(?=//)", re.IGNORECASE)


def is_printable(text: str) -> bool:
    """Whether every character shows as itself; lines may end."""
    return text.replace("\n", "").isprintable()


def in_message(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """In one line of at most `limit` characters; escapes, as Python writes them, count as one."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return "".join(map(_escape, cut))


def in_lines(text: str) -> str:
    """A whole message, whose lines stay."""
    return "\n".join("".join(map(_escape, line)) for line in text.split("\n"))


def in_terminal(text: str) -> str:
    """In one line, with `?` for what cannot be shown."""
    return "".join(character if character.isprintable() else "?" for character in text)


def in_json(text: str) -> str:
    """JSON text that a terminal shows and does not obey: JSON needs no escape of C1 control characters, for one."""
    return "".join(
        character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1] for character in text
    )


def in_script(value: object) -> str:
    """JSON that can stand inside a <script> element whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def in_policy(text: str) -> str:
    """The source that a content security policy names an inline script or style sheet by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def on_page(text: str) -> str:
    """For a page in which templates escape HTML: what nobody would see as its code point."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text.replace("\r\n", "\n"))


def in_spreadsheet(text: str) -> str:
    """For a cell of a CSV: formulas are quoted."""
    return _FORMULA.sub(r"\1'\2\3", in_terminal(text))


def in_markdown(text: str) -> str:
    """For a cell of a Markdown table."""
    return _MARKUP.sub(r"\\\g<0>", in_terminal(text))


def listed(names: Sequence[str], most: int | None = None) -> str:
    """Names as a phrase: "a, b and c"; with `most`, "a, b and 3 more"; "none" where there is none."""
    shown = [*names]
    if most is not None and len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most:,} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else "none"


def _escape(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
