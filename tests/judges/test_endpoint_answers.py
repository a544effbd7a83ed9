"""Answers that endpoints write in other ways than OpenAI's, and connections that are not made."""

import json
import ssl

import pytest

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges.openai._completion import Completion
from emoprefer_assets.judges.openai._connection import http_client, proxy_of, remedy, why_unconnected
from emoprefer_assets.judges.openai._stream import answer_in
from emoprefer_assets.judges.registry import OpenaiJudge
from tests.judges.chat_server import completion, counts, refuses, says
from tests.judges.test_openai import answers, ask, backend, server

__all__ = ["server"]

PARTS = [{"type": "thinking", "thinking": [{"type": "text", "text": "a2 is longer"}]}, {"type": "text", "text": "a1"}]


def read(**changed):
    return Completion.model_validate(json.loads(completion(**{"text": "a1"} | changed)))


@pytest.mark.parametrize("finish", [None, "", "STOP", "COMPLETE", "FINISH_REASON_STOP", "eos", "whatever"])
def test_a_text_is_an_answer_however_its_end_is_named(finish):
    found = read(finish=finish)
    assert (found.text, found.why_no_answer, found.cut) == ("a1", "", False)


def test_an_answer_without_a_finish_reason_is_one():
    body = json.loads(completion("a1"))
    del body["choices"][0]["finish_reason"]
    assert Completion.model_validate(body).why_no_answer == ""


@pytest.mark.parametrize(
    "finish", ["length", "MAX_TOKENS", "max_completion_tokens", "model_context_window_exceeded", "incomplete"]
)
def test_a_text_that_grew_too_long_is_cut_however_that_is_named(finish):
    assert (read(finish=finish).cut, read(finish=finish).why_no_answer) == (True, "")


WITHOUT_ANSWER = "safety sensitive content_filter content_filter:RECITATION refusal language error abort network_error"
WITHOUT_ANSWER += " guardrail_intervened IMAGE_SAFETY ERROR_TOXIC timeout cancelled"


@pytest.mark.parametrize("finish", WITHOUT_ANSWER.split())
def test_an_end_that_says_why_there_is_no_answer_is_a_failure(finish):
    assert read(finish=finish).why_no_answer


def test_the_texts_of_an_answer_in_parts_are_joined_without_its_thoughts():
    assert read(text=PARTS).text == "a1"
    assert read(text=[{"type": "text", "text": "a"}, {"type": "text", "text": "2"}]).text == "a2"
    assert read(text=[{"text": "a"}, "2"]).text == "a2"
    assert read(text=[]).text == ""
    assert read(text=PARTS).thoughts == "a2 is longer"
    assert read(text=[{"type": "refusal", "refusal": "No."}]).why_no_answer == "refused: No."


@pytest.mark.parametrize(
    "apart",
    [
        {"thinking": "Hm."},
        {"reasoning": None, "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "x"}]},
    ],
)
def test_thoughts_have_many_names(apart):
    assert (read(thoughts=apart).text, read(thoughts=apart).thoughts) == ("a1", "Hm.")


def test_an_answer_that_is_told_as_a_thought_is_none_and_says_so(server):
    server.otherwise = says(None, thoughts={"reasoning_content": "She smiles. a1"})
    (reply,) = backend(server.url).answer(ask("q"))
    assert reply.failure == "empty reply (all of it was told as thoughts: look at the reasoning parser)"


@pytest.mark.parametrize(
    "odd",
    [{"refusal": False}, {"logprobs": [{"token": "a1"}]}, {"logprobs": {"content": [{"bytes": [97]}]}}, {"finish": 1}],
)
def test_what_is_no_part_of_an_answer_may_be_odd(odd):
    assert (read(**odd).text, read(**odd).why_no_answer, read(**odd).positions) == ("a1", "", [])


def test_a_choice_without_a_message_says_why_by_its_end():
    body = {"choices": [{"message": None, "finish_reason": "content_filter"}]}
    assert Completion.model_validate(body).why_no_answer == "withheld by the endpoint's content filter"


ODD = {
    "parts": says(PARTS),
    "parts without a type": says([{"text": "a"}, "1"]),
    "one part": says({"type": "text", "text": "a1"}),
    "an end that is no word": says("a1", finish_reason=1),
    "a refusal that is no text": says("a1", refusal=[]),
    "log-probabilities in another form": says("a1", logprobs={"content": [{"token": None}]}),
    "tokens as texts": counts(prompt_tokens="7", completion_tokens="2"),
    "tokens by other names": counts(input_tokens=7, output_tokens=2),
}


@pytest.mark.parametrize("behave", ODD.values(), ids=ODD.keys())
def test_an_answer_in_an_odd_form_is_asked_for_and_paid_once(server, behave):
    server.otherwise = behave
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.text, reply.failure, reply.tokens_in, reply.tokens_out) == ("a1", "", 7, 2)
    assert server.calls["q"] == 1


def test_half_a_character_of_an_answer_is_a_question_mark():
    assert read(text="a1 \ud83d").text == "a1 ?"


@pytest.mark.parametrize("odd", [{"choices": [None]}, {"choices": [{"message": None}]}, {"choices": [{"text": "a1"}]}])
def test_an_answer_that_is_not_where_it_belongs_is_empty_and_paid(server, odd):
    body = json.dumps(json.loads(completion("a1")) | odd)
    server.otherwise = lambda question: question.send(200, body)
    (reply,) = backend(server.url).answer(ask("q"))
    assert (reply.failure, reply.tokens_in, server.calls["q"]) == ("empty reply", 7, 1)


