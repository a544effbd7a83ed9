import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.arena import leaderboard
from emoprefer_assets.assets.counts import BattleCounts, Entrants
from emoprefer_assets.store import TABLES, run_step

SYSTEMS = ["east", "north", "west"]


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Two judges and people on pairs of three systems, some of which fight themselves, and on battles; one judge's
    checks failed."""
    rng = np.random.default_rng(0)
    systems = rng.choice(SYSTEMS, (40, 2))
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{place}" for place in range(40)],
            "clip_id": [f"c{place % 7}" for place in range(40)],
            "system1": systems[:, 0],
            "system2": systems[:, 1],
        }
    ).assign(a1="A.", a2="B.")
    verdicts = ["a1", "a2", "same", "unparsed", "failed"]
    answers = [
        (judge, strategy, round_, bool(swapped), pair, rng.choice(verdicts))
        for judge in ("good", "bad")
        for strategy in ("s1", "s2")
        for round_, swapped in np.ndindex(2, 2)
        for pair in pairs["pair_id"]
    ]
    said = pd.DataFrame(answers, columns=["judge", "strategy", "round", "swapped", "pair_id", "verdict"])
    said = said.assign(read_by="recorded")
    on_data, on_battles = said[said["pair_id"].isin(pairs["pair_id"][:30])], said[said["strategy"] == "s1"]
    labels = rng.choice(["a1", "a2", "same"], 30)
    return {
        "raw_pairs": pairs[:30].assign(position=range(30)),
        "battles": pairs[25:].assign(battle_id=pairs["pair_id"] + "b", chosen_by="uniform", batch=1),
        "consensus_pairs": pairs[:30][["pair_id", "clip_id"]].assign(
            preference=labels, provenance="published", position=range(30)
        ),
        "predictions": on_data,
        "battle_verdicts": on_battles[on_battles["pair_id"].isin(pairs["pair_id"][30:])],
        "judges": TABLES["judges"].frame(),
        "judge_board": pd.DataFrame({"judge": ["good", "bad"], "kind": "judge", "strategy": ["s2", "s1"]}),
        "judge_checks": pd.DataFrame(
            {"judge": ["bad"], "table_name": "t", "check_name": "c", "severity": "error", "passed": False}
        ),
        **{name: TABLES[name].frame() for name in ("ensemble_predictions", "crowd", "crowd_verdicts")},
    }


def by_hand(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Verdict by verdict: every one weighs one battle by the number of those that count."""
    said = tables["predictions"][["judge", "strategy", "pair_id", "verdict"]]
    said = said[(said["judge"] == "good") & (said["strategy"] == "s2")]
    battled = tables["battle_verdicts"][tables["battle_verdicts"]["judge"] == "good"]
    people = tables["consensus_pairs"].rename(columns={"preference": "verdict"}).assign(judge="human")
    verdicts = pd.concat([said, battled, people])[["judge", "pair_id", "verdict"]]
    verdicts = verdicts[verdicts["verdict"].isin(["a1", "a2", "same"])]
    fights = pd.concat([tables["raw_pairs"], tables["battles"]]).assign(battle_id=lambda rows: rows["pair_id"])
    fights = fights.drop_duplicates(["pair_id", "clip_id", "system1", "system2"])
    fought = verdicts.merge(fights[fights["system1"] != fights["system2"]], on="pair_id")
    weight = 1 / fought.groupby(["judge", "battle_id"])["verdict"].transform("size")
    in_order = fought["system1"] < fought["system2"]
    won = np.where(in_order, fought["verdict"] == "a1", fought["verdict"] == "a2")
    tied = (fought["verdict"] == "same").astype(float)
    rows = pd.DataFrame(
        {
            "source": fought["judge"],
            "clip_id": fought["clip_id"],
            "first_system": fought["system1"].where(in_order, fought["system2"]),
            "second_system": fought["system2"].where(in_order, fought["system1"]),
            "pair_id": fought["pair_id"],
            "battles": weight,
            "first_wins": weight * (won + 0.5 * tied),
            "ties": weight * tied,
        }
    )
    return rows.groupby(["source", "clip_id", "first_system", "second_system", "pair_id"], as_index=False).sum()


def test_counts_are_what_weighing_verdict_by_verdict_gives(tables):
    found, expected = run_step("battle_counts", **tables), by_hand(tables)
    assert set(expected["source"]) == {"good", "human"}
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_counts_as_arrays_keep_the_rows_in_their_order(tables):
    frame = run_step("battle_counts", **tables)
    counts = BattleCounts.of(frame.sample(frac=1, random_state=0))
    assert counts.sources[counts.source].tolist() == frame["source"].tolist()
    assert counts.clips[counts.clip].tolist() == frame["clip_id"].tolist()
    assert counts.systems[counts.first].tolist() == frame["first_system"].tolist()
    assert counts.systems[counts.second].tolist() == frame["second_system"].tolist()
    assert counts.pairs[counts.pair].tolist() == frame["pair_id"].tolist()
    for column in ("battles", "first_wins", "ties"):
        assert getattr(counts, column).tolist() == frame[column].tolist()
    first = frame[(frame["source"] == "good") & (frame[["first_system", "second_system"]] == "east").any(axis=1)]
    assert counts.fought["good", "east"] == pytest.approx(first["battles"].sum())


