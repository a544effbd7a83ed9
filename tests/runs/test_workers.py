"""A run whose process is gone does not count as going on."""

import os
import signal
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from emoprefer_assets.definitions import defs
from emoprefer_assets.runs import workers
from emoprefer_assets.runs.workers import HOST_TAG, this_host
from emoprefer_assets.settings import PROJECT
from tests.conftest import RULES
from tests.judges.chat_server import running_server

REMOTE = "  - {{name: remote, backend: openai, model: m, base_url: '{url}'}}\n"


@pytest.fixture
def instance(settings):
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def process(evaluated_four_pairs):
    """`emoprefer run` that waits for a judge's answer."""
    with running_server() as server:
        evaluated_four_pairs.judges_file.write_text(RULES + REMOTE.format(url=server.url))
        server.otherwise = lambda question: time.sleep(60)
        command = [sys.executable, "-c", "from emoprefer_assets.cli import main; main()", "run"]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            while not server.questions:
                assert process.poll() is None, process.stderr.read().decode()[-2000:]
                time.sleep(0.1)
            yield process
        finally:
            process.kill()
            process.wait()
            process.stderr.close()


def health(instance, run):
    return instance.run_launcher.check_run_worker_health(run).status


def going_on(instance):
    return instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))


def monitor(instance):
    with create_test_daemon_workspace_context(EmptyWorkspaceTarget(), instance) as workspace:
        errors = [error for error in execute_run_monitoring_iteration(workspace, workers_log()) if error]
    assert not errors


def workers_log():
    return dg.get_dagster_logger("test")


def test_a_run_lives_as_long_as_its_process(instance, process):
    (run,) = going_on(instance)
    assert health(instance, run) == WorkerStatus.RUNNING
    monitor(instance)
    assert going_on(instance)

    process.send_signal(signal.SIGKILL)
    while health(instance, run) == WorkerStatus.RUNNING:
        time.sleep(0.05)

    monitor(instance)
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def started_run(instance, pid=None, **tags):
    run = instance.create_run_for_job(
        defs.resolve_job_def("refresh_boards"), tags=tags, status=dg.DagsterRunStatus.STARTED
    )
    if pid is not None:
        instance.report_engine_event("Started.", run, EngineEventData.in_process(pid))
    return run


def test_another_process_with_the_same_number_is_another(instance, monkeypatch):
    run = started_run(instance, os.getpid())
    assert health(instance, run) == WorkerStatus.RUNNING
    monkeypatch.setattr(workers, "CLOCK_SECONDS", -time.time())
    assert health(instance, run) == WorkerStatus.FAILED


def test_a_run_without_a_process_is_given_time_to_name_it(instance, monkeypatch):
    run = started_run(instance)
    instance.report_engine_event("Here.", run)
    assert health(instance, run) == WorkerStatus.RUNNING
    monkeypatch.setattr(workers, "NAMING_SECONDS", 0)
    assert health(instance, run) == WorkerStatus.FAILED


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({HOST_TAG: "another-machine"}, WorkerStatus.RUNNING),
        ({GRPC_INFO_TAG: '{"host": "code", "port": 4000}'}, WorkerStatus.RUNNING),
        ({HOST_TAG: this_host()}, WorkerStatus.FAILED),
        ({GRPC_INFO_TAG: '{"host": "localhost", "socket": "/x"}'}, WorkerStatus.FAILED),
    ],
)
def test_a_process_on_another_machine_is_left_alone(instance, tags, status):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert health(instance, started_run(instance, gone.pid, **tags)) == status
