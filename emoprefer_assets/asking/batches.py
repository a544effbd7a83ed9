"""Questions put as batches: handed in by one run, collected by a later one.

A batch is on record with its questions before it is handed in, under a name that it carries as metadata. A run that
was killed before it learned the id finds the batch by that name, or finds that it was never made. Answers and the end
of the batch are recorded in one transaction.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Sequence
from typing import Any, TypeGuard

from emoprefer_assets.asking.interview import Interview, entry, judged, paid
from emoprefer_assets.asking.questions import Question
from emoprefer_assets.errors import BudgetReached, EmopreferError, JudgeUnavailable
from emoprefer_assets.judges import ChatReply, ModelJudge, read_registry
from emoprefer_assets.judges.openai import BatchEndpoint
from emoprefer_assets.judges.registry import OpenaiJudge
from emoprefer_assets.judges.thoughts import taken_apart
from emoprefer_assets.media import UnreadableMedia
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import CallCache
from emoprefer_assets.tally import Tally

# OpenAI takes 50,000 lines and 200 MB.
MOST_LINES = 50_000
MOST_BYTES = 150_000_000

log = logging.getLogger(__name__)


class BatchInterview(Interview):
    """Hands questions in as batches where the model's endpoint takes them; others are asked as ever."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._lines: dict[str, list[tuple[OpenaiJudge, Question, bytes]]] = {}
        self._bytes = 0
        self._put: set[str] = set()

    def _price_factor(self, asked: ModelJudge) -> float:
        return asked.batch_price_factor if _in_batches(asked) else 1.0

    def _send(self, asked: ModelJudge, waiting: Sequence[Question]) -> None:
        if not self._settings.calls or not _in_batches(asked):
            return super()._send(asked, waiting)
        # A question without a reply is put again by every window of clips that it is about.
        if not (waiting := [question for question in waiting if question.key not in self._put]):
            return
        endpoint = BatchEndpoint(asked)
        sent, too_many = self._affordable(asked, waiting)
        self._put |= {question.key for question in sent}
        for question in sent:
            assert question.request
            try:
                line = endpoint.line(question.request)
            except (UnreadableMedia, OSError) as error:
                self._spending.give_back(self._cache, [question.key])
                question.answered(ChatReply(question.key, failure=f"media: {' '.join(str(error).split())}"))
                continue
            if self._bytes + len(line) > MOST_BYTES or len(self._lines.get(asked.name, ())) == MOST_LINES:
                self.hand_in()
            self._lines.setdefault(asked.name, []).append((asked, question, line))
            self._bytes += len(line)
        if too_many:
            raise BudgetReached(self._spending.refusal(asked.where))

    def hand_in(self) -> None:
        """Have all questions answered that were put so far.

        Raises:
            JudgeUnavailable: an endpoint does not take its batch.
        """
        while self._lines:
            _, lines = self._lines.popitem()
            asked = lines[0][0]
            name = f"emoprefer-{secrets.token_hex(12)}"
            requests = ((question, question.request) for _, question, _ in lines)
            self._cache.begin_batch(
                name, asked.name, [(one.key, one.step, json.dumps(put.determinants())) for one, put in requests if put]
            )
            known = BatchEndpoint(asked).submit(name, b"".join(line for _, _, line in lines))
            self._cache.name_batch(name, known)
        self._bytes = 0


def collect(cache: CallCache, settings: Settings, tally: Tally) -> None:
    """Record what the judge's batches have answered.

    Args:
        cache: of the judge, open.
        tally: counts the calls.

    Raises:
        JudgeUnavailable: an endpoint cannot be asked, or would not carry a batch out.
    """
    for name, known, asked_name in cache.batches():
        asked = read_registry(settings.judges_file)[asked_name]
        if not isinstance(asked, OpenaiJudge):
            raise JudgeUnavailable(f"{asked.where}: a batch of it is under way, and its backend takes none any more.")
        found = BatchEndpoint(asked).look(name, known)
        if known and not found:
            log.warning("%s: batch %s is not known there any more: its calls are made anew.", asked.where, known)
        if found and not known:
            cache.name_batch(name, found.id)
        if found and found.replies is None:
            continue
        calls = []
        questions = cache.questions_of(name)
        for reply in map(taken_apart, (found and found.replies) or ()):
            if reply.key in questions:
                step, request = questions[reply.key][0], json.loads(questions[reply.key][1])
                reply = judged(reply)
                cost = asked.batch_price_factor * paid(asked, request, reply)
                calls.append(entry(asked, step, request, reply, cost))
                tally.add(step, 1, reply.tokens_in, reply.tokens_out, cost)
                if reply.failure:
                    tally.fail(reply.failure)
        cache.end_batch(name, calls)
        if found and found.failure:
            raise JudgeUnavailable(
                f"{asked.where}: batch {found.id} was not carried out: {found.failure}. Run again: "
                "what it has not answered is asked anew."
            )


def collect_all(settings: Settings) -> list[str]:
    """Collect for every judge that has batches; the names of those that may go on now."""
    ready = []
    for file in sorted(settings.calls_folder.glob("*.sqlite")):
        cache = CallCache(settings.calls_folder, file.stem)
        if before := cache.batches():
            try:
                with cache.open():
                    collect(cache, settings, Tally())
            except EmopreferError as error:
                log.warning("%s", error)
            if len(cache.batches()) < len(before):
                ready.append(file.stem)
    return ready


def under_way(cache: CallCache, where: str) -> JudgeUnavailable | None:
    """What to say where batches of the judge are under way."""
    if not (batches := cache.batches()):
        return None
    calls = sum(len(cache.questions_of(name)) for name, _, _ in batches)
    ids = ", ".join(known for _, known, _ in batches)
    return JudgeUnavailable(
        f"{where}: {calls} calls are under way in batches ({ids}). Run again later to collect them."
    )


def _in_batches(asked: ModelJudge) -> TypeGuard[OpenaiJudge]:
    return isinstance(asked, OpenaiJudge) and len(asked.base_urls) == 1 and asked.read == "reply"
