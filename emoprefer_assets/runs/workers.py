"""Whether the process of a run still lives."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import dagster as dg
import psutil
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

# Where a run goes on that no run launcher has started.
HOST_TAG = "emoprefer/host"
# A run is marked as started before its process is named in its events.
NAMING_SECONDS = 120.0
# Clocks are set right while processes run, and a machine takes longer to restart.
CLOCK_SECONDS = 30.0


class WatchedRunLauncher(DefaultRunLauncher):
    """Dagster's launcher for one machine, which also notices that a run's process was killed or the machine rebooted.

    Without it such a run would count as going on for ever, and hold its place in the queue.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """FAILED only where the process was on this machine and is gone."""
        if not _is_here(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING, "its process is on another machine")
        records = self._instance.all_logs(run.run_id)
        named = [(pid, record.timestamp) for record in records if (pid := _pid_in(record)) is not None]
        if named:
            alive = any(_lived_at(pid, moment) for pid, moment in named)
        else:
            alive = time.time() - max((record.timestamp for record in records), default=0.0) < NAMING_SECONDS
        if alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone: it was killed, or the machine restarted")


def this_host() -> str:
    """The name by which a run says where it runs."""
    return socket.gethostname()


def _is_here(run: dg.DagsterRun) -> bool:
    host = run.tags.get(HOST_TAG)
    if host:
        return host == this_host()
    server: dict[str, Any] = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    return "socket" in server or server.get("host") in (None, "localhost", "127.0.0.1")


def _pid_in(record: dg.EventLogEntry) -> int | None:
    """Of the process that a run's event says to run in."""
    event = record.dagster_event
    if event is None or not event.is_engine_event:
        return None
    pid = event.engine_event_data.metadata.get("pid")
    return int(str(pid.value)) if pid is not None else None


def _lived_at(pid: int, moment: float) -> bool:
    """Whether the process that was `pid` at `moment`, in seconds since 1970, is there still; a later one is another."""
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= moment + CLOCK_SECONDS)
    except psutil.NoSuchProcess:
        return False
