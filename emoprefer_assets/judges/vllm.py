"""Language models with and without eyes and ears, run in this process by vLLM's offline engine."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.chat import ChatReply, ChatRequest
from emoprefer_assets.judges.chat_template import ChatTemplate, load_template
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.registry import VllmJudge
from emoprefer_assets.judges.weights import weights_folder
from emoprefer_assets.media import Frames, VideoSampling

log = logging.getLogger(__name__)

# Prompts handed to the engine before its answers are collected: enough to fill it, few enough to hold their media.
UNDER_WAY = 64
# Longer options are read as part of the prompt; for shorter ones the engine says what comes next.
SHORT_OPTION = 4
# As vLLM writes it: as many tokens as its memory has room for.
MOST_THAT_FIT = -1

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class _Step:
    """One prompt of a question with options.

    Attributes:
        behind: tokens that follow the question's prompt.
        wanted: tokens whose log-probability as the next one is asked for; none asks for those of `behind` itself.
    """

    behind: Tokens
    wanted: Tokens


@dataclass
class _Question:
    """A request on its way.

    Attributes:
        prompt: its text, with stand-ins of media.
        options: tokens of each option.
        open: prompts without an answer so far, by the engine's name for them; None is the request's own text.
        next_tokens: natural log-probability of each token that continues an option, by the tokens before it.
    """

    request: ChatRequest
    template: ChatTemplate
    prompt: str = ""
    options: tuple[Tokens, ...] = ()
    open: dict[str, _Step | None] = field(default_factory=dict)
    next_tokens: dict[Tokens, dict[int, float]] = field(default_factory=dict)
    text: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cut: bool = False

    def reply(self, failure: str = "") -> ChatReply:
        scores = () if failure else tuple(self._log_probability(option) for option in self.options)
        reply = ChatReply(self.request.key, self.text, scores, self.tokens_in, self.tokens_out, self.seconds, failure)
        return replace(reply, cut=self.cut)

    def take(self, output: Any) -> None:
        """Note what the engine answered to one of the prompts."""
        step = self.open.pop(output.request_id)
        (answer,) = output.outputs
        if step is None:
            self.text = self.template.generated(answer.text, answer.token_ids, self.prompt)
            self.tokens_out, self.cut = len(answer.token_ids), answer.finish_reason == "length"
        elif step.wanted:
            found = answer.logprobs[0]
            self.next_tokens[step.behind] = {token: found[token].logprob for token in step.wanted}
        else:
            scored = output.prompt_logprobs[-len(step.behind) :]
            for place, token in enumerate(step.behind):
                known = self.next_tokens.setdefault(step.behind[:place], {})
                known[token] = scored[place][token].logprob
        behind = len(step.behind) if step else 0
        self.tokens_in = len(output.prompt_token_ids) - behind

    def _log_probability(self, option: Tokens) -> float:
        return sum(self.next_tokens[option[:place]][token] for place, token in enumerate(option))


class VllmBackend:
    """Scores options, or generates, with prefix caching.

    An option of at most `SHORT_OPTION` tokens is scored by asking for the next token's log-probabilities after the
    prompt and after each beginning of an option: exactly, whatever would have been sampled, and with the prompt
    cached. Longer ones (descriptions) become part of the prompt, whose log-probabilities bypass the cache.

    Args:
        llm: a `vllm.LLM`.
    """

    def __init__(self, llm: Any, template: ChatTemplate) -> None:
        self._llm = llm
        self._template = template
        # Left alone, the engine's process outlives it, and the process that started it cannot end.
        weakref.finalize(self, llm.llm_engine.engine_core.shutdown)

    def answer(self, requests: Sequence[ChatRequest]) -> Iterator[ChatReply]:
        """Replies as they come; closing the iterator ends what is under way.

        A request that cannot be answered gets a reply that says why; the others are answered all the same.
        """
        engine = self._llm.llm_engine
        waiting = iter(enumerate(_neighbours(requests)))
        asked: dict[str, _Question] = {}
        last = time.perf_counter()
        try:
            while True:
                while len(asked) < UNDER_WAY and (following := next(waiting, None)) is not None:
                    question = _Question(following[1], self._template)
                    try:
                        self._ask(question, str(following[0]))
                    except Exception as error:
                        # vLLM checks what it is given (lengths, media) when it takes it.
                        engine.abort_request(list(question.open))
                        yield question.reply(failure=f"{type(error).__name__}: {' '.join(str(error).split())}"[:500])
                    else:
                        asked |= dict.fromkeys(question.open, question)
                if not asked:
                    return
                finished = [output for output in engine.step() if output.finished]
                now = time.perf_counter()
                for output in finished:
                    question = asked.pop(output.request_id)
                    question.seconds += (now - last) / len(finished)
                    question.take(output)
                    if not question.open:
                        yield question.reply()
                if finished:
                    last = time.perf_counter()
        finally:
            engine.abort_request(list(asked))

    def _ask(self, question: _Question, name: str) -> None:
        request = question.request
        question.prompt = self._template.prompt(request)
        prompt = self._prompt(request, question.prompt)
        question.options = self._template.option_tokens(request, question.prompt)
        engine = self._llm.llm_engine
        for number, step in enumerate(_steps(question.options) if question.options else [None]):
            tokens = [*prompt["prompt_token_ids"], *(step.behind if step else ())]
            (rendered,) = engine.renderer.render_cmpl([prompt | {"prompt_token_ids": tokens}])
            part = f"{name}.{number}"
            engine.add_request(part, rendered, _sampling(request, step))
            question.open[part] = step

    def _prompt(self, request: ChatRequest, text: str) -> dict[str, Any]:
        """The request, whose prompt is `text`, as vLLM takes it.

        Raises:
            UnreadableMedia: a file cannot be decoded.
            ValueError: the model cannot take the request.
        """
        template = self._template
        template.check_media(request.media)
        prompt: dict[str, Any] = {"prompt_token_ids": template.tokens(text)}
        decoded = [media.read() for media in request.media]
        videos = [item for item in decoded if isinstance(item, Frames)]
        sounds = [(item.samples, item.rate) for item in decoded if not isinstance(item, Frames)]
        media: dict[str, Any] = {"audio": sounds} if sounds else {}
        if videos:
            timed = template.video_kwargs(videos)
            clocks = [clock | {"do_sample_frames": False} for clock in timed.pop("video_metadata")]
            media["video"] = [(video.pixels.copy(), clock) for video, clock in zip(videos, clocks, strict=True)]
            prompt["mm_processor_kwargs"] = timed
        return prompt | ({"multi_modal_data": media} if media else {})


def load(judge: VllmJudge, models_dir: Path) -> VllmBackend:
    """The judge's backend, its engine started.

    Raises:
        JudgeUnavailable: vLLM or the model is not there, does not start, or cannot take the judge's inputs.
    """
    require_installed(judge)
    try:
        from vllm import LLM
    except ImportError as error:
        raise JudgeUnavailable(
            f'{judge.where}: vLLM does not load ({error}). Run: pip install "emoprefer-assets[vllm]"'
        ) from None
    folder = weights_folder(judge, models_dir)
    if judge.trust_remote_code:
        log.warning("%s: trust_remote_code is on: Python code inside %s runs with your rights.", judge.where, folder)
    try:
        template = load_template(folder, judge.trust_remote_code, judge.chat_template_kwargs)
        template.check_inputs(judge)
        llm = LLM(
            model=str(folder),
            dtype=judge.dtype,
            trust_remote_code=judge.trust_remote_code,
            max_model_len=judge.max_model_len or MOST_THAT_FIT,
            max_num_batched_tokens=judge.max_num_batched_tokens,
            tensor_parallel_size=judge.tensor_parallel_size,
            gpu_memory_utilization=judge.gpu_memory_utilization,
            enforce_eager=judge.enforce_eager,
            enable_prefix_caching=True,
            limit_mm_per_prompt=_room_for(judge, template),
            seed=0,
            disable_log_stats=True,
        )
    except JudgeUnavailable:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:500]
        raise JudgeUnavailable(
            f"{judge.where}: vLLM does not start {folder}: {reason}. It needs a GPU, or vLLM's build for CPUs; "
            "`backend: transformers` needs neither."
        ) from error
    return VllmBackend(llm, template)


def _room_for(judge: VllmJudge, template: ChatTemplate) -> dict[str, int | dict[str, int]]:
    """How many of each kind of media a question has, with the size of a video where it is known."""
    room: dict[str, int | dict[str, int]] = {
        kind: int(kind in judge.inputs) for kind in ("image", *sorted(template.takes))
    }
    for sampling in judge.samplings:
        if isinstance(sampling, VideoSampling):
            frames = {} if sampling.frames is None else {"num_frames": sampling.frames}
            room["video"] = {"count": 1, "width": sampling.max_side, "height": sampling.max_side} | frames
    return room


def _neighbours(requests: Sequence[ChatRequest]) -> list[ChatRequest]:
    """The requests such that those about the same media follow each other, and find them in the cache."""
    groups: dict[Any, list[ChatRequest]] = {}
    for request in requests:
        groups.setdefault(request.media, []).append(request)
    return [request for group in groups.values() for request in group]


def _steps(options: Sequence[Tokens]) -> list[_Step]:
    """The fewest prompts that tell every option's log-probability, beginnings before what follows them."""
    next_tokens: dict[Tokens, set[int]] = {}
    for option in options:
        if len(option) <= SHORT_OPTION:
            for place, token in enumerate(option):
                next_tokens.setdefault(option[:place], set()).add(token)
    steps = [_Step(behind, tuple(sorted(wanted))) for behind, wanted in sorted(next_tokens.items())]
    return steps + [_Step(option, ()) for option in options if len(option) > SHORT_OPTION]


def _sampling(request: ChatRequest, step: _Step | None) -> Any:
    """What is sampled; nothing comes from the model folder's own defaults."""
    from vllm import SamplingParams

    if step is None:
        return SamplingParams(
            max_tokens=request.max_new_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed if request.temperature else None,
        )
    asked = {"logprob_token_ids": list(step.wanted)} if step.wanted else {"prompt_logprobs": 0}
    return SamplingParams(max_tokens=1, temperature=0.0, detokenize=False, **asked)
