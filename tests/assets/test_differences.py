import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.assets.answers import Answers
from emoprefer_assets.assets.auditing import baseline_verdicts
from emoprefer_assets.assets.comparing import judge_differences, judge_ranks
from emoprefer_assets.assets.scoring import score_judges
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.labels import VERDICTS
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.store import run_step
from tests.assets.test_auditing import as_tables
from tests.stats.simulation import simulate

NAMES = np.array(VERDICTS)


def answers(pairs, **verdicts):
    """Predictions of judges, or of `judge__strategy`, in the normal order, one round each: verdict names by pair."""
    runs = []
    for name, said in verdicts.items():
        judge, _, strategy = name.partition("__")
        runs.append(
            pairs[["pair_id"]].assign(
                judge=judge, strategy=strategy or "s1", round=0, swapped=False, verdict=said, p_a1=None, p_a2=None
            )
        )
    return pd.concat(runs, ignore_index=True)


def compared(raw, consensus, predictions, blind=()):
    """Strategies, differences and ranks of the judges on a board, as the assets make them."""
    predictions = Answers.of(predictions)
    judges = pd.DataFrame({"judge": predictions.judges}).assign(
        content_blind=lambda rows: rows["judge"].isin(blind),
        backend="replay",
        inputs=[[]] * len(predictions.judges),
        live=False,
        strategies=[["s1"]] * len(predictions.judges),
    )
    scores = score_judges(predictions, consensus, judges)
    strategies = run_step("board_strategies", judge_scores=scores, judges=judges)
    baselines = baseline_verdicts.make(raw, consensus)
    differences = judge_differences.make(predictions, baselines, raw, consensus, judges, strategies)
    return strategies.set_index("judge"), differences, judge_ranks.make(differences).set_index("judge")


def of_simulation(drawn, **verdicts):
    tables = as_tables(drawn)
    return compared(tables["raw_pairs"], tables["consensus_pairs"], answers(tables["consensus_pairs"], **verdicts))


def said(right, labels):
    return NAMES[np.where(right, labels, 1 - labels)]


def assert_no_row_contradicts_itself(board):
    """The ranks, tiers, ties and equality of one board say one thing."""
    for name, row in board.iterrows():
        tied = list(row["tied_with"])
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]
        assert set(row["equivalent_to"]) <= set(tied)
        # Who is tied with nobody better has no better rank closed, and so on.
        better = board[board["rank"] < row["rank"]]
        worse = board[board["rank"] > row["rank"]]
        assert row["rank_low"] == 1 + len(set(better.index) - set(tied))
        assert row["rank_high"] == len(board) - len(set(worse.index) - set(tied))
        for other, theirs in board.drop(name).iterrows():
            assert (other in tied) == (name in list(theirs["tied_with"]))
            assert (other in tied) == bool(set(row["tier"]) & set(theirs["tier"]))
            assert (name in list(theirs["equivalent_to"])) == (other in list(row["equivalent_to"]))


def assert_differences_say_one_thing(differences, ranks):
    outside = (differences["difference_low"] > 0) | (differences["difference_high"] < 0)
    assert (differences["significant"] == outside).all()
    assert (differences["significant"] == (differences["p_value"] <= 0.05)).all()
    assert (differences["difference"] >= 0).all()
    for row in differences.itertuples():
        assert row.significant == (row.judge2 not in ranks.at[row.judge1, "tied_with"])
        assert ranks.at[row.judge1, "rank"] <= ranks.at[row.judge2, "rank"]
    count = len(ranks)
    assert len(differences) == count * (count - 1) / 2


