"""Recurrent states behind which questions stand: copied where the model goes on from them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.transformers import TransformersBackend, load
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.strategies import OPTIONS
from tests.judges.test_multimodal import judge, scores
from tests.judges.tiny_families import build

LONG = "He smiles and laughs, and says so at length, in a low voice, more than once. " * 4
RECURRENT = {
    "Qwen3_5": {
        "num_hidden_layers": 2,
        "head_dim": 32,
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_value_heads": 4,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "mrope_section": [2, 1, 1],
            "partial_rotary_factor": 0.25,
        },
    },
    "FalconH1": {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 16},
    # In transformers' own code its state is passed over by what follows in more than one token.
    "Jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 1},
    # What it goes on from takes in the padding of its batch.
    "MiniMax": {
        "head_dim": 32,
        "num_local_experts": 2,
        "block_size": 16,
        "layer_types": ["linear_attention", "full_attention"],
    },
}


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory):
    """Loaded models with recurrent states, with the tokenizer of the family `text`."""
    import transformers

    def loaded(family):
        folder = build("text", tmp_path_factory.mktemp("recurrent") / family)
        text = transformers.AutoConfig.from_pretrained(folder).to_dict()
        for name in ("model_type", "architectures", "rope_parameters", "head_dim", "transformers_version"):
            text.pop(name, None)
        kind = f"{family}{'Text' if family == 'Qwen3_5' else ''}Config"
        config = getattr(transformers, kind)(**text | RECURRENT[family])
        torch.manual_seed(0)
        getattr(transformers, f"{family}ForCausalLM")(config).eval().save_pretrained(folder)
        return load_model(judge("text", folder), folder)

    return loaded


def test_a_model_that_answers_otherwise_in_a_batch_is_asked_one_by_one(recurrent):
    loaded = recurrent("MiniMax")
    folder = Path(loaded.model.config.name_or_path)
    with pytest.raises(JudgeUnavailable, match=r"answers otherwise in a batch than alone\. Set `batch_size: 1`"):
        load(judge("text", folder), folder)
    assert TransformersBackend(loaded, 1).takes_batches and TransformersBackend(recurrent("Jamba"), 8).takes_batches


@pytest.mark.parametrize(("family", "shares"), [("Qwen3_5", True), ("FalconH1", True), ("Jamba", False)])
def test_a_recurrent_state_is_copied_where_the_model_goes_on_from_it(family, shares, recurrent):
    loaded = recurrent(family)
    endings = ("a1?", "she frowns, a2?", "is she glad, or not at all?")
    asked = [ChatRequest(ending, (ChatMessage("user", (f"{LONG} {ending}",)),), options=OPTIONS) for ending in endings]
    backend = TransformersBackend(loaded, 8)
    (work,) = backend._scorer.plan([backend._reader.read(request) for request in asked])
    assert work.shares is shares
    found, alone = scores(backend, asked), scores(TransformersBackend(loaded, 1, share=False), asked)
    assert max(np.abs(found[key] - alone[key]).max() for key in alone) < 1e-5
