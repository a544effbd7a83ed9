"""A judge behind a real server on this machine: what is asked, kept, asked again, and stopped."""

import json
import math
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.evaluation import dry_run, evaluate
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES, CallCache
from emoprefer_assets.strategies import ALL
from tests.conftest import RULES
from tests.judges.chat_server import completion, refuses, running_server, says

pytestmark = pytest.mark.usefixtures("no_boards")

REMOTE = "  - {{name: remote, backend: openai, model: tiny, base_url: '{url}'{keys}}}\n"


@pytest.fixture
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def remote(settings, data_folder, server):
    """Writes the registry with the remote judge; three pairs have a label, so six questions are asked a round."""

    def register(**keys):
        extra = "".join(f", {key}: {json.dumps(value)}" for key, value in keys.items())
        settings.judges_file.write_text(RULES + REMOTE.format(url=server.url, keys=extra))
        return current_settings()

    return register


@pytest.fixture
def ask(remote, data_folder):
    """Asks the remote judge about the three pairs that have a label, without making any table."""
    pairs = read_data_set(data_folder).pairs.head(3)

    def ask(**keys):
        settings = remote(**keys)
        part = Part("s1_predictions", ALL["s1"], pairs)
        (answered,) = answer(
            read_registry(settings.judges_file)["remote"], [part], TABLES["clips"].frame(), Run(settings)
        )
        return answered

    return ask


def published(settings, query):
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        return connection.sql(query).fetchall()


def calls_on_record(settings):
    return list(CallCache(settings.calls_folder, "remote").calls())


def test_a_greedy_question_is_asked_once_whatever_the_rounds(ask, server):
    answered = ask()
    assert (answered.tally.all_calls, len(server.questions), len(answered.rows)) == (6, 6, 12)


def test_a_sampled_question_is_asked_in_every_round_with_its_own_seed(ask, server):
    ask(temperature=0.7)
    assert len(server.questions) == 12
    assert {question.body["seed"] for question in server.questions} == {0, 1}
    assert max(server.calls.values()) == 2


def test_thoughts_are_kept_apart_and_decide_nothing_now_and_from_the_cache(ask, server):
    server.otherwise = says("<think>a1 says happy; the face is sad</think> a2")
    for calls in (6, 0):
        answered = ask()
        assert answered.tally.all_calls == calls
        # Of the replies to the swapped question, a2 is the pair's a1.
        assert (answered.rows["verdict"] == answered.rows["swapped"].map({False: "a2", True: "a1"})).all()
        assert set(answered.rows["raw_text"]) == {"a2"}
        assert set(answered.rows["thoughts"]) == {"a1 says happy; the face is sad"}


def test_a_cut_reply_is_kept_and_decides_nothing_now_and_from_the_cache(ask, server):
    server.otherwise = says("a1 names happiness, but", finish="length")
    for calls in (6, 0):
        answered = ask()
        assert (answered.tally.all_calls, answered.unanswered) == (calls, 0)
        assert set(answered.rows["verdict"]) == {"unparsed"} and answered.rows["cut"].all()


def test_the_mass_of_the_options_stands_beside_the_verdict_now_and_from_the_cache(ask, server):
    likeliest = [("a1", 1.2e-3), ("a2", 2e-4), ("same", 1e-5)]
    shown = [{"token": token, "logprob": math.log(share)} for token, share in [("The", 0.9), *likeliest]]
    server.otherwise = says("The", logprobs={"content": [shown[0] | {"top_logprobs": shown}]})
    for calls in (6, 0):
        answered = ask(logprobs=True, read="options")
        assert (answered.tally.all_calls, set(answered.rows["verdict"])) == (calls, {"a1", "a2"})
        assert answered.rows["p_options"].round(5).eq(0.00141).all()


