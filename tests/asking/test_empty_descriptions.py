"""An empty description loses: no model is asked about it, unless that is what is tested."""

import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer, missing_calls
from emoprefer_assets.assets.judge_tables import JUDGE_TABLES
from emoprefer_assets.judges import read_registry
from emoprefer_assets.run import Run
from emoprefer_assets.settings import current_settings
from emoprefer_assets.store import TABLES
from emoprefer_assets.strategies import ALL
from tests.judges.chat_server import running_server

REMOTE = "judges:\n  - {{name: remote, backend: openai, model: tiny, base_url: '{url}'}}\n"
PAIRS = pd.DataFrame(
    [
        ("p0", "clip1", "He is glad.", "He is sad."),
        ("p1", "clip1", "He is glad.", ""),
        ("p2", "clip2", " \n\u3000", "She is angry."),
        ("p3", "clip2", "", "\t"),
    ],
    columns=["pair_id", "clip_id", "a1", "a2"],
)


@pytest.fixture
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def ask(settings, server):
    settings.judges_file.write_text(REMOTE.format(url=server.url))

    def ask(pairs=PAIRS, table="s1_predictions", empty_loses=True):
        judge, run = read_registry(settings.judges_file)["remote"], Run(current_settings())
        part = Part(table, ALL["s1"], pairs, empty_loses=empty_loses)
        expected = missing_calls(judge, [part], TABLES["clips"].frame(), run).all_calls
        (answered,) = answer(judge, [part], TABLES["clips"].frame(), run)
        assert answered.tally.all_calls == expected
        return answered

    return ask


def test_it_loses_in_every_order_and_round_without_a_call_and_two_are_a_tie(ask, server):
    answered = ask()
    assert (len(server.questions), answered.unanswered) == (2, 0)
    assert not answered.rows.duplicated(["round", "swapped", "pair_id"]).any() and len(answered.rows) == 4 * 2 * 2
    empty = answered.rows[answered.rows["pair_id"] != "p0"]
    assert empty.groupby("pair_id")["verdict"].unique().map(list).to_dict() == {
        "p1": ["a1"],
        "p2": ["a2"],
        "p3": ["same"],
    }
    assert set(empty["read_by"]) == {"empty"} and empty[["failure", "p_a1", "raw_text"]].isna().all(axis=None)
    assert set(answered.rows.loc[answered.rows["pair_id"] == "p0", "read_by"]) == {"reply"}


def test_a_data_set_of_nothing_else_needs_no_call(ask, server):
    assert len(ask(PAIRS.tail(3)).rows) == 3 * 2 * 2
    assert not server.questions


def test_what_tests_a_judge_asks_about_it(ask, server):
    ask(table="probe_verdicts", empty_loses=False)
    assert len(server.questions) == 8
    asked = {name: made.pairs == ("raw_pairs", "consensus_pairs") for name, made in JUDGE_TABLES.items()}
    assert not asked["probe_verdicts"] and not asked["robustness_predictions"] and asked["s1_predictions"]
