"""Each view says what it answers, in its file and in the database, and answers it on the sample."""

import re

import duckdb
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.scoring import score_judges
from emoprefer_assets.store import RELATIONS, views

VIEWS = views()
# What only a model that is called, or a submission, has: without one, they are empty.
EMPTY_WITHOUT_MODELS = {
    *("cost_per_judge", "left_to_people", "marked_systems", "strategy_comparison"),
    *(f"s{number}_predictions" for number in (2, 3, 4, 5)),
}


def said_of(name, label):
    """What the header says behind `label`, its lines joined."""
    found = re.search(rf"^-- {label}: (.*(?:\n--   .*)*)", VIEWS[name], flags=re.MULTILINE)
    assert found, f"sql/views/{name}.sql has no {label} in its header"
    return found[1].replace("\n--   ", " ").removesuffix(".")


def columns_of(connection, name):
    return connection.execute(
        "select column_name, comment from duckdb_columns() where table_name = $name order by column_index",
        {"name": name},
    ).fetchall()


@pytest.mark.parametrize("name", VIEWS)
def test_the_header_asks_a_question_and_names_grain_and_columns(published_sample, name):
    assert said_of(name, "Question").endswith("?")
    assert "Key: " in said_of(name, "Grain")
    assert said_of(name, "Columns").split(", ") == [column for column, _ in columns_of(published_sample, name)]


@pytest.mark.parametrize("name", VIEWS)
def test_the_published_view_has_comments_on_itself_and_on_each_column(published_sample, name):
    (comment,) = published_sample.execute(
        "select comment from duckdb_views() where view_name = $name", {"name": name}
    ).fetchone()
    assert comment == said_of(name, "Grain") + "."
    assert all(text for _, text in columns_of(published_sample, name))


@pytest.mark.parametrize("name", VIEWS)
def test_it_has_rows_on_the_sample_and_its_key_identifies_them(published_sample, name):
    rows = published_sample.sql(f"from {name}").df()
    assert len(rows) or name in EMPTY_WITHOUT_MODELS
    key = said_of(name, "Grain").split("Key: ")[1].split(", ")
    assert not rows.duplicated(key).any()


def test_views_that_others_select_from_come_first(tmp_path, monkeypatch):
    monkeypatch.setattr("emoprefer_assets.store.schema.SQL", tmp_path)
    (tmp_path / "views").mkdir()
    made_from = {"a": "c join b using (x)", "b": "d", "c": "clips", "d": "c"}
    for name, others in made_from.items():
        (tmp_path / "views" / f"{name}.sql").write_text(f"create view {name} as select * from {others};")
    order = list(views())
    assert sorted(order) == list("abcd")
    assert order.index("c") < order.index("d") < order.index("b") < order.index("a")


def test_table_2_is_the_scores_with_two_decimals(published_sample):
    table = published_sample.sql("from paper_table_2").df().set_index(["judge", "strategy"])
    scores = published_sample.sql("from judge_scores").df().set_index(["judge", "strategy"]).loc[table.index]
    for column in ("waf_2class", "acc_3class", "swap_consistency_std"):
        assert (table[column] - scores[column]).abs().max() <= 0.005 + 1e-9
    assert table.groupby("judge")["is_best_strategy"].sum().eq(1).all()


def test_flips_and_swap_consistency_are_two_sides_of_one_count(published_sample):
    shares = published_sample.sql("""
        select judge, strategy, 100.0 - 100.0 * count(flips.pair_id) / any_value(pairs * rounds) as consistent,
            any_value(swap_consistency) as swap_consistency
        from judge_scores left join flips using (judge, strategy) group by all
    """).df()
    assert len(shares) and (shares["consistent"] - shares["swap_consistency"]).abs().max() < 1e-9


def test_disagreements_are_the_pairs_that_are_not_unanimously_with_people(published_sample):
    found = published_sample.sql("from disagreements").df().set_index("pair_id")
    said = published_sample.sql("""
        select pair_id, judge, preference, verdict from verdicts_beside_labels join judge_board using (judge, strategy)
        where kind = 'judge' and round = 0 and not swapped and preference is not null
    """).df()
    verdicts = said.pivot(index="pair_id", columns="judge", values="verdict")
    people = said.groupby("pair_id")["preference"].first()
    unanimous = verdicts.eq(people, axis=0).all(axis=1)
    assert sorted(found.index) == sorted(unanimous.index[~unanimous])
    pair = found.index[0]
    assert found.loc[pair, "against_people"] == (verdicts.loc[pair] != people[pair]).sum()
    assert len(found.loc[pair, "dissenters"]) == found.loc[pair, "against_people"]


def test_tiers_are_those_of_the_table(published_sample):
    key = ["source", "system"]
    expected = published_sample.sql("from leaderboard where state = 'ranked'").df().set_index(key)["tier"]
    found = published_sample.sql("from leaderboard_tiers").df().set_index(key)["tier"]
    assert found.sort_index().tolist() == expected.sort_index().tolist()
    assert expected.str.contains("B").any()


def test_the_top_k_curve_has_both_samples_of_every_ensemble(published_sample):
    curve = published_sample.sql("from top_k_curve").df()
    assert curve[["in_sample", "held_out"]].notna().all(axis=None)
    assert curve["is_crowd"].sum() == 1
    assert (curve["optimism"] - (curve["in_sample"] - curve["held_out"])).abs().max() < 1e-9


def test_what_a_strategy_wins_and_loses_is_counted_over_decided_pairs():
    """Five pairs: s2 mends one, spoils two; people's tie and a swapped verdict do not count."""
    labels = ["a1", "a2", "a1", "a2", "same"]
    said = {"s1": ["a1", "a1", "same", "a2", "a1"], "s2": ["a2", "a2", "a2", "a2", "a1"]}
    with duckdb.connect() as scratch:
        for schema in RELATIONS.values():
            scratch.execute(schema.ddl)
        for statement in VIEWS.values():
            scratch.execute(statement)
        for place, label in enumerate(labels):
            scratch.execute(
                "insert into consensus_pairs values (?, 'c', ?, 'published', null, ?)", [place, label, place]
            )
        for strategy, verdicts in said.items():
            for place, verdict in enumerate(verdicts):
                scratch.execute(
                    "insert into predictions (judge, strategy, round, swapped, pair_id, verdict, read_by) "
                    "values ('j', $s, 0, false, $p, $v, 'recorded'), ('j', $s, 0, true, $p, 'a2', 'recorded')",
                    {"s": strategy, "p": str(place), "v": verdict},
                )
        made = score_judges(
            Answers.read(scratch, "predictions"),
            scratch.sql("from consensus_pairs order by position").df(),
            pd.DataFrame({"judge": ["j"]}),
        )
        scratch.register("scores", made)
        scratch.execute("insert into judge_scores by name from scores")
        (row,) = scratch.sql("from strategy_comparison").df().itertuples()
    assert (row.strategy, row.pairs_won, row.pairs_lost, row.moved_percent) == ("s2", 1, 2, 75.0)
    direct = 100 * f1_score(labels[:4], ["a1", "a1", "a1", "a2"], average="weighted")
    other = 100 * f1_score(labels[:4], ["a2"] * 4, average="weighted", zero_division=0)
    assert row.waf_2class_change == pytest.approx(other - direct, abs=1e-9)
