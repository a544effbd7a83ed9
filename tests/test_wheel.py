"""The wheel, built from the sdist and installed without extras into an empty environment: `make check-wheel`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emoprefer_assets.settings import PROJECT
from tests.conftest import four_pairs

pytest.importorskip("build")
pytestmark = pytest.mark.slow
# Not this checkout: its code would be found before the wheel's.
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith(("EMOPREFER", "DAGSTER", "PYTHON"))}


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and what it needs, and a project that its `emoprefer init` made."""

    environment: Path
    project: Path

    def run(self, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        own = OUTSIDE | {"PATH": f"{self.environment / 'bin'}:{os.environ['PATH']}", "COLUMNS": "200"}
        return subprocess.run(["bash", "-c", command], cwd=folder, env=own, capture_output=True, text=True)

    def files(self) -> Iterator[tuple[str, int, int]]:
        """Of the packages, with size and time; what Python compiles is no part of them."""
        for file in sorted((self.environment / "lib").rglob("*")):
            if file.name != "__pycache__" and file.suffix != ".pyc":
                state = file.stat()
                yield str(file), state.st_size if file.is_file() else 0, state.st_mtime_ns if file.is_file() else 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sdist and wheel."""
    # Where this runs in a checkout, nothing is to be left there.
    source, built = tmp_path_factory.mktemp("source") / "project", tmp_path_factory.mktemp("dist")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, source / name)
    command = [sys.executable, "-m", "build", "--outdir", built, source]
    subprocess.run(command, check=True, capture_output=True, cwd=built)
    return built


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "environment", symlinks=True)
    python = folder / "environment" / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, cwd=folder, env=OUTSIDE)
    made = Installed(folder / "environment", folder / "project")
    done = made.run("emoprefer init project", folder)
    assert done.returncode == 0, done.stderr
    assert 'pip install "emoprefer-assets[transformers]"' in done.stdout
    return made


def test_the_sdist_has_what_the_wheel_is_built_from(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"setup.py", "pyproject.toml", "env.sh", "sql/tables/clips.sql", "data/judges.yaml"} <= names


def test_without_a_project_the_version_is_told_and_doctor_says_how_to_make_one(installed, tmp_path):
    assert installed.run("emoprefer --version", tmp_path).stdout.startswith("emoprefer, version ")
    doctor = installed.run("emoprefer doctor", tmp_path)
    assert doctor.returncode == 1
    assert f"{tmp_path} is in no project" in doctor.stdout and "emoprefer init FOLDER" in doctor.stdout
    refused = installed.run("emoprefer run", tmp_path)
    assert refused.returncode == 1
    assert "emoprefer init FOLDER" in refused.stderr and "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_judge_that_needs_an_extra_says_which(installed):
    refused = installed.run("emoprefer run --judges tiny_omni", installed.project)
    assert refused.returncode == 1
    assert 'judge "tiny_omni": torch is not installed' in refused.stderr
    assert 'Run `pip install "emoprefer-assets[transformers]"`.' in refused.stderr


def test_a_project_evaluates_the_data_set_in_its_data_folder_and_writes_nowhere_else(installed):
    four_pairs(installed.project / "four")
    for file in (installed.project / "four").iterdir():
        file.rename(installed.project / "data" / file.name)
    (installed.project / "four").rmdir()
    before = list(installed.files())
    run = installed.run("emoprefer run", installed.project)
    assert run.returncode == 0, run.stderr
    assert "4 pairs on 3 clips" in run.stdout
    by_dagster = installed.run(". ./env.sh && dagster asset materialize --select human_agreement", installed.project)
    assert by_dagster.returncode == 0, by_dagster.stderr[-2000:]
    assert {"emoprefer.duckdb", "report.html"} <= {file.name for file in (installed.project / "data").iterdir()}
    assert (installed.project / ".emoprefer" / "warehouse.duckdb").is_file()
    assert list(installed.files()) == before
    assert not list((installed.environment / "lib").glob("*/site-packages/torch"))
