"""What `emoprefer boards` prints: at every width, with and without colours, and for programs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from emoprefer_assets.cli import main
from emoprefer_assets.settings import PROJECT
from tests.report.made_up import make_database

NAMES = ("aurora", "a-system-with-a-name-that-takes-more-than-half-a-line-of-a-small-terminal", "情感描述系统")
TABLES = {
    "judge_board": "from judge_board",
    "ensemble_scores": "from ensemble_scores",
    "crowd": "from crowd",
    "leaderboard": """
        select leaderboard.*, mark, look, beats, low_always, high_always
        from leaderboard left join leaderboard_anytime using (source, system) left join marked_systems using (system)
    """,
}
# A child process would find pytest's own pipe: these stand for one at a terminal of a known width.
IN_A_TERMINAL = """
import io, os, sys
from pathlib import Path
import emoprefer_assets.terminal as terminal
sys.stdout.isatty = lambda: True
terminal.print_boards(Path(sys.argv[1]), terminal.console())
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty judges and three systems, some with long or wide names."""
    return make_database(tmp_path_factory.mktemp("boards") / "published.duckdb", judges=20, names=NAMES)


@pytest.fixture
def boards(database, monkeypatch):
    """`emoprefer boards` at a width, into a pipe."""
    monkeypatch.setenv("EMOPREFER_DB", str(database))
    # Whose submissions, if there are any, are on no board of this database.
    monkeypatch.setenv("EMOPREFER_HOME", str(database.parent))

    def printed(*arguments: str, **environment: str) -> str:
        result = CliRunner().invoke(main, ["boards", *arguments], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    return printed


@pytest.mark.parametrize("width", [60, 80, 110, 160])
def test_no_line_is_wider_than_the_terminal(boards, width):
    output = boards(COLUMNS=str(width))
    assert max(cell_len(line) for line in output.splitlines()) <= width


def test_at_160_columns_nothing_is_left_out_and_more_is_not_used(boards):
    output = boards(COLUMNS="160")
    assert "Left out here" not in output
    for heading in ("tier", "by", "WAF 2", "swap", "gain", "bal.", "tied with", "in-sample", "battles"):
        assert heading in output
    assert "equal to" not in output, "no two are shown to be equal"
    assert boards(COLUMNS="400") == output


def test_at_80_columns_the_caption_names_what_is_left_out(boards):
    output = " ".join(boards(COLUMNS="80").split())
    assert "Left out here: by (strategy), " in output
    assert "see a wider terminal, `emoprefer boards --json` or SQL." in output


def test_headings_of_leaderboards_are_explained_once(boards):
    assert boards(COLUMNS="110").count("two systems share a letter") == 1


def test_a_pipe_gets_110_columns_whatever_the_terminal_has(boards):
    rule = max((line for line in boards(COLUMNS="").splitlines() if set(line) == {"─"}), key=len)
    assert len(rule) == 110


def test_bars_of_one_table_share_an_axis(boards, database):
    output = boards(COLUMNS="160", EMOPREFER_DB=str(database))
    board = output[output.index("System leaderboard by people") : output.index("System leaderboard by the crowd")]
    bars = {name: next(line for line in board.splitlines() if name in line) for name in ("aurora", "情感描述系统")}
    with duckdb.connect(str(database), read_only=True) as connection:
        ratings = dict(connection.sql("select system, rating from leaderboard where source = 'human'").fetchall())
    better, worse = sorted(bars, key=lambda name: -ratings[name])
    assert cell_len(bars[better].partition("●")[0]) > cell_len(bars[worse].partition("●")[0])
    low, value, high = (bars[better].index(mark) for mark in "├●┤")
    assert low < value < high


def test_tiers_are_the_letters_of_the_table(boards):
    output = boards(COLUMNS="160")
    board = output[output.index("System leaderboard by people") : output.index("System leaderboard by the crowd")]
    assert re.findall(r"^([A-Z]+) +\d", board, re.MULTILINE) == ["A", "A", "B"]
    assert "tier: two systems share a letter if and only if they do not differ significantly." in " ".join(
        output.split()
    )


def test_a_board_says_on_how_few_clips_its_leader_stands_and_what_its_clips_can_show(boards):
    board = " ".join(boards(COLUMNS="160").partition("System leaderboard by people")[2].split())
    assert re.search(r"leads on \d+ clips; without \d+ of them \S+ would\.", board)
    assert "With 20 clips a true difference of 150 points is found with 80 % power (median)" in board


def test_a_board_says_who_beats_whom_at_whatever_moment(boards):
    board = " ".join(boards(COLUMNS="160").partition("System leaderboard by people")[2].split())
    assert (
        "However often the board is looked at (look 4; at most 5 % error over all looks), by rank: 1 beats 2,3."
        in board
    )


def test_a_judge_whose_replies_a_careful_reader_reads_otherwise_is_named(boards, database, tmp_path):
    copy = shutil.copy(database, tmp_path)
    with duckdb.connect(str(copy)) as connection:
        ((judge, other),) = connection.execute("select min(judge), max(judge) from judge_board").fetchall()
        connection.execute("update judge_board set read_otherwise_rate = if(judge = $1, 100, 20)", [judge])
    output = " ".join(boards(COLUMNS="160", EMOPREFER_DB=str(copy)).split())
    assert (
        f"A careful reader takes 100 % of the replies of {judge} to say something else than the paper's rule" in output
    )
    assert f"of the replies of {other}" not in output


def test_boards_say_who_may_replace_a_person_and_whom_to_look_at(boards):
    output = " ".join(boards(COLUMNS="160").split())
    assert "May a judge replace a person?" in output
    assert "Baselines that see no clip: rho 0.60 to 0.60. Annotators: rho 0.90 to 0.90." in output
    assert "People prefer the left description in 53.3 % of decided votes (52..55)." in output
    assert "Look at annotator Ann: position bias: left in 70 % of 290 decided votes (table position_bias)." in output


def in_a_terminal(database: Path, **environment: str) -> str:
    known = {"TERM": "xterm-256color", "COLUMNS": "110", "PATH": "/usr/bin", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", IN_A_TERMINAL, str(database)]
    shown = subprocess.run(
        command, capture_output=True, text=True, env=known | environment, cwd=PROJECT, check=True, timeout=60
    )
    return shown.stdout


def test_colours_are_for_terminals_alone_and_say_nothing_that_the_text_does_not(boards, database):
    coloured = in_a_terminal(database)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == boards(COLUMNS="110")
    assert "\x1b" not in boards(COLUMNS="110")


def test_no_color_is_obeyed(database):
    assert "\x1b" not in in_a_terminal(database, NO_COLOR="1")


def test_where_only_ascii_can_be_shown_bars_are_typed(database):
    assert "|--o" in in_a_terminal(database, NO_COLOR="1", PYTHONIOENCODING="ascii:replace")


def test_json_equals_the_database(boards, database):
    told = json.loads(boards("--json"))
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, query in TABLES.items():
            found = connection.execute(query)
            columns = [column[0] for column in found.description]
            wanted = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
            assert len(told[table]) == len(wanted)
            for row in wanted:
                # JSON has no NaN: it is null there, as what is unknown is.
                assert {name: None if value != value else value for name, value in row.items()} in told[table]
        (about,) = connection.sql("select name, pairs from data_set").fetchall()
    assert (told["data_set"]["name"], told["data_set"]["pairs"]) == about
    assert isinstance(told["judge_board"][1]["waf_2class"], float)


def test_json_of_one_source_has_its_leaderboard_alone(boards):
    told = json.loads(boards("--json", "--source", "crowd"))
    assert {row["source"] for row in told["leaderboard"]} == {"crowd"}


def test_an_unknown_source_is_refused_in_json_too(boards, database):
    result = CliRunner().invoke(main, ["boards", "--json", "--source", "nobody"])
    assert result.exit_code == 1
    assert 'the leaderboard has no source "nobody". Known: ' in result.output


@pytest.fixture
def changed_boards(tmp_path, monkeypatch):
    """`emoprefer boards` of a small evaluation in which statements have changed something."""

    def printed(*statements: str) -> str:
        file = make_database(tmp_path / "published.duckdb")
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        monkeypatch.setenv("EMOPREFER_DB", str(file))
        result = CliRunner().invoke(main, ["boards"], env={"COLUMNS": "110"})
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    return printed


def test_without_a_label_a_line_says_why_there_is_no_judge_board(changed_boards):
    output = changed_boards("delete from judge_board", "update consensus_pairs set preference = null")
    assert "No judge board: no pair has a label, so that nobody can be scored." in output


def test_each_judge_stands_by_strategy(changed_boards):
    counts = ", ".join(f"0 as {name}" for name in ("rounds", "pairs", "pairs_2class", "same", "unparsed", "failed"))
    output = changed_boards(
        "delete from judge_scores",
        *(
            f"insert into judge_scores by name select 'judge_00 aurora' as judge, '{strategy}' as strategy, {waf} as "
            f"waf_2class, 60 as waf_2class_low, 90 as waf_2class_high, {counts}, 0 as verdicts, false as refused"
            for strategy, waf in (("s1", 80.0), ("s2", 70.5))
        ),
    )
    assert "judge s1 95 % s2 95 %" in output and "judge_00 aurora 80.00 60..90 70.50 60..90" in output


def test_what_votes_are_worth_stands_below_their_board(changed_boards):
    shown = changed_boards(
        "insert into leaderboard select * replace ('people with crowd' as source) from leaderboard "
        "where source = 'human'"
    )
    board, _, rest = shown.partition("people's votes on 63 battles.")
    assert "System leaderboard by people with the crowd's help" in board and "System leaderboard by people" in rest


def test_a_board_of_people_with_the_crowd_that_is_not_shown_has_its_reason(changed_boards):
    assert "No leaderboard by people with the crowd's help: too few." in changed_boards(
        "update people_with_crowd set not_shown = 'too few'"
    )


def test_who_may_not_vote_in_the_crowd_is_named_with_the_reason(changed_boards):
    output = changed_boards(
        "update judge_board set no_vote = 'obeys hidden instructions' where judge = 'judge_00 aurora'",
        "update crowd set not_offered = null",
    )
    assert "It goes without judge_00 aurora (obeys hidden instructions)." in output
