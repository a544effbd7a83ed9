import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.judge_replacement import judge_replacement
from emoprefer_assets.offline import audited_baselines
from emoprefer_assets.store import TABLES


def made(pairs: int = 60, contested_asked: bool = True, swapped: bool = True) -> pd.DataFrame:
    """Four annotators of whom one contradicts the rest on the last third; a judge that says what most of them do.

    The longer text wins, and in the swapped order the judge always names the first.
    """
    names = np.array([f"p{place:02d}" for place in range(pairs)])
    most = np.where(np.random.default_rng(0).random(pairs) < 0.5, "a1", "a2")
    contested = np.arange(pairs) >= 2 * pairs // 3
    ballots = pd.DataFrame({who: most for who in ("Ann", "Bo", "Cy")}, names)
    ballots["Di"] = np.where(contested, np.where(most == "a1", "a2", "a1"), most)
    asked = {False: most} | ({True: np.full(pairs, "a2")} if swapped else {})
    rows = [
        ("j", "s1", 0, order, pair, verdict, place)
        for order, said in asked.items()
        for place, (pair, verdict) in enumerate(zip(names, said, strict=True))
    ]
    columns = ["judge", "strategy", "round", "swapped", "pair_id", "verdict", "place"]
    answers = pd.DataFrame(rows, columns=columns).assign(p_a1=np.nan, p_a2=np.nan)
    of_contested = contested[answers.pop("place")]
    return (
        judge_replacement.make(
            raw_pairs=pd.DataFrame(
                {
                    "pair_id": names,
                    "clip_id": names,
                    "a1": np.where(most == "a1", "a longer text", "short"),
                    "a2": np.where(most == "a1", "short", "a longer text"),
                    "system1": "north",
                    "system2": "south",
                    "position": range(pairs),
                    "published_preference": None,
                }
            ),
            annotations=ballots.rename_axis("pair_id")
            .melt(var_name="annotator", value_name="vote", ignore_index=False)
            .reset_index(),
            annotators=pd.DataFrame({"annotator": list(ballots), "qualified": True, "votes": pairs}),
            consensus_pairs=pd.DataFrame(
                {"pair_id": names[~contested], "clip_id": names[~contested], "preference": most[~contested]}
            ),
            predictions=Answers.of(answers[~of_contested]),
            battle_verdicts=Answers.of(answers[of_contested] if contested_asked else answers.head(0)),
            judges=TABLES["judges"].frame().reindex([0]).assign(judge="j", content_blind=False),
            board_strategies=pd.DataFrame({"judge": ["j"], "strategy": ["s1"], "kind": ["judge"]}),
            replacement_epsilon=0.12,
        )
        .set_index(["kind", "name", "swapped"])
        .sort_index()
    )


def test_judges_stand_beside_baselines_and_annotators_in_both_orders():
    rows = made()
    judge, swapped = rows.loc[("judge", "j", False)], rows.loc[("judge", "j", True)]
    assert (judge["omega"], judge["rho"], judge["annotators"], judge["pairs"]) == (1, 1, 4, 240)
    assert judge["may_replace"] and judge["epsilon"] == 0.12 and pd.isna(judge["not_tested"])
    assert not swapped["may_replace"] and swapped["omega_20"] == 0 and swapped["rho"] < 0.7
    assert set(rows.loc["baseline"].index.get_level_values("name")) == set(audited_baselines())
    # The longer text wins where people agree, and on contested pairs, which taught nothing, most of them still say so.
    assert rows.loc[("baseline", "length", False), "may_replace"]
    assert not rows.loc[("baseline", "always_a1", False), "may_replace"]
    assert rows.loc[("annotator", "Ann", False), "may_replace"]
    assert not rows.loc[("annotator", "Di", False), "may_replace"]
    assert (rows.loc["annotator", "annotators"] == 3).all()


def test_a_judge_that_was_not_asked_about_contested_pairs_is_not_tested():
    rows = made(contested_asked=False)
    assert "EMOPREFER_BATTLES_CONTESTED=yes" in rows.loc[("judge", "j", False), "not_tested"]
    assert pd.isna(rows.loc[("judge", "j", False), "may_replace"])
    assert ("judge", "j", True) not in rows.index
    assert rows.loc[("annotator", "Ann", False), "may_replace"]


def test_too_few_votes_are_said_with_the_number_lacking():
    rows = made(pairs=21)
    assert rows["may_replace"].isna().all() and rows["rho"].isna().all()
    assert "at least 27 votes are lacking" in rows.loc[("judge", "j", False), "not_tested"]


def test_a_judge_without_a_swapped_run_has_one_row():
    assert made(swapped=False).loc[("judge", "j")].index.tolist() == [False]


def test_without_votes_there_is_no_row():
    empty = TABLES["annotations"].frame()
    found = judge_replacement.make(
        raw_pairs=pd.DataFrame({"pair_id": ["p"], "clip_id": ["c"]}),
        annotations=empty,
        annotators=TABLES["annotators"].frame(),
        consensus_pairs=pd.DataFrame({"pair_id": ["p"]}),
        predictions=None,
        battle_verdicts=None,
        judges=None,
        board_strategies=None,
        replacement_epsilon=0.15,
    )
    assert found.empty and list(found) == TABLES["judge_replacement"].column_names


@pytest.mark.parametrize("column", ["omega_10", "omega_15", "omega_20"])
def test_the_papers_three_epsilons_are_there_whatever_is_set(column):
    assert made()[column].loc[("judge", "j", False)] == 1
