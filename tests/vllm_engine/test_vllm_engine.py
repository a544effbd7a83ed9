"""vLLM for real, on its CPU build: the offline engine and its OpenAI server beside the transformers backend.

`make test-vllm` makes the environment and the reference answers; elsewhere these tests are skipped.
"""

import gc
import json
import math
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatRequest, openai
from emoprefer_assets.judges.registry import OpenaiJudge, VllmJudge
from emoprefer_assets.settings import PROJECT
from tests.vllm_engine.asked import (
    SEEING,
    SMOLLM2,
    TRAINED,
    about_clips,
    about_sample,
    about_texts,
    tiny_judge,
    trained_judge,
)

pytest.importorskip("vllm", reason="vLLM is not installed; see `make test-vllm`")
FOLDER = os.environ.get("EMOPREFER_VLLM_REFERENCE")
pytestmark = pytest.mark.skipif(not FOLDER, reason="there are no reference answers; see `make test-vllm`")
ENGINE = {"backend": "vllm", "enforce_eager": True, "max_model_len": 2048, "gpu_memory_utilization": 0.3}
KEY = "a-key-for-the-test"


@pytest.fixture(scope="module")
def reference():
    return json.loads((Path(FOLDER) / "reference.json").read_text())


@pytest.fixture
def engine():
    from emoprefer_assets.judges import vllm

    def load(**keys):
        return vllm.load(VllmJudge(name="judge", **ENGINE | keys), Path(FOLDER))

    yield load
    gc.collect()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Starts vLLM's OpenAI server on this machine, and gives the entry of a judge behind it."""
    monkeypatch.setenv("TEST_VLLM_KEY", KEY)
    running = []

    def start(model, **keys):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = (tmp_path / "server.log").open("w")
        command = [
            sys.executable,
            "-m",
            "vllm.entrypoints.openai.api_server",
            "--model",
            str(model),
            "--served-model-name",
            "judge",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--dtype",
            "float32",
            "--max-model-len",
            "2048",
            "--enforce-eager",
            "--api-key",
            KEY,
        ]
        running.append(subprocess.Popen(command, stdout=log, stderr=log))
        deadline = time.monotonic() + 300
        while not _is_ready(port):
            assert running[-1].poll() is None and time.monotonic() < deadline, (tmp_path / "server.log").read_text()
            time.sleep(1)
        return OpenaiJudge(
            name="judge",
            backend="openai",
            model="judge",
            base_url=f"http://127.0.0.1:{port}/v1",
            key_variable="TEST_VLLM_KEY",
            **keys,
        )

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


def _is_ready(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).status == 200
    except OSError:
        return False


def answers(backend, requests):
    replies = {reply.key: reply for reply in backend.answer(list(requests))}
    assert not {key: reply.failure for key, reply in replies.items() if reply.failure}
    return replies


def verdicts(scores):
    """As they are read: a1 against a2, and same where it is likelier than both."""
    return {key: max(range(3), key=values.__getitem__) for key, values in scores.items() if len(values) == 3}


def margins(scores):
    return {key: values[0] - values[1] for key, values in scores.items()}


def test_the_offline_engine_answers_as_transformers_does(engine, reference):
    replies = answers(engine(**SMOLLM2), about_texts())
    scores = {key: reply.log_probabilities for key, reply in replies.items()}
    expected = reference["texts"]
    for key, values in scores.items():
        # Descriptions are sums over some 50 tokens.
        assert values == pytest.approx(expected[key], abs=5e-3), key
    assert verdicts(scores) == verdicts(expected)
    assert all(reply.tokens_in > 100 and reply.seconds > 0 for key, reply in replies.items() if key.startswith("pair"))


def test_generated_text_ends_where_it_is_asked_to_and_a_request_too_long_fails_alone(engine):
    question = about_texts()[0].messages
    (long,) = question
    backend = engine(**SMOLLM2)
    asked = [
        ChatRequest("short", question, max_new_tokens=5),
        ChatRequest("again", question, max_new_tokens=5),
        ChatRequest("drawn", question, max_new_tokens=5, temperature=2.0, seed=1),
        ChatRequest("drawn again", question, max_new_tokens=5, temperature=2.0, seed=1),
        ChatRequest("too long", (type(long)("user", ("word " * 4000,)),), options=("a1", "a2")),
    ]
    replies = {reply.key: reply for reply in backend.answer(asked)}
    assert "maximum context length" in replies.pop("too long").failure
    assert all(0 < reply.tokens_out <= 5 for reply in replies.values())
    assert replies["short"].text == replies["again"].text != ""
    assert replies["drawn"].text == replies["drawn again"].text


