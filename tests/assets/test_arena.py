"""Boards of systems, from pairs and labels to the rows of their tables."""

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets._battle_book import BattleBook
from emoprefer_assets.assets.arena import (
    leaderboard,
    leaderboard_anytime,
    leaderboard_style,
    people_with_crowd,
    style_effects,
)
from emoprefer_assets.assets.auditing import shortcut_summary
from emoprefer_assets.assets.battling import battles
from emoprefer_assets.assets.counts import BattleCounts, Entrants
from emoprefer_assets.assets.judge_tables import battle_part
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import BattleSettings, current_settings
from emoprefer_assets.store import TABLES, Journal

WORD = "word "
NOBODY = TABLES["annotators"].frame()
NONE_DRAWN = TABLES["human_battle_votes"].frame()


def counts_of(pairs: pd.DataFrame, wins: np.ndarray) -> BattleCounts:
    """People's verdicts on pairs, 1, 0.5 or 0 for system1, whose name comes first."""
    return BattleCounts.of(
        pd.DataFrame(
            {
                "source": "human",
                "clip_id": pairs["clip_id"],
                "first_system": pairs["system1"],
                "second_system": pairs["system2"],
                "pair_id": pairs["pair_id"],
                "battles": 1.0,
                "first_wins": wins,
                "ties": (wins == 0.5).astype(float),
            }
        )
    )


def two_descriptions(clips: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    """Alpha has two texts on each clip, and the longer text wins most battles: quality is equal, length is all."""
    rng = np.random.default_rng(0)
    words = rng.integers(20, 60, (clips, 2, 2))
    words[:, 0, 0], words[:, 1, 0] = rng.integers(10, 30, clips), rng.integers(50, 80, clips)
    clip, text = (places.ravel() for places in np.indices((clips, 2)))
    mine, theirs = words[clip, text, 0], words[clip, text, 1]
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{place:04}" for place in range(2 * clips)],
            "clip_id": [f"c{place:03}" for place in clip],
            "system1": "alpha",
            "a1": [WORD * count for count in mine],
            "system2": np.where(clip % 2, "beta", "gamma"),
            "a2": [WORD * count for count in theirs],
        }
    )
    return pairs, (rng.random(2 * clips) < 1 / (1 + np.exp((theirs - mine) / 12))).astype(float)


def test_the_style_of_a_battle_is_that_of_the_pairs_own_texts():
    pairs, wins = two_descriptions()
    tables = {"battle_counts": counts_of(pairs, wins), "raw_pairs": pairs, "battles": TABLES["battles"].frame()}
    effect = style_effects.make(**tables).set_index("covariate").loc["characters"]
    # A unit is a standard deviation over descriptions, and each word, five characters, is worth a twelfth.
    truth = effect["unit"] / 5 / 12
    assert effect["statement"] == "identified"
    assert effect["ci_low"] <= truth <= effect["ci_high"]
    assert effect["ci_low"] > 0
    board = leaderboard_style.make(**tables)
    assert ((board["ci_low"] <= 1000) & (board["ci_high"] >= 1000)).all()


@pytest.mark.parametrize("habit", [0, 60])
def test_one_rule_says_whether_length_can_be_told_from_the_systems(habit):
    pairs, wins = two_descriptions()
    pairs["a1"] = WORD * habit + pairs["a1"]
    pairs["position"] = range(len(pairs))
    labels = pairs[["pair_id", "clip_id", "position"]].assign(preference=np.where(wins == 1, "a1", "a2"))
    effects = style_effects.make(counts_of(pairs, wins), pairs, TABLES["battles"].frame()).set_index("covariate")
    said = pairs[["pair_id"]].assign(verdict="a1", direction=None)
    baselines = [said.assign(baseline=baseline) for baseline in ("length", "system_prior", "random")]
    (summary,) = shortcut_summary.make(pd.concat(baselines), pairs.assign(published_preference=None), labels).to_dict(
        "records"
    )
    found = effects.loc["characters"]
    assert summary["length_tolerance"] == pytest.approx(found["tolerance"], abs=1e-6)
    assert summary["length_clips_against"] == found["clips_against"]
    assert (summary["length_and_system"] == "separable") == (found["statement"] == "identified")


