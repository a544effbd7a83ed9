"""From scenes and tasks to the tensors of a forward pass, as the `transformers` backend makes them of clips."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emoprefer_assets.judges.chat_template import ChatTemplate
from emoprefer_assets.judges.transformers.batching import left_padded
from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.judges.transformers.prompts import MediaInputs, PromptReader
from emoprefer_assets.media import Media
from emoprefer_assets.strategies import Prompts
from synthesis.scenarios import Scenario
from training.bank import FACE_PHRASES, VOICE_PHRASES, Bank
from training.given import AUDIO, VIDEO
from training.tasks import Task

CLIP_WORD = {("video",): "silent video", ("audio",): "recording", ("video", "audio"): "video with its sound"}
PATCH, MERGE, TEMPORAL = 14, 2, 2
# How Qwen's processors scale pixels.
MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Seen:
    """What is shown and heard of one scene.

    Attributes:
        frames: float32, shape (4, 84, 84, 3), 0 to 255; None where nothing is seen.
        spacing: seconds from one frame to the next.
        spectra: float32, shape (128, 250); None where nothing is heard.
        steps: how many of them are sound.
    """

    frames: np.ndarray | None = None
    spacing: float = 0.0
    spectra: np.ndarray | None = None
    steps: int = 0


@dataclass(frozen=True)
class Batch:
    """Prompts with their answers.

    Attributes:
        inputs: arguments of the model's forward pass; the answers stand at the end.
        answers: for each answer token, its row, the place of the state that it is read off, and the token.
        claims: for each claim, its row, the place of its last token, and 1 where it holds, else 0.
        qualities: for each description, its row, the place of its last token, and its quality.
        options: the tokens "a", "1", "2" and "same", of which the answers to pairs are made.
    """

    inputs: dict[str, Any]
    answers: np.ndarray
    claims: np.ndarray
    qualities: np.ndarray
    options: tuple[int, ...]


class Batcher:
    """Puts tasks about scenes to a model.

    Args:
        faces, voices: what is shown and heard, where the model takes it.
    """

    def __init__(
        self, model: Any, template: ChatTemplate, inputs: tuple[str, ...], faces: Bank | None, voices: Bank | None
    ) -> None:
        self.loaded = LoadedModel(model, template)
        self.reader = PromptReader(template)
        self.inputs = inputs
        self._template = template
        self._prompts = Prompts()
        self._faces, self._voices = faces, voices
        self._media = {kind: Media(Path(kind), "", {"video": VIDEO, "audio": AUDIO}[kind], None) for kind in inputs}
        self._options = tuple(self._template.tokenizer.convert_tokens_to_ids(["a", "1", "2", "same"]))
        self._places: dict[tuple[str, int], np.ndarray] = {}

    def seen(self, scene: Scenario, dice: random.Random, varied: bool = True) -> Seen:
        """A face and a voice that show what the scene says; `varied` in light, place, loudness and noise."""
        seen = {}
        if self._faces is not None:
            number = self._any(self._faces, FACE_PHRASES, scene.face, scene.face_intensity, dice)
            frames = self._faces.signals[number].astype(np.float32)
            seen |= {"frames": varied_frames(frames, dice) if varied else frames}
            seen |= {"spacing": float(self._faces.lengths[number])}
        if self._voices is not None:
            number = self._any(self._voices, VOICE_PHRASES, scene.voice, scene.voice_intensity, dice)
            spectra, steps = self._voices.signals[number].astype(np.float32), int(self._voices.lengths[number])
            seen |= {"spectra": varied_spectra(spectra, steps, dice) if varied else spectra, "steps": steps}
        return Seen(**seen)

    def batch(self, tasks: Sequence[Task], seen: Sequence[Seen | None]) -> Batch:
        """
        Args:
            seen: of each task; None throughout where the tasks are put without a clip.
        """
        sequences, answers, claims, qualities = [], [], [], []
        media = [self.media_inputs(one) for one in seen if one is not None]
        for row, task in enumerate(tasks):
            text = self._text(task, media[row] if media else None)
            told = self._template.tokenizer(
                text, add_special_tokens=self._template.adds_special_tokens(text), return_offsets_mapping=True
            )
            tokens, ends = told["input_ids"], np.array([end for _, end in told["offset_mapping"]])
            for name, said in task.claims.items():
                start = text.rindex(task.values[name])
                claims += [(row, int(np.searchsorted(ends, start + c.end)), c.holds) for c in said]
                last = int(np.searchsorted(ends, start + len(task.values[name])))
                qualities.append((row, last, task.qualities[name]))
            reply = self._template.tokenizer(task.answer + "<|im_end|>", add_special_tokens=False)["input_ids"]
            answers += [(row, len(tokens) + place - 1, token) for place, token in enumerate(reply)]
            sequences.append(tokens + reply)
        inputs = left_padded(self.loaded, self.reader, sequences, media)
        longest = max(map(len, sequences))
        shift = np.array([longest - len(sequence) for sequence in sequences])
        placed = (_shifted(found, shift) for found in (answers, claims, qualities))
        return Batch(inputs, *placed, self._options)

    def media_inputs(self, seen: Seen) -> MediaInputs:
        """As `PromptReader` makes them of a decoded clip."""
        import torch

        tensors: dict[str, Any] = {}
        stand_ins: dict[str, list[str]] = {}
        omni = len(self.inputs) > 1
        processor = self._template.processor
        if seen.spectra is not None:
            mask = torch.zeros(1, seen.spectra.shape[-1], dtype=torch.long)
            mask[:, : seen.steps] = 1
            tensors |= {"input_features": torch.from_numpy(seen.spectra)[None], "feature_attention_mask": mask}
            stand_ins["audio"] = [processor.audio_token * (((seen.steps - 1) // 2 - 1) // 2 + 1)]
        if seen.frames is not None:
            tensors["pixel_values_videos"] = torch.from_numpy(patches(seen.frames))
            grid = (VIDEO.frames // TEMPORAL, seen.frames.shape[1] // PATCH, seen.frames.shape[2] // PATCH)
            tensors["video_grid_thw"] = torch.tensor([grid])
            tensors["video_second_per_grid" if omni else "second_per_grid_ts"] = torch.tensor([2 * seen.spacing])
            stand_ins["video"] = [processor.video_token * (grid[0] * grid[1] * grid[2] // MERGE**2)]
        # No prompt was processed with them.
        return MediaInputs(tensors, stand_ins, tokens=[])

    def _text(self, task: Task, media: MediaInputs | None) -> str:
        shown = tuple(self._media.values()) if media else ()
        clip = {} if task.template in ("s3", "s4_answer") else {"clip": CLIP_WORD[self.inputs]}
        text = self._template.text(self._prompts.messages(task.template, shown, **clip, **task.values))
        if media:
            (text,), _ = self._template.processor.get_text_with_replacements(
                [text],
                videos_replacements=media.stand_ins.get("video", []),
                audio_replacements=media.stand_ins.get("audio", []),
            )
        return text

    def _any(
        self, bank: Bank, phrases: tuple[str, ...], phrase: str, intensity: int | None, dice: random.Random
    ) -> int:
        key = (phrase, -1 if intensity is None else intensity)
        if key not in self._places:
            self._places[key] = bank.places(phrases.index(phrase), key[1])
        return int(dice.choice(self._places[key]))


def patches(frames: np.ndarray) -> np.ndarray:
    """Frames, shape (n, height, width, 3), as Qwen's processors cut them, shape (patches, 1176), float32."""
    scaled = ((frames / 255 - np.float32(MEAN)) / np.float32(SPREAD)).astype(np.float32)
    count, height, width, _ = scaled.shape
    rows, columns = height // PATCH, width // PATCH
    cut = scaled.transpose(0, 3, 1, 2).reshape(
        count // TEMPORAL, TEMPORAL, 3, rows // MERGE, MERGE, PATCH, columns // MERGE, MERGE, PATCH
    )
    return cut.transpose(0, 3, 6, 4, 7, 2, 1, 5, 8).reshape(-1, 3 * TEMPORAL * PATCH * PATCH)


