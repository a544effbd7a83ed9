import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.judges import read_registry
from emoprefer_assets.offline import recorded_verdicts, recording_version
from emoprefer_assets.stats.labels import SWAPPED


@pytest.fixture
def pairs(data_folder) -> pd.DataFrame:
    return read_data_set(data_folder).pairs.assign(preference=["a1", "a2", "same", "a1"])


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "judges.yaml").write_text(
        "judges:\n- {name: rec, backend: replay, path: out, prefix: omni-audiovideo}\n"
    )
    (tmp_path / "out").mkdir()
    return read_registry(tmp_path / "judges.yaml")["rec"]


def record(judge, name, gold, predicted, folder_name="omni-audiovideo"):
    np.savez_compressed(judge.recording / f"{folder_name}-{name}.npz", gt_labels=gold, pred_labels=predicted)


def test_all_strategies_orders_and_rounds_are_found(judge, pairs):
    gold, said = ["a1", "a2", "same", "a1"], ["a2", "a2", "same", "a1"]
    for name in ("normal-emoprefer", "cot-answer-emoprefer"):
        for round_ in (0, 1):
            record(judge, f"{name}-round{round_}", gold, said)
            record(judge, f"{name}reverse-round{round_}", [SWAPPED[x] for x in gold], [SWAPPED[x] for x in said])
    record(judge, "cot-answer2-emoprefer-qwen25-round0", gold, said)
    record(judge, "cot-answer3-emoprefer-qwen25-round0", gold, said)
    record(judge, "normal-emoprefer-round0", gold, ["a1"] * 4, folder_name="other-model")
    assert judge.strategies == ("s1", "s2", "s3", "s4")
    found = recorded_verdicts(judge, "s1", pairs)
    assert len(found) == 16
    assert sorted(found["round"].unique()) == [0, 1]
    for _, run in found.groupby(["round", "swapped"]):
        assert run["verdict"].tolist() == said
        assert run["pair_id"].tolist() == pairs["pair_id"].tolist()


def test_rounds_are_numbered_from_zero_whatever_the_files_say(judge, pairs):
    for round_ in (3, 7):
        record(judge, f"normal-emoprefer-round{round_}", ["a1", "a2", "same", "a1"], ["a1"] * 4)
    assert sorted(recorded_verdicts(judge, "s1", pairs)["round"].unique()) == [0, 1]


def test_misaligned_labels_name_file_and_row(judge, pairs):
    record(judge, "normal-emoprefer-round0", ["a1", "a2", "a1", "a1"], ["a1"] * 4)
    with pytest.raises(EmopreferError, match=r'normal-emoprefer-round0.npz row 3: gt_labels says "a1".*"same".*clip2'):
        recorded_verdicts(judge, "s1", pairs)


def test_swapped_files_have_both_labels_in_the_swapped_frame(judge, pairs):
    record(judge, "normal-emoprefer-round0", ["a1", "a2", "same", "a1"], ["a1"] * 4)
    record(judge, "normal-emopreferreverse-round0", ["a1", "a2", "same", "a1"], ["a1"] * 4)
    with pytest.raises(EmopreferError, match=r"emopreferreverse-round0.npz row 1: .*swapped frame"):
        recorded_verdicts(judge, "s1", pairs)


def test_a_wrong_length_names_the_file(judge, pairs):
    record(judge, "normal-emoprefer-round0", ["a1"], ["a1"])
    with pytest.raises(EmopreferError, match=r"round0.npz: gt_labels has 1 rows, the data set has 4"):
        recorded_verdicts(judge, "s1", pairs)


def test_an_unknown_value_names_file_and_row(judge, pairs):
    record(judge, "normal-emoprefer-round0", ["a1", "a2", "same", "a1"], ["a1", "a2", "tie", "a1"])
    with pytest.raises(EmopreferError, match=r'round0.npz row 3: pred_labels is "tie"'):
        recorded_verdicts(judge, "s1", pairs)


def test_pickled_arrays_are_refused_unread(judge, pairs):
    record(judge, "normal-emoprefer-round0", np.array(["a1", None], dtype=object), ["a1"])
    with pytest.raises(EmopreferError, match=r"not readable without pickle"):
        recorded_verdicts(judge, "s1", pairs)


def test_no_recording_says_where_it_was_looked_for(judge):
    with pytest.raises(JudgeUnavailable, match=r'judge "rec": no recorded predictions at .*out/omni-audiovideo-'):
        recording_version(judge)


def test_files_of_the_swapped_order_alone_are_refused(judge, pairs):
    record(judge, "normal-emopreferreverse-round0", ["a2"], ["a1"])
    with pytest.raises(EmopreferError, match=r"no file .* of s1 in the data set's own order, only of the swapped one"):
        recorded_verdicts(judge, "s1", pairs)


def test_unread_and_failed_answers_are_recorded_as_what_they_are(judge, pairs):
    gold, said = ["a1", "a2", "same", "a1"], ["a1", "unparsed", "failed", "a2"]
    record(judge, "normal-emoprefer-round0", gold, said)
    record(judge, "normal-emopreferreverse-round0", [SWAPPED[x] for x in gold], [SWAPPED.get(x, x) for x in said])
    found = recorded_verdicts(judge, "s1", pairs)
    assert found["verdict"].tolist() == said * 2
