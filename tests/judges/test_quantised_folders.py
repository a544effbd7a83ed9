"""Model folders whose weights are quantised: scored as their weights say, or refused in words."""

import importlib.util
import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import load_model
from tests.judges.tiny_families import build

BLOCK = 32
FP8 = {
    "quant_method": "fp8",
    "activation_scheme": "dynamic",
    "weight_block_size": [BLOCK, BLOCK],
    "modules_to_not_convert": ["lm_head"],
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return build("text", tmp_path_factory.mktemp("quantised") / "plain")


def quantised(plain, name, config, weights=None):
    """A copy of the folder that says how it is quantised, with other weights."""
    folder = plain.parent / name
    shutil.copytree(plain, folder)
    if config:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"quantization_config": config}))
    if weights:
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def judge(folder):
    return TransformersJudge(name="q", backend="transformers", model=str(folder), inputs=())


def scores(folder, batch_size=1):
    requests = [
        ChatRequest(str(times), (ChatMessage("user", ("Which one? " + "He smiles. " * times,)),), options=("a1", "a2"))
        for times in (1, 4)
    ]
    replies = TransformersBackend(load_model(judge(folder), folder.parent), batch_size).answer(requests)
    return np.array([reply.log_probabilities for reply in sorted(replies, key=lambda reply: reply.key)])


@pytest.mark.skipif(
    torch.cuda.is_available(), reason="a GPU multiplies in 8 bits, a CPU with the weights they stand for"
)
def test_a_folder_in_fp8_scores_as_the_weights_that_it_stands_for(plain):
    packed, unpacked = {}, {}
    for name, weight in load_file(plain / "model.safetensors").items():
        packed[name] = unpacked[name] = weight
        if name.endswith("proj.weight"):
            rows, columns = weight.shape
            blocks = weight.view(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
            scale = blocks.abs().amax((1, 3), keepdim=True) / torch.finfo(torch.float8_e4m3fn).max
            small = (blocks / scale).to(torch.float8_e4m3fn)
            packed |= {name: small.view(rows, columns), f"{name}_scale_inv": scale[:, 0, :, 0].contiguous()}
            unpacked[name] = (small.float() * scale).view(rows, columns)
    found = scores(quantised(plain, "fp8", FP8, packed))
    assert np.abs(found - scores(quantised(plain, "unpacked", None, unpacked))).max() < 1e-5
    assert 1e-3 < np.abs(found - scores(plain)).max() < 1


def test_a_folder_in_int8_by_torchao_scores_nearly_as_the_whole_weights_alone_and_in_batches(plain):
    quantization = pytest.importorskip("torchao.quantization")
    from transformers import AutoModelForCausalLM, TorchAoConfig

    folder = quantised(plain, "int8", None)
    config = TorchAoConfig(quantization.Int8WeightOnlyConfig())
    AutoModelForCausalLM.from_pretrained(plain, quantization_config=config).save_pretrained(folder)
    found = scores(folder)
    assert 1e-3 < np.abs(found - scores(plain)).max() < 0.2
    assert np.abs(scores(folder, batch_size=2) - found).max() < 1e-4


@pytest.mark.parametrize(
    ("library", "config"),
    [
        ("torchao", {"quant_method": "torchao", "quant_type": {"default": {"_type": "Int8WeightOnlyConfig"}}}),
        ("compressed-tensors", {"quant_method": "compressed-tensors", "format": "pack-quantized"}),
        ("bitsandbytes", {"quant_method": "bitsandbytes", "load_in_4bit": True}),
        ("gptqmodel", {"quant_method": "awq", "bits": 4, "group_size": 32}),
    ],
)
def test_a_library_that_a_quantised_folder_needs_is_named_with_the_command(library, config, plain):
    if importlib.util.find_spec(library.replace("-", "_")):
        pytest.skip(f"{library} is installed")
    with pytest.raises(JudgeUnavailable, match=rf'"q": .* does not load: .*`pip install (-U )?{library}') as refused:
        load_model(judge(quantised(plain, library, config)), plain.parent)
    assert "\n" not in str(refused.value)
