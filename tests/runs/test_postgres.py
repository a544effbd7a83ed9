"""Dagster's records in PostgreSQL, as deploy/server has it; the server is the machine's own, started here."""

import os
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import dagster as dg
import psycopg2
import pytest

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from tests.resilience.tables import tables_in

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER, PASSWORD = "dagster", "of-this-test"


@pytest.fixture
def postgres(tmp_path, monkeypatch):
    """A server of its own with an empty database, and Dagster's home set to use it."""
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server is installed here (Debian: postgresql)")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])
    folder = tmp_path / "postgres"
    folder.mkdir()
    (tmp_path / "password").write_text(PASSWORD)
    as_user = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root; its package brings a user.
        for path in (folder, tmp_path / "password"):
            shutil.chown(path, "postgres")
        for above in (tmp_path, *tmp_path.parents[:3]):
            if above.stat().st_uid == 0 and above != Path("/"):
                above.chmod(above.stat().st_mode | 0o055)
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        command = [*as_user, PROGRAMS[-1] / program, *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)

    run("initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "--pwfile", tmp_path / "password")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")
    try:
        variables = {"HOST": "127.0.0.1", "PORT": port, "USER": USER, "PASSWORD": PASSWORD, "DB": "postgres"}
        for name, value in variables.items():
            monkeypatch.setenv(f"DAGSTER_POSTGRES_{name}", value)
        monkeypatch.setenv("DAGSTER_HOME", str(PROJECT / "deploy" / "server"))
        yield port
    finally:
        run("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


@pytest.mark.slow
def test_an_evaluation_keeps_its_records_in_postgres_and_makes_the_same_tables(
    settings, data_folder, postgres, tmp_path, monkeypatch
):
    report = evaluate(Run(current_settings()))

    with closing(
        psycopg2.connect(host="127.0.0.1", port=postgres, dbname="postgres", user=USER, password=PASSWORD)
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("select count(*) from runs where status = 'SUCCESS'")
        assert cursor.fetchone()[0] >= 3
    assert not list(settings.home.rglob("runs.db"))
    with dg.DagsterInstance.get() as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("leaderboard"))
    assert evaluate(Run(current_settings())).tables == []

    in_postgres = tables_in(settings.warehouse)
    monkeypatch.setenv("DAGSTER_HOME", str(PROJECT))
    monkeypatch.setenv("EMOPREFER_HOME", str(tmp_path / "beside"))
    (tmp_path / "beside").mkdir()
    assert evaluate(Run(current_settings())).tables == report.tables
    assert tables_in(current_settings().warehouse) == in_postgres
