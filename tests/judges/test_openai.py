import base64
import io
import logging
import math
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import wave
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.openai import OpenaiBackend, _endpoint, load
from emoprefer_assets.judges.registry import OpenaiJudge
from emoprefer_assets.media import AudioSampling, Frames, Media, UnreadableMedia, VideoSampling, Waveform
from tests.judges.chat_server import (
    completion,
    counts,
    echoes_the_key,
    garbage,
    half_a_body,
    half_a_body_of_unknown_length,
    nothing,
    refuses,
    running_server,
    says,
    silence,
)

KEY = "sk-planted/0123456789+abcdef=="
OPTIONS = ("a1", "a2", "same")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("LAB_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as running:
        yield running


def backend(url, **keys):
    entry = {"name": "lab", "backend": "openai", "model": "big", "base_url": url, "key_variable": "LAB_KEY"}
    loaded = load(OpenaiJudge(**entry | {"timeout": 5.0} | keys))
    return OpenaiBackend(loaded.judge, loaded.key, first_wait=0.02)


def ask(*texts, **keys):
    return [ChatRequest(key=text, messages=(ChatMessage("user", (text,)),), **keys) for text in texts]


def answers(judge, requests):
    return {reply.key: reply for reply in judge.answer(requests)}


def test_replies_carry_text_tokens_and_seconds(server):
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.key, reply.text, reply.tokens_in, reply.tokens_out, reply.failure) == ("q", "a1", 7, 2, "")
    assert 0 < reply.seconds < 5


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 90, "completion_tokens": 30, "total_tokens": 120}, (90, 30, 0, 0)),
        # As OpenAI and vLLM say it: reasoning is among the completion's tokens.
        (
            {
                "prompt_tokens": 90,
                "completion_tokens": 30,
                "total_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 25},
            },
            (90, 30, 64, 25),
        ),
        ({"prompt_tokens": 90, "completion_tokens": 30, "prompt_tokens_details": None}, (90, 30, 0, 0)),
        # As others do: in the total alone, or named in the details but not among the completion's.
        ({"prompt_tokens": 90, "completion_tokens": 5, "total_tokens": 120}, (90, 30, 0, 25)),
        (
            {
                "prompt_tokens": 90,
                "completion_tokens": 5,
                "total_tokens": 120,
                "completion_tokens_details": {"reasoning_tokens": 25},
            },
            (90, 30, 0, 25),
        ),
        ({"prompt_tokens": 90, "completion_tokens": 5, "total_tokens": 1}, (90, 5, 0, 0)),
        ({"prompt_tokens": 9, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 64}}, (9, 5, 9, 0)),
        # As DeepSeek and Moonshot name what was cached.
        ({"prompt_tokens": 90, "completion_tokens": 5, "prompt_cache_hit_tokens": 64}, (90, 5, 64, 0)),
        ({"prompt_tokens": 90, "completion_tokens": 5, "cached_tokens": 64}, (90, 5, 64, 0)),
        # As SGLang says it, and as OpenAI's newer interface does, through some proxies.
        ({"prompt_tokens": 90, "completion_tokens": 30, "reasoning_tokens": 25}, (90, 30, 0, 25)),
        (
            {
                "input_tokens": 90,
                "output_tokens": 30,
                "input_tokens_details": {"cached_tokens": 64},
                "output_tokens_details": {"reasoning_tokens": 25},
            },
            (90, 30, 64, 25),
        ),
        (
            {
                "prompt_tokens": -9,
                "completion_tokens": "x",
                "total_tokens": float("nan"),
                "prompt_tokens_details": [1],
                "completion_tokens_details": {"reasoning_tokens": {}},
            },
            (0, 0, 0, 0),
        ),
        ({"prompt_tokens": 1e400, "completion_tokens": 10**30}, (10**9, 10**9, 0, 0)),
        ({}, (0, 0, 0, 0)),
    ],
)
def test_cached_and_reasoning_tokens_are_counted_as_the_endpoint_bills_them(server, usage, tokens):
    server.otherwise = counts(**usage)
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.text, reply.failure) == ("a1", "")
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached, reply.tokens_reasoning) == tokens


