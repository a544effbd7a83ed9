import json

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.heterogeneity import human_agreement_by_group, judge_heterogeneity
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


def test_of_many_systems_the_commonest_pairs_are_compared():
    systems = [(f"s{n}", f"s{n + 1}") for n in range(60) for _ in range(2 if n < 50 else 1)]
    found = heterogeneity(np.ones(len(systems), dtype=bool), systems, np.full(len(systems), 100))
    assert len(found.loc["systems"]) == 50
    assert (found.loc["systems", "pairs"] == 2).all()


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


def agreement_by_group(votes, systems, emotions):
    """Of two annotators' `votes` on pairs of a clip each."""
    places = [f"p{place}" for place in range(len(votes))]
    pairs = pd.DataFrame({"pair_id": places, "clip_id": places, "a1": "x" * 10, "a2": "y" * 10})
    pairs = pairs.assign(system1=[one for one, _ in systems], system2=[other for _, other in systems])
    annotations = pd.concat(
        pd.DataFrame({"pair_id": places, "annotator": name, "vote": [both[place] for both in votes]})
        for place, name in enumerate("AB")
    )
    not_qualified = annotations.assign(annotator="C", vote="a2")[::2]
    annotators = pd.DataFrame({"annotator": ["A", "B", "C"], "qualified": [True, True, False], "votes": len(votes)})
    clips = pd.DataFrame({"clip_id": places, "metadata": [json.dumps({"emotion": one}) for one in emotions]})
    made = human_agreement_by_group.make(pairs, pd.concat([annotations, not_qualified]), annotators, clips)
    return made.set_index(["grouping_by", "subgroup"])


def test_people_agree_less_on_some_systems_and_emotions():
    alike, apart, tied = ("a1", "a1"), ("a1", "a2"), ("same", "a1")
    found = agreement_by_group(
        [alike] * 20 + [alike, apart] * 10 + [tied] * 10,
        [("a", "b"), ("b", "a")] * 10 + [("c", "a")] * 30,
        ["joy", "anger"] * 25,
    )
    assert found.index.get_level_values(1).tolist() == ["anger", "joy", "a and b", "a and c"]
    good, poor = found.loc[("systems", "a and b")], found.loc[("systems", "a and c")]
    assert (good["two_class"], good["three_class"], good["comparisons"]) == (100, 100, 20)
    assert (poor["two_class"], poor["pairs"], poor["clips"]) == (50, 20, 20)
    assert poor["three_class"] == pytest.approx(100 / 3)
    assert found["worst"].tolist() == [True, False, False, True]
    assert poor["all_low"] < poor["two_class_low"] < 50 < poor["two_class_high"] < good["two_class_low"]
    # Joy has every agreement of the second half, and anger every disagreement.
    assert found.loc[("emotion", "anger"), "two_class"] == 50


def test_without_two_votes_on_a_pair_there_are_no_groups():
    assert agreement_by_group([], [], []).empty
