"""Questions handed in as batches on a real server, and collected by later runs, whenever one is killed."""

import json
import signal
import subprocess
import sys

import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer, collect_all
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import BudgetReached, JudgeUnavailable
from emoprefer_assets.judges import read_registry
from emoprefer_assets.judges.openai import _batch
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES, CallCache
from emoprefer_assets.strategies import ALL
from tests.conftest import RULES
from tests.judges.batch_server import running_batch_server
from tests.judges.chat_server import refuses, running_server, says

pytestmark = pytest.mark.usefixtures("no_boards")

# Of 100 and 10 tokens at 1 and 10 for a token, and half of that in a batch.
PRICES = {"price_in": 1e6, "price_out": 1e7}
COST = 0.5 * (100 + 100)
ASKED = """
from tests.asking.test_batches import asked
from emoprefer_assets.settings import current_settings
asked(current_settings())
"""


@pytest.fixture
def server():
    with running_batch_server() as running:
        yield running


@pytest.fixture
def lab(settings, data_folder, server, monkeypatch):
    """The settings, with the judge `lab` behind the server; six questions of three pairs."""
    monkeypatch.setenv("EMOPREFER_BATCH", "yes")

    def register(**keys):
        entry = {"name": "lab", "backend": "openai", "model": "tiny", "base_url": server.url} | PRICES | keys
        settings.judges_file.write_text(RULES + f"  - {json.dumps(entry)}\n")
        return current_settings()

    return register


def asked(settings, pairs=None):
    """What a run says of the three pairs, and its tally."""
    run = Run(settings)
    pairs = read_data_set(settings.data_dir).pairs.head(3) if pairs is None else pairs
    part = Part("s1_predictions", ALL["s1"], pairs)
    judge = read_registry(settings.judges_file)["lab"]
    return list(answer(judge, [part], TABLES["clips"].frame(), run)), run.tally_of("lab")


def waits(settings):
    with pytest.raises(JudgeUnavailable, match="calls are under way in batches"):
        asked(settings)


def calls(settings):
    return list(CallCache(settings.calls_folder, "lab").calls())


def test_a_run_hands_in_and_a_later_one_collects_at_half_the_price(lab, server):
    settings = lab()
    waits(settings)
    (batch,) = server.batches.values()
    assert (batch["endpoint"], batch["completion_window"]) == ("/v1/chat/completions", "24h")
    line = json.loads(server.files[batch["input_file_id"]].splitlines()[0])
    assert (line["method"], line["url"], line["body"]["model"]) == ("POST", "/v1/chat/completions", "tiny")
    assert line["body"]["max_completion_tokens"] == 512 and line["body"]["temperature"] == 0
    waits(settings)
    server.finish()
    (answered,), tally = asked(settings)
    assert (len(server.batches), len(set(server.asked())), len(answered.rows)) == (1, 6, 12)
    assert set(answered.rows["raw_text"]) == {"a1"} and not answered.unanswered
    assert (tally.all_calls, tally.cost) == (6, pytest.approx(6 * COST))
    assert [call["cost"] for call in calls(settings)] == [pytest.approx(COST)] * 6
    # Nothing is left that would count as under way.
    assert CallCache(settings.calls_folder, "lab").spent_since(0) == pytest.approx(6 * COST)
    _, again = asked(settings)
    assert (again.all_calls, again.from_cache) == (0, 6)


