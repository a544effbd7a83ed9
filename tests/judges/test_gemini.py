"""Google's own client against a server that speaks generateContent."""

import base64
import io
import json
import logging
import math

import av
import numpy as np
import pytest
from pydantic import ValidationError

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest, cost_of
from emoprefer_assets.judges.gemini import GeminiEndpoint, load
from emoprefer_assets.judges.openai import OpenaiBackend
from emoprefer_assets.judges.registry import GeminiJudge
from emoprefer_assets.media import AudioSampling, Media, MediaReader, VideoSampling, content_hash, read_frames
from tests.judges.chat_server import nothing, refuses, running_server, silence
from tests.media.files import cut_without_encoding, write_clip, write_sound

KEY = "AIza-planted-0123456789"
OPTIONS = ("a1", "a2", "same")
USAGE = {
    "promptTokenCount": 1000,
    "cachedContentTokenCount": 600,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 40,
    "totalTokenCount": 1045,
}


def response(*texts, finish="STOP", usage=USAGE, **candidate):
    content = {"role": "model", "parts": [text if isinstance(text, dict) else {"text": text} for text in texts]}
    whole = {"content": content, "finishReason": finish, "index": 0} | candidate
    return json.dumps({"candidates": [whole], "usageMetadata": usage})


def says(*texts, **keys):
    return lambda question: question.send(200, response(*texts, **keys))


def sends(**body):
    return lambda question: question.send(200, json.dumps(body))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    # Google's client would take these for its own.
    monkeypatch.setenv("GOOGLE_API_KEY", "another")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    with running_server() as running:
        running.url = running.url.removesuffix("/v1")
        running.otherwise = says("a1")
        yield running


def judge(server, **keys):
    entry = {"name": "gemini", "backend": "gemini", "model": "gemini-2.5-flash", "base_url": server.url}
    return GeminiJudge(**entry | {"key_variable": "GEMINI_API_KEY", "timeout": 5.0} | keys)


def ask(server, *requests, **keys):
    loaded = load(judge(server, **keys))
    backend = OpenaiBackend(loaded.judge, loaded.key, first_wait=0.02, endpoint=GeminiEndpoint)
    replies = {reply.key: reply for reply in backend.answer([question(one) for one in requests])}
    return [replies[one if isinstance(one, str) else one.key] for one in requests]


def question(text, media=(), **keys):
    return text if isinstance(text, ChatRequest) else ChatRequest(text, (ChatMessage("user", (*media, text)),), **keys)


def test_a_question_is_asked_and_what_it_cost_is_told(server):
    server.otherwise = says({"text": "Hm.", "thought": True}, "a1 ", "fits.")
    told = {"generationConfig": {"thinkingConfig": {"thinkingBudget": 64}}}
    (reply,) = ask(server, question("q", max_new_tokens=128, temperature=0.5, top_p=0.9, seed=3), extra_body=told)
    assert (reply.text, reply.thoughts, reply.failure) == ("a1 fits.", "Hm.", "")
    assert (reply.tokens_in, reply.tokens_cached, reply.tokens_out, reply.tokens_reasoning) == (1000, 600, 45, 40)
    # 400 at 2, 600 at 0.5 and 45 at 10 for a million.
    assert cost_of(judge(server, price_in=2, price_cached=0.5, price_out=10), reply) == pytest.approx(0.00155)
    (asked,) = server.questions
    assert asked.path == "/v1/models/gemini-2.5-flash:generateContent"
    assert asked.header("x-goog-api-key") == KEY
    assert asked.body["contents"] == [{"role": "user", "parts": [{"text": "q"}]}]
    assert asked.body["generationConfig"] == {
        "maxOutputTokens": 128,
        "temperature": 0.5,
        "topP": 0.9,
        "seed": 3,
        "thinkingConfig": {"thinkingBudget": 64},
    }


def test_a_system_message_goes_where_gemini_has_its_own_place(server):
    ask(server, ChatRequest("q", (ChatMessage("system", ("Be brief.",)), ChatMessage("user", ("Which?",)))))
    (asked,) = server.questions
    assert asked.body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert asked.body["contents"] == [{"role": "user", "parts": [{"text": "Which?"}]}]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("gemini") / "clip.mp4")


def media(file, sampling, change=""):
    return Media(file, content_hash(file), sampling, MediaReader(), change)


VIDEO, AUDIO = VideoSampling(None, 2.5), AudioSampling()


def sent_parts(server, *given, **keys):
    (reply,) = ask(server, question("q", given), **keys)
    assert reply.failure == ""
    *parts, text = server.questions[-1].body["contents"][0]["parts"]
    assert text == {"text": "q"}
    # The API takes either spelling of a key, and the client's versions differ.
    blobs = [part["inlineData"] for part in parts]
    kinds = [blob.get("mimeType") or blob["mime_type"] for blob in blobs]
    contents = [base64.urlsafe_b64decode(blob["data"]) for blob in blobs]
    return list(zip(kinds, contents, parts, strict=True))


