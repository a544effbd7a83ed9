"""A judge of the registry can be named to Dagster as soon as the code location is loaded, by its real command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.home import FORMAT
from emoprefer_assets.runs.partitions import make_partitions_known
from emoprefer_assets.runs.records import dagster_records
from emoprefer_assets.settings import PROJECT
from tests.conftest import RULES

LOCATION = """\
import dagster as dg
from emoprefer_assets.runs.partitions import make_partitions_known
from emoprefer_assets.settings import current_settings

@dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name="judge"))
def asked(context): ...

@dg.definitions
def location():
    make_partitions_known(current_settings())
    return dg.Definitions([asked])
"""


def known(settings) -> set[str]:
    with dagster_records(settings) as instance:
        return set(instance.get_dynamic_partitions("judge"))


def materialised(folder: Path, judge: str) -> subprocess.CompletedProcess:
    (folder / "of_this_test.py").write_text(LOCATION)
    # As env.sh exports it.
    module = {"DAGSTER_CLI_ASSET_MATERIALIZE_MODULE_NAME": "of_this_test", "PYTHONPATH": str(PROJECT)}
    command = [
        Path(sys.executable).parent / "dagster",
        "asset",
        "materialize",
        "--select",
        "asked",
        "--partition",
        judge,
    ]
    return subprocess.run(command, cwd=folder, env=os.environ | module, capture_output=True, text=True)


@pytest.mark.slow
def test_a_new_judge_can_be_named_to_the_dagster_command_at_once(settings, tmp_path):
    result = materialised(tmp_path, "longer")
    assert result.returncode == 0, result.stderr
    assert "Materialized value asked" in result.stderr
    assert materialised(tmp_path, "nobody").returncode != 0


def test_retired_and_former_judges_keep_their_partitions(settings):
    make_partitions_known(settings)
    settings.judges_file.write_text("judges:\n  - {name: other, backend: rules, rule: longer, retired: true}\n")
    make_partitions_known(settings)
    assert known(settings) == {"always_a1", "longer", "other"}


def test_without_a_home_of_dagster_nothing_is_written(settings, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME")
    make_partitions_known(settings)
    assert not list(settings.home.rglob("*.db"))


def test_a_registry_that_cannot_be_read_is_logged(settings, caplog):
    settings.judges_file.write_text("judges: 3\n")
    make_partitions_known(settings)
    assert "judges.yaml" in caplog.text
    settings.judges_file.write_text(RULES)
    make_partitions_known(settings)
    assert known(settings) == {"always_a1", "longer"}


def test_a_home_of_a_newer_version_is_refused(settings):
    (settings.home / "format.json").write_text(f'{{"format": {FORMAT + 1}}}')
    with pytest.raises(EmopreferError, match="newer version"):
        make_partitions_known(settings)


def test_a_home_that_cannot_be_written_is_logged(settings, caplog):
    make_partitions_known(settings)
    settings.judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    database = next(settings.home.rglob("index.db"))
    # Root may write where nobody may: a folder in the file's place is refused to everybody.
    database.unlink()
    database.mkdir()
    make_partitions_known(settings)
    assert "have no partition in Dagster yet" in caplog.text
