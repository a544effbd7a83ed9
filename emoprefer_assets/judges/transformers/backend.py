"""The backend: takes requests in any order, groups what belongs together, and answers every one."""

from __future__ import annotations

import gc
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from emoprefer_assets.display import listed
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import Backend, ChatReply, ChatRequest
from emoprefer_assets.judges.chat_template import ELSEWHERE
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers.beginnings import Beginnings
from emoprefer_assets.judges.transformers.generating import Generator
from emoprefer_assets.judges.transformers.loading import LoadedModel, Place, load_model, places
from emoprefer_assets.judges.transformers.prompts import Prompt, PromptReader
from emoprefer_assets.judges.transformers.replicas import Replicas
from emoprefer_assets.judges.transformers.scoring import Scorer
from emoprefer_assets.media import Media

log = logging.getLogger(__name__)

# Batches of texts that are tokenised and put in order of length together: bounds the memory, whatever is asked.
WINDOW = 32
# Batches that must have had enough memory before a larger one is tried; doubled each time memory runs out.
PATIENCE = 8
BENT = "this model changes its logits behind its output head, so options cannot be scored: set `read: reply`"

# Items of one batch, what came of each, seconds for each, and why nothing came.
Attempt = tuple[list[Any], list[Any], float, str]


class TransformersBackend:
    """Scores options, or generates, with a language model and what it sees and hears.

    Args:
        batch_size: sequences in one forward pass. Halved where memory runs out, and doubled again after batches that
            had enough: one long clip does not slow down all that follows.
        share: whether common beginnings are read once. Without it every question is read whole, to compare.
    """

    def __init__(self, loaded: LoadedModel, batch_size: int, share: bool = True) -> None:
        self.loaded = loaded
        self.batch_size = self._largest = batch_size
        # Batches in a row that had enough memory, and how many make it worth while to try a larger one.
        self._went_well, self._patience = 0, PATIENCE
        self._reader = PromptReader(loaded.template, batch_size)
        beginnings = Beginnings(loaded, self._reader)
        self._beginnings = beginnings if share and beginnings.can_be_shared() else None
        self._scorer = Scorer(loaded, self._reader, self._beginnings)
        self._generator = Generator(loaded, self._reader, self._beginnings)
        self._scores_are_right = self._scorer.head_is_last()
        # What can be read in parts was tried in batches.
        self.takes_batches = bool(self._beginnings) or not share or batch_size == 1 or self._generator.answers_alike()
        self._most_tokens = loaded.most_tokens
        self._told = False

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        """Replies as they come: what shares media or a beginning is answered together.

        A request that cannot be answered gets a reply that says why; the others are answered all the same.
        """
        with ThreadPoolExecutor(1, "read-ahead") as ahead:
            under_way: Future[tuple[list[Prompt], list[ChatReply]]] | None = None
            for window in [*windows(requests, self.batch_size), None]:
                # What comes next is made ready while the model is at work.
                coming = ahead.submit(self._read, window) if window else None
                if under_way:
                    prompts, failures = under_way.result()
                    yield from failures
                    if prompts:
                        yield from self._score(prompts) if prompts[0].request.options else self._generate(prompts)
                under_way = coming

    def _read(self, window: Sequence[ChatRequest]) -> tuple[list[Prompt], list[ChatReply]]:
        """Prompts of a window, and replies to what cannot be read."""
        prompts, failures = [], []
        for request in window:
            try:
                prompts.append(self._reader.read(request))
                self._note_length(len(prompts[-1].tokens))
            except Exception as error:
                failures.append(ChatReply(key=request.key, failure=_reason(error)))
        return prompts, failures

    def _note_length(self, tokens: int) -> None:
        if tokens > self._most_tokens:
            log.warning(
                "%s reads a prompt of %d tokens; by its config.json it was made for %d. Answers may mean nothing. "
                "Give it fewer frames.",
                *(self.loaded.model.config.name_or_path, tokens, self._most_tokens),
            )
            self._most_tokens = math.inf

    def _score(self, prompts: list[Prompt]) -> Iterator[ChatReply]:
        if not self._scores_are_right:
            yield from (ChatReply(key=prompt.request.key, failure=BENT) for prompt in prompts)
            return
        scores: list[dict[int, float]] = [{} for _ in prompts]
        seconds = [0.0] * len(prompts)
        failed: set[int] = set()
        for work in self._scorer.plan(prompts):
            attempts = self._attempts(
                work.members,
                partial(self._scorer.score, prompts, work),
            )
            for members, results, spent, reason in attempts:
                for place, member in enumerate(members):
                    prompt = prompts[member.prompt]
                    seconds[member.prompt] += spent
                    if member.prompt in failed:
                        continue
                    if not reason:
                        scores[member.prompt].update(results[place])
                    found = tuple(scores[member.prompt].get(option) for option in range(len(prompt.options)))
                    if not reason and any(score is not None and math.isnan(score) for score in found):
                        reason = "the model's scores are not numbers: its dtype may be too narrow"
                    if reason:
                        failed.add(member.prompt)
                        yield _reply(prompt, seconds[member.prompt], failure=reason)
                    elif None not in found:
                        yield _reply(prompt, seconds[member.prompt], log_probabilities=found)

    def _generate(self, prompts: list[Prompt]) -> Iterator[ChatReply]:
        together: dict[Any, list[Prompt]] = {}
        for prompt in sorted(prompts, key=lambda prompt: -len(prompt.tokens)):
            kind = (prompt.request.max_new_tokens, prompt.media and prompt.media.shape)
            together.setdefault(kind, []).append(prompt)
        for some in together.values():
            for batch, results, seconds, reason in self._attempts(some, partial(self._generator.generate, len(some))):
                for place, prompt in enumerate(batch):
                    if reason:
                        yield _reply(prompt, seconds, failure=reason)
                    else:
                        text, tokens, cut = results[place]
                        yield _reply(prompt, seconds, text=text, tokens_out=tokens, cut=cut)

    def _attempts(
        self, items: Sequence[Any], run: Callable[[list[Any], int], Iterator[tuple[list[Any], list[Any]]]]
    ) -> Iterator[Attempt]:
        """What `run` makes of `items`: in smaller batches where memory runs out, one by one after other failures.

        Args:
            run: takes items and a batch size; gives batches of the items, with a result for each.
        """
        if self.batch_size < self._largest and self._went_well >= self._patience:
            self.batch_size, self._went_well = min(2 * self.batch_size, self._largest), 0
        pending = deque([(list(items), self.batch_size)])
        while pending:
            part, size = pending.popleft()
            answered: set[int] = set()
            reason = ""
            started = time.perf_counter()
            try:
                for batch, results in run(part, size):
                    answered.update(map(id, batch))
                    self._went_well += 1
                    yield batch, results, (time.perf_counter() - started) / len(batch), ""
                    started = time.perf_counter()
            except Exception as error:
                reason = _reason(error)
                out_of_memory = _is_out_of_memory(error)
            if not reason:
                continue
            rest = [item for item in part if id(item) not in answered]
            if self._beginnings:
                self._beginnings.forget()
            _free_memory()
            together = min(size, len(rest))
            half = together // 2
            if not half:
                yield rest[:1], [], time.perf_counter() - started, reason
                if rest[1:]:
                    pending.appendleft((rest[1:], size))
            elif out_of_memory:
                log.warning("A batch of %d found no memory (%s). Trying again with %d.", together, reason, half)
                self.batch_size, self._went_well, self._patience = half, 0, 2 * self._patience
                pending.extendleft((rest[at : at + half], half) for at in reversed(range(0, len(rest), half)))
            else:
                # A smaller batch fails in the same way. Asked alone, only the question at fault fails.
                self._tell_once(together, reason)
                if rest[together:]:
                    pending.appendleft((rest[together:], size))
                pending.extendleft(([item], 1) for item in reversed(rest[:together]))

    def _tell_once(self, together: int, reason: str) -> None:
        if self._told:
            return
        self._told = True
        log.warning(
            "%s: a batch of %d failed (%s). The questions of such batches are asked again one by one. If this comes "
            "back in every run, set `batch_size: 1`.",
            self.loaded.model.config.name_or_path,
            together,
            reason,
        )


