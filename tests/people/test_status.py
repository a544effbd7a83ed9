"""How far a study is, and whose answers to look at."""

import json

import pytest

from emoprefer_assets.people import Votes, Voting, read_plan, study_status
from tests.people.conftest import checks, write_data, write_study
from tests.people.test_export import emoprefer
from tests.people.test_leading import finish, qualify, say

PLAIN = {"consent": "", "qualification": None, "attention": None, "repeats": 0}


@pytest.fixture
def votes(tmp_path):
    (tmp_path / "study").mkdir()
    opened = Votes(tmp_path / "study")
    yield opened
    opened.close()


def vote(voting, annotator, choose, seconds=30.0):
    """Vote on everything that is left: `choose` says a1, a2 or same of a key."""
    sides = {showing.item.id: showing for showing in voting.plan.pairs(annotator)}
    while voting.state(annotator)["stage"] == "pairs":
        showing = sides[voting.state(annotator)["item"]["item"]]
        choice = choose(showing)
        side = "same" if choice == "same" else "first" if choice == showing.left else "second"
        say(voting, annotator, side, seconds=seconds)


def by_name(found):
    return {one.annotator: one for one in found.annotators}


def test_a_study_without_votes_has_asked_for_all_of_them(study, votes):
    found = study_status(study(), votes)
    assert {(pair.done, pair.asked, pair.skipped) for pair in found.pairs} == {(0, 2, 0)}
    assert sum(one.asked for one in found.annotators) == 24
    assert {(one.done, one.seconds, one.agreement, one.unusual) for one in found.annotators} == {(0, None, None, ())}
    assert (found.agreement, found.krippendorff_alpha, found.consistency) == (None, None, None)


def test_votes_speed_agreement_and_repeats_are_counted(study, votes):
    plan = study(consent="", qualification=None, attention=checks(2, "attention"), annotators=2, repeats=0.25)
    voting = Voting(plan, votes)
    vote(voting, "a01", lambda showing: showing.item.correct or "a1", 20.0)
    vote(
        voting, "a02", lambda showing: "a2" if showing.item.kind == "repeat" or showing.item.key == "p1" else "a1", 10.0
    )
    found = study_status(plan, votes)
    assert {(pair.done, pair.asked) for pair in found.pairs} == {(2, 2)}
    first, second = found.annotators
    assert (first.done, first.asked, first.seconds, first.consistency, first.attention) == (12, 12, 20.0, 1.0, 1.0)
    repeated = [showing.item.key for showing in plan.pairs("a02") if showing.item.kind == "repeat"]
    assert (second.seconds, second.consistency) == (10.0, repeated.count("p1") / len(repeated))
    assert found.agreement == first.agreement == second.agreement == pytest.approx(11 / 12)
    assert found.consistency == pytest.approx((3 + repeated.count("p1")) / 6)


def test_skips_are_no_votes_and_an_undone_vote_is_open_again(study, votes):
    plan = study(**PLAIN, annotators=2)
    voting = Voting(plan, votes)
    skipped = voting.state("a01")["item"]["item"]
    say(voting, "a01", "skip", reason="no sound")
    found = study_status(plan, votes)
    (pair,) = [pair for pair in found.pairs if plan.items["pair", pair.pair].id == skipped]
    assert (pair.done, pair.asked, pair.skipped) == (0, 2, 1)
    assert by_name(found)["a01"].done == 1


def test_who_passed_who_failed_and_who_is_not_there_yet(study, votes):
    plan = study()
    voting = Voting(plan, votes)
    qualify(voting, "a01", 10)
    for _ in range(2):
        qualify(voting, "a02", 3)
    found = by_name(study_status(plan, votes))
    assert [found[name].qualified for name in ("a01", "a02", "a03")] == [True, False, None]


def test_unusual_annotators_are_named_with_the_reason_and_usual_ones_are_not(tmp_path):
    write_data(tmp_path / "data", pairs=24, text="One two three four five six seven eight nine ten. ")
    plan = read_plan(
        write_study(tmp_path / "study", **PLAIN | {"attention": checks(4, "easy")}, annotators=5, votes_per_pair=5)
    )
    truth = {
        key: ("a1", "a2")[number % 2] for number, key in enumerate(key for kind, key in plan.items if kind == "pair")
    }
    other = {"a1": "a2", "a2": "a1"}

    def right(showing):
        return showing.item.correct or truth[showing.item.key]

    votes = Votes(tmp_path / "study")
    voting = Voting(plan, votes)
    vote(voting, "a01", right)
    vote(voting, "a02", right)
    vote(voting, "a03", lambda showing: showing.left)
    vote(voting, "a04", right, seconds=2.0)
    vote(voting, "a05", lambda showing: other[right(showing)])
    found = by_name(study_status(plan, votes))
    votes.close()
    assert [found[name].unusual for name in ("a01", "a02")] == [(), ()]
    assert "left in 24 of 24 votes" in found["a03"].unusual
    assert found["a04"].unusual == ("faster than reading",)
    assert found["a05"].unusual == ("mostly against the others", "attention checks wrong")


def test_the_command_prints_a_table_and_the_same_as_json(study, votes):
    plan = study(name="small", consent="", qualification=None)
    finish(Voting(plan, votes), "a01")
    done = emoprefer("study", "status", plan.folder)
    assert done.exit_code == 0, done.output
    assert "small: 6 of 24 votes; 0 of 12 pairs have all of theirs." in done.output
    assert "a01" in done.output and "6/6" in done.output
    found = json.loads(emoprefer("study", "status", plan.folder, "--json").output)
    assert sum(pair["done"] for pair in found["pairs"]) == 6
    assert found["annotators"][0]["annotator"] == "a01"
