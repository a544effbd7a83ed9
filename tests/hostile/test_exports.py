"""Whatever systems are called, an exported leaderboard holds their names and nothing that acts."""

import csv
import io
import json
import re

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from emoprefer_assets.terminal import export_leaderboard, leaderboard_table
from tests.hostile.attacks import ATTACKS, hostile, would_act_in_a_terminal

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
names = st.lists(hostile.filter(bool), min_size=1, max_size=3, unique=True)


def board_of(systems):
    rows = [
        (
            place,
            place,
            place,
            system,
            "ranked",
            systems[0] if place == 1 else None,
            1000.0,
            900.0,
            1100.0,
            0.5,
            "A",
            [n for n in systems if n != system],
            [n for n in systems if n != system],
            150.0,
            40.0,
            20,
            5.0,
            1,
            1001.0,
            place == 1,
            systems[-1] if place == 1 else None,
            2.0 if place == 1 else None,
            2,
            systems[place:],
            900.0,
            1100.0,
        )
        for place, system in enumerate(systems, 1)
    ]
    columns = [
        "rank",
        "rank_low",
        "rank_high",
        "system",
        "state",
        "mark",
        "rating",
        "ci_low",
        "ci_high",
        "first_in_replicates",
        "tier",
        "tied_with",
        "equivalent_to",
        "detectable_difference",
        "battles",
        "clips",
        "tie_share",
        "component",
        "davidson_rating",
        "ties_differ",
        "challenger",
        "clips_to_change",
        "look",
        "beats",
        "low_always",
        "high_always",
    ]
    return pd.DataFrame(rows, columns=columns)


def cells_that_run(line, separator):
    """Cells of a line that a spreadsheet would take for formulas, where `separator` is what separates."""
    cells = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    return [cell for cell in cells if re.match(r"\s*[=+\-@＝＋－＠]", cell) and not re.fullmatch(r"-?[\d.]+", cell)]


def check_csv(systems):
    text = export_leaderboard(board_of(systems), "csv")
    assert not would_act_in_a_terminal(text)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(systems)
    assert len(text.splitlines()) == 1 + len(systems)
    for line in text.splitlines():
        for separator in ",;|":
            assert cells_that_run(line, separator) == []


def check_json(systems):
    text = export_leaderboard(board_of(systems), "json")
    assert not would_act_in_a_terminal(text)
    assert [row["system"] for row in json.loads(text)] == systems


def check_markdown(systems):
    text = export_leaderboard(board_of(systems), "markdown")
    assert not would_act_in_a_terminal(text)
    assert len(text.splitlines()) == 2 + len(systems)
    assert "{{" not in text and "{%" not in text
    assert not re.search(r"https?://|www\.[a-z]", text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    within = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in within} <= {"text", "text_special"}
    shown = ["".join(child.content for child in token.children) for token in tokens if token.type == "inline"]
    assert shown[:3] == ["rank", "tier", "system"]
    assert len(shown) == 11 * (1 + len(systems))
    # A cell's own blanks at its edges are not kept by Markdown.
    assert [cell.split() for cell in shown[11 + 2 :: 11]] == [in_one_line(system).split() for system in systems]


def check_terminal(systems):
    output = io.StringIO()
    console = Console(file=output, width=400, force_terminal=True)
    console.print(leaderboard_table(board_of(systems), systems[0]))
    # Only the styles of the table itself are left: what a name brings is shown.
    own = re.sub(r"\x1b\[[0-9;]*m", "", output.getvalue())
    assert not would_act_in_a_terminal(own)
    for system in systems:
        assert in_one_line(system)[:60].split()[:1] == [] or in_one_line(system).split()[0] in own


def in_one_line(name):
    return "".join(character if character.isprintable() else "?" for character in name)


CHECKS = (check_csv, check_json, check_markdown, check_terminal)


def test_no_known_attack_gets_out_of_any_export():
    for attack in ATTACKS:
        for check in CHECKS:
            check([attack, "north"])


@FUZZ
@given(names)
def test_a_spreadsheet_runs_nothing_in_a_csv_whatever_separates_its_cells(systems):
    check_csv(systems)


@FUZZ
@given(names)
def test_json_holds_the_very_names_and_no_control_character(systems):
    check_json(systems)


@FUZZ
@given(names)
def test_markdown_shows_names_as_text_in_their_own_cells(systems):
    check_markdown(systems)


@FUZZ
@given(names)
def test_the_terminal_obeys_nothing_in_a_name(systems):
    check_terminal(systems)
