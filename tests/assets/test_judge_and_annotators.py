import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.human_ceiling import judge_and_annotators
from emoprefer_assets.assets.label_sensitivity import label_sensitivity
from emoprefer_assets.store import TABLES

PAIRS = [f"p{place}" for place in range(40)]


def answers(pairs: list[str], verdicts: np.ndarray) -> Answers:
    rows = [("j", "s1", 0, False, pair, verdict) for pair, verdict in zip(pairs, verdicts, strict=True)]
    said = pd.DataFrame(rows, columns=["judge", "strategy", "round", "swapped", "pair_id", "verdict"])
    return Answers.of(said.assign(p_a1=np.where(said["verdict"] == "a1", 0.8, 0.1), p_a2=0.2))


def tables(contested_asked: bool) -> dict[str, object]:
    """Three annotators, of whom Cy contradicts the others on the last ten pairs; the judge says what Ann does."""
    rng = np.random.default_rng(0)
    ballots = pd.DataFrame({"Ann": rng.choice(["a1", "a2"], 40)}, PAIRS).assign(Bo=lambda votes: votes["Ann"])
    ballots["Cy"] = np.where(np.arange(40) < 30, ballots["Ann"], np.where(ballots["Ann"] == "a1", "a2", "a1"))
    votes = (
        ballots.rename_axis("pair_id").melt(var_name="annotator", value_name="vote", ignore_index=False).reset_index()
    )
    said = ballots["Ann"].to_numpy()
    asked = 40 if contested_asked else 30
    return dict(
        raw_pairs=pd.DataFrame({"pair_id": PAIRS, "clip_id": PAIRS}),
        annotations=votes,
        annotators=pd.DataFrame({"annotator": list(ballots), "qualified": True, "votes": 40}),
        consensus_pairs=pd.DataFrame({"pair_id": PAIRS[:30]}),
        predictions=answers(PAIRS[:30], said[:30]),
        battle_verdicts=answers(PAIRS[30:asked], said[30:asked]),
        judges=TABLES["judges"].frame().reindex([0]).assign(judge="j", content_blind=False),
        board_strategies=pd.DataFrame({"judge": ["j"], "strategy": ["s1"], "kind": ["judge"]}),
    )


def made(contested_asked: bool) -> dict[str, object]:
    (row,) = judge_and_annotators.make(**tables(contested_asked)).to_dict("records")
    return row


def test_judge_and_annotators_are_compared_on_contested_pairs_too():
    row = made(contested_asked=True)
    assert row["pairs"] == 40 and pd.isna(row["not_compared"])
    # Where Cy contradicts, the others of Ann and of Bo tie, and those of Cy say what the judge does.
    assert row["judge_waf_2class"] == 100
    assert row["annotators_waf_2class"] < 100
    assert row["difference_low"] > 0
    # Where all three agree it gives them 0.8 (of a1) or 2/3 (of a2), and where Cy contradicts two shares of three.
    ballots = tables(True)["annotations"].pivot(index="pair_id", columns="annotator", values="vote").loc[PAIRS]
    share = (ballots == "a1").mean(axis=1)
    said = np.where(ballots["Ann"] == "a1", 0.8, 1 / 3)
    assert row["log_loss"] == pytest.approx(-(share * np.log(said) + (1 - share) * np.log(1 - said)).mean())
    assert row["least_log_loss"] == pytest.approx(0.25 * -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))


def test_a_judge_that_saw_only_what_people_agree_on_is_not_compared():
    row = made(contested_asked=False)
    assert pd.isna(row["judge_waf_2class"]) and pd.isna(row["difference"])
    assert row["annotators_waf_2class"] < 100
    assert "EMOPREFER_BATTLES_CONTESTED=yes" in row["not_compared"]


def test_ranks_by_other_labels_are_of_judges_that_answered_contested_pairs():
    baselines = pd.DataFrame({"pair_id": PAIRS, "baseline": "length", "verdict": "a1"})
    rows = {}
    for asked in (True, False):
        inputs = tables(asked)
        inputs["consensus_pairs"] = consensus_pairs(inputs)
        inputs["raw_pairs"] = inputs["raw_pairs"].assign(
            a1="good", a2="bad", system1="north", system2="south", position=range(40), published_preference=None
        )
        rows[asked] = label_sensitivity.make(**inputs, baseline_verdicts=baselines).set_index(["labels", "judge"])
    # Cy contradicts the other two, who are the majority; what the model of annotators says of those is the same.
    assert rows[True].loc[[("unanimous", "j"), ("majority", "j"), ("dawid_skene", "j")], "pairs"].tolist() == [
        30,
        40,
        40,
    ]
    assert (rows[True]["rank"].dropna() == 1).all()
    assert set(rows[False].index.get_level_values("labels")) == {"5 % wrong", "10 % wrong"}
    assert rows[False].loc[("10 % wrong", "perfect judge"), "waf_2class"] == pytest.approx(90, abs=1)


def consensus_pairs(inputs: dict[str, object]) -> pd.DataFrame:
    votes = inputs["annotations"].pivot(index="pair_id", columns="annotator", values="vote").loc[PAIRS[:30]]
    return pd.DataFrame({"pair_id": PAIRS[:30], "clip_id": PAIRS[:30], "preference": votes["Ann"].to_numpy()})
