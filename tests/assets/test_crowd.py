import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers, EnsembleVerdicts
from emoprefer_assets.assets.auditing import baseline_verdicts
from emoprefer_assets.assets.crowd import crowd, ensemble_predictions, ensemble_scores
from emoprefer_assets.stats.labels import SAME, VERDICTS, codes
from emoprefer_assets.stats.selection import clip_folds
from tests.stats.simulation import simulate


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Three judges, best first, on 200 pairs."""
    drawn = simulate(np.random.default_rng(0), skill=(0.8, 0.75, 0.7), clips=200)
    names, judges = np.array(VERDICTS), ["j0", "j1", "j2"]
    pairs = pd.DataFrame({"pair_id": [f"p{i}" for i in range(200)], "clip_id": drawn.clips.astype(str)})
    raw = pairs.assign(system1="x", a1="Text.", system2="y", a2="Text.", position=range(200), published_preference=None)
    consensus = pairs.assign(preference=names[drawn.labels], position=range(200))
    predictions = [
        pairs[["pair_id"]].assign(
            judge=judge, strategy="s1", round=0, swapped=False, verdict=names[said], p_a1=None, p_a2=None
        )
        for judge, said in zip(judges, drawn.verdicts, strict=True)
    ]
    return {
        "predictions": Answers.of(pd.concat(predictions)),
        "judge_board": pd.DataFrame(
            {"judge": judges, "strategy": "s1", "kind": "judge", "rank": [1, 2, 3], "no_vote": None}
        ),
        "baseline_verdicts": baseline_verdicts.make(raw, consensus),
        "raw_pairs": raw,
        "consensus_pairs": consensus,
        "judges": pd.DataFrame({"judge": judges, "content_blind": False}),
    }


def scores(tables: dict[str, pd.DataFrame], diagnostics: tuple[str, ...] = ()) -> pd.DataFrame:
    asked = {name: tables[name] for name in ("predictions", "judge_board", "raw_pairs", "consensus_pairs", "judges")}
    said = ensemble_predictions.make(**asked, crowd_diagnostics=diagnostics)
    return ensemble_scores.make(EnsembleVerdicts.of(said), **tables)


def test_the_best_judge_alone_gains_nothing_over_itself(tables):
    alone = scores(tables).set_index(["ensemble", "k", "orders", "sample"]).loc["majority", 1, "normal", "in-sample"]
    assert alone["gain_over_best_judge"] == alone["gain_over_best_judge_low"] == alone["gain_over_best_judge_high"] == 0


def test_diagnostics_are_off_by_default(tables):
    assert "diagnostic" not in set(scores(tables)["sample"])
    found = scores(tables, ("dawid_skene",))
    (diagnostic,) = found[found["sample"] == "diagnostic"].to_dict("records")
    assert diagnostic["ensemble"] == "dawid_skene" and diagnostic["k"] == 3


def crowd_of(found: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.Series:
    asked = {name: tables[name] for name in ("predictions", "judge_board", "consensus_pairs", "judges")}
    return crowd.make(found, **asked).iloc[0]


def test_the_crowds_way_is_fixed_whatever_the_scores_say(tables):
    found = scores(tables, ("dawid_skene",))
    found.loc[found["ensemble"] != "log_odds_vote", ["balanced_low", "waf_2class"]] = 100.0
    chosen = crowd_of(found, tables)
    assert chosen["ensemble"] == "log_odds_vote"
    assert pd.isna(chosen["not_offered"])


@pytest.mark.parametrize("sample", ["held-out", "new-stratum"])
def test_a_crowd_that_is_shown_to_be_worse_than_its_best_judge_is_not_offered(tables, sample):
    tables["raw_pairs"].loc[::2, "system2"] = "z"
    found = scores(tables)
    here = (found["ensemble"] == "log_odds_vote") & (found["sample"] == sample)
    gain = ["gain_over_best_judge", "gain_over_best_judge_low", "gain_over_best_judge_high"]
    found.loc[here, gain] = -12.0, -20.0, -4.0
    few = {**tables, "consensus_pairs": tables["consensus_pairs"].assign(clip_id=tables["consensus_pairs"].index % 5)}
    assert pd.isna(crowd_of(found, few)["not_offered"])
    expected = f"worse than its best judge: -12.0 points (-20.0 to -4.0), {sample}"
    assert crowd_of(found, tables)["not_offered"] == expected


def test_whole_pairs_of_systems_are_left_out_where_there_are_several(tables):
    assert "new-stratum" not in set(scores(tables)["sample"])
    tables["raw_pairs"].loc[::2, "system2"] = "z"
    found = scores(tables).set_index("sample")
    assert len(found.loc["new-stratum"]) == len(found.loc["held-out"])
    # With one strategy a judge's own verdicts are what they are, whoever chose it.
    assert found.loc["new-stratum", "waf_2class"].notna().all()


def test_judges_are_taken_at_the_strategy_of_the_other_folds(tables):
    """A strategy that is right in one fold only is on the board, and not in that fold."""
    pairs = tables["consensus_pairs"]
    labels = codes(pairs["preference"])
    mine = clip_folds(pairs["clip_id"].to_numpy(dtype=str)) == 0
    steady = np.where(np.arange(200) % 3 == 0, 1 - labels, labels)
    lucky = np.where(mine, labels, steady)
    lucky[np.flatnonzero(~mine)[:12]] = 1 - labels[np.flatnonzero(~mine)[:12]]
    rows = [
        pairs[["pair_id"]].assign(
            judge="j0",
            strategy=strategy,
            round=0,
            swapped=False,
            verdict=np.array(VERDICTS)[said],
            p_a1=None,
            p_a2=None,
        )
        for strategy, said in (("s1", steady), ("s2", lucky))
    ]
    tables |= {
        "predictions": Answers.of(pd.concat(rows)),
        "judge_board": tables["judge_board"].head(1).assign(strategy="s2"),
        "judges": tables["judges"].head(1),
    }
    asked = {name: tables[name] for name in ("predictions", "judge_board", "raw_pairs", "consensus_pairs", "judges")}
    said = ensemble_predictions.make(**asked, crowd_diagnostics=()).query("ensemble == 'log_odds_vote'")
    by_sample = {sample: codes(rows["verdict"]) for sample, rows in said.groupby("sample")}
    assert (by_sample["in-sample"] == lucky).all()
    assert (by_sample["held-out"][mine] == steady[mine]).all()


def test_the_crowd_of_a_good_judge_and_one_that_often_ties_is_no_worse_than_the_good_one(tables):
    """Votes divided by their mean size would let the judge that ties win every disagreement."""
    dice = np.random.default_rng(0)
    labels = codes(tables["consensus_pairs"]["preference"])
    good = np.where(dice.random(200) < 0.925, labels, 1 - labels)
    shy = np.where(dice.random(200) < 0.55, labels, 1 - labels)
    shy[::10] = SAME
    rows = [
        tables["consensus_pairs"][["pair_id"]].assign(
            judge=judge, strategy="s1", round=0, swapped=False, verdict=np.array(VERDICTS)[said], p_a1=None, p_a2=None
        )
        for judge, said in (("j0", good), ("j1", shy))
    ]
    board = tables["judge_board"].head(2)
    tables |= {"predictions": Answers.of(pd.concat(rows)), "judge_board": board, "judges": tables["judges"].head(2)}
    found = scores(tables).query("k == 2 and sample == 'held-out'").set_index("ensemble")
    assert found.loc["log_odds_vote", "gain_over_best_judge"] == 0
    assert found.loc["calibrated_panel", "gain_over_best_judge"] == 0
    assert pd.isna(crowd_of(scores(tables), tables)["not_offered"])
