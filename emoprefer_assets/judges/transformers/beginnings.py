"""Beginnings of prompts, read once: what a model holds of them is copied behind whatever follows."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emoprefer_assets.judges.transformers.batching import behind, left_padded
from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.judges.transformers.prompts import Prompt, PromptReader
from emoprefer_assets.media import Media

# What is kept of clips that were read before: the latest batch of clips is kept even where it is larger.
HELD_BYTES = 2**30


@dataclass(frozen=True)
class Read:
    """Beginnings that were read in one batch.

    Attributes:
        cache: what the model holds of them, a row each: keys and values, or recurrent states.
        mask: 0 where a row is padded, shape (rows, width).
        deltas: by how much positions behind a row differ from its token count, shape (rows, 1).
    """

    cache: Any
    mask: Any
    deltas: Any

    def rows(self, places: Sequence[int]) -> Read:
        """Copies of some rows, each as often as it is named."""
        import torch

        index = torch.tensor(places, device=self.mask.device)
        cache = copy.copy(self.cache)
        cache.layers = [copy.copy(layer) for layer in cache.layers]
        for layer in cache.layers:
            # Recurrent states stand in dictionaries of their layer.
            vars(layer).update({name: dict(value) for name, value in vars(layer).items() if isinstance(value, dict)})
        cache.reorder_cache(index)
        return Read(cache, self.mask[index], self.deltas[index])

    @cached_property
    def size(self) -> int:
        """In bytes."""
        held = [value for layer in self.cache.layers for value in vars(layer).values()]
        held += [value for states in held if isinstance(states, dict) for value in states.values()]
        return sum(value.nbytes for value in held if hasattr(value, "nbytes"))


Key = tuple[tuple[Media, ...], tuple[int, ...]]


class Beginnings:
    """Reads beginnings, and keeps those of clips for the next questions about them.

    They take at most `HELD_BYTES`, or what one batch of clips takes where that is more, and the copies behind which a
    batch of questions is read.
    """

    def __init__(self, loaded: LoadedModel, reader: PromptReader) -> None:
        self._loaded, self._reader = loaded, reader
        # From the oldest to the latest.
        self._held: dict[Key, tuple[Read, int]] = {}
        self._pads = False

    def of(self, prompts: Sequence[Prompt], batch_size: int) -> Iterator[tuple[Read, list[int]]]:
        """The beginnings of prompts about clips: batches, and for each prompt the row of its own, -1 without one there.

        Args:
            batch_size: how many are read in one pass.
        """
        keys = [(prompt.request.media, tuple(prompt.tokens[: prompt.begins])) for prompt in prompts]
        found = {key: self._held.pop(key) for key in keys if key in self._held}
        missing: dict[Any, dict[Key, Prompt]] = {}
        for key, prompt in zip(keys, prompts, strict=True):
            if key not in found and prompt.media:
                missing.setdefault(prompt.media.shape, {})[key] = prompt
        for alike in missing.values():
            for start in range(0, len(alike), batch_size):
                batch = dict(list(alike.items())[start : start + batch_size])
                media = [prompt.media for prompt in batch.values() if prompt.media]
                read = self.read([tokens for _, tokens in batch], media)
                found |= {key: (read, row) for row, key in enumerate(batch)}
        self._held |= found
        self._let_go()
        for read in {id(read): read for read, _ in found.values()}.values():
            yield read, [row if held is read else -1 for held, row in map(found.__getitem__, keys)]

    def fit(self, prompts: Sequence[Prompt]) -> bool:
        """Whether answers can be generated in one batch behind the beginnings of these prompts.

        Where what follows differs in length there is padding in between. A recurrent state would take it in, and the
        window of an attention would be shortened by it.
        """
        follow = {len(prompt.tokens) - prompt.begins for prompt in prompts}
        return all(prompt.begins for prompt in prompts) and (self._pads or len(follow) == 1)

    def read(self, sequences: Sequence[Sequence[int]], media: Sequence[Any] = ()) -> Read:
        """Read beginnings of whatever length, with their media or without."""
        import torch

        loaded = self._loaded
        inputs = left_padded(loaded, self._reader, sequences, media)
        loaded.forget_rope_deltas()
        with torch.inference_mode(), loaded.noting_positions() as positions:
            cache = loaded.without_head(**inputs, use_cache=True)[loaded.cache_argument]
        mask = inputs["attention_mask"]
        if not positions:
            return Read(cache, mask, mask.new_zeros(len(mask), 1))
        # Not the model's `rope_deltas`: those go by the largest position, which may be that of a late frame, and what
        # follows stands behind the last token. Qwen3-Omni counts time in fractions, so that may be no whole number.
        follows = positions[-1][..., -1].amax(0).to(mask.device) + 1
        return Read(cache, mask, (follows - mask.sum(1))[:, None])

    def behind(self, read: Read, suffixes: Sequence[Sequence[int]]) -> tuple[Any, Read]:
        """Read what follows each row of `read`, which is used up.

        Returns:
            The last hidden states, shape (rows, longest, width), and what was read so far, which counts where all
            suffixes have one length.
        """
        import torch

        loaded = self._loaded
        inputs = behind(loaded, suffixes, read.mask, read.deltas)
        with torch.inference_mode():
            output = loaded.without_head(**inputs, **{loaded.cache_argument: read.cache}, use_cache=True)
        return output.last_hidden_state, Read(read.cache, inputs["attention_mask"], read.deltas)

    def forget(self) -> None:
        """Let go of everything that is kept."""
        self._held.clear()

    def can_be_shared(self) -> bool:
        """Whether this model can be read in parts.

        Some caches cannot be copied, and some models pass over a recurrent state where more than one token follows.
        """
        import torch
        from transformers.cache_utils import DynamicLayer

        tokens = self._loaded.tokenizer("a1 a2 same a1 same a2", add_special_tokens=False)["input_ids"]
        sequences, split = (tokens, tokens[1:-1], tokens[1:]), len(tokens) // 2
        try:
            read = self.read([tokens[:split], tokens[1:split]]).rows([0, 1, 1])
            self._pads = all(type(layer) is DynamicLayer for layer in read.cache.layers)
            _, read = self.behind(read, [tokens[split : split + 1]] * 3)
            hidden, _ = self.behind(read, [sequence[split + 1 - bool(row) :] for row, sequence in enumerate(sequences)])
        # Each kind of cache fails in a way of its own.
        except Exception:
            return False
        for row, sequence in enumerate(sequences):
            with torch.inference_mode():
                inputs = left_padded(self._loaded, self._reader, [sequence])
                whole = self._loaded.without_head(**inputs, use_cache=False).last_hidden_state[0, -1]
            ends = len(sequence) - (split + 1 - bool(row)) - 1
            # 0.03 % of the largest in float32, and 9 % in bfloat16, where rounding alone makes 1 %.
            if (hidden[row, ends] - whole).abs().max() > torch.finfo(whole.dtype).eps ** 0.5 * whole.abs().max():
                return False
        return True

    def _let_go(self) -> None:
        """Of the oldest, until what is kept is small enough."""
        kept: dict[int, Read] = {}
        size = 0
        for read, _ in reversed(self._held.values()):
            if id(read) not in kept:
                size += read.size
                if kept and size > HELD_BYTES:
                    break
                kept[id(read)] = read
        self._held = {key: held for key, held in self._held.items() if id(held[0]) in kept}
