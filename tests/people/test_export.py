"""A study's votes as files of its data set, and as the evaluation reads them."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from emoprefer_assets.assets.dataset import annotations
from emoprefer_assets.cli import main
from emoprefer_assets.datasets import VOTE_DETAILS, read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import Votes, Voting, export_votes, take_record
from emoprefer_assets.people.voting import Named
from tests.hostile.attacks import ATTACKS, FORMULAS, would_act_in_a_terminal
from tests.people.test_leading import finish, qualify, say


@pytest.fixture
def votes(tmp_path):
    (tmp_path / "study").mkdir()
    opened = Votes(tmp_path / "study")
    yield opened
    opened.close()


def emoprefer(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_votes_of_a_study_are_votes_of_its_data_set(study, votes):
    plan = study()
    voting = Voting(plan, votes)
    for who in plan.annotators:
        qualify(voting, who, 10)
        finish(voting, who)
    done = export_votes(plan, votes, plan.data)
    assert (done.votes, done.annotators, done.attention[1]) == (24, 4, 8)
    read = read_data_set(plan.data)
    assert len(read.votes) == done.votes == 24
    assert len(read.repeats) == done.repeats > 0
    assert set(read.votes.groupby("pair_id").size()) == {2}
    assert (read.votes["vote"] == read.votes["left"]).all()
    assert set(read.votes["annotator"]) == {f"small-a0{n}" for n in range(1, 5)}
    again = read.repeats.merge(read.votes, on=["pair_id", "annotator"])
    assert (again["left_x"] != again["left_y"]).all()


def test_who_passed_counts_with_the_round_that_was_passed_and_who_failed_does_not(study, votes):
    plan = study()
    voting = Voting(plan, votes)
    for right in (5, 11):
        qualify(voting, "a01", right)
    for right in (8, 7):
        qualify(voting, "a02", right)
    voting.consent("a03")
    export_votes(plan, votes, plan.data)
    table = pd.read_csv(plan.data / "annotators.csv")
    right = (table["answer"] == table["correct"]).groupby(table["annotator"]).sum()
    assert right.to_dict() == {"small-a01": 11, "small-a02": 7}


def test_what_was_taken_back_or_skipped_is_no_vote(study, votes):
    plan = study(consent="", qualification=None, attention=None)
    voting = Voting(plan, votes)
    say(voting, "a01")
    say(voting, "a01", "skip", reason="no sound")
    say(voting, "a01")
    voting.undo("a01", Named(**voting.state("a01")["last"]))
    done = export_votes(plan, votes, plan.data)
    assert (done.votes, dict(done.skipped)) == (1, {"no sound": 1})
    assert len(read_data_set(plan.data).votes) == 1


def test_votes_of_others_in_the_data_set_stay(study, votes):
    plan = study(name="small.one", consent="", qualification=None)
    others = "p1,Ann,a1,\np2,small-one-a01,same,\np3,small.one-a09,a1,another\n"
    (plan.data / "votes.csv").write_text("pair,annotator,vote,study\n" + others)
    (plan.data / "annotators.csv").write_text("annotator,item,answer,correct\nAnn,1,a1,a1\n")
    voting = Voting(plan, votes)
    for _ in range(2):
        finish(voting, "a01")
        export_votes(plan, votes, plan.data)
    read = read_data_set(plan.data)
    own = sum(showing.item.kind == "pair" for showing in plan.pairs("a01"))
    counts = {"small.one-a01": own, "Ann": 1, "small-one-a01": 1, "small.one-a09": 1}
    assert read.votes["annotator"].value_counts().to_dict() == counts
    assert set(read.votes.loc[read.votes["annotator"] == "Ann", "left"]) == {""}
    assert (plan.data / "annotators.csv").read_text() == "annotator,item,answer,correct\nAnn,1,a1,a1\n"


def test_reasons_run_nothing_in_a_spreadsheet_and_can_be_read_back(study, votes):
    plan = study(consent="", qualification=None, reason=True)
    voting = Voting(plan, votes)
    number = 0
    for who in plan.annotators:
        while voting.state(who)["stage"] == "pairs":
            say(voting, who, reason=[*FORMULAS, *ATTACKS][number])
            number += 1
    export_votes(plan, votes, plan.data)
    read = read_data_set(plan.data)
    assert len(read.votes) == 24
    for reason in read.votes["reason"]:
        assert not reason.startswith(("=", "+", "-", "@"))
        assert not would_act_in_a_terminal(reason)


def test_a_study_without_votes_makes_no_file(study, votes):
    plan = study()
    export_votes(plan, votes, plan.data)
    assert not list(plan.data.glob("votes.csv")) + list(plan.data.glob("annotators.csv"))


def record_of(study="small", annotator="a01", **changes):
    answer = {
        "annotator": annotator,
        "item": "",
        "attempt": 1,
        "kind": "pair",
        "key": "p1",
        "correct": None,
        "choice": "a1",
        "left": "a2",
        "seconds": 3,
        "replays": 0,
        "confidence": None,
        "reason": "",
        "at": "2026-05-01T10:00:00Z",
        "withdrawn": None,
    }
    return {"study": study, "annotator": annotator, "consents": [], "answers": [answer | changes]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "file: Invalid JSON"),
        ("[]", "file: Input should be an object"),
        (record_of(choice="left"), "answers.0.choice: Input should be 'a1', 'a2', 'same' or 'skip'"),
        (record_of(seconds="3"), "answers.0.seconds: Input should be a valid number"),
        (record_of(at="yesterday"), "answers.0.at"),
        (record_of(more=1), "answers.0.more: Extra inputs are not permitted"),
        (record_of(study="=other\x1b[31m"), 'of study "=other\\\\x1b'),
        (record_of(annotator="a09"), 'annotator "a09" is not one of this study'),
        (record_of(item="0" * 16), "answer 1: not an item of this study"),
    ],
)
def test_what_is_no_record_of_the_study_is_refused_whole(study, votes, tmp_path, content, message):
    plan = study()
    record = tmp_path / "record.json"
    record.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(EmopreferError, match=message):
        take_record(plan, votes, record)
    assert votes.all() == []


def test_a_record_becomes_part_of_the_study_once(study, votes, tmp_path):
    plan = study(consent="", qualification=None)
    record = tmp_path / "record.json"
    record.write_text(json.dumps(record_of(item=plan.items["pair", "p1"].id)))
    assert [take_record(plan, votes, record) for _ in range(2)] == [(1, 1), (0, 1)]
    assert Voting(plan, votes).state("a01")["item"] is not None
    assert export_votes(plan, votes, plan.data).votes == 1


@pytest.mark.parametrize(("seconds", "written"), [(0, "0"), (10, "10"), (2.5, "2.5"), (1234567.89, "1234567.89")])
def test_seconds_are_written_in_figures(study, votes, tmp_path, seconds, written):
    plan = study(consent="", qualification=None)
    record = tmp_path / "record.json"
    record.write_text(json.dumps(record_of(item=plan.items["pair", "p1"].id, seconds=seconds)))
    take_record(plan, votes, record)
    export_votes(plan, votes, plan.data)
    assert list(read_data_set(plan.data).votes["seconds"]) == [written]


def test_the_commands_lead_from_a_data_set_to_votes(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = emoprefer("study", "init", "--annotators", 2, "--votes", 2)
    assert done.exit_code == 0, done.output
    assert "12 qualification items, 3 attention checks" in done.output
    done = emoprefer("study", "invite", "--people", 2)
    assert [line.split()[0] for line in done.output.splitlines()] == ["a01", "a02"]
    links = emoprefer("study", "invite", "--links", "http://box:80/").output
    assert [line.split()[1][:21] for line in links.splitlines()] == ["http://box:80/#token="] * 2
    assert emoprefer("vote", "--file", "page.html").exit_code == 0
    done = emoprefer("study", "export", "study", "--into", "out")
    assert done.exit_code == 0, done.output
    assert "out: 0 votes and 0 repeats by 0 annotators." in done.output


def test_an_export_with_votes_says_how_they_are_evaluated(study, votes, monkeypatch):
    plan = study()
    voting = Voting(plan, votes)
    qualify(voting, "a01", 10)
    finish(voting, "a01")
    done = emoprefer("study", "export", plan.folder)
    assert done.output.splitlines()[-1] == f"Then: EMOPREFER_DATA_DIR={plan.data} emoprefer run"
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(plan.data))
    assert emoprefer("study", "export", plan.folder).output.splitlines()[-1] == "Then: emoprefer run"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vote"], "Make one by `emoprefer study init study`"),
        (["study", "init", "--votes", "9"], "9 votes a pair need as many annotators"),
        (["study", "invite"], "no study there"),
        (["study", "export"], "no study there"),
    ],
)
def test_errors_of_the_commands_are_one_line_that_says_what_to_do(settings, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = emoprefer(*arguments)
    assert done.exit_code != 0
    assert message in done.output
    assert not Path("study").exists()


def test_details_of_votes_are_read_and_what_cannot_be_one_is_refused(study):
    data = study().data
    head = "pair,annotator,vote," + ",".join(VOTE_DETAILS) + "\n"
    right = "p1,Ann,a1,s,a2,2.5,0,3,why,2026-05-01T10:00:00Z,{}\n"
    (data / "votes.csv").write_text(head + right.format(1) + right.format(2) + "p2,Ann,a1,,,,,,,,\n")
    read = read_data_set(data)
    assert (len(read.votes), len(read.repeats)) == (2, 1)
    wrong_cells = {"left": "a3", "seconds": "-1", "replays": "x", "confidence": "-2", "attempt": "0"}
    for column, wrong in [*wrong_cells.items(), ("time", "soon"), ("time", "2026-13-01T10:00:00Z")]:
        (data / "votes.csv").write_text(f"pair,annotator,vote,{column}\np1,Ann,a1,\np2,Ann,a1,{wrong}\n")
        with pytest.raises(EmopreferError, match=f'votes.csv row 2: {column} "{wrong}" is not a'):
            read_data_set(data)


def test_details_of_votes_are_columns_of_the_table_of_votes(study):
    data = study().data
    (data / "votes.csv").write_text(
        "pair,annotator,vote,study,left,seconds,replays,confidence,reason,time\n"
        "p1,Ann,a1,s,a2,2.5,1,3,why,2026-05-01T12:00:00+02:00\np2,Ann,same,,,,,,,\n"
    )
    found = annotations.make(read_data_set(data)).set_index("vote").drop(columns=["pair_id", "annotator"])
    assert list(found.loc["a1"]) == ["s", "a2", "why", 2.5, 1, 3, pd.Timestamp("2026-05-01 10:00")]
    assert found.loc["same"].isna().all()