def test_a_system_has_no_rank_only_where_no_description_of_it_may_be_judged():
    rows = [("a", "quarantined"), ("a", "quarantined"), ("b", "quarantined"), ("b", "open"), ("c", "released")]
    rows += [("d", "disqualified"), ("e", "withdrawn")]
    assert Entrants.of(pd.DataFrame(rows, columns=["system", "state"])).unranked == {
        "a": "quarantined",
        "d": "disqualified",
    }


def test_people_are_all_qualified_votes_on_contested_pairs_too(tables):
    votes = [("p0", "a", "a1"), ("p0", "b", "a2"), ("p0", "c", "same"), ("p0", "d", "a1"), ("p0", "out", "a2")]
    tables["raw_pairs"].loc[0, ["system1", "system2"]] = ["west", "east"]
    tables["annotations"] = pd.DataFrame(votes, columns=["pair_id", "annotator", "vote"])
    tables["annotators"] = pd.DataFrame(
        {"annotator": ["a", "b", "c", "d", "out"], "qualified": [True] * 4 + [False], "votes": 1}
    )
    found = run_step("battle_counts", **tables)
    (row,) = found[found["source"] == "human"].to_dict("records")
    assert (row["pair_id"], row["first_system"], row["battles"]) == ("p0", "east", 1.0)
    # One of four votes for east, and a tie as half.
    assert (row["first_wins"], row["ties"]) == (1.5 / 4, 1 / 4)


def gap(counts: pd.DataFrame) -> tuple[float, float]:
    """Elo by which system a is ahead of b, and the width of its interval."""
    nobody, none_drawn = (TABLES[name].frame() for name in ("annotators", "human_battle_votes"))
    board = leaderboard.make(BattleCounts.of(counts), Entrants({}), nobody, none_drawn).frame
    rating = board[board["source"] == "human"].set_index("system")
    return rating.at["a", "rating"] - rating.at["b", "rating"], rating.at["a", "ci_high"] - rating.at["a", "ci_low"]


def test_a_preference_of_60_percent_is_70_elo():
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame({"pair_id": [f"p{place:04}" for place in range(3000)], "system1": "a", "system2": "b"})
    pairs = pairs.assign(clip_id="c" + pairs["pair_id"], a1="A.", a2="B.", position=range(3000))
    ballots = pd.DataFrame(np.where(rng.random((3000, 3)) < 0.6, "a1", "a2"), pairs["pair_id"], list("xyz"))
    votes = ballots.stack().rename_axis(["pair_id", "annotator"]).rename("vote").reset_index()
    people = pd.DataFrame({"annotator": list("xyz"), "qualified": True, "votes": 3000})
    unanimous = ballots[ballots.nunique(axis=1) == 1]["x"].rename("preference").reset_index()
    unanimous = unanimous.merge(pairs[["pair_id", "clip_id", "position"]]).assign(provenance="unanimous")
    tables = {"raw_pairs": pairs, "consensus_pairs": unanimous}
    of_labels = gap(run_step("battle_counts", **tables))
    of_votes = gap(run_step("battle_counts", **tables, annotations=votes, annotators=people))
    assert of_labels[0] == pytest.approx(400 * np.log10(0.6**3 / 0.4**3), abs=25)
    assert of_votes[0] == pytest.approx(400 * np.log10(0.6 / 0.4), abs=10)
    assert of_votes[1] < 0.5 * of_labels[1]


def test_votes_on_battles_count_and_labels_step_back_where_there_are_votes(tables):
    voted = tables["battles"].iloc[[-1, -1]].assign(annotator=["Ann", "Bo"], vote=["a1", "same"], probability=0.2)
    voted = voted.assign(system1="east", system2="west")
    columns = [name for name in TABLES["human_battle_votes"].column_names if name in voted]
    people = pd.DataFrame({"annotator": ["Ann", "Bo"], "qualified": True, "votes": 1})
    tables["battles"].loc[voted.index, ["system1", "system2"]] = ["east", "west"]
    found = run_step("battle_counts", **tables, human_battle_votes=voted[columns], annotators=people)
    (row,) = found[found["source"] == "human"].to_dict("records")
    assert (row["pair_id"], row["battles"], row["first_wins"], row["ties"]) == ("p39", 1.0, 0.75, 0.5)
    people["qualified"] = [True, False]
    found = run_step("battle_counts", **tables, human_battle_votes=voted[columns], annotators=people)
    assert found.loc[found["source"] == "human", "first_wins"].tolist() == [1.0]
