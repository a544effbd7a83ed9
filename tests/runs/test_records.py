"""Dagster's records lie where the settings say, whatever the environment says."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.runs.sqlite import SqliteRunStorage

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import FORMAT
from emoprefer_assets.runs.queue import JudgeRunQueue
from emoprefer_assets.runs.records import dagster_records
from emoprefer_assets.settings import PROJECT


def test_records_lie_in_the_home_of_the_settings_and_not_of_the_environment(settings, tmp_path):
    own = settings.replaced(home=tmp_path / "own")
    environment = dict(os.environ)
    with dagster_records(own) as instance:
        instance.add_dynamic_partitions("judge", ["a"])
        assert isinstance(instance.run_coordinator, JudgeRunQueue)
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager)
    assert dict(os.environ) == environment
    assert list(own.home.rglob("runs.db")) and not list(settings.home.rglob("runs.db"))
    with dagster_records(own) as instance:
        assert list(instance.get_dynamic_partitions("judge")) == ["a"]


def test_a_command_needs_no_variable(settings, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.delenv("EMOPREFER_HOME")
    with dagster_records(settings) as instance:
        assert isinstance(instance.run_coordinator, JudgeRunQueue)
    assert list(settings.home.rglob("runs.db"))


def test_what_a_command_records_dagster_finds(settings):
    with dagster_records(settings) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("leaderboard"))
    with dg.DagsterInstance.get() as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("leaderboard"))


def test_dagsters_own_storage_reads_the_same_files_and_ours_reads_its(settings):
    own = settings.home / "plain"
    own.mkdir()
    (own / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {settings.home}}}}}\n")
    keys = [dg.AssetKey("leaderboard"), dg.AssetKey("crowd")]
    with dagster_records(settings) as ours:
        assert isinstance(ours.run_storage, SqliteRunStorage) and isinstance(
            ours.event_log_storage, SqliteEventLogStorage
        )
        ours.report_runless_asset_event(dg.AssetMaterialization("leaderboard"))
        with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(own))) as plain:
            plain.report_runless_asset_event(dg.AssetMaterialization("crowd"))
            assert all(map(plain.get_latest_materialization_event, keys))
        assert all(map(ours.get_latest_materialization_event, keys))


def test_processes_that_start_at_once_in_a_new_home_make_its_records_once(settings):
    def opened_at_once(run: int) -> set[bool]:
        home = settings.home.parent / f"new{run}"
        return set(processes.map(_open, [settings.replaced(home=home)] * 2))

    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        assert [opened_at_once(run) for run in range(3)] == [{True}] * 3


def _open(settings) -> bool:
    for _ in range(2):
        with dagster_records(settings) as instance:
            instance.get_dynamic_partitions("judge")
    return True


def test_a_users_own_dagster_home_is_used(settings, tmp_path, monkeypatch):
    own = tmp_path / "dagster"
    own.mkdir()
    (own / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {tmp_path / 'elsewhere'}}}}}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    with dagster_records(settings):
        pass
    assert list((tmp_path / "elsewhere").rglob("runs.db")) and not list(settings.home.rglob("runs.db"))


def test_the_variables_of_a_server_are_left_to_dagster(settings, tmp_path, monkeypatch):
    own = tmp_path / "dagster"
    own.mkdir()
    server = (PROJECT / "deploy" / "server" / "dagster.yaml").read_text()
    behind = server[server.index("local_artifact_storage:") :]
    (own / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {{env: DATABASES}}}}}}\n{behind}")
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    monkeypatch.setenv("DATABASES", str(tmp_path / "databases"))
    with dagster_records(settings):
        pass
    assert list((tmp_path / "databases").rglob("runs.db"))


def test_a_dagster_home_that_is_no_folder_is_named(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "none"))
    message = r'DAGSTER_HOME is ".*none"\. Use the folder that holds dagster.yaml'
    with pytest.raises(EmopreferError, match=message), dagster_records(settings):
        pass


def test_a_dagster_yaml_that_is_no_yaml_is_named(settings, tmp_path, monkeypatch):
    (tmp_path / "dagster.yaml").write_text("storage: [")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with pytest.raises(EmopreferError, match=r"dagster\.yaml: not readable as YAML"), dagster_records(settings):
        pass


def test_a_newer_home_is_refused(settings):
    (settings.home / "format.json").write_text(f'{{"format": {FORMAT + 1}}}')
    with pytest.raises(EmopreferError, match="written by a newer version"), dagster_records(settings):
        pass


def test_an_event_does_not_wait_for_the_disk_and_its_connection_stays_open(settings):
    with dagster_records(settings) as instance:
        events = instance.event_log_storage
        with events.index_connection() as first:
            assert first.exec_driver_sql("pragma synchronous").scalar() == 1
            opened = first.connection.dbapi_connection
        with events.index_connection() as second:
            assert second.connection.dbapi_connection is opened


def test_the_file_of_a_run_is_the_one_that_dagster_makes(settings, tmp_path):
    def content(storage: SqliteEventLogStorage) -> list[object]:
        with storage.run_connection("run") as connection:
            tables = connection.exec_driver_sql("select type, name, sql from sqlite_master order by name").fetchall()
            revision = connection.exec_driver_sql("select * from alembic_version").fetchall()
            return [tables, revision, connection.exec_driver_sql("pragma journal_mode").scalar()]

    with dagster_records(settings) as instance:
        found = content(instance.event_log_storage)
        assert found == content(SqliteEventLogStorage(str(tmp_path / "plain")))
        assert instance.event_log_storage.get_all_run_ids() == ["run"]
