import json

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import read_registry
from emoprefer_assets.offline import gaps_in, is_recorded, recorded_seconds, recorded_verdicts, recording_version
from tests.conftest import write_csv

ROW = ["name", "a1", "a2", "preference"]


@pytest.fixture
def pairs(data_folder) -> pd.DataFrame:
    return read_data_set(data_folder).pairs.assign(preference=["a1", "a2", "same", "a1"])


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "judges.yaml").write_text("judges:\n- {name: rec, backend: replay, path: answers.csv}\n")
    return read_registry(tmp_path / "judges.yaml")["rec"]


@pytest.fixture
def folder_judge(tmp_path):
    (tmp_path / "judges.yaml").write_text("judges:\n- {name: rec, backend: replay, path: answers}\n")
    (tmp_path / "answers").mkdir()
    return read_registry(tmp_path / "judges.yaml")["rec"]


def answers(pairs, preferences, **columns):
    named = pairs.rename(columns={"clip_id": "name"})[["name", "a1", "a2"]]
    return named.assign(preference=preferences, **columns)


def exchanged(rows):
    return rows.rename(columns={"a1": "a2", "a2": "a1"})


def pairs_of(*rows):
    """Pairs p1, p2, ... of (clip, a1, a2)."""
    found = pd.DataFrame(rows, columns=["clip_id", "a1", "a2"])
    names = [f"p{number}" for number in range(1, len(rows) + 1)]
    return found.assign(pair_id=names, pair_key=names)


def said(found):
    """Verdicts of each order, by pair."""
    return {
        order: dict(zip(rows["pair_id"], rows["verdict"], strict=True))
        for order, rows in found.groupby(found["swapped"].map({False: "normal", True: "swapped"}))
    }


def test_a_table_is_matched_by_its_texts_in_either_order_and_any_order_of_rows(judge, pairs):
    normal = answers(pairs, ["a1", "a2", "same", "a1"])
    pd.concat([normal, exchanged(normal)]).sample(frac=1, random_state=0).to_csv(judge.recording, index=False)
    found = recorded_verdicts(judge, "s1", pairs).set_index(["swapped", "pair_id"])["verdict"]
    assert found[False][pairs["pair_id"]].tolist() == ["a1", "a2", "same", "a1"]
    assert found[True][pairs["pair_id"]].tolist() == ["a2", "a1", "same", "a2"]


@pytest.mark.parametrize("seed", [0, 1])
def test_pairs_that_are_left_out_or_unread_are_failures_whatever_the_order_of_rows(judge, pairs, seed):
    normal = answers(pairs, ["a1", "unparsed", "failed", "a1"])
    rows = pd.concat([normal.iloc[:3], exchanged(normal).iloc[1:]]).sample(frac=1, random_state=seed)
    rows.to_csv(judge.recording, index=False)
    found = recorded_verdicts(judge, "s1", pairs).set_index(["swapped", "pair_id"])
    assert found.loc[False].loc[pairs["pair_id"], "verdict"].tolist() == ["a1", "unparsed", "failed", "failed"]
    assert found.loc[True].loc[pairs["pair_id"], "verdict"].tolist() == ["failed", "unparsed", "failed", "a2"]
    reasons = found.loc[False].loc[pairs["pair_id"], "failure"]
    assert reasons.isna().tolist() == [True, True, False, False]
    assert reasons.tolist()[2:] == ["recorded as failed", "the recording has no row for it"]


def test_equal_texts_of_two_systems_are_answered_by_one_row_or_one_each(judge):
    pairs = pairs_of(("c", "yes", "no"), ("c", "yes", "no"), ("d", "hot", "cold"))
    write_csv(judge.recording, ROW, [["c", "yes", "no", "a1"], ["d", "hot", "cold", "a2"]])
    assert said(recorded_verdicts(judge, "s1", pairs)) == {"normal": {"p1": "a1", "p2": "a1", "p3": "a2"}}
    write_csv(judge.recording, ROW, [["c", "yes", "no", "a1"], ["d", "hot", "cold", "a2"], ["c", "yes", "no", "a2"]])
    assert said(recorded_verdicts(judge, "s1", pairs)) == {"normal": {"p1": "a1", "p2": "a2", "p3": "a2"}}
    # What one of them answers is its own, whichever of them has a label.
    assert said(recorded_verdicts(judge, "s1", pairs.iloc[1:], pairs)) == {"normal": {"p2": "a2", "p3": "a2"}}


