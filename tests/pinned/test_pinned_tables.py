"""Every table of the embedded data set keeps its numbers."""

import json

import duckdb
import pytest

from tests.pinned.summaries import TABLES, differences, summaries

# Libraries and processors multiply matrices in different orders, and a model's probabilities differ with them.
BETWEEN_MACHINES = 1e-4


def pinned(section):
    return json.loads(TABLES.read_text())[section]


def test_every_table_of_rules_and_recordings_is_as_pinned(published_sample):
    then = pinned("without_language_models")
    found = differences(then, summaries(published_sample, then))
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_every_table_of_the_shipped_registry_is_as_pinned(shipped_once_evaluated):
    then = pinned("whole_registry")
    with duckdb.connect(str(shipped_once_evaluated / "published.duckdb"), read_only=True) as connection:
        found = differences(then, summaries(connection, then), from_probabilities=BETWEEN_MACHINES)
    assert not found, "\n".join(found)


CHANGES = {
    "a value moves": "update scores set score = 0.25 where judge = 'a'",
    "two judges exchange their scores": "update scores set score = 0.75 - score",
    "a verdict goes to another pair": "update scores set verdict = case verdict when 'a1' then 'a2' else 'a1' end",
    "a value is lost": "update scores set score = null where judge = 'b'",
    "a row is lost": "delete from scores where judge = 'b'",
    "a column is new": "alter table scores add column more integer",
    "a column is lost": "alter table scores drop column verdict",
    "the table is lost": "drop table scores",
}


@pytest.fixture
def scores():
    with duckdb.connect() as connection:
        connection.execute("create table scores (judge text, verdict text, score double)")
        connection.execute("insert into scores values ('a', 'a1', 0.5), ('b', 'a2', 0.25)")
        yield connection


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_a_change_is_named_with_its_table(scores, statement):
    then = summaries(scores)
    assert differences(then, summaries(scores, then)) == []
    scores.execute(statement)
    found = differences(then, summaries(scores, then))
    assert found and all(line.startswith("scores") for line in found)


def test_neither_the_order_of_rows_nor_a_tenth_digit_is_a_difference_and_a_view_may_take_a_tables_place(scores):
    then = summaries(scores)
    scores.execute("alter table scores rename to kept")
    scores.execute("create view scores as select judge, verdict, score + 1e-11 as score from kept order by judge desc")
    assert differences(then, summaries(scores, then)) == []
    scores.execute("create or replace view scores as select judge, verdict, score + 1e-8 as score from kept")
    assert [line.partition(":")[0] for line in differences(then, summaries(scores, then))] == ["scores.score"]
