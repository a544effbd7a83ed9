"""What people start in Dagster: each asset alone, jobs, and a partition that is not there."""

import os
import subprocess

import dagster as dg
import pytest

from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.definitions import defs
from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import Warehouse
from tests.conftest import RULES


def in_the_shell(command: str) -> subprocess.CompletedProcess:
    # A clone that tests run in need not have a virtualenv of its own.
    functions = (PROJECT / "env.sh").read_text().partition("dagster() {")
    script = f"{functions[1]}{functions[2]}\n{command}"
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_MODULE_NAME"}
    return subprocess.run(["bash", "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True)


def test_every_asset_can_be_materialised_alone(settings, data_folder):
    evaluate(current_settings())
    before = Warehouse(current_settings().warehouse).read(["leaderboard"]).versions
    job = defs.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.get() as instance:
        for table in TABLE_ASSETS.values():
            result = job.execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(table.name)],
                partition_key="longer" if table.by_judge else None,
            )
            assert result.success, table.name
    assert Warehouse(current_settings().warehouse).read(["leaderboard"]).versions == before


@pytest.mark.parametrize("name", ["refresh_boards", "refresh_leaderboard"])
def test_the_jobs_of_boards_run(settings, data_folder, name):
    evaluate(current_settings())
    with dg.DagsterInstance.get() as instance:
        assert defs.resolve_job_def(name).execute_in_process(instance=instance).success


def test_one_judge_is_evaluated_by_a_job(settings, data_folder):
    evaluate(current_settings(), judges=["longer"])
    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def("evaluate_judge")
        assert job.execute_in_process(instance=instance, partition_key="always_a1").success


def test_an_unknown_judge_is_named_with_the_known_ones_and_without_a_traceback(settings):
    result = in_the_shell("dagster asset materialize --select s1_predictions --partition nobody")
    assert result.returncode != 0
    assert 'judges.yaml has no judge "nobody". Known judges: always_a1, longer.' in result.stderr
    assert "Traceback" not in result.stderr


def test_a_judge_that_dagster_has_not_seen_yet_can_be_materialised_at_once(settings, data_folder):
    evaluate(current_settings())
    settings.judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    result = in_the_shell("dagster asset materialize --select s1_predictions --partition=second")
    assert result.returncode == 0, result.stderr[-2000:]
