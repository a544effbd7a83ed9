import numpy as np
import pytest

from emoprefer_assets.stats.crowds import (
    PENALTY,
    Candidates,
    Fold,
    Rule,
    Voters,
    best_judge,
    calibrated_panel,
    held_out,
    held_out_majorities,
    log_odds_vote,
    log_odds_weights,
    margin_fusion,
    non_negative_weights,
    panel_weights,
    top_k_majority,
    weighted_margins,
)
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.selection import Split, clip_folds, clip_splits, stratum_splits
from tests.stats.simulation import Simulation, simulate


def voters_of(drawn: Simulation, graded: bool = False, dice=None) -> Voters:
    margins = np.where(drawn.verdicts == 0, 1.0, -1.0)
    if graded:
        margins = margins * dice.exponential(1.0, margins.shape)
    return Voters(drawn.verdicts[:, None], margins, np.full(len(margins), graded))


def folds_by_clip(drawn: Simulation) -> list[Fold]:
    """Every judge with one strategy."""
    candidates = Candidates(np.arange(len(drawn.verdicts)), [verdicts[None] for verdicts in drawn.verdicts])
    return candidates.folds(drawn.labels, clip_splits(drawn.clips))


def majority_of_top(k: int) -> Rule:
    """The majority of the k best judges, ties going to the better-ranked."""
    return lambda voters, *_: top_k_majority(voters.ballots[:k])[-1]


def acc(drawn, verdicts) -> float:
    return float(recognition(drawn.labels, verdicts).acc_2class)


def test_folds_keep_a_clips_pairs_together():
    folds = clip_folds(np.repeat(np.arange(40), 3))
    assert (folds.reshape(40, 3) == folds.reshape(40, 3)[:, :1]).all()
    assert np.bincount(folds).tolist() == [12] * 10


def test_a_left_out_stratum_is_scored_by_other_strata_and_other_clips():
    strata, clips = np.tile(["x", "y", "z"], 40), np.repeat(np.arange(40), 3)
    splits = stratum_splits(strata, clips)
    assert (np.sum([split.scored for split in splits], axis=0) == 1).all()
    for split in splits:
        assert not np.isin(strata[split.known], strata[split.scored]).any()
        assert not np.isin(clips[split.known], clips[split.scored]).any()


def test_strata_on_clips_of_their_own_are_left_out_one_by_one():
    splits = stratum_splits(np.repeat(["x", "y"], 6), np.arange(12))
    assert [split.scored.tolist() for split in splits] == [(~split.known).tolist() for split in splits]
    assert len(splits) == 2


def test_one_stratum_cannot_be_left_out():
    assert stratum_splits(np.full(12, "x"), np.arange(12)) == []


def test_many_strata_are_left_out_in_ten_groups_of_whole_strata():
    splits = stratum_splits(np.repeat(np.arange(45), 2), np.arange(90))
    assert sorted(int(split.scored.sum()) for split in splits) == [8] * 5 + [10] * 5


def test_accuracy_counts_a_tie_as_half_and_never_reaches_zero_or_one():
    voters = Voters(np.zeros((1, 1, 4), dtype=int), np.array([[1.0, -1.0, 0.0, 1.0]]), np.array([False]))
    labels = np.array([0, 0, 0, 2])
    assert voters.accuracy(labels, np.ones(4, dtype=bool))[0] == pytest.approx((1 + 0 + 0.5 + 1) / (3 + 2))


def test_strategy_and_rank_are_the_known_labels_choice():
    labels = np.array([A1, A2, A1, A2])
    right, half = labels[None], np.array([[A1, A1, A1, A1]])
    candidates = Candidates(np.array([0, 0, 1]), [1 - right, half, np.concatenate([right, right])])
    everything = [Split(np.zeros(4, dtype=bool), np.ones(4, dtype=bool))]
    assert candidates.folds(labels, everything)[0].ranked.tolist() == [2, 1]
    # Of equals the first: the lower judge, and its first strategy.
    equal = Candidates(np.array([0, 0, 1]), [right, right, right])
    assert equal.folds(labels, everything)[0].ranked.tolist() == [0, 2]


def test_held_out_verdicts_never_see_their_own_labels():
    """A judge that is right on fold 0 only must not be chosen there: elsewhere it is worse than its rival."""
    labels, clips = np.arange(100) % 2, np.arange(100)
    mine = clip_folds(clips) == 0
    lucky, steady = np.where(mine, labels, 1 - labels), np.where(np.arange(100) % 3 == 0, 1 - labels, labels)
    for judges in ([0, 1], [0, 0]):
        candidates = Candidates(np.array(judges), [lucky[None], steady[None]])
        verdicts = np.stack([lucky, steady])
        voters = Voters(verdicts[:, None], np.where(verdicts == 0, 1.0, -1.0), np.zeros(2, dtype=bool))
        folds = candidates.folds(labels, clip_splits(clips))
        assert (held_out(best_judge, voters, labels, folds) == steady).all()


def test_majorities_of_every_size_at_once_are_those_held_out_one_by_one():
    rng = np.random.default_rng(0)
    drawn = simulate(rng, skill=(0.7, 0.6, 0.65, 0.6), clips=60)
    ballots = np.stack([drawn.verdicts, rng.integers(0, 5, drawn.verdicts.shape)], axis=1)
    voters, folds = Voters(ballots, voters_of(drawn).margins, np.zeros(4, dtype=bool)), folds_by_clip(drawn)
    at_once = held_out_majorities(voters, drawn.labels, folds)
    for k in range(1, 5):
        assert (at_once[k - 1] == held_out(majority_of_top(k), voters, drawn.labels, folds)).all()