def test_a_row_may_name_the_pair_that_it_is_about(judge):
    pairs = pairs_of(("c", "yes", "no"), ("c", "yes", "no"))
    write_csv(judge.recording, ["pair", *ROW], [["p2", "c", "yes", "no", "a2"], ["p1", "c", "yes", "no", "a1"]])
    assert said(recorded_verdicts(judge, "s1", pairs)) == {"normal": {"p1": "a1", "p2": "a2"}}


def test_a_pair_and_its_mirror_image_have_an_answer_each_in_both_orders(judge):
    pairs = pairs_of(("c", "yes", "no"), ("c", "no", "yes"), ("d", "hot", "cold"))
    normal = [["c", "yes", "no", "a1"], ["c", "no", "yes", "a1"], ["d", "hot", "cold", "a2"]]
    write_csv(judge.recording, ROW, normal)
    assert said(recorded_verdicts(judge, "s1", pairs)) == {"normal": {"p1": "a1", "p2": "a1", "p3": "a2"}}
    # In the swapped order of the one, the question is that of the other.
    write_csv(judge.recording, ROW, [*normal, ["d", "cold", "hot", "a2"]])
    found = said(recorded_verdicts(judge, "s1", pairs))
    assert found["swapped"] == {"p1": "a2", "p2": "a2", "p3": "a1"}
    swapped = [["c", "no", "yes", "a2"], ["c", "yes", "no", "a2"], ["d", "cold", "hot", "a2"]]
    write_csv(judge.recording, ROW, normal + swapped)
    found = said(recorded_verdicts(judge, "s1", pairs))
    assert found == {
        "normal": {"p1": "a1", "p2": "a1", "p3": "a2"},
        "swapped": {"p1": "a1", "p2": "a1", "p3": "a1"},
    }


@pytest.mark.parametrize(("rows", "swapped"), [(["a1", "a2"], "a1"), (["a1"], "a2")])
def test_of_two_equal_texts_the_second_row_is_the_swapped_order(judge, rows, swapped):
    pairs = pairs_of(("c", "calm", "calm"), ("d", "hot", "cold"))
    others = [["d", "hot", "cold", "a1"], ["d", "cold", "hot", "a2"]]
    write_csv(judge.recording, ROW, [*others, *(["c", "calm", "calm", one] for one in rows)])
    found = said(recorded_verdicts(judge, "s1", pairs))
    assert found == {"normal": {"p1": "a1", "p2": "a1"}, "swapped": {"p1": swapped, "p2": "a1"}}


def test_rows_of_which_nobody_can_say_what_they_answer_are_named(judge, pairs):
    rows = answers(pairs, "a1")
    pd.concat([rows, rows.iloc[[3]]]).to_csv(judge.recording, index=False)
    with pytest.raises(EmopreferError) as raised:
        recorded_verdicts(judge, "s1", pairs)
    assert str(raised.value) == (
        'answers.csv row 4 and answers.csv row 5: the same descriptions of clip "clip3" in the same order (pair "p4"). '
        "Keep one row."
    )


def test_a_table_of_another_data_set_says_so(judge, pairs):
    answers(pairs, "a1").assign(name="other").to_csv(judge.recording, index=False)
    with pytest.raises(EmopreferError, match=r"answers.csv: no row in the data set's own order \(row 1: .*other"):
        recorded_verdicts(judge, "s1", pairs)
    pd.DataFrame({"pair": ["q1"], "preference": ["a1"]}).to_csv(judge.recording, index=False)
    with pytest.raises(EmopreferError, match=r'order \(row 1: pair "q1" is not in it\). Use its pairs\' names.'):
        recorded_verdicts(judge, "s1", pairs)


