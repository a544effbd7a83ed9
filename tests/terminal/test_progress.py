"""Progress: bars at a terminal, plain lines elsewhere, on stderr alone."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from emoprefer_assets import progress
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.tally import Tally

# On a busy machine both may be of any size.
RATE = r"[\d,.]+[kMG]?"
DURATION = r"(\d+ s|\d+ min \d+ s|\d+ h \d+ min)"

ASKING = """
import time
from emoprefer_assets.tally import Tally
from emoprefer_assets.progress import judge_calls, working

calls = Tally()
with judge_calls("seer") as show:
    show(calls, 400)
    for number in range(24):
        time.sleep(0.1)
        calls.add("s1", 10, 900, 100, 0.25)
        calls.failed += number == 3
        show(calls, 400)
with working("making judge_board"):
    time.sleep(2.1)
with working("something quick"):
    pass
"""


def test_at_a_terminal_a_bar_shows_done_failed_rate_tokens_cost_and_time_left():
    reading, writing = pty.openpty()
    termios.tcsetwinsize(writing, (24, 80))
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen([sys.executable, "-c", ASKING], stderr=writing, cwd=PROJECT, env=environment) as process:
        os.close(writing)
        shown = b""
        try:
            while block := os.read(reading, 4096):
                shown += block
        # So does the end look where the other side of a terminal has gone.
        except OSError:
            pass
    os.close(reading)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "\n")
    assert re.search(rf"seer \S+ \d+/400  {RATE}/s  1 failed  [\d.,]+k? tokens  cost [\d.]+  {DURATION} left", text)
    assert "seer: 240 calls, 1 failed, 24k tokens, cost 6, took " in text
    assert "making judge_board" in text
    assert "something quick" not in text


def test_without_a_terminal_a_line_says_what_it_took_and_stdout_stays_clean():
    done = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout == ""
    judge, table = (line.rpartition(" took ")[0] for line in done.stderr.splitlines())
    assert judge == "seer: 240 calls, 1 failed, 24k tokens, cost 6,"
    assert table == "making judge_board:"


@pytest.mark.slow
def test_without_a_terminal_a_line_now_and_then_says_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr(progress, "FIRST_LINE_AFTER", 0.05)
    calls = Tally()
    with progress.judge_calls("seer") as show:
        calls.add("s1", 30, 0, 0, 0)
        show(calls, 400)
        while "30 of 400 calls" not in (said := capsys.readouterr().err):
            pass
    assert re.match(rf"seer: 30 of 400 calls, {RATE}/s, {DURATION} left\n", said)


def test_counts_and_times_are_short():
    assert [progress._short(count) for count in (7, 7.25, 1162, 12_345, 3.2e9)] == [
        "7",
        "7.2",
        "1,162",
        "12.3k",
        "3.2G",
    ]
    assert [progress._duration(seconds) for seconds in (3, 75, 7300)] == ["3 s", "1 min 15 s", "2 h 01 min"]
