"""What hosted models refuse, hide or name otherwise, shown by a server on this machine."""

import json
import math

import pytest

from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import ChatMessage, ChatRequest
from emoprefer_assets.judges.openai import OpenaiBackend, load
from emoprefer_assets.judges.registry import OpenaiJudge
from tests.judges.chat_server import completion, refuses, running_server, says

KEY = "sk-planted/0123456789+abcdef=="
OPTIONS = ("a1", "a2", "same")
SCORES = {"logprobs": True, "read": "options"}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("LAB_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as running:
        yield running


def backend(url, **keys):
    entry = {"name": "lab", "backend": "openai", "model": "big", "base_url": url, "key_variable": "LAB_KEY"}
    loaded = load(OpenaiJudge(**entry | {"timeout": 5.0, "concurrency": 1} | keys))
    return OpenaiBackend(loaded.judge, loaded.key, first_wait=0.02)


def ask(judge, *texts, temperature=0.0, **keys):
    asked = [ChatRequest(text, (ChatMessage("user", (text,)),), temperature=temperature, **keys) for text in texts]
    return list(judge.answer(asked))


def shown(*likeliest):
    top = [{"token": token, "logprob": math.log(share)} for token, share in likeliest]
    return {"content": [top[0] | {"top_logprobs": top}]}


def only_its_own_temperature(question):
    """As OpenAI's reasoning models answer."""
    said = "Unsupported {what}: '{name}' {why} with this model."
    if "max_tokens" in question.body:
        why = "is not supported"
        return refuses(
            400, said.format(what="parameter", name="max_tokens", why=why) + " Use 'max_completion_tokens'."
        )(question)
    for name in ("temperature", "top_p", "seed"):
        if name in question.body:
            return refuses(400, said.format(what="value", name=name, why="does not support it"))(question)
    says("a1")(question)


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        refuses(422, "temperature must be > 0"),
        refuses(400, "Model grok-4 does not support parameter temperature."),
        refuses(400, "temperature: Extra inputs are not permitted"),
    ],
)
def test_a_model_that_takes_no_temperature_is_told_with_the_key_to_set(server, refusal):
    server.otherwise = refusal or only_its_own_temperature
    with pytest.raises(JudgeUnavailable, match=r"refuses the temperature .*Set `temperature: default`: none is sent"):
        ask(backend(server.url), "q")


def test_with_the_endpoints_own_temperature_nothing_of_it_is_sent(server):
    server.otherwise = only_its_own_temperature
    judge = backend(server.url, temperature="default", extra_body={"reasoning_effort": "low"})
    (reply,) = ask(judge, "q", temperature=None)
    assert (reply.text, reply.failure) == ("a1", "")
    sent = server.questions[-1].body
    assert sent.keys() == {"model", "messages", "max_completion_tokens", "reasoning_effort"}
    assert sent["reasoning_effort"] == "low"


def test_the_endpoints_own_temperature_is_asked_anew_in_every_round():
    keys = [ChatRequest("", (), temperature=None, seed=round_).determinants() for round_ in (0, 1)]
    assert keys[0] != keys[1]
    assert ChatRequest("", (), temperature=0.0).determinants() == ChatRequest("", (), seed=1).determinants()


def temperature_or_top_p(question):
    """As Claude answers."""
    if {"temperature", "top_p"} <= question.body.keys():
        return refuses(400, "`temperature` and `top_p` cannot both be specified for this model.")(question)
    says("a1")(question)


def test_a_default_is_not_sent(server):
    server.otherwise = temperature_or_top_p
    (reply,) = ask(backend(server.url), "q", temperature=0.7)
    assert (reply.text, "top_p" in server.questions[0].body) == ("a1", False)


