"""One model on several devices, which here are all the CPU. Several GPUs were not tried."""

import threading

import pytest
import torch

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatReply, ChatRequest
from emoprefer_assets.judges.registry import TransformersJudge
from emoprefer_assets.judges.transformers import TransformersBackend
from emoprefer_assets.judges.transformers.loading import Place, load_model, places
from emoprefer_assets.judges.transformers.replicas import Replicas

OPTIONS = ("a1", "a2", "same")


def requests(count):
    return [ChatRequest(f"{n}", (ChatMessage("user", (f"Is she glad, {n}?",)),), options=OPTIONS) for n in range(count)]


def by_fours(asked):
    asked = list(asked)
    return [asked[start : start + 4] for start in range(0, len(asked), 4)]


class Answering:
    """Answers when another one is at work too, and says who answered."""

    def __init__(self, name, together, fails_at=None):
        self.name, self.together, self.fails_at = name, together, fails_at

    def answer(self, asked):
        self.together.wait(timeout=30)
        for request in asked:
            if request.key == self.fails_at:
                raise JudgeUnavailable("the driver is gone")
            yield ChatReply(request.key, text=self.name)


def at_work():
    return [thread for thread in threading.enumerate() if thread.name == "replica"]


def judge(model, **keys):
    return TransformersJudge(name="t", backend="transformers", model=str(model), **keys)


def test_replicas_answer_as_one_backend_does(tiny_model, tmp_path):
    alone, *both = (TransformersBackend(load_model(judge(tiny_model), tmp_path), 4) for _ in range(3))
    expected = {reply.key: reply.log_probabilities for reply in alone.answer(requests(30))}
    found = {reply.key: reply.log_probabilities for reply in Replicas(both, by_fours).answer(requests(30))}
    assert found.keys() == expected.keys()
    for key, scores in expected.items():
        assert found[key] == pytest.approx(scores, abs=1e-5)


def test_all_replicas_work_at_the_same_time_and_each_question_is_asked_once():
    together = threading.Barrier(2)
    replies = list(Replicas([Answering("one", together), Answering("two", together)], by_fours).answer(requests(16)))
    assert sorted(int(reply.key) for reply in replies) == [*range(16)]
    assert {reply.text for reply in replies} == {"one", "two"}


def test_what_fails_in_one_replica_ends_the_others():
    together = threading.Barrier(2)
    backends = [Answering("one", together, fails_at="5"), Answering("two", together, fails_at="5")]
    with pytest.raises(JudgeUnavailable, match="the driver is gone"):
        list(Replicas(backends, by_fours).answer(requests(400)))
    assert not at_work()


def test_closing_the_iterator_begins_nothing_else():
    together = threading.Barrier(2)
    answers = Replicas([Answering("one", together), Answering("two", together)], by_fours).answer(requests(4000))
    next(answers)
    assert at_work()
    answers.close()
    assert not at_work()


@pytest.fixture
def two_gpus(monkeypatch):
    """Bytes that are free on each."""
    free = {0: 10**9, 1: 10**9}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda number: (free[number], 10**9))
    return free


def test_a_model_takes_one_gpu_unless_the_registry_gives_it_more(tiny_model, tmp_path, two_gpus):
    assert places(judge(tiny_model), tmp_path) == [Place("cuda:0")]
    assert places(judge(tiny_model, gpus=2), tmp_path) == [Place("cuda:0"), Place("cuda:1")]
    two_gpus[1] = 1000
    assert places(judge(tiny_model, gpus=2), tmp_path) == [Place("auto", two_gpus)]
    with pytest.raises(JudgeUnavailable, match=r'judge "t": gpus: 3, and this machine has 2\. Lower it\.'):
        places(judge(tiny_model, gpus=3), tmp_path)


def test_without_a_gpu_the_registrys_number_of_gpus_does_not_matter(tiny_model, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert places(judge(tiny_model, gpus=4), tmp_path) == [Place("cpu")]


def test_what_another_dtype_would_load_is_loaded_anew(tiny_model):
    unsaid, said = judge(tiny_model), judge(tiny_model, dtype="float32")
    # Of the same answers on a CPU, and of other weights on a GPU.
    assert unsaid.entry_version() == said.entry_version()
    assert unsaid.loading_version() != said.loading_version()