def test_nothing_asked_is_nothing_sent(server):
    assert list(backend(server.url).answer([])) == []
    assert server.questions == []


def test_sampling_is_sent_as_asked(server):
    list(backend(server.url).answer(ask("q", temperature=0.7, top_p=0.8, seed=3, max_new_tokens=9)))
    sent = server.questions[0].body
    expected = {"model": "big", "temperature": 0.7, "top_p": 0.8, "seed": 3, "max_tokens": 9}
    assert sent == expected | {"messages": [{"role": "user", "content": "q"}]}
    assert server.questions[0].authorization == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "setback",
    [
        refuses(429, retry_after="0.1"),
        refuses(500),
        refuses(503),
        refuses(408),
        garbage,
        half_a_body,
        half_a_body_of_unknown_length,
        nothing,
        lambda question: question.send(200, '{"choices": 3}'),
    ],
    ids=["429", "500", "503", "408", "garbage", "half", "half of unknown length", "nothing", "misshapen"],
)
def test_a_server_that_recovers_is_asked_until_it_answers(server, setback):
    server.scripts["q"] = [setback, setback, says("same")]
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.text, reply.failure) == ("same", "")
    assert server.calls["q"] == 3


@pytest.mark.parametrize(
    ("setback", "reason"),
    [
        (refuses(429, "slow down"), 'HTTP 429: "slow down", after 5 attempts'),
        (refuses(500, "oh"), 'HTTP 500: "oh", after 5 attempts'),
        (garbage, "the reply is not a chat completion: "),
        (half_a_body, "the connection was lost before the whole answer had come, after 5 attempts"),
        (nothing, "the connection was lost before the whole answer had come, after 5 attempts"),
        (silence, "no answer within 0.3 s, after 2 attempts"),
        (refuses(400, "too long"), 'HTTP 400: "too long"'),
        (says(None), "empty reply"),
        (says(" \n"), "empty reply"),
        (says("", finish="length"), "empty reply (max_new_tokens was used up before an answer began)"),
        (says("a1", finish="content_filter"), "withheld by the endpoint's content filter"),
        (says("a1", refusal="I would rather not."), "refused: I would rather not."),
        (says("a1", finish="error"), 'the endpoint broke off the answer (finish_reason "error")'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_answer_is_a_failure_in_words_and_the_other_questions_go_on(server, setback, reason):
    server.scripts["bad"] = [setback]
    replies = answers(backend(server.url, timeout=0.3), ask("bad", "good"))
    assert replies["bad"].failure.startswith(reason)
    assert replies["bad"].text == ""
    assert replies["good"].text == "a1"


def test_what_was_paid_for_in_vain_is_counted(server):
    server.scripts["q"] = [says("a1", finish="content_filter")]
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.tokens_in, reply.tokens_out) == (7, 2)


def test_cut_text_is_an_answer_and_is_logged(server, caplog):
    server.scripts["q"] = [says("a1, because", finish="length")]
    (reply,) = backend(server.url).answer(ask("q"))
    assert reply.text == "a1, because"
    assert '"lab": 1 of 1 replies were cut at max_new_tokens.' in caplog.text


def test_retry_after_in_seconds_holds_every_question(server):
    server.scripts["busy"] = [refuses(429, retry_after="0.5"), says("a2")]
    server.otherwise = lambda question: (time.sleep(0.1), says("a1")(question))
    replies = answers(backend(server.url, concurrency=2), ask("busy", "b", "c", "d"))
    assert [replies[key].text for key in ("busy", "b", "c", "d")] == ["a2", "a1", "a1", "a1"]
    busy = server.arrivals[0 if server.questions[0].text == "busy" else 1]
    # Only what was under way already came before the half second was over.
    assert sum(0.05 < arrival - busy < 0.5 for arrival in server.arrivals) == 0


def test_retry_after_may_be_a_date(server):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.scripts["q"] = [refuses(503, retry_after=date), says("a2")]
    assert answers(backend(server.url), ask("q"))["q"].text == "a2"
    assert 0.9 < server.arrivals[1] - server.arrivals[0] < 2.5


def test_a_quota_that_is_used_up_for_the_day_ends_the_judge_at_once(server):
    server.otherwise = refuses(429, "Daily limit reached", retry_after="86400")
    with pytest.raises(JudgeUnavailable, match=r"asks to be left alone for 24.0 hours \(HTTP 429\): .Daily limit"):
        answers(backend(server.url), ask("q", "r"))
    assert len(server.questions) <= 2


def test_retry_after_is_honoured_up_to_a_limit(server, monkeypatch):
    monkeypatch.setattr(_endpoint, "LONGEST_WAIT", 0.2)
    server.scripts["q"] = [refuses(429, retry_after="3600"), refuses(429, retry_after="soon"), says("a2")]
    assert answers(backend(server.url), ask("q"))["q"].text == "a2"
    assert 0.2 <= server.arrivals[1] - server.arrivals[0] < 1.0


def test_concurrency_reaches_its_bound_and_never_exceeds_it(server):
    server.otherwise = lambda question: (time.sleep(0.03), says("a1")(question))
    texts = [str(number) for number in range(40)]
    assert set(answers(backend(server.url, concurrency=5), ask(*texts))) == set(texts)
    assert server.most_at_once == 5


def test_requests_per_minute_are_spaced_retries_among_them(server):
    server.scripts["0"] = [refuses(500), says("a1")]
    answers(backend(server.url, requests_per_minute=600), ask(*map(str, range(8))))
    gaps = [later - earlier for earlier, later in pairwise(server.arrivals)]
    assert len(gaps) == 8
    assert sum(gaps) >= 0.78
    assert min(gaps) > 0.05


def test_answers_belong_to_their_questions_in_whatever_order_they_come(server):
    def echo(question):
        time.sleep(0.1 if question.text == "0" else 0.0)
        says(f"said {question.text}")(question)

    server.otherwise = echo
    texts = [str(number) for number in range(20)]
    replies = list(backend(server.url).answer(ask(*texts)))
    assert replies[0].key != "0"
    assert {reply.key: reply.text for reply in replies} == {text: f"said {text}" for text in texts}


def test_closing_early_ends_what_is_under_way(server):
    released, ended = threading.Event(), []

    def answer(question):
        question.text == "0" or released.wait(60)
        ended.append(question.text)
        says("a1")(question)

    server.otherwise = answer
    replies = backend(server.url, concurrency=3).answer(ask(*map(str, range(50))))
    assert next(replies).key == "0"
    replies.close()
    assert ended == ["0"]
    released.set()
    # Had the run gone on, others would come now.
    time.sleep(0.6)
    assert len(server.questions) <= 4


def test_an_interrupt_ends_the_run(server):
    server.otherwise = silence
    replies = backend(server.url).answer(ask("a", "b"))
    main = threading.get_ident()
    # Shells start what runs in the background with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt():
        while len(server.questions) < 2:
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        next(replies)
    signal.signal(signal.SIGINT, before)
    assert not [thread for thread in threading.enumerate() if thread.name == "judge lab"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_no_server_names_the_address_and_the_remedy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("LAB_KEY", raising=False)
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(
        JudgeUnavailable, match=rf'judge "lab": no connection to {url} in 5 attempts \(.+\). Start the server'
    ):
        list(backend(url).answer(ask("q", "r")))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(server, status):
    server.otherwise = refuses(status, "wrong key")
    with pytest.raises(JudgeUnavailable, match=rf'refused the key in LAB_KEY \(HTTP {status}\): "wrong key". Set the'):
        list(backend(server.url).answer(ask("q")))


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (refuses(404), "does not serve big"),
        (refuses(400, "Model Not Exist"), r"does not serve big \(HTTP 400\)"),
        (refuses(400, "big is not a valid model ID"), r"does not serve big \(HTTP 400\)"),
        (refuses(429, "no", "insufficient_quota"), "gives no more credit"),
    ],
)
def test_what_holds_for_all_questions_ends_the_run(server, refusal, message):
    server.otherwise = refusal
    with pytest.raises(JudgeUnavailable, match=message):
        list(backend(server.url, concurrency=1).answer(ask("q", "r")))
    assert len(server.questions) == 1


def test_answers_that_came_before_the_end_are_not_lost(server):
    server.scripts["last"] = [refuses(401)]
    seen = []
    with pytest.raises(JudgeUnavailable):
        seen += [reply.key for reply in backend(server.url, concurrency=1).answer(ask("a", "b", "last")) if reply.text]
    replies = backend(server.url, concurrency=1).answer(ask("a", "b", "last"))
    assert [next(replies).key, next(replies).key] == ["a", "b"]
    with pytest.raises(JudgeUnavailable):
        next(replies)


def test_a_server_elsewhere_needs_a_key(monkeypatch):
    monkeypatch.delenv("LAB_KEY", raising=False)
    with pytest.raises(JudgeUnavailable, match=r'^judges.yaml line 0, judge "lab": big at .* variable LAB_KEY'):
        backend("https://lab.example/v1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_a_server_on_this_machine_needs_none(monkeypatch, host):
    monkeypatch.delenv("LAB_KEY", raising=False)
    assert not backend(f"http://{host}:8000/v1").key


@pytest.mark.parametrize("url", ["localhost:8000", "http://", "http://[::1", "http://host:port/v1"])
def test_an_address_that_is_none_is_told(monkeypatch, url):
    monkeypatch.setenv("LAB_KEY", KEY)
    with pytest.raises(JudgeUnavailable, match="base_url is no web address"):
        backend(url)


def test_keys_belong_into_the_environment(monkeypatch):
    monkeypatch.setenv("LAB_KEY", KEY)
    with pytest.raises(JudgeUnavailable, match="base_url holds a user, password or query") as caught:
        backend("http://me:hidden@lab.example/v1")
    assert "hidden" not in str(caught.value)


def test_a_broken_key_is_told_without_being_shown(monkeypatch):
    monkeypatch.setenv("LAB_KEY", "sk-one sk-two")
    with pytest.raises(JudgeUnavailable, match="the value of LAB_KEY is no key") as caught:
        backend("https://lab.example/v1")
    assert "sk-" not in str(caught.value)


def test_the_key_is_nowhere(server, caplog):
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.set_level(logging.DEBUG)
    seen = []
    for status in (400, 401, 402, 403, 404, 409, 413, 418, 422, 429, 500, 503):
        server.scripts[str(status)] = [echoes_the_key(status)]
        judge = backend(server.url)
        seen += [repr(judge), repr(judge.key), str(judge.key)]
        try:
            seen += [repr(reply) for reply in judge.answer(ask(str(status)))]
        except JudgeUnavailable as error:
            seen += [repr(error), "".join(traceback.format_exception(error))]
            assert error.__cause__ is None
            assert error.__context__ is None
    echoing = {
        "page": lambda question: question.send(200, f"<p>{question.authorization}</p>"),
        "bare": lambda question: question.send(500, question.authorization * 9),
        "text": lambda question: says(f"a1, and {question.authorization}")(question),
        "ended": lambda question: says("a1", finish=question.authorization)(question),
        "refused": lambda question: says("", refusal=question.authorization)(question),
        "lost": half_a_body,
        "silent": silence,
    }
    server.scripts |= {name: [behave] for name, behave in echoing.items()}
    seen += [repr(reply) for reply in backend(server.url, timeout=0.3).answer(ask(*echoing))]
    assert len([text for text in seen if "ChatReply" in text]) == 8 + len(echoing)
    logged = "".join(record.getMessage() + repr(record.args) + repr(record.exc_info) for record in caplog.records)
    assert "receive_response_headers" in logged
    everything = "".join(seen) + logged
    forms = (KEY, KEY.replace("/", "%2F"), base64.b64encode(KEY.encode()).decode(), KEY[:12])
    assert not [form for form in forms if form.casefold() in everything.casefold()]
    assert "[key]" in everything


def test_the_key_hides_from_logs_only_while_the_judge_is_asked(server):
    list(backend(server.url).answer(ask("q")))
    assert logging.getLogger("httpcore2.http11").filters == []


def test_a_model_that_knows_the_newer_length_parameter_only_gets_it(server):
    def newer(question):
        if "max_tokens" in question.body:
            return refuses(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")(question)
        says("a2")(question)

    server.otherwise = newer
    replies = answers(backend(server.url, concurrency=3), ask(*"abcdef", max_new_tokens=5))
    assert {reply.text for reply in replies.values()} == {"a2"}
    assert server.questions[-1].body["max_completion_tokens"] == 5


class TinyReader:
    """Gives the arrays it was made with."""

    def __init__(self, decoded):
        self.decoded = decoded
        self.reads = self.expected_at_most = 0

    def read(self, media):
        self.reads += 1
        if isinstance(self.decoded, Exception):
            raise self.decoded
        return self.decoded

    def expect(self, coming):
        self.expected_at_most = max(self.expected_at_most, len(list(coming)))


def frames(number):
    pixels = np.stack([np.full((24, 32, 3), 40 * place, np.uint8) for place in range(number)])
    return Frames(pixels, np.arange(number) / 2.0, 24.0, number * 12)


def with_media(*media, key="q"):
    return ChatRequest(key=key, messages=(ChatMessage("user", (*media, key)),))


def sent_parts(server):
    return server.questions[-1].body["messages"][0]["content"]


def from_data_url(url, kind):
    head, _, content = url.partition(",")
    assert head == f"data:{kind};base64"
    return base64.b64decode(content)


def test_video_goes_out_as_its_frames_in_order_before_the_text(server, tmp_path):
    video = Media(tmp_path / "clip.mp4", "h", VideoSampling(), TinyReader(frames(3)))
    list(backend(server.url).answer([with_media(video)]))
    *images, text = sent_parts(server)
    assert text == {"type": "text", "text": "q"}
    pictures = [Image.open(io.BytesIO(from_data_url(part["image_url"]["url"], "image/jpeg"))) for part in images]
    assert [picture.size for picture in pictures] == [(32, 24)] * 3
    assert [round(float(np.asarray(picture).mean())) for picture in pictures] == pytest.approx([0, 40, 80], abs=3)


def test_video_goes_out_as_the_file_where_the_registry_says_so(server, tmp_path):
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"the whole file")
    reader = TinyReader(frames(2))
    list(backend(server.url, video_as="video").answer([with_media(Media(file, "h", VideoSampling(), reader))]))
    assert from_data_url(sent_parts(server)[0]["video_url"]["url"], "video/mp4") == b"the whole file"
    assert reader.reads == 1


def test_sound_goes_out_as_wav(server, tmp_path):
    samples = np.array([0.0, 0.5, -1.0, 1.5], np.float32)
    sound = Media(tmp_path / "clip.wav", "h", AudioSampling(), TinyReader(Waveform(samples, 16_000)))
    list(backend(server.url).answer([with_media(sound)]))
    part = sent_parts(server)[0]["input_audio"]
    assert part["format"] == "wav"
    with wave.open(io.BytesIO(base64.b64decode(part["data"]))) as sent:
        assert (sent.getnchannels(), sent.getsampwidth(), sent.getframerate()) == (1, 2, 16_000)
        assert np.frombuffer(sent.readframes(9), "<i2").tolist() == [0, 16384, -32767, 32767]


@pytest.mark.parametrize("video_as", ["frames", "video"])
def test_broken_media_are_never_sent(server, tmp_path, video_as):
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"half")
    video = Media(file, "h", VideoSampling(), TinyReader(UnreadableMedia("clip.mp4 is cut short")))
    replies = answers(backend(server.url, video_as=video_as), [with_media(video, key="bad"), *ask("good")])
    assert replies["bad"].failure == "media: clip.mp4 is cut short"
    assert replies["good"].text == "a1"
    assert [question.text for question in server.questions] == ["good"]


def test_media_are_read_only_as_their_questions_come_up(server, tmp_path):
    reader = TinyReader(frames(1))
    videos = [Media(tmp_path / f"{number}.mp4", str(number), VideoSampling(), reader) for number in range(30)]
    replies = backend(server.url, concurrency=2, requests_per_minute=1200).answer(
        [with_media(video, key=str(number)) for number, video in enumerate(videos)]
    )
    for _ in range(5):
        next(replies)
    assert reader.reads <= len(server.questions) + 2
    replies.close()
    assert reader.expected_at_most <= 3


class LanguageModel:
    """Next-token probabilities after each answer so far; everything unsaid ends the answer."""

    def __init__(self, after, vocabulary=()):
        self.after = after
        self.vocabulary = vocabulary

    def next(self, tokens, choice=None):
        likely = dict(self.after.get("|".join(tokens), {"<end>": 1.0}))
        if choice:
            text = "".join(tokens)
            held = {
                token: probability
                for token, probability in likely.items()
                if (text in choice if token == "<end>" else any(option.startswith(text + token) for option in choice))
            }
            total = sum(held.values())
            likely = {token: probability / total for token, probability in held.items()} if total else {"<end>": 1.0}
        return likely

    def probability(self, option, tokens=()):
        """That the answer begins with `option`: over every way to spell it."""
        text = "".join(tokens)
        if text.startswith(option):
            return 1.0
        if not option.startswith(text):
            return 0.0
        likely = self.next(tokens)
        return sum(p * self.probability(option, (*tokens, token)) for token, p in likely.items() if token != "<end>")

    def behave(self, question, heeds_choice=True):
        choice = question.body.get("structured_outputs", {}).get("choice") if heeds_choice else None
        tokens, content = [], []
        while len(tokens) < question.body["max_tokens"]:
            likely = sorted(self.next(tokens, choice).items(), key=lambda item: -item[1])
            shown = [{"token": token, "logprob": math.log(p) if p else -9999.0} for token, p in likely]
            content.append(shown[0] | {"top_logprobs": shown[: question.body["top_logprobs"]]})
            if likely[0][0] == "<end>":
                break
            tokens.append(likely[0][0])
        question.send(200, completion("".join(tokens), logprobs={"content": content}))


PREFERS_A2 = LanguageModel(
    {
        "": {"a": 0.7, "same": 0.25, "The": 0.05},
        "a": {"1": 0.3, "2": 0.6, " tie": 0.1},
    }
)
PREFERS_SAME = LanguageModel(
    {
        "": {"a": 0.3, "same": 0.6, "The": 0.1},
        "a": {"1": 0.9, "2": 0.1},
    }
)
HANGS_ON_THE_SPLIT = LanguageModel(
    {
        "": {"a": 0.4, "same": 0.45, "a1": 0.1, "The": 0.05},
        "a": {"1": 0.9, "2": 0.1},
    }
)
SPELLS = LanguageModel(
    {
        "": {"a1": 0.2, "a": 0.4, "s": 0.1, "sam": 0.1, "same": 0.1, "No": 0.1},
        "a": {"1": 0.25, "2": 0.75},
        "s": {"ame": 1.0},
        "sam": {"e": 1.0},
    }
)


def scored(server, model, heeds_choice=True, **keys):
    server.otherwise = lambda question: model.behave(question, heeds_choice)
    (reply,) = backend(server.url, logprobs=True, read="options", **keys).answer(ask("q", options=OPTIONS))
    return reply


@pytest.mark.parametrize(
    ("model", "calls"), [(PREFERS_A2, 1), (PREFERS_SAME, 2), (SPELLS, 1)], ids=["on the path", "off it", "spellings"]
)
def test_option_scores_are_the_models_own(server, model, calls):
    reply = scored(server, model)
    truth = [math.log(model.probability(option)) for option in OPTIONS]
    assert reply.failure == ""
    assert reply.log_probabilities == pytest.approx(truth, abs=1e-9)
    assert len(server.questions) == calls
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_cached) == (7 * calls, 2 * calls, 4 * calls)


