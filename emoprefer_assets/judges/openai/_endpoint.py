"""One endpoint: asked no faster than allowed, and rested after a setback."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emoprefer_assets.display import listed
from emoprefer_assets.judges.chat import ChatMessage
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._connection import http_client, why_unconnected
from emoprefer_assets.judges.openai._dialect import Dialect, names
from emoprefer_assets.judges.openai._key import EndpointKey
from emoprefer_assets.judges.openai._parts import message_body
from emoprefer_assets.judges.openai._stream import answer_in
from emoprefer_assets.judges.registry import EndpointJudge

logger = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
# Of a Retry-After header. Who asks for a longer one gives nothing more today.
LONGEST_PAUSE = 3600.0
CONNECT_TIMEOUT = 10.0
# Groq's 498: it has no room just now.
AGAIN = (408, 409, 425, 429, 498)
BROKEN_OFF = "the connection was lost before the whole answer had come"
# Azure's, in an address.
API_VERSION = "api-version"
# A refusal of one prompt, with a status that otherwise is about the key.
_ONE_PROMPT = re.compile(r"moderat|flagged|content polic|safety", re.IGNORECASE)
# In the words of APIs, and of the chat templates of servers.
_NO_SYSTEM = re.compile(
    r"\b(?:system|developer)\W+(?:role|message|prompt|instruction)|\brole\W.{0,40}\Wsystem\b|\broles must alternate",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"\bmodel(?:\W+[\w./:-]+\W*)? (?:does )?not (?:exist|found)\b|\bnot a valid model\b|\b(?:invalid|unknown) model\b",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(
    r"api[ _]key(?: is)?(?: not (?:valid|found)| expired|[ _]invalid)|(?:invalid|incorrect) (?:x-)?api[ _-]key",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance is too low|insufficient (?:balance|credit)|\bout of credit", re.IGNORECASE)


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
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    seconds: float = 0.0

    def add(self, completion: Completion) -> None:
        """Count one answered attempt."""
        self.tokens_in += completion.tokens_in
        self.tokens_out += completion.tokens_out
        self.tokens_cached += completion.tokens_cached
        self.tokens_reasoning += completion.tokens_reasoning


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

    Args:
        judge: its registry entry.
        url: of the endpoint.
        key: what the endpoint wants to see.
        first_wait: seconds before the second attempt.

    Attributes:
        unreachable: whether there was no connection when it was last asked.
    """

    def __init__(self, judge: EndpointJudge, url: str, key: EndpointKey, first_wait: float) -> None:
        import openai

        self.timeout = openai.Timeout(judge.timeout, connect=min(CONNECT_TIMEOUT, judge.timeout))
        self.http = http_client(judge, url, self.timeout)
        self.judge = judge
        self.url = url
        self.key = key
        self.first_wait = first_wait
        self.pace = _Pace(judge.requests_per_minute)
        self.dialect = Dialect()
        # What the registry says goes into every request's body.
        told = {"chat_template_kwargs": judge.chat_template_kwargs} if judge.chat_template_kwargs else {}
        self.told: dict[str, Any] = {**judge.extra_body, **told}
        self.unreachable = False
        self._served: set[str] = set()
        self._setbacks = 0
        self._rested_at = 0.0
        self.client = self._client()

    async def close(self) -> None:
        await self.http.aclose()

    @staticmethod
    def message_body(message: ChatMessage, judge: EndpointJudge) -> dict[str, Any]:
        """The message as the endpoint takes it.

        Raises:
            UnreadableMedia: a file cannot be decoded, or not be shown as it should.
            OSError: a file is gone.
        """
        return message_body(message, judge.video_as)

    def _client(self) -> Any:
        """The official client, which asks through `http`."""
        import openai

        address = urlsplit(self.url)
        (version,) = parse_qs(address.query).get(API_VERSION, [""])
        plain, azure = openai.AsyncOpenAI, openai.AsyncAzureOpenAI
        kind = partial(azure, api_version=version) if version else plain
        return kind(
            api_key=self.key.to_send,
            base_url=address._replace(query="").geturl(),
            timeout=self.timeout,
            max_retries=0,
            http_client=self.http,
        )

    async def _sent(self, body: dict[str, Any]) -> str:
        """The JSON, or the events, of a chat completion.

        Raises:
            openai.APIError: there is none.
        """
        response = await self.client.chat.completions.with_raw_response.create(**body)
        return str(response.text)

    @property
    def rested_at(self) -> float:
        """When it should be asked again, on the monotonic clock; others go first until then."""
        return self._rested_at

    async def ask(self, body: dict[str, Any], max_new_tokens: int, spent: Spent) -> Completion | Setback:
        """One attempt."""
        if self._setbacks:
            # One question tries whether it is well again; the others need not wait to find out.
            self._rest(self._rest_seconds())
        while True:
            await self.pace.turn()
            started = time.perf_counter()
            sent = self.dialect.spoken(body, max_new_tokens)
            result = await self._attempt(sent)
            spent.seconds += time.perf_counter() - started
            if isinstance(result, Completion):
                spent.add(result)
                self._note_model(result.model)
            elif not result.again and not result.fatal and self.dialect.learn(sent, result.reason):
                continue
            break
        if isinstance(result, Setback) and result.again:
            self.unreachable = result.unreachable
            # Questions that were under way together meet the same setback: it counts once.
            if not self._setbacks or time.monotonic() >= self._rested_at:
                self._setbacks += 1
            self._rest(self._rest_seconds())
        else:
            self.unreachable, self._setbacks, self._rested_at = False, 0, 0.0
        return result

    def wait_after(self, setback: Setback, waits: int) -> float:
        """Seconds until the question that met `setback`, and has waited `waits` times now, is asked again here."""
        wait = float(min(self.first_wait * 2 ** (waits - 1), LONGEST_WAIT)) * random.uniform(0.5, 1)
        if setback.wait is not None:
            # Those who were told to come back at one moment should not all come at once.
            wait = min(setback.wait, LONGEST_WAIT) + self.first_wait * random.uniform(0, 0.5)
        if setback.wait is not None or setback.busy:
            self._rest(wait)
        if setback.busy:
            self.pace.hold(wait)
        return wait

    def _note_model(self, model: str) -> None:
        """Say once that another model answers: a name may be moved to one at any time."""
        if model and self._served and model not in self._served:
            logger.warning(
                "%s: %s answered as %s, and now answers as %s. Name one that does not change.",
                *(self.judge.where, self.url, listed(sorted(self._served)), model),
            )
        self._served |= {model} - {""}

    def _rest_seconds(self) -> float:
        return float(min(self.first_wait * 2 ** (self._setbacks - 1), LONGEST_WAIT))

    def _rest(self, seconds: float) -> None:
        self._rested_at = max(self._rested_at, time.monotonic() + seconds)

    async def _attempt(self, body: dict[str, Any]) -> Completion | Setback:
        import openai

        body = body | {"extra_body": self.told | body.get("extra_body", {})}
        # Setbacks are values: an exception raised from here would carry the client's own, which holds the key's header.
        try:
            async with asyncio.timeout(self.judge.timeout):
                text = await self._sent(body)
        except (TimeoutError, openai.APITimeoutError) as error:
            if type(error.__cause__).__name__ == "ConnectTimeout":
                return Setback("it does not take the connection", again=True, unreachable=True)
            return Setback(f"no answer within {self.judge.timeout:g} s", again=True, silent=True)
        except openai.APIConnectionError as error:
            if type(error.__cause__).__name__ in ("ConnectError", "ProxyError"):
                return Setback(self.key.hidden_in(why_unconnected(error)), again=True, unreachable=True)
            return Setback(BROKEN_OFF, again=True)
        except openai.APIStatusError as error:
            # A question that is sent on arrives as another request.
            if error.response.history and error.response.request.method == "GET":
                moved = self.key.hidden_in(str(error.response.url))
                return Setback(f"{self.url} sends its questions on to {moved}. Correct base_url.", fatal=True)
            wait = _retry_after(error.response.headers.get("retry-after"))
            return self._refusal(body, error.status_code, error.code, _error_message(error.body), wait)
        try:
            answer = self.key.hidden_within(answer_in(text))
            if wrong := _error_within(answer):
                code = str(wrong.get("code", ""))
                status = int(code) if re.fullmatch(r"[45]\d\d", code) else 500
                return self._refusal(body, status, code, _error_message(wrong), None)
            return Completion.model_validate(answer)
        except EOFError:
            return Setback(BROKEN_OFF, again=True)
        except (ValueError, RecursionError):
            return Setback(f"the reply is not a chat completion{self._quoted(text)}", again=True)

    def _refusal(
        self, sent: dict[str, Any], status: int, code: str | None, message: str, wait: float | None
    ) -> Setback:
        judge, said = self.judge, self._quoted(message)
        again = status in AGAIN or status >= 500
        least = "top_logprobs" if sent.get("top_logprobs") == 1 else "logprobs"
        if not again and "logprobs" in sent and (names(message, "logprobs") or names(message, least)):
            remedy = "Set `logprobs: false` and `read: reply`."
            return Setback(
                f"{self.url} gives no log-probabilities of {judge.model} (HTTP {status}){said}. {remedy}", fatal=True
            )
        if status in (400, 422) and "temperature" in sent and names(message, "temperature"):
            remedy = (
                "Remove `top_p`."
                if "top_p" in sent and names(message, "top_p")
                else "Set `temperature: default`: none is sent then, and every round is asked anew."
            )
            return Setback(f"{self.url} refuses the temperature (HTTP {status}){said}. {remedy}", fatal=True)
        # llama.cpp: 500 for what a chat template refuses.
        if status in (400, 422, 500) and sent["messages"][0]["role"] == "system" and _NO_SYSTEM.search(message):
            return Setback(f"{self.url} takes no system message (HTTP {status}){said}. Remove `system:`.", fatal=True)
        if status == 403 and _ONE_PROMPT.search(said):
            return Setback(f"HTTP {status}{said}")
        if status == 402 or code == "insufficient_quota" or (status < 500 and _NO_CREDIT.search(message)):
            remedy = f"Top up the account of the key in {judge.key_variable}."
            return Setback(f"{self.url} gives no more credit (HTTP {status}){said}. {remedy}", fatal=True)
        if status in (401, 403) or (status == 400 and _BAD_KEY.search(message)):
            asked = f"refused the key in {judge.key_variable}" if self.key else "wants a key"
            remedy = f"Set the environment variable {judge.key_variable} to a key that may use {judge.model}."
            return Setback(f"{self.url} {asked} (HTTP {status}){said}. {remedy}", fatal=True)
        if status == 404 or (status in (400, 422) and _NO_MODEL.search(message)):
            # OpenRouter has none for what is asked of a model that it knows.
            unserved = "no endpoints found" in message.lower()
            remedy = "Correct model, inputs, logprobs or extra_body." if unserved else "Correct model or base_url."
            return Setback(f"{self.url} does not serve {judge.model} (HTTP {status}){said}. {remedy}", fatal=True)
        if again and wait is not None and wait > LONGEST_PAUSE:
            reason = f"{self.url} asks to be left alone for {wait / 3600:.1f} hours (HTTP {status}){said}"
            return Setback(f"{reason}. What was answered is kept: run again then.", fatal=True)
        if status == 413:
            said += ". Send less of a clip: lower frames, fps or max_side"
        return Setback(f"HTTP {status}{said}", again=again, wait=wait, busy=status == 429)

    def _quoted(self, text: str) -> str:
        """The server's words, as the end of a sentence of ours: without the key, in one line, not too long."""
        words = " ".join(self.key.hidden_in(text).split())
        return f': "{words if len(words) <= 200 else words[:200] + "…"}"' if words else ""


def _error_message(body: object) -> str:
    if isinstance(body, dict):
        return str(body.get("message") or body)
    return str(body or "")


def _error_within(answer: object) -> dict[str, Any]:
    """The error that stands in an answer of status 200, as OpenRouter sends them; nothing where there is none."""
    if not isinstance(answer, dict):
        return {}
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    error = answer.get("error") or first.get("error")
    return error if isinstance(error, dict) else {"message": error} if isinstance(error, str) else {}


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
