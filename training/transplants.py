"""tiny_omni begins with the eyes and the language model of tiny_video and the ears of tiny_audio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def transplant(omni: Any, video: Mapping[str, Any], audio: Mapping[str, Any]) -> None:
    """Put the weights of both, as their state dicts hold them, into `omni`; what only it has stays random."""
    found = dict(video)
    for name, weights in video.items():
        if ".attn.qkv." in name:
            # One matrix there, three here.
            for part, third in zip("qkv", weights.chunk(3), strict=True):
                found[name.replace("qkv", part)] = third
    for name, weights in audio.items():
        if name.startswith("model.audio_tower.") or "multi_modal_projector" in name:
            renamed = name.replace("audio_tower.layer_norm", "audio_tower.ln_post")
            found[renamed.replace("multi_modal_projector.linear", "audio_tower.proj")] = weights
    theirs = omni.state_dict()
    missing = [name for name in theirs if name not in found and not name.endswith("audio_bos_eos_token.weight")]
    if missing:
        raise ValueError(f"nothing to begin with for {missing}")
    omni.load_state_dict({name: found.get(name, weights) for name, weights in theirs.items()})