def test_the_second_question_is_held_to_the_options_that_share_a_beginning(server):
    scored(server, PREFERS_SAME)
    first, second = (question.body for question in server.questions)
    assert (first["temperature"], first["logprobs"], first["top_logprobs"]) == (0.0, True, 20)
    assert "structured_outputs" not in first
    assert second == first | {"structured_outputs": {"choice": ["a1", "a2"]}}


def test_between_a1_and_a2_the_odds_are_exact_though_other_words_begin_alike(server):
    model = LanguageModel({"": {"a": 0.3, "same": 0.6}, "a": {"1": 0.3, "2": 0.1, " tie": 0.6}})
    a1, a2, same = scored(server, model).log_probabilities
    assert a1 - a2 == pytest.approx(math.log(3))
    assert same == pytest.approx(math.log(0.6))
    assert math.exp(a1) + math.exp(a2) == pytest.approx(0.3)


def test_a_choice_that_is_ignored_is_noticed_and_not_tried_again(server):
    server.otherwise = lambda question: HANGS_ON_THE_SPLIT.behave(question, heeds_choice=False)
    judge = backend(server.url, logprobs=True, concurrency=1)
    replies = answers(judge, ask("q", "r", options=OPTIONS))
    for reply in replies.values():
        assert reply.log_probabilities == ()
        assert reply.failure.startswith("no log-probabilities for a1 and a2")
        assert "does not hold its answers to a choice" in reply.failure
    assert len(server.questions) == 3