def test_no_row_of_the_sample_contradicts_itself(published_sample):
    differences = published_sample.sql("from judge_differences").df()
    ranks = published_sample.sql("from judge_ranks").df().set_index("judge")
    assert len(ranks) > 3
    assert_differences_say_one_thing(differences, ranks)
    assert_no_row_contradicts_itself(ranks)
    board = published_sample.sql("from judge_board where rank is not null").df().set_index("judge")
    assert_no_row_contradicts_itself(board)
    baseline = "best baseline"
    for _, row in board.drop(baseline).iterrows():
        shown = row["gain_over_baseline_low"] > 0 or row["gain_over_baseline_high"] < 0
        assert shown == (baseline not in row["tied_with"])
    systems = published_sample.sql("from leaderboard where state = 'ranked'").df()
    for _, of_source in systems.groupby(["source", "component"]):
        assert_no_row_contradicts_itself(of_source.set_index("system"))


def test_baselines_other_than_the_best_are_compared_with_nobody(published_sample):
    compared = published_sample.sql("from judge_differences").df()
    baselines = published_sample.sql("select judge from judge_board where kind = 'baseline' and rank is null").df()[
        "judge"
    ]
    assert "always_a1" in set(baselines)
    assert not set(baselines) & {*compared["judge1"], *compared["judge2"]}


def test_judges_far_apart_on_the_sample_differ(published_sample):
    # By McNemar's test of accuracy two that were 29 points of WAF apart were tied.
    from emoprefer_assets.stats.comparing import compare_scores
    from emoprefer_assets.stats.labels import codes
    from emoprefer_assets.stats.metrics import recognition
    from emoprefer_assets.stats.resampling import clip_bootstrap

    rows = published_sample.sql("""
        select pairs.clip_id, preference, baseline, verdict from baseline_verdicts
        join consensus_pairs as pairs using (pair_id) where preference is not null order by baseline, position
    """).df()
    pairs = rows[rows["baseline"] == "always_a1"]
    labels, clips = codes(pairs["preference"]), pairs["clip_id"].to_numpy(dtype=str)
    bootstrap = clip_bootstrap(clips)
    said = [codes(rows.loc[rows["baseline"] == name, "verdict"]) for name in ("system_prior", "always_a1")]
    values = np.array([recognition(labels, one).waf_2class for one in said])
    replicates = bootstrap.recognition(labels, np.stack(said)).waf_2class
    found = compare_scores(values, replicates, len(set(clips)))
    assert found.difference[0, 1] == pytest.approx(31.1, abs=0.05)
    assert found.low[0, 1] > 15
    assert found.significant[0, 1]


@pytest.fixture
def real(real_data):
    pairs = read_data_set(real_data).pairs
    return pairs, pairs[["pair_id", "clip_id", "position"]].assign(preference=pairs["published_preference"])


def test_no_row_of_the_published_pairs_contradicts_itself(real):
    raw, consensus = real
    dice = np.random.default_rng(0)
    labels = consensus["preference"].to_numpy()
    verdicts = {
        f"j{n}": np.where(dice.random(len(labels)) < skill, labels, dice.choice(NAMES[:3], len(labels)))
        for n, skill in enumerate(np.linspace(0, 0.8, 14))
    }
    _, differences, ranks = compared(raw, consensus, answers(consensus, **verdicts))
    assert len(ranks) == 15 and "best baseline" in ranks.index
    assert_differences_say_one_thing(differences, ranks)
    assert_no_row_contradicts_itself(ranks)


def test_no_row_of_random_boards_contradicts_itself():
    dice = np.random.default_rng(0)
    for seed in range(8):
        skill = tuple(dice.uniform(0.3, 0.95, dice.integers(1, 9)))
        drawn = simulate(np.random.default_rng(seed), skill, clips=int(dice.integers(3, 80)), pairs_a_clip=2)
        verdicts = {f"j{n}": NAMES[said] for n, said in enumerate(drawn.verdicts)}
        _, differences, ranks = of_simulation(drawn, **verdicts)
        assert_differences_say_one_thing(differences, ranks)
        assert_no_row_contradicts_itself(ranks)