def test_a_line_that_does_not_say_what_it_took_costs_what_it_may_at_most(lab, server):
    settings = lab()
    waits(settings)
    server.usage = {}
    server.finish()
    _, tally = asked(settings)
    bodies = [json.loads(line)["body"] for line in server.files["file-0"].splitlines()]
    tokens_in = [8 + len(body["messages"][0]["content"]) // 2 for body in bodies]
    assert sum(call["cost"] for call in calls(settings)) == pytest.approx(tally.cost)
    assert tally.cost == pytest.approx(0.5 * sum(one + 10 * 512 for one in tokens_in), abs=3)


def test_a_question_that_many_clips_share_is_handed_in_once(lab, server):
    """More clips than are put together."""
    settings = lab()
    pair = read_data_set(settings.data_dir).pairs.head(1)
    names = [f"c{number:02}" for number in range(40)]
    pairs = pd.concat([pair.assign(clip_id=name, pair_id=name) for name in names], ignore_index=True)
    with pytest.raises(JudgeUnavailable, match="2 calls are under way"):
        asked(settings, pairs)
    assert len(server.asked()) == 2
    server.finish()
    (answered,), tally = asked(settings, pairs)
    assert (len(answered.rows), tally.all_calls) == (160, 2)


def test_the_answers_have_the_keys_of_calls_that_were_made_alone(lab, server):
    """What a batch answers is in the call cache for a run without batches."""
    settings = lab()
    waits(settings)
    server.finish()
    asked(settings)
    (answered,), tally = asked(settings.replaced(batch=False))
    assert (tally.all_calls, tally.from_cache, len(answered.rows)) == (0, 6, 12)


def test_a_run_without_batches_does_not_ask_what_is_under_way(lab, server):
    waits(lab())
    waits(current_settings().replaced(batch=False))
    assert len(server.asked()) == 6


def test_where_no_call_may_be_made_nothing_is_collected_and_nobody_waits(lab, server):
    """As in `emoprefer rebuild`."""
    waits(lab())
    server.finish()
    (answered,), tally = asked(current_settings().replaced(calls=False))
    assert (answered.unanswered, tally.all_calls, calls(current_settings())) == (12, 0, [])


def test_what_failed_or_expired_is_handed_in_again(lab, server):
    settings = lab()
    waits(settings)
    refused = server.asked()[0]
    server.refused = {refused}
    server.finish(leave_out=2)
    # The three that were answered are kept; the refused one and two expired ones are in a second batch.
    waits(settings)
    assert [call["failure"] for call in calls(settings) if call["failure"]] == ["HTTP 400: flagged"]
    assert sorted(server.asked()[6:]) == sorted({refused, *server.asked()[4:6]})
    server.refused = set()
    server.finish()
    (answered,), _ = asked(settings)
    assert len(answered.rows) == 12 and not answered.unanswered


def test_what_is_under_way_counts_in_the_budget(lab, server):
    settings = lab().replaced(daily_budget=12_000.0)
    # A reply may have 512 tokens, so two calls at most can be paid, at half the price.
    with pytest.raises(BudgetReached):
        asked(settings)
    assert 0 < len(server.asked()) < 6
    with pytest.raises(BudgetReached):
        asked(settings)
    assert len(server.batches) == 1


def test_a_batch_that_is_refused_as_a_whole_says_why_and_can_be_handed_in_again(lab, server):
    settings = lab()
    waits(settings)
    errors = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]}
    server.batches["batch_0"] |= {"status": "failed", "errors": errors}
    with pytest.raises(JudgeUnavailable, match="batch_0 was not carried out: failed: Enqueued token limit reached"):
        asked(settings)
    waits(settings)
    assert len(server.batches) == 2


@pytest.mark.parametrize("status", ["queued", "IN_PROGRESS", "whatever"])
def test_what_is_not_known_to_have_ended_is_waited_for(lab, server, status):
    settings = lab()
    waits(settings)
    server.batches["batch_0"]["status"] = status
    waits(settings)
    assert len(server.batches) == 1


