"""What a model thinks before it answers, told from the answer: thoughts are no verdict, and no description."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from emoprefer_assets.judges.chat import ChatReply

# As most families, Exaone and Gemini, Seed, LongCat and MiniMax call it.
_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think", "longcat_think", "mm:think")
# Openings and closings, as model families write them: most of them; Gemma 4; Kimi; Mistral; Cohere; OpenThinker;
# Apertus; MedGemma; gpt-oss.
TAGS = (
    *((f"<{name}>", f"</{name}>") for name in _NAMES),
    ("<|channel>thought", "<channel|>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<unused94>thought", "<unused95>"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
    ("<|channel|>commentary<|message|>", "<|end|>"),
)
# Ends answers as well: alone it is no sign of a thought.
AMBIGUOUS = "<|end|>"
# What tags are made of where a vocabulary has control tokens for them.
TAG_TOKENS = frozenset(
    token for tag in TAGS for part in tag for token in re.findall(r"<[^<>]+>|\[[^]]+]|◁[^▷]+▷", part)
)
_THOUGHT = re.compile(
    "|".join(f"{re.escape(opening)}.*?(?:{re.escape(closing)}|$)" for opening, closing in TAGS),
    re.DOTALL | re.IGNORECASE,
)
# The opening stands in the prompt.
_LATER_PART = re.compile(
    "^.*(?:" + "|".join(re.escape(closing) for _, closing in TAGS if closing != AMBIGUOUS) + ")",
    re.DOTALL | re.IGNORECASE,
)
# Without tags: gpt-oss where a server leaves out control tokens, Granite 3.2, Apriel. Such words alone are no sign of a
# thought: those that end it have to follow.
_IN_WORDS = re.compile(
    r"^\s*(?:(?:assistant)?(?:analysis|commentary)(?=\S).*assistantfinal"
    r"|Here(?:'s| is) my thought process:.*Here(?:'s| is) my response:"
    r"|Here are my reasoning steps:.*\[BEGIN FINAL RESPONSE\])",
    re.DOTALL | re.IGNORECASE,
)
# What gpt-oss puts around an answer.
_AROUND = re.compile(
    r"^\s*(?:(?:(?:<\|start\|>)?assistant\s*)*<\|channel\|>final[^<]*(?:<\|constrain\|>\w+)?<\|message\|>\s*)+"
    r"|(?:<\|return\|>\s*)+$",
    re.IGNORECASE,
)


class Said(NamedTuple):
    """A generated text, taken apart.

    Attributes:
        thoughts: without their tags; "" where there are none.
        answer: the rest; "" where the thoughts did not come to an end.
    """

    thoughts: str
    answer: str


def without_thoughts(text: str) -> Said:
    """`text` taken apart; one without any tag comes back as it is.

    A thought without a closing tag was cut, and goes to the end; one without an opening tag, which then stands in the
    prompt, begins with the text.
    """
    thoughts = []

    def keep(found: re.Match[str]) -> str:
        thoughts.append(found[0])
        return ""

    answer = _AROUND.sub("", _IN_WORDS.sub(keep, _LATER_PART.sub(keep, _THOUGHT.sub(keep, text))))
    return Said("\n".join(_bare(thought) for thought in thoughts), answer.strip() if answer != text else text)


def taken_apart(reply: ChatReply) -> ChatReply:
    """`reply` with the answer alone as its text; thoughts in it join those that came apart from it."""
    thoughts, answer = without_thoughts(reply.text)
    if not thoughts and answer == reply.text:
        return reply
    return replace(reply, text=answer, thoughts="\n".join(filter(None, (reply.thoughts, thoughts))))


def open_tag(prompt: str) -> tuple[str, str] | None:
    """Opening and closing tag of the thought that a prompt ends in; None where it ends in none."""
    ending = prompt.rstrip().lower()
    return next((tag for tag in TAGS if ending.endswith(tag[0].lower())), None)


def _bare(thought: str) -> str:
    bare = thought
    for opening, closing in TAGS:
        bare = re.sub(f"^{re.escape(opening)}|{re.escape(closing)}$", "", bare, flags=re.IGNORECASE)
    return bare.strip()
