"""Which of the parameters that are sent an endpoint takes: learnt from its refusals, and kept."""

from __future__ import annotations

import re
from typing import Any

# The most that OpenAI gives; what a smaller number costs in exactness is an upper bound more.
TOP_LOGPROBS = 20
# Where a refusal names no number.
FEWER = 5
MOST_LEAST = 64
_UNKNOWN = re.compile(r"unsupported|not supported|unrecognized|unknown|not permitted|unexpected", re.IGNORECASE)
# As OpenAI's newer interface wants 16 at least, through whichever proxy.
_AT_LEAST = re.compile(r"max_\w*tokens.*(?:minimum|at least|>=)\D*(\d+)", re.IGNORECASE | re.DOTALL)
# A stream says how many tokens it took only where it is asked to.
STREAM = {"stream": True, "stream_options": {"include_usage": True}}
# As DashScope refuses an answer in one piece.
_ONLY_STREAMS = re.compile(
    r"\bonly supports? (?:the )?stream|\benable (?:the )?stream|\bstream\W+(?:must|should) be (?:set to )?true",
    re.IGNORECASE,
)


class Dialect:
    """What one endpoint is to be sent; greedy answers and scores do not depend on what is left out."""

    def __init__(self) -> None:
        self._length = "max_tokens"
        self._least = 1
        self._top_logprobs = TOP_LOGPROBS
        self._knows_seed = True
        self._streams = False

    def spoken(self, body: dict[str, Any], max_new_tokens: int) -> dict[str, Any]:
        """`body` as the endpoint takes it."""
        spoken = body | {self._length: max(max_new_tokens, self._least)}
        if "top_logprobs" in spoken:
            spoken["top_logprobs"] = self._top_logprobs
        if not self._knows_seed:
            spoken.pop("seed", None)
        if self._streams:
            # Beside the client's own parameters: it hands the events over whole then.
            spoken["extra_body"] = spoken.get("extra_body", {}) | STREAM
        return spoken

    def learn(self, sent: dict[str, Any], refusal: str) -> bool:
        """Whether the refusal of `sent` says how to ask otherwise; asked so is every later question."""
        unknown = names(refusal, "max_tokens") and _UNKNOWN.search(refusal)
        if "max_tokens" in sent and ("max_completion_tokens" in refusal or unknown):
            # OpenAI's newer models know the limit only by its newer name.
            self._length = "max_completion_tokens"
        elif (least := _AT_LEAST.search(refusal)) and sent[self._length] < int(least[1]) <= MOST_LEAST:
            self._least = int(least[1])
        elif sent.get("top_logprobs", 0) > 1 and names(refusal, "top_logprobs"):
            fewer = [number for number in map(int, re.findall(r"\d+", refusal)) if 0 < number < sent["top_logprobs"]]
            at_most = max(fewer, default=FEWER if sent["top_logprobs"] > FEWER else 1)
            self._top_logprobs = min(self._top_logprobs, at_most)
        elif "stream" not in sent.get("extra_body", {}) and _ONLY_STREAMS.search(refusal):
            self._streams = True
        elif "seed" in sent and names(refusal, "seed"):
            self._knows_seed = False
        else:
            return False
        return True


def names(refusal: str, parameter: str) -> bool:
    """Whether a refusal is about a parameter, and does not only quote a text that holds its name."""
    return bool(
        re.search(
            rf"[`'\"]{parameter}[`'\"]|^\W*{parameter}\W"
            rf"|\b{parameter}\b (?:parameter )?(?:is|are|does|do|cannot|must|may|and|only|not)\b"
            r"|\b(?:unsupported|supports?|supported|unrecognized|unknown|invalid|unexpected|request|requires|use|parameter)\b"
            rf"[\w :]{{0,40}}\b{parameter}\b",
            refusal,
            re.IGNORECASE,
        )
    )
