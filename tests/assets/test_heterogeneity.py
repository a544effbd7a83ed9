import json

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.heterogeneity import judge_heterogeneity
from tests.assets.test_auditing import as_tables
from tests.stats.simulation import simulate


def heterogeneity(right, systems, lengths, said_of_clips=None):
    """Of one judge on pairs of a clip each, whose first description has `lengths` characters and the second 100.

    Args:
        said_of_clips: what clips.csv says of each, as a dictionary.
    """
    drawn = simulate(np.random.default_rng(0), (0.5,), clips=len(right))
    drawn.verdicts[0] = np.where(right, drawn.labels, 1 - drawn.labels)
    tables = as_tables(drawn)
    tables["raw_pairs"] = tables["raw_pairs"].assign(
        system1=[one for one, _ in systems],
        system2=[other for _, other in systems],
        a1=["x" * length for length in lengths],
        a2="y" * 100,
    )
    del tables["baseline_verdicts"]
    strategies = pd.DataFrame({"judge": ["j0"], "strategy": ["s1"], "kind": ["judge"]})
    names = tables["raw_pairs"]["clip_id"].unique()
    said = [json.dumps(of_clip) if of_clip else None for of_clip in said_of_clips or [None] * len(names)]
    tables["clips"] = pd.DataFrame({"clip_id": names, "metadata": said})
    return judge_heterogeneity.make(**tables, board_strategies=strategies).set_index(["grouping_by", "subgroup"])


def test_the_worst_system_pair_is_found_whichever_system_is_named_first():
    place = np.arange(60)
    systems = [("b", "a") if n % 2 else ("a", "b") for n in place[:30]] + [("a", "c")] * 30
    found = heterogeneity((place < 30) | (place % 2 == 0), systems, np.full(60, 100))
    assert found.loc["systems"].index.tolist() == ["a and b", "a and c"]
    worst = found[found["worst"]].loc[("systems", "a and c")]
    assert (worst["acc_2class"], worst["pairs"], worst["clips"]) == (50, 30, 30)
    assert worst["all_low"] < worst["acc_2class_low"] < 50 < worst["acc_2class_high"] < worst["all_high"]
    # All texts are equally long: there is nothing to group by.
    assert "length" not in found.index.get_level_values(0)


def test_lengths_are_grouped_in_thirds_of_the_pairs():
    place = np.arange(90)
    found = heterogeneity(place < 60, [("a", "b")] * 90, np.repeat([100, 50, 400], 30))
    assert found["pairs"].tolist() == [30, 30, 30]
    assert found["worst"].sum() == 1 and found.loc[("length", "above 2.67"), "worst"]
    assert found.loc[("length", "above 2.67"), "acc_2class"] == 0
    assert "systems" not in found.index.get_level_values(0)


@pytest.mark.parametrize("system", [None, "a"])
def test_pairs_of_unknown_systems_are_in_no_system_pair(system):
    systems = [("a", "b")] * 20 + [("a", "c")] * 20 + [(system, None)] * 20
    found = heterogeneity(np.ones(60, dtype=bool), systems, np.full(60, 100))
    assert found.loc["systems", "pairs"].tolist() == [20, 20]


def test_accuracy_by_emotion_has_an_interval_where_there_are_five_clips():
    place = np.arange(40)
    emotion = np.repeat(["angry", "happy", "sad", ""], [20, 14, 4, 2])
    said = [
        {"emotion": name, "line": f"line {n}", "speaker": "Anna"} if name else None for n, name in enumerate(emotion)
    ]
    found = heterogeneity((place < 10) | (place >= 20), [("a", "b")] * 40, np.full(40, 100), said)
    # One value is no grouping, nor is a sentence that no two clips share.
    assert found.index.get_level_values(0).unique().tolist() == ["emotion"]
    by_emotion = found.loc["emotion"]
    assert by_emotion["pairs"].to_dict() == {"angry": 20, "happy": 14, "sad": 4}
    assert by_emotion["acc_2class"].to_dict() == {"angry": 50, "happy": 100, "sad": 100}
    assert by_emotion["waf_2class"].to_dict()["happy"] == 100
    assert by_emotion["acc_2class_low"].isna().to_dict() == {"angry": False, "happy": False, "sad": True}
    assert by_emotion["worst"].to_dict() == {"angry": True, "happy": False, "sad": False}
    angry = by_emotion.loc["angry"]
    assert 25 < angry["acc_2class_low"] < 32 and 68 < angry["acc_2class_high"] < 75


def test_a_column_called_as_one_of_our_own_groupings_is_told_apart():
    said = [{"length": "long" if n % 2 else "short"} for n in range(20)]
    found = heterogeneity(np.ones(20, dtype=bool), [("a", "b")] * 20, np.full(20, 100), said)
    assert found.index.get_level_values(0).unique().tolist() == ["length (clips.csv)"]