def ties_with_one_opponent(clips: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    """East beats north and west alike, but ties with west on half of the clips."""
    rng = np.random.default_rng(1)
    clip, other = (places.ravel() for places in np.indices((clips, 2)))
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{place:04}" for place in range(2 * clips)],
            "clip_id": [f"c{place:03}" for place in clip],
            "system1": "east",
            "system2": np.where(other, "west", "north"),
        }
    )
    decided = (rng.random(2 * clips) < 0.73).astype(float)
    return pairs, np.where((other == 1) & (rng.random(2 * clips) < 0.5), 0.5, decided)


def test_a_board_warns_where_ties_differ_and_says_on_how_few_clips_its_leader_stands():
    board = leaderboard.make(counts_of(*ties_with_one_opponent()), Entrants({}), NOBODY, NONE_DRAWN).frame.set_index(
        "system"
    )
    assert board["ties_differ"].all()
    assert board.at["west", "ci_low"] > board.at["north", "ci_high"]
    low, high = board.at["west", "davidson_low"], board.at["west", "davidson_high"]
    assert low <= board.at["north", "davidson_rating"] <= high
    leader = board[board["rank"] == 1].iloc[0]
    assert leader.name == "east" and leader["challenger"] in ("west", "north") and leader["clips_to_change"] > 20
    assert board.drop(index="east")[["challenger", "clips_to_change"]].isna().all(axis=None)


def test_who_beats_whom_at_any_look_by_the_number_of_different_boards():
    counts = counts_of(*ties_with_one_opponent())
    board = leaderboard.make(counts, Entrants({}), NOBODY, NONE_DRAWN).frame
    # One evaluation was of other figures, with a system that stood on one clip.
    other = board.assign(rating=board["rating"] + 1, ci_low=np.nan)
    kept = pd.concat([some.assign(evaluation=number) for number, some in enumerate([other, board, board, board], 1)])
    found = leaderboard_anytime.make(counts, NOBODY, NONE_DRAWN, kept).set_index("system")
    assert set(found["look"]) == {2}
    assert found["beats"].to_dict() == {"east": ["west", "north"], "north": [], "west": ["north"]}
    both = board.set_index("system").join(found[["low_always", "high_always"]])
    assert (both["low_always"] < both["ci_low"]).all() and (both["ci_high"] < both["high_always"]).all()
    assert leaderboard_anytime.make(counts, NOBODY, NONE_DRAWN, kept.head(0)).empty


def test_a_board_without_ties_does_not_warn():
    pairs, wins = two_descriptions()
    assert not leaderboard.make(counts_of(pairs, wins), Entrants({}), NOBODY, NONE_DRAWN).frame["ties_differ"].any()


def test_without_systems_there_are_no_boards_at_equal_style():
    pairs, wins = two_descriptions()
    unknown = pairs.assign(system1=None, system2=None)
    counts = counts_of(pairs.head(0), wins[:0])
    assert leaderboard_style.make(counts, unknown, TABLES["battles"].frame()).empty


def voted_and_judged(voted: np.ndarray, judged: np.ndarray, crowd: np.ndarray) -> tuple[BattleCounts, pd.DataFrame]:
    """People and a crowd on a pair a clip of two systems: which each has judged, and what the crowd says."""
    rng = np.random.default_rng(2)
    pairs = pd.DataFrame({"pair_id": [f"p{place:04}" for place in range(len(crowd))]})
    pairs = pairs.assign(clip_id=pairs["pair_id"], first_system="east", second_system="west", battles=1.0, ties=0.0)
    people = pairs.assign(source="human", first_wins=rng.integers(0, 4, len(pairs)) / 3)[voted]
    rows = pd.concat([people, pairs.assign(source="crowd", first_wins=crowd)[judged]])
    return BattleCounts.of(rows), pd.DataFrame({"annotator": ["a"], "qualified": True, "votes": 1})


def test_people_with_crowd_is_shown_for_labels_at_random_only_and_else_says_why():
    rng = np.random.default_rng(3)
    crowd, everything = rng.integers(0, 2, 400).astype(float), np.ones(400, dtype=bool)
    at_random, chosen = rng.random(400) < 0.4, rng.random(400) < 0.2 + 0.4 * crowd
    reasons = {}
    for name, voted, judged in (
        ("random", at_random, everything),
        ("all", everything, everything),
        ("chosen", chosen, everything),
        ("contested left out", everything, at_random),
        ("nothing shared", at_random, ~at_random),
    ):
        counts, annotators = voted_and_judged(voted, judged, crowd)
        (row,) = people_with_crowd.make(counts, annotators, NONE_DRAWN).to_dict("records")
        sources = set(leaderboard.make(counts, Entrants({}), annotators, NONE_DRAWN).frame["source"])
        assert ("people with crowd" in sources) == pd.isna(row["not_shown"])
        reasons[name] = row["not_shown"]
    assert pd.isna(reasons["random"])
    assert "would repeat their own board" in reasons["all"]
    assert "no random part" in reasons["chosen"]
    assert "EMOPREFER_BATTLES_CONTESTED=yes" in reasons["contested left out"]
    assert "nothing corrects the crowd" in reasons["nothing shared"]
    counts, _ = voted_and_judged(at_random, everything, crowd)
    assert "came without votes" in people_with_crowd.make(counts, NOBODY, NONE_DRAWN).at[0, "not_shown"]


