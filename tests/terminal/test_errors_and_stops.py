"""Errors are one line; a traceback comes with --debug alone. Ctrl-C and SIGTERM stop cleanly and say how to go on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import duckdb
import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import CallCache
from tests.conftest import RULES
from tests.judges.chat_server import running_server, says

REMOTE = "  - {{name: remote, backend: openai, model: m, base_url: '{url}', concurrency: 1}}\n"
STOPPED = "Stopped. What was answered is kept: run the same command again to go on."


def emoprefer(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("arguments", [["--debug", "boards"], ["boards", "--debug"]])
def test_debug_shows_the_traceback_before_and_behind_the_command(settings, arguments):
    result = emoprefer(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Traceback (most recent call last)")
    assert result.output.splitlines()[-1].endswith("nothing has been evaluated yet. Run `emoprefer run` first.")


def test_an_error_that_nobody_has_foreseen_is_one_line_with_what_where_and_what_to_do(settings, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("of all\nthings\x1b[31m")

    settings.database.parent.mkdir(parents=True, exist_ok=True)
    duckdb.connect(str(settings.database)).close()
    monkeypatch.setattr("emoprefer_assets.terminal._data_set.read_published", fails)
    result = emoprefer("boards")
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith(
        "Error: ZeroDivisionError: of all things\\x1b[31m, in emoprefer_assets/terminal/_data_set.py line "
    )
    assert line.endswith("Run the same command with --debug to see the traceback.")
    assert "in fails" in emoprefer("boards", "--debug").output


def test_the_module_is_the_command(settings):
    command = [sys.executable, "-m", "emoprefer_assets.cli", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=True).stdout
    assert shown.startswith("Usage: emoprefer [OPTIONS] COMMAND")
    assert all(name in shown for name in main.commands)


def answered_keys(settings):
    calls = CallCache(settings.calls_folder, "remote").calls()
    return [call["key"] for call in calls if call["answered"]]


def as_a_script_starts_jobs_in_the_background():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize(
    ("sent", "started"),
    [
        (signal.SIGINT, None),
        pytest.param(signal.SIGTERM, None, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, as_a_script_starts_jobs_in_the_background, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_keeps_what_was_answered_and_goes_on_from_there(
    evaluated_four_pairs, no_boards, sent, started
):
    settings = evaluated_four_pairs
    with running_server() as server:
        settings.judges_file.write_text(RULES + REMOTE.format(url=server.url))
        # The fourth question hangs: the run is stopped there.
        server.otherwise = lambda question: says("a1")(question) if len(server.questions) < 4 else time.sleep(30)
        command = [sys.executable, "-m", "emoprefer_assets.cli", "run"]
        process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=started
        )
        while len(server.questions) < 4:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert said.rstrip().endswith(STOPPED)
        assert "Traceback" not in said
        kept = answered_keys(settings)
        assert len(kept) == 3
        server.otherwise = says("a1")
        again = emoprefer("run")
    assert again.exit_code == 0, again.output
    keys = answered_keys(settings)
    assert keys[:3] == kept
    assert len(keys) == len(set(keys)) > 3
