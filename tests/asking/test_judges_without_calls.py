"""Rules and recordings: they are looked up, not called."""

import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer, judge_version
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import JudgeUnavailable
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES
from emoprefer_assets.strategies import ALL, DESCRIBE, REASON

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
def judges(settings, data_folder):
    settings.judges_file.write_text(JUDGES)
    (settings.judges_file.parent / "heard.csv").write_text(HEARD)
    return read_registry(settings.judges_file)


@pytest.fixture
def pairs(data_folder):
    """The four pairs, with a label each."""
    return read_data_set(data_folder).pairs[TABLES["raw_pairs"].column_names].assign(preference="a1")


@pytest.fixture
def ask(judges, pairs):
    """What a judge says of the four pairs, or of others."""

    def ask(name, table="s1_predictions", asks=ALL["s1"], about=pairs, **of_part):
        part = Part(table, asks, about, **of_part)
        (answered,) = answer(judges[name], [part], TABLES["clips"].frame(), Run(current_settings()))
        assert answered.table == table
        return answered

    return ask


def test_a_rule_answers_every_pair_in_both_orders_and_rounds(ask):
    rows = ask("longer").rows
    assert len(rows) == 4 * 2 * 2
    assert rows.groupby("pair_id")["verdict"].nunique().eq(1).all()
    assert set(rows["read_by"]) == {"rule"}


def test_a_recording_has_the_order_and_rounds_that_were_recorded(ask):
    rows = ask("heard").rows
    assert rows["verdict"].tolist() == ["a2", "a1", "same", "a1"]
    assert set(rows["read_by"]) == {"recorded"} and not rows["swapped"].any()


@pytest.mark.parametrize("name", ["longer", "heard"])
def test_they_describe_nothing_give_no_reasons_and_know_no_other_strategy(ask, name):
    for table, asks in (("s5_predictions", ALL["s5"]), ("descriptions", DESCRIBE), ("reasonings", REASON)):
        found = ask(name, table, asks)
        assert found.rows.empty and not found.unanswered
        assert found.rows.columns.tolist() == TABLES[table].column_names


def test_pairs_beside_the_data_set_are_answered_by_rules_without_labels_and_by_recordings_of_them(ask, pairs):
    answered = {name: len(ask(name, of_data_set=False).rows) for name in ("longer", "prior", "heard")}
    assert answered == {"longer": 16, "prior": 0, "heard": len(ask("heard").rows)}
    unheard = pairs.assign(a1=pairs["a1"] + " Or so.")
    assert ask("heard", about=unheard, of_data_set=False).rows.empty
    assert ask("longer", about=pairs.head(0), of_data_set=False).rows.empty


def test_they_call_nobody_and_have_no_call_cache(ask, settings):
    assert ask("longer").tally.all_calls == ask("heard").tally.all_calls == 0
    assert not settings.calls_folder.exists()


def test_a_version_follows_the_recording_and_one_that_is_missing_is_named(judges):
    settings = current_settings()
    before = judge_version(judges["heard"], settings, "s1")
    recording = settings.judges_file.parent / "heard.csv"
    pd.read_csv(recording).assign(preference="a1").to_csv(recording, index=False)
    assert judge_version(judges["heard"], settings, "s1") != before
    with pytest.raises(JudgeUnavailable, match=r"judge \"lost\": no recorded predictions at .*lost\.csv"):
        judge_version(judges["lost"], settings, "s1")