def test_of_two_parameters_that_exclude_each_other_the_one_to_remove_is_named(server):
    server.otherwise = temperature_or_top_p
    with pytest.raises(JudgeUnavailable, match="Remove `top_p`"):
        ask(backend(server.url), "q", temperature=0.7, top_p=0.9)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "System role not supported"),
        (400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        (400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
        (500, "Conversation roles must alternate user/assistant/user/assistant/..."),
    ],
)
def test_a_model_that_takes_no_system_message_is_told_with_the_key_to_remove(server, status, message):
    server.otherwise = refuses(status, message)
    asked = ChatRequest("q", (ChatMessage("system", ("Be brief.",)), ChatMessage("user", ("q",))))
    with pytest.raises(JudgeUnavailable, match=r"takes no system message .* Remove `system:`"):
        list(backend(server.url).answer([asked]))
    assert ask(backend(server.url), "q")[0].failure.startswith(f"HTTP {status}: ")


@pytest.mark.parametrize(
    ("least", "message"),
    [
        (1, "Unsupported parameter: 'max_tokens'"),
        (16, "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 6 instead."),
    ],
)
def test_the_limit_is_said_as_the_endpoint_takes_it(server, least, message):
    def particular(question):
        if (least == 1 and "max_tokens" in question.body) or question.body.get("max_tokens", least) < least:
            return refuses(400, message)(question)
        says("a1")(question)

    server.otherwise = particular
    replies = ask(backend(server.url), "q", "r", max_new_tokens=6)
    assert [reply.text for reply in replies] == ["a1", "a1"]
    assert len(server.questions) == 3


def test_another_model_behind_a_name_is_told_once(server, caplog):
    names = iter(["m-1", "m-1", "m-2", "m-1", "m-2"])
    server.otherwise = lambda question: question.send(
        200, json.dumps(json.loads(completion("a1")) | {"model": next(names)})
    )
    ask(backend(server.url), *"abcde")
    (said,) = (record.getMessage() for record in caplog.records if "now answers as" in record.getMessage())
    assert "answered as m-1, and now answers as m-2" in said


def test_a_seed_that_is_refused_is_left_out_from_then_on(server):
    def seedless(question):
        if "seed" in question.body:
            return refuses(400, "Extra inputs are not permitted: unknown parameter seed")(question)
        says("a1")(question)

    server.otherwise = seedless
    replies = ask(backend(server.url), "q", "r", temperature=0.7, seed=3)
    assert {reply.text for reply in replies} == {"a1"}
    assert ["seed" in question.body for question in server.questions] == [True, False, False]


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("Invalid value for 'top_logprobs': must be less than or equal to 5.", 5),
        ("top_logprobs must be between 0 and 1 (got 20)", 1),
        ("Unsupported parameter: top_logprobs of that size", 5),
    ],
)
def test_fewer_log_probabilities_are_asked_for_where_an_endpoint_gives_fewer(server, message, most):
    def capped(question):
        if question.body["top_logprobs"] > most:
            return refuses(400, message)(question)
        says("a1", logprobs=shown(("a1", 0.6), ("a2", 0.3), ("same", 0.05)))(question)

    server.otherwise = capped
    replies = ask(backend(server.url, **SCORES), "q", "r", options=OPTIONS)
    assert [round(math.exp(score), 3) for score in replies[0].log_probabilities] == [0.6, 0.3, 0.05]
    assert [question.body["top_logprobs"] for question in server.questions] == [20, most, most]


def test_a_refusal_that_quotes_a_text_is_not_taken_for_one_of_a_parameter(server):
    server.otherwise = refuses(400, "input too long near: his temperature rose and the seed fell")
    (reply,) = ask(backend(server.url), "q", temperature=0.7)
    assert reply.failure.startswith("HTTP 400: ")
    assert len(server.questions) == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "You are not allowed to request logprobs from this model"),
        (403, "You are not allowed to request logprobs from this model"),
        (400, "This model does not support logprobs."),
        (400, "Argument not supported on this model: logprobs"),
        (400, "logprobs not supported"),
    ],
)
def test_no_right_to_log_probabilities_is_no_bad_key(server, status, message):
    server.otherwise = refuses(status, message)
    with pytest.raises(
        JudgeUnavailable, match=r"gives no log-probabilities of big .*`logprobs: false` and `read: reply`"
    ):
        ask(backend(server.url, **SCORES), "q", options=OPTIONS)


