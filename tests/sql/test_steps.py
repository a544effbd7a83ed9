"""Tables and steps say of themselves what is true."""

import re

import duckdb
import pytest

from emoprefer_assets.assets import TABLE_ASSETS
from emoprefer_assets.store import RELATIONS, assets_of, step_relations, step_text
from emoprefer_assets.store.schema import SQL

STEPS = sorted(file.stem for file in (SQL / "steps").glob("*.sql"))


@pytest.fixture(scope="module")
def empty():
    """Every relation, without a row."""
    with duckdb.connect() as connection:
        for relation in RELATIONS.values():
            connection.execute(relation.ddl)
        yield connection


def test_every_key_is_made_of_columns(empty):
    assert [name for name, schema in RELATIONS.items() if not set(schema.key) <= set(schema.column_names)] == []


def test_no_part_of_a_key_may_be_missing(empty):
    nullable = set(
        empty.sql("select table_name, column_name from duckdb_columns() where not internal and is_nullable").fetchall()
    )
    assert {(name, column) for name, schema in RELATIONS.items() for column in schema.key} & nullable == set()


@pytest.mark.parametrize("name", STEPS)
def test_what_a_step_selects_from_is_what_its_asset_is_made_from(empty, name):
    """By DuckDB's own plan of the step."""
    ((plan,),) = empty.execute("select json_serialize_sql($step)", {"step": step_text(name)}).fetchall()
    selected = set(re.findall(r'"table_name":"(\w+)"', plan)) & RELATIONS.keys()
    assert selected == set(step_relations(name))
    inputs = {"predictions" if table in assets_of("predictions") else table for table in TABLE_ASSETS[name].inputs}
    assert inputs == selected
    assert set(assets_of("predictions")) <= set(TABLE_ASSETS[name].inputs) or "predictions" not in selected


@pytest.mark.parametrize("name", STEPS)
def test_a_step_sees_nothing_but_its_inputs_and_gives_its_columns(name):
    with duckdb.connect() as scratch:
        for relation in step_relations(name):
            scratch.execute(RELATIONS[relation].ddl)
        if "injection_limit" in step_text(name):
            scratch.execute("set variable injection_limit = '20'")
        found = scratch.execute(step_text(name))
        assert {column[0] for column in found.description} <= set(RELATIONS[name].column_names)


@pytest.mark.parametrize("name", STEPS)
def test_the_header_of_a_step_asks_a_question_and_names_grain_and_key(name):
    assert re.search(r"^-- Question: .*\?$", step_text(name), re.MULTILINE)
    (key,) = re.findall(r"^-- Grain: .*Key: (.*)\.$", step_text(name), re.MULTILINE)
    assert tuple(key.split(", ")) == RELATIONS[name].key
