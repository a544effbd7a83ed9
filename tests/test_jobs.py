"""What people start in Dagster: each asset alone, jobs, and a partition that is not there."""

import os
import re
import shutil
import subprocess
import time
import urllib.request

import dagster as dg
import pytest

from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.definitions import defs
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import Warehouse
from tests.conftest import RULES
from tests.dagster_dev import running_dagster

NEW_JUDGE = "  - {name: second, backend: rules, rule: random, seed: 1}\n"


def in_the_shell(command: str) -> subprocess.CompletedProcess:
    # A clone that tests run in need not have a virtualenv of its own.
    exports = (PROJECT / "env.sh").read_text().partition("for _emoprefer_command")
    script = f"{exports[1]}{exports[2]}\n{command}"
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_MODULE_NAME"}
    return subprocess.run(["bash", "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_every_asset_can_be_materialised_alone(evaluated_four_pairs, records):
    warehouse = Warehouse(evaluated_four_pairs.warehouse)
    before = warehouse.made()["leaderboard", ""].version
    job = defs.resolve_implicit_global_asset_job_def()
    with records(evaluated_four_pairs) as instance:
        instance.add_dynamic_partitions("judge", ["longer"])
        for table in TABLE_ASSETS.values():
            result = job.execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(table.name)],
                partition_key="longer" if table.by_judge else None,
            )
            assert result.success, table.name
    assert warehouse.made()["leaderboard", ""].version == before


@pytest.mark.parametrize("name", ["refresh_boards", "refresh_leaderboard"])
def test_the_jobs_of_boards_run(evaluated_four_pairs, records, name):
    with records(evaluated_four_pairs) as instance:
        assert defs.resolve_job_def(name).execute_in_process(instance=instance).success


def test_one_judge_is_evaluated_by_a_job(evaluated_four_pairs, records):
    evaluated_four_pairs.judges_file.write_text(RULES + NEW_JUDGE)
    with records(evaluated_four_pairs) as instance:
        instance.add_dynamic_partitions("judge", ["second"])
        job = defs.resolve_job_def("evaluate_judge")
        assert job.execute_in_process(instance=instance, partition_key="second").success
    made = {table for table, judge in Warehouse(evaluated_four_pairs.warehouse).made() if judge == "second"}
    assert made >= {"s1_predictions", "robustness_predictions", "judge_checks"}


def test_an_unknown_judge_is_named(settings):
    result = in_the_shell("dagster asset materialize --select s1_predictions --partition nobody")
    assert result.returncode != 0
    assert "containing the passed partition key `nobody`" in result.stderr


def test_a_judge_that_dagster_has_not_seen_yet_can_be_materialised_at_once(evaluated_four_pairs):
    evaluated_four_pairs.judges_file.write_text(RULES + NEW_JUDGE)
    result = in_the_shell("nice dagster asset materialize --select s1_predictions --partition=second")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Warning" not in result.stderr


needs_dg = pytest.mark.skipif(shutil.which("dg") is None, reason="dagster-dg-cli is not installed")


@needs_dg
def test_dg_launches_an_asset(evaluated_four_pairs):
    result = in_the_shell("dg launch --assets leaderboard")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Materialized value leaderboard" in result.stderr and "Warning" not in result.stderr


@pytest.mark.slow
@needs_dg
def test_dg_dev_serves_the_ui(evaluated_four_pairs, tmp_path):
    with running_dagster(tmp_path / "dagster.log", ["dg", "dev"]) as running:
        deadline = time.monotonic() + 100
        while "evaluation_follows skipped" not in (log := running.log.read_text()):
            assert time.monotonic() < deadline, log
            time.sleep(1)
        with urllib.request.urlopen(f"{running.url}/server_info") as reply:
            assert reply.status == 200
    # On the first start Dagster says twice that it remembers no earlier runs.
    warnings = [line for line in log.splitlines() if re.search("warning", line, re.IGNORECASE)]
    assert all("No cursor for event type" in line for line in warnings), warnings
