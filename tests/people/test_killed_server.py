"""`emoprefer vote` is killed while people vote, started again, and goes on."""

import json
import os
import random
import subprocess
import sys
import threading
import time

import pytest

from emoprefer_assets.people import Votes
from emoprefer_assets.settings import PROJECT
from tests.people.conftest import free_port
from tests.people.test_server import Visitor

pytestmark = pytest.mark.slow


def started(folder, port):
    command = [sys.executable, "-m", "emoprefer_assets.cli", "vote", str(folder), "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while True:
        try:
            Visitor(port).ask("GET", "/")
            return process
        except OSError:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)


def test_killed_at_any_moment_no_vote_is_lost_and_none_is_there_twice(study):
    plan = study(annotators=2, votes_per_pair=2, consent="", qualification=None, repeats=0.3)
    port, total = free_port(), len(plan.pairs("a01"))
    acknowledged = {}
    chance = random.Random(1)
    kills = 0
    for who in ("a01", "a02"):
        visitor = Visitor(port)
        finished = False
        while not finished:
            process = started(plan.folder, port)
            # Not at a time: a quick machine would have all votes before it.
            killer, votes_until = threading.Timer(chance.uniform(0, 0.003), process.kill), chance.randrange(total // 2)
            try:
                state = visitor.enter(who)
                while state["item"]:
                    if votes_until == 0:
                        killer.start()
                    votes_until -= 1
                    choice = chance.choice(["first", "second", "same"])
                    item = state["item"]["item"]
                    # A vote whose reply did not come is sent again.
                    acknowledged.setdefault((who, item), None)
                    state = visitor.vote(state, choice)
                    acknowledged[who, item] = choice
                finished = True
            except (OSError, json.JSONDecodeError):
                kills += 1
            finally:
                killer.cancel()
                process.kill()
                process.wait()
    votes = Votes(plan.folder)
    kept = [(answer.annotator, answer.item) for answer in votes.all()]
    votes.close()
    assert sorted(kept) == sorted(acknowledged)
    assert len(set(kept)) == len(kept) == 2 * total
    assert kills > 0


def test_stopped_it_says_that_nothing_is_lost(study):
    plan = study(consent="", qualification=None)
    port = free_port()
    command = [sys.executable, "-m", "emoprefer_assets.cli", "vote", str(plan.folder), "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.STDOUT,
    ) as process:
        first = process.stdout.readline()
        until = time.monotonic() + 120
        while True:
            try:
                Visitor(port).enter()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)
        process.terminate()
        rest = process.stdout.read()
    assert f"http://localhost:{port}/" in first
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert "Every vote is kept" in rest