def tracks(content):
    with av.open(io.BytesIO(content)) as container:
        return [stream.type for stream in container.streams]


def test_a_clip_goes_as_its_file_with_its_own_sound_at_the_given_fps(server, clip):
    ((kind, content, part),) = sent_parts(server, media(clip, VIDEO), media(clip, AUDIO), fps=2.5)
    assert (kind, part["videoMetadata"]) == ("video/mp4", {"fps": 2.5})
    assert content == clip.read_bytes()


def test_a_judge_that_sees_alone_is_sent_no_sound(server, clip, tmp_path):
    ((kind, content, _),) = sent_parts(server, media(clip, VIDEO))
    assert (kind, tracks(content)) == ("video/mp4", ["video"])
    assert len(content) < len(clip.read_bytes()) and b"mp4a" not in content
    (tmp_path / "sent.mp4").write_bytes(content)
    sent, shown = (read_frames(file, VideoSampling(20)) for file in (tmp_path / "sent.mp4", clip))
    assert np.array_equal(sent.pixels, shown.pixels) and np.allclose(sent.seconds, shown.seconds, atol=1e-3)


def test_what_an_edit_list_leaves_out_stays_out_of_the_silent_picture(server, tmp_path):
    whole = write_clip(tmp_path / "whole.mp4", key_every=10)
    cut = cut_without_encoding(whole, tmp_path / "cut.mp4", start=0.5)
    ((_, content, _),) = sent_parts(server, media(cut, VIDEO))
    (tmp_path / "sent.mp4").write_bytes(content)
    sent, shown = (read_frames(file, VideoSampling(20)) for file in (tmp_path / "sent.mp4", cut))
    assert np.array_equal(sent.pixels, shown.pixels)


def test_sound_of_another_file_or_changed_goes_beside_the_silent_picture(server, clip, tmp_path):
    other = write_sound(tmp_path / "other.wav")
    for sound in (media(other, AUDIO), media(clip, AUDIO, "silent")):
        parts = sent_parts(server, media(clip, VIDEO), sound)
        assert [kind for kind, _, _ in parts] == ["video/mp4", "audio/wav"]
        assert tracks(parts[0][1]) == ["video"]


def test_a_judge_that_hears_alone_is_sent_no_picture(server, clip):
    ((kind, content, part),) = sent_parts(server, media(clip, AUDIO))
    assert (kind, tracks(content), "videoMetadata" in part) == ("audio/wav", ["audio"], False)


def test_a_changed_picture_is_encoded_at_the_same_fps(server, clip, tmp_path):
    ((kind, content, part), (beside, _, _)) = sent_parts(
        server, media(clip, VIDEO, "blank"), media(clip, AUDIO), fps=2.5
    )
    assert (kind, tracks(content), part["videoMetadata"], beside) == ("video/mp4", ["video"], {"fps": 2.5}, "audio/wav")
    (tmp_path / "sent.mp4").write_bytes(content)
    sent = read_frames(tmp_path / "sent.mp4", VideoSampling(100))
    # Five frames of two seconds, all grey.
    assert sent.seconds == pytest.approx([0, 0.4, 0.8, 1.2, 1.6], abs=2e-3)
    assert np.abs(sent.pixels.astype(int) - 128).max() <= 2


def test_a_clip_that_cannot_be_read_is_a_failure_of_that_question(server, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    said, other = ask(server, question("broken", [media(broken, VIDEO)]), "other")
    assert said.failure.startswith("media: ") and "cannot be decoded" in said.failure
    assert other.text == "a1"


def test_what_is_blocked_is_a_refusal_and_the_other_questions_go_on(server):
    server.scripts["blocked"] = [sends(promptFeedback={"blockReason": "PROHIBITED_CONTENT"}, usageMetadata=USAGE)]
    server.scripts["unsafe"] = [says(finish="SAFETY")]
    server.scripts["cut"] = [says("She", finish="MAX_TOKENS")]
    server.scripts["thought"] = [says(finish="MAX_TOKENS")]
    blocked, unsafe, cut, thought, *others = ask(server, "blocked", "unsafe", "cut", "thought", *"abc")
    assert blocked.failure == "refused: the prompt is blocked (PROHIBITED_CONTENT)"
    assert blocked.tokens_in == 1000
    assert unsafe.failure == "withheld by the endpoint's content filter"
    assert (cut.text, cut.cut) == ("She", True)
    assert "max_new_tokens was used up" in thought.failure
    assert [reply.text for reply in others] == ["a1"] * 3
    assert server.calls["blocked"] == server.calls["unsafe"] == 1


@pytest.mark.parametrize(
    "setback",
    [refuses(429), refuses(503), nothing, lambda question: question.send(200, "<html>"), sends(error={"code": 503})],
)
def test_a_setback_is_tried_again(server, setback):
    server.scripts["q"] = [setback, says("a2")]
    (reply,) = ask(server, "q")
    assert (reply.text, server.calls["q"]) == ("a2", 2)


def test_the_wait_that_gemini_asks_for_is_kept(server):
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.4s"}
    error = json.dumps(
        {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [detail]}}
    )
    server.scripts["q"] = [lambda question: question.send(429, error), says("a2")]
    (reply,) = ask(server, "q")
    assert reply.text == "a2"
    assert server.arrivals[1] - server.arrivals[0] >= 0.4


