"""Verdicts of real judges, as the tool beside the package converts and compares them."""

import pandas as pd
import pytest

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import read_registry
from emoprefer_assets.offline import gaps_in, recorded_verdicts
from emoprefer_assets.stats.labels import codes
from emoprefer_assets.stats.metrics import recognition
from real_data.__main__ import compared, evaluated
from real_data.converting import MATERIAL, write
from real_data.figures import FIGURES
from tests.conftest import REAL_VERDICTS

real = pytest.mark.skipif(not REAL_VERDICTS.is_dir(), reason="verdicts of real judges are not here")


@pytest.fixture
def converted(tmp_path):
    """Converts one data set of a folder, and reads it as an evaluation would."""

    def converted(name, source):
        write(MATERIAL[name](source), tmp_path / name)
        return read_data_set(tmp_path / name / "data"), read_registry(tmp_path / name / "judges.yaml")

    return converted


def written(folder, **tables):
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")


def said(judge, data, preference=None):
    """Its verdicts in the pairs' own frame, by order, in the order of the pairs."""
    pairs = data.pairs.assign(preference=preference or data.pairs["published_preference"])
    found = recorded_verdicts(judge, "s1", pairs)
    return {order: rows["verdict"].tolist() for order, rows in found.groupby("swapped")}


def test_verdicts_in_the_pairs_own_frame_are_recorded_in_the_order_asked_and_read_back(tmp_path, converted):
    written(
        tmp_path / "llmbar",
        pairs=["pair,subset,a1,a2,label", "n0,Natural,yes,no,a1", "n1,Manual,hot,cold,a2"],
        verdicts=["pair,swapped,j", "n0,0,a1", "n0,1,a2", "n1,0,same", "n1,1,"],
    )
    data, registry = converted("llmbar", tmp_path)
    assert said(registry["j"], data) == {False: ["a1", "same"], True: ["a2", "unparsed"]}
    assert data.clips["metadata"].tolist() == ['{"subset": "Natural"}', '{"subset": "Manual"}']


def test_equal_texts_of_two_systems_keep_their_own_verdicts_and_votes_their_side(tmp_path, converted):
    written(
        tmp_path / "llmfao",
        pairs=["pair,name,system1,a1,system2,a2", "q0,c,x,yes,y,no", "q1,c,z,yes,y,no"],
        votes=["pair,annotator,vote,shown_left", "q0,w,a1,a1", "q1,w,a2,a1"],
        verdicts=["pair,gpt", "q0,a1", "q1,a2"],
    )
    data, registry = converted("llmfao", tmp_path)
    assert said(registry["gpt"], data, "a1") == {False: ["a1", "a2"]}
    assert data.votes[["vote", "left"]].to_numpy().tolist() == [["a1", "a1"], ["a2", "a1"]]


@real
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name.startswith("llm") else name for name in MATERIAL]
)
def test_every_verdict_finds_its_pair(name, converted):
    data, registry = converted(name, REAL_VERDICTS)
    judge = registry.judges[-1]
    assert gaps_in(judge, data.pairs, data.pairs) == ([], [])
    assert FIGURES[name]


@real
def test_judges_of_pandalm_are_right_as_often_as_published(converted):
    data, registry = converted("pandalm", REAL_VERDICTS)
    labels = data.votes.groupby("pair_id")["vote"].agg(lambda votes: votes.mode()[0])[data.pairs["pair_id"]]
    assert labels.value_counts().to_dict() == {"a2": 472, "a1": 422, "same": 105}
    for judge, right in (("gpt-3.5-turbo", 71.07), ("pandalm-7b", 66.77)):
        verdicts = pd.Series(said(registry[judge], data, "a1")[False])
        assert recognition(codes(labels), codes(verdicts)).acc_3class == pytest.approx(right, abs=0.005)


@real
@pytest.mark.slow
@pytest.mark.parametrize("name", MATERIAL)
def test_an_evaluation_shows_what_was_published_or_counted(name, tmp_path):
    database = evaluated(name, REAL_VERDICTS, tmp_path)
    for figure in FIGURES[name]:
        assert figure.shown(database) == pytest.approx(figure.expected, abs=figure.within), figure.what
    assert compared(name, database).row_count == len(FIGURES[name])
