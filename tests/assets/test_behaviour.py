import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.behaviour import (
    judge_calibration,
    judge_nested,
    judge_position,
    recognition_and_consistency,
    reliability_curve,
)
from emoprefer_assets.stats.labels import VERDICTS
from tests.stats.simulation import simulate

NAMES = np.array(VERDICTS)


def tables(labels, runs) -> dict[str, pd.DataFrame]:
    """Judge j's runs: (strategy, swapped, verdict codes or log-odds of a1 over a2), each pair on a clip of its own."""
    pairs = pd.DataFrame(
        {"pair_id": [f"p{i}" for i in range(len(labels))], "clip_id": np.arange(len(labels)).astype(str)}
    )
    rows = []
    for strategy, swapped, said in runs:
        said = np.asarray(said)
        odds = said if said.dtype.kind == "f" else np.full(len(said), np.nan)
        p_a1 = 1 / (1 + np.exp(-odds))
        verdict = np.where(said > 0, "a1", "a2") if said.dtype.kind == "f" else NAMES[said]
        rows.append(
            pairs[["pair_id"]].assign(
                judge="j", strategy=strategy, round=0, swapped=swapped, verdict=verdict, p_a1=p_a1, p_a2=1 - p_a1
            )
        )
    return {
        "predictions": Answers.of(pd.concat(rows)),
        "consensus_pairs": pairs.assign(preference=NAMES[np.asarray(labels)]),
        "judges": pd.DataFrame({"judge": ["j"], "content_blind": [False]}),
    }


def test_a_strategy_chosen_on_its_own_pairs_is_flattered():
    """Four strategies of pure chance: the best looks good, the nested choice does not."""
    optimism, nested = [], []
    for seed in range(20):
        dice = np.random.default_rng(seed)
        labels = dice.integers(0, 2, 200)
        runs = [(f"s{n}", False, dice.integers(0, 2, 200)) for n in (1, 2, 3, 4)]
        (row,) = judge_nested.make(**tables(labels, runs)).to_dict("records")
        optimism.append(row["optimism"])
        nested.append(row["nested_waf_2class"])
    assert np.mean(optimism) > 2
    assert np.mean(nested) < 51.5


def test_a_strategy_that_the_board_refuses_is_chosen_in_no_fold():
    """85 % right where it answers, but a third of its replies name no option."""
    dice = np.random.default_rng(0)
    labels = dice.integers(0, 2, 300)
    steady, better = (np.where(dice.random(300) < right, labels, 1 - labels) for right in (0.59, 0.95))
    gappy = np.where(np.arange(300) % 3 == 0, 3, better)
    (alone,) = judge_nested.make(**tables(labels, [("s1", False, steady)])).to_dict("records")
    (row,) = judge_nested.make(**tables(labels, [("s1", False, steady), ("s2", False, gappy)])).to_dict("records")
    assert row == alone
    assert row["nested_waf_2class"] == row["waf_2class"]


def test_a_strategy_with_more_rounds_is_chosen_by_all_of_them():
    """Right in its first round alone: over both, as on the board, it is behind."""
    labels = np.tile([0, 1], 50)
    steady = np.where(np.arange(100) % 4 == 0, 1 - labels, labels)
    once = tables(labels, [("s1", False, steady)])
    runs = [("s1", 0, steady), ("s2", 0, labels), ("s2", 1, np.roll(labels, 1))]
    rows = [
        once["consensus_pairs"][["pair_id"]].assign(
            judge="j", strategy=strategy, round=round_, swapped=False, verdict=NAMES[said], p_a1=None, p_a2=None
        )
        for strategy, round_, said in runs
    ]
    (row,) = judge_nested.make(**{**once, "predictions": Answers.of(pd.concat(rows))}).to_dict("records")
    (alone,) = judge_nested.make(**once).to_dict("records")
    assert row["waf_2class"] == row["nested_waf_2class"] == alone["waf_2class"]


def test_with_one_strategy_there_is_nothing_to_flatter():
    (row,) = judge_nested.make(**tables([0, 1, 0, 1], [("s1", False, [0, 1, 1, 1])])).to_dict("records")
    assert row["optimism"] == 0


def test_position_by_hand():
    # Pair by pair: keeps a1, flips with the order, ties in one order only, keeps a2.
    drawn = tables([0, 1, 0, 1], [("s1", False, [0, 0, 2, 1]), ("s1", True, [0, 1, 0, 1])])
    (row,) = judge_position.make(**drawn).to_dict("records")
    assert row["first_share"] == pytest.approx(100 * 4 / 7)
    assert row["flip_rate"] == 25
    assert row["tie_change_rate"] == 25
    assert np.isnan(row["waf_centred"])


