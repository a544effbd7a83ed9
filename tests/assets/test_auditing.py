import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.auditing import (
    baseline_agreement,
    baseline_verdicts,
    judge_audit,
    shortcut_audit,
    shortcut_summary,
)
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.stats.labels import VERDICTS
from tests.conftest import REAL_VERDICTS
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
        "baseline_verdicts": baseline_verdicts.make(raw, consensus),
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
    baselines = baseline_verdicts.make(pairs, consensus)
    return {"baseline_verdicts": baselines, "raw_pairs": pairs, "consensus_pairs": consensus}


def test_baselines_of_the_published_pairs(real):
    baselines = shortcut_audit.make(real["baseline_verdicts"], real["consensus_pairs"]).set_index("baseline")
    assert round(baselines.at["length", "waf_2class"], 2) == 79.57
    assert baselines.at["length", "direction"] == "longer"
    assert round(baselines.at["system_prior", "waf_2class"], 2) == 79.75
    assert 77 <= baselines.at["text_classifier", "waf_2class"] <= 80
    assert (
        (baselines["waf_2class_low"] <= baselines["waf_2class"])
        & (baselines["waf_2class"] <= baselines["waf_2class_high"])
    ).all()
    width = baselines.at["length", "waf_2class_high"] - baselines.at["length", "waf_2class_low"]
    assert 5 < width < 8


def test_the_published_pairs_do_not_identify_length_apart_from_system(real):
    (found,) = shortcut_summary.make(**real).to_dict("records")
    assert found["stereotype_pairs"] == 114
    assert found["length_matched_15"] == 1
    assert found["length_and_system"] == "not identified"
    assert found["length_clips_against"] == 1 and found["length_tolerance"] < 0.1
    assert found["system_from_text"] > 95


def test_of_many_systems_those_with_the_most_descriptions_are_told_apart():
    rows = [
        {
            "pair_id": f"p{place}",
            "clip_id": f"c{place % 20}",
            "system1": first,
            "a1": f"As {first} says {place}.",
            "system2": second,
            "a2": f"{second} says it {place}.",
            "position": place,
        }
        for place, (first, second) in enumerate(
            [(f"big{n}", f"big{(n + 1) % 10}") for n in range(10)] * 20
            + [(f"small{n}", f"small{n + 1}") for n in range(40)]
        )
    ]
    raw = pd.DataFrame(rows).assign(published_preference=None)
    consensus = raw[["pair_id", "clip_id", "position"]].assign(preference="a1")
    (found,) = shortcut_summary.make(baseline_verdicts.make(raw, consensus), raw, consensus).to_dict("records")
    assert (found["systems"], found["system_from_text"], found["system_from_text_chance"]) == (51, 100, 10)


def test_a_data_set_without_systems_falls_back_on_length(real):
    raw = real["raw_pairs"].assign(system1=None, system2=None)
    baselines = baseline_verdicts.make(raw, real["consensus_pairs"])
    (found,) = shortcut_summary.make(baselines, raw, real["consensus_pairs"]).to_dict("records")
    assert (found["dominant_shortcut"], found["direction"]) == ("length", "longer")
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
    # Who wrote a text is no help with a new system: gains are over what the text gives away, which is nothing here.
    assert set(found["baseline"]) <= {"random", "always_a1", "always_a2"} | {"length", "sentences", "emotion_words"}
    assert (found["gain_over_baseline_low"] > 0).all()
    assert (found["odds_ratio_low"] > 1).all()


def flagged(skill: float, pull: float, repeats: int = 12) -> float:
    """How often a judge is flagged on data sets of the published one's size."""
    flags = []
    for seed in range(repeats):
        drawn = simulate(np.random.default_rng(seed), skill=(skill,), clips=563, shortcut_pull=pull)
        flags.append(judge_audit.make(**as_tables(drawn))["follows_shortcut"].iloc[0])
    return float(np.mean(flags))