def test_the_lines_of_a_batch_may_be_in_any_order_twice_or_no_answer(lab, server):
    settings = lab()
    waits(settings)
    server.finish()
    batch = server.batches["batch_0"]
    first, second, third, *others = server.files[batch["output_file_id"]].splitlines()
    page, expired = json.loads(first), json.loads(second)
    page["response"] = {"body": "<html>Bad gateway</html>"}
    expired |= {"response": None, "error": {"code": "batch_expired", "message": "not in time"}}
    nobody = {"response": {"status_code": 200, "body": {}}}
    broken = [json.dumps(line).encode() for line in (page, expired, nobody, json.loads(third) | expired)]
    server.files["errors"] = b"\n".join([*broken, third, b""])
    server.files[batch["output_file_id"]] = b"\n".join([third, *reversed(others), third])
    batch["error_file_id"] = "errors"
    waits(settings)
    assert len(calls(settings)) == 6 and len({call["key"] for call in calls(settings)}) == 6
    failures = sorted(call["failure"] for call in calls(settings) if call["failure"])
    assert failures == ["HTTP None: <html>Bad gateway</html>", "in the batch: not in time"]
    assert len(server.asked()) == 8


def test_a_file_that_the_endpoint_has_deleted_leaves_its_calls_to_be_made_anew(lab, server, caplog):
    settings = lab()
    waits(settings)
    server.finish()
    del server.files[server.batches["batch_0"]["output_file_id"]]
    waits(settings)
    assert (len(server.batches), calls(settings)) == (2, [])
    assert "file-1 of batch batch_0 is not there any more" in caplog.text


def test_what_a_cancelled_batch_has_answered_is_kept(lab, server):
    settings = lab()
    waits(settings)
    server.finish(leave_out=4)
    server.batches["batch_0"]["status"] = "cancelled"
    with pytest.raises(JudgeUnavailable, match=r"batch_0 was not carried out: cancelled\. Run again"):
        asked(settings)
    waits(settings)
    assert (len(calls(settings)), len(server.asked())) == (2, 6 + 4)


def test_an_endpoint_without_a_batch_api_says_so_and_is_asked_without(settings, data_folder, monkeypatch):
    monkeypatch.setattr(_batch, "RETRIES", 0)
    with running_server() as server:
        server.otherwise = refuses(404, "no such page")
        entry = {"name": "lab", "backend": "openai", "model": "tiny", "base_url": server.url}
        settings.judges_file.write_text(RULES + f"  - {json.dumps(entry)}\n")
        with pytest.raises(JudgeUnavailable, match=r"batch API of .* fails: .*or without --batch"):
            asked(current_settings().replaced(batch=True))
        server.otherwise = says("a1")
        (answered,), tally = asked(current_settings())
        assert (tally.all_calls, len(answered.rows)) == (6, 12)


def test_the_sensor_collects_and_names_the_judge(lab, server):
    settings = lab()
    waits(settings)
    assert collect_all(settings) == [] and calls(settings) == []
    server.finish()
    assert collect_all(settings) == ["lab"] and len(calls(settings)) == 6
    assert collect_all(settings) == []


def test_a_batch_whose_id_was_lost_is_found_by_its_name(lab, server):
    """As a kill leaves it that comes after the endpoint has the batch."""
    settings = lab()
    waits(settings)
    cache = CallCache(settings.calls_folder, "lab")
    ((name, _, _),) = cache.batches()
    with cache.open():
        cache.name_batch(name, "")
    waits(settings)
    assert (len(server.batches), cache.batches()) == (1, [(name, "batch_0", "lab")])


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["POST /files", "POST /batches", "GET /batches/batch_0", "GET /files/file-1/content"])
def test_killed_at_any_step_nothing_is_paid_twice(lab, server, step, moment):
    settings = lab()
    if step.startswith("GET"):
        waits(settings)
        server.finish()
    started = subprocess.Popen([sys.executable, "-c", ASKED], cwd=PROJECT, stderr=subprocess.PIPE)

    def kill(what):
        if what == step and started.poll() is None:
            started.send_signal(signal.SIGKILL)
            started.wait()

    setattr(server, moment, kill)
    _, said = started.communicate(timeout=60)
    assert started.returncode == -signal.SIGKILL, said
    if not step.startswith("GET"):
        waits(settings)
        server.finish()
    (answered,), _ = asked(settings)
    assert len(answered.rows) == 12 and not answered.unanswered
    assert (len(server.asked()), len(calls(settings))) == (6, 6)
