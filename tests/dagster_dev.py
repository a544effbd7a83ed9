"""`dagster dev` over this project, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from emoprefer_assets.settings import PROJECT

DEV = (sys.executable, "-m", "dagster", "dev", "--workspace", "workspace.yaml")


@dataclass
class DagsterDev:
    """What is running.

    Attributes:
        url: of the web server.
        log: what all of its processes print.
    """

    url: str
    log: Path
    process: subprocess.Popen

    def parts(self, words: str) -> list[psutil.Process]:
        """The processes under it whose command line holds `words`."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if words in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found


@contextmanager
def running_dagster(log: Path, dev: Sequence[str] = DEV) -> Iterator[DagsterDev]:
    """Start it on a free port; stop it, with all that it started, at the end."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_MODULE_NAME"}
    command = [*dev, "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    started = DagsterDev(f"http://127.0.0.1:{port}", log, process)
    try:
        yield started
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        finally:
            kill_all(process.pid)
            process.wait()


def kill_all(session: int) -> None:
    """SIGKILL for every process of a session, also those whose parent is gone."""
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session:
                process.kill()
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
