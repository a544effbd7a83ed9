"""A chat completion as an OpenAI-compatible endpoint sends it, as far as it is used."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from emoprefer_assets.judges.openai._option_tokens import Position

# Of finish_reason; endpoints differ.
CUT = ("length", "max_tokens", "model_length")
WITHHELD = ("content_filter", "sensitive", "safety", "blocklist", "prohibited_content", "recitation", "spii")
FAILED = ("error",)
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


def _joined(given: object) -> object:
    """The text of an answer that comes in parts, without those that are thoughts."""
    if not isinstance(given, list):
        return given
    parts = [part for part in given if isinstance(part, dict) and part.get("type") in ("text", "output_text")]
    return "".join(str(part.get("text") or "") for part in parts)


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


_Text = Annotated[str, BeforeValidator(_text)]


class _Message(BaseModel):
    content: Annotated[str | None, BeforeValidator(_joined)] = None
    refusal: str | None = None
    # As DeepSeek, vLLM and Qwen name them, and as OpenRouter and newer vLLM do.
    reasoning_content: _Text = ""
    reasoning: _Text = ""


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _LogProbabilities | None = None


# Whatever an endpoint says of tokens, the answer beside it is one: what is no number of tokens counts as none.
def _count(given: object) -> int:
    return int(min(max(given, 0), MOST_TOKENS)) if isinstance(given, int | float) and given == given else 0


def _mapping(given: object) -> object:
    return given if isinstance(given, dict) else {}


_Count = Annotated[int, BeforeValidator(_count)]


class _PromptDetails(BaseModel):
    cached_tokens: _Count = 0


class _CompletionDetails(BaseModel):
    reasoning_tokens: _Count = 0


class _Usage(BaseModel):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0
    total_tokens: _Count = 0
    prompt_tokens_details: Annotated[_PromptDetails, BeforeValidator(_mapping)] = _PromptDetails()
    completion_tokens_details: Annotated[_CompletionDetails, BeforeValidator(_mapping)] = _CompletionDetails()

    @property
    def beside(self) -> int:
        """Generated tokens that some endpoints count in the total alone: those of reasoning."""
        return max(self.total_tokens - self.prompt_tokens - self.completion_tokens, 0)


class Completion(BaseModel):
    """One answer, what it cost and, where asked for, the tokens it is made of."""

    choices: list[_Choice]
    usage: Annotated[_Usage, BeforeValidator(_mapping)] = _Usage()

    @property
    def text(self) -> str:
        return (self.choices[0].message.content or "") if self.choices else ""

    @property
    def thoughts(self) -> str:
        """What the model thought, where the endpoint tells it apart from the text."""
        message = self.choices[0].message if self.choices else _Message()
        return message.reasoning_content or message.reasoning

    @property
    def tokens_in(self) -> int:
        return self.usage.prompt_tokens

    @property
    def tokens_out(self) -> int:
        return self.usage.completion_tokens + self.usage.beside

    @property
    def tokens_cached(self) -> int:
        return min(self.usage.prompt_tokens_details.cached_tokens, self.tokens_in)

    @property
    def tokens_reasoning(self) -> int:
        # Where the total alone holds them, they may be named in the details as well.
        named = max(self.usage.completion_tokens_details.reasoning_tokens, self.usage.beside)
        return min(named, self.tokens_out)

    @property
    def cut(self) -> bool:
        """Whether the text ends because it grew too long."""
        return self._ended_by in CUT

    @property
    def why_no_answer(self) -> str:
        """Why the text must not pass for an answer, whatever it says; or ""."""
        if not self.choices:
            # As Gemini answers a prompt that its filter has blocked.
            return "refused: the endpoint blocked the prompt (it gave no choices)"
        if refusal := self.choices[0].message.refusal:
            return f"refused: {' '.join(refusal.split())[:200]}"
        if self._ended_by in WITHHELD:
            return "withheld by the endpoint's content filter"
        if self._ended_by in FAILED:
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
        return (self.choices[0].finish_reason or "").lower() if self.choices else ""
