"""How votes become labels: by which rule, and what is said aloud of it."""

import io

import duckdb
import pandas as pd
import pytest
from rich.console import Console

from emoprefer_assets.assets.dataset import annotators, consensus_rules, human_agreement
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.store import RELATIONS, TABLES, run_step
from emoprefer_assets.store.schema import views
from emoprefer_assets.terminal import print_boards
from tests.conftest import write_csv


def voted(*votes):
    """The tables of pairs p1, p2, ... with some votes each, as in "a1 a1 same", by people A, B, ..."""
    rows = [
        (f"p{number}", "ABCDE"[place], vote)
        for number, of_pair in enumerate(votes, 1)
        for place, vote in enumerate(of_pair.split())
    ]
    names = [f"p{number}" for number in range(1, len(votes) + 1)]
    raw = pd.DataFrame({"pair_id": names, "clip_id": names, "a1": "x", "a2": "y", "position": range(len(names))})
    people = pd.DataFrame({"annotator": list("ABCDE"), "qualified": True, "votes": 1})
    return {
        "raw_pairs": raw,
        "annotations": pd.DataFrame(rows, columns=["pair_id", "annotator", "vote"]),
        "annotators": people,
    }


def labels(tables, rule="unanimous"):
    found = run_step("consensus_pairs", {"consensus_rule": rule}, **tables)
    return {row.pair_id: (row.preference, row.provenance, row.votes) for row in found.itertuples()}


@pytest.mark.parametrize("rule", ["unanimous", "majority", "single"])
def test_where_every_pair_has_one_vote_each_vote_is_a_label_under_any_rule(rule):
    assert labels(voted("a1", "same", "a2"), rule) == {
        "p1": ("a1", "single", 1),
        "p2": ("same", "single", 1),
        "p3": ("a2", "single", 1),
    }


MIXED = ("a1", "a1 a1", "a1 a1 a2", "a1 a2")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("unanimous", {"p2": ("a1", "unanimous", 2)}),
        ("majority", {"p2": ("a1", "majority", 2), "p3": ("a1", "majority", 3)}),
        ("single", {"p1": ("a1", "single", 1), "p2": ("a1", "majority", 2), "p3": ("a1", "majority", 3)}),
    ],
)
def test_each_rule_keeps_what_it_says(rule, expected):
    assert labels(voted(*MIXED), rule) == expected


def test_a_vote_of_who_did_not_qualify_is_no_label():
    tables = voted("a1", "a1 a2")
    tables["annotators"] = tables["annotators"].assign(qualified=[True, False, False, False, False])
    assert labels(tables) == {"p1": ("a1", "single", 1), "p2": ("a1", "single", 1)}
    assert labels(tables | {"annotators": tables["annotators"].assign(qualified=False)}) == {}


def test_people_who_never_meet_have_no_agreement(tmp_path):
    """As 2,096 pairs with one vote each by 14 annotators."""
    rows = [[f"p{number}", f"c{number}", "x", "yes", "y", "no"] for number in range(6)]
    write_csv(tmp_path / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], rows)
    votes = [[f"p{number}", f"user{number % 3}", "a1"] for number in range(6)]
    write_csv(tmp_path / "votes.csv", ["pair", "annotator", "vote"], votes)
    data = read_data_set(tmp_path)
    people = annotators.make(data)
    ballots = data.votes[["pair_id", "annotator", "vote"]]
    agreement = human_agreement.make(data.pairs, ballots, people, data)
    assert agreement["two_class"].isna().all()
    assert consensus_rules.make(data.pairs, ballots, people).empty
    found = run_step(
        "consensus_pairs",
        raw_pairs=data.pairs[TABLES["raw_pairs"].column_names],
        annotations=ballots,
        annotators=people,
    )
    assert found["provenance"].tolist() == ["single"] * 6


def first_screen(folder, tables):
    """What is printed of a data set before the first board, a line each."""
    file = folder / "published.duckdb"
    with duckdb.connect(str(file)) as connection:
        for relation in RELATIONS.values():
            connection.execute(relation.ddl)
        for view in views().values():
            connection.execute(view)
        for name, rows in tables.items():
            connection.register("rows", rows)
            connection.execute(f"insert into {name} by name select * from rows")
    console = Console(file=io.StringIO(), width=200)
    print_boards(file, console)
    printed = console.file.getvalue()
    return printed.partition("\n\n")[0].splitlines()[1:]


def shown(folder, rule, *votes):
    tables = voted(*votes)
    about = pd.DataFrame([{"name": "d", "synthetic": False, "note": "", "pairs": len(votes), "clips": 1}])
    made = run_step("consensus_pairs", {"consensus_rule": rule}, **tables)
    rules = consensus_rules.make(**tables)
    return first_screen(
        folder, {"data_set": about, "raw_pairs": tables["raw_pairs"], "consensus_pairs": made, "consensus_rules": rules}
    )


def test_labels_of_one_vote_are_said_aloud(tmp_path):
    assert shown(tmp_path, "single", *MIXED) == [
        "1 of 3 labels are one vote each (consensus rule single): how far people agree is not known for them."
    ]


def test_unanimity_that_leaves_out_much_says_what_a_majority_would_keep(tmp_path):
    assert shown(tmp_path, "unanimous", "a1 a1", "a1 a2", "a1 a1 a2") == [
        "Unanimity leaves out 2 of 3 pairs with votes; a majority would keep 2 (EMOPREFER_CONSENSUS=majority)."
    ]


@pytest.mark.parametrize("rule", ["unanimous", "majority"])
def test_pairs_without_any_label_are_said_aloud(tmp_path, rule):
    assert shown(tmp_path, rule, "a1 a2", "a2 a1") == [
        "No pair has a label: of 2 pairs with votes, no majority agrees on any. No judge is scored."
    ]


def test_nothing_is_said_where_nothing_has_to_be_known(tmp_path):
    assert shown(tmp_path, "majority", "a1 a1", "a1 a2", "a1 a1 a2") == []


def test_votes_that_count_for_nothing_because_nobody_qualified_are_said_aloud(tmp_path):
    about = pd.DataFrame([{"name": "d", "synthetic": False, "note": "", "pairs": 2, "clips": 1}])
    people = pd.DataFrame({"annotator": ["A", "B"], "items": 5, "correct": 5, "votes": 3})
    people = people.assign(share_correct=100 * 5 / 12, qualified=False)
    assert first_screen(tmp_path, {"data_set": about, "annotators": people}) == [
        "0 of 2 annotators with votes passed the qualification (annotators.csv: 75 % of 12 items): votes of others "
        "make no label."
    ]


def test_empty_descriptions_are_counted_aloud(tmp_path):
    about = pd.DataFrame([{"name": "d", "synthetic": False, "note": "", "pairs": 2, "clips": 1}])
    raw = voted("a1", "a1")["raw_pairs"].assign(a1=["\n\u3000", "x"])
    assert first_screen(tmp_path, {"data_set": about, "raw_pairs": raw}) == [
        "1 of 2 pairs have an empty description, which loses: no model is asked about them."
    ]
