"""The budget holds on a real server: over tables, judges, battles, probes, processes, kills, and in Dagster."""

import json
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from click.testing import CliRunner

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.cli import main
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import BudgetReached
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES, CallCache
from emoprefer_assets.strategies import ALL
from tests.conftest import RULES, write_csv
from tests.judges.chat_server import counts, running_server, says

pytestmark = pytest.mark.usefixtures("no_boards")

JUDGES = ("one", "two", "three")
# A reply of two tokens costs 0.002.
PRICED = (
    "  - {{name: {name}, backend: openai, model: {name}, base_url: '{url}', price_out: 1000, max_new_tokens: 2"
    "{keys}}}\n"
)
EDITS = [
    ["clip1", "He is glad, by face and voice.", "He is glad, by face.", "a1", "modality_omission"],
    ["clip2", "She is afraid.", "She is afraid, by face.", "a2", "modality_omission"],
    ["clip3", "He is calm.", "He is wild and loud.", "a1", "emotion_flip"],
]
# Three of the four pairs have a label; each is asked about in both orders, as are the three edits.
OF_A_JUDGE = 2 * 3 + 2 * 3


@pytest.fixture
def server(settings, data_folder):
    """Three priced judges behind one server, four pairs, three robustness pairs."""
    write_csv(data_folder / "robustness.csv", ["name", "a1", "a2", "preference", "error_type"], EDITS)
    with running_server() as server:
        register(settings, server)
        yield server


def register(settings, server, **keys):
    more = "".join(f", {key}: {json.dumps(value)}" for key, value in keys.items())
    judges = (PRICED.format(name=name, url=server.url, keys=more) for name in JUDGES)
    settings.judges_file.write_text(RULES + "".join(judges))


def asked(server):
    """What each judge was asked, in order."""
    return [(question.body["model"], question.text) for question in server.questions]


def on_record(settings):
    return [call for name in JUDGES for call in CallCache(settings.calls_folder, name).calls()]


def costs_in(settings):
    with duckdb.connect(str(settings.database), read_only=True) as published:
        return dict(published.sql("select judge, sum(calls)::int from judge_costs group by judge").fetchall())


def rows_of(settings, table):
    """Rows by priced judge."""
    with duckdb.connect(str(settings.database), read_only=True) as published:
        return dict(
            published.sql(f"select judge, count(*) from {table} where judge in {JUDGES} group by all").fetchall()
        )


def ask(settings, name, run=None):
    """Ask one judge about the pairs and about the edits, without making any table."""
    data = read_data_set(settings.data_dir)
    parts = [
        Part("s1_predictions", ALL["s1"], data.pairs.head(3)),
        Part("robustness_predictions", ALL["s1"], data.robustness, of_data_set=False),
    ]
    judge = read_registry(settings.judges_file)[name]
    return list(answer(judge, parts, TABLES["clips"].frame(), run or Run(settings)))


ASK = """
import sys
from emoprefer_assets.settings import current_settings
from tests.asking.test_budget import BudgetReached, ask
print("ready", flush=True)
sys.stdin.readline()
try:
    ask(current_settings(), sys.argv[1])
except BudgetReached as reached:
    print(reached)
"""