@pytest.mark.parametrize("family", SEEING)
def test_the_offline_engine_sees_and_hears_clips_as_transformers_does(family, engine, reference):
    judge = tiny_judge(Path(FOLDER), family)
    # As long as there is memory for.
    backend = engine(model=judge.model, inputs=judge.inputs, dtype="float32", max_model_len=None)
    expected = reference[family]
    seen = {key: reply.log_probabilities for key, reply in answers(backend, about_clips(family)).items()}
    for key, values in seen.items():
        assert values == pytest.approx(expected[key], abs=5e-3), key
    asked = [key for key in seen if key.endswith("s1")]
    assert all(abs(seen[one][0] - seen[other][0]) > 0.02 for one in asked for other in asked if one < other), (
        "the clips make no difference"
    )


def test_the_offline_engine_gives_the_verdicts_of_a_trained_judge(engine, reference):
    model = str(PROJECT / "data" / "models" / TRAINED)
    backend = engine(model=model, inputs=trained_judge().inputs, dtype="float32")
    scores = {key: reply.log_probabilities for key, reply in answers(backend, about_sample()).items()}
    expected = reference[TRAINED]
    apart = max(abs(math.exp(scores[key][0]) - math.exp(values[0])) for key, values in expected.items())
    said, other = verdicts(scores), verdicts(expected)
    same = sum(said[key] == other[key] for key in other)
    print(f"{TRAINED}: {same} of {len(other)} verdicts agree; p_a1 apart by {apart:.4f} at most")
    assert len({*said.values()}) > 1
    assert same >= len(other) - 1


def test_an_engine_ends_with_its_backend(engine):
    import psutil

    judge = tiny_judge(Path(FOLDER), "qwen2_5_vl")
    before = set(psutil.Process().children(recursive=True))
    # As long as there is memory for.
    backend = engine(model=judge.model, inputs=judge.inputs, dtype="float32", max_model_len=None)
    started = set(psutil.Process().children(recursive=True)) - before
    assert any("EngineCore" in " ".join([process.name(), *process.cmdline()]) for process in started)
    del backend
    gc.collect()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not [process for process in alive if "EngineCore" in process.name()]


def test_a_model_that_does_not_load_is_unavailable(engine, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "unheard-of"}')
    with pytest.raises(JudgeUnavailable, match=r'judge "judge": vLLM does not start .*unheard-of'):
        engine(model=str(tmp_path))


def test_the_server_gives_the_verdicts_of_transformers(server, reference):
    from emoprefer_assets.judges.weights import weights_folder

    folder = weights_folder(VllmJudge(name="smollm2", backend="vllm", **SMOLLM2), Path(FOLDER))
    judge = server(folder, logprobs=True, read="options")
    asked = [request for request in about_texts() if request.key.startswith("pair")]
    scores = {key: reply.log_probabilities for key, reply in answers(openai.load(judge), asked).items()}
    expected = {key: reference["texts"][key] for key in scores}
    same = sum(verdicts(scores)[key] == verdict for key, verdict in verdicts(expected).items())
    apart = max(abs(margins(scores)[key] - margin) for key, margin in margins(expected).items())
    print(f"server against transformers: {same} of {len(scores)} verdicts, margins at most {apart:.3f} nats apart")
    assert same == len(scores)
    # The server shows the likeliest tokens, in all their spellings; transformers scores the one plain spelling.
    assert all(
        math.copysign(1, margins(scores)[key]) == math.copysign(1, margin) for key, margin in margins(expected).items()
    )


def test_the_server_sees_a_clip(server):
    judge = server(tiny_judge(Path(FOLDER), "qwen2_5_vl").model, inputs=("video",), video_as="video", max_new_tokens=8)
    asked = [
        ChatRequest(f"{request.key} {time_}", request.messages, max_new_tokens=8)
        for request in about_clips("qwen2_5_vl")
        for time_ in (1, 2)
        if request.key.endswith("s1")
    ]
    texts = {key: reply.text for key, reply in answers(openai.load(judge), asked).items()}
    assert all(texts[key] == texts[key.replace(" 1", " 2")] for key in texts)
    assert len(set(texts.values())) == 3
