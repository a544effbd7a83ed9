"""`dagster dev` whose processes are killed one after the other: started again, it ends where it would have ended."""

import random
import shutil
import time

import dagster as dg
import duckdb
import psutil
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from tests.competition.conftest import before_any_team, competition, server  # noqa: F401
from tests.dagster_dev import kill_all, running_dagster
from tests.resilience.tables import tables_in

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 900
# By what stands in the command line; all of them at once is a machine that loses its power.
VICTIMS = {
    "run": "multiprocessing",
    "code server": "dagster api grpc",
    "daemon": "dagster._daemon",
    "all": "",
}


def going_on(instance):
    statuses = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.QUEUED]
    return instance.get_runs(dg.RunsFilter(statuses=statuses))


def is_settled(instance, competition):  # noqa: F811
    """The submission is on the published board, and nothing goes on."""
    try:
        ranked = competition.query("select 1 from leaderboard where system = 'splendid' and source = 'crowd'")
    except duckdb.Error:
        return False
    return bool(ranked) and not going_on(instance)


def test_killed_processes_cost_time_alone(competition, tmp_path, monkeypatch, capsys):  # noqa: F811
    shutil.copytree(competition.settings.home, tmp_path / "undisturbed")
    before = len(competition.server.questions)
    competition.team("splendid", quality=4)
    chance, killed = random.Random(7), []
    deadline, log = time.monotonic() + PATIENCE_SECONDS, tmp_path / "dagster.log"
    victims = [*VICTIMS, *VICTIMS]
    with dg.DagsterInstance.get() as instance:
        while not is_settled(instance, competition):
            with running_dagster(log) as running:
                while running.process.poll() is None:
                    assert time.monotonic() < deadline, log.read_text()[-4000:]
                    time.sleep(1)
                    if is_settled(instance, competition):
                        break
                    if victims and any(run.status == dg.DagsterRunStatus.STARTED for run in going_on(instance)):
                        time.sleep(chance.random() * 4)
                        if kill(running, victims[0]):
                            killed.append(victims.pop(0))
                            if killed[-1] == "code server":
                                # Dagster shows that it cannot be reached, and leaves starting it again to people.
                                break
        statuses = [run.status for run in instance.get_runs()]

    assert set(killed) == set(VICTIMS)
    assert set(statuses) <= {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    published = tables_in(competition.settings.database)
    asked = len(competition.server.questions) - before

    monkeypatch.setenv("EMOPREFER_HOME", str(tmp_path / "undisturbed"))
    monkeypatch.setenv("EMOPREFER_DB", str(tmp_path / "undisturbed.duckdb"))
    submissions = tmp_path / "undisturbed" / "submissions" / "systems"
    submissions.mkdir(parents=True, exist_ok=True)
    (submissions / "splendid.csv").write_bytes(
        next((competition.settings.submissions_dir / "accepted").glob("*.csv")).read_bytes()
    )
    time.sleep(3)
    evaluate(Run(current_settings()))
    # In this process, the fixture of the competition has only the leaderboard made, and what is behind it.
    undisturbed = tables_in(tmp_path / "undisturbed.duckdb")
    assert ("leaderboard", "") in undisturbed
    assert undisturbed.items() <= published.items()
    needed = len(competition.server.questions) - before - asked
    assert needed <= asked <= needed + 8 * len(killed)
    with capsys.disabled():
        print(f"\nkilled: {', '.join(killed)}; {asked} calls, where {needed} are needed")


def kill(running, victim: str) -> int:
    """How many processes were killed."""
    if victim == "all":
        kill_all(running.process.pid)
        running.process.wait()
        return 1
    found = running.parts(VICTIMS[victim])
    for process in found:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return len(found)
