"""The backend of sentence embeddings, with a tiny encoder whose similarities are computed here as well."""

import logging

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest, EmbeddingJudge
from emoprefer_assets.judges.embedding import SCALE
from emoprefer_assets.judges.loading import Models, identity_of
from tests.judges.tiny_encoder import WORDS, build_encoder
from tests.judges.tiny_families import build

TEXTS = ("Happy then sad", "angry", "calm [SEP] happy person", "")
# With each one's beginning and end.
TOKENS = {"Happy then sad": 5, "angry": 3, "calm [SEP] happy person": 8, "": 2}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return build_encoder(tmp_path_factory.mktemp("encoder"))


def judge(folder, **keys):
    return EmbeddingJudge(name="near", backend="embedding", model=str(folder), **keys)


def asked(text, *options):
    return ChatRequest(f"{text}/{options}", (ChatMessage("user", (text,)),), options)


def embedded(folder, text):
    """The mean over its tokens of the last layer, of the text alone."""
    from transformers import BertModel

    # What looks like one of BERT's own tokens is read as text.
    words = ["[CLS]", *text.lower().replace("[sep]", "[ sep ]").split(), "[SEP]"]
    numbers = torch.tensor([[WORDS.index(word) for word in words]])
    assert numbers.shape == (1, TOKENS[text])
    with torch.no_grad():
        return BertModel.from_pretrained(folder).eval()(numbers).last_hidden_state[0].mean(0).double().numpy()


@pytest.mark.parametrize("batch_size", [1, 3])
def test_scores_are_cosine_similarities_whatever_is_asked_together(encoder, tmp_path, batch_size):
    backend = Models().load(judge(encoder, batch_size=batch_size), tmp_path)
    replies = list(backend.answer([asked(text, *TEXTS) for text in TEXTS]))
    vectors = np.array([embedded(encoder, text) for text in TEXTS])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.array([reply.log_probabilities for reply in replies])
    assert 1 + SCALE * scores == pytest.approx(vectors @ vectors.T, abs=1e-5)
    assert scores.min() < -1 and (scores <= 0).all()
    assert [reply.tokens_in for reply in replies] == [TOKENS[text] + sum(TOKENS.values()) for text in TEXTS]


def test_a_longer_text_is_cut_and_that_is_said_once(encoder, tmp_path, caplog):
    backend = Models().load(judge(encoder), tmp_path)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        (_, whole), (_, longer) = (
            [reply.log_probabilities[0] for reply in backend.answer([asked("sad", "calm"), asked("sad", "happy " * n)])]
            for n in (10, 40)
        )
    assert longer == whole
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "texts of more than 12 tokens are cut there."
    ]


def test_a_question_without_options_is_no_question_to_it(encoder, tmp_path):
    (reply,) = Models().load(judge(encoder), tmp_path).answer([asked("Describe the clip.")])
    assert reply.failure == "embeddings only compare texts: they write nothing and take no media"


def test_its_weights_identify_it_and_how_many_at_once_does_not(encoder, tmp_path):
    one, other = (identity_of(judge(encoder, batch_size=size), tmp_path) for size in (1, 32))
    assert one == other and one["backend"] == "embedding" and len(one["revision"]) == 24


def test_a_language_model_is_no_encoder(tmp_path):
    with pytest.raises(JudgeUnavailable, match=r'judge "near": .* does not load: llama is no text encoder'):
        Models().load(judge(build("text", tmp_path / "llama")), tmp_path)


def test_embeddings_that_are_no_means_are_refused(tmp_path):
    with pytest.raises(JudgeUnavailable, match="its embeddings are no means over tokens"):
        Models().load(judge(build_encoder(tmp_path / "cls", pooling="cls_token")), tmp_path)


def test_weights_that_are_missing_are_named(tmp_path):
    folder = build_encoder(tmp_path / "cut")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(JudgeUnavailable, match=r"it lacks weights: encoder.layer.1.output.dense.weight\. Save"):
        Models().load(judge(folder), tmp_path)
    with pytest.raises(JudgeUnavailable, match="no weights for lab/None"):
        Models().load(judge("lab/None"), tmp_path)


def test_weights_that_are_no_numbers_answer_nothing(tmp_path):
    folder = build_encoder(tmp_path / "nan")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.dense.bias"][0] = torch.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (reply,) = Models().load(judge(folder), tmp_path).answer([asked("sad", "calm")])
    assert reply.failure == "the embeddings are no numbers: the weights are damaged" and not reply.log_probabilities


@pytest.mark.parametrize("key", ["inputs", "external", "system", "temperature", "read"])
def test_keys_about_asking_are_refused(key):
    value = {"inputs": ["video"], "temperature": 0.5, "read": "reply"}.get(key, "other")
    with pytest.raises(ValueError, match=f"backend embedding knows no {key}; remove it"):
        judge("m", **{key: value})
