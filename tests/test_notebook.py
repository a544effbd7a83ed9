"""In notebooks: evaluate, boards, pairs, predictions; and the notebook in docs/ shows what its cells make."""

import doctest
import json
import shutil
import subprocess
import sys

import altair as alt
import pytest

import emoprefer_assets as ea
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.notebook import Boards
from emoprefer_assets.settings import PROJECT
from tests.conftest import RULES
from tests.docs.notebook import NOTEBOOK, executed, texts


def test_the_package_is_imported_without_what_its_functions_need():
    script = "import json, sys, emoprefer_assets as ea; print(json.dumps([dir(ea), sorted(sys.modules)]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT, check=True)
    names, modules = json.loads(done.stdout)
    assert {"boards", "evaluate", "pairs", "predictions"} <= set(names)
    assert {"dagster", "duckdb", "pandas", "pydantic", "altair", "torch"}.isdisjoint(modules)
    with pytest.raises(AttributeError, match="has no attribute 'plates'"):
        _ = ea.plates


def test_before_an_evaluation_it_says_what_to_call(settings):
    for ask in (ea.boards, ea.pairs, lambda: ea.predictions("longer")):
        with pytest.raises(EmopreferError, match=r"nothing has been evaluated yet. Call ea.evaluate\(\) first"):
            ask()


def test_pairs_have_texts_labels_and_clips_and_those_without_consensus_are_among_them(evaluated_four_pairs):
    pairs = ea.pairs()
    assert pairs["a1"].tolist() == ["He is glad.", "Sad.", "She is afraid.", "Calm and quiet."]
    assert pairs["preference"].fillna("").tolist() == ["a1", "a2", "same", ""]
    assert pairs["votes"].tolist()[:3] == [2, 2, 2]
    assert ea.pairs(arrow=True).column("system1").to_pylist() == ["north", "south", "west", "north"]


def test_predictions_are_those_of_one_judge_beside_the_label(evaluated_four_pairs):
    said = ea.predictions("longer")
    normal = said[(said["round"] == 0) & ~said["swapped"]]
    assert normal["verdict"].tolist() == ["a2", "a2", "a1"]
    assert normal["preference"].tolist() == ["a1", "a2", "same"]
    assert ea.predictions("longer", arrow=True).num_rows == len(said) == 12
    with pytest.raises(EmopreferError, match=r'of judge "longre"\. Those that have some: always_a1 and longer'):
        ea.predictions("longre")


def test_boards_are_tables_and_charts_and_show_themselves(evaluated_sample):
    boards = ea.boards()
    assert set(boards["judge_board"]["judge"]) == {"best baseline", "longer", "always_a1"}
    assert boards["leaderboard"].query("source == 'human' and rank == 1")["system"].tolist() == ["aurora"]
    chart = boards.charts["leaderboard"].properties(title="mine")
    assert isinstance(chart, alt.LayerChart) and "aurora" in chart.to_json()
    assert "reliability" not in boards.charts
    page = boards._repr_html_()
    assert page.count("<svg") == 2 and "<td>aurora</td>" in page and "&lt;NA&gt;" not in page
    assert repr(boards).startswith("EmoPrefer sample (synthetic): 198 pairs on 66 clips\n")


def test_what_a_board_shows_is_no_markup(evaluated_sample):
    boards = ea.boards()
    boards["judge_board"]["judge"] = "<b>judge"
    page = Boards(boards.database, boards.tables, "<b>title", ("<b>words",))._repr_html_()
    assert not [name for name in ("judge", "title", "words") if f"<b>{name}" in page]
    assert page.count("&lt;b&gt;") >= 3


@pytest.mark.parametrize("described", [ea.boards, ea.pairs, ea.predictions, Boards], ids=lambda it: it.__name__)
def test_the_examples_of_docstrings_run(described, evaluated_sample):
    examples = doctest.DocTestParser().get_examples(described.__doc__)
    names = {"ea": ea}
    for example in examples:
        exec(example.source, names)
    assert examples


def test_an_evaluation_in_a_home_of_its_own_publishes_there_and_a_judge_that_fails_is_a_warning(
    data_folder, settings, tmp_path, only
):
    only("judge_board", "leaderboard", "ensemble_scores", "reliability_curve")
    registry = tmp_path / "own.yaml"
    registry.write_text(RULES + "  - {name: big, backend: transformers, model: lab/Big}\n")
    said = []
    with pytest.warns(UserWarning, match='not evaluated: own.yaml line 4, judge "big": no weights for lab/Big'):
        boards = ea.evaluate(data_folder, home=tmp_path / "mine", registry=registry, rounds=1, say=said.append)
    assert boards.database == tmp_path / "mine" / "emoprefer.duckdb"
    assert not settings.database.exists()
    assert said[-1] == "0 judge calls were made; they cost 0."
    assert len(ea.predictions("longer", home=tmp_path / "mine")) == 6


def test_the_notebook_shows_what_its_cells_make(settings, tmp_path, rules_and_recordings_once_evaluated):
    shutil.copytree(rules_and_recordings_once_evaluated, tmp_path, dirs_exist_ok=True)
    kept = json.loads(NOTEBOOK.read_text())
    assert texts(executed(kept)) == texts(kept)