def test_a_choice_that_is_refused_is_a_failure_in_the_servers_words(server):
    def refuse_choice(question):
        if "structured_outputs" in question.body:
            return refuses(400, "Unrecognized request argument")(question)
        HANGS_ON_THE_SPLIT.behave(question)

    server.otherwise = refuse_choice
    judge = backend(server.url, logprobs=True, concurrency=1)
    for reply in answers(judge, ask("q", "r", options=OPTIONS)).values():
        assert "Unrecognized request argument" in reply.failure
        assert reply.log_probabilities == ()
    assert len(server.questions) == 3


def test_an_endpoint_without_log_probabilities_is_told_from_one_with(server):
    reply = answers(backend(server.url, logprobs=True), ask("q", options=OPTIONS))["q"]
    assert reply.failure == "the endpoint gave no log-probabilities; set logprobs: false and read: reply"
    assert reply.text == ""


def test_a_filtered_answer_has_no_scores(server):
    shown = {"token": "a1", "logprob": -0.1, "top_logprobs": [{"token": "a1", "logprob": -0.1}]}
    server.otherwise = says("a1", finish="content_filter", logprobs={"content": [shown]})
    reply = answers(backend(server.url, logprobs=True), ask("q", options=OPTIONS))["q"]
    assert reply.failure == "withheld by the endpoint's content filter"


@pytest.mark.parametrize("options", [("a long description of her face", "b"), ("She is glad.",), ("a", "a1"), ("",)])
def test_options_that_cannot_be_scored_are_an_error_at_once(server, options):
    with pytest.raises(ValueError, match='judge "lab"'):
        backend(server.url, logprobs=True).answer(ask("q", options=options))


def test_options_need_log_probabilities(server):
    with pytest.raises(ValueError, match="logprobs: true"):
        backend(server.url).answer(ask("q", options=OPTIONS))


def test_the_module_loads_without_the_client():
    code = "import sys, emoprefer_assets.judges.openai; sys.exit('openai' in sys.modules or 'PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
