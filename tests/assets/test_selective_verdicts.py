import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.selective import selective_verdicts
from emoprefer_assets.store import TABLES


def made(pairs: int, swapped_agrees: bool = True, probabilities: bool = True) -> pd.DataFrame:
    """A judge that says a1 of every pair: of the first two thirds with 0.9, and it is right; of the rest with 0.6."""
    names = [f"p{place:03d}" for place in range(pairs)]
    sure = np.arange(pairs) < 2 * pairs // 3
    p_a1 = np.where(sure, 0.9, 0.6)
    orders = []
    for swapped in (False, True):
        p = p_a1 if swapped_agrees or not swapped else 1 - p_a1
        orders.append(
            pd.DataFrame({"pair_id": names, "swapped": swapped, "verdict": np.where(p > 0.5, "a1", "a2"), "p_a1": p})
        )
    answers = pd.concat(orders).assign(judge="j", strategy="s1", round=0, p_a2=lambda rows: 1 - rows["p_a1"])
    if not probabilities:
        answers[["p_a1", "p_a2"]] = np.nan
    labels = pd.DataFrame({"pair_id": names, "clip_id": names, "preference": np.where(sure, "a1", "a2")})
    judges = TABLES["judges"].frame().reindex([0]).assign(judge="j")
    return selective_verdicts.make(Answers.of(answers), labels, judges).set_index("alpha")


def test_a_judge_decides_what_it_is_sure_of():
    rows = made(300)
    assert (rows["accepted"] == 200).all() and (rows["error"] == 0).all() and rows["not_reached"].isna().all()
    assert rows["coverage"].tolist() == pytest.approx([200 / 3] * 3)
    # The next of the fixed thresholds above 0.6.
    assert rows["threshold"].tolist() == pytest.approx([1 / (1 + np.exp(-0.5))] * 3)


def test_a_judge_that_follows_the_order_decides_nothing():
    rows = made(300, swapped_agrees=False)
    assert (rows["coverage"] == 0).all() and (rows["not_reached"] == "no threshold reaches it").all()
    assert rows["threshold"].isna().all() and rows["error"].isna().all()


def test_too_few_clips_are_said_with_their_number():
    assert made(60).loc[0.05, "not_reached"] == "too few labelled clips: 104 are needed, there are 60"


def test_without_probabilities_or_labels_there_is_no_row():
    assert made(300, probabilities=False).empty
    assert made(0).empty
