"""The six files of docs/extend.md, taken from the page as they stand: one evaluation uses them all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from emoprefer_assets.settings import PROJECT
from tests.conftest import four_pairs
from tests.docs.pages import DOCS, blocks
from tests.media.files import write_clip

FILES = {content[3:].partition(":")[0]: content for content in blocks(DOCS / "extend.md", "python")}
MOST_LINES = 55
REGISTRY = """\
judges:
  - {name: longer, backend: rules, rule: longer}
  - {name: commas, backend: rules, rule: more_commas}
  - {name: first_recording, backend: replay, path: first.csv}
  - {name: second_recording, backend: replay, path: second.csv}
  - {name: my_program, backend: program, model: answer.sh, inputs: [video]}
"""
# It finds gladness in every clip, and of two descriptions takes the first.
PROGRAM = """\
#!/bin/sh
question=$(cat)
case "$question" in
  *Claim:*[gG]lad*) echo yes ;;
  *Claim:*) echo no ;;
  *) echo a1 ;;
esac
"""
STALE = """
import json
from emoprefer_assets.planning import make_plan
from emoprefer_assets.settings import current_settings
print(json.dumps([list(part) for part in make_plan(current_settings()).stale]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the six files, four pairs on three clips, two recordings and a program."""
    folder = tmp_path_factory.mktemp("extended")
    for name, content in FILES.items():
        (folder / name).write_text(content)
    four_pairs(folder / "data")
    for clip in ("clip1", "clip2", "clip3"):
        write_clip(folder / "data" / "video" / f"{clip}.mp4", seconds=1, fps=4)
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
    (folder / "home").mkdir()
    return folder


def environment(folder: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EMOPREFER_")} | {
        "PYTHONPATH": str(PROJECT),
        "DAGSTER_HOME": str(PROJECT),
        "EMOPREFER_PLUGINS": os.pathsep.join(str(folder / name) for name in FILES),
        "EMOPREFER_HOME": str(folder / "home"),
        "EMOPREFER_DB": str(folder / "published.duckdb"),
        "EMOPREFER_JUDGES": str(folder / "judges.yaml"),
        "EMOPREFER_DATA_DIR": str(folder / "data"),
        "EMOPREFER_MEDIA_PAIRS": "0",
    }


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    """What an evaluation with the six files prints."""
    command = [sys.executable, "-m", "emoprefer_assets.cli", "run"]
    wide = environment(folder) | {"COLUMNS": "300"}
    done = subprocess.run(command, cwd=folder, env=wide, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def extended(folder: Path, printed: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        yield connection


def test_there_is_a_short_file_of_each_kind():
    assert [*FILES] == ["commas.py", "median.py", "claims.py", "program.py", "kappa.py", "ties.py"]
    assert {
        name: len(content.splitlines()) for name, content in FILES.items() if content.count("\n") > MOST_LINES
    } == {}


@pytest.mark.slow
def test_the_baseline_is_in_the_audit_and_on_the_board(extended):
    assert extended.sql("from shortcut_audit select sees where baseline = 'more_commas'").fetchall() == [("text",)]
    (row,) = extended.sql("select kind, same_rate from judge_board where judge = 'commas'").fetchall()
    # Of three labelled pairs one has a comma.
    assert row == ("baseline", pytest.approx(200 / 3))


@pytest.mark.slow
def test_the_ensemble_is_scored_in_and_out_of_sample(extended):
    found = extended.sql(
        "select sample from ensemble_scores where ensemble = 'median_margin' order by sample"
    ).fetchall()
    assert found == [("held-out",), ("in-sample",), ("new-stratum",)]


@pytest.mark.slow
def test_the_backend_answers(extended):
    found = extended.sql("select distinct verdict from s1_predictions where judge = 'my_program' and not swapped")
    assert found.fetchall() == [("a1",)]


@pytest.mark.slow
def test_the_description_whose_claims_the_clip_supports_wins_in_both_orders(extended):
    said = "select distinct a1, verdict, read_by from claims_predictions join raw_pairs using (pair_id) order by a1"
    assert extended.sql(said).fetchall() == [
        ("He is glad.", "a1", "claims"),
        ("Sad.", "a2", "claims"),
        ("She is afraid.", "same", "claims"),
    ]
    assert extended.sql("select count(*) from claims_predictions").fetchall() == [(2 * 2 * 3,)]
    # Three claims of the first pair and two of the others: each is checked once, whatever the order and the round.
    assert extended.sql("select calls from judge_costs where step = 'claims'").fetchall() == [(7,)]
    assert extended.sql("select acc_3class from judge_scores where strategy = 'claims'").fetchall() == [(100.0,)]


@pytest.mark.slow
def test_the_metric_is_in_a_table_and_on_the_printed_board(extended, printed):
    asked = "(judge, strategy) in (('longer', 's1'), ('my_program', 'claims'))"
    found = extended.sql(f"select value, metric from judge_metrics where {asked} order by judge").fetchall()
    # People say a1, a2, same. The longer ones are a2, a2, a1: a third agrees, and a third would by chance.
    assert found == [(pytest.approx(0), "kappa"), (100.0, "kappa")]
    assert "kappa" in printed


@pytest.mark.slow
def test_the_section_is_in_the_report(folder, extended):
    page = (folder / "report.html").read_text()
    assert page.index('<section id="data"') < page.index('<section id="ties"') < page.index('<section id="pairs"')
    assert "kappa" in page


@pytest.mark.slow
def test_a_changed_file_makes_stale_what_it_makes(folder, extended):
    def stale() -> set[tuple[str, str]]:
        done = subprocess.run(
            [sys.executable, "-c", STALE], cwd=folder, env=environment(folder), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return {(table, judge) for table, judge in json.loads(done.stdout)}

    changed = {}
    for name in ("claims.py", "kappa.py", "ties.py", "program.py", "commas.py"):
        before = (folder / name).read_text()
        (folder / name).write_text(f"{before}# A comment.\n")
        changed[name] = stale()
        (folder / name).write_text(before)
    by_judge = {name: {part for part in parts if part[1]} for name, parts in changed.items()}
    assert stale() == set()
    assert ("claims_predictions", "my_program") in by_judge["claims.py"]
    assert ("s1_predictions", "my_program") not in by_judge["claims.py"]
    assert ("s1_predictions", "my_program") in by_judge["program.py"]
    assert ("s1_predictions", "commas") in by_judge["commas.py"] and ("s1_predictions", "longer") not in by_judge[
        "commas.py"
    ]
    assert ("baseline_verdicts", "") in changed["commas.py"]
    assert ("judge_metrics", "") in changed["kappa.py"] and not by_judge["kappa.py"]
    assert changed["ties.py"] == {("report", "")}
