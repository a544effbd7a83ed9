"""How models are loaded and scored: scaled logits, caches, dtypes, chat templates."""

import json
import warnings
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.chat_template import ChatTemplate
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend, load
from emoprefer_assets.strategies import OPTIONS
from tests.judges.tiny_families import build

LONG = "He smiles and laughs, and says so at length, in a low voice, more than once. " * 4


@pytest.fixture(scope="module")
def backend_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("families")
    built = {}

    def backend(family, inputs=(), **keys):
        if family not in built:
            built[family] = build(family, folder / family)
        entry = {"name": "judge", "backend": "transformers", "model": str(built[family]), "inputs": inputs}
        return load(TransformersJudge(**entry | keys), folder)

    return backend


def ask(*texts, **keys):
    return [ChatRequest(text, (ChatMessage("user", (text,)),), **keys) for text in texts]


def by_full_logits(backend, request, option):
    """The log-probability of an option, by the model's own logits over the whole text."""
    prompt = backend.loaded.template.tokens(backend.loaded.template.prompt(request))
    tokens = backend.loaded.tokenizer(option, add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        logits = backend.loaded.model(torch.tensor([prompt + tokens])).logits[0].float().log_softmax(-1)
    return sum(logits[len(prompt) - 1 + place, token].item() for place, token in enumerate(tokens))


@pytest.mark.parametrize("family", ["text", "granite", "cohere"])
def test_options_score_as_the_models_own_logits_say(family, backend_of):
    backend = backend_of(family)
    requests = ask("Is she glad?", f"{LONG} a1?", f"{LONG} a2?", options=OPTIONS)
    replies = {reply.key: reply for reply in backend.answer(requests)}
    for request in requests:
        assert not replies[request.key].failure
        expected = [by_full_logits(backend, request, option) for option in OPTIONS]
        assert replies[request.key].log_probabilities == pytest.approx(expected, abs=1e-4)


def test_a_scale_that_a_model_names_and_does_not_apply_is_left_out(backend_of):
    loaded = backend_of("text").loaded
    # As Aya Vision, Command A Vision and Granite Speech have it.
    loaded.model.config.logit_scale = 0.0625
    backend = TransformersBackend(loaded, batch_size=8)
    (request,) = ask("Is she glad?", options=OPTIONS)
    (reply,) = backend.answer([request])
    assert reply.log_probabilities == pytest.approx(
        [by_full_logits(backend, request, one) for one in OPTIONS], abs=1e-4
    )


@pytest.mark.parametrize(("end", "first"), [("<|im_start|>assistant\n", "a"), ("ASSISTANT:", "▁a"), ("[/INST]", "▁a")])
def test_an_answer_in_a_new_line_begins_without_a_blank(end, first):
    """Of tokenizers that put one before what begins a text, as of Llama 2, InternLM2 and Yi."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    bpe.train_from_iterator(
        ["user\n a 1"],
        trainers.BpeTrainer(special_tokens=["<|im_start|>"], initial_alphabet=list(map(chr, range(32, 127)))),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe)
    (tokens,) = ChatTemplate(tokenizer, None, frozenset()).option_tokens(
        ChatRequest("q", (), options=("a1",)), f"x{end}"
    )
    assert tokenizer.convert_ids_to_tokens(tokens) == [first, "1"]


def test_a_shared_beginning_is_read_without_a_deprecation_warning(backend_of):
    backend = backend_of("text")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replies = list(backend.answer(ask(f"{LONG} a1?", f"{LONG} a2?", options=OPTIONS)))
    assert [reply.failure for reply in replies] == ["", ""]


def test_dtype_auto_is_what_the_folder_says_and_attention_what_the_registry_says(backend_of):
    loaded = backend_of("text", dtype="auto", attn_implementation="eager").loaded
    config = Path(loaded.model.config.name_or_path, "config.json")
    assert str(loaded.model.dtype) == f"torch.{json.loads(config.read_text())['dtype']}"
    assert loaded.model.config._attn_implementation == "eager"


def test_how_attention_is_computed_asks_nothing_again_and_loads_anew():
    plain, eager = (
        TransformersJudge(name="judge", backend="transformers", model="m", attn_implementation=chosen)
        for chosen in (None, "eager")
    )
    assert plain.entry_version() == eager.entry_version()
    assert plain.loading_version() != eager.loading_version()


def test_a_chat_template_may_stand_in_tokenizer_config_alone(backend_of):
    backend = backend_of("qwen2_5_vl", inputs=("video",))
    folder, template = Path(backend.loaded.model.config.name_or_path), backend.loaded.template.processor.chat_template
    for file in folder.glob("chat_template*"):
        file.unlink()
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"chat_template": template}))
    again = backend_of("qwen2_5_vl", inputs=("video",))
    assert again.loaded.template.processor.chat_template == template
    (reply,) = again.answer(ask("Is she glad?", options=OPTIONS))
    assert not reply.failure
