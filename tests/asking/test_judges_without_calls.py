"""Rules and recordings: they are looked up, not called."""

import pandas as pd
import pytest

from emoprefer_assets.asking import describe, judge_version, predict, predict_extra, reason
from emoprefer_assets.asking.flow import FromTables
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES

JUDGES = """\
judges:
  - {name: longer, backend: rules, rule: longer}
  - {name: prior, backend: rules, rule: system_prior}
  - {name: heard, backend: replay, path: heard.csv}
  - {name: lost, backend: replay, path: lost.csv}
"""
HEARD = """\
name,a1,a2,preference
clip1,He is glad.,"He is rather sad, as it seems.",a2
clip1,Sad.,Glad.,a1
clip2,She is afraid.,She is angry.,same
clip3,Calm and quiet.,Wild.,a1
"""


@pytest.fixture
def asked(settings, data_folder):
    """The judges, the four pairs with a label each, no clip, and the settings."""
    settings.judges_file.write_text(JUDGES)
    (settings.judges_file.parent / "heard.csv").write_text(HEARD)
    pairs = read_data_set(data_folder).pairs[TABLES["raw_pairs"].column_names].assign(preference="a1")
    current = current_settings()
    return read_registry(current.judges_file), (pairs, TABLES["clips"].frame(), current)


def test_a_rule_answers_every_pair_in_both_orders_and_rounds(asked):
    judges, about = asked
    rows = predict(judges["longer"], "s1", *about).rows
    assert len(rows) == 4 * 2 * 2
    assert rows.groupby("pair_id")["verdict"].nunique().eq(1).all()
    assert set(rows["read_by"]) == {"rule"}


def test_a_recording_has_the_order_and_rounds_that_were_recorded(asked):
    judges, about = asked
    rows = predict(judges["heard"], "s1", *about).rows
    assert rows["verdict"].tolist() == ["a2", "a1", "same", "a1"]
    assert set(rows["read_by"]) == {"recorded"} and not rows["swapped"].any()


@pytest.mark.parametrize("name", ["longer", "heard"])
def test_they_describe_nothing_give_no_reasons_and_know_no_other_strategy(asked, name):
    judges, (pairs, clips, settings) = asked
    said = FromTables(TABLES["descriptions"].frame(), TABLES["reasonings"].frame())
    for found in (
        predict(judges[name], "s5", pairs, clips, settings),
        describe(judges[name], pairs, clips, settings),
        reason(judges[name], pairs, clips, settings, said),
    ):
        assert found.rows.empty and not found.unanswered


def test_only_a_rule_that_needs_no_labels_answers_pairs_beside_the_data_set(asked):
    judges, about = asked
    answered = {name: len(predict_extra(judges[name], *about).rows) for name in ("longer", "prior", "heard")}
    assert answered == {"longer": 16, "prior": 0, "heard": 0}
    nothing = (about[0].head(0), *about[1:])
    assert predict_extra(judges["longer"], *nothing).rows.empty


def test_a_version_follows_the_recording_and_one_that_is_missing_is_named(asked):
    judges, (_, _, settings) = asked
    before = judge_version(judges["heard"], settings, "s1")
    recording = settings.judges_file.parent / "heard.csv"
    pd.read_csv(recording).assign(preference="a1").to_csv(recording, index=False)
    assert judge_version(judges["heard"], settings, "s1") != before
    with pytest.raises(JudgeUnavailable, match=r"judge \"lost\": no recorded predictions at .*lost\.csv"):
        judge_version(judges["lost"], settings, "s1")