@pytest.mark.parametrize("rule", [log_odds_vote, calibrated_panel])
def test_weights_let_one_good_judge_outvote_two_poor_ones(rule):
    drawn = simulate(np.random.default_rng(0), skill=(0.9, 0.55, 0.55), clips=1000)
    voters, folds = voters_of(drawn), folds_by_clip(drawn)
    weighted = acc(drawn, held_out(rule, voters, drawn.labels, folds))
    assert weighted > acc(drawn, held_out(majority_of_top(3), voters, drawn.labels, folds)) + 10
    assert weighted == pytest.approx(acc(drawn, drawn.verdicts[0]), abs=0.5)


def test_a_judge_on_another_scale_does_not_drown_the_others_in_the_fusion():
    dice = np.random.default_rng(0)
    drawn = simulate(dice, skill=(0.6, 0.8, 0.8), clips=1000)
    voters = voters_of(drawn, graded=True, dice=dice)
    loud = Voters(voters.ballots, voters.margins * np.array([[100.0], [1.0], [1.0]]), voters.graded)
    everything = np.ones(1000, dtype=bool)
    assert (margin_fusion(loud, drawn.labels, everything) == margin_fusion(voters, drawn.labels, everything)).all()


def test_a_judge_that_often_ties_does_not_win_its_disagreements():
    often_ties = np.array([[1.0, -1.0, 0.0, 0.0, 0.0, 0.0]])
    decided = np.array([[1.0, 1.0, 1.0, 1.0, -1.0, -1.0]])
    voters = Voters(np.zeros((2, 1, 6), dtype=int), np.concatenate([often_ties, decided]), np.zeros(2, dtype=bool))
    said = margin_fusion(voters, np.zeros(6, dtype=int), np.ones(6, dtype=bool))
    assert said.tolist() == [A1, SAME, A1, A1, A2, A2]


@pytest.mark.parametrize("share", [0.7, 0.8])
@pytest.mark.parametrize("rule", [weighted_margins, margin_fusion, calibrated_panel])
def test_a_sides_true_share_is_not_taken_for_position_bias(share, rule):
    """Both orders averaged: five judges of the same skill, a1 wins 70 or 80 % of pairs."""
    dice = np.random.default_rng(0)
    labels = np.where(dice.random(4000) < share, A1, A2)
    signal, biased = np.where(labels == A1, 1.0, -1.0), dice.normal(0, 1.5, (5, 1))
    normal, swapped = (signal + side * biased + dice.normal(0, 2.0, (5, 4000)) for side in (1, -1))
    margins = (normal + swapped) / 2
    voters = Voters(np.where(margins > 0, A1, A2)[:, None], margins, np.ones(5, dtype=bool))
    right = float(np.mean(rule(voters, labels, np.ones(4000, dtype=bool)) == labels))
    # The mean of ten readings with standard deviation 2.
    from scipy.stats import norm

    assert right == pytest.approx(norm.cdf(np.sqrt(10) / 2), abs=0.02)


def test_weights_of_the_panel_are_those_of_a_bounded_search():
    dice = np.random.default_rng(0)
    truth = dice.choice([-1, 1], 300)
    evidence = truth * np.array([[1.0], [0.4], [-0.5]]) + dice.normal(0, 1, (3, 300))
    found = non_negative_weights(evidence, truth)

    def loss(weights) -> float:
        return float(
            np.log1p(np.exp(-(np.array(weights) @ evidence) * truth)).sum() + PENALTY / 2 * np.dot(weights, weights)
        )

    # A judge that is more often wrong than right gets no weight, not a negative one.
    assert found[2] == 0 and (found[:2] > 0).all()
    steps = [found + step for step in 0.01 * np.vstack([np.eye(3), -np.eye(3)])]
    assert all(loss(found) < loss(weights) for weights in steps if (weights >= 0).all())


def test_the_panels_sum_is_a_calibrated_log_odds():
    dice = np.random.default_rng(0)
    drawn = simulate(dice, skill=(0.8, 0.7, 0.6), clips=6000)
    voters = voters_of(drawn)
    odds = panel_weights(voters, drawn.labels, np.ones(6000, dtype=bool)) @ voters.normalised()
    sure = np.abs(odds) > 1
    said = 1 / (1 + np.exp(-np.abs(odds[sure])))
    assert np.mean((odds[sure] > 0) == (drawn.labels[sure] == A1)) == pytest.approx(said.mean(), abs=0.02)


@pytest.mark.parametrize("pull", [0.0, 0.4])
def test_the_crowd_is_never_more_than_noise_below_the_best_judge(pull):
    gains = []
    for seed in range(40):
        drawn = simulate(
            np.random.default_rng(seed), skill=(0.72, 0.68, 0.64, 0.6, 0.56), clips=400, shortcut_pull=pull
        )
        voters, folds = voters_of(drawn), folds_by_clip(drawn)
        crowd, best = (acc(drawn, held_out(rule, voters, drawn.labels, folds)) for rule in (log_odds_vote, best_judge))
        gains.append(crowd - best)
    assert np.mean(gains) > 0
    assert np.mean(np.array(gains) < -3) <= 0.05


def test_a_judge_below_chance_has_no_vote():
    truth = np.array([1.0, -1.0] * 10)
    labels, margins = np.where(truth > 0, A1, A2), np.stack([truth, -truth])
    voters = Voters(np.where(margins > 0, A1, A2)[:, None], margins, np.zeros(2, dtype=bool))
    everything = np.ones(20, dtype=bool)
    assert log_odds_weights(voters, labels, everything) == pytest.approx([np.log(21), 0])
    assert (log_odds_vote(voters, labels, everything) == labels).all()
