"""Many questions put to an OpenAI-compatible endpoint at once, as a batch: cheaper, and answered within a day."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatReply, ChatRequest
from emoprefer_assets.judges.openai._backend import endpoint_key, generation
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._endpoint import FIRST_WAIT, Endpoint, Spent
from emoprefer_assets.judges.registry import OpenaiJudge

log = logging.getLogger(__name__)

NAMED = "emoprefer"
RETRIES = 3
# Whatever else it is called is under way: what is taken for ended too early is paid for twice.
ENDED = ("completed", "expired", "failed", "cancelled", "canceled")
# As endpoints without a batch API answer, too: there is no such batch.
NOT_THERE = (404, 405, 501)
# Of the list of batches, newest first: one that lost its id to a kill is among them.
LISTED = 100

T = TypeVar("T")


@dataclass(frozen=True)
class Batch:
    """A batch as the endpoint knows it.

    Attributes:
        id: the endpoint's.
        replies: None while it is under way; those that it has at its end, which may lack some.
        failure: why the endpoint would not carry it out, or "".
    """

    id: str
    replies: tuple[ChatReply, ...] | None
    failure: str = ""


class BatchEndpoint:
    """Hands batches in and fetches them.

    Raises:
        JudgeUnavailable: from all methods: there is no usable key, or the endpoint cannot be reached or takes none.
    """

    def __init__(self, judge: OpenaiJudge) -> None:
        self.judge = judge
        self.key = endpoint_key(judge)

    def line(self, request: ChatRequest) -> bytes:
        """A question as a line of a batch's file.

        Raises:
            UnreadableMedia, OSError: a clip cannot be shown.
        """
        judge = self.judge
        told = {"chat_template_kwargs": judge.chat_template_kwargs} if judge.chat_template_kwargs else {}
        body = {
            "model": judge.model,
            "messages": [Endpoint.message_body(message, judge) for message in request.messages],
            "max_completion_tokens": request.max_new_tokens,
            **generation(request),
            **judge.extra_body,
            **told,
        }
        line = {"custom_id": request.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        return json.dumps(line).encode() + b"\n"

    def submit(self, name: str, content: bytes) -> str:
        """Have the lines answered; the batch's id. `name` finds it again where the id was lost."""

        async def ask(client: Any) -> str:
            patient = client.with_options(max_retries=RETRIES)
            file = await patient.files.create(file=(f"{name}.jsonl", content), purpose="batch")
            # Never twice: an answer that was lost may stand for a batch that is there.
            made = await client.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={NAMED: name},
            )
            return str(made.id)

        return self._asked(ask)

    def look(self, name: str, known: str) -> Batch | None:
        """The batch `known`, or where that is "" the one of this name; None where there is none."""

        import openai

        async def ask(client: Any) -> Batch | None:
            patient = client.with_options(max_retries=RETRIES)
            try:
                batch = await patient.batches.retrieve(known) if known else await self._named(patient, name)
            except openai.APIStatusError as error:
                if error.status_code not in NOT_THERE:
                    raise
                batch = None
            if batch is None:
                return None
            status = str(batch.status).lower()
            if status not in ENDED:
                return Batch(batch.id, None)
            replies: list[ChatReply] = []
            for file in filter(None, (batch.output_file_id, batch.error_file_id)):
                try:
                    replies += self._replies((await patient.files.content(file)).text)
                except openai.APIStatusError as error:
                    # Endpoints delete old files.
                    if error.status_code not in NOT_THERE:
                        raise
                    log.warning("%s: %s of batch %s is not there any more.", self.judge.where, file, batch.id)
            # Where a question stands in both, or twice, its answer counts.
            once = {reply.key: reply for reply in sorted(replies, key=lambda reply: not reply.failure)}
            said = "; ".join(str(error.message) for error in (batch.errors and batch.errors.data) or [])
            failed = ": ".join(filter(None, (status, said))) if status in ENDED[2:] else ""
            return Batch(batch.id, tuple(once.values()), self.key.hidden_in(failed[:300]))

        return self._asked(ask)

    @staticmethod
    async def _named(client: Any, name: str) -> Any:
        page = await client.batches.list(limit=LISTED)
        return next((batch for batch in page.data if (batch.metadata or {}).get(NAMED) == name), None)

    def _replies(self, text: str) -> Iterator[ChatReply]:
        for line in filter(str.strip, text.split("\n")):
            answer = self.key.hidden_within(json.loads(line))
            key, response = answer.get("custom_id"), answer.get("response") or {}
            body = response.get("body") or {}
            if not isinstance(key, str):
                continue
            try:
                completion, spent = Completion.model_validate(body), Spent()
            except ValueError:
                # An error stands within the response, or beside it.
                wrong = (body.get("error") if isinstance(body, dict) else body) or answer.get("error") or {}
                said = wrong.get("message", "no chat completion") if isinstance(wrong, dict) else wrong
                failure = f"HTTP {response.get('status_code')}: {said}" if response else f"in the batch: {said}"
                yield ChatReply(key, failure=failure[:300])
                continue
            spent.add(completion)
            why_not = completion.why_no_answer
            told: dict[str, Any] = {} if why_not else {"text": completion.text, "thoughts": completion.thoughts}
            yield ChatReply(key, failure=why_not, cut=completion.cut, **told, **vars(spent))

    def _asked(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        import openai

        async def run() -> T:
            endpoint = Endpoint(self.judge, self.judge.base_urls[0], self.key, FIRST_WAIT)
            try:
                return await ask(endpoint.client)
            finally:
                await endpoint.close()

        try:
            # A notebook's own loop runs in the calling thread.
            with self.key.kept_from_logs(), ThreadPoolExecutor(max_workers=1) as thread:
                return thread.submit(asyncio.run, run()).result()
        except openai.APIError as error:
            said = self.key.hidden_in(" ".join(str(error).split()))[:200]
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            said = f"{type(error).__name__}: {self.key.hidden_in(str(error))}"[:200]
        raise JudgeUnavailable(
            f"{self.judge.where}: the batch API of {self.judge.base_urls[0]} fails: {said.rstrip('.')}. Run again, "
            "which goes on where this stopped, or without --batch."
        )
