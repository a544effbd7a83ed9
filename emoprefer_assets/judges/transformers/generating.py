"""Free answers, in batches that do not change them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from emoprefer_assets.judges.chat import ChatRequest
from emoprefer_assets.judges.transformers.batching import left_padded
from emoprefer_assets.judges.transformers.beginnings import Beginnings, Read
from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.judges.transformers.prompts import Prompt, PromptReader


class Written(NamedTuple):
    """An answer.

    Attributes:
        text: with the tags of its thoughts.
        tokens: how many, with the one that ends it.
        cut: whether none ends it.
    """

    text: str
    tokens: int
    cut: bool


class Generator:
    """Writes answers: greedy, or drawn with dice that belong to the request alone."""

    def __init__(self, loaded: LoadedModel, reader: PromptReader, beginnings: Beginnings | None) -> None:
        self._loaded = loaded
        self._reader = reader
        self._beginnings = beginnings

    def generate(self, of: int, prompts: list[Prompt], batch_size: int) -> Iterator[tuple[list[Prompt], list[Written]]]:
        """Batches of `prompts`, and for each prompt the answer.

        All have the same `max_new_tokens`, and media of one shape or none.

        Args:
            of: how many there were; the last one of several that failed is read whole.
        """
        for start in range(0, len(prompts), batch_size):
            batch = prompts[start : start + batch_size]
            if not self._beginnings or len(prompts) == 1 < of or not self._beginnings.fit(batch):
                yield batch, self._answers(batch, self._whole(batch))
                continue
            for read, rows in self._beginnings.of(batch, batch_size):
                some = [prompt for prompt, row in zip(batch, rows, strict=True) if row >= 0]
                yield some, self._answers(some, self._behind(read.rows([row for row in rows if row >= 0]), some))

    def answers_alike(self) -> bool:
        """Whether the model answers in a batch as alone: some recurrent states take in what fills a batch up."""
        import torch

        loaded = self._loaded
        tokens = loaded.tokenizer("a1 a2 same a1 same a2", add_special_tokens=False)["input_ids"]

        def logits(*sequences: list[int]) -> list[Any]:
            loaded.forget_rope_deltas()
            inputs = left_padded(loaded, self._reader, sequences, positions=False)
            told = {"output_logits": True, "return_dict_in_generate": True}
            with torch.inference_mode():
                output = loaded.model.generate(
                    **inputs, do_sample=False, max_new_tokens=3, pad_token_id=loaded.tokenizer.pad_token_id, **told
                )
            return [step[-1].float() for step in output.logits]

        try:
            steps = list(zip(logits(tokens, tokens[2:]), logits(tokens[2:]), strict=False))
        # A model that cannot write says so when it is asked to.
        except Exception:
            return True
        for together, alone in steps:
            if (together - alone).abs().max() > torch.finfo(loaded.model.dtype).eps ** 0.5 * alone.abs().max():
                return False
            if together.argmax() != alone.argmax():
                break
        return True

    def _whole(self, prompts: list[Prompt]) -> dict[str, Any]:
        """What `generate` takes of prompts that are read from their first token."""
        media = [prompt.media for prompt in prompts if prompt.media is not None]
        self._loaded.forget_rope_deltas()
        return left_padded(self._loaded, self._reader, [prompt.tokens for prompt in prompts], media, positions=False)

    def _behind(self, read: Read, prompts: list[Prompt]) -> dict[str, Any]:
        """What `generate` takes of prompts whose beginnings are read."""
        import torch

        suffixes = [prompt.tokens[prompt.begins :] for prompt in prompts]
        inputs = left_padded(self._loaded, self._reader, suffixes, positions=False)
        inputs["attention_mask"] = torch.cat([read.mask, inputs["attention_mask"]], dim=1)
        self._loaded.take_rope_deltas(read.deltas)
        return inputs | {self._loaded.cache_argument: read.cache}

    def _answers(self, prompts: list[Prompt], inputs: dict[str, Any]) -> list[Written]:
        import torch
        from transformers import LogitsProcessorList

        loaded = self._loaded
        requests = [prompt.request for prompt in prompts]
        drawn = any(request.temperature for request in requests)
        with torch.inference_mode():
            output = loaded.model.generate(
                **inputs,
                do_sample=False,
                logits_processor=LogitsProcessorList([_dice(requests, loaded.device)] if drawn else []),
                max_new_tokens=requests[0].max_new_tokens,
                pad_token_id=loaded.tokenizer.pad_token_id,
            )
        written = output[:, inputs["input_ids"].shape[1] :].tolist()
        answers = [self._until_end(tokens) for tokens in written]
        texts = loaded.tokenizer.batch_decode(answers, skip_special_tokens=True)
        return [
            Written(loaded.template.generated(text, tokens, prompt.text), len(tokens), tokens[-1] not in self._ends)
            for prompt, text, tokens in zip(prompts, texts, answers, strict=True)
        ]

    def _until_end(self, tokens: list[int]) -> list[int]:
        length = next((place + 1 for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        return tokens[:length]

    @property
    def _ends(self) -> set[int]:
        ends = self._loaded.model.generation_config.eos_token_id
        return {ends} if isinstance(ends, int) else set(ends or ())


def _dice(requests: Sequence[ChatRequest], device: Any) -> Any:
    """Turns the choice of the likeliest token into a draw, on the model's device.

    The likeliest token after Gumbel noise is a fair draw (Gumbel 1954), and with noise from a generator of each row's
    own, what is drawn depends on the request's seed and not on the requests beside it.
    """
    import torch
    from transformers import LogitsProcessor

    class Dice(LogitsProcessor):
        supports_continuous_batching = False

        def __init__(self) -> None:
            self._generators = [torch.Generator(device).manual_seed(request.seed) for request in requests]

        def __call__(self, input_ids: Any, scores: Any) -> Any:
            scores = scores.float()
            for row, (request, generator) in enumerate(zip(requests, self._generators, strict=True)):
                if request.temperature:
                    scores[row] = _likeliest(scores[row] / request.temperature, request.top_p)
                    noise = torch.empty(scores.shape[1], device=device).exponential_(generator=generator).log()
                    scores[row] -= noise.to(scores.device)
            return scores

    return Dice()


def _likeliest(scores: Any, top_p: float) -> Any:
    """`scores` (vocabulary,) without the tokens outside the smallest set that holds `top_p` of the probability."""
    if top_p >= 1:
        return scores
    ordered, places = scores.sort(descending=True)
    shares = ordered.softmax(-1)
    outside = shares.cumsum(-1) - shares >= top_p
    return scores.masked_fill(outside.scatter(0, places, outside), float("-inf"))
