"""From an answer to a verdict, in the frame of the question."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emoprefer_assets.judges.chat import ChatReply
from emoprefer_assets.judges.thoughts import without_thoughts

_OPTION = re.compile("a1|a2|same")
# What models that are told to think first put around their answer (HumanOmniV2, Keye, LLaVA-CoT, Granite).
_ANSWER = re.compile(r"<(answer|conclusion|response)>(.*?)(?:</\1>|$)", re.DOTALL | re.IGNORECASE)

_MARKUP = re.compile(r"[*_`~\"'“”‘’#<>\[\](){}$|\\]|boxed")
_NAMED = re.compile(r"(?<![a-z0-9])(?:a ?[12]|same)(?![a-z0-9])")
_WHOLE = re.compile(
    r"(?:(?:the )?(?:final )?(?:answer|output|verdict|choice|答案|结论)\s*(?:is|是|为)?\s*[:：]?\s*)?(a ?[12]|same)"
)
_CONCLUDED = re.compile(
    r"(?:answer|output|verdict|choice|conclusion|choose|prefer|select|pick|答案|选择|结论|选)"
    r"(?:\s*(?:is|would be|should be|是|为))?\s*[:：]?\s*(?:description )?(a ?[12]|same)(?![a-z0-9])"
    r"(?!\s*(?:,|or|/|和|或|、)\s*(?:a ?[12]|same))"
)
_PREFERRED = re.compile(
    r"(a ?[12])\W*(?:(?:description|it|this|更|clearly|much|slightly|is|fits|describes|matches|agrees|the)\s*)*"
    r"(?:better|more accurate|more precise|best|superior|更好|更准确|更贴切)"
)
_REJECTED = re.compile(
    r"(?<![a-z])(?:not|nor|isn t|rather than|instead of|than|over|worse is|不是|而不是)\s*(?:description )?"
    r"(?:a ?[12])(?![a-z0-9])"
)
_EQUAL = re.compile(
    r"\bneither\b|\bboth (?:descriptions |are |fit )*(?:equally|the same)|\bequally (?:good|well|bad|accurate)"
    r"|\bno (?:clear )?(?:difference|preference|winner)\b|\b(?:it s|it is|is|a) (?:a )?(?:tie|draw)\b"
    r"|^\W*(?:tie|draw|equal)\W*$"
    r"|相同|一样|不相上下|没有区别|难分|同样好|都不"
)


@dataclass(frozen=True)
class Reading:
    """A verdict and, where the judge gave them, the probabilities of the three options.

    Attributes:
        verdict: by the paper's rule.
        strict_verdict: of a reply, by the stricter reader; None where no reply was read.
    """

    verdict: str
    p_a1: float | None = None
    p_a2: float | None = None
    p_same: float | None = None
    strict_verdict: str | None = None

    def unswapped(self) -> Reading:
        """The same reading in the pair's own frame, where a1 and a2 were exchanged in the question."""
        other = {"a1": "a2", "a2": "a1"}
        return replace(
            self,
            verdict=other.get(self.verdict, self.verdict),
            p_a1=self.p_a2,
            p_a2=self.p_a1,
            strict_verdict=self.strict_verdict and other.get(self.strict_verdict, self.strict_verdict),
        )


def read_answer(replies: Sequence[ChatReply]) -> Reading:
    """The verdict of the one reply to a question: by its log-probabilities where it has any, else by its text.

    A text that was cut at the token limit decides nothing: what it says first need not be what it would have come to.
    """
    (reply,) = replies
    if reply.log_probabilities:
        return read_options(reply.log_probabilities)
    if reply.cut:
        return Reading("unparsed", strict_verdict="unparsed")
    # Beside thoughts, what stands outside of a marked answer led to it as well.
    marked = _ANSWER.findall(reply.text) if reply.thoughts else []
    return read_reply(marked[-1][1] if marked else reply.text)


def read_reply(text: str) -> Reading:
    """The first of a1, a2, same in the lower-cased reply (the paper's rule), else `unparsed`; and the strict verdict.

    Thoughts are no part of the reply. The paper's own scoring counts a reply that names none of them as same; the
    metrics do that, not the reader.
    """
    answer = without_thoughts(text).answer
    found = _OPTION.search(answer.lower())
    return Reading(found.group() if found else "unparsed", strict_verdict=read_strictly(answer))


def read_strictly(text: str) -> str:
    """What a careful person takes a reply to say: a1, a2, same, or unparsed where it does not decide.

    An option must be a word of its own, the last stated conclusion wins, and a reply that names both descriptions
    without a conclusion, or echoes the question, is unparsed.
    """
    said = unicodedata.normalize("NFKC", text).lower()
    said = " ".join(_MARKUP.sub(" ", said).split()).strip(" .,:;!?。，！：")
    if whole := _WHOLE.fullmatch(said):
        return _option(whole.group(1))
    concluded = [_option(found) for found in _CONCLUDED.findall(said)]
    if concluded:
        return concluded[-1]
    preferred = {_option(found) for found in _PREFERRED.findall(said)}
    if len(preferred) == 1:
        return preferred.pop()
    if _EQUAL.search(said):
        return "same"
    named = {_option(found) for found in _NAMED.findall(_REJECTED.sub(" ", said))}
    # In a sentence "same" is mostly an adjective: alone it decides only where it is the whole reply, or nearly so.
    if named == {"same"}:
        return "same" if len(said.split()) <= 6 else "unparsed"
    named.discard("same")
    return named.pop() if len(named) == 1 else "unparsed"


def read_options(log_probabilities: Sequence[float]) -> Reading:
    """The likeliest of a1, a2, same; probabilities are normalised over the three.

    Args:
        log_probabilities: natural, of a1, a2 and same in this order.
    """
    highest = max(log_probabilities)
    weights = [math.exp(value - highest) for value in log_probabilities]
    total = sum(weights)
    p_a1, p_a2, p_same = (weight / total for weight in weights)
    if p_same > max(p_a1, p_a2) or p_a1 == p_a2:
        return Reading("same", p_a1, p_a2, p_same)
    return Reading("a1" if p_a1 > p_a2 else "a2", p_a1, p_a2, p_same)


def read_information(information1: float, information2: float) -> Reading:
    """The description that says more about the clip; probabilities are the odds of the two.

    Args:
        information1: log p(a1 | clip) - log p(a1 | no clip), natural: pointwise mutual information.
        information2: the same of a2.
    """
    margin = information1 - information2
    p_a1 = 1 / (1 + math.exp(-margin)) if margin > -700 else 0.0
    verdict = "same" if margin == 0 else "a1" if margin > 0 else "a2"
    return Reading(verdict, p_a1, 1 - p_a1, 0.0)


def _option(found: str) -> str:
    return found.replace(" ", "")
