"""Lessons in words: describing a clip, and judging pairs of descriptions of it."""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.batches import Batch, Batcher
from training.scenes import scene
from training.schedules import optimiser, rate_at
from training.tasks import SHORTEST, Task, describing, in_the_other_order, judging

BEST_QUALITY = 5
# Weight of the disagreement of both orders, beside the cross-entropy of the answers.
DISAGREEMENT = 5.0
AS_LONG_AS_THE_SAMPLES = 340


@dataclass(frozen=True)
class Lessons:
    """How long and how much.

    Attributes:
        steps: of the optimiser.
        pairs, descriptions: in each step; every fourth step has as many descriptions without a clip.
        peak: learning rate.
        model_from: step from which the model learns; before, only the heads that are thrown away do.
        towers_from: step from which the towers learn too; before, only the language model does.
        long_from: step from which the texts are as long as the sample's; before, nothing fills them up.
        until: step at which they are broken off, or None.
        both_orders: every other pair is the one before it in the other order, and disagreement of the two costs.
    """

    steps: int
    pairs: int = 32
    descriptions: int = 12
    peak: float = 1.5e-3
    model_from: int = 0
    towers_from: int = 0
    long_from: int = 0
    until: int | None = None
    both_orders: bool = False


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


def learn(
    name: str,
    batcher: Batcher,
    held_out: Batcher,
    lessons: Lessons,
    checkpoint: Path,
    begins: Mapping[str, Any] | None = None,
) -> None:
    """Train the whole model; goes on from `checkpoint` where there is one, else from `begins` of earlier lessons.

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
    elif begins:
        # The scaffold too: heads that know nothing would first spoil what the model knows.
        learner.load_state_dict(begins)
    started, noted = time.monotonic(), defaultdict(list)
    last = lessons.until or lessons.steps
    for step in range(first, last):
        _teach(model, step >= lessons.model_from, step >= lessons.towers_from)
        for group in optimise.param_groups:
            group["lr"] = lessons.peak * rate_at(step, lessons.steps)
        optimise.zero_grad()
        for part, kind in _parts(batcher, lessons, random.Random(f"{name} {step} {rank}"), step):
            hidden = model.base_model(**part.inputs, use_cache=False).last_hidden_state
            loss = answer_loss(model, hidden, part)
            noted[kind].append(loss.item())
            if kind == "pairs" and lessons.both_orders:
                apart = disagreement(model, hidden, part)
                noted["orders apart"].append(apart.item())
                loss = loss + DISAGREEMENT * apart
            if len(part.claims):
                more, right = scaffold.loss(hidden, part)
                noted["claims right"].append(right)
                loss = loss + more
            # Descriptions teach the heads nothing.
            if loss.requires_grad:
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


def disagreement(model: Any, hidden: Any, batch: Batch) -> Any:
    """Mean Jensen-Shannon divergence, in nats, of what is answered in both orders: rows 0 and 1, 2 and 3 and so on.

    Where the right answer is `same` only the share of `same` is compared: a `same` shows no state to tell 1 from 2 by.
    """
    import torch

    rows, places, tokens = _columns(batch.answers)
    begins = torch.tensor([place == 0 or rows[place] != rows[place - 1] for place in range(len(rows))])
    first = model.get_output_embeddings()(hidden[rows[begins], places[begins]]).log_softmax(-1)
    second = model.get_output_embeddings()(hidden[rows[begins], places[begins] + 1])
    a, one, two, same = batch.options
    which = second[:, [one, two]].log_softmax(-1)
    decided = (tokens[begins] == a)[:, None]
    # Of a tie both thirds are taken alike, so that they add nothing.
    which = torch.where(decided, which, torch.full_like(which, 0.5).log())
    said = torch.cat([first[:, [a]] + which, first[:, [same]]], dim=1).log_softmax(-1)
    normal, exchanged = said[0::2], said[1::2][:, [1, 0, 2]]
    middle = torch.logaddexp(normal, exchanged) - torch.log(torch.tensor(2.0))
    apart = [(one_.exp() * (one_ - middle)).sum(-1) for one_ in (normal, exchanged)]
    return (sum(apart) / 2).mean()


def accuracy(model: Any, batcher: Batcher, count: int = 256) -> str:
    """Share of the pairs with a better one in which it is preferred, in percent, by what carries the emotion.

    Beside it the share in which both orders prefer the same one. No pair is answered `same`.
    """
    import torch

    dice = random.Random("held out")
    right: dict[str, list[bool]] = defaultdict(list)
    with torch.inference_mode():
        for start in range(0, count, 64):
            scenes = [scene(number, dice) for number in range(start, start + 64)]
            tasks = [judging(shown, batcher.inputs, dice, AS_LONG_AS_THE_SAMPLES) for shown in scenes]
            told = [(shown, task) for shown, task in zip(scenes, tasks, strict=True) if task.answer != "same"]
            seen = [batcher.seen(shown, dice, varied=False) for shown, _ in told]
            normal, exchanged = (
                _prefers_a1(model, batcher.batch(asked, seen))
                for asked in ([task for _, task in told], [in_the_other_order(task) for _, task in told])
            )
            for (shown, task), a1, a1_exchanged in zip(told, normal, exchanged, strict=True):
                for kind in (task.template, shown.carried_by):
                    right[kind].append(a1 == (task.answer == "a1"))
                right[f"{task.template} swap"].append(a1 != a1_exchanged)
    return ", ".join(f"{kind} {100 * np.mean(hits):.0f}" for kind, hits in sorted(right.items()))


def _prefers_a1(model: Any, batch: Batch) -> list[bool]:
    hidden = model.base_model(**batch.inputs, use_cache=False).last_hidden_state
    # The second token of "a1" or "a2" is read off the state of "a".
    rows, places, _ = _columns(batch.answers[1::3])
    logits = model.get_output_embeddings()(hidden[rows, places])
    _, one, two, _ = batch.options
    return (logits[:, one] > logits[:, two]).tolist()


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
    if lessons.both_orders:
        groups = [(_in_both_orders(group[::2]), kind) for group, kind in groups]
    described = [scene(number, dice) for number in range(lessons.descriptions)]
    groups.append(([(shown, describing(shown, batcher.inputs, dice, longest)) for shown in described], "describing"))
    parts = []
    for group, kind in groups:
        seen = [batcher.seen(shown, dice) for shown, _ in group]
        if kind == "pairs" and lessons.both_orders:
            seen = [one for one in seen[::2] for _ in range(2)]
        parts.append((batcher.batch([task for _, task in group], seen), kind))
    if step % 4 == 3:
        blind = [describing(shown, batcher.inputs, dice, longest) for shown in described]
        parts.append((batcher.batch(blind, [None] * len(blind)), "describing blindly"))
    return parts


def _in_both_orders(pairs: list[tuple[Any, Task]]) -> list[tuple[Any, Task]]:
    return [(shown, one) for shown, task in pairs for one in (task, in_the_other_order(task))]


def _teach(model: Any, words: bool, towers: bool) -> None:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(towers if any(tower in name for tower in ("visual", "audio_tower")) else words)


def _columns(found: np.ndarray) -> tuple[Any, Any, Any]:
    import torch

    return (
        torch.from_numpy(found[:, 0]).long(),
        torch.from_numpy(found[:, 1]).long(),
        torch.from_numpy(found[:, 2]).float(),
    )