def test_a_silent_server_is_given_up(server):
    server.otherwise = silence
    (reply,) = ask(server, "q", timeout=0.1)
    assert reply.failure == "no answer within 0.1 s, after 2 attempts"


def test_a_bad_key_and_an_unknown_model_end_the_judge_by_name(server):
    server.otherwise = refuses(400, "API key not valid. Please pass a valid API key.")
    with pytest.raises(JudgeUnavailable, match=r"refused the key in GEMINI_API_KEY \(HTTP 400\)"):
        ask(server, "q")
    server.otherwise = refuses(404, "models/x is not found for API version v1beta")
    with pytest.raises(JudgeUnavailable, match=r"does not serve gemini-2.5-flash .* Correct model or base_url"):
        ask(server, "q")
    server.otherwise = refuses(400, "Logprobs is not enabled for models/gemini-2.5-flash")
    with pytest.raises(JudgeUnavailable, match=r"gives no log-probabilities .* `logprobs: false`"):
        ask(server, question("q", options=OPTIONS), logprobs=True, read="options")


def test_without_a_key_nothing_is_sent_to_google(monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    with pytest.raises(JudgeUnavailable, match="Set the environment variable GEMINI_API_KEY"):
        load(GeminiJudge(name="g", backend="gemini", model="gemini-2.5-flash"))


def test_the_key_is_in_no_reply_and_no_log(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.otherwise = lambda question: question.send(200, response(f"You sent {question.header('x-goog-api-key')}"))
    (reply,) = ask(server, "q")
    assert reply.text == "You sent [key]"
    assert KEY not in caplog.text


def test_a_redirect_to_another_server_takes_no_key_there(server):
    with running_server() as elsewhere:
        server.otherwise = lambda asked: asked.send(307, "", location=f"{elsewhere.url}/moved")
        elsewhere.otherwise = says("a1")
        ask(server, question("q"))
    assert KEY in str(server.questions[0].socket.headers)
    assert [KEY in str(asked.socket.headers) for asked in elsewhere.questions] == [False]


def token(text, probability):
    return {"token": text, "logProbability": math.log(probability)}


def test_options_are_scored_from_the_tokens_it_shows(server):
    tops = [[token("a", 0.8), token("same", 0.2)], [token("1", 0.75), token("2", 0.25)]]
    shown = {
        "chosenCandidates": [top[0] for top in tops],
        "topCandidates": [{"candidates": top} for top in tops],
    }
    server.otherwise = says("a1", logprobsResult=shown)
    (reply,) = ask(server, question("q", options=OPTIONS), logprobs=True, read="options")
    assert [math.exp(value) for value in reply.log_probabilities] == pytest.approx([0.6, 0.2, 0.2])
    config = server.questions[0].body["generationConfig"]
    assert (config["responseLogprobs"], config["logprobs"], config["temperature"]) == (True, 20, 0)


def test_where_the_answer_went_elsewhere_it_is_held_to_the_rest(server):
    """`a` holds most, but the answer was `same`: what follows `a` is asked for."""

    def answer(question):
        held = question.body["generationConfig"].get("responseSchema")
        tops = [[token("a", 0.9), token("same", 0.1)], [token("1", 0.5), token("2", 0.5)]][: 2 if held else 1]
        chosen = [tops[0][0 if held else 1], *(top[0] for top in tops[1:])]
        shown = {"chosenCandidates": chosen, "topCandidates": [{"candidates": top} for top in tops]}
        question.send(200, response("a1" if held else "same", logprobsResult=shown))

    server.otherwise = answer
    (reply,) = ask(server, question("q", options=OPTIONS), logprobs=True, read="options")
    assert [math.exp(value) for value in reply.log_probabilities] == pytest.approx([0.45, 0.45, 0.1])
    held = server.questions[1].body["generationConfig"]
    assert (held["responseMimeType"], held["responseSchema"]) == (
        "text/x.enum",
        {"type": "STRING", "enum": ["a1", "a2"]},
    )


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"frames": 8}, "gemini knows no frames"),
        ({"max_side": 224}, "backend gemini knows no max_side"),
        ({"fps": 30}, "less than or equal to 24"),
        ({"extra_body": {"generation_config": {"max_output_tokens": 5}}}, "may not hold maxOutputTokens"),
        ({"base_url": "https://proxy.example"}, "holds the key for proxy.example"),
    ],
)
def test_an_entry_says_what_gemini_does_not_take(keys, problem):
    with pytest.raises(ValidationError, match=problem):
        GeminiJudge(**{"name": "g", "backend": "gemini", "model": "m"} | keys)