def test_texts_in_another_order_than_is_said_are_refused(judge, pairs):
    rows = answers(pairs, "a1")
    exchanged = rows.rename(columns={"a1": "a2", "a2": "a1"})
    pd.concat([rows.assign(swapped=False), exchanged.assign(swapped=True)]).to_csv(judge.recording, index=False)
    assert len(recorded_verdicts(judge, "s1", pairs)) == 2 * len(pairs)
    pd.concat([rows.assign(swapped=False), rows.assign(swapped=True)]).to_csv(judge.recording, index=False)
    with pytest.raises(EmopreferError) as refused:
        recorded_verdicts(judge, "s1", pairs)
    assert str(refused.value).splitlines()[:: len(pairs)] == [
        'answers.csv row 5: swapped is "true", but a1 and a2 stand in the pair\'s own order.',
        "Give the texts and the verdict in the order that was asked, or the pair's name without texts.",
    ]


def test_all_wrong_cells_are_named_at_once(judge, pairs):
    rows = answers(pairs, ["a1", "A2", "a1", "a1"], round=["0", "0", "first", "0"], p_a1=["0.9", "1.1", "", "0.5"])
    rows.assign(p_a2=["0.1", "0", "0.5", "0.1"], p_same=["0", "0", "0", "0"], strategy="s9").to_csv(
        judge.recording, index=False
    )
    with pytest.raises(EmopreferError) as raised:
        recorded_verdicts(judge, "s1", pairs)
    told = [line.removeprefix(f"{judge.recording} ") for line in str(raised.value).splitlines()]
    assert told == [
        'row 2: preference "A2" is not a1, a2, same, unparsed or failed. Correct the row.',
        *(f'row {row}: strategy "s9" is not one of s1, s2, s3, s4 and s5. Correct the row.' for row in range(1, 5)),
        'row 3: round "first" is not a whole number. Correct the row.',
        'row 2: p_a1 "1.1" is not a number from 0 to 1. Correct the row.',
        "row 3: give p_a1 and p_a2, or neither.",
        "row 2: the probabilities add up to 1.100. They have to add up to 1.",
        "row 4: the probabilities add up to 0.600. They have to add up to 1.",
    ]


def test_rounds_replies_and_probabilities_come_along_in_the_pairs_own_frame(judge, pairs):
    normal = answers(pairs, "a1", round=3, p_a1="0,8", p_a2="0.1", p_same="0.1", raw_text="a1, I think")
    swapped = exchanged(answers(pairs, "a2", round=3, p_a1="0.6", p_a2="0.4", p_same="0", raw_text=""))
    pd.concat([normal, swapped, normal.assign(round=5), swapped.assign(round=5)]).to_csv(judge.recording, index=False)
    found = recorded_verdicts(judge, "s1", pairs)
    assert sorted(found["round"].unique()) == [0, 1]
    of_order = {order: rows.iloc[0] for order, rows in found.groupby("swapped")}
    assert of_order[False][["verdict", "p_a1", "p_a2", "p_same", "raw_text"]].tolist() == [
        "a1",
        0.8,
        0.1,
        0.1,
        "a1, I think",
    ]
    assert of_order[True][["verdict", "p_a1", "p_a2"]].tolist() == ["a1", 0.4, 0.6]
    assert pd.isna(of_order[True]["raw_text"])


def test_what_two_probabilities_leave_is_that_of_same(judge, pairs):
    answers(pairs, "a1", p_a1="0.5", p_a2=["0.5", "0.25", "0.1", "0.4"]).to_csv(judge.recording, index=False)
    found = recorded_verdicts(judge, "s1", pairs)
    assert np.allclose(found["p_same"], [0, 0.25, 0.4, 0.1])


