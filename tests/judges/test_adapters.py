"""LoRA weights that are merged into a model's, made here by peft for a tiny model."""

import json
from importlib.util import find_spec

import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import load

needs_peft = pytest.mark.skipif(find_spec("peft") is None, reason="peft is not installed")
OPTIONS = ("a1", "a2", "same")


def judge(model, adapter=None, **keys):
    entry = {"name": "j", "backend": "transformers", "model": str(model), "adapter": adapter and str(adapter)}
    return TransformersJudge(**entry | keys)


@pytest.fixture
def adapter(tiny_model, tmp_path):
    """A folder of LoRA weights for the tiny model; drawn, because fresh ones change nothing."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    both = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model), LoraConfig(target_modules=["q_proj"], r=4))
    for name, weight in both.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.3)
    both.save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


def scores(backend):
    question = ChatRequest("q", (ChatMessage("user", ("Is she glad?",)),), options=OPTIONS)
    (reply,) = backend.answer([question])
    return reply.log_probabilities


@needs_peft
def test_a_judge_with_an_adapter_scores_as_peft_has_the_two(tiny_model, adapter, tmp_path):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    plain, tuned = (load(judge(tiny_model, place), tmp_path) for place in (None, adapter))
    both = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), adapter).eval()
    prompt = plain.loaded.tokenizer("user: Is she glad?\nanswer: ")["input_ids"]
    own = []
    for option in OPTIONS:
        tokens = plain.loaded.tokenizer(option, add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            logits = both(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        own.append(logits.gather(1, torch.tensor(tokens)[:, None]).sum().item())
    assert scores(tuned) == pytest.approx(own, abs=1e-4)
    assert max(abs(a - b) for a, b in zip(scores(tuned), scores(plain), strict=True)) > 0.01


@needs_peft
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"target_modules": ["q_proj", "v_proj"]},
            r"adapter is of another model: .*v_proj.lora_A.*Set `model:` to the",
        ),
        ({"target_modules": ["k_proj"]}, r"adapter is of another model"),
        ({"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 2}, r"kind PREFIX_TUNING, which cannot be merged"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(changed, message, tiny_model, adapter, tmp_path):
    file = adapter / "adapter_config.json"
    config = json.loads(file.read_text()) | changed
    if "peft_type" in changed:
        config = {"base_model_name_or_path": "x", "task_type": "CAUSAL_LM", **changed}
    file.write_text(json.dumps(config))
    with pytest.raises(JudgeUnavailable, match=message):
        load(judge(tiny_model, adapter), tmp_path)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "models" / "lab--Adapter"
    place.mkdir(parents=True)
    (place / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    (place / "adapter_model.safetensors").write_bytes(b"weights")
    return place


def test_an_adapters_content_is_part_of_what_identifies_the_answers(tiny_model, folder):
    plain = identity_of(judge(tiny_model), folder.parent)
    tuned = identity_of(judge(tiny_model, "lab/Adapter"), folder.parent)
    assert tuned.keys() == plain.keys()
    assert tuned["revision"].startswith(f"{plain['revision']}+")
    (folder / "adapter_model.safetensors").write_bytes(b"weights of another training")
    assert identity_of(judge(tiny_model, "lab/Adapter"), folder.parent)["revision"] not in (
        plain["revision"],
        tuned["revision"],
    )


def test_another_adapter_loads_anew_and_an_entry_without_one_keeps_its_version(tiny_model):
    plain, one, other = (judge(tiny_model, adapter) for adapter in (None, "one", "other"))
    assert len({entry.loading_version() for entry in (plain, one, other)}) == 3
    assert len({entry.entry_version() for entry in (plain, one, other)}) == 3


def test_an_adapter_that_is_not_there_says_where_to_put_it(tiny_model, tmp_path):
    with pytest.raises(
        JudgeUnavailable, match=r"no adapter lab/Adapter .*Download it into .*lab--Adapter, or set `adapt"
    ):
        identity_of(judge(tiny_model, "lab/Adapter"), tmp_path)


def test_without_peft_the_extra_is_named(tiny_model, folder, monkeypatch):
    monkeypatch.setattr("emoprefer_assets.judges.installed.find_spec", lambda name: None if name == "peft" else name)
    with pytest.raises(JudgeUnavailable, match=r"peft is not installed, and an adapter needs it. .*\[adapters\]"):
        load(judge(tiny_model, "lab/Adapter"), folder.parent)
    load(judge(tiny_model), folder.parent)
