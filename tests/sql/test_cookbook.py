"""The cookbook's queries run, and print what stands below them."""

import json
import re
import subprocess
import sys

import duckdb
import pytest

from tests.sql.cookbook import FILE, answer, printed_anew, recipes

PAGE = FILE.read_text(encoding="utf-8")
RECIPES = list(recipes(PAGE))
# About judges that are called, or about more than three: without models there are none.
ABOUT_MODELS = {
    "How strongly do recognition and consistency correlate over judges?",
    "What does another strategy change beside s1, and on how many pairs?",
    "What has each judge cost?",
    "How often does each judge prefer the unedited description, by kind of error?",
}


def test_there_are_twenty_queries_each_with_a_question_and_a_printed_result():
    assert len(RECIPES) == PAGE.count("```sql") == 20
    assert all(recipe.question.endswith("?") and recipe.result.count("\n") >= 2 for recipe in RECIPES)
    assert {recipe.question for recipe in RECIPES} >= ABOUT_MODELS


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.question)
def test_each_query_runs_on_an_evaluation_without_models(published_sample, recipe):
    heading, _, *rows = answer(published_sample, recipe.query).splitlines()
    assert heading == recipe.result.splitlines()[0]
    assert bool(rows) != (recipe.question in ABOUT_MODELS)


def test_each_query_runs_in_the_shell_of_an_older_duckdb(published_sample):
    ((file,),) = published_sample.execute("select path from duckdb_databases() where not internal").fetchall()
    shell = [sys.executable, "-m", "duckdb_cli", "-readonly", "-json", file]
    for recipe in RECIPES:
        printed = subprocess.run(shell, input=recipe.query, capture_output=True, text=True)
        assert not printed.stderr, recipe.question
        _, _, *rows = answer(published_sample, recipe.query).splitlines()
        assert len(json.loads(printed.stdout or "[]")) == len(rows), recipe.question


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.question)
def test_each_result_is_in_an_order_that_does_not_depend_on_chance(recipe):
    assert re.search(r"^order by ", recipe.query, flags=re.MULTILINE) or "from crowd;" in recipe.query


def test_what_is_printed_anew_is_put_in_the_place_of_what_was_there():
    one = "## One?\n\n```sql\nselect 1 as a, 'x|y' as b;\n```\n\n| old |\n| --- |\n"
    page = f"# Head\n\n{one}\n## Two?\n\n```sql\nselect null as c\n```\n"
    with duckdb.connect() as connection:
        new = printed_anew(page, connection)
        assert printed_anew(new, connection) == new
    assert [recipe.result for recipe in recipes(new)] == [
        "| a | b |\n| --- | --- |\n| 1 | x\\|y |",
        "| c |\n| --- |\n|  |",
    ]
    assert "old" not in new


@pytest.mark.slow
def test_the_printed_results_are_those_of_the_embedded_data_set(sample_by_make_run):
    with duckdb.connect(str(sample_by_make_run / "published.duckdb"), read_only=True) as published:
        assert printed_anew(PAGE, published) == PAGE
