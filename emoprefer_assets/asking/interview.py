"""Putting questions to models: through the ledger, clip by clip, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from emoprefer_assets.asking.questions import Question
from emoprefer_assets.errors import BudgetReached, JudgeUnavailable
from emoprefer_assets.judges import ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.judges.loading import models
from emoprefer_assets.media import AudioSampling, VideoSampling
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import Ledger

# A judge that fails so often in a row is taken for dead: the run goes on without it.
FAILURES_IN_A_ROW = 20
NOT_CALLED = "not in the ledger, and no call may be made"
NOBODY = ChatReply(key="", failure="no reply")


@dataclass
class Tally:
    """What an interview took.

    Attributes:
        calls: questions that were put to a model now, by step.
        from_ledger: answers of earlier runs that were used.
        failed: calls without an answer.
        tokens_in, tokens_out: of the calls.
        cost: in the currency of the registry's prices.
    """

    calls: dict[str, int] = field(default_factory=dict)
    from_ledger: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    @property
    def all_calls(self) -> int:
        """Calls of all steps."""
        return sum(self.calls.values())

    def add(self, step: str, calls: int, tokens_in: int, tokens_out: int, cost: float) -> None:
        """Count `calls` of a step with all their tokens and their cost together."""
        self.calls[step] = self.calls.get(step, 0) + calls
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.cost += cost


# What an interview took so far, and the calls that it will take.
Progress = Callable[[Tally, int], None]


class Interview:
    """Asks, and remembers the replies by the question's key."""

    calls_models = True

    def __init__(self, ledger: Ledger, settings: Settings, progress: Progress = lambda *_: None) -> None:
        self.tally = Tally()
        self.expected_calls = 0
        self._ledger = ledger
        self._settings = settings
        self._progress = progress
        self._replies: dict[str, ChatReply] = {}
        self._failures_in_a_row = 0

    def reply(self, question: Question) -> ChatReply:
        """What was replied, now or in an earlier run."""
        if question.problem:
            return ChatReply(key="", failure=question.problem)
        return self._replies.get(question.key, NOBODY)

    def lacks(self, questions: Iterable[Question]) -> bool:
        """Whether a call will be needed to answer them all."""
        return any(
            question.request and question.key not in self._replies and not self._ledger.answer(question.key)
            for question in questions
        )

    def put(self, asked: ModelJudge, questions: Iterable[Question]) -> None:
        """Make sure that the questions are answered, by a call only where the ledger has no answer.

        Raises:
            JudgeUnavailable: the model cannot be loaded or reached, or fails again and again.
            BudgetReached: the next call could exceed the budget.
        """
        missing: dict[str, Question] = {}
        for question in questions:
            if question.request is None or question.key in self._replies or question.key in missing:
                continue
            if recorded := self._ledger.answer(question.key):
                self._replies[question.key] = ChatReply(
                    question.key, recorded["text"], tuple(recorded["log_probabilities"])
                )
                self.tally.from_ledger += 1
            else:
                missing[question.key] = question
        if missing:
            self._send(asked, missing)

    def _send(self, asked: ModelJudge, missing: dict[str, Question]) -> None:
        if not self._settings.calls:
            self._replies |= {key: ChatReply(key, failure=NOT_CALLED) for key in missing}
            return
        backend = models.backend_of(asked, self._settings.models_dir)
        waiting = list(missing.values())
        while waiting:
            sent, waiting = self._affordable(asked, waiting)
            for batch in _batches(backend.answer([question.call for question in sent]), asked.durable_after):
                self._record(asked, [(missing[reply.key], reply) for reply in batch])

    def _affordable(self, asked: ModelJudge, waiting: list[Question]) -> tuple[list[Question], list[Question]]:
        """What may be sent now, and what has to wait until the true cost of that is known."""
        budget = self._settings.budget
        if budget is None or not (asked.price_in or asked.price_out):
            return waiting, []
        left = budget - self.tally.cost
        count, worst = 0, 0.0
        for question in waiting:
            worst += cost_of(asked, *estimated_tokens(question.call))
            if worst > left:
                break
            count += 1
        if not count:
            raise BudgetReached(
                f"{asked.where}: the budget of {budget:g} is reached: {self.tally.cost:.4g} of it is spent, and the "
                "next call could exceed it. All answers are kept: run again with a larger --budget to go on."
            )
        return waiting[:count], waiting[count:]

    def _record(self, asked: ModelJudge, batch: Sequence[tuple[Question, ChatReply]]) -> None:
        self._ledger.record([_entry(asked, question, reply) for question, reply in batch])
        for question, reply in batch:
            failed = bool(_failure(reply))
            self._replies[question.key] = ChatReply(
                reply.key, reply.text, reply.log_probabilities, failure=_failure(reply)
            )
            self.tally.add(
                question.step, 1, reply.tokens_in, reply.tokens_out, cost_of(asked, reply.tokens_in, reply.tokens_out)
            )
            self.tally.failed += failed
            self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        self._progress(self.tally, max(self.expected_calls, self.tally.all_calls))
        if self._failures_in_a_row >= FAILURES_IN_A_ROW:
            raise JudgeUnavailable(
                f"{asked.where}: {self._failures_in_a_row} calls in a row failed, the last with: "
                f"{_failure(batch[-1][1])}. What was answered is kept; run again when that is mended."
            )


class Rehearsal(Interview):
    """An interview without a call: it counts what would be asked, and estimates tokens and cost."""

    calls_models = False

    def _send(self, asked: ModelJudge, missing: dict[str, Question]) -> None:
        for key, question in missing.items():
            tokens = estimated_tokens(question.call)
            self.tally.add(question.step, 1, *tokens, cost_of(asked, *tokens))
            # Of the length that the real one may have, because other questions quote it.
            self._replies[key] = ChatReply(key, text="word " * question.call.max_new_tokens)


def estimated_tokens(request: ChatRequest) -> tuple[int, int]:
    """Prompt and reply tokens, rather too many than too few: two characters, or 28 x 28 pixels, or 40 ms a token."""
    tokens_in = 0.0
    for message in request.messages:
        for part in message.parts:
            match part:
                case str():
                    tokens_in += 8 + len(part) / 2
                case _ if isinstance(part.sampling, VideoSampling):
                    tokens_in += (part.sampling.frames or 30 * (part.sampling.fps or 0)) * (
                        part.sampling.max_side / 28
                    ) ** 2
                case _ if isinstance(part.sampling, AudioSampling):
                    tokens_in += 30 / 0.04
    return round(tokens_in), (len(request.options) and 2) or request.max_new_tokens


def cost_of(asked: ModelJudge, tokens_in: int, tokens_out: int) -> float:
    """Money for a call, by the registry's prices for a million tokens."""
    return (tokens_in * asked.price_in + tokens_out * asked.price_out) / 1e6


def _batches(replies: Iterator[ChatReply], size: int) -> Iterator[list[ChatReply]]:
    """`size` replies at a time, and before an error those that came ahead of it."""
    batch: list[ChatReply] = []
    try:
        for reply in replies:
            batch.append(reply)
            if len(batch) == size:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _failure(reply: ChatReply) -> str:
    return reply.failure or ("" if reply.log_probabilities or reply.text.strip() else "empty reply")


def _entry(asked: ModelJudge, question: Question, reply: ChatReply) -> dict[str, Any]:
    failure = _failure(reply)
    return asdict(reply) | {
        "answered": not failure,
        "failure": failure,
        "step": question.step,
        "asked": asked.name,
        "cost": cost_of(asked, reply.tokens_in, reply.tokens_out),
        "request": question.call.determinants(),
    }
