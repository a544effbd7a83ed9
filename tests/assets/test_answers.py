from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers, verdicts_by_judge
from emoprefer_assets.stats.labels import FAILED, VERDICTS, codes
from emoprefer_assets.store import Reading

PAIRS = pd.DataFrame({"pair_id": ["p2", "p0", "p1"]})
COLUMNS = ["judge", "strategy", "round", "swapped", "pair_id", "verdict", "p_a1", "p_a2"]


def made_up(seed: int) -> pd.DataFrame:
    """Judges under two strategies, in both orders and two rounds: some without probabilities, some with a call failed,
    some that miss a pair or an order, all with a pair that nobody asks for."""
    dice = np.random.default_rng(seed)
    rows = []
    for judge in ("graded", "hard", "failing", "missing", "one order"):
        for strategy in ("s1", "s2"):
            for round_, swapped, pair in np.ndindex(2, 2, 4):
                if (judge, pair, strategy) == ("missing", 1, "s2") or (judge == "one order" and swapped):
                    continue
                failed = judge == "failing" and dice.random() < 0.3
                known = judge != "hard" and not failed
                odds = dice.choice([0.0, 0.2, 0.7, 1.0], 2) if known else [None, None]
                verdict = "failed" if failed else VERDICTS[dice.integers(4)]
                rows.append((judge, strategy, round_, bool(swapped), f"p{pair}", verdict, *odds))
    return pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=seed)


def by_hand(frame: pd.DataFrame, judge: str, strategy: str, swapped: bool) -> tuple:
    """Verdicts and margins of one run, shape (rounds, pairs), by pivoting."""
    run = frame[(frame["judge"] == judge) & (frame["strategy"] == strategy) & (frame["swapped"] == swapped)]
    if run.empty:
        return None, None
    square = run.pivot(index="round", columns="pair_id").reindex(columns=PAIRS["pair_id"], level=1)
    verdicts = np.stack([codes(of_round) for of_round in square["verdict"].to_numpy()])
    first, second = (square[side].to_numpy(dtype=float).clip(min=1e-12) for side in ("p_a1", "p_a2"))
    margin = np.log(first / second)
    if np.isnan(margin[verdicts != FAILED]).any() or np.isnan(margin).all():
        return verdicts, None
    return verdicts, np.nan_to_num(margin)


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_and_margins_of_a_judge_are_what_a_pivot_gives(seed):
    frame = made_up(seed)
    found = verdicts_by_judge(Answers.of(frame), PAIRS, pd.DataFrame({"judge": sorted(set(frame["judge"]))}))
    keys = [(judge.judge, judge.strategy) for judge in found]
    assert keys == sorted(set(zip(frame["judge"], frame["strategy"], strict=True)) - {("missing", "s2")})
    for judge in found:
        normal, margin = by_hand(frame, judge.judge, judge.strategy, False)
        swapped, swapped_margin = by_hand(frame, judge.judge, judge.strategy, True)
        for ours, theirs in zip(
            vars(judge).values(), (judge.judge, judge.strategy, normal, swapped, margin, swapped_margin), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


def test_a_judge_that_does_not_take_part_is_left_out():
    found = verdicts_by_judge(Answers.of(made_up(0)), PAIRS, pd.DataFrame({"judge": ["hard", "unknown"]}))
    assert {judge.judge for judge in found} == {"hard"}


def test_no_answers_are_no_verdicts():
    none = Answers.of(pd.DataFrame(columns=COLUMNS))
    assert verdicts_by_judge(none, PAIRS, pd.DataFrame({"judge": ["hard"]})) == []


def test_a_verdict_that_is_none_is_refused():
    with pytest.raises(KeyError, match="none of a1, a2, same, unparsed, failed"):
        Answers.of(made_up(0).assign(verdict="a3"))


def test_a_verdict_without_probabilities_has_the_median_size_of_the_others_margins():
    frame = pd.DataFrame(
        [("j", "s1", 0, False, f"p{place}", "a1", odds, 0.1) for place, odds in enumerate([0.1, 0.2, 0.4, 0.8, 0.8])]
        + [("j", "s1", 0, False, f"p{place}", said, None, None) for place, said in ((5, "a2"), (6, "failed"))],
        columns=COLUMNS,
    )
    pairs, judges = pd.DataFrame({"pair_id": sorted(frame["pair_id"])}), pd.DataFrame({"judge": ["j"]})
    (found,) = verdicts_by_judge(Answers.of(frame), pairs, judges)
    assert found.margin[0, 5:].tolist() == pytest.approx([-np.log(4), 0])
    # Of more than a fifth nobody knows how sure the judge was.
    (found,) = verdicts_by_judge(Answers.of(frame.assign(p_a1=frame["p_a1"].where(frame.index > 0))), pairs, judges)
    assert found.margin is None


def test_the_same_version_is_read_once_and_another_one_anew():
    with duckdb.connect() as connection:
        connection.register("said", made_up(1))
        reading = Reading(connection, Path("made-up.duckdb"))
        first = Answers.latest(reading, "said", ["1"])
        assert Answers.latest(reading, "said", ["1"]) is first
        judges = pd.DataFrame({"judge": ["graded", "hard"]})
        assert verdicts_by_judge(first, PAIRS, judges) is verdicts_by_judge(first, PAIRS, judges)
        with pytest.raises(ValueError, match="read-only"):
            first.verdict[0] = 0
        connection.register("said", made_up(2))
        second = Answers.latest(reading, "said", ["2"])
        assert not np.array_equal(second.verdict, first.verdict)
