"""A chat completion as an OpenAI-compatible endpoint sends it, as far as it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, WrapValidator, model_validator

from emoprefer_assets.judges.openai._option_tokens import Position

# How a finish_reason begins; endpoints differ.
CUT = ("length", "max_", "model_length", "model_context", "context_length", "token_limit", "incomplete")
# Gemini's name the reason behind them, as in `content_filter: RECITATION`.
WITHHELD = (
    *("content_filter", "sensitive", "safety", "blocklist", "prohibited_content", "recitation", "spii"),
    *("refusal", "language", "guardrail", "image_safety"),
)
FAILED = ("error", "abort", "network_error", "insufficient_system_resource", "timeout", "cancel", "engine_overloaded")
# As DeepSeek, vLLM and Qwen call thoughts, as OpenRouter and newer vLLM do, Ollama, OpenRouter again, and LiteLLM.
THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks")
# A number beyond this is no count of one answer's tokens.
MOST_TOKENS = 10**9


class _TopToken(BaseModel):
    token: str
    # Some servers write null for a token that they did not score.
    logprob: float | None = None


class _ShownToken(_TopToken):
    top_logprobs: list[_TopToken] | None = None


class _LogProbabilities(BaseModel):
    content: list[_ShownToken] | None = None


def _words(given: object) -> str:
    """A text, however deep in parts it stands; "" where there is none."""
    match given:
        case str():
            # Half of a character, as JSON can have it, cannot be stored.
            return given.encode(errors="replace").decode()
        case list():
            return "".join(map(_words, given))
        case dict():
            return next(
                filter(None, (_words(given.get(name)) for name in ("text", "thinking", "summary", "refusal"))), ""
            )
    return ""


_Text = Annotated[str, BeforeValidator(_words)]


def _if_usable(given: object, validated: Callable[[object], Any]) -> Any:
    try:
        return validated(given)
    except ValueError:
        return None


class Message(BaseModel):
    """What is said, by its kind."""

    content: str = ""
    refusal: str = ""
    thoughts: str = ""

    @model_validator(mode="before")
    @classmethod
    def _by_kind(cls, given: object) -> dict[str, str]:
        """The content may come in parts, with refusals and thoughts among them."""
        message = given if isinstance(given, dict) else {}
        content = message.get("content")
        told = {"content": "", "refusal": _words(message.get("refusal")), "thoughts": ""}
        kinds = {"text": "content", "output_text": "content", "refusal": "refusal"}
        for part in content if isinstance(content, list) else [content]:
            kind = part.get("type", "text") if isinstance(part, dict) else "text"
            told[kinds.get(kind, "thoughts")] += _words(part)
        apart = (_words(message.get(name)) for name in THOUGHTS)
        return told | {"thoughts": next(filter(None, apart), told["thoughts"])}


class _Choice(BaseModel):
    message: Message = Message()
    finish_reason: _Text = ""
    # Some answer in the form of another API, whether they were asked or not.
    logprobs: Annotated[_LogProbabilities | None, WrapValidator(_if_usable)] = None


# Whatever an endpoint says of tokens, the answer beside it is one: what is no number of tokens counts as none.
def _count(given: object) -> int:
    try:
        number = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0
    return int(min(max(number, 0), MOST_TOKENS)) if number == number else 0


def _mapping(given: object) -> object:
    return given if isinstance(given, dict) else {}


_Count = Annotated[int, BeforeValidator(_count)]


class _PromptDetails(BaseModel):
    cached_tokens: _Count = 0


class _CompletionDetails(BaseModel):
    reasoning_tokens: _Count = 0


class _Usage(BaseModel):
    prompt_tokens: _Count = Field(0, validation_alias=AliasChoices("prompt_tokens", "input_tokens"))
    completion_tokens: _Count = Field(0, validation_alias=AliasChoices("completion_tokens", "output_tokens"))
    total_tokens: _Count = 0
    # As DeepSeek and Moonshot say it.
    prompt_cache_hit_tokens: _Count = 0
    cached_tokens: _Count = 0
    # As SGLang says it.
    reasoning_tokens: _Count = 0
    prompt_tokens_details: Annotated[_PromptDetails, BeforeValidator(_mapping)] = Field(
        _PromptDetails(), validation_alias=AliasChoices("prompt_tokens_details", "input_tokens_details")
    )
    completion_tokens_details: Annotated[_CompletionDetails, BeforeValidator(_mapping)] = Field(
        _CompletionDetails(), validation_alias=AliasChoices("completion_tokens_details", "output_tokens_details")
    )

    @property
    def beside(self) -> int:
        """Generated tokens that some endpoints count in the total alone: those of reasoning."""
        return max(self.total_tokens - self.prompt_tokens - self.completion_tokens, 0)


class Completion(BaseModel):
    """One answer, what it cost and, where asked for, the tokens it is made of."""

    choices: list[Annotated[_Choice, BeforeValidator(_mapping)]]
    model: _Text = ""
    usage: Annotated[_Usage, BeforeValidator(_mapping)] = _Usage.model_validate({})

    @property
    def text(self) -> str:
        return self.choices[0].message.content if self.choices else ""

    @property
    def thoughts(self) -> str:
        """What the model thought, where the endpoint tells it apart from the text."""
        return self.choices[0].message.thoughts if self.choices else ""

    @property
    def tokens_in(self) -> int:
        return self.usage.prompt_tokens

    @property
    def tokens_out(self) -> int:
        return self.usage.completion_tokens + self.usage.beside

    @property
    def tokens_cached(self) -> int:
        usage = self.usage
        named = (usage.prompt_tokens_details.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens)
        return min(max(named), self.tokens_in)

    @property
    def tokens_reasoning(self) -> int:
        # Where the total alone holds them, they may be named in the details as well.
        usage = self.usage
        named = max(usage.completion_tokens_details.reasoning_tokens, usage.reasoning_tokens, usage.beside)
        return min(named, self.tokens_out)

    @property
    def cut(self) -> bool:
        """Whether the text ends because it grew too long."""
        return self._ended_by.startswith(CUT)

    @property
    def why_no_answer(self) -> str:
        """Why the text must not pass for an answer, whatever it says; or ""."""
        if not self.choices:
            # As Gemini answers a prompt that its filter has blocked.
            return "refused: the endpoint blocked the prompt (it gave no choices)"
        if refusal := self.choices[0].message.refusal:
            return f"refused: {' '.join(refusal.split())[:200]}"
        if self._ended_by.startswith(WITHHELD):
            return "withheld by the endpoint's content filter"
        if self._ended_by.startswith(FAILED):
            return f'the endpoint broke off the answer (finish_reason "{self._ended_by}")'
        # Endpoints name the end of a whole answer in many ways, or not at all.
        return ""

    @property
    def positions(self) -> list[Position]:
        """The answer's tokens beside those that could have stood there; empty without log-probabilities."""
        given = self.choices[0].logprobs if self.choices else None
        positions = []
        for shown in (given and given.content) or []:
            likeliest = [(top.token, top.logprob) for top in shown.top_logprobs or [] if top.logprob is not None]
            if shown.logprob is not None and shown.token not in {token for token, _ in likeliest}:
                likeliest.append((shown.token, shown.logprob))
            positions.append(Position(shown.token, tuple(likeliest)))
        return positions

    @property
    def _ended_by(self) -> str:
        return self.choices[0].finish_reason.lower() if self.choices else ""