def test_battles_drawn_for_people_correct_the_crowd_beside_pairs_that_were_chosen():
    rng = np.random.default_rng(3)
    crowd, everything = rng.integers(0, 2, 600).astype(float), np.ones(600, dtype=bool)
    # People voted on 150 pairs of which the crowd says the first one is better, and on a random part of the rest.
    chosen = (crowd == 1) & (np.cumsum(crowd) <= 150)
    drawn = ~chosen & (rng.random(600) < 0.3)
    counts, annotators = voted_and_judged(chosen | drawn, everything, crowd)
    pairs = pd.DataFrame({"pair_id": [f"p{place:04}" for place in np.flatnonzero(drawn)]})
    (pooled,) = people_with_crowd.make(counts, annotators, NONE_DRAWN).to_dict("records")
    (apart,) = people_with_crowd.make(counts, annotators, pairs).to_dict("records")
    assert "no random part" in pooled["not_shown"]
    assert pd.isna(apart["not_shown"]) and apart["voted"] == (chosen | drawn).sum()


def test_contested_pairs_are_battles_where_that_is_set(tmp_path):
    pairs, _ = two_descriptions(3)
    pairs = pairs.assign(position=range(6))
    labelled = pairs.head(4)[["pair_id", "clip_id", "position"]].assign(preference="a1", provenance="unanimous")
    for contested, expected in ((True, pairs["pair_id"][4:].tolist()), (False, [])):
        settings = BattleSettings(contested=contested)
        book = BattleBook(Journal(tmp_path / "battles.jsonl"), settings)
        found = battles.make(TABLES["entries"].frame(), pairs, labelled, book)
        assert found["pair_id"].tolist() == expected


class Tables(dict):
    frame = dict.__getitem__


def test_all_judges_are_asked_about_contested_pairs_and_who_votes_about_the_rest(tmp_path):
    three, _ = two_descriptions(3)
    texts = three.rename(columns={"clip_id": "name"})
    (tmp_path / "data").mkdir()
    texts.assign(pair=texts["pair_id"]).drop(columns="pair_id").to_csv(tmp_path / "data" / "pairs.csv", index=False)
    settings = current_settings(data_dir=tmp_path / "data")
    three["pair_id"] = read_data_set(settings.data_dir).pairs["pair_id"]
    held = texts.iloc[:1].assign(preference="a1")
    for name, rows in (
        ("knows", held[["name", "a1", "a2", "preference"]]),
        ("knows_by_name", held.rename(columns={"pair_id": "pair"})[["pair", "preference"]]),
        ("lacks", held.head(0)[["name", "a1", "a2", "preference"]]),
    ):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "judges.yaml").write_text(
        "judges:\n"
        "- {name: votes, backend: openai, model: m, base_url: 'http://127.0.0.1:9/v1', inputs: [video]}\n"
        "- {name: not_voting, backend: openai, model: m, base_url: 'http://127.0.0.1:9/v1', inputs: [video]}\n"
        "- {name: knows, backend: replay, path: knows.csv}\n"
        "- {name: knows_by_name, backend: replay, path: knows_by_name.csv}\n"
        "- {name: lacks, backend: replay, path: lacks.csv}\n"
    )
    asked = three.assign(chosen_by=["contested", *["uniform"] * 5], battle_id=three["pair_id"], batch=0)
    crowd = TABLES["crowd"].frame().reindex([0]).astype({"voters": object})
    crowd.at[0, "voters"] = ["votes", "knows"]
    reading = Tables(battles=asked, crowd=crowd, judge_board=TABLES["judge_board"].frame())
    judges = read_registry(tmp_path / "judges.yaml").judges
    found = {judge.name: len(battle_part(judge, reading, settings).pairs) for judge in judges}
    assert found == {"votes": 6, "not_voting": 1, "knows": 1, "knows_by_name": 1, "lacks": 0}