def test_a_folder_has_a_table_a_strategy(folder_judge, pairs):
    answers(pairs, "a1").to_csv(folder_judge.recording / "s1.csv", index=False)
    answers(pairs, "a2").to_csv(folder_judge.recording / "team_S2.csv", index=False)
    answers(pairs, "same", strategy=["s3", "s3", "s5", "s5"]).to_csv(folder_judge.recording / "others.csv", index=False)
    assert folder_judge.strategies == ("s1", "s2", "s3", "s5")
    version = recording_version(folder_judge)
    assert set(recorded_verdicts(folder_judge, "s2", pairs)["verdict"]) == {"a2"}
    assert recorded_verdicts(folder_judge, "s3", pairs)["verdict"].tolist() == ["same", "same", "failed", "failed"]
    answers(pairs, "same").to_csv(folder_judge.recording / "s1.csv", index=False)
    assert recording_version(folder_judge) != version
    assert set(recorded_verdicts(folder_judge, "s1", pairs)["verdict"]) == {"same"}


def test_a_table_of_a_folder_that_does_not_say_its_strategy_is_named(folder_judge, pairs):
    answers(pairs, "a1").to_csv(folder_judge.recording / "mine.csv", index=False)
    with pytest.raises(EmopreferError, match=r"mine.csv: which strategy it holds is not said. Call it s1.csv, or give"):
        recorded_verdicts(folder_judge, "s1", pairs)


def test_a_column_says_the_strategy_of_a_single_table(judge, pairs):
    assert judge.strategies == ("s1",)
    answers(pairs, "a1", strategy=["s1", "s1", "s4", "s4"]).to_csv(judge.recording, index=False)
    assert judge.strategies == ("s1", "s4")


def test_other_pairs_are_recorded_where_a_row_is_about_one_of_them(judge, pairs):
    answers(pairs, "a1").iloc[:1].to_csv(judge.recording, index=False)
    assert is_recorded(judge, pairs)
    assert not is_recorded(judge, pairs.iloc[1:])


def test_seconds_are_added_up_by_strategy(judge, pairs):
    rows = answers(pairs, ["a1", "failed", "a1", "a1"], strategy=["s1", "s1", "s2", "s2"], seconds=["1", "2,5", "", 4])
    rows.to_csv(judge.recording, index=False)
    assert recorded_seconds(judge).to_dict("records") == [
        {"strategy": "s1", "rows": 2, "failed": 1, "seconds": 3.5},
        {"strategy": "s2", "rows": 1, "failed": 0, "seconds": 4.0},
    ]


def test_a_table_without_texts_names_its_pairs_alone(judge, pairs):
    rows = pd.DataFrame({"pair": ["p2", "p1", "p1"], "swapped": [0, 0, 1], "preference": ["a2", "a1", "a1"]})
    rows.to_csv(judge.recording, index=False)
    assert said(recorded_verdicts(judge, "s1", pairs)) == {
        "normal": dict(zip(pairs["pair_id"], ["a1", "a2", "failed", "failed"], strict=True)),
        "swapped": dict(zip(pairs["pair_id"], ["a2", "failed", "failed", "failed"], strict=True)),
    }
    rows.drop(columns="preference").to_csv(judge.recording, index=False)
    with pytest.raises(EmopreferError, match="Name the columns pair,preference"):
        recorded_verdicts(judge, "s1", pairs)


MESSAGES = """\
judges:
  - name: rec
    backend: replay
    path: answers.jsonl
    columns: {pair: id, swapped: meta.swapped, preference: messages.-1.content, seconds: took}
    verdicts: {A: a1, B: a2, 0: same, "": unparsed}
"""


def recorded_messages(tmp_path, *rows, registry=MESSAGES):
    """The judge, once a line of JSON is written for each row."""
    (tmp_path / "judges.yaml").write_text(registry)
    (tmp_path / "answers.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n")
    return read_registry(tmp_path / "judges.yaml")["rec"]


