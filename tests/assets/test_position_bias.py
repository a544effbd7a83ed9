import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.position_bias import position_bias
from emoprefer_assets.datasets import VOTE_DETAILS, DataSet
from emoprefer_assets.store import TABLES
from tests.conftest import REAL_VERDICTS

LLMFAO, PANDALM = (REAL_VERDICTS / name for name in ("llmfao", "pandalm"))


def made(pairs: pd.DataFrame, votes: pd.DataFrame, repeats: pd.DataFrame | None = None) -> pd.DataFrame:
    """The table of pairs (pair_id, a1, a2; each on its clip) and votes, by name."""
    nothing = pd.DataFrame(columns=["pair_id", "annotator", "vote", *VOTE_DETAILS])
    repeats = nothing if repeats is None else repeats
    return position_bias.make(
        raw_pairs=pairs.assign(clip_id=pairs["pair_id"]),
        annotations=votes.reindex(columns=TABLES["annotations"].column_names),
        human_agreement=TABLES["human_agreement"].frame().reindex([0]).assign(annotator="all", two_class=80.0),
        judge_position=TABLES["judge_position"]
        .frame()
        .reindex([0, 1])
        .assign(judge="j", strategy=["s1", "s2"], first_share=60.0, flip_rate=20.0, tie_change_rate=5.0),
        board_strategies=pd.DataFrame({"judge": ["j"], "strategy": ["s2"], "kind": "judge"}),
        data_files=DataSet("", False, "", pairs, votes, repeats, nothing, nothing, nothing, nothing, None),
    ).set_index("name")


def of_real(folder) -> pd.DataFrame:
    if not folder.is_dir():
        pytest.skip("votes of real people are not here")
    pairs = pd.read_csv(folder / "pairs.csv", keep_default_na=False).rename(columns={"pair": "pair_id"})
    return made(pairs, pd.read_csv(folder / "votes.csv").rename(columns={"pair": "pair_id"}))


def test_left_and_right_of_llmfao():
    rows = of_real(LLMFAO)
    everyone = rows.loc["all"]
    assert everyone["first_share"] == pytest.approx(53.3, abs=0.05)
    # Of 5,460 votes it would be 53.3 with 1.3 to either side; all who see a pair see the same text on the left, though.
    assert 1.3 < everyone["first_high"] - everyone["first_share"] < 2
    assert everyone["first_low"] > 50
    worker = rows.loc["w20"]
    assert (round(worker["first_share"]), worker["decided"]) == (70, 290)
    assert worker["warnings"] == "position bias: left in 70 % of 290 decided votes"
    assert rows.loc["w32", "warnings"] == "constant side: left in 100 % of 21 decided votes"
    # Of 124 people these and two more stand out; none is another's copy.
    assert rows["warnings"].notna().sum() <= 5
    assert not rows["warnings"].str.contains("like").any()


def test_nobody_of_pandalm_is_unusual_and_no_side_is_known():
    rows = of_real(PANDALM)
    assert rows["warnings"].isna().all()
    assert rows.loc["all", "decided"] == 0 and pd.isna(rows.loc["all", "first_share"])


def study() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Ann and Bo vote alike; Cy is slow and Di fast; each saw five pairs again, and Ann changed her mind twice."""
    rng = np.random.default_rng(0)
    names = [f"p{place:02d}" for place in range(60)]
    pairs = pd.DataFrame({"pair_id": names, "a1": "a calm smile " * 10, "a2": "她看起来很高兴。" * 4})
    said = {who: rng.choice(["a1", "a2"], 60) for who in ("Ann", "Cy", "Di")}
    said["Bo"] = said["Ann"]
    votes = (
        pd.DataFrame(said, names)
        .rename_axis("pair_id")
        .melt(var_name="annotator", value_name="vote", ignore_index=False)
    )
    votes = votes.reset_index().assign(
        shown_left=rng.choice(["a1", "a2"], 240), seconds=lambda rows: np.where(rows["annotator"] == "Di", 5.0, 20.0)
    )
    again = votes.groupby("annotator").head(5).reset_index(drop=True)
    changed = (again["annotator"] == "Ann") & again["pair_id"].isin(names[:2])
    again.loc[changed, "vote"] = again.loc[changed, "vote"].map({"a1": "a2", "a2": "a1"})
    return (
        pairs,
        votes,
        again[["pair_id", "annotator", "vote"]].reindex(columns=["pair_id", "annotator", "vote", *VOTE_DETAILS]),
    )


def test_people_stand_beside_judges():
    rows = made(*study())
    assert rows.index.tolist() == ["Ann", "Bo", "Cy", "Di", "all", "j"]
    assert rows.loc["j", ["kind", "first_share", "consistency"]].tolist() == ["judge", 60, 75]
    assert rows["consistency"].tolist() == [60, 100, 100, 100, 90, 75]
    assert rows["repeats"].tolist()[:5] == [5, 5, 5, 5, 20]
    assert rows["median_seconds"].tolist()[:5] == [20, 20, 20, 5, 20]
    assert rows.loc["all", "two_class"] == 80


def test_copies_and_who_votes_faster_than_reading_are_warned_of():
    warnings = made(*study())["warnings"].dropna().to_dict()
    # 30 English words and 28 Chinese characters take 7 seconds at 500 a minute.
    assert warnings == {
        "Ann": "votes like Bo on 60 of 60 shared pairs",
        "Bo": "votes like Ann on 60 of 60 shared pairs",
        "Di": "faster than reading: 100 % of votes",
    }


def test_without_votes_there_are_judges_alone():
    pairs, votes, _ = study()
    assert made(pairs, votes.head(0)).index.tolist() == ["j"]