def test_another_address_of_the_same_revision_asks_nothing_again(ask, server):
    ask(revision="v1")
    with running_server() as moved:
        server.url = moved.url
        assert ask(revision="v1").tally.from_cache == 6
        assert (len(server.questions), len(moved.questions)) == (6, 0)
        assert ask(revision="v2").tally.all_calls == 6


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (says(""), "empty"),
        (says("a1", finish="content_filter"), "filter"),
        (says(None, refusal="I will not."), "I will not"),
        (refuses(400, "no such thing"), "no such thing"),
    ],
)
def test_a_failed_call_is_recorded_never_reused_and_asked_again(ask, server, behaviour, reason):
    ask()
    first = server.questions[0].text
    CallCache(current_settings().calls_folder, "remote").file.unlink()
    server.calls.clear()
    server.scripts[first] = [behaviour, says("a2")]

    answered = ask()
    (failed,) = [line for line in calls_on_record(current_settings()) if not line["answered"]]
    assert reason in failed["failure"]
    assert (answered.tally.failed, answered.unanswered) == (1, 2)
    rows = answered.rows[answered.rows["verdict"] == "failed"]
    assert len(rows) == 2 and rows["failure"].str.contains(reason).all()

    again = ask()
    assert (again.tally.all_calls, again.unanswered, server.calls[first]) == (1, 0, 2)
    assert not (again.rows["verdict"] == "failed").any()


def test_a_run_asks_again_what_failed_in_the_last_one_and_then_rests(remote, server):
    settings = remote()
    dry_run(Run(settings))
    server.otherwise = refuses(400, "not now")
    assert evaluate(Run(settings)).tallies["remote"].failed == 6
    server.otherwise = says("a1")
    assert evaluate(Run(settings)).calls["remote"] == 6
    assert published(settings, "select count(*) from s1_predictions where verdict = 'failed'") == [(0,)]
    assert evaluate(Run(settings)).tables == []


def test_a_changed_prompt_asks_again(ask, server, tmp_path, monkeypatch):
    ask()
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "s1_blind.jinja").write_text("{{ a1 }} or {{ a2 }}?")
    monkeypatch.setenv("EMOPREFER_PROMPTS", str(tmp_path / "prompts"))
    assert ask().tally.all_calls == 6
    (tmp_path / "prompts" / "s2.jinja").write_text("Not asked of a judge without media.")
    assert ask().tally.all_calls == 0


def test_a_dry_run_counts_what_a_run_then_asks(remote, server):
    settings = remote(price_in=1.0, price_out=10.0)
    plan = dry_run(Run(settings))["remote"]
    assert (len(server.questions), plan.calls, plan.all_calls) == (0, {"s1": 6}, 6)
    report = evaluate(Run(settings))
    assert report.calls["remote"] == 6
    # The server counts 7 prompt tokens and 2 reply tokens a call.
    assert report.cost == pytest.approx(6 * (7 * 1.0 + 2 * 10.0) / 1e6)
    assert plan.cost > report.cost
    assert dry_run(Run(settings))["remote"].all_calls == 0
    ((calls, tokens, cost),) = published(settings, "select calls, tokens_in, cost from judge_costs")
    assert (calls, tokens, cost) == (6, 42, pytest.approx(report.cost))


