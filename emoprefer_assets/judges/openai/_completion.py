"""A chat completion as an OpenAI-compatible endpoint sends it, as far as it is used."""

from __future__ import annotations

from pydantic import BaseModel, Field

from emoprefer_assets.judges.openai._option_tokens import Position

# Of finish_reason; endpoints differ.
COMPLETE = ("stop", "eos", "eos_token", "end_turn", "stop_sequence")
CUT = ("length", "max_tokens")


class _TopToken(BaseModel):
    token: str
    logprob: float


class _ShownToken(_TopToken):
    top_logprobs: list[_TopToken] | None = None


class _LogProbabilities(BaseModel):
    content: list[_ShownToken] | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _LogProbabilities | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Completion(BaseModel):
    """One answer, what it cost and, where asked for, the tokens it is made of."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None

    @property
    def text(self) -> str:
        return self.choices[0].message.content or ""

    @property
    def tokens_in(self) -> int:
        return (self.usage and self.usage.prompt_tokens) or 0

    @property
    def tokens_out(self) -> int:
        return (self.usage and self.usage.completion_tokens) or 0

    @property
    def cut(self) -> bool:
        """Whether the text ends because it grew too long."""
        return self._ended_by in CUT

    @property
    def why_no_answer(self) -> str:
        """Why the text must not pass for an answer, whatever it says; or ""."""
        if refusal := self.choices[0].message.refusal:
            return f"refused: {' '.join(refusal.split())[:200]}"
        if self._ended_by == "content_filter":
            return "withheld by the endpoint's content filter"
        if self._ended_by not in COMPLETE + CUT:
            return f'the answer ended for an unknown reason (finish_reason "{self._ended_by[:40]}")'
        return ""

    @property
    def positions(self) -> list[Position]:
        """The answer's tokens beside those that could have stood there; empty without log-probabilities."""
        given = self.choices[0].logprobs
        positions = []
        for shown in (given and given.content) or []:
            likeliest = [(top.token, top.logprob) for top in shown.top_logprobs or []]
            if shown.token not in {token for token, _ in likeliest}:
                likeliest.append((shown.token, shown.logprob))
            positions.append(Position(shown.token, tuple(likeliest)))
        return positions

    @property
    def _ended_by(self) -> str:
        return (self.choices[0].finish_reason or "").lower()