def test_a_log_probability_that_is_null_is_left_out():
    shown = {"token": "a1", "logprob": None, "top_logprobs": [{"token": "a1", "logprob": -0.1}]}
    shown["top_logprobs"].append({"token": "same", "logprob": None})
    (position,) = read(logprobs={"content": [shown]}).positions
    assert position.likeliest == (("a1", -0.1),)


def test_a_prompt_that_moderation_flags_fails_alone(server):
    server.scripts["bad"] = [refuses(403, "Input was flagged by moderation")]
    replies = answers(backend(server.url), ask("bad", "good"))
    assert replies["bad"].failure == 'HTTP 403: "Input was flagged by moderation"'
    assert replies["good"].text == "a1"


def events(*chunks, end="data: [DONE]\n\n"):
    return "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks) + end


def piece(finish=None, logprobs=None, **delta):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}]}


PIECES = [
    piece(role="assistant", content="", reasoning_content="The voice "),
    piece(reasoning_content="fits a1.", logprobs={"content": [{"token": "a", "logprob": -0.1, "top_logprobs": []}]}),
    piece(content="a", logprobs={"content": [{"token": "1", "logprob": -0.2, "top_logprobs": None}]}),
    piece(content="1", finish="stop"),
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
]


def streams(text):
    return lambda question: question.send(200, text, content_type="text/event-stream")


def only_streams(question):
    if not question.body.get("stream"):
        return refuses(400, "This model only support stream mode, please enable the stream parameter.")(question)
    assert question.body["stream_options"] == {"include_usage": True}
    streams(events(*PIECES))(question)


def test_pieces_of_an_answer_are_put_together():
    found = Completion.model_validate(answer_in(": keep-alive\n\n" + events(*PIECES)))
    assert (found.text, found.thoughts, found.cut, found.why_no_answer) == ("a1", "The voice fits a1.", False, "")
    assert (found.tokens_in, found.tokens_out) == (7, 2)
    assert [position.token for position in found.positions] == ["a", "1"]
    bare = {"choices": [{"delta": {"content": "a2"}, "finish_reason": "length"}]}
    found = Completion.model_validate(answer_in(events(bare, end="")))
    assert (found.text, found.cut, found.tokens_in) == ("a2", True, 0)


def test_pieces_may_have_other_forms():
    """As Mistral streams thoughts, and servers that do not escape what could end a line."""
    thought = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]
    pieces = [{"content": thought}, None, {"content": "a\u2028"}, {"content": "1\x85"}]
    found = answer_in(events(*({"choices": [{"delta": piece}]} for piece in pieces)).replace("\n", "\r\n"))
    completion = Completion.model_validate(found)
    assert (completion.text, completion.thoughts) == ("a\u20281\x85", "Hm")


def test_an_endpoint_that_only_streams_is_asked_so_from_then_on(server):
    server.otherwise = only_streams
    replies = answers(backend(server.url, concurrency=1), ask("q", "r"))
    for reply in replies.values():
        assert (reply.text, reply.thoughts, reply.tokens_in, reply.failure) == ("a1", "The voice fits a1.", 7, "")
    assert server.calls == {"q": 2, "r": 1}


def test_questions_that_were_refused_together_are_all_asked_again(server):
    server.otherwise = only_streams
    replies = answers(backend(server.url, concurrency=4), ask("q", "r", "s", "t"))
    assert {reply.text for reply in replies.values()} == {"a1"}


def test_an_endpoint_that_always_streams_is_read(server):
    server.otherwise = streams(events(*PIECES))
    assert answers(backend(server.url), ask("q"))["q"].text == "a1"


def test_a_stream_that_breaks_off_is_asked_for_again(server):
    server.scripts["q"] = [streams(events(*PIECES[:3], end="")), streams(events(*PIECES))]
    assert answers(backend(server.url), ask("q"))["q"].text == "a1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (events({"error": {"message": "the model fell asleep", "code": 400}}), "the model fell asleep"),
        (events([1]), "not a chat completion"),
        (events({"choices": [7]}), "not a chat completion"),
        ("data: {oh\n\n", "not a chat completion"),
        (events(), "gave no choices"),
    ],
)
def test_a_stream_without_an_answer_says_why(server, text, said):
    server.otherwise = streams(text)
    assert said in answers(backend(server.url), ask("q"))["q"].failure


def test_no_proxy_leads_back_to_this_machine(server, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:7890")
    assert answers(backend(server.url), ask("q"))["q"].text == "a1"


@pytest.fixture
def by_proxy(monkeypatch):
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("all_proxy", "socks5://me:secret@127.0.0.1:7890")
    return "https://lab.example/v1"


def test_a_proxy_that_cannot_be_used_is_named_without_its_password(by_proxy):
    judge = OpenaiJudge(name="lab", backend="openai", model="big", base_url=by_proxy, key_variable="LAB_KEY")
    with pytest.raises(JudgeUnavailable, match=r"proxy 127.0.0.1:7890 cannot be used: .*socksio.* to NO_PROXY") as told:
        http_client(judge, by_proxy, 1.0)
    assert "secret" not in str(told.value)


def test_what_to_do_follows_from_why_there_is_no_connection(by_proxy, monkeypatch):
    assert "lab.example to NO_PROXY" in remedy("Connection refused", by_proxy)
    assert remedy("certificate verify failed: self-signed certificate", by_proxy).startswith("Set SSL_CERT_FILE")
    monkeypatch.setenv("no_proxy", "lab.example")
    assert (proxy_of(by_proxy), remedy("Connection refused", by_proxy)[:16]) == ("", "Start the server")


def test_the_innermost_words_say_why():
    try:
        try:
            raise ssl.SSLError(1, "certificate verify failed")
        except ssl.SSLError as inner:
            raise RuntimeError("Connection error.") from inner
    except RuntimeError as error:
        assert "certificate verify failed" in why_unconnected(error)
