"""How many votes are enough, and which pairs people see next, by the commands."""

import json
from io import StringIO

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from emoprefer_assets.cli import main
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import RELATIONS
from tests.people.conftest import write_data

ANSWERED = {"judge": "omni", "strategy": "s1", "round": 0, "verdict": "a1", "read_by": "options"}


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Twelve pairs: five with three votes and a label, one on which people disagree, six without a vote."""
    pairs = read_data_set(write_data(tmp_path / "data")).pairs
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EMOPREFER_DB", str(tmp_path / "published.duckdb"))
    names = pairs["pair_id"]
    labelled = pairs[:5].assign(preference="a1", provenance="unanimous", votes=3)
    ballots = [(name, who, "a1") for name in names[:5] for who in "ABC"]
    ballots += [(names[5], "A", "a1"), (names[5], "B", "a2"), (names[5], "C", "a1")]
    # The pairs without a label, but for the last: p_a1 in both orders.
    sure = dict(zip(names[5:11], [0.99, 0.99, 0.95, 0.10, 0.70, 0.60], strict=True))
    answers = [
        {**ANSWERED, "pair_id": name, "swapped": swapped, "p_a1_both_orders": chance}
        for name, chance in sure.items()
        for swapped in (False, True)
    ]
    board = {"source": "human", "component": 1, "state": "ranked", "battles": 6.0, "wins": 3.0}
    rows = {
        "raw_pairs": pairs,
        "consensus_pairs": labelled,
        "annotations": pd.DataFrame(ballots, columns=["pair_id", "annotator", "vote"]),
        "annotators": pd.DataFrame({"annotator": list("ABC"), "qualified": True, "votes": 6}),
        "battle_verdicts": pd.DataFrame(answers),
        "predictions": pd.DataFrame(),
        "battle_counts": pairs[:6].assign(
            source="human", first_system="north", second_system="south", battles=1.0, first_wins=0.5, ties=0.0
        ),
        "leaderboard": pd.DataFrame(
            [
                {**board, "system": "north", "clips": 3, "ci_low": 900.0, "ci_high": 1300.0},
                {**board, "system": "south", "clips": 3, "ci_low": 700.0, "ci_high": 1100.0},
            ]
        ),
        "judge_board": pd.DataFrame([{"judge": "omni", "kind": "judge", "strategy": "s1", "waf_2class": 90.0}]),
        "judge_differences": pd.DataFrame(
            [
                {
                    "judge1": "omni",
                    "judge2": "audio",
                    "difference": 3.0,
                    "significant": False,
                    "equivalent": False,
                    "discordance": 20.0,
                    "design_effect": 1.2,
                }
            ]
        ),
        "judge_replacement": pd.DataFrame(
            [
                {
                    "kind": "judge",
                    "name": "omni",
                    "strategy": "s1",
                    "swapped": False,
                    "annotators": 3,
                    "pairs": 90,
                    "rho": 0.80,
                    "annotators_rho": 0.85,
                    "epsilon": 0.2,
                }
            ]
        ),
        "selective_verdicts": pd.DataFrame(
            [
                {"judge": "omni", "strategy": "s1", "alpha": 0.2, "threshold": 0.8, "accepted": 4, "clips": 3},
                {
                    "judge": "omni",
                    "strategy": "s1",
                    "alpha": 0.1,
                    "accepted": 0,
                    "clips": 3,
                    "not_reached": "no threshold reaches it",
                },
            ]
        ),
    }
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        for table, content in rows.items():
            connection.execute(RELATIONS[table].ddl)
            if len(content):
                here = content[[name for name in RELATIONS[table].column_names if name in content]]
                connection.register("here", here)
                connection.execute(f"insert into {table} by name from here")
        connection.execute((PROJECT / "sql" / "views" / "left_to_people.sql").read_text())
    return tmp_path


def run(*words):
    done = CliRunner().invoke(main, ["study", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done


def test_the_plan_says_what_all_three_purposes_take(published):
    rating, judges, replacement = json.loads(run("plan", "--json").stdout)["needed"]
    # 400 points on 3 clips, by Student's t: (400 / 40)^2 * 2 * (z / t of 2)^2, and some for the t of 42 clips.
    assert [row["clips"] for row in rating["rows"]] == [45, 45]
    assert [row["pairs"] for row in rating["rows"]] == [90, 90]
    assert rating["rows"][0]["votes"] == 270
    # 621 pairs at 20 percent, times the design effect; 5 of 12 pairs are decided.
    assert "745 of these pairs" in judges["words"]
    assert judges["rows"][0]["pairs"] == int(np.ceil(745 * 12 / 5))
    assert replacement["rows"][0]["of"].startswith("3 annotators with")
    text = run("plan", "--width", "80", "--power", "0.9", "--difference", "10").stdout
    assert max(map(len, text.splitlines())) <= 110
    assert "80 points wide" in text and "differ by 10 points, found to differ with 90 % power" in text


def test_power_is_a_chance_in_both_commands_that_plan(published):
    done = CliRunner().invoke(main, ["power", "--discordance", "20", "--json"])
    (row,) = json.loads(done.stdout)
    assert (row["power"], row["level"], row["pairs"]) == (0.8, pytest.approx(0.05), 621)
    for command in (["power"], ["study", "plan"]):
        refused = CliRunner().invoke(main, [*command, "--power", "80"])
        assert refused.exit_code == 2 and "80.0 is not in the range 0.5<=x<1" in refused.output


def test_a_judge_that_is_worse_by_more_than_epsilon_takes_no_number_of_votes(published):
    with duckdb.connect(str(published / "published.duckdb")) as connection:
        connection.execute("update judge_replacement set rho = 0.6")
    assert "no number is enough" in run("plan").stdout
    assert "labels without votes" not in run("plan").stdout
    done = CliRunner().invoke(main, ["study", "plan", "--judge", "nobody"])
    assert done.exit_code == 1 and '"nobody" is not in judge_replacement' in done.output


def test_people_get_the_pairs_that_the_judge_may_not_decide_and_a_study_is_made_of_them(published):
    done = run("next", "--alpha", "0.2", "--file", published / "next.csv")
    found = pd.read_csv(published / "next.csv").set_index("pair")
    assert dict(found["why"]) == {
        "p12": "the judge has not answered it",
        "p11": "the judge is not sure: 0.600, below 0.800",
        "p10": "the judge is not sure: 0.700, below 0.800",
        "p6": "people have voted, without a label: 2 a1, 1 a2, 0 same",
    }
    assert found.index[0] == "p12" and found.loc["p12", "clip"] == "sample_001"
    assert "decides from 0.800 on. Of 7 pairs without a label, 3 are its own, and 4 are for people" in done.stderr
    run("init", published / "study", "--pairs", published / "next.csv")
    study = YAML(typ="safe").load((published / "study" / "study.yaml").read_text())
    assert study["pairs"] == found.index.tolist()


def test_where_no_threshold_holds_people_get_every_pair_without_a_label(published):
    found = pd.read_csv(StringIO(run("next").stdout))
    assert len(found) == 7 and (found["why"] == "no threshold reaches it").sum() == 6
    done = CliRunner().invoke(main, ["study", "next", "--judge", "nobody"])
    assert done.exit_code == 1 and "nobody has no row in selective_verdicts" in done.output


def test_a_list_with_an_unknown_pair_is_refused(published):
    (published / "list.csv").write_text("pair\np1\np99\n")
    done = CliRunner().invoke(main, ["study", "init", str(published / "study"), "--pairs", str(published / "list.csv")])
    assert done.exit_code == 1 and "p99 is not in" in done.output
    assert not (published / "study").exists()