def test_a_judge_that_only_follows_the_shortcut_is_flagged_and_an_honest_one_is_not():
    assert flagged(skill=0.5, pull=1.0) == 1
    assert flagged(skill=0.65, pull=0.0) <= 0.05


def test_baseline_agreement_counts_only_where_the_baseline_is_wrong():
    drawn = simulate(np.random.default_rng(0), skill=(0.8,), clips=200, shortcut_pull=0.5)
    found = baseline_agreement.make(**without(as_tables(drawn), "raw_pairs")).set_index("baseline")
    wrong = drawn.shortcut != drawn.labels
    assert found.at["system_prior", "pairs"] == wrong.sum()
    expected = 100 * (drawn.verdicts[0] == drawn.shortcut)[wrong].mean()
    assert found.at["system_prior", "agreement"] == pytest.approx(expected)


def one_pair_a_clip(labels, texts=("Text.", "Text."), systems=("x", "y")) -> dict[str, pd.DataFrame]:
    """A data set in which a1 is always the first of `texts`, by the first of `systems`."""
    pairs = pd.DataFrame({"pair_id": [f"p{n}" for n in range(len(labels))]})
    pairs = pairs.assign(clip_id="c" + pairs["pair_id"], position=range(len(pairs)))
    consensus = pairs.assign(preference=labels)
    raw = pairs.assign(system1=systems[0], a1=texts[0], system2=systems[1], a2=texts[1], published_preference=None)
    return {"baseline_verdicts": baseline_verdicts.make(raw, consensus), "raw_pairs": raw, "consensus_pairs": consensus}


def audited(tables: dict[str, pd.DataFrame], blind: bool = False, **verdicts) -> pd.DataFrame:
    """The audit of judges that say `verdicts`, a code a labelled pair."""
    said = [
        tables["consensus_pairs"][["pair_id"]].assign(
            judge=judge, strategy="s1", round=0, swapped=False, verdict=np.array(VERDICTS)[codes], p_a1=None, p_a2=None
        )
        for judge, codes in verdicts.items()
    ]
    judges = pd.DataFrame({"judge": list(verdicts), "content_blind": blind})
    return judge_audit.make(Answers.of(pd.concat(said)), **tables, judges=judges).set_index("judge")


def test_of_two_systems_that_win_alike_the_prior_says_nothing_and_a_perfect_judge_is_cleared():
    labels = ["a1"] * 50 + ["a2"] * 50
    tables = one_pair_a_clip(labels)
    rules = shortcut_audit.make(tables["baseline_verdicts"], tables["consensus_pairs"]).set_index("baseline")
    assert rules.at["system_prior", "same"] == 100
    assert rules.at["system_prior", "waf_2class"] == pytest.approx(50)
    assert rules.at["system_prior", "followed"] == pytest.approx(50)
    found = audited(tables, perfect=np.repeat([0, 1], 50)).loc["perfect"]
    assert found["balanced_score"] == pytest.approx(100)
    assert found["odds_ratio_low"] > 1
    assert not found["follows_shortcut"]


def test_what_sees_nothing_is_never_cleared(real):
    # More emotion words: balanced 54.8 (50.7 to 59.2) on these pairs, by the dominant shortcut's slices alone.
    more = (
        real["baseline_verdicts"].query("baseline == 'emotion_words'")["verdict"].map(list(VERDICTS).index).to_numpy()
    )
    found = audited(real, more=more).loc["more"]
    assert found["balanced_low"] > 50
    assert found["follows_shortcut"]
    constant = audited(real, constant=np.zeros(len(more), dtype=int)).loc["constant"]
    assert constant["odds_ratio"] == 1 and constant["follows_shortcut"]
    labels = real["consensus_pairs"]["preference"].map(list(VERDICTS).index).to_numpy()
    assert audited(real, blind=True, perfect=labels).loc["perfect", "follows_shortcut"]