def chat(pair, answer, **more):
    messages = [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": answer}]
    return {"id": pair, "messages": messages, **more}


def test_messages_in_json_lines_are_read_by_a_stated_column_map(tmp_path, pairs):
    rows = [chat("p1", "A", took=1.5), chat("p3", 0), chat("p2", ""), chat("p1", "A", meta={"swapped": True})]
    judge = recorded_messages(tmp_path, *rows)
    assert judge.strategies == ("s1",)
    found = recorded_verdicts(judge, "s1", pairs).set_index(["swapped", "pair_id"])["verdict"]
    assert found[False][pairs["pair_id"]].tolist() == ["a1", "unparsed", "same", "failed"]
    # In the swapped order the first text is the pair's second.
    assert found[True][pairs["pair_id"]].tolist() == ["a2", "failed", "failed", "failed"]
    assert recorded_seconds(judge)["seconds"].tolist() == [1.5]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    listed = judge.model_copy(update={"path": str(tmp_path / "list.json")})
    assert (
        recorded_verdicts(listed, "s1", pairs)["verdict"].tolist()
        == recorded_verdicts(judge, "s1", pairs)["verdict"].tolist()
    )


def test_json_lines_may_hold_the_texts_and_a_strategy(tmp_path, pairs):
    registry = MESSAGES.replace(
        "{pair: id, swapped: meta.swapped,", "{name: clip, a1: texts.0, a2: texts.1, strategy: by,"
    )
    rows = [
        {"clip": row.clip_id, "texts": [row.a2, row.a1], "messages": [{"content": "A"}], "by": "s2"}
        for row in pairs.itertuples()
    ]
    rows += [{**row, "texts": row["texts"][::-1]} for row in rows]
    judge = recorded_messages(tmp_path, *rows, registry=registry)
    assert judge.strategies == ("s2",)
    found = recorded_verdicts(judge, "s2", pairs)
    assert found.groupby("swapped")["verdict"].unique().map(list).to_dict() == {False: ["a1"], True: ["a2"]}


def test_columns_of_a_table_may_have_other_names(judge, pairs):
    rows = answers(pairs, ["1", "2", "tie", "1"]).rename(columns={"name": "video", "preference": "winner"})
    rows.to_csv(judge.recording, index=False)
    judge = judge.model_copy(
        update={"columns": {"name": "video", "preference": "winner"}, "verdicts": {"1": "a1", "2": "a2", "tie": "same"}}
    )
    assert recorded_verdicts(judge, "s1", pairs)["verdict"].tolist() == ["a1", "a2", "same", "a1"]


def test_what_stands_in_no_place_and_what_is_no_verdict_is_named(tmp_path, pairs):
    judge = recorded_messages(tmp_path, chat("p1", "A"), {"id": "p2", "messages": []}, chat("p3", ["A"]))
    with pytest.raises(EmopreferError) as error:
        recorded_verdicts(judge, "s1", pairs)
    assert str(error.value).splitlines() == [
        f'{judge.recording} line {line}: {what} at "messages.-1.content" for preference. '
        "Say in `columns` where it stands, or correct the line."
        for line, what in ((2, "nothing"), (3, "a list"))
    ]
    judge = recorded_messages(tmp_path, chat("p1", "A"), chat("p2", "C"))
    with pytest.raises(EmopreferError, match='row 2: preference "C" is not a1, a2, same, unparsed or failed'):
        recorded_verdicts(judge, "s1", pairs)


def test_a_line_about_an_unknown_pair_is_told_by_its_name(tmp_path, pairs):
    judge = recorded_messages(tmp_path, chat("p1", "A"), chat("p9", "A"))
    assert gaps_in(judge, pairs, pairs) == (
        ['3 of 4 pairs lack a row of s1 in some order or round, first: "p2" of clip "clip1"'],
        ['1 of 2 rows are about no pair of this data set, first: answers.jsonl row 2, pair "p9"'],
    )


def test_a_column_map_changes_the_entrys_version_and_its_absence_does_not(judge, tmp_path):
    mapped = judge.model_copy(update={"verdicts": {"A": "a1"}})
    assert mapped.entry_version() != judge.entry_version() == "e2d32aa78699ca86"
