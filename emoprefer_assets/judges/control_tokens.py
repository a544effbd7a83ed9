"""Texts in which nothing reads as a control token: a description must not end the user's turn, or open another's."""

from __future__ import annotations

import re

# What families use; the vocabulary of a model behind a server is not known here.
_USUAL = re.compile(
    r"<\|[^<>\n]{1,40}>|<[^<>\n]{1,40}\|>|<｜[^<>\n]{1,40}｜>|◁[^◁▷\n]{1,20}▷|<<?/?sys>?>"
    r"|</?(?:s|bos|eos|pad|unk|mask|image|img|video|audio|think(?:ing)?|answer|(?:start|end)_of_(?:turn|image|audio)"
    r"|(?:image|audio)_soft_token|im_(?:start|end|patch)|vision_(?:start|end))>"
    r"|\[/?(?:inst|think|system_prompt|available_tools|img|img_end|gmask)\]",
    re.IGNORECASE,
)


def broken(text: str, tokens: re.Pattern[str] = _USUAL) -> str:
    """`text` with a blank behind the first letter of everything that `tokens` finds."""
    return tokens.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