def test_a_pull_to_the_first_position_shows_as_it_is():
    drawn = simulate(np.random.default_rng(0), skill=(0.7,), clips=4000, position_pull=0.3)
    runs = [("s1", False, drawn.verdicts[0]), ("s1", True, drawn.swapped[0])]
    (row,) = judge_position.make(**tables(drawn.labels, runs)).to_dict("records")
    assert row["first_share"] == pytest.approx(50 + 30 / 2, abs=1.5)
    assert row["first_low"] < 65 < row["first_high"]
    # Pulled in both orders: always a flip; pulled in one: a flip where the other order says otherwise, half the time.
    assert row["flip_rate"] == pytest.approx(100 * (0.3**2 + 2 * 0.3 * 0.7 / 2), abs=2.5)


def test_centring_and_averaging_win_back_what_position_costs():
    dice = np.random.default_rng(0)
    labels = dice.integers(0, 2, 2000)
    signal = np.where(labels == 0, 1.0, -1.0) * 0.6
    normal = signal + 1.5 + dice.normal(0, 1, 2000)
    swapped = signal - 1.5 + dice.normal(0, 1, 2000)
    (row,) = judge_position.make(**tables(labels, [("s1", False, normal), ("s1", True, swapped)])).to_dict("records")
    assert row["first_share"] > 80
    assert row["waf_2class"] < row["waf_centred"] - 5
    assert row["waf_centred"] < row["waf_averaged"]


@pytest.mark.parametrize("share", [0.7, 0.8])
def test_centring_leaves_a_sides_true_share(share):
    dice = np.random.default_rng(0)
    labels = np.where(dice.random(4000) < share, 0, 1)
    signal = np.where(labels == 0, 1.0, -1.0)
    normal, swapped = (signal + side * 1.5 + dice.normal(0, 1, 4000) for side in (1, -1))
    (unbiased,) = judge_position.make(
        **tables(labels, [("s1", False, normal - 1.5), ("s1", True, swapped + 1.5)])
    ).to_dict("records")
    (row,) = judge_position.make(**tables(labels, [("s1", False, normal), ("s1", True, swapped)])).to_dict("records")
    assert row["waf_centred"] == pytest.approx(unbiased["waf_2class"], abs=0.5)


def test_honest_probabilities_are_calibrated_and_bold_ones_are_not():
    dice = np.random.default_rng(0)
    odds = dice.normal(0, 1.5, 4000)
    labels = np.where(dice.random(4000) < 1 / (1 + np.exp(-odds)), 0, 1)
    (honest,) = judge_calibration.make(**tables(labels, [("s1", False, odds)])).to_dict("records")
    (bold,) = judge_calibration.make(**tables(labels, [("s1", False, odds * 4)])).to_dict("records")
    assert honest["expected_calibration_error"] < 0.03 < 0.1 < bold["expected_calibration_error"]
    assert honest["brier_low"] < honest["brier"] < honest["brier_high"] < bold["brier"]
    curve = reliability_curve.make(**tables(labels, [("s1", False, odds)])).frame
    assert curve["pairs"].sum() == 4000
    assert (curve["frequency"] - curve["mean_probability"]).abs().max() < 0.1


def test_ties_do_not_count_in_calibration():
    (row,) = judge_calibration.make(**tables([0, 2], [("s1", False, [1.0, -3.0])])).to_dict("records")
    assert row["pairs"] == 1
    assert row["brier"] == pytest.approx((1 - 1 / (1 + np.exp(-1))) ** 2)


def test_correlation_of_recognition_and_consistency_equals_scipy():
    board = pd.DataFrame(
        {
            "judge": list("abcdefg"),
            "kind": ["judge"] * 6 + ["baseline"],
            "waf_2class": [50, 55, 61, 60, 70, 66, 79.0],
            "swap_consistency": [40, 52, 50, 61, 60, 75, 100.0],
        }
    )
    found = recognition_and_consistency.make(board).frame.set_index("method")
    theirs = pearsonr(board["waf_2class"][:6], board["swap_consistency"][:6])
    assert found.at["pearson", "correlation"] == pytest.approx(theirs.statistic)
    low, high = theirs.confidence_interval()
    assert (found.at["pearson", "low"], found.at["pearson", "high"]) == (pytest.approx(low), pytest.approx(high))
    assert found.at["pearson", "judges"] == 6
