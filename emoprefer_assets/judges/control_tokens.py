"""Texts in which nothing reads as a control token: a description must not end the user's turn, or open another's."""

from __future__ import annotations

import re

# What families use; the vocabulary of a model behind a server is not known here.
_USUAL = re.compile(
    r"[<＜][|｜][^<>＜＞\n]{1,40}[>＞]|[<＜][^<>＜＞\n]{1,40}[|｜][>＞]|◁[^◁▷\n]{1,20}▷|<<?/?sys>?>"
    r"|</?(?:s|(?:bos|eos|pad|unk|mask|sep|cls)(?:_token)?|sop|eop|eot|eod|role|longcat_\w+"
    r"|image|img|video|audio|think(?:ing)?|answer|用户|(?:unused|loc)\d+"
    r"|(?:start|end|beginning)_of_\w+|\w+_soft_token|(?:im|img|vision|tool|fake|extra|special|reserved|row)_\w+"
    r"|seed:\w+|(?:image|video|speech)here)>"
    r"|\[/?(?:inst|think|system_prompt|available_tools|tool_\w+|img(?:_\w+)?|begin_audio|model_settings|[gs]?mask|bos|eos"
    r"|eot)\]|\[\|[^\[\]\n]{1,40}\|\]|\]~!?b[\[\]]|\[e~\[",
    re.IGNORECASE,
)


def broken(text: str, tokens: re.Pattern[str] = _USUAL) -> str:
    """`text` with a blank behind the first letter of everything that `tokens` finds."""
    return tokens.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
