"""One judge behind three real servers: questions go round, and on when a server dies."""

import logging
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest, read_registry
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.openai import OpenaiBackend, load
from emoprefer_assets.judges.registry import OpenaiJudge
from tests.judges.chat_server import refuses, running_server, says, silence

FIRST_WAIT = 0.05


@pytest.fixture
def servers(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("LAB_KEY", "sk-planted-0123456789")
    with ExitStack() as stack:
        yield [stack.enter_context(running_server()) for _ in range(3)]


def backend(servers, **keys):
    entry = {
        "name": "lab",
        "backend": "openai",
        "model": "big",
        "base_url": [server.url for server in servers],
        "revision": "v1",
        "key_variable": "LAB_KEY",
        "timeout": 5.0,
    }
    loaded = load(OpenaiJudge(**entry | keys))
    return OpenaiBackend(loaded.judge, loaded.key, first_wait=FIRST_WAIT)


def ask(count):
    return [ChatRequest(key=str(place), messages=(ChatMessage("user", (f"q{place}",)),)) for place in range(count)]


def shares(servers):
    return [len(server.questions) for server in servers]


def dies(server):
    """Closes every connection from now on, as a server does whose process has ended."""
    server.otherwise = lambda question: question.hang_up()


def test_questions_go_round(servers):
    assert {reply.text for reply in backend(servers).answer(ask(30))} == {"a1"}
    assert shares(servers) == [10, 10, 10]


def test_a_server_that_dies_in_the_middle_costs_no_answer_and_is_asked_again_once_it_is_back(servers):
    for server in servers:
        server.otherwise = lambda question: (time.sleep(0.01), says("a1")(question))
    replies = backend(servers, concurrency=6).answer(ask(240))
    texts = [next(replies).text for _ in range(60)]
    before = shares(servers)
    dies(servers[1])
    texts += [next(replies).text for _ in range(90)]
    dead = shares(servers)
    servers[1].otherwise = says("a1")
    time.sleep(10 * FIRST_WAIT)
    texts += [reply.text for reply in replies]
    assert texts == ["a1"] * 240
    # Those under way when it died, and one now and then to see whether it is back.
    assert dead[1] - before[1] <= 6 + 10
    assert max(Counter(question.text for server in servers for question in server.questions).values()) <= 3
    after = shares(servers)
    assert after[1] - dead[1] > 5


def test_a_server_that_is_not_there_leaves_its_questions_to_the_others(servers):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    judge = backend(servers, base_url=[gone, servers[0].url, servers[1].url])
    started = time.monotonic()
    assert {reply.text for reply in judge.answer(ask(40))} == {"a1"}
    assert sum(shares(servers)) == 40
    assert time.monotonic() - started < 25


@pytest.mark.parametrize("setback", [refuses(500), refuses(503, retry_after="30"), refuses(429, retry_after="30")])
def test_a_server_with_a_setback_is_not_waited_for(servers, setback):
    servers[2].otherwise = setback
    started = time.monotonic()
    assert {reply.text for reply in backend(servers).answer(ask(40))} == {"a1"}
    assert time.monotonic() - started < 25
    assert len(servers[2].questions) <= 12


def test_a_silent_server_is_left_after_one_timeout(servers):
    servers[0].otherwise = silence
    replies = list(backend(servers, timeout=0.3, concurrency=3).answer(ask(40)))
    assert {reply.text for reply in replies} == {"a1"}
    assert len(servers[0].questions) < 12


def test_a_server_that_refuses_the_key_is_not_asked_again_and_the_log_says_so(servers, caplog):
    servers[0].otherwise = refuses(401, "who are you?")
    with caplog.at_level(logging.WARNING):
        assert {reply.text for reply in backend(servers, concurrency=1).answer(ask(20))} == {"a1"}
    assert len(servers[0].questions) == 1
    assert f'{servers[0].url} refused the key in LAB_KEY (HTTP 401): "who are you?"' in caplog.text
    assert "The other endpoints go on." in caplog.text


def test_when_all_refuse_the_run_ends(servers):
    for server in servers:
        server.otherwise = refuses(401)
    with pytest.raises(JudgeUnavailable, match="refused the key in LAB_KEY"):
        list(backend(servers).answer(ask(20)))


def test_when_all_are_gone_every_address_is_named(servers):
    urls = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            urls.append(f"http://127.0.0.1:{probe.getsockname()[1]}/v1")
    with pytest.raises(JudgeUnavailable, match=f"no connection to .*{urls[0][-8:]}.* in "):
        list(backend(servers, base_url=urls, concurrency=1).answer(ask(2)))


def test_a_question_that_breaks_every_server_is_given_up_and_the_others_are_answered(servers):
    for server in servers:
        server.scripts["q3"] = [refuses(500, "out of memory")]
    replies = {reply.key: reply for reply in backend(servers).answer(ask(12))}
    assert replies["3"].failure.startswith('HTTP 500: "out of memory", after ')
    assert {reply.text for key, reply in replies.items() if key != "3"} == {"a1"}
    assert sum(server.calls["q3"] for server in servers) <= 15


def test_a_question_that_is_wrong_is_asked_once(servers):
    for server in servers:
        server.scripts["q0"] = [refuses(400, "too long")]
    replies = {reply.key: reply for reply in backend(servers).answer(ask(4))}
    assert replies["0"].failure == 'HTTP 400: "too long"'
    assert sum(server.calls["q0"] for server in servers) == 1


def test_closing_early_ends_what_is_under_way_everywhere(servers):
    for server in servers:
        server.otherwise = lambda question: (time.sleep(0.0 if question.text == "q0" else 0.4), says("a1")(question))
    replies = backend(servers, concurrency=6).answer(ask(50))
    next(replies)
    replies.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "judge lab"]


def read(tmp_path, keys):
    file = tmp_path / "judges.yaml"
    file.write_text(f"judges:\n  - {{name: lab, backend: openai, model: big, {keys}}}\n")
    return read_registry(file)["lab"]


TWO = "base_url: [http://localhost:8001/v1, http://localhost:8002/v1]"


def test_adding_or_moving_an_endpoint_asks_nothing_again(tmp_path):
    two = read(tmp_path, f"{TWO}, revision: v1")
    one = read(tmp_path, "base_url: http://localhost:9/v1, revision: v1")
    assert identity_of(two, tmp_path) == identity_of(one, tmp_path)
    assert two.entry_version() == one.entry_version()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (TWO, "give revision: the name of what all endpoints of base_url serve"),
        ("base_url: [http://localhost:1/v1, http://localhost:1/v1], revision: v1", "an address stands twice"),
        ("base_url: [], revision: v1", "base_url"),
        ("base_url: [http://localhost/v1, http://lab.example/v1], revision: v1", "holds the key for lab.example"),
        # The key of one host is not sent to another that nobody named it for.
        ("base_url: [https://api.openai.com/v1, http://lab.example/v1], revision: v1", "holds the key for"),
    ],
)
def test_a_list_of_endpoints_that_cannot_be_meant_is_refused(tmp_path, keys, message):
    with pytest.raises(EmopreferError, match=message):
        read(tmp_path, keys)
