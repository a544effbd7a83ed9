"""Judges' partitions, a submission, a reader and `emoprefer run`, all at once, as processes of their own."""

import os
import random
import subprocess
import sys
import time

import duckdb
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from tests.conftest import RULES, write_csv
from tests.judges.chat_server import completion, running_server
from tests.resilience.tables import tables_in

pytestmark = pytest.mark.slow

JUDGES = [f"remote{number}" for number in range(4)]
REMOTE = "  - {{name: {name}, backend: openai, model: '{name}', base_url: '{url}'}}\n"
OF_ONE_JUDGE = "s1_predictions,robustness_predictions,probe_verdicts,judge_costs"
EMOPREFER = [sys.executable, "-c", "from emoprefer_assets.cli import main; main()"]
DAGSTER = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "emoprefer_assets.definitions"]


@pytest.fixture
def server(settings, data_folder, monkeypatch):
    # Which battles an adaptive round holds depends on which boards were there: here all are held.
    monkeypatch.setenv("EMOPREFER_BATTLE_FULL", "yes")
    monkeypatch.setenv("EMOPREFER_BATTLE_ROUNDS", "0")
    with running_server() as server:
        registry = RULES + "".join(REMOTE.format(name=name, url=server.url) for name in JUDGES)
        settings.judges_file.write_text(registry)

        def answer(question):
            time.sleep(0.05)
            judge = JUDGES.index(question.body["model"])
            question.send(200, completion(("a1", "a2", "same")[(len(question.text) + judge) % 3]))

        server.otherwise = answer
        yield server


@pytest.fixture
def submission(tmp_path):
    file = tmp_path / "east.csv"
    write_csv(file, ["name", "description"], [[f"clip{number}", f"East sees clip {number}."] for number in (1, 2, 3)])
    return file


@pytest.mark.parametrize("order", [1, 2, 3])
def test_all_at_once_ends_well_and_with_the_same_tables_as_one_after_the_other(
    settings, server, submission, tmp_path, monkeypatch, order
):
    evaluate(Run(current_settings()), judges=["longer"])
    submit = [*EMOPREFER, "submit", str(submission), "--as", "system", "--name", "east"]
    commands = [[*DAGSTER, "--select", OF_ONE_JUDGE, "--partition", judge] for judge in JUDGES]
    commands += [submit, [*EMOPREFER, "run"], [*EMOPREFER, "run"]]
    random.Random(order).shuffle(commands)
    with duckdb.connect(str(settings.database), read_only=True) as reader:
        before = reader.sql("select count(*) from lineage").fetchall()
        outcomes = at_once(commands)
        assert reader.sql("select count(*) from lineage").fetchall() == before
    for command, code, output in outcomes:
        assert code == 0, (command, output[-3000:])
        assert "another program" not in output and "in use by another process" not in output, output[-3000:]
    evaluate(Run(current_settings()))
    asked = len(server.questions)

    monkeypatch.setenv("EMOPREFER_HOME", str(tmp_path / "in_turn"))
    monkeypatch.setenv("EMOPREFER_DB", str(tmp_path / "in_turn.duckdb"))
    (tmp_path / "in_turn").mkdir()
    subprocess.run(submit, cwd=PROJECT, check=True, capture_output=True)
    evaluate(Run(current_settings()))

    in_turn = tables_in(tmp_path / "in_turn.duckdb")
    assert tables_in(settings.database) == tables_in(settings.warehouse) == in_turn
    assert ("s1_predictions", "remote3") in in_turn
    # Whoever came second found what the first was answered.
    assert len(server.questions) - asked == asked


def at_once(commands):
    """The exit code and output of each, all started together."""
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_MODULE_NAME"}
    processes = [
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for command in commands
    ]
    # Read in turn: none writes so much that its pipe would be full.
    outputs = [process.communicate(timeout=500)[0] for process in processes]
    return [
        (command, process.returncode, output)
        for command, process, output in zip(commands, processes, outputs, strict=True)
    ]