def test_the_strategy_compared_is_that_of_the_board():
    # The better strategy of judge a is a third unparsed, so the board has the other one: a is behind b.
    drawn = simulate(np.random.default_rng(0), (0.5,), clips=400)
    dice, labels = np.random.default_rng(1), drawn.labels
    poor, rich, other = (said(dice.permutation(400) < share, labels) for share in (236, 380, 296))
    rich[labels == 0] = np.where(dice.random((labels == 0).sum()) < 0.66, "unparsed", rich[labels == 0])
    strategies, differences, ranks = of_simulation(drawn, a__s1=poor, a__s2=rich, b=other)
    assert strategies.loc["a", ["strategy", "kind"]].tolist() == ["s1", "judge"]
    row = differences.set_index(["judge1", "judge2"]).loc[("b", "a")]
    assert (row["strategy1"], row["strategy2"]) == ("s1", "s1")
    assert row["difference"] == pytest.approx(15, abs=0.5)
    assert row["significant"]
    assert ranks.at["b", "rank"] < ranks.at["a", "rank"]


def test_who_is_left_out_is_not_compared():
    drawn = simulate(np.random.default_rng(0), (0.8,), clips=60)
    right = said(np.ones(60, dtype=bool), drawn.labels)
    strategies, differences, ranks = of_simulation(
        drawn, fine=NAMES[drawn.verdicts[0]], broken=np.where(np.arange(60) % 2, right, "failed")
    )
    assert strategies.at["broken", "kind"] == "left out"
    assert "broken" not in ranks.index
    assert len(differences) == 1


def test_a_judge_with_the_name_of_a_baseline_is_no_baseline():
    drawn = simulate(np.random.default_rng(0), (0.9,), clips=60)
    _, _, ranks = of_simulation(drawn, system_prior=NAMES[drawn.verdicts[0]])
    assert sorted(ranks.index) == ["best baseline", "system_prior"]


def test_what_is_ranked_is_what_is_tested():
    # Right on fewer pairs and yet of a higher WAF: by accuracy the second was significantly better, and ranked lower.
    right_1, right_2 = np.arange(140) < 70, np.zeros(140, dtype=bool)
    labels = np.where(right_1, "a1", "a2")
    right_2[:25] = right_2[70:95] = True
    worse = np.where(right_2, labels, np.where(labels == "a1", "a2", "a1"))
    consensus = pd.DataFrame(
        {
            "pair_id": [f"p{n}" for n in range(140)],
            "clip_id": [f"c{n}" for n in range(140)],
            "position": range(140),
            "preference": labels,
        }
    )
    raw = consensus.drop(columns="preference").assign(
        system1=None, a1="He looks glad.", system2=None, a2="She looks sad.", published_preference=None
    )
    _, differences, ranks = compared(raw, consensus, answers(consensus, worse=worse, always=np.full(140, "a1")))
    row = differences[differences["judge1"].isin(["worse"]) & differences["judge2"].isin(["always"])].iloc[0]
    assert 0 < row["difference"] < 5
    assert not row["significant"]
    assert set(ranks.at["worse", "tier"]) & set(ranks.at["always", "tier"])

    dice = np.random.default_rng(0)
    for _ in range(20):
        systems, battles = int(dice.integers(2, 12)), int(dice.integers(5, 200))
        first = dice.integers(0, systems - 1, battles)
        second = dice.integers(first + 1, systems)
        fit = fit_bradley_terry(
            first,
            second,
            (dice.random(battles) < 0.3).astype(float),
            np.ones(battles),
            np.arange(battles) // 2,
            systems,
        )
        comparisons = rating_draws(fit, rounds=300).comparisons
        low, high = comparisons.rank_interval
        ahead = np.nan_to_num(comparisons.difference)
        assert (low == 1 + (comparisons.significant & (ahead < 0)).sum(axis=1)).all()
        assert (high == comparisons.together.sum(axis=1) - (comparisons.significant & (ahead > 0)).sum(axis=1)).all()
