"""First lessons for eyes and ears alone: which phrase, which emotion, how strong; the heads are thrown away."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.scenarios import EMOTIONS, FELT, NEUTRAL
from training.bank import FACE_PHRASES, VOICE_PHRASES, Bank
from training.batches import patches, varied_frames, varied_spectra
from training.schedules import optimiser, rate_at

NAMES = (NEUTRAL, *(emotion.name for emotion in EMOTIONS))
BATCH = 64
PEAK = 1e-3


def train_tower(model: Any, name: str, bank: Bank, steps: int, checkpoint: Path) -> None:
    """Train the eyes of tiny_video or the ears of tiny_audio; goes on from `checkpoint` where there is one."""
    import torch

    phrases = FACE_PHRASES if name == "tiny_video" else VOICE_PHRASES
    emotions = np.array([NAMES.index(FELT[phrase]) for phrase in phrases])
    head = torch.nn.Linear(model.config.get_text_config().hidden_size, len(phrases) + len(NAMES) + 3)
    learner = torch.nn.ModuleDict({"tower": tower_of(model, name), "head": head})
    optimise = optimiser(learner.parameters(), PEAK)
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        learner.load_state_dict(saved["learner"])
        optimise.load_state_dict(saved["optimiser"])
        first = saved["step"]
    count = len(bank.phrases)
    learned, held = bank.part(slice(0, count - count // 20)), bank.part(slice(count - count // 20, count))
    started = time.monotonic()
    right: list[Any] = []
    for step in range(first, steps):
        dice = random.Random(f"{name} tower {step}")
        chosen = np.array(dice.sample(range(len(learned.phrases)), BATCH))
        output = head(states(model, name, learned, chosen, dice))
        loss, hits = _judged(output, learned, chosen, emotions, len(phrases))
        right.append(hits)
        for group in optimise.param_groups:
            group["lr"] = PEAK * rate_at(step, steps)
        optimise.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimise.step()
        if step % 100 == 99 or step == steps - 1:
            with torch.no_grad():
                chosen = np.arange(min(len(held.phrases), 256))
                _, seen = _judged(head(states(model, name, held, chosen, None)), held, chosen, emotions, len(phrases))
            shown = [" ".join(f"{100 * share:.0f}" for share in shares) for shares in (np.mean(right, axis=0), seen)]
            print(
                f"{name} tower {step + 1}: {loss.item():.3f}; phrase, emotion, strength right in %: {shown[0]}; "
                f"held out {shown[1]}; {time.monotonic() - started:.0f} s",
                flush=True,
            )
            right = []
            torch.save(
                {"learner": learner.state_dict(), "optimiser": optimise.state_dict(), "step": step + 1}, checkpoint
            )


def states(model: Any, name: str, bank: Bank, chosen: np.ndarray, dice: random.Random | None) -> Any:
    """Mean of what the language model is given of each, shape (n, width); varied where there are dice."""
    import torch

    if name == "tiny_video":
        frames = bank.signals[chosen].astype(np.float32)
        if dice is not None:
            frames = np.stack([varied_frames(one, dice) for one in frames])
        cut = torch.from_numpy(np.concatenate([patches(one) for one in frames]))
        grid = torch.tensor([[2, frames.shape[2] // 14, frames.shape[3] // 14]] * len(frames))
        merged = model.base_model.visual(cut, grid_thw=grid).pooler_output
        return merged.reshape(len(frames), -1, merged.shape[-1]).mean(1)
    steps = bank.lengths[chosen]
    spectra = bank.signals[chosen].astype(np.float32)
    if dice is not None:
        spectra = np.stack([varied_spectra(one, int(n), dice) for one, n in zip(spectra, steps, strict=True)])
    convolved = torch.from_numpy((steps - 1) // 2 + 1)
    heard = (torch.arange(spectra.shape[-1] // 2) < convolved[:, None])[:, None, None, :]
    heard = heard.expand(-1, 1, heard.shape[-1], -1)
    output = model.base_model.audio_tower(torch.from_numpy(spectra), attention_mask=heard).last_hidden_state
    output = model.base_model.multi_modal_projector(output)
    valid = (torch.arange(output.shape[1]) < ((convolved - 2) // 2 + 1)[:, None])[..., None]
    return (output * valid).sum(1) / valid.sum(1)


def tower_of(model: Any, name: str) -> Any:
    """The part of `model` that these lessons are for."""
    import torch

    base = model.base_model
    if name == "tiny_video":
        return base.visual
    return torch.nn.ModuleList([base.audio_tower, base.multi_modal_projector])


def _judged(output: Any, bank: Bank, chosen: np.ndarray, emotions: np.ndarray, phrases: int) -> tuple[Any, Any]:
    """The loss, and how often phrase, emotion and strength (where there is one) are right."""
    import torch

    truth = [bank.phrases[chosen], emotions[bank.phrases[chosen]], bank.intensities[chosen]]
    parts = output.split([phrases, len(NAMES), 3], dim=1)
    targets = [torch.from_numpy(np.asarray(one, dtype=np.int64)) for one in truth]
    losses = [torch.nn.functional.cross_entropy(*pair, ignore_index=-1) for pair in zip(parts, targets, strict=True)]
    hits = [
        (part.argmax(1) == target)[target >= 0].float().mean().item()
        for part, target in zip(parts, targets, strict=True)
    ]
    return sum(losses), hits