def varied_frames(frames: np.ndarray, dice: random.Random) -> np.ndarray:
    """In other light, a little aside, and as noisy as an encoder leaves them."""
    noise = np.random.default_rng(dice.getrandbits(32))
    moved = np.roll(frames, (dice.randint(-2, 2), dice.randint(-2, 2)), axis=(1, 2))
    light = 1 + noise.normal(0, 0.06, 3) + noise.normal(0, 0.06)
    grain = noise.normal(0, dice.uniform(0, 5), frames.shape)
    return np.clip(moved * light + noise.normal(0, 6) + grain, 0, 255).astype(np.float32)


def varied_spectra(spectra: np.ndarray, steps: int, dice: random.Random) -> np.ndarray:
    """A little louder or softer, later or sooner, and noisy; silence stays behind the sound."""
    noise = np.random.default_rng(dice.getrandbits(32))
    moved = spectra.copy()
    moved[:, :steps] = np.roll(spectra[:, :steps], dice.randint(-4, 4), axis=1)
    # 1 dB is 0.1 / 4 in the extractor's units.
    moved += dice.gauss(0, 0.7) * 0.1 / 4 + noise.normal(0, dice.uniform(0, 0.05), spectra.shape)
    # A band of frequencies or of time goes missing, so that nothing hangs on it alone.
    low, start = dice.randrange(0, 118), dice.randrange(0, max(1, steps - 10))
    if dice.random() < 0.5:
        moved[low : low + dice.randint(2, 10)] = moved.min()
    if dice.random() < 0.5:
        moved[:, start : start + dice.randint(2, 8)] = moved.min()
    return moved.astype(np.float32)


def _shifted(found: list[tuple[int, int, Any]], shift: np.ndarray) -> np.ndarray:
    """Places counted from the left edge of the padded batch, shape (n, 3)."""
    rows = np.array(found, dtype=np.float64).reshape(-1, 3)
    rows[:, 1] += shift[rows[:, 0].astype(int)]
    return rows