@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        (400, "API key expired. Please renew the API key.", "refused the key in LAB_KEY"),
        (400, "API Key not found. Please pass a valid API key.", "refused the key in LAB_KEY"),
        (400, "Your credit balance is too low to access the API.", "gives no more credit"),
        (403, "Your team has run out of credits.", "gives no more credit"),
        (400, "The requested model 'big' does not exist.", "does not serve big .*Correct model or base_url"),
        (404, "No endpoints found that support input audio", "does not serve big .*Correct model, inputs, logprobs"),
    ],
)
def test_what_ends_the_run_is_told_by_its_words_whatever_its_status(server, status, message, told):
    server.otherwise = refuses(status, message)
    with pytest.raises(JudgeUnavailable, match=told):
        ask(backend(server.url), "q")
    assert len(server.questions) == 1


def test_an_address_that_has_moved_is_told_with_the_new_one(server):
    server.otherwise = lambda question: question.send(301, "", location=f"{server.url}/elsewhere")
    with pytest.raises(JudgeUnavailable, match=r"sends its questions on to .*/elsewhere. Correct base_url"):
        ask(backend(server.url), "q")


def test_a_bad_key_may_be_a_400(server):
    """As Gemini answers."""
    server.otherwise = refuses(400, "API key not valid. Please pass a valid API key.", "400")
    with pytest.raises(JudgeUnavailable, match=r"refused the key in LAB_KEY \(HTTP 400\)"):
        ask(backend(server.url), "q")


def test_a_blocked_prompt_is_a_refusal_and_the_other_questions_go_on(server):
    """As Gemini answers: no choices."""
    blocked = json.dumps({"object": "chat.completion", "choices": [], "usage": {"prompt_tokens": 900}})
    server.scripts["blocked"] = [lambda question: question.send(200, blocked)]
    replies = {reply.key: reply for reply in ask(backend(server.url), "blocked", *"abcdef")}
    assert replies["blocked"].failure == "refused: the endpoint blocked the prompt (it gave no choices)"
    assert replies["blocked"].tokens_in == 900
    assert [replies[key].text for key in "abcdef"] == ["a1"] * 6
    assert server.calls["blocked"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 429, "message": "Provider returned error: rate limited"}, "user_id": "u"},
        {"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "rate limited"}}]},
        {"error": "rate limited"},
    ],
)
def test_an_error_inside_a_200_is_one(server, body):
    """As OpenRouter answers."""
    server.scripts["q"] = [lambda question: question.send(200, json.dumps(body)), says("a2")]
    server.scripts["r"] = [lambda question: question.send(200, json.dumps(body))]
    again, never = ask(backend(server.url), "q", "r")
    assert (again.text, server.calls["q"]) == ("a2", 2)
    assert "rate limited" in never.failure and never.failure.endswith("after 5 attempts")


def test_a_bad_key_inside_a_200_ends_the_run(server):
    body = json.dumps({"error": {"code": 401, "message": "No auth credentials found"}})
    server.otherwise = lambda question: question.send(200, body)
    with pytest.raises(JudgeUnavailable, match="refused the key"):
        ask(backend(server.url), "q")


def test_where_same_is_likeliest_the_verdict_needs_no_second_question(server):
    """As OpenAI answers, which knows no structured outputs by that name."""

    def likeliest_same(question):
        if "structured_outputs" in question.body:
            return refuses(400, "Unrecognized request argument supplied: structured_outputs")(question)
        says("same", logprobs=shown(("same", 0.55), ("a", 0.44), ("A", 0.005)))(question)

    server.otherwise = likeliest_same
    replies = ask(backend(server.url, **SCORES), "q", "r", options=OPTIONS)
    for reply in replies:
        assert [round(math.exp(score), 4) for score in reply.log_probabilities] == [0.2225, 0.2225, 0.55]
    assert len(server.questions) == 3


