import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.intake import take_in
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.submissions import Submissions
from tests.conftest import RULES

BIN = Path(sys.executable).parent


def emoprefer(*arguments: str):
    return CliRunner().invoke(main, arguments)


def test_a_run_prints_boards_and_says_what_it_cost(evaluated_sample, only):
    only("judge_board", "leaderboard")
    evaluated_sample.judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    first = emoprefer("run")
    assert first.exit_code == 0, first.output
    for part in (
        "EmoPrefer sample (synthetic)",
        "Judge board",
        "Two annotators agree on",
        "System leaderboard by people",
        "aurora",
    ):
        assert part in first.output
    assert "No judge call was made" in first.output
    second = emoprefer("run")
    assert second.exit_code == 0
    assert "Nothing was missing: no judge call was made." in second.output


def test_the_exit_code_tells_that_a_judge_could_not_answer(evaluated_four_pairs, only):
    only("judge_board", "leaderboard")
    evaluated_four_pairs.judges_file.write_text(RULES + "  - {name: big, backend: transformers, model: lab/Big}\n")
    result = emoprefer("run")
    assert result.exit_code == 1
    assert 'Not evaluated: judges.yaml line 4, judge "big": no weights for lab/Big. Download' in result.output
    assert "Judge board" in result.output
    assert emoprefer("run", "--judges", "longer").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--judges", "longr"], 'no judge "longr". Known judges: always_a1, longer'),
        (["run", "--strategies", "s9"], 'unknown strategy "s9". Known strategies: s1, s2, s3, s4'),
        (["run", "--rounds", "0"], "0 is not in the range x>=1"),
        (["boards"], "nothing has been evaluated yet. Run `emoprefer run` first"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(settings, arguments, message):
    result = emoprefer(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output


def test_judges_shows_the_state_of_each(evaluated_four_pairs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    evaluated_four_pairs.judges_file.write_text(
        RULES
        + "  - {name: second, backend: rules, rule: random, seed: 1}\n"
        + "  - {name: old, backend: rules, rule: random, retired: true}\n"
        + "  - {name: big, backend: transformers, model: lab/Big}\n"
        + "  - {name: other, backend: rules, rule: random, only_on: elsewhere}\n"
    )
    states = emoprefer("judges").output
    for state in ("to be asked: s1", "evaluated", "retired", "no weights for lab/Big", "only for elsewhere"):
        assert state in states


def test_boards_of_one_source(evaluated_four_pairs):
    assert "System leaderboard by longer" in emoprefer("boards", "--source", "longer").output
    assert "Known: " in emoprefer("boards", "--source", "nobody").output


def test_what_is_handed_in_refused_and_decided_is_shown_before_the_next_run(evaluated_four_pairs, tmp_path):
    texts = "".join(f"clip{number},He seems glad and calm.\n" for number in (1, 2, 3))
    (tmp_path / "team7.csv").write_text(f"name,description\n{texts}")
    dropped = evaluated_four_pairs.submissions_dir / "systems" / "hasty.csv"
    Submissions(evaluated_four_pairs.submissions_dir).prepare()
    dropped.write_text("name,description\nclip9,Sad.\n")
    take_in(evaluated_four_pairs, quiet_seconds=0)
    assert emoprefer("submit", str(tmp_path / "team7.csv"), "--as", "system", "--name", "team7").exit_code == 0
    assert "received, not judged yet" in emoprefer("submissions").output
    assert "Received, and not on these boards yet: team7." in emoprefer("leaderboard", "--source", "human").output
    assert emoprefer("disqualify", "team7").exit_code == 2
    said = emoprefer("disqualify", "team7", "--note", "a copy", "--by", "Ann").output
    assert said.startswith('system "team7", version ') and "disqualified by Ann. Run `emoprefer run`." in said
    shown = " ".join(emoprefer("submissions").output.split())
    assert "disqualified by Ann: a copy" in shown
    assert "hasty.csv" in shown and 'clip "clip9" is not in the data set' in shown
    assert "withdrawn" in emoprefer("withdraw", "team7").output
    assert "no judge" in emoprefer("release", "team7", "--as", "judge").output


def test_names_cannot_smuggle_markup_or_control_characters_into_the_terminal(settings, data_folder, only):
    only("judge_board", "leaderboard")
    pairs = data_folder / "pairs.csv"
    pairs.write_text(pairs.read_text().replace("north", "[red]no\x1b[31mrth[/red]"))
    output = emoprefer("run").output
    assert "\x1b" not in output
    assert "[red]no?[31mrth[/red]" in output


def test_help_names_every_command_and_option(settings):
    assert all(name in emoprefer("--help").output for name in ("run", "boards", "judges", "EMOPREFER_DATA_DIR"))
    assert all(option in emoprefer("run", "--help").output for option in ("--judges", "--strategies", "--rounds"))


def dagster(settings, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(PROJECT),
        "DAGSTER_MODULE_NAME": "emoprefer_assets.definitions",
        "EMOPREFER_HOME": str(settings.home),
    }
    command = [BIN / "dagster", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("group", [(), ("competition",), ("study",), ("votes",)])
def test_help_says_what_each_command_does_in_one_whole_line(group):
    shown = emoprefer(*group, "--help").output.partition("Commands:")[2]
    assert shown and "..." not in shown


def test_dagster_evaluates_one_judge_whole(evaluated_four_pairs):
    settings = evaluated_four_pairs
    settings.judges_file.write_text(RULES + "  - {name: second, backend: rules, rule: random, seed: 1}\n")
    result = dagster(settings, "asset", "materialize", "--select", "*", "--partition", "second")
    assert result.returncode == 0, result.stderr
    with duckdb.connect(str(settings.database), read_only=True) as published:
        judges = published.sql("select judge from judge_board where kind = 'baseline' order by all").fetchall()
    assert judges == [("always_a1",), ("best baseline",), ("longer",), ("second",)]


def test_a_leaderboard_before_any_run_says_what_to_do(settings):
    result = dagster(settings, "asset", "materialize", "--select", "leaderboard")
    assert result.returncode != 0
    assert "has not been made yet. Run `emoprefer run`" in result.stderr


def test_the_code_location_loads_without_the_heavy_libraries_and_leaves_the_environment_alone(settings):
    script = """
import json, os, sys
before = dict(os.environ)
import emoprefer_assets.definitions
assert os.environ == before
print(json.dumps(sorted(sys.modules)))
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT, check=True)
    heavy = {"torch", "transformers", "vllm", "great_expectations", "decord", "sklearn"}
    assert heavy.isdisjoint(json.loads(output.stdout))
