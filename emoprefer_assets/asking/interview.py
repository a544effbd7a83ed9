"""Putting questions to models: through the call cache, within the budget, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property, partial
from typing import Any, overload

from emoprefer_assets.asking.questions import Question
from emoprefer_assets.errors import BudgetReached, JudgeUnavailable
from emoprefer_assets.judges import Backend, ChatReply, ChatRequest, ModelJudge
from emoprefer_assets.judges.loading import models
from emoprefer_assets.judges.prices import cost_of
from emoprefer_assets.judges.thoughts import taken_apart
from emoprefer_assets.settings import Settings
from emoprefer_assets.spending import Spending
from emoprefer_assets.store import CallCache
from emoprefer_assets.strategies import ALL
from emoprefer_assets.tally import Progress, Tally

# A judge that fails so often in a row is taken for dead: the run goes on without it.
FAILURES_IN_A_ROW = 20
# A verdict is one word, and some models put a sentence around it.
VERDICT_TOKENS = 32
_VERDICTS = {strategy.step.name for strategy in ALL.values() if not strategy.step.generates}
NOT_CALLED = "not in the call cache, and no call may be made"


class Interview:
    """One judge, and its external model, asked in one run.

    Attributes:
        tally: of this interview; `total` is the run's, over all interviews with the judge.
        most_calls: how many calls there can be at most.
    """

    calls_models = True

    def __init__(
        self,
        cache: CallCache,
        settings: Settings,
        spending: Spending,
        total: Tally,
        progress: Progress = lambda *_: None,
    ) -> None:
        self.tally, self._total = Tally(), total
        self.most_calls = 0
        self._cache, self._settings, self._spending, self._progress = cache, settings, spending, progress
        self._failures_in_a_row = 0

    def look_up(self, questions: Iterable[Question]) -> list[Question]:
        """Give each question its cached answer; what is left has none, each once."""
        open_ones = {question.key: question for question in questions if question.request and not question.reply}
        for key, cached in self._cache.answers(open_ones.keys()).items():
            question = open_ones.pop(key)
            reply = ChatReply(key, cached.text, cached.log_probabilities, thoughts=cached.thoughts, cut=cached.cut)
            question.answered(judged(taken_apart(reply)))
            for tally in (question.tally, self.tally, self._total):
                tally.from_cache += 1
        return list(open_ones.values())

    def put(self, asked: ModelJudge, questions: Iterable[Question]) -> None:
        """Have the questions answered, by a call only where the call cache has no answer.

        Raises:
            JudgeUnavailable: the model cannot be loaded or reached, or fails again and again.
            BudgetReached: the next call could exceed a budget.
        """
        waiting = self.look_up(questions)
        in_batches = self._cache.in_batches([question.key for question in waiting]) if self._settings.calls else ()
        if waiting := [question for question in waiting if question.key not in in_batches]:
            self._send(asked, waiting)

    def _send(self, asked: ModelJudge, waiting: Sequence[Question]) -> None:
        if not self._settings.calls:
            for question in waiting:
                question.answered(ChatReply(question.key, failure=NOT_CALLED))
            return
        backend = models.backend_of(asked, self._settings.models_dir)
        while waiting:
            sent, waiting = self._affordable(asked, waiting)
            try:
                self._ask(asked, backend, {question.key: question for question in sent})
            except BaseException:
                unanswered = [question.key for question in sent if not question.reply]
                # What is under way may be charged though nobody waits for it any more.
                self._spending.give_back(self._cache, unanswered[asked.at_once :])
                raise
            if self._spending.is_overdrawn(self._cache):
                held_back = [question for question in sent if not question.reply]
                self._spending.give_back(self._cache, [question.key for question in held_back])
                waiting = [*held_back, *waiting]

    def _ask(self, asked: ModelJudge, backend: Backend, sent: Mapping[str, Question]) -> None:
        requests = [question.request for question in sent.values() if question.request]
        answers = backend.answer(_Allowed(requests, partial(self._spending.is_overdrawn, self._cache)))
        replies = (judged(taken_apart(reply)) for reply in answers)
        for durable in self._cache.keep(replies, partial(_entry_of, asked, sent)):
            self._note(asked, [(sent[reply.key], reply) for reply in durable])

    def _price_factor(self, asked: ModelJudge) -> float:
        """What a call costs, of what the registry says."""
        return 1.0

    def _affordable(
        self, asked: ModelJudge, waiting: Sequence[Question]
    ) -> tuple[Sequence[Question], Sequence[Question]]:
        """What may be sent now, and what has to wait until the true cost of that is known."""
        factor = self._price_factor(asked)
        estimates = [(one.key, factor * _most(asked, one.request.determinants())) for one in waiting if one.request]
        count = self._spending.afford(self._cache, estimates)
        if not count:
            raise BudgetReached(self._spending.refusal(asked.where))
        return waiting[:count], waiting[count:]

    def _note(self, asked: ModelJudge, batch: Sequence[tuple[Question, ChatReply]]) -> None:
        for question, reply in batch:
            cost = paid(asked, _determinants(question), reply)
            self._spending.settle(self._cache, question.key, cost)
            question.answered(reply)
            for tally in (question.tally, self.tally, self._total):
                tally.add(question.step, 1, reply.tokens_in, reply.tokens_out, cost)
                if reply.failure:
                    tally.fail(reply.failure)
            self._failures_in_a_row = self._failures_in_a_row + 1 if reply.failure else 0
        self._progress(self.tally, max(self.most_calls - self.tally.from_cache, self.tally.all_calls))
        if self._failures_in_a_row >= FAILURES_IN_A_ROW:
            raise JudgeUnavailable(
                f"{asked.where}: {self._failures_in_a_row} calls in a row failed, the last with: "
                f"{batch[-1][1].failure.rstrip('.')}. What was answered is kept; run again when that is mended."
            )


class DryRun(Interview):
    """An interview without a call: it counts what would be asked, with an upper estimate of tokens and cost.

    A reply is as long as the longest on record for its step, a verdict before the first one `VERDICT_TOKENS`.
    """

    calls_models = False

    def _send(self, asked: ModelJudge, waiting: Sequence[Question]) -> None:
        for question in waiting:
            if request := _determinants(question):
                tokens_in, most = estimated_tokens(request)
                # Where none is on record.
                usual = VERDICT_TOKENS if question.step in _VERDICTS else most
                tokens_out = min(most, self._longest_replies.get((question.step, asked.name), usual))
                cost = _cost(asked, request, tokens_in, tokens_out)
                self.tally.add(question.step, 1, tokens_in, tokens_out, cost)
                # Of the length that the real one may have, because other questions quote it.
                question.answered(ChatReply(question.key, text="word " * tokens_out))

    @cached_property
    def _longest_replies(self) -> dict[tuple[str, str], int]:
        return self._cache.longest_answers()


class _Allowed(Sequence[ChatRequest]):
    """Requests that a backend may start: no more of them once calls have cost more than estimated."""

    def __init__(self, requests: Sequence[ChatRequest], overdrawn: Callable[[], bool]) -> None:
        self._requests, self._overdrawn = requests, overdrawn

    def __len__(self) -> int:
        return len(self._requests)

    @overload
    def __getitem__(self, place: int) -> ChatRequest: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ChatRequest]: ...
    def __getitem__(self, place: int | slice) -> ChatRequest | Sequence[ChatRequest]:
        return self._requests[place]

    def __iter__(self) -> Iterator[ChatRequest]:
        for request in self._requests:
            if self._overdrawn():
                return
            yield request


def estimated_tokens(request: Mapping[str, Any]) -> tuple[int, int]:
    """Prompt and reply tokens, rather too many than too few: two letters, or 28 x 28 pixels, or 40 ms a token.

    Args:
        request: its determinants.
    """
    tokens_in = 0.0
    for part in (part for message in request["messages"] for part in message["parts"]):
        match part:
            case str():
                # Bytes, since a Chinese character may be a token and more.
                tokens_in += 8 + len(part.encode("utf-8", "surrogatepass")) / 2
            case {"type": "video", "frames": frames, "fps": fps, "max_side": side}:
                tokens_in += (frames or 30 * (fps or 0)) * (side / 28) ** 2
            case {"type": "audio"}:
                tokens_in += 30 / 0.04
    return round(tokens_in), 6 if "options" in request else request["max_new_tokens"]


def _cost(asked: ModelJudge, request: Mapping[str, Any], tokens_in: int, tokens_out: int) -> float:
    """Of a call; where options are scored, an endpoint may be asked twice."""
    times = 2 if "options" in request else 1
    return cost_of(asked, ChatReply("", tokens_in=times * tokens_in, tokens_out=times * tokens_out))


def _most(asked: ModelJudge, request: Mapping[str, Any]) -> float:
    """What a call costs at most."""
    return _cost(asked, request, *estimated_tokens(request))


def paid(asked: ModelJudge, request: Mapping[str, Any], reply: ChatReply) -> float:
    """What a call has cost: at most, where the endpoint does not say how many tokens it took.

    Args:
        request: its determinants.
    """
    if request and not (reply.failure or reply.tokens_in or reply.tokens_out):
        return _most(asked, request)
    return cost_of(asked, reply)


def judged(reply: ChatReply) -> ChatReply:
    """`reply` as a failure where it is no answer."""
    return replace(reply, failure=reply.problem)


def _entry_of(asked: ModelJudge, sent: Mapping[str, Question], reply: ChatReply) -> dict[str, Any]:
    request = _determinants(sent[reply.key])
    return entry(asked, sent[reply.key].step, request, reply, paid(asked, request, reply))


def _determinants(question: Question) -> dict[str, Any]:
    return question.request.determinants() if question.request else {}


def entry(asked: ModelJudge, step: str, request: Mapping[str, Any], reply: ChatReply, cost: float) -> dict[str, Any]:
    """What the call cache records of a reply."""
    return asdict(reply) | {
        # Scores that say little say it again whenever they are asked for.
        "answered": not reply.failure or bool(reply.log_probabilities),
        "step": step,
        "asked": asked.name,
        "cost": cost,
        "request": request,
    }