def test_azure_has_its_own_header_and_a_version_in_the_address(server):
    url = server.url.removesuffix("/v1") + "/openai/deployments/gpt4o?api-version=2024-10-21"
    (reply,) = ask(backend(url), "q")
    (question,) = server.questions
    assert reply.text == "a1"
    assert question.path == "/openai/deployments/gpt4o/chat/completions?api-version=2024-10-21"
    assert (question.header("api-key"), question.header("authorization")) == (KEY, None)


def test_azures_deployment_is_the_model_where_the_address_names_none(server):
    ask(backend(server.url.removesuffix("/v1") + "/openai?api-version=2024-10-21"), "q")
    assert server.questions[0].path == "/openai/deployments/big/chat/completions?api-version=2024-10-21"


@pytest.mark.parametrize("path", ["/v1", "/openai?api-version=2024-10-21"])
def test_a_redirect_to_another_server_takes_no_key_there(server, path):
    with running_server() as elsewhere:
        moved = f"{elsewhere.url}/chat/completions"
        server.otherwise = lambda question: question.send(307, "", location=moved)
        elsewhere.otherwise = says("a1")
        ask(backend(server.url.removesuffix("/v1") + path), "q")
    (asked,) = server.questions
    assert KEY in asked.authorization + str(asked.header("api-key"))
    assert [KEY in str(question.socket.headers) for question in elsewhere.questions] == [False]


def test_a_redirect_within_a_server_takes_the_key_along(server):
    server.scripts["q"] = [lambda question: question.send(307, "", location="/v2/chat/completions"), says("a1")]
    (reply,) = ask(backend(server.url), "q")
    assert reply.text == "a1"
    assert server.questions[1].authorization == f"Bearer {KEY}"


@pytest.mark.parametrize("query", ["?key=hidden", "?api-version=1&key=hidden", "?api-version=1&api-version=2"])
def test_another_query_is_refused(server, query):
    with pytest.raises(JudgeUnavailable, match="base_url holds a user, password or query") as caught:
        backend(server.url + query)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_that_come_apart_are_kept_apart(server, name):
    server.scripts["q"] = [says("a2", thoughts={name: "a1 says happy; the face is sad"})]
    server.scripts["cut"] = [says(None, finish="length", thoughts={name: "Let me see"})]
    whole, cut = ask(backend(server.url), "q", "cut")
    assert (whole.text, whole.thoughts, whole.cut) == ("a2", "a1 says happy; the face is sad", False)
    assert (cut.text, cut.thoughts, cut.cut) == ("", "Let me see", True)
    assert cut.failure == "empty reply (max_new_tokens was used up before an answer began). Raise max_new_tokens"


def test_the_template_is_told_in_the_body(server):
    ask(backend(server.url, chat_template_kwargs={"enable_thinking": False}, extra_body={"top_k": 3}), "q")
    sent = server.questions[0].body
    assert (sent["chat_template_kwargs"], sent["top_k"]) == ({"enable_thinking": False}, 3)


def test_a_prompt_that_the_server_cut_is_a_failure(server):
    """As Ollama does without a word; every word takes a token at least."""

    def read(tokens):
        body = json.loads(completion("a1")) | {"usage": {"prompt_tokens": tokens, "completion_tokens": 2}}
        return lambda question: question.send(200, json.dumps(body))

    long = "word " * 5000
    for tokens, failure in (
        (4096, "the endpoint read 4096 tokens of a prompt of 5000 words: it cuts prompts"),
        (5001, ""),
    ):
        server.otherwise = read(tokens)
        (reply,) = ask(backend(server.url), long)
        assert reply.failure.startswith(failure) and bool(reply.failure) == bool(failure)
