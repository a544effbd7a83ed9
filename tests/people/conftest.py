from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from ruamel.yaml import YAML

from emoprefer_assets.people import Plan, Votes, Voting, read_plan
from emoprefer_assets.people.annotators import Doors, invited
from emoprefer_assets.people.server import known_hosts, voting_app
from emoprefer_assets.settings import PROJECT
from tests.conftest import write_csv

CLIPS = ("sample_001", "sample_002", "sample_003")
SIDES = ("a1", "a2")


def write_data(folder: Path, pairs: int = 12, text: str = "") -> Path:
    """A data set of some pairs on three real clips."""
    folder.mkdir(parents=True)
    write_csv(
        folder / "pairs.csv",
        ["pair", "name", "system1", "a1", "system2", "a2"],
        [
            [f"p{n}", CLIPS[n % 3], "north", f"{text}Glad, number {n}.", "south", f"{text}Sad, number {n}."]
            for n in range(1, pairs + 1)
        ],
    )
    (folder / "video").mkdir()
    for clip in CLIPS:
        shutil.copy(PROJECT / "data" / "sample" / "video" / f"{clip}.mp4", folder / "video")
    return folder


def checks(count: int, about: str) -> list[dict[str, str]]:
    return [
        {"clip": CLIPS[n % 3], "a1": f"{about} {n} one", "a2": f"{about} {n} two", "correct": SIDES[n % 2]}
        for n in range(count)
    ]


def write_study(folder: Path, **changes: Any) -> Path:
    """A study of the data set beside it: 4 people, 2 votes a pair, 12 qualification items, 2 attention checks."""
    study = {
        "name": "small",
        "title": "Which fits?",
        "data": "../data",
        "annotators": 4,
        "votes_per_pair": 2,
        "instructions": "Watch, read, choose.",
        "consent": "I take part freely.",
        "repeats": 0.2,
        "qualification": {"items": checks(12, "practice")},
        "attention": checks(2, "attention"),
    }
    folder.mkdir(exist_ok=True, parents=True)
    with (folder / "study.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump({key: value for key, value in (study | changes).items() if value is not None}, stream)
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Plan]:
    """Writes a study, with changes to its keys, and reads it."""

    def study(**changes: Any) -> Plan:
        if not (tmp_path / "data").exists():
            write_data(tmp_path / "data")
        return read_plan(write_study(tmp_path / "study", **changes))

    return study


@pytest.fixture
def opened() -> Iterator[Callable[[Plan], Voting]]:
    """Opens the votes of a study."""
    files = []

    def opened(plan: Plan) -> Voting:
        files.append(Votes(plan.folder))
        return Voting(plan, files[-1])

    yield opened
    for votes in files:
        votes.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(opened: Callable[[Plan], Voting]) -> Iterator[Callable[[Plan], int]]:
    """Serves a study on localhost, in a thread; gives the port."""
    running = []

    def served(plan: Plan) -> int:
        doors = Doors(plan.annotators, invited(plan.folder))
        app = voting_app(opened(plan), doors, known_hosts("localhost", ()))
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        until = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive() and time.monotonic() < until
            time.sleep(0.01)
        return port

    yield served
    for server, thread in running:
        server.should_exit = True
        thread.join()
