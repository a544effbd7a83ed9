import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.auditing import (
    floor_agreement,
    floor_verdicts,
    judge_audit,
    shortcut_audit,
    shortcut_summary,
)
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.stats.labels import VERDICTS
from tests.stats.simulation import Simulation, simulate


def as_tables(drawn: Simulation) -> dict[str, pd.DataFrame]:
    """A simulated data set as tables: system x wins by its prior, and judges j0, j1, ... answer in one round."""
    pairs = pd.DataFrame({"pair_id": [f"p{i}" for i in range(len(drawn.labels))], "clip_id": drawn.clips.astype(str)})
    names = np.array(VERDICTS)
    consensus = pairs.assign(preference=names[drawn.labels], position=range(len(pairs)))
    by_system = np.where(drawn.shortcut == 0, "x", "y")
    raw = pairs.assign(
        system1=by_system,
        a1="Text.",
        system2=np.where(by_system == "x", "y", "x"),
        a2="Text.",
        position=range(len(pairs)),
        published_preference=None,
    )
    predictions = pd.concat(
        pairs[["pair_id"]].assign(
            judge=f"j{n}", strategy="s1", round=0, swapped=False, verdict=names[verdicts], p_a1=None, p_a2=None
        )
        for n, verdicts in enumerate(drawn.verdicts)
    )
    judges = pd.DataFrame({"judge": [f"j{n}" for n in range(len(drawn.verdicts))], "content_blind": False})
    return {
        "predictions": Answers.of(predictions),
        "floor_verdicts": floor_verdicts.make(raw, consensus),
        "raw_pairs": raw,
        "consensus_pairs": consensus,
        "judges": judges,
    }


def without(tables: dict[str, pd.DataFrame], *names: str) -> dict[str, pd.DataFrame]:
    return {name: table for name, table in tables.items() if name not in names}


@pytest.fixture
def real(real_data) -> dict[str, pd.DataFrame]:
    pairs = read_data_set(real_data).pairs
    consensus = pairs[["pair_id", "clip_id", "position"]].assign(preference=pairs["published_preference"])
    floors = floor_verdicts.make(pairs, consensus)
    return {"floor_verdicts": floors, "raw_pairs": pairs, "consensus_pairs": consensus}


def test_floors_of_the_published_pairs(real):
    floors = shortcut_audit.make(real["floor_verdicts"], real["consensus_pairs"]).set_index("floor")
    assert round(floors.at["longer", "waf_2class"], 2) == 79.57
    assert round(floors.at["system_prior", "waf_2class"], 2) == 79.75
    assert 77 <= floors.at["text_classifier", "waf_2class"] <= 80
    assert (
        (floors["waf_2class_low"] <= floors["waf_2class"]) & (floors["waf_2class"] <= floors["waf_2class_high"])
    ).all()
    width = floors.at["longer", "waf_2class_high"] - floors.at["longer", "waf_2class_low"]
    assert 5 < width < 8


def test_the_published_pairs_do_not_identify_length_apart_from_system(real):
    (found,) = shortcut_summary.make(**real).to_dict("records")
    assert found["stereotype_pairs"] == 114
    assert found["length_matched_15"] == 1
    assert found["length_and_system"] == "not identified"
    assert found["length_clips_against"] == 1 and found["length_tolerance"] < 0.1
    assert found["system_from_text"] > 95


def test_a_data_set_without_systems_falls_back_on_length(real):
    raw = real["raw_pairs"].assign(system1=None, system2=None)
    (found,) = shortcut_summary.make(**{**real, "raw_pairs": raw}).to_dict("records")
    assert found["dominant_shortcut"] == "longer"
    assert found["stereotype_pairs"] > 0
    assert found["systems"] == 0


def test_slices_balance_and_gain_by_hand():
    drawn = simulate(np.random.default_rng(0), skill=(0.9, 0.6), clips=400)
    tables = as_tables(drawn)
    found = judge_audit.make(**tables).set_index("judge")
    wins = drawn.shortcut == drawn.labels
    right = drawn.verdicts == drawn.labels
    for n in (0, 1):
        assert found.at[f"j{n}", "slice_score"] == pytest.approx(100 * right[n][~wins].mean())
        assert found.at[f"j{n}", "rest_score"] == pytest.approx(100 * right[n][wins].mean())
        assert found.at[f"j{n}", "slice_pairs"] == (~wins).sum()
    balanced = (found["slice_score"] + found["rest_score"]) / 2
    assert found["balanced_score"].to_numpy() == pytest.approx(balanced.to_numpy())
    assert set(found["floor"]) == {"system_prior"}
    assert found["gain_over_floor_low"]["j0"] > 0 > found["gain_over_floor_high"]["j1"]


def flagged(skill: float, pull: float, repeats: int = 40) -> float:
    """How often a judge is flagged on data sets of the published one's size."""
    flags = []
    for seed in range(repeats):
        drawn = simulate(np.random.default_rng(seed), skill=(skill,), clips=563, shortcut_pull=pull)
        flags.append(judge_audit.make(**as_tables(drawn))["follows_shortcut"].iloc[0])
    return float(np.mean(flags))


def test_a_judge_that_only_follows_the_shortcut_is_flagged_and_an_honest_one_is_not():
    assert flagged(skill=0.5, pull=1.0) == 1
    assert flagged(skill=0.65, pull=0.0) <= 0.05


def test_floor_agreement_counts_only_where_the_floor_is_wrong():
    drawn = simulate(np.random.default_rng(0), skill=(0.8,), clips=200, shortcut_pull=0.5)
    found = floor_agreement.make(**without(as_tables(drawn), "raw_pairs")).set_index("floor")
    wrong = drawn.shortcut != drawn.labels
    assert found.at["system_prior", "pairs"] == wrong.sum()
    expected = 100 * (drawn.verdicts[0] == drawn.shortcut)[wrong].mean()
    assert found.at["system_prior", "agreement"] == pytest.approx(expected)
