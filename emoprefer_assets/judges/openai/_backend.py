"""Models behind an OpenAI-compatible endpoint, asked through the official client."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatReply, ChatRequest
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._connection import is_loopback
from emoprefer_assets.judges.openai._dialect import TOP_LOGPROBS
from emoprefer_assets.judges.openai._endpoint import API_VERSION, FIRST_WAIT, Endpoint, Setback, Spent
from emoprefer_assets.judges.openai._endpoints import Endpoints
from emoprefer_assets.judges.openai._key import EndpointKey
from emoprefer_assets.judges.openai._option_tokens import next_tokens, score_options, without_the_split
from emoprefer_assets.judges.registry import EndpointJudge, OpenaiJudge
from emoprefer_assets.media import UnreadableMedia

logger = logging.getLogger(__name__)

LONGEST_OPTION = 16
# A server that cuts prompts fills its context; less is no count of a cut prompt.
SMALLEST_CONTEXT = 256


class OpenaiBackend:
    """Asks one endpoint or several, many questions at once, and replies as the answers come.

    Which endpoint is asked, and when again, is as `Endpoints` says.

    Refused, filtered and empty answers, and those that end for an unknown reason, are failures. Text that was cut at
    max_new_tokens is marked as such; how many there were is logged.

    Options are scored from the 20 likeliest tokens at each position of one short greedy answer (see `score_options`).
    That answer shows what follows `a` only where it went through `a`; where it did not, the endpoint is asked once more
    with its answer held to a1 and a2 (vLLM's `structured_outputs`), and `a` is shared out in the proportion seen there:
    exact between a1 and a2, an upper bound beside `same`. Where an endpoint ignores or refuses that, `a` counts half
    for each if `same` holds more than both together, so that the verdict is known; otherwise there is a failure.

    Args:
        judge: its registry entry.
        key: what the endpoint wants to see.
        first_wait: seconds before the second attempt.
        endpoint: how one is spoken to.
    """

    def __init__(
        self,
        judge: EndpointJudge,
        key: EndpointKey,
        first_wait: float = FIRST_WAIT,
        endpoint: type[Endpoint] = Endpoint,
    ) -> None:
        self.judge = judge
        self.key = key
        self.first_wait = first_wait
        self.endpoint = endpoint

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        """Replies in the order in which they come. Closing the iterator ends what is under way.

        Raises:
            ValueError: a request has options that this backend cannot score.
            JudgeUnavailable: while iterating: the endpoint is out of reach, or refuses the key or the model.
        """
        for request in requests:
            self._check_options(request)
        return self._replies(requests)

    def _check_options(self, request: ChatRequest) -> None:
        options = request.options
        if options and not self.judge.logprobs:
            raise ValueError(f"{self.judge.where}: options need an endpoint with log-probabilities (logprobs: true).")
        for option in options:
            if not option or option != option.strip().lower() or len(option) > LONGEST_OPTION:
                raise ValueError(f"{self.judge.where}: option {option!r} is not a short lower-case word.")
            if any(other is not option and other.startswith(option) for other in options):
                raise ValueError(f"{self.judge.where}: another option begins with {option!r}.")

    def _replies(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        # The client's loggers exist once it is imported.
        importlib.import_module("openai")
        replies: SimpleQueue[ChatReply | Exception | None] = SimpleQueue()
        loop = asyncio.new_event_loop()
        run = loop.create_task(_Run(self, requests, replies.put).answer_all())

        def ask() -> None:
            end: Exception | None = None
            try:
                with suppress(asyncio.CancelledError):
                    loop.run_until_complete(run)
            except Exception as error:
                end = error
            replies.put(end)

        # A thread of its own keeps answers coming in while the caller deals with the last ones.
        thread = Thread(target=ask, name=f"judge {self.judge.name}", daemon=True)
        with self.key.kept_from_logs():
            thread.start()
            try:
                while (reply := replies.get()) is not None:
                    if isinstance(reply, Exception):
                        raise reply
                    yield reply
            finally:
                loop.call_soon_threadsafe(run.cancel)
                thread.join()
                loop.close()


def load(judge: OpenaiJudge) -> OpenaiBackend:
    """The judge's backend.

    Raises:
        JudgeUnavailable: there is no usable key; names the variable.
    """
    return OpenaiBackend(judge, endpoint_key(judge))


def endpoint_key(judge: EndpointJudge) -> EndpointKey:
    """What the judge's endpoints want to see; nothing where they want none.

    Raises:
        JudgeUnavailable: there is no usable key, or an address is none or holds secrets.
    """
    addresses = {url: address for url in judge.base_urls if (address := _address(url))}
    if len(addresses) < len(set(judge.base_urls)):
        raise JudgeUnavailable(f"{judge.where}: base_url is no web address. Set it to one such as https://host/v1.")
    if any(address.username or address.password or _asks_more(address) for address in addresses.values()):
        raise JudgeUnavailable(
            f"{judge.where}: base_url holds a user, password or query. Put the key in the environment "
            f"variable {judge.key_variable} and leave only the address (and Azure's `?{API_VERSION}=`)."
        )
    key = os.environ.get(judge.key_variable, "").strip() if judge.sends_key else ""
    elsewhere = [url for url, address in addresses.items() if not is_loopback(address.hostname or "")]
    if elsewhere and not key:
        raise JudgeUnavailable(
            f"{judge.where}: {judge.model} at {elsewhere[0]} needs a key. "
            f"Set the environment variable {judge.key_variable} to it."
        )
    # Anything else cannot stand in a header, and the client's complaint would quote it.
    if not all(33 <= ord(letter) <= 126 for letter in key):
        raise JudgeUnavailable(
            f"{judge.where}: the value of {judge.key_variable} is no key: it holds blanks or letters beyond ASCII. "
            "Set it anew."
        )
    return EndpointKey(key)


def _address(url: str) -> SplitResult | None:
    try:
        address = urlsplit(url)
        # Reading the port is what checks it.
        usable = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:
        return None
    return address if usable else None


def _asks_more(address: SplitResult) -> bool:
    query = parse_qs(address.query, keep_blank_values=True)
    return bool(query) and (set(query) != {API_VERSION} or len(query[API_VERSION]) > 1)


class _Run:
    """One pass over the questions."""

    def __init__(
        self, backend: OpenaiBackend, requests: Sequence[ChatRequest], reply: Callable[[ChatReply], None]
    ) -> None:
        self.backend = backend
        self.judge = backend.judge
        self.key = backend.key
        self.requests = requests
        self.reply = reply
        self.waiting = iter(enumerate(requests))
        # Readers of media need not be safe to use from several threads.
        self.encoder = ThreadPoolExecutor(max_workers=1)
        self.choice_refused = ""
        self.cut = 0

    async def answer_all(self) -> None:
        try:
            spoken_to, first_wait = self.backend.endpoint, self.backend.first_wait
            endpoints = [spoken_to(self.judge, url, self.key, first_wait) for url in self.judge.base_urls]
            async with Endpoints(self.judge, endpoints) as self.endpoints, asyncio.TaskGroup() as group:
                for _ in range(min(self.judge.concurrency, len(self.requests))):
                    group.create_task(self._work())
        except BaseExceptionGroup as errors:
            end = errors.exceptions[0]
        else:
            end = None
        finally:
            self.encoder.shutdown(wait=False, cancel_futures=True)
        if end:
            raise end
        if self.cut:
            logger.warning(
                "%s: %d of %d replies were cut at max_new_tokens.", self.judge.where, self.cut, len(self.requests)
            )

    async def _work(self) -> None:
        for place, request in self.waiting:
            reply = await self._answer(place, request)
            text, failure = self.key.hidden_in(reply.text), self.key.hidden_in(reply.failure)
            self.reply(replace(reply, text=text, failure=failure))

    async def _answer(self, place: int, request: ChatRequest) -> ChatReply:
        try:
            loop = asyncio.get_running_loop()
            messages = await loop.run_in_executor(self.encoder, self._message_bodies, place)
        except (UnreadableMedia, OSError) as error:
            return ChatReply(key=request.key, failure=f"media: {' '.join(str(error).split())}")
        spent = Spent()
        answered = self._scored if request.options else self._generated
        result = await answered(request, {"model": self.judge.model, "messages": messages}, spent)
        reply = ChatReply(key=request.key, **result, **vars(spent))
        return replace(reply, text="", failure=reply.problem) if reply.problem else reply

    def _message_bodies(self, place: int) -> list[dict[str, Any]]:
        return [self.backend.endpoint.message_body(message, self.judge) for message in self.requests[place].messages]

    async def _generated(self, request: ChatRequest, body: dict[str, Any], spent: Spent) -> dict[str, Any]:
        completion = await self.endpoints.complete(body | generation(request), request.max_new_tokens, spent)
        if failure := _why_no_answer(request, completion):
            return {"failure": failure}
        assert isinstance(completion, Completion)
        self.cut += completion.cut
        return {"text": completion.text, "thoughts": completion.thoughts, "cut": completion.cut}

    async def _scored(self, request: ChatRequest, body: dict[str, Any], spent: Spent) -> dict[str, Any]:
        body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        if self.judge.temperature is not None:
            body |= {"temperature": 0.0}
        # A token holds at least one byte; one more for a leading blank and one to see that the answer goes on.
        longest = max(len(option.encode()) for option in request.options) + 2
        completion = await self.endpoints.complete(body, longest, spent)
        if failure := _why_no_answer(request, completion):
            return {"failure": failure}
        assert isinstance(completion, Completion)
        after = next_tokens(completion.positions)
        if not after:
            return {"failure": "the endpoint gave no log-probabilities; set logprobs: false and read: reply"}
        scores = score_options(request.options, after)
        reason = ""
        for beginning in scores.unsplit:
            group = tuple(option for option in request.options if option.startswith(beginning))
            follows = await self._what_follows(beginning, group, body, longest, spent)
            if isinstance(follows, str):
                reason = f" ({follows})"
            else:
                after[beginning] = follows
        if scores.unsplit:
            unsplit, scores = scores.unsplit, score_options(request.options, after)
            if scores.failure and reason:
                scores = without_the_split(request.options, after, unsplit) or scores
        if scores.failure:
            return {"failure": scores.failure + reason}
        return {"log_probabilities": scores.log_probabilities}

    async def _what_follows(
        self, beginning: str, group: tuple[str, ...], body: dict[str, Any], longest: int, spent: Spent
    ) -> tuple[tuple[str, float], ...] | str:
        """The next token's distribution after `beginning`, in an answer held to `group`; or why it is not known."""
        if self.choice_refused:
            return self.choice_refused
        held = body | {"extra_body": {"structured_outputs": {"choice": list(group)}}}
        completion = await self.endpoints.complete(held, longest, spent)
        if isinstance(completion, Setback):
            if not completion.again:
                self.choice_refused = f"held to a choice: {completion.reason}"
            return completion.reason
        # Endpoints ignore what they do not know, and answer as before.
        if completion.text.strip() not in group:
            self.choice_refused = "the endpoint does not hold its answers to a choice; use read: reply"
            return self.choice_refused
        return next_tokens(completion.positions).get(beginning, "its answer was spelt otherwise")


def generation(request: ChatRequest) -> dict[str, Any]:
    """How a reply is generated. Defaults are not sent: many models refuse what they do not let one choose."""
    told: dict[str, Any] = {} if request.temperature is None else {"temperature": request.temperature}
    if request.temperature != 0 and request.top_p < 1:
        told |= {"top_p": request.top_p}
    if request.temperature:
        told |= {"seed": request.seed}
    return told


def _why_no_answer(request: ChatRequest, completion: Completion | Setback) -> str:
    """Why what came must not pass for an answer to `request`; or ""."""
    if isinstance(completion, Setback):
        return completion.reason
    # Every word takes a token at least.
    texts = (part for message in request.messages for part in message.parts if isinstance(part, str))
    words = sum(len(text.split()) for text in texts)
    if SMALLEST_CONTEXT <= completion.tokens_in < words:
        return (
            f"the endpoint read {completion.tokens_in} tokens of a prompt of {words} words: it cuts prompts. "
            "Raise its context (of Ollama: OLLAMA_CONTEXT_LENGTH)"
        )
    return completion.why_no_answer
