"""SIGKILL at random moments of an evaluation: no answer is lost, and boards are right or absent."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import CallCache, Warehouse
from tests.conftest import RULES
from tests.judges.chat_server import completion, running_server
from tests.resilience.tables import tables_in

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("EMOPREFER_KILLS") or 50)
REMOTE = "  - {{name: remote, backend: openai, model: tiny, base_url: '{url}', concurrency: 2}}\n"
# Starting Python and importing takes so long, and nothing is at stake meanwhile.
START_SECONDS = 2.5
RUN = [sys.executable, "-c", "from emoprefer_assets.cli import main; main()", "run"]


class Home:
    """One home after the other, evaluated by processes that get killed."""

    def __init__(self, folder: Path, server) -> None:
        self.folder, self.server, self.number = folder, server, 0
        self.begin()

    def begin(self) -> None:
        self.number += 1
        self.home = self.folder / f"home{self.number}"
        self.published = self.folder / f"published{self.number}.duckdb"
        self.asked_before = len(self.server.questions)
        self.home.mkdir()

    def run(self) -> subprocess.Popen:
        environment = {**os.environ, "EMOPREFER_HOME": str(self.home), "EMOPREFER_DB": str(self.published)}
        return subprocess.Popen(
            RUN, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @property
    def asked(self) -> int:
        return len(self.server.questions) - self.asked_before

    def answers(self) -> list[str]:
        """The keys on record."""
        return [call["key"] for call in CallCache(self.home / "calls", "remote").calls() if call["answered"]]


@pytest.fixture
def server(settings, data_folder):
    with running_server() as server:
        settings.judges_file.write_text(RULES + REMOTE.format(url=server.url))

        def answer(question):
            time.sleep(0.3)
            # By the text alone, so that every evaluation gets the same answers.
            question.send(200, completion("a1" if len(question.text) % 2 else "a2"))

        server.otherwise = answer
        yield server


def test_an_evaluation_that_is_killed_again_and_again_ends_like_one_that_was_not(settings, server, tmp_path, capsys):
    started = time.monotonic()
    evaluate(Run(current_settings()))
    seconds = START_SECONDS + time.monotonic() - started
    wanted, questions = tables_in(settings.warehouse), len(server.questions)
    assert tables_in(settings.database) == wanted
    chance = random.Random(20_261)
    home, killed, ended, lost = Home(tmp_path, server), 0, 0, 0

    while killed < KILLS:
        process = home.run()
        on_record = home.answers()
        try:
            process.wait(START_SECONDS + chance.random() * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
            output = ""
        else:
            output = process.stdout.read()
        process.stdout.close()

        assert home.answers()[: len(on_record)] == on_record
        # Only whole evaluations are published here: nothing, or everything.
        assert tables_in(home.published) in ({}, wanted)
        if not output:
            continue
        assert process.returncode == 0, output
        assert tables_in(home.home / "warehouse.duckdb") == wanted
        assert len(set(home.answers())) == len(home.answers()) == questions
        lost += home.asked - questions
        ended += 1
        home.begin()

    # Of a killed process's answers, at most those that were under way are asked for again.
    assert lost <= 2 * killed
    with capsys.disabled():
        print(f"\n{killed} kills over {ended} whole evaluations of {seconds:.0f} s; {lost} calls were made twice")


def test_a_half_written_copy_from_a_killed_process_is_no_obstacle(settings, data_folder):
    settings.database.with_name(f".{settings.database.name}.incoming").write_bytes(b"half a database")
    (settings.home / "warehouse.duckdb.wal").unlink(missing_ok=True)
    evaluate(Run(current_settings()))
    assert tables_in(settings.database) == tables_in(settings.warehouse)


@pytest.mark.parametrize("damage", ["deleted", "cut short", "overwritten"])
def test_a_warehouse_that_is_gone_or_damaged_is_rebuilt_without_a_call(settings, server, damage):
    evaluate(Run(current_settings()))
    wanted, asked, file = tables_in(settings.warehouse), len(server.questions), settings.warehouse
    content = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    else:
        file.write_bytes(content[:5000] if damage == "cut short" else json.dumps("no database").encode() * 5000)

    result = subprocess.run([*RUN[:-1], "rebuild"], cwd=PROJECT, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert tables_in(file) == tables_in(settings.database) == wanted
    assert len(server.questions) == asked
    assert Warehouse(file).made()
