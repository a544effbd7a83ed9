"""What a chat backend is asked, and what it replies: nothing here knows of pairs or strategies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emoprefer_assets.media import Media


@dataclass(frozen=True)
class ChatMessage:
    """One message: media and texts, in order."""

    role: str
    parts: tuple[str | Media, ...]

    def determinants(self) -> dict[str, Any]:
        """What in the message determines the answer; of media, their content and how they are taken."""
        parts = [part.determinants() if isinstance(part, Media) else part for part in self.parts]
        return {"role": self.role, "parts": parts}


@dataclass(frozen=True)
class ChatRequest:
    """One question.

    Attributes:
        key: names the question among its like; replies carry it back.
        messages: what is said, the media first and whatever differs between questions last.
        options: where given, the reply is the log-probability of each option as the whole answer's beginning;
            otherwise the reply is generated text.
        max_new_tokens: longest generated reply.
        temperature: 0 is greedy.
        top_p: share of probability that sampling draws from.
        seed: of the sampling.
    """

    key: str
    messages: tuple[ChatMessage, ...]
    options: tuple[str, ...] = ()
    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    @property
    def media(self) -> tuple[Media, ...]:
        """All media of all messages, in order."""
        return tuple(part for message in self.messages for part in message.parts if isinstance(part, Media))

    def determinants(self) -> dict[str, Any]:
        """What in the request determines the answer: greedy and scored answers are the same in every round."""
        asked = {"messages": [message.determinants() for message in self.messages]}
        if self.options:
            return asked | {"options": self.options}
        sampling = {"temperature": self.temperature, "top_p": self.top_p, "seed": self.seed} if self.temperature else {}
        return asked | {"max_new_tokens": self.max_new_tokens} | sampling


@dataclass(frozen=True)
class ChatReply:
    """One answer, or the reason why there is none.

    Attributes:
        key: of the request.
        text: the generated reply; "" where options were scored.
        log_probabilities: natural log-probability of each option, in the request's order; empty for text.
        tokens_in: prompt tokens.
        tokens_out: generated tokens.
        seconds: of model time, shared evenly over the batch.
        failure: why there is no answer, or "".
        tokens_cached: prompt tokens that the endpoint had cached, of `tokens_in`.
        tokens_reasoning: generated tokens that are no part of the text, of `tokens_out`.
    """

    key: str
    text: str = ""
    log_probabilities: tuple[float, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    failure: str = ""
    tokens_cached: int = 0
    tokens_reasoning: int = 0


class Backend(Protocol):
    """Answers chat requests, in any order, as the answers come.

    A request that cannot be answered gets a reply with a failure; an exception ends them all. Iterating over the
    requests may end before their number is reached: those that were not given are not to be answered.
    """

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]: ...
