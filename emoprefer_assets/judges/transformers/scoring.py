"""Log-probabilities of given answers, with common beginnings of the questions read once."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from emoprefer_assets.judges.transformers.batching import behind_cache, left_padded
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
        prompt_tokens: of the prompt alone.
        options: places of the options whose last token at most is missing from the beginning.
    """

    prompt: int
    tokens: list[int]
    prompt_tokens: int
    options: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """Sequences that are read together, and how many tokens they have in common that are read once."""

    members: list[Continued]
    prefix: int


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
            found.append(Continued(place, prompt.tokens + list(end), len(prompt.tokens), tuple(read_here)))
    return found


class Scorer:
    """Scores options in float32 whatever the model's dtype, because bfloat16 moves scores by tenths of a nat."""

    def __init__(self, loaded: LoadedModel, reader: PromptReader, share: bool = True) -> None:
        self._loaded = loaded
        self._reader = reader
        # A recurrent state cannot be put behind another sequence.
        self._share = share and not getattr(loaded.model, "_is_stateful", False)
        config = loaded.model.config.get_text_config()
        self._scale = _scale_of(config)
        self._softcap = getattr(config, "final_logit_softcapping", None)

    def plan(self, prompts: Sequence[Prompt]) -> list[Work]:
        """What is to be read for `prompts`: shared beginnings one by one, then what is read whole, longest first."""
        about: dict[int, list[Continued]] = {}
        for sequence in continued(prompts):
            about.setdefault(id(prompts[sequence.prompt].media), []).append(sequence)
        works = []
        whole: dict[Any, list[Continued]] = {}
        for sequences in about.values():
            media = prompts[sequences[0].prompt].media
            # Omni models number what follows a sound between frames from the sound alone, which a cache does not tell.
            woven = media is not None and media.woven
            for work in [Work(sequences, 0)] if woven else self._shared(sequences):
                if work.prefix:
                    works.append(work)
                else:
                    whole.setdefault(media and media.shape, []).extend(work.members)
        works += [Work(members, 0) for members in whole.values()]
        return [Work(sorted(work.members, key=lambda one: -len(one.tokens)), work.prefix) for work in works]

    def score(
        self, prompts: Sequence[Prompt], members: Sequence[Continued], prefix: int, batch_size: int
    ) -> Iterator[tuple[list[Continued], list[dict[int, float]]]]:
        """Batches of `members`, and for each member the natural log-probability of the options it gives.

        Args:
            prefix: how many tokens, the same for all members, are read once.
        """
        if prefix:
            cache, delta = self._read_prefix(prompts[members[0].prompt], members[0].tokens[:prefix])
        for start in range(0, len(members), batch_size):
            batch = list(members[start : start + batch_size])
            if prefix:
                last = start + batch_size >= len(members)
                hidden = self._hidden_behind(cache if last else copy.deepcopy(cache), prefix, delta, batch)
            else:
                hidden = self._hidden(prompts, batch)
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
            ours = torch.cat([logits for _, logits in self._logits(hidden)], dim=-1)[0]
        if theirs.isnan().any():
            raise FloatingPointError("the model gives no numbers (NaN)")
        return bool((ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max())

    def _shared(self, sequences: Sequence[Continued]) -> list[Work]:
        """How to read sequences about the same media, or about none."""
        if not self._share:
            return [Work(list(sequences), 0)]
        media_tokens = self._reader.media_tokens()
        works = []
        # The last token of the prompt stays behind: the first token of the answer is read off it.
        sharable = [sequence.prompt_tokens - 1 for sequence in sequences]
        for cluster in clusters([sequence.tokens for sequence in sequences], sharable):
            members = [sequences[place] for place in cluster.members]
            # What the towers see and hear is read with the beginning, so it has to be there in full.
            cut = any(token in media_tokens for member in members for token in member.tokens[cluster.prefix :])
            works.append(Work(members, 0 if cut else cluster.prefix))
        return works

    def _hidden(self, prompts: Sequence[Prompt], batch: Sequence[Continued]) -> list[Any]:
        """For each sequence, the states that the option tokens are read off, shape (positions, width)."""
        import torch

        media = [media for member in batch if (media := prompts[member.prompt].media) is not None]
        inputs = left_padded(self._loaded, self._reader, [member.tokens for member in batch], media)
        self._loaded.forget_rope_deltas()
        with torch.inference_mode():
            hidden = self._loaded.without_head(**inputs, use_cache=False).last_hidden_state
        return [hidden[row, member.prompt_tokens - 1 - len(member.tokens) :] for row, member in enumerate(batch)]

    def _read_prefix(self, prompt: Prompt, tokens: list[int]) -> tuple[Any, float]:
        """The cache of the common beginning, and how positions behind it differ from token counts."""
        import torch

        inputs = left_padded(self._loaded, self._reader, [tokens], [prompt.media] if prompt.media else [])
        self._loaded.forget_rope_deltas()
        with torch.inference_mode():
            cache = self._loaded.without_head(**inputs, use_cache=True)[self._loaded.cache_argument]
        deltas = self._loaded.rope_deltas
        # Qwen3-Omni counts time in fractions, so what follows a video may stand at no whole number.
        return cache, 0 if deltas is None else deltas.flatten()[0].item()

    def _hidden_behind(self, cache: Any, prefix: int, delta: float, batch: Sequence[Continued]) -> list[Any]:
        """As `_hidden`, behind `cache`, which is used up."""
        import torch

        cache.batch_repeat_interleave(len(batch))
        inputs = behind_cache(self._loaded, [member.tokens[prefix:] for member in batch], prefix, delta)
        with torch.inference_mode():
            output = self._loaded.without_head(**inputs, **{self._loaded.cache_argument: cache}, use_cache=True)
        return [
            output.last_hidden_state[row, member.prompt_tokens - 1 - prefix : len(member.tokens) - prefix]
            for row, member in enumerate(batch)
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
        states = hidden.to(head.weight.device).float()
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
