"""Log-probabilities of given answers, with common beginnings of the questions read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from emoprefer_assets.judges.transformers.batching import left_padded
from emoprefer_assets.judges.transformers.beginnings import Beginnings, Read
from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.judges.transformers.prompts import Prompt, PromptReader
from emoprefer_assets.judges.transformers.sharing import clusters

# Rows of the output head that are turned to float32 at once: bounds the memory for large vocabularies.
HEAD_ROWS = 16_384
# How far the model's own logits may lie from its head's, as a share of the largest: bfloat16 alone makes 1 %.
TOLERANCE = 0.05


@dataclass(frozen=True)
class Continued:
    """A prompt and a beginning of its answers, read in one pass.

    Attributes:
        prompt: which of the prompts.
        tokens: of the prompt and the beginning.
        start: how many of them end with the clip's media; 0 where there are none.
        prompt_tokens: of the prompt alone.
        options: places of the options whose last token at most is missing from the beginning.
    """

    prompt: int
    tokens: list[int]
    start: int
    prompt_tokens: int
    options: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """Sequences that are read together.

    Attributes:
        shares: whether their beginnings are read once, and not with each of them.
        prefix: how many tokens behind a clip, or of all where there is none, are read once for all about it.
    """

    members: list[Continued]
    shares: bool = False
    prefix: int = 0


def continued(prompts: Sequence[Prompt]) -> list[Continued]:
    """The fewest sequences that give the log-probability of every token of every option.

    `a1` and `a2` need only the prompt with `a` (the last token's probability follows from what precedes it), and
    `same` then comes along. Descriptions need one sequence each.
    """
    found = []
    for place, prompt in enumerate(prompts):
        needed = {option[:-1] for option in prompt.options}
        ends = sorted(one for one in needed if not any(o != one and o[: len(one)] == one for o in needed))
        taken: set[int] = set()
        for end in ends:
            read_here = [
                number
                for number, option in enumerate(prompt.options)
                if number not in taken and end[: max(len(option) - 1, 0)] == option[:-1]
            ]
            taken.update(read_here)
            found.append(
                Continued(place, prompt.tokens + list(end), prompt.begins, len(prompt.tokens), tuple(read_here))
            )
    return found


class Scorer:
    """Scores options in float32 whatever the model's dtype, because bfloat16 moves scores by tenths of a nat."""

    def __init__(self, loaded: LoadedModel, reader: PromptReader, beginnings: Beginnings | None) -> None:
        self._loaded = loaded
        self._reader = reader
        self._beginnings = beginnings
        config = loaded.model.config.get_text_config()
        self._scale = _scale_of(config)
        self._softcap = getattr(config, "final_logit_softcapping", None)

    def plan(self, prompts: Sequence[Prompt]) -> list[Work]:
        """What is to be read for `prompts`: behind shared beginnings, then what is read whole, longest first."""
        shared: list[Continued] = []
        whole: dict[Any, list[Continued]] = {}
        for sequence in continued(prompts):
            media = prompts[sequence.prompt].media
            if self._beginnings and (not media or sequence.start):
                shared.append(sequence)
            else:
                whole.setdefault(media and media.shape, []).append(sequence)
        works = []
        for behind_clips in (True, False):
            alike = [one for one in shared if bool(one.start) is behind_clips]
            # The last token of the prompt stays behind: the first token of the answer is read off it.
            sharable = [sequence.prompt_tokens - 1 - sequence.start for sequence in alike]
            clips = [prompts[sequence.prompt].request.media for sequence in alike]
            texts = [sequence.tokens[sequence.start :] for sequence in alike]
            for cluster in clusters(texts, sharable, clips, self._loaded.device.type):
                members = [alike[place] for place in cluster.members]
                works.append(Work(members, behind_clips or cluster.prefix > 0, cluster.prefix))
        works += [Work(members) for members in whole.values()]
        return [
            replace(
                work, members=sorted(work.members, key=lambda one: (one.start if work.shares else 0) - len(one.tokens))
            )
            for work in works
        ]

    def score(
        self, prompts: Sequence[Prompt], work: Work, members: Sequence[Continued], batch_size: int
    ) -> Iterator[tuple[list[Continued], list[dict[int, float]]]]:
        """Batches of `members`, some or all of those of `work`, and for each the natural log-probability of the options
        it gives."""
        reads: Iterable[tuple[Read | None, list[tuple[Continued, int]]]] = [(None, [(one, 0) for one in members])]
        # What is left of a work that failed is read whole in the end, which takes the least memory.
        if work.shares and not len(members) == 1 < len(work.members):
            reads = self._behind_what(prompts, work, members, batch_size)
        for read, placed in reads:
            for start in range(0, len(placed), batch_size):
                some = placed[start : start + batch_size]
                batch = [member for member, _ in some]
                if read is None:
                    hidden = self._hidden(prompts, batch)
                else:
                    hidden = self._hidden_behind(read.rows([row for _, row in some]), work.prefix, batch)
                yield batch, self._read_off(prompts, batch, hidden)

    def head_is_last(self) -> bool:
        """Whether the model's logits are those of its output head, as `_logits` has them: some bend them afterwards.

        Raises:
            FloatingPointError: they are no numbers.
        """
        import torch

        tokens = self._loaded.tokenizer("a1 a2 same", add_special_tokens=False)["input_ids"]
        inputs = left_padded(self._loaded, self._reader, [tokens])
        self._loaded.forget_rope_deltas()
        with torch.inference_mode():
            theirs = self._loaded.model(**inputs, use_cache=False).logits[0, -1].float()
            hidden = self._loaded.without_head(**inputs, use_cache=False).last_hidden_state[0, -1:]
            hidden = hidden.to(self._loaded.head.weight.device)
            if theirs.isnan().any():
                raise FloatingPointError("the model gives no numbers (NaN)")
            # Granite and Cohere have models with eyes or ears whose configuration names a scale that is not applied.
            for scale in (self._scale, 1.0):
                self._scale = scale
                ours = torch.cat([logits for _, logits in self._logits(hidden)], dim=-1)[0].to(theirs.device)
                if (ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max():
                    return True
        return False

    def _behind_what(
        self, prompts: Sequence[Prompt], work: Work, members: Sequence[Continued], batch_size: int
    ) -> Iterator[tuple[Read, list[tuple[Continued, int]]]]:
        """What was read before the members of a work, in batches, each with the members behind its rows."""
        assert self._beginnings
        if not members[0].start:
            read = self._beginnings.read([members[0].tokens[: work.prefix]])
            yield read, [(member, 0) for member in members]
            return
        for read, rows in self._beginnings.of([prompts[member.prompt] for member in members], batch_size):
            placed = [(member, row) for member, row in zip(members, rows, strict=True) if row >= 0]
            if work.prefix:
                # In the order of the rows, each once.
                begun = dict(
                    sorted({row: member.tokens[member.start :][: work.prefix] for member, row in placed}.items())
                )
                _, read = self._beginnings.behind(read.rows(list(begun)), list(begun.values()))
                places = {row: place for place, row in enumerate(begun)}
                placed = [(member, places[row]) for member, row in placed]
            yield read, placed

    def _hidden(self, prompts: Sequence[Prompt], batch: Sequence[Continued]) -> list[Any]:
        """For each sequence, the states that the option tokens are read off, shape (positions, width)."""
        import torch

        media = [media for member in batch if (media := prompts[member.prompt].media) is not None]
        inputs = left_padded(self._loaded, self._reader, [member.tokens for member in batch], media)
        self._loaded.forget_rope_deltas()
        with torch.inference_mode():
            hidden = self._loaded.without_head(**inputs, use_cache=False).last_hidden_state
        return [hidden[row, member.prompt_tokens - 1 - len(member.tokens) :] for row, member in enumerate(batch)]

    def _hidden_behind(self, read: Read, prefix: int, batch: Sequence[Continued]) -> list[Any]:
        """As `_hidden`, behind `read`, which is used up."""
        assert self._beginnings
        starts = [member.start + prefix for member in batch]
        suffixes = [member.tokens[start:] for member, start in zip(batch, starts, strict=True)]
        hidden, _ = self._beginnings.behind(read, suffixes)
        return [
            hidden[row, member.prompt_tokens - 1 - start : len(member.tokens) - start]
            for row, (member, start) in enumerate(zip(batch, starts, strict=True))
        ]

    def _read_off(
        self, prompts: Sequence[Prompt], batch: Sequence[Continued], hidden: Sequence[Any]
    ) -> list[dict[int, float]]:
        import torch

        rows: list[int] = []
        tokens: list[int] = []
        first = 0
        for member, states in zip(batch, hidden, strict=True):
            for option in member.options:
                wanted = prompts[member.prompt].options[option]
                rows += range(first, first + len(wanted))
                tokens += wanted
            first += len(states)
        with torch.inference_mode():
            found = iter(self._log_probabilities(torch.cat(list(hidden)), rows, tokens).tolist())
        return [
            {option: sum(islice(found, len(prompts[member.prompt].options[option]))) for option in member.options}
            for member in batch
        ]

    def _log_probabilities(self, hidden: Any, rows: Sequence[int], tokens: Sequence[int]) -> Any:
        """Natural log-probability of each of `tokens` after the state in its row, shape (tokens,)."""
        import torch

        # Where a model is spread over GPUs, its head may stand on another one than its last layer.
        hidden = hidden.to(self._loaded.head.weight.device)
        row = torch.tensor(rows, dtype=torch.long, device=hidden.device)
        token = torch.tensor(tokens, dtype=torch.long, device=hidden.device)
        chosen = torch.zeros(len(tokens), device=hidden.device)
        total = torch.full((len(hidden),), -torch.inf, device=hidden.device)
        for start, logits in self._logits(hidden):
            total = torch.logaddexp(total, logits.logsumexp(-1))
            inside = (token >= start) & (token < start + logits.shape[1])
            chosen[inside] = logits[row[inside], token[inside] - start]
        return chosen - total[row]

    def _logits(self, hidden: Any) -> Iterator[tuple[int, Any]]:
        """The output head in float32, some rows of the vocabulary at a time: (first row, (states, rows))."""
        import torch

        head = self._loaded.head
        states = hidden.float()
        for start in range(0, head.weight.shape[0], HEAD_ROWS):
            part = slice(start, start + HEAD_ROWS)
            bias = None if head.bias is None else head.bias[part].float()
            logits = self._scale * torch.nn.functional.linear(states, head.weight[part].float(), bias)
            yield start, logits if self._softcap is None else self._softcap * torch.tanh(logits / self._softcap)


def _scale_of(config: Any) -> float:
    """What a model multiplies the logits of its head by; where it is another thing, `head_is_last` finds out."""
    divided_by = getattr(config, "logits_scaling", None)
    multiplied_by = getattr(config, "logit_scale", None) or getattr(config, "lm_head_multiplier", None)
    return 1 / divided_by if divided_by else multiplied_by or 1.0
