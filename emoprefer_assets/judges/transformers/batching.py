"""Prompts of different lengths, with and without media, as the tensors of one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emoprefer_assets.judges.transformers.loading import LoadedModel
from emoprefer_assets.judges.transformers.prompts import KINDS, MediaInputs, PromptReader, together


def left_padded(
    loaded: LoadedModel,
    reader: PromptReader,
    sequences: Sequence[Sequence[int]],
    media: Sequence[MediaInputs] = (),
    positions: bool = True,
) -> dict[str, Any]:
    """Arguments of a forward pass over whole sequences, ending together.

    Args:
        media: of each sequence, all of one shape; none where the sequences have none.
        positions: whether to number the tokens here, which `generate` does itself.

    Returns:
        input_ids and attention_mask, shape (sequences, longest), the media, and what the positions follow from.
    """
    import torch

    longest = max(map(len, sequences))
    ids = torch.full((len(sequences), longest), loaded.tokenizer.pad_token_id)
    mask = torch.zeros_like(ids)
    kinds: dict[str, Any] = {}
    for row, sequence in enumerate(sequences):
        start = longest - len(sequence)
        ids[row, start:] = torch.tensor(sequence)
        mask[row, start:] = 1
        for name, types in reader.token_types(list(sequence)).items():
            kinds.setdefault(name, torch.zeros_like(ids))[row, start:] = torch.tensor(types)
    tensors = {"input_ids": ids, "attention_mask": mask}
    if media:
        tensors |= together(media, loaded.model.dtype)
        tensors |= {loaded.kinds_argument if name == KINDS[0] else name: kind for name, kind in kinds.items()}
    if positions and not (media and loaded.rotates_in_three):
        # Without these, left padding shifts the rotary positions and with them the scores. Models that rotate in time,
        # height and width number the tokens of media themselves.
        tensors["position_ids"] = _in_three((mask.cumsum(1) - 1).clamp(min=0), loaded)
    placed = {name: _placed(tensor, loaded.device) for name, tensor in tensors.items()}
    return placed | {"use_audio_in_video": True} if media and media[0].woven else placed


def behind(loaded: LoadedModel, suffixes: Sequence[Sequence[int]], mask: Any, deltas: Any) -> dict[str, Any]:
    """Arguments of a forward pass over what follows tokens that were read before, beginning together.

    Padding stands on the right, where causal attention keeps it from every token that counts.

    Args:
        mask: 0 where what was read before is padded, shape (suffixes, width).
        deltas: by how much positions differ from token counts behind it, shape (suffixes, 1).
    """
    import torch

    longest = max(map(len, suffixes))
    ids = torch.full((len(suffixes), longest), loaded.tokenizer.pad_token_id)
    for row, suffix in enumerate(suffixes):
        ids[row, : len(suffix)] = torch.tensor(suffix)
    positions = mask.sum(1, keepdim=True) + torch.arange(longest, device=mask.device)
    tensors = {
        "input_ids": ids,
        "attention_mask": torch.cat([mask, mask.new_ones(len(suffixes), longest)], dim=1),
        "position_ids": _in_three(positions + deltas, loaded),
    }
    return {name: _placed(tensor, loaded.device) for name, tensor in tensors.items()}


def _placed(tensor: Any, device: Any) -> Any:
    """On the model's device. From pinned memory the copy to a GPU runs beside what is computed there."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.contiguous().pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def _in_three(positions: Any, loaded: LoadedModel) -> Any:
    return positions.expand(3, *positions.shape) if loaded.rotates_in_three else positions