def test_a_dry_run_prices_contested_pairs_where_judges_are_asked_about_them(remote, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BATTLES_CONTESTED", "yes")
    settings = remote(price_in=1.0, price_out=10.0)
    # Of four pairs people agree on three; both orders.
    assert dry_run(Run(settings), ["remote"])["remote"].calls == {"s1": 2 * 4}


def test_a_budget_stops_before_it_is_exceeded_and_keeps_the_answers(remote, server, monkeypatch):
    settings = remote(price_in=0.0, price_out=1000.0, max_new_tokens=8, concurrency=1)
    # One call may cost 0.008 and does cost 0.002: with 0.013, no fourth call can be afforded for certain.
    monkeypatch.setenv("EMOPREFER_BUDGET", "0.013")
    report = evaluate(Run(current_settings()))
    assert "the budget of 0.013 is reached: 0.006 of it is spent" in report.failures["remote"]
    assert len(server.questions) == 3
    monkeypatch.setenv("EMOPREFER_BUDGET", "1")
    assert evaluate(Run(current_settings())).calls["remote"] == 3
    assert [call["cost"] for call in calls_on_record(settings)] == [pytest.approx(0.002)] * 6


def test_a_dead_judge_is_left_to_itself_after_a_while(remote, server, monkeypatch, only):
    only("judge_board")
    monkeypatch.setattr("emoprefer_assets.asking.interview.FAILURES_IN_A_ROW", 3)
    settings = remote(concurrency=1)

    def refuses_when_the_others_are_on_record(question):
        # Answers that come while others are written are written together, and then known together.
        while len(calls_on_record(settings)) < len(server.questions) - 1:
            time.sleep(0.01)
        refuses(400, "gone")(question)

    server.otherwise = refuses_when_the_others_are_on_record
    report = evaluate(Run(settings))
    assert "3 calls in a row failed, the last with: " in report.failures["remote"]
    # One more may be under way when the third is known to have failed.
    assert len(calls_on_record(settings)) in (3, 4)
    assert "judge_board" in report.tables


def test_a_judge_that_mostly_fails_is_left_out_of_the_boards(remote, server, only):
    only("leaderboard")
    evaluate(Run(remote()))
    asked = list(server.calls)
    server.scripts = {text: [says("I would rather not say.")] for text in asked[:2]}
    settings = remote(max_new_tokens=100)
    evaluate(Run(settings))
    kind, rank, unparsed = published(
        settings, "select kind, rank, unparsed_rate from judge_board where judge = 'remote'"
    )[0]
    assert (kind, rank, round(unparsed)) == ("left out", None, 33)
    assert published(settings, "select count(*) from leaderboard where source = 'remote'") == [(0,)]
    assert published(settings, "select count(*) from crowd") == [(0,)]


def test_the_strict_reader_stands_beside_the_papers(ask, server):
    server.otherwise = says("Neither a1 nor a2 fits.")
    rows = ask().rows
    found = rows[["verdict", "strict_verdict", "swapped", "read_by"]].drop_duplicates().to_numpy().tolist()
    assert found == [["a1", "same", False, "reply"], ["a2", "same", True, "reply"]]


ASKED = """
from emoprefer_assets.asking import answer
from emoprefer_assets.assets.judge_tables import parts_of
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import Warehouse
settings = current_settings()
with Warehouse(settings.warehouse).reading() as reading:
    (part,), clips = parts_of(["s1_predictions"], reading), reading.frame("clips")
list(answer(read_registry(settings.judges_file)["remote"], [part], clips, Run(settings)))
"""


@pytest.mark.slow
def test_killed_twenty_times_it_ends_as_if_undisturbed(settings, server, monkeypatch):
    """On the embedded sample: SIGKILL at moments spread over the judging, seen by the server's count of calls."""
    concurrency = 4

    def answer(question):
        time.sleep(0.005)
        longer = question.text.rsplit("(a1):")[-1].split("Second description (a2):")
        question.send(200, completion("a1" if len(longer[0]) > len(longer[1]) else "a2"))

    server.otherwise = answer
    evaluate(Run(settings))
    settings.judges_file.write_text(RULES + REMOTE.format(url=server.url, keys=f", concurrency: {concurrency}"))
    ((pairs,),) = published(settings, "select count(*) from consensus_pairs")
    for number in range(20):
        until = 2 * pairs * (number + 1) // 21
        with subprocess.Popen([sys.executable, "-c", ASKED], cwd=PROJECT, stderr=subprocess.PIPE) as process:
            while len(server.questions) < until and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL, process.stderr
    evaluate(Run(settings))
    disturbed = published(settings, "select * exclude raw_text from s1_predictions where judge = 'remote' order by all")
    # What was under way at a kill, or on its way to the disk, is asked again.
    asked_again = len(server.questions) - len(server.calls)
    assert 0 < asked_again <= 20 * 2 * concurrency

    settings.warehouse.unlink()
    CallCache(settings.calls_folder, "remote").file.unlink()
    evaluate(Run(settings))
    query = "select * exclude raw_text from s1_predictions where judge = 'remote' order by all"
    assert published(settings, query) == disturbed
