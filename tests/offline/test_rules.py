import pandas as pd
import pytest

from emoprefer_assets.judges.registry import RulesJudge
from emoprefer_assets.offline import apply_rule

PAIRS = pd.DataFrame(
    [
        ["p1", "c1", "x", "long text", "y", "short", "a1"],
        ["p2", "c2", "y", "short", "x", "long text", "a2"],
        ["p3", "c3", "x", "equal", "y", "EQUAL", "same"],
        ["p4", "c4", "x", "b", "y", "longer", "a2"],
    ],
    columns=["pair_id", "clip_id", "system1", "a1", "system2", "a2", "preference"],
)


def verdicts(rule, pairs=PAIRS, round_=0, swapped=False, **keys):
    answers = apply_rule(RulesJudge(name="r", backend="rules", rule=rule, **keys), pairs, rounds=round_ + 1)
    chosen = answers[(answers["round"] == round_) & (answers["swapped"] == swapped)]
    return chosen["verdict"].tolist()


def test_longer_counts_characters_and_ties_on_equal_length():
    assert verdicts("longer") == ["a1", "a2", "same", "a2"]
    assert verdicts("shorter") == ["a2", "a1", "same", "a1"]


def test_a_rule_on_text_does_not_care_for_the_order():
    assert verdicts("longer", swapped=True) == verdicts("longer")


def test_always_a1_answers_by_position():
    assert verdicts("always_a1") == ["a1"] * 4
    assert verdicts("always_a1", swapped=True) == ["a2"] * 4


def test_random_repeats_with_its_seed_and_differs_between_rounds_and_orders():
    many = pd.concat([PAIRS.assign(pair_id=lambda p, n=n: p["pair_id"] + str(n)) for n in range(100)])
    assert verdicts("random", many) == verdicts("random", many)
    for other in ({"round_": 1}, {"swapped": True}, {"seed": 1}):
        same = sum(a == b for a, b in zip(verdicts("random", many), verdicts("random", many, **other), strict=True))
        assert 150 < same < 250
    assert 150 < verdicts("random", many).count("a1") < 250


def test_system_prior_leaves_the_pair_itself_out():
    # Without p1: x has won p2, half of p3, none of p4; y half of p3 and p4.
    assert verdicts("system_prior")[0] == "same"
    # Without p4: x has won p1, p2 and half of p3.
    assert verdicts("system_prior")[3] == "a1"


def test_system_prior_leaves_the_pairs_of_the_same_clip_out():
    assert verdicts("system_prior", PAIRS.assign(clip_id="c1")) == ["same"] * 4
    # Without p1 and p4: x has won p2 and half of p3.
    assert verdicts("system_prior", PAIRS.assign(clip_id=["c1", "c2", "c3", "c1"]))[::3] == ["same", "same"]


@pytest.mark.parametrize("pairs_a_clip", [1, 2])
def test_system_prior_has_nothing_to_say_of_systems_that_win_alike(pairs_a_clip):
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{n}" for n in range(100)],
            "clip_id": [f"c{n // pairs_a_clip}" for n in range(100)],
            "system1": "x",
            "system2": "y",
            "preference": ["a1"] * 50 + ["a2"] * 50,
        }
    )
    assert verdicts("system_prior", pairs) == ["same"] * 100


def test_system_prior_without_system_names_is_a_tie():
    assert verdicts("system_prior", PAIRS.assign(system1=None, system2=None)) == ["same"] * 4


@pytest.mark.parametrize(("rule", "agreement"), [("longer", 448), ("system_prior", 449), ("always_a1", 275)])
def test_baselines_on_the_published_pairs(real_data, rule, agreement):
    from emoprefer_assets.datasets import read_data_set

    pairs = read_data_set(real_data).pairs.rename(columns={"published_preference": "preference"})
    decided = pairs["preference"] != "same"
    read = pd.Series(verdicts(rule, pairs)).replace("same", "a1")
    assert (read[decided] == pairs.loc[decided, "preference"]).sum() == agreement
