"""Weights change places: eyes, ears and reading of one tiny judge in another, whose classes call them differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What ears are called: alone, and in tiny_omni.
EARS = {"audio_tower.layer_norm": "audio_tower.ln_post", "multi_modal_projector.linear": "audio_tower.proj"}
ONLY_IN_OMNI = "audio_tower.audio_bos_eos_token"
# Sines and cosines, which one class keeps as weights.
ONLY_ALONE = "audio_tower.embed_positions"


def transplant(omni: Any, video: Mapping[str, Any], audio: Mapping[str, Any]) -> None:
    """Put tiny_video's eyes and language model and tiny_audio's ears, from their state dicts, into `omni`."""
    found = dict(video)
    for name, weights in video.items():
        if ".attn.qkv." in name:
            # One matrix there, three here.
            for part, third in zip("qkv", weights.chunk(3), strict=True):
                found[name.replace("qkv", part)] = third
    for name, weights in audio.items():
        if "language_model" not in name and "lm_head" not in name:
            for alone, together in EARS.items():
                name = name.replace(alone, together)
            found[name] = weights
    _fill(omni, found, ONLY_IN_OMNI)


def transplant_back(alone: Any, omni: Mapping[str, Any]) -> None:
    """Put tiny_omni's language model and what `alone` has of its eyes and ears, from its state dict, into `alone`."""
    import torch

    found = dict(omni)
    for name in omni:
        if ".attn.q." in name:
            found[name.replace(".q.", ".qkv.")] = torch.cat([omni[name.replace(".q.", f".{part}.")] for part in "qkv"])
        for there, here in EARS.items():
            if here in name:
                found[name.replace(here, there)] = omni[name]
    _fill(alone, found, ONLY_ALONE)


def _fill(model: Any, found: Mapping[str, Any], own: str) -> None:
    theirs = model.state_dict()
    missing = [name for name in theirs if name not in found and own not in name]
    if missing:
        raise ValueError(f"nothing to begin with for {missing}")
    model.load_state_dict({name: found.get(name, weights) for name, weights in theirs.items()})
