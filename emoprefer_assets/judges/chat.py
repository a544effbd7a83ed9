"""What a chat backend is asked, and what it replies: nothing here knows of pairs or strategies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from emoprefer_assets.media import Media

# Below this share of all probability the options are noise in the tail of another answer ("<think>", "The output").
LEAST_MASS = 1e-3
INSTEAD = "Set `read: reply`, or, of a model that thinks first, `chat_template_kwargs: {enable_thinking: false}`"


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
        temperature: 0 is greedy; None is the model's own, whatever that is.
        top_p: share of probability that sampling draws from.
        seed: of the sampling.
    """

    key: str
    messages: tuple[ChatMessage, ...]
    options: tuple[str, ...] = ()
    max_new_tokens: int = 512
    temperature: float | None = 0.0
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
        sampling = {"temperature": self.temperature, "top_p": self.top_p, "seed": self.seed}
        return asked | {"max_new_tokens": self.max_new_tokens} | (sampling if self.temperature != 0 else {})


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
        thoughts: what the model wrote before its answer, where that is known apart from the text.
        cut: whether the text ends because it grew too long.
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
    thoughts: str = ""
    cut: bool = False

    @property
    def p_options(self) -> float | None:
        """The share of all probability that the options hold together; None for text, and for a single option."""
        if len(self.log_probabilities) < 2:
            return None
        # Of a spelling that is not shown there is an upper bound.
        return min(sum(math.exp(value) for value in self.log_probabilities), 1.0)

    @property
    def problem(self) -> str:
        """Why the reply is no answer; "" where it is one."""
        if self.failure:
            return self.failure
        if self.p_options is not None and self.p_options < LEAST_MASS:
            held = f"the options hold {self.p_options:.1e} of the probability, less than {LEAST_MASS:g}"
            return f"{held}: the model would say something else. {INSTEAD}"
        if self.log_probabilities or self.text.strip():
            return ""
        if self.cut:
            return "empty reply (max_new_tokens was used up before an answer began). Raise max_new_tokens"
        # As servers do whose reasoning parser is not the model's.
        return (
            f"empty reply{' (all of it was told as thoughts: look at the reasoning parser)' if self.thoughts else ''}"
        )


class Backend(Protocol):
    """Answers chat requests, in any order, as the answers come.

    A request that cannot be answered gets a reply with a failure; an exception ends them all. Iterating over the
    requests may end before their number is reached: those that were not given are not to be answered.
    """

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]: ...
