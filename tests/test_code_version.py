"""What makes a table decides its code version, and nothing else does: tried on edited copies of the package."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from emoprefer_assets.settings import PROJECT

VERSIONS = """
import json
from emoprefer_assets.assets import TABLE_ASSETS, report
versions = {name: made.code_version for name, made in TABLE_ASSETS.items()}
(spec,) = report.report.specs
print(json.dumps(versions | {"report": spec.code_version}))
"""
JUDGES_TABLES = {"s1_predictions", "s5_predictions", "descriptions", "judge_costs", "judge_checks", "battle_verdicts"}
# What is edited, and a line that is put at its end.
EDITS = {
    "nothing": ("README.md", "# More."),
    "command": ("emoprefer_assets/cli/_boards.py", "# A comment."),
    "template": ("emoprefer_assets/report/page/report.html.jinja", "<!-- A comment. -->"),
    "charts": ("emoprefer_assets/report/_charts.py", "# A comment."),
    "step": ("sql/steps/judge_board.sql", "-- A comment."),
    "table": ("sql/tables/predictions.sql", "-- A comment."),
    "statistics": ("emoprefer_assets/stats/crowds.py", "# A comment."),
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> dict[str, set[str]]:
    """By edit, the tables (and the report) of another version than without it."""
    running = {}
    for edit, (file, line) in EDITS.items():
        folder = tmp_path_factory.mktemp("package")
        for name in ("emoprefer_assets", "sql"):
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        with (folder / file).open("a") as edited:
            edited.write(f"{line}\n")
        environment = os.environ | {"PYTHONPATH": str(folder)}
        running[edit] = subprocess.Popen(
            [sys.executable, "-c", VERSIONS], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        )
    versions = {edit: json.loads(process.communicate()[0]) for edit, process in running.items()}
    before = versions["nothing"]
    return {edit: {name for name in before if found[name] != before[name]} for edit, found in versions.items()}


def test_a_comment_in_the_command_makes_nothing_anew(changed):
    assert changed["command"] == set()


@pytest.mark.parametrize("edit", ["template", "charts"])
def test_a_changed_report_makes_the_report_alone_anew(changed, edit):
    assert changed[edit] == {"report"}


def test_a_changed_step_makes_its_own_table_alone_anew(changed):
    assert changed["step"] == {"judge_board"}


def test_a_changed_relation_makes_what_is_kept_in_it_anew(changed):
    assert changed["table"] >= JUDGES_TABLES - {"judge_costs"}
    assert not changed["table"] & {"judge_scores", "consensus_pairs", "report"}


def test_changed_statistics_make_anew_what_is_computed_with_them(changed):
    assert {"ensemble_scores", "crowd", "crowd_verdicts"} <= changed["statistics"]
    assert not changed["statistics"] & {"raw_pairs", "consensus_pairs", *JUDGES_TABLES}