def load(judge: TransformersJudge, models_dir: Path) -> Backend:
    """The judge's backend, its model loaded; keeping it from one use to the next is the caller's part.

    Raises:
        JudgeUnavailable: the model is not there, does not load, gives no numbers, or cannot take the judge's inputs.
    """
    backends = [_on(place, judge, models_dir) for place in places(judge, models_dir)]
    return Replicas(backends, partial(windows, batch_size=judge.batch_size)) if backends[1:] else backends[0]


def _on(place: Place, judge: TransformersJudge, models_dir: Path) -> TransformersBackend:
    loaded = load_model(judge, models_dir, place)
    try:
        backend = TransformersBackend(loaded, judge.batch_size)
    except FloatingPointError as error:
        remedy = "Set `dtype: bfloat16` or `dtype: float32`; if that does not help, its weights are damaged."
        raise JudgeUnavailable(f"{judge.where}: {judge.model}: {error}. {remedy}") from None
    # Whatever a model of its kind raises.
    except Exception as error:
        raise JudgeUnavailable(
            f"{judge.where}: {judge.model} loads, and fails at a first text ({_reason(error)}). {ELSEWHERE}."
        ) from error
    # A text does not reach the weights that see and hear.
    if damaged := _without_numbers(loaded.model):
        raise JudgeUnavailable(
            f"{judge.where}: {judge.model}: {len(damaged)} weights hold NaN ({listed(damaged, 3)}). Download it again."
        )
    if not backend.takes_batches:
        raise JudgeUnavailable(
            f"{judge.where}: {judge.model} answers otherwise in a batch than alone. Set `batch_size: 1`."
        )
    return backend


