"""The web server is for the person at this machine: it listens nowhere else."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from emoprefer_assets.settings import PROJECT

LISTENING = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")
START_SECONDS = 240


def recipe():
    """What `make ui` runs."""
    return re.search(r"^ui:.*\n\t(.+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening():
    """(address in hex, port) of every socket that listens on this machine."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, port = local.partition(":")
            if state == LISTENING:
                found.add((address, int(port, 16)))
    return found


def test_the_ui_command_names_this_machine_alone():
    assert re.search(r"dagster dev .*--host 127\.0\.0\.1\b", recipe())


def test_no_page_or_file_tells_anyone_to_listen_elsewhere_without_a_word():
    files = [PROJECT / "README.md", PROJECT / "Makefile", *(PROJECT / "docs").glob("*.md")]
    for file in files:
        for line in file.read_text().splitlines():
            if "dagster dev" in line or "dagster-webserver" in line:
                assert "0.0.0.0" not in line, (file, line)


@pytest.mark.skipif(not (PROJECT / ".venv").exists(), reason="env.sh activates .venv, which `make run` makes")
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
@pytest.mark.slow
def test_the_ui_listens_on_localhost_and_nothing_else(settings, tmp_path):
    port = free_port()
    command = recipe().replace("--port 3000", f"--port {port}")
    before = listening()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=PROJECT,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
        try:
            until = time.monotonic() + START_SECONDS
            while port not in {open_port for _, open_port in listening()}:
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until, (tmp_path / "log").read_text()
                time.sleep(0.2)
            opened = listening() - before
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
    assert {address for address, open_port in opened if open_port == port} <= set(LOOPBACK)
