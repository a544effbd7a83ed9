"""The examples of docs/extend.md: each is a diff that still fits, is short, and works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from emoprefer_assets.settings import PROJECT
from tests.conftest import four_pairs
from tests.docs.pages import DOCS, blocks

DIFFS = blocks(DOCS / "extend.md", "diff")
NAMES = ["baseline", "ensemble", "backend", "strategy"]
MOST_LINES = 40
REGISTRY = """\
judges:
  - {name: longer, backend: rules, rule: longer}
  - {name: more_sentences, backend: rules, rule: more_sentences}
  - {name: first_recording, backend: replay, path: first.csv}
  - {name: second_recording, backend: replay, path: second.csv}
  - {name: my_program, backend: program, model: answer.sh}
"""
# Point by point it is for the second text, else for the first.
PROGRAM = """\
#!/bin/sh
if grep -q "four points"; then echo a2; else echo a1; fi
"""


def copy_of_the_package(folder: Path) -> Path:
    for name in ("emoprefer_assets", "sql"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "workspace.yaml", "pyproject.toml"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


def apply(diff: str, folder: Path, *options: str) -> None:
    command = ["patch", "-p1", "--fuzz=0", "--batch", *options]
    done = subprocess.run(command, cwd=folder, input=diff, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The published database of an evaluation by a copy of the package that has all four."""
    folder = tmp_path_factory.mktemp("extended")
    package = copy_of_the_package(folder / "package")
    for diff in DIFFS:
        apply(diff, package)
    four_pairs(folder / "data")
    (folder / "judges.yaml").write_text(REGISTRY)
    (folder / "answer.sh").write_text(PROGRAM)
    (folder / "answer.sh").chmod(0o755)
    texts = [
        'clip1,He is glad.,"He is rather sad, as it seems."',
        "clip1,Sad.,Glad.",
        "clip2,She is afraid.,She is angry.",
    ]
    for name, verdicts in {"first": ("a1", "a2", "same"), "second": ("a1", "a1", "a1")}.items():
        rows = [f"{text},{verdict}" for text, verdict in zip(texts, verdicts, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["name,a1,a2,preference", *rows]) + "\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EMOPREFER_")} | {
        "PYTHONPATH": str(package),
        "DAGSTER_HOME": str(package),
        "EMOPREFER_HOME": str(folder / "home"),
        "EMOPREFER_DB": str(folder / "published.duckdb"),
        "EMOPREFER_JUDGES": str(folder / "judges.yaml"),
        "EMOPREFER_DATA_DIR": str(folder / "data"),
    }
    (folder / "home").mkdir()
    command = [sys.executable, "-m", "emoprefer_assets.cli", "run"]
    done = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        yield connection


def test_there_is_an_example_of_each():
    assert len(DIFFS) == len(NAMES)


@pytest.mark.parametrize("diff", DIFFS, ids=NAMES)
def test_each_is_short(diff):
    added = [line for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert len(added) < MOST_LINES


@pytest.mark.parametrize("diff", DIFFS, ids=NAMES)
def test_each_fits_the_code_as_it_is(diff, tmp_path):
    apply(diff, copy_of_the_package(tmp_path / "package"), "--dry-run")


@pytest.mark.slow
def test_the_baseline_is_on_the_board(extended):
    (row,) = extended.sql("select kind, waf_2class from judge_board where judge = 'more_sentences'").fetchall()
    assert row[0] == "baseline" and row[1] is not None


@pytest.mark.slow
def test_the_ensemble_is_scored_in_and_out_of_sample(extended):
    found = extended.sql(
        "select sample from ensemble_scores where ensemble = 'median_margin' order by sample"
    ).fetchall()
    assert found == [("held-out",), ("in-sample",)]


@pytest.mark.slow
def test_the_backend_answers(extended):
    found = extended.sql("select distinct verdict from s1_predictions where judge = 'my_program' and not swapped")
    assert found.fetchall() == [("a1",)]


@pytest.mark.slow
def test_the_strategy_has_predictions(extended):
    found = extended.sql("select swapped, verdict, count(*) from s6_predictions group by all order by all").fetchall()
    asked = extended.sql("select count(*) from consensus_pairs").fetchall()[0][0]
    assert {(swapped, verdict) for swapped, verdict, _ in found} == {(False, "a2"), (True, "a1")}
    assert all(count == 2 * asked for _, _, count in found)
    assert extended.sql("select count(*) from predictions where strategy = 's6'").fetchall() == [(4 * asked,)]
