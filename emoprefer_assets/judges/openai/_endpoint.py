"""One endpoint: asked until it answers, no faster than allowed, and not for ever."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from pydantic import ValidationError

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._key import EndpointKey
from emoprefer_assets.judges.registry import OpenaiJudge

ATTEMPTS = 5
# Each silent attempt costs the judge's whole timeout.
SILENT_ATTEMPTS = 2
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
CONNECT_TIMEOUT = 10.0


@dataclass(frozen=True)
class Setback:
    """An attempt without a completion.

    Attributes:
        reason: in words, without the key.
        again: whether another attempt may help.
        fatal: whether no question can be answered.
        unreachable: whether there was no connection at all.
        silent: whether the timeout passed.
        wait: seconds that the server asks to wait, or None.
        busy: whether the server asks everybody to slow down.
    """

    reason: str
    again: bool = False
    fatal: bool = False
    unreachable: bool = False
    silent: bool = False
    wait: float | None = None
    busy: bool = False


@dataclass
class Spent:
    """What a question has cost so far, all its attempts together."""

    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class _Pace:
    """Lets questions go one after the other, no faster than allowed."""

    def __init__(self, per_minute: int | None) -> None:
        self.gap = 60 / per_minute if per_minute else 0.0
        self.next_turn = 0.0
        self.held_until = 0.0
        self.queue = asyncio.Lock()

    def hold(self, seconds: float) -> None:
        self.held_until = max(self.held_until, time.monotonic() + seconds)

    async def turn(self) -> None:
        async with self.queue:
            while (wait := max(self.next_turn, self.held_until) - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self.next_turn = time.monotonic() + self.gap


class Endpoint:
    """Gives completions through the official client; retries are ours, so that they count against the pace.

    A busy or broken server (408, 409, 425, 429, 5xx, a lost connection, silence, a body that is not a chat
    completion) is asked up to `ATTEMPTS` times, after silence `SILENT_ATTEMPTS` times, with waits that double from
    `first_wait` and vary at random. Retry-After is honoured up to `LONGEST_WAIT` seconds; after a 429, by all
    questions.

    Args:
        judge: its registry entry.
        key: what the endpoint wants to see.
        first_wait: seconds before the second attempt.
    """

    def __init__(self, judge: OpenaiJudge, key: EndpointKey, first_wait: float) -> None:
        import openai

        timeout = openai.Timeout(judge.timeout, connect=min(CONNECT_TIMEOUT, judge.timeout))
        self.client = openai.AsyncOpenAI(api_key=key.to_send, base_url=judge.base_url, timeout=timeout, max_retries=0)
        self.judge = judge
        self.key = key
        self.first_wait = first_wait
        self.pace = _Pace(judge.requests_per_minute)
        self.length_parameter = "max_tokens"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    async def complete(self, body: dict[str, Any], max_new_tokens: int, spent: Spent) -> Completion | Setback:
        """A completion, or the last setback.

        Raises:
            JudgeUnavailable: no question can be answered.
        """
        silences = attempts = 0
        while True:
            await self.pace.turn()
            started = time.perf_counter()
            length_parameter = self.length_parameter
            result = await self._attempt(body | {length_parameter: max_new_tokens})
            spent.seconds += time.perf_counter() - started
            if isinstance(result, Completion):
                spent.tokens_in += result.tokens_in
                spent.tokens_out += result.tokens_out
                return result
            if result.fatal:
                raise JudgeUnavailable(f"{self.judge.where}: {result.reason}")
            if not result.again:
                # OpenAI's newer models know the limit only by its newer name.
                if length_parameter == "max_tokens" and "max_completion_tokens" in result.reason:
                    self.length_parameter = "max_completion_tokens"
                    continue
                return result
            attempts += 1
            silences += result.silent
            if attempts == ATTEMPTS or silences == SILENT_ATTEMPTS:
                break
            await self._wait(result, attempts)
        if result.unreachable:
            raise JudgeUnavailable(
                f"{self.judge.where}: no connection to {self.judge.base_url} in {attempts} attempts. "
                "Start the server there, or correct base_url."
            )
        return replace(result, reason=f"{result.reason}, after {attempts} attempts")

    async def _wait(self, setback: Setback, attempts: int) -> None:
        doubled = min(self.first_wait * 2 ** (attempts - 1), LONGEST_WAIT)
        wait = doubled * random.uniform(0.5, 1)
        if setback.wait is not None:
            # Those who were told to come back at one moment should not all come at once.
            wait = min(setback.wait, LONGEST_WAIT) + self.first_wait * random.uniform(0, 0.5)
        if setback.busy:
            self.pace.hold(wait)
        await asyncio.sleep(wait)

    async def _attempt(self, body: dict[str, Any]) -> Completion | Setback:
        import openai

        # Setbacks are values: an exception raised from here would carry the client's own, which holds the key's header.
        try:
            async with asyncio.timeout(self.judge.timeout):
                response = await self.client.chat.completions.with_raw_response.create(**body)
                text = response.text
        except (TimeoutError, openai.APITimeoutError) as error:
            if type(error.__cause__).__name__ == "ConnectTimeout":
                return Setback("no connection", again=True, unreachable=True)
            return Setback(f"no answer within {self.judge.timeout:g} s", again=True, silent=True)
        except openai.APIConnectionError as error:
            if type(error.__cause__).__name__ == "ConnectError":
                return Setback("no connection", again=True, unreachable=True)
            return Setback("the connection was lost before the whole answer had come", again=True)
        except openai.APIStatusError as error:
            return self._refusal(error)
        try:
            return Completion.model_validate_json(text)
        except ValidationError:
            return Setback(f"the reply is not a chat completion{self._quoted(text)}", again=True)

    def _refusal(self, error: Any) -> Setback:
        status, said = error.status_code, self._quoted(_error_message(error.body))
        judge = self.judge
        if status in (401, 403):
            asked = f"refused the key in {judge.key_variable}" if self.key else "wants a key"
            remedy = f"Set the environment variable {judge.key_variable} to a key that may use {judge.model}."
            return Setback(f"{judge.base_url} {asked} (HTTP {status}){said}. {remedy}", fatal=True)
        if status == 404:
            remedy = "Correct model or base_url."
            return Setback(f"{judge.base_url} does not serve {judge.model} (HTTP 404){said}. {remedy}", fatal=True)
        if status == 402 or error.code == "insufficient_quota":
            remedy = f"Top up the account of the key in {judge.key_variable}."
            return Setback(f"{judge.base_url} gives no more credit (HTTP {status}){said}. {remedy}", fatal=True)
        again = status in (408, 409, 425, 429) or status >= 500
        wait = _retry_after(error.response.headers.get("retry-after"))
        return Setback(f"HTTP {status}{said}", again=again, wait=wait, busy=status == 429)

    def _quoted(self, text: str) -> str:
        """The server's words, as the end of a sentence of ours: without the key, in one line, not too long."""
        words = " ".join(self.key.hidden_in(text).split())
        return f': "{words if len(words) <= 200 else words[:200] + "…"}"' if words else ""


def _error_message(body: object) -> str:
    if isinstance(body, dict):
        return str(body.get("message") or body)
    return str(body or "")


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a number or an HTTP date; None where there is none that makes sense."""
    if not header:
        return None
    if header.strip().replace(".", "", 1).isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
