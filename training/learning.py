"""Lessons in words: describing a clip, and judging pairs of descriptions of it."""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.batches import Batch, Batcher
from training.scenes import scene
from training.schedules import optimiser, rate_at
from training.tasks import SHORTEST, Task, describing, judging

BEST_QUALITY = 5
AS_LONG_AS_THE_SAMPLES = 340


@dataclass(frozen=True)
class Lessons:
    """How long and how much.

    Attributes:
        steps: of the optimiser.
        pairs, descriptions: in each step; every fourth step has as many descriptions without a clip.
        peak: learning rate.
        towers_from: step from which the towers learn too; before, only the language model does.
        long_from: step from which the texts are as long as the sample's; before, nothing fills them up.
        until: step at which they are broken off, or None.
    """

    steps: int
    pairs: int = 32
    descriptions: int = 12
    peak: float = 1.5e-3
    towers_from: int = 0
    long_from: int = 0
    until: int | None = None


class Scaffold:
    """Heads that say of each claim whether it holds, and of each description how good it is: thrown away afterwards.

    A pair has one answer but ten claims: these teach the model to look before it has to weigh.
    """

    def __init__(self, width: int) -> None:
        import torch

        self.heads = torch.nn.ModuleDict({"holds": torch.nn.Linear(width, 1), "quality": torch.nn.Linear(width, 1)})

    def loss(self, hidden: Any, batch: Batch) -> tuple[Any, float]:
        """The loss, and the share of claims that are judged rightly."""
        import torch

        rows, places, holds = _columns(batch.claims)
        said = self.heads["holds"](hidden[rows, places])[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(said, holds)
        rows, places, quality = _columns(batch.qualities)
        loss = loss + torch.nn.functional.mse_loss(
            self.heads["quality"](hidden[rows, places])[:, 0], quality / BEST_QUALITY
        )
        return loss, ((said > 0) == (holds > 0.5)).float().mean().item()


def learn(name: str, batcher: Batcher, held_out: Batcher, lessons: Lessons, checkpoint: Path) -> None:
    """Train the whole model; goes on from `checkpoint` where there is one.

    Started by `torchrun --nproc-per-node N`, N processes take lessons of their own and learn from all of them.
    """
    import torch

    rank, count = (int(os.environ.get(name_) or default) for name_, default in (("RANK", 0), ("WORLD_SIZE", 1)))
    if count > 1:
        torch.distributed.init_process_group("gloo")

    model = batcher.loaded.model
    scaffold = Scaffold(model.config.get_text_config().hidden_size)
    learner = torch.nn.ModuleDict({"model": model, "heads": scaffold.heads})
    optimise = optimiser(learner.parameters(), lessons.peak)
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        learner.load_state_dict(saved["learner"])
        optimise.load_state_dict(saved["optimiser"])
        first = saved["step"]
    started, noted = time.monotonic(), defaultdict(list)
    last = lessons.until or lessons.steps
    for step in range(first, last):
        _teach_towers(model, step >= lessons.towers_from)
        for group in optimise.param_groups:
            group["lr"] = lessons.peak * rate_at(step, lessons.steps)
        optimise.zero_grad()
        for part, kind in _parts(batcher, lessons, random.Random(f"{name} {step} {rank}"), step):
            hidden = model.base_model(**part.inputs, use_cache=False).last_hidden_state
            loss = answer_loss(model, hidden, part)
            noted[kind].append(loss.item())
            if len(part.claims):
                more, right = scaffold.loss(hidden, part)
                noted["claims right"].append(right)
                loss = loss + more
            loss.backward()
        if count > 1:
            _share(learner.parameters())
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimise.step()
        if rank:
            continue
        if step % 25 == 24:
            shown = "; ".join(f"{kind} {np.mean(values):.3f}" for kind, values in noted.items())
            print(f"{name} {step + 1}: {shown}; {time.monotonic() - started:.0f} s", flush=True)
            noted.clear()
        if step % 100 == 99 or step == last - 1:
            print(f"{name} {step + 1}: held out {accuracy(model, held_out)}", flush=True)
            state = {"learner": learner.state_dict(), "optimiser": optimise.state_dict(), "step": step + 1}
            torch.save(state, checkpoint)


def _share(parameters: Iterable[Any]) -> None:
    """Mean of all processes' gradients."""
    import torch

    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    together = torch.cat([gradient.flatten() for gradient in gradients])
    torch.distributed.all_reduce(together)
    together /= torch.distributed.get_world_size()
    for gradient, mean in zip(gradients, together.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def answer_loss(model: Any, hidden: Any, batch: Batch) -> Any:
    """Mean cross-entropy of the answers' tokens."""
    import torch

    rows, places, tokens = _columns(batch.answers)
    return torch.nn.functional.cross_entropy(model.get_output_embeddings()(hidden[rows, places]), tokens.long())


def accuracy(model: Any, batcher: Batcher, count: int = 256) -> str:
    """Share of the pairs with a better one in which it is preferred, in percent, by what carries the emotion."""
    import torch

    dice = random.Random("held out")
    right: dict[str, list[bool]] = defaultdict(list)
    one, two = (batcher.loaded.tokenizer(digit, add_special_tokens=False)["input_ids"][0] for digit in "12")
    with torch.inference_mode():
        for start in range(0, count, 64):
            scenes = [scene(number, dice) for number in range(start, start + 64)]
            tasks = [judging(shown, batcher.inputs, dice, AS_LONG_AS_THE_SAMPLES) for shown in scenes]
            told = [(shown, task) for shown, task in zip(scenes, tasks, strict=True) if task.answer != "same"]
            batch = batcher.batch(
                [task for _, task in told], [batcher.seen(shown, dice, varied=False) for shown, _ in told]
            )
            hidden = model.base_model(**batch.inputs, use_cache=False).last_hidden_state
            # The second token of "a1" or "a2" is read off the state of "a".
            rows, places, _ = _columns(batch.answers[1::3])
            logits = model.get_output_embeddings()(hidden[rows, places])
            for (shown, task), a1_is_better in zip(told, (logits[:, one] > logits[:, two]).tolist(), strict=True):
                hit = a1_is_better == (task.answer == "a1")
                for kind in (task.template, shown.carried_by):
                    right[kind].append(hit)
    return ", ".join(f"{kind} {100 * np.mean(hits):.0f}" for kind, hits in sorted(right.items()))


def _parts(batcher: Batcher, lessons: Lessons, dice: random.Random, step: int) -> list[tuple[Batch, str]]:
    """Pairs, shorter and longer ones apart; descriptions; and now and then descriptions of nothing that is shown."""
    longest = AS_LONG_AS_THE_SAMPLES if step >= lessons.long_from else SHORTEST
    pairs: list[tuple[Any, Task]] = []
    for number in range(lessons.pairs):
        shown = scene(number, dice)
        pairs.append((shown, judging(shown, batcher.inputs, dice, longest)))
    pairs.sort(key=lambda pair: sum(map(len, pair[1].values.values())))
    half = len(pairs) // 2
    groups = [(pairs[:half], "pairs"), (pairs[half:], "pairs")]
    described = [scene(number, dice) for number in range(lessons.descriptions)]
    groups.append(([(shown, describing(shown, batcher.inputs, dice, longest)) for shown in described], "describing"))
    parts = [
        (batcher.batch([task for _, task in group], [batcher.seen(shown, dice) for shown, _ in group]), kind)
        for group, kind in groups
        if group
    ]
    if step % 4 == 3:
        blind = [describing(shown, batcher.inputs, dice, longest) for shown in described]
        parts.append((batcher.batch(blind, [None] * len(blind)), "describing blindly"))
    return parts


def _teach_towers(model: Any, teach: bool) -> None:
    for name, parameter in model.named_parameters():
        if any(tower in name for tower in ("visual", "audio_tower")):
            parameter.requires_grad_(teach)


def _columns(found: np.ndarray) -> tuple[Any, Any, Any]:
    import torch

    return (
        torch.from_numpy(found[:, 0]).long(),
        torch.from_numpy(found[:, 1]).long(),
        torch.from_numpy(found[:, 2]).float(),
    )
