"""The endpoints of one judge: asked in turn, until one answers, and not for ever."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._connection import remedy
from emoprefer_assets.judges.openai._endpoint import Endpoint, Setback, Spent
from emoprefer_assets.judges.registry import EndpointJudge

logger = logging.getLogger(__name__)

ATTEMPTS = 5
# Each silent attempt costs the judge's whole timeout.
SILENT_ATTEMPTS = 2


class Endpoints:
    """Gives completions from any of the judge's endpoints, which serve the same model.

    Questions go round among those that are well. After a setback (408, 409, 425, 429, 5xx, a lost connection, silence,
    a body that is not a chat completion) the question goes to another one at once, and the endpoint rests for a time
    that doubles with each setback; then one question tries it. Where no other is well, the question
    waits, for times that double and vary at random, and is given up after `ATTEMPTS` rounds. After silence it is asked
    `SILENT_ATTEMPTS` times, but once by each endpoint. Retry-After is honoured up to a minute; after a 429, by all
    questions. An endpoint that refuses the key or does not know the model is not asked again.

    Args:
        judge: its registry entry.
        endpoints: one an address.
    """

    def __init__(self, judge: EndpointJudge, endpoints: Sequence[Endpoint]) -> None:
        self.judge = judge
        self._all = tuple(endpoints)
        self._in_turn = list(self._all)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for endpoint in self._all:
            await endpoint.close()

    async def complete(self, body: dict[str, Any], max_new_tokens: int, spent: Spent) -> Completion | Setback:
        """A completion, or the last setback.

        Raises:
            JudgeUnavailable: no question can be answered.
        """
        attempts = silences = waits = 0
        tried: set[Endpoint] = set()
        endpoint = self._next(tried)
        while True:
            result = await endpoint.ask(body, max_new_tokens, spent)
            if isinstance(result, Completion):
                return result
            if result.fatal:
                self._drop(endpoint, result)
                endpoint = self._next(tried)
                continue
            if not result.again:
                return result
            attempts += 1
            silences += result.silent
            if silences >= max(SILENT_ATTEMPTS, len(self._in_turn)):
                break
            tried.add(endpoint)
            wait = endpoint.wait_after(result, waits + 1)
            following = self._next(tried)
            if following in tried or following.rested_at > time.monotonic():
                waits += 1
                if waits == ATTEMPTS:
                    break
                tried.clear()
                await asyncio.sleep(wait)
                following = self._next(tried)
            endpoint = following
        if all(endpoint.unreachable for endpoint in self._in_turn):
            urls = ", ".join(endpoint.url for endpoint in self._in_turn)
            raise JudgeUnavailable(
                f"{self.judge.where}: no connection to {urls} in {attempts} attempts ({result.reason}). "
                f"{remedy(result.reason, endpoint.url)}"
            )
        return replace(result, reason=f"{result.reason}, after {attempts} attempts")

    def _next(self, tried: set[Endpoint]) -> Endpoint:
        """Whose turn it is: one that is well and not tried yet, else the one that has rested longest."""
        now = time.monotonic()
        chosen = min(self._in_turn, key=lambda endpoint: (endpoint in tried, max(endpoint.rested_at, now)))
        self._in_turn.remove(chosen)
        self._in_turn.append(chosen)
        return chosen

    def _drop(self, endpoint: Endpoint, setback: Setback) -> None:
        """Ask it no more.

        Raises:
            JudgeUnavailable: it was the last.
        """
        if self._in_turn == [endpoint]:
            raise JudgeUnavailable(f"{self.judge.where}: {setback.reason}")
        if endpoint in self._in_turn:
            self._in_turn.remove(endpoint)
            logger.warning("%s: %s The other endpoints go on.", self.judge.where, setback.reason)