def process(name):
    """One that asks a judge as soon as it is told to."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = subprocess.Popen([sys.executable, "-c", ASK, name], cwd=PROJECT, **pipes)
    assert started.stdout.readline() == "ready\n"
    return started


def begin(started):
    started.stdin.write("\n")
    started.stdin.flush()


def slowly(behave):
    def wait(question):
        time.sleep(0.2)
        behave(question)

    return wait


def test_a_run_spends_no_more_over_all_of_its_judges_and_names_every_call(settings, server):
    report = evaluate(Run(current_settings().replaced(budget=0.013)))
    # A seventh call would cost more than what is left.
    assert len(server.questions) == 6
    assert sum(report.calls.values()) == 6
    assert report.cost == pytest.approx(0.012)
    assert all("the budget of 0.013 is reached" in report.failures[name] for name in JUDGES)
    # Of `one`, what was answered is a table; that of the edits was stopped.
    assert rows_of(settings, "s1_predictions") == {"one": 12}
    assert rows_of(settings, "robustness_predictions") == {}
    assert costs_in(settings) == {name: calls for name, calls in report.calls.items() if calls}

    again = evaluate(Run(current_settings().replaced(budget=1.0)))
    assert not again.failures
    assert sum(again.calls.values()) == 3 * OF_A_JUDGE - 6
    assert len(server.questions) == len(set(asked(server))) == 3 * OF_A_JUDGE
    assert costs_in(settings) == dict.fromkeys(JUDGES, OF_A_JUDGE)


def test_calls_of_a_table_that_was_stopped_are_named_by_report_and_costs(settings, server):
    report = evaluate(Run(current_settings().replaced(budget=0.009)), ["one"])
    assert report.calls == {"one": 4} and report.cost == pytest.approx(0.008)
    assert rows_of(settings, "s1_predictions") == {}
    assert costs_in(settings) == {"one": 4}


@pytest.mark.slow
def test_the_shell_keeps_the_budget_that_it_is_given(settings, server, monkeypatch):
    # The option takes the place of the variable.
    monkeypatch.setenv("EMOPREFER_BUDGET", "1")
    result = CliRunner().invoke(main, ["run", "--budget", "0.013"])
    assert result.exit_code == 1
    assert len(server.questions) == 6
    assert "6 judge calls were made" in result.output
    assert "They cost 0.012, by the registry's prices." in result.output
    assert result.output.count("the budget of 0.013 is reached") == 3


@pytest.mark.slow
def test_runs_of_dagster_together_keep_the_budget_of_the_environment(settings, server, records, monkeypatch):
    monkeypatch.setenv("EMOPREFER_BUDGET", "0.013")
    evaluate(Run(current_settings()), ["longer"])
    from emoprefer_assets.definitions import defs

    job = defs.resolve_job_def("evaluate_judge")
    with records(settings) as instance:
        instance.add_dynamic_partitions("judge", JUDGES)
        for name in JUDGES:
            result = job.execute_in_process(instance=instance, partition_key=name, raise_on_error=False)
            assert not result.success
            (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
            assert "the daily budget of 0.013 is reached: 0.012 of it is spent" in failure.user_failure_data.description
    assert len(server.questions) == len(on_record(settings)) == 6
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        assert warehouse.sql("select judge, sum(calls)::int from judge_costs group by judge").fetchall() == [("one", 6)]


def test_two_processes_at_once_share_the_daily_budget(settings, server, monkeypatch):
    monkeypatch.setenv("EMOPREFER_DAILY_BUDGET", "0.013")
    both = [process(name) for name in JUDGES[:2]]
    for started in both:
        begin(started)
    said = [started.communicate(timeout=120)[0] for started in both]
    assert all("the daily budget of 0.013 is reached" in one for one in said)
    assert len(server.questions) == len(on_record(settings)) == 6

    monkeypatch.setenv("EMOPREFER_DAILY_BUDGET", "1")
    for name in JUDGES[:2]:
        ask(current_settings(), name)
    assert len(server.questions) == len(set(asked(server))) == 2 * OF_A_JUDGE


def test_what_a_killed_process_had_under_way_is_spent_for_a_day(settings, server, monkeypatch):
    register(settings, server, concurrency=2)
    monkeypatch.setenv("EMOPREFER_DAILY_BUDGET", "0.013")
    # The fourth and fifth question are never answered, though the server may charge for them.
    server.otherwise = lambda question: says("a1")(question) if len(server.questions) < 4 else time.sleep(30)
    killed = process("one")
    begin(killed)
    while len(server.questions) < 4:
        assert killed.poll() is None
        time.sleep(0.01)
    while len(on_record(settings)) < 3:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    server.otherwise = says("a1")
    for name in JUDGES:
        with pytest.raises(BudgetReached, match=r"the daily budget of 0\.013 is reached: 0\.012 of it is spent"):
            ask(current_settings(), name)
    assert len(server.questions) <= 6
    answered = len(on_record(settings))
    monkeypatch.setenv("EMOPREFER_DAILY_BUDGET", "1")
    ask(current_settings(), "one")
    assert len(on_record(settings)) == OF_A_JUDGE
    # Asked twice is what nobody heard the answer to.
    assert len(server.questions) - len(set(asked(server))) <= 6 - answered


def test_a_server_that_answers_more_than_asked_is_stopped_with_what_is_under_way(settings, server):
    register(settings, server, concurrency=2)
    # Ten times what a call may take: 0.02.
    server.otherwise = slowly(counts(prompt_tokens=7, completion_tokens=20))
    run = Run(current_settings().replaced(budget=0.1))
    with pytest.raises(BudgetReached, match="Calls have cost more than estimated") as reached:
        ask(run.settings, "one", run)
    # All twelve were affordable, as they were estimated. Once it is known, no more is started than can be paid.
    assert len(server.questions) == len(on_record(settings)) == run.tally_of("one").all_calls
    # After four the next is affordable still, and two may be under way.
    assert len(server.questions) <= 4 + 2
    assert f"{0.02 * len(server.questions):.4g} of it is spent" in str(reached.value)
    assert run.spending.spent == pytest.approx(0.02 * len(server.questions))
    assert run.spending.under_way == 0


def test_where_the_endpoint_does_not_say_what_it_took_a_call_costs_what_it_may_at_most(settings, server):
    server.otherwise = counts()
    run = Run(current_settings())
    ask(run.settings, "one", run)
    assert run.spending.spent == run.tally_of("one").cost == pytest.approx(OF_A_JUDGE * 0.002)
    assert sum(call["cost"] for call in on_record(settings)) == pytest.approx(run.spending.spent)


def test_what_the_endpoint_has_cached_is_cheaper_and_reasoning_is_paid_for(settings, server):
    settings.judges_file.write_text(
        settings.judges_file.read_text().replace("price_out", "price_cached: 10, price_in: 100, price_out")
    )
    server.otherwise = counts(
        prompt_tokens=10,
        completion_tokens=2,
        prompt_tokens_details={"cached_tokens": 4},
        completion_tokens_details={"reasoning_tokens": 1},
    )
    run = Run(current_settings())
    ask(run.settings, "one", run)
    assert run.spending.spent == pytest.approx(OF_A_JUDGE * (6 * 100 + 4 * 10 + 2 * 1000) / 1e6)
    assert run.tally_of("one").cost == pytest.approx(run.spending.spent)


def test_an_answer_of_which_no_tokens_are_counted_is_not_free(settings, server):
    register(settings, server)
    server.otherwise = counts()
    run = Run(current_settings())
    ask(run.settings, "one", run)
    assert run.spending.spent == run.tally_of("one").cost == pytest.approx(OF_A_JUDGE * 2 * 1000 / 1e6)
