import numpy as np
import pandas as pd

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.human_ceiling import judge_and_annotators
from emoprefer_assets.store import TABLES

PAIRS = [f"p{place}" for place in range(40)]


def answers(pairs: list[str], verdicts: np.ndarray) -> Answers:
    rows = [("j", "s1", 0, False, pair, verdict) for pair, verdict in zip(pairs, verdicts, strict=True)]
    said = pd.DataFrame(rows, columns=["judge", "strategy", "round", "swapped", "pair_id", "verdict"])
    return Answers.of(said.assign(p_a1=None, p_a2=None))


def made(contested_asked: bool) -> dict[str, object]:
    """Three annotators, of whom Cy contradicts the others on the last ten pairs; the judge says what Ann does."""
    rng = np.random.default_rng(0)
    ballots = pd.DataFrame({"Ann": rng.choice(["a1", "a2"], 40)}, PAIRS).assign(Bo=lambda votes: votes["Ann"])
    ballots["Cy"] = np.where(np.arange(40) < 30, ballots["Ann"], np.where(ballots["Ann"] == "a1", "a2", "a1"))
    votes = (
        ballots.rename_axis("pair_id").melt(var_name="annotator", value_name="vote", ignore_index=False).reset_index()
    )
    said = ballots["Ann"].to_numpy()
    asked = 40 if contested_asked else 30
    (row,) = judge_and_annotators.make(
        raw_pairs=pd.DataFrame({"pair_id": PAIRS, "clip_id": PAIRS}),
        annotations=votes,
        annotators=pd.DataFrame({"annotator": list(ballots), "qualified": True}),
        consensus_pairs=pd.DataFrame({"pair_id": PAIRS[:30]}),
        predictions=answers(PAIRS[:30], said[:30]),
        battle_verdicts=answers(PAIRS[30:asked], said[30:asked]),
        judges=TABLES["judges"].frame().reindex([0]).assign(judge="j"),
        board_strategies=pd.DataFrame({"judge": ["j"], "strategy": ["s1"], "kind": ["judge"]}),
    ).to_dict("records")
    return row


def test_judge_and_annotators_are_compared_on_contested_pairs_too():
    row = made(contested_asked=True)
    assert row["pairs"] == 40 and pd.isna(row["not_compared"])
    # Where Cy contradicts, the others of Ann and of Bo tie, and those of Cy say what the judge does.
    assert row["judge_waf_2class"] == 100
    assert row["annotators_waf_2class"] < 100
    assert row["difference_low"] > 0


def test_a_judge_that_saw_only_what_people_agree_on_is_not_compared():
    row = made(contested_asked=False)
    assert pd.isna(row["judge_waf_2class"]) and pd.isna(row["difference"])
    assert row["annotators_waf_2class"] < 100
    assert "EMOPREFER_BATTLES_CONTESTED=yes" in row["not_compared"]