def test_nobody_is_flagged_where_there_is_nothing_to_test():
    found = audited(one_pair_a_clip(["same"] * 12), judge=np.zeros(12, dtype=int)).loc["judge"]
    assert pd.isna(found["odds_ratio"]) and pd.isna(found["follows_shortcut"])


def test_on_the_published_pairs_an_honest_judge_is_cleared_and_a_noisy_length_follower_is_not(real):
    labels = real["consensus_pairs"]["preference"].map(list(VERDICTS).index).to_numpy()
    longer = real["baseline_verdicts"].query("baseline == 'length'")["verdict"].map(list(VERDICTS).index).to_numpy()
    judges = {}
    for seed in range(20):
        dice = np.random.default_rng(seed)
        judges[f"right_{seed}"] = np.where(dice.random(len(labels)) < 0.685, labels, (1 - labels) % 3)
        judges[f"longer_{seed}"] = np.where(dice.random(len(labels)) < 0.9, longer, (1 - longer) % 3)
    found = audited(real, **judges)
    right, follows = (found[found.index.str.startswith(kind)] for kind in ("right", "longer"))
    assert not right["follows_shortcut"].any()
    assert right["odds_ratio"].median() == pytest.approx((0.685 / 0.315) ** 2, rel=0.1)
    # Worth something, although it is behind the best baseline by eleven points.
    assert right["gain_over_baseline_high"].max() < 0
    assert follows["follows_shortcut"].sum() >= 18
    assert follows["odds_ratio"].median() == pytest.approx(1, abs=0.25)


LLMBAR = REAL_VERDICTS / "llmbar"


@pytest.mark.skipif(not LLMBAR.is_dir(), reason="verdicts of real judges are not here")
def test_labels_of_llmbar_follow_the_shorter_text():
    pairs = pd.read_csv(LLMBAR / "pairs.csv", keep_default_na=False).rename(
        columns={"pair": "pair_id", "label": "preference"}
    )
    pairs = pairs.assign(clip_id=pairs["pair_id"], position=range(len(pairs)), system1=None, system2=None)
    for subset, longer_wins in (("Neighbor", 11.9), (None, None)):
        some = pairs[pairs["subset"] == subset] if subset else pairs
        consensus = some[["pair_id", "clip_id", "position", "preference"]].reset_index(drop=True)
        raw = some.drop(columns="preference").assign(published_preference=None).reset_index(drop=True)
        baselines = baseline_verdicts.make(raw, consensus)
        (summary,) = shortcut_summary.make(baselines, raw, consensus).to_dict("records")
        assert (summary["dominant_shortcut"], summary["direction"]) == ("length", "shorter")
        if longer_wins:
            rules = shortcut_audit.make(baselines, consensus).set_index("baseline")
            assert rules.at["length", "followed"] == pytest.approx(100 - longer_wins, abs=0.5)


def test_gains_over_the_best_of_several_baselines_are_conservative():
    too_high = 0
    for seed in range(8):
        dice = np.random.default_rng(seed)
        labels = dice.integers(0, 2, 200)
        tables = one_pair_a_clip(np.array(["a1", "a2"])[labels])
        words = ["Text.", "A text. Sad!", "Sad, and happy text.", "Text and more text."]
        raw = tables["raw_pairs"].assign(a1=dice.choice(words, 200), a2=dice.choice(words, 200))
        baselines = baseline_verdicts.make(raw, tables["consensus_pairs"])
        judge = np.where(dice.random(200) < 0.6, labels, 1 - labels)
        found = audited({**tables, "raw_pairs": raw, "baseline_verdicts": baselines}, judge=judge).loc["judge"]
        too_high += found["gain_over_baseline_low"] > 10
    assert too_high <= 1


def test_a_registered_prior_is_not_the_best_baseline(real):
    prior = (
        real["baseline_verdicts"].query("baseline == 'system_prior'")["verdict"].map(list(VERDICTS).index).to_numpy()
    )
    assert audited(real, blind=True, prior=prior).loc["prior", "baseline"] == "length"
