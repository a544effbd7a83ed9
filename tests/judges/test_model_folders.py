"""Model folders that are not whole, or not a judge's: one message at loading, never random weights."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import load
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.judges.weights import find_weights
from emoprefer_assets.settings import PROJECT

WEIGHTS = "model.safetensors"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 4038592\n"


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "copy", ignore=shutil.ignore_patterns(".*"))


@pytest.fixture
def change(folder):
    """Saves the weights as a function changes them, by name."""

    def save(changed):
        weights = changed(load_file(folder / WEIGHTS))
        save_file(weights, folder / WEIGHTS, {"format": "pt"})

    return save


def judge(folder):
    return TransformersJudge(name="j", backend="transformers", model=str(folder))


def rewrite(file, **changed):
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def refusal(folder):
    with pytest.raises(JudgeUnavailable) as refused:
        load(judge(folder), folder.parent)
    return str(refused.value)


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "module._orig_mod.", "_orig_mod.module."])
def test_what_wrappers_put_before_the_names_of_weights_is_taken_off(prefix, folder, change, tiny_model):
    change(lambda weights: {prefix + name: weight for name, weight in weights.items()})
    found = load_model(judge(folder), folder.parent).model.state_dict()
    expected = load_model(judge(tiny_model), folder.parent).model.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_compiled_part_of_a_model_loads(folder, change, tiny_model):
    change(lambda weights: {name.replace("model.", "model._orig_mod."): weight for name, weight in weights.items()})
    found = load_model(judge(folder), folder.parent).model.state_dict()
    assert torch.equal(found["model.norm.weight"], load_file(tiny_model / WEIGHTS)["model.norm.weight"])


def test_missing_weights_are_named(folder, change):
    change(lambda weights: {name: weight for name, weight in weights.items() if ".layers.1." not in name})
    said = refusal(folder)
    assert "copy does not load: it lacks 9 weights (model.layers.1.input_layernorm.weight, " in said
    assert " and 6 more). Save the whole model again" in said


def test_weights_that_the_model_does_not_have_are_named(folder, change):
    change(lambda weights: weights | {"model.layers.0.lora_A.weight": torch.zeros(2, 64)})
    assert "does not have 1 weights (model.layers.0.lora_A.weight)" in refusal(folder)


def test_names_of_another_model_are_both_missing_and_too_many(folder, change):
    change(lambda weights: {f"backbone.{name}": weight for name, weight in weights.items()})
    assert re.search(r"lacks 21 weights \(.*\); this kind of model does not have 21 weights", refusal(folder))


def test_weights_of_other_shapes_than_the_model_has_are_told(folder, change):
    change(lambda weights: weights | {"model.norm.weight": torch.zeros(3)})
    assert refusal(folder).endswith(
        "its weights have other shapes than its config.json says. Save the whole model again."
    )


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json"])
def test_a_file_that_was_not_downloaded_whole_is_told(name, folder):
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    assert re.search(r"does not load: one of its files is cut or damaged \(.*\). Download .* again", refusal(folder))


def test_a_folder_without_a_configuration_is_told_from_none(folder):
    (folder / "config.json").unlink()
    assert f"no weights for {folder}: {folder} has no config.json. Download" in refusal(folder)


def test_weights_without_numbers_are_refused_at_loading(folder, change):
    change(lambda weights: {name: weight * float("nan") for name, weight in weights.items()})
    assert "the model gives no numbers (NaN). Set `dtype: bfloat16`" in refusal(folder)


def test_weights_without_numbers_that_a_text_does_not_reach_are_refused_at_loading(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(PROJECT / "data/models/tiny_video", folder)
    name = "visual.blocks.0.norm1.weight"
    weights = load_file(folder / WEIGHTS)
    save_file(weights | {name: weights[name] * float("nan")}, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(JudgeUnavailable, match=rf"1 weights hold NaN \(model.{name}\). Download it again"):
        load(judge(folder), tmp_path)


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json"])
def test_what_git_has_not_fetched_is_named(name, folder):
    (folder / name).write_text(POINTER)
    assert f"{name} is not fetched, only named (Git LFS). Run `git lfs pull` there" in refusal(folder)


def test_an_adapter_alone_is_no_model(tmp_path):
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": "x/y"}))
    save_file({"a": torch.zeros(2)}, folder / "adapter_model.safetensors")
    with pytest.raises(
        JudgeUnavailable, match=r"holds an adapter and no model. Set `adapter:` to it and `model:` to its base"
    ):
        find_weights(judge(folder), tmp_path)


def test_a_model_with_an_adapter_beside_it_is_to_have_them_apart(folder):
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": "x/y"}))
    assert "holds a model and an adapter. Move adapter_config.json and the adapter's weights into a" in refusal(folder)


def test_a_base_model_has_no_chat_template(folder):
    (folder / "chat_template.jinja").unlink()
    assert "it has no chat template, as base models have none. Use the model's instruction-tuned" in refusal(folder)


@pytest.mark.parametrize(
    ("template", "reason"),
    [("{{ raise_exception('No.') }}", "TemplateError: No."), ("assistant", "it leaves out what is asked")],
)
def test_a_chat_template_that_takes_no_question_is_refused_at_loading(template, reason, folder):
    (folder / "chat_template.jinja").write_text(template)
    assert f"takes no question ({reason}). Put one that does into its folder, as chat_template.jinja" in refusal(folder)


def test_named_templates_without_a_default_are_named(folder):
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    rewrite(folder / "tokenizer_config.json", chat_template=[{"name": "chat", "template": template}])
    assert "Available template names are ['chat']" in refusal(folder)


def test_a_tokenizer_without_a_token_to_fill_up_with_is_refused(folder):
    rewrite(folder / "tokenizer_config.json", pad_token=None, eos_token=None)
    assert "no token to fill up with. Name one as pad_token in tokenizer_config.json" in refusal(folder)


def test_a_text_ends_where_the_tokenizer_ends_it_as_well(folder):
    """As of models that were trained further with the turns of another template."""
    rewrite(folder / "generation_config.json", eos_token_id=[5, 7])
    loaded = load_model(judge(folder), folder.parent)
    assert loaded.model.generation_config.eos_token_id == [5, 7, loaded.tokenizer.eos_token_id]


def test_a_prompt_longer_than_the_model_was_made_for_is_said_once(folder, caplog):
    rewrite(folder / "config.json", max_position_embeddings=16)
    asked = [ChatRequest(text, (ChatMessage("user", (text,)),), max_new_tokens=1) for text in ("a1 " * 20, "a2 " * 20)]
    list(load(judge(folder), folder.parent).answer(asked))
    (said,) = (record.getMessage() for record in caplog.records if "was made for 16." in record.getMessage())
    assert "Answers may mean nothing" in said


def test_a_model_without_eyes_says_where_else_it_may_have_them(folder):
    seeing = judge(folder).model_copy(update={"inputs": ("video",)})
    with pytest.raises(
        JudgeUnavailable, match=r'takes text alone. Remove "video" from `inputs:`; or, if code for media'
    ):
        load(seeing, folder.parent)


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
        "{% for m in messages %}{{ raise_exception('no system') if m.role == 'system' else m.content }}{% endfor %}",
    ],
)
def test_a_system_message_that_the_template_leaves_out_is_refused(template, folder):
    told = judge(folder).model_copy(update={"system": "Be <b>brief</b>.\n"})
    load(told, folder.parent)
    (folder / "chat_template.jinja").write_text(template)
    load(judge(folder), folder.parent)
    with pytest.raises(JudgeUnavailable, match=r"takes no system message. Remove `system:`"):
        load(told, folder.parent)