def _without_numbers(model: Any) -> list[str]:
    """Names of the weights that hold NaN; those of quantised layers, and what is not in memory, are not looked at."""
    import torch

    plain = [(name, one) for name, one in model.named_parameters() if type(one.data) is torch.Tensor]
    plain = [(name, one) for name, one in plain if one.is_floating_point() and one.itemsize > 1 and not one.is_meta]
    return [name for name, one in plain if one.isnan().any()]


def windows(requests: Sequence[ChatRequest], batch_size: int) -> Iterator[list[ChatRequest]]:
    """What is read and answered together: scored or generated, some texts, or what is asked about a few clips."""
    most = WINDOW * batch_size
    for scored in (True, False):
        some = [request for request in requests if bool(request.options) is scored]
        # Texts with a common beginning become neighbours, wherever they stood.
        texts = sorted((request for request in some if not request.media), key=_texts)
        yield from (texts[start : start + most] for start in range(0, len(texts), most))
        about: dict[tuple[Media, ...], list[ChatRequest]] = {}
        for request in some:
            if request.media:
                about.setdefault(request.media, []).append(request)
        groups = list(about.values())
        for start in range(0, len(groups), batch_size):
            window = [request for group in groups[start : start + batch_size] for request in group]
            yield from (window[at : at + most] for at in range(0, len(window), most))


def _texts(request: ChatRequest) -> tuple[Any, ...]:
    return tuple((message.role, *message.parts) for message in request.messages)


def _reply(prompt: Prompt, seconds: float, **answer: Any) -> ChatReply:
    return ChatReply(key=prompt.request.key, tokens_in=len(prompt.tokens), seconds=seconds, **answer)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    # The CPU's allocator has no class of its own for this.
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
