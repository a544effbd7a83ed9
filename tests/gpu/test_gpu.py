"""Judges on a GPU, beside the same judges on the CPU of the same machine. Skipped where there is no GPU."""

import copy
import gc
from dataclasses import replace

import pandas as pd
import pytest
import torch

from emoprefer_assets.judges import ChatMessage, ChatRequest, read_registry
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend, load
from emoprefer_assets.judges.transformers.loading import Place, load_model
from emoprefer_assets.media import Media, MediaReader, content_hash
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.strategies import OPTIONS, Prompts
from tests.gpu.made_up import MadeUp
from tests.judges.tiny_families import FAMILIES, OF_IMAGES, build

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
SAMPLE = PROJECT / "data" / "sample"
SHIPPED = ("tiny_video", "tiny_audio", "tiny_omni")
CPU = Place("cpu")
TEXTS = ["Is she glad?", "He seems clearly happy, and says so at length, more than once.", "x", "The person: a1?"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def text_model(folder):
    return build("text", folder / "text")


def text_judge(model, **keys):
    return TransformersJudge(name="text", backend="transformers", model=str(model), **keys)


def about_texts(texts=TEXTS, **keys):
    return [ChatRequest(f"{place}", (ChatMessage("user", (text,)),), **keys) for place, text in enumerate(texts)]


def scores(backend, requests):
    replies = list(backend.answer(requests))
    assert not [reply.failure for reply in replies if reply.failure]
    return {reply.key: reply.log_probabilities for reply in replies}


def agree(found, expected, within):
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        assert found[key] == pytest.approx(one, abs=within), key


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_judges_scores_are_those_of_the_cpu(name):
    judge = read_registry(PROJECT / "data" / "judges.yaml")[name].model_copy(update={"dtype": "float32"})
    reader = MediaReader()

    def media(clip):
        file = SAMPLE / "video" / f"{clip}.mp4"
        return tuple(Media(file, content_hash(file), sampling, reader) for sampling in judge.samplings)

    requests = []
    for pair in pd.read_csv(SAMPLE / "pairs.csv").head(20).itertuples():
        for order, first, second in (("normal", pair.a1, pair.a2), ("swapped", pair.a2, pair.a1)):
            messages = Prompts().messages("s1", media(pair.name), clip="video", a1=first, a2=second)
            requests.append(ChatRequest(f"{pair.pair} {order}", messages, options=OPTIONS))
    on_gpu, on_cpu = (
        TransformersBackend(load_model(judge, PROJECT, place), judge.batch_size) for place in (Place("cuda:0"), CPU)
    )
    assert on_gpu.loaded.device.type == "cuda"
    expected = scores(on_cpu, requests)
    assert len(expected) == 40
    agree(scores(on_gpu, requests), expected, 2e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tiny_model_of_each_family_scores_and_writes_as_on_the_cpu(family, folder):
    judge = TransformersJudge(
        name=family,
        backend="transformers",
        model=str(build(family, folder / family)),
        inputs=FAMILIES[family],
        dtype="float32",
        video_as="frames" if family in OF_IMAGES else None,
    )
    media = [MadeUp(seed).media(judge.samplings) for seed in range(3)]
    asked = [
        (f"{place} {order}", Prompts().messages("s1", shown, clip="video", a1=first, a2=second))
        for place, shown in enumerate(media)
        for order, first, second in (("normal", TEXTS[0], TEXTS[1]), ("swapped", TEXTS[1], TEXTS[0]))
    ]
    scored = [ChatRequest(key, messages, options=OPTIONS) for key, messages in asked]
    written = [ChatRequest(key, messages, max_new_tokens=4) for key, messages in asked]
    on_gpu, on_cpu = (TransformersBackend(load_model(judge, folder, place), 4) for place in (Place("cuda:0"), CPU))
    agree(scores(on_gpu, scored), scores(on_cpu, scored), 2e-4)
    texts = [{reply.key: reply.text for reply in backend.answer(written)} for backend in (on_gpu, on_cpu)]
    assert texts[0] == texts[1]


def test_weights_are_bfloat16_on_the_gpu_unless_the_registry_says_a_dtype(text_model, folder):
    unsaid, said = (load(text_judge(text_model, **keys), folder).loaded for keys in ({}, {"dtype": "float32"}))
    assert (unsaid.model.dtype, said.model.dtype) == (torch.bfloat16, torch.float32)
    assert unsaid.device == said.device == torch.device("cuda:0")


def test_an_answer_that_is_drawn_does_not_depend_on_its_batch(text_model, folder):
    backend = load(text_judge(text_model, dtype="float32"), folder)
    asked = [replace(one, seed=place) for place, one in enumerate(about_texts(max_new_tokens=8, temperature=1.0))]
    together = {reply.key: reply.text for reply in backend.answer(asked)}
    alone = {request.key: next(iter(backend.answer([request]))).text for request in asked}
    assert together == alone
    assert len(set(together.values())) > 1


def test_memory_that_runs_out_halves_the_batch_and_changes_no_score(text_model, folder, caplog):
    loaded = load(text_judge(text_model, dtype="float32"), folder).loaded
    requests = about_texts([f"{place} {TEXTS[1] * 180}" for place in range(64)], options=OPTIONS)

    def reserved(batch_size):
        """Bytes at the most, and what was answered."""
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        answers = scores(TransformersBackend(loaded, batch_size), requests)
        return torch.cuda.max_memory_reserved(), answers

    (little, expected), (much, _) = reserved(8), reserved(64)
    assert much > 2 * little
    torch.cuda.set_per_process_memory_fraction((little + much) / 2 / torch.cuda.mem_get_info()[1])
    try:
        agree(reserved(64)[1], expected, 2e-4)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert any("A batch of 64 found no memory" in message for message in caplog.messages)


def test_a_head_on_another_device_than_the_last_layer_scores_the_same(text_model, folder):
    backend = load(text_judge(text_model, dtype="float32"), folder)
    expected = scores(backend, about_texts(options=OPTIONS))
    model = backend.loaded.model
    model.set_output_embeddings(copy.deepcopy(model.get_output_embeddings()).to("cpu"))
    agree(scores(backend, about_texts(options=OPTIONS)), expected, 2e-4)
