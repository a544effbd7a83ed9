import numpy as np
import pytest

from emoprefer_assets.stats import recognition
from emoprefer_assets.stats.crowds import (
    Voters,
    best_judge,
    held_out,
    held_out_majorities,
    log_odds_vote,
    majority_of_top,
    margin_fusion,
    weighted_margins,
)
from emoprefer_assets.stats.selection import clip_folds
from tests.stats.simulation import Simulation, simulate


def voters_of(drawn: Simulation, graded: bool = False, dice=None) -> Voters:
    margins = np.where(drawn.verdicts == 0, 1.0, -1.0)
    if graded:
        margins = margins * dice.exponential(1.0, margins.shape)
    return Voters(drawn.verdicts[:, None], margins, np.full(len(margins), graded))


def acc(drawn, verdicts) -> float:
    return float(recognition(drawn.labels, verdicts).acc_2class)


def test_folds_keep_a_clips_pairs_together():
    folds = clip_folds(np.repeat(np.arange(40), 3))
    assert (folds.reshape(40, 3) == folds.reshape(40, 3)[:, :1]).all()
    assert np.bincount(folds).tolist() == [12] * 10


def test_accuracy_counts_a_tie_as_half_and_never_reaches_zero_or_one():
    voters = Voters(np.zeros((1, 1, 4), dtype=int), np.array([[1.0, -1.0, 0.0, 1.0]]), np.array([False]))
    labels = np.array([0, 0, 0, 2])
    assert voters.accuracy(labels, np.ones(4, dtype=bool))[0] == pytest.approx((1 + 0 + 0.5 + 1) / (3 + 2))


def test_held_out_verdicts_never_see_their_own_labels():
    """A judge that is right on fold 0 only must not be chosen there: elsewhere it is worse than its rival."""
    labels = np.zeros(100, dtype=int)
    folds = np.arange(100) % 10
    lucky, steady = np.where(folds == 0, 0, 1), np.where(np.arange(100) % 3 == 0, 1, 0)
    verdicts = np.stack([lucky, steady])
    voters = Voters(verdicts[:, None], np.where(verdicts == 0, 1.0, -1.0), np.zeros(2, dtype=bool))
    assert (held_out(best_judge, voters, labels, folds) == steady).all()


def test_majorities_of_every_size_at_once_are_those_held_out_one_by_one():
    rng = np.random.default_rng(0)
    drawn = simulate(rng, skill=(0.7, 0.6, 0.65, 0.6), clips=60)
    ballots = np.stack([drawn.verdicts, rng.integers(0, 5, drawn.verdicts.shape)], axis=1)
    voters, folds = Voters(ballots, voters_of(drawn).margins, np.zeros(4, dtype=bool)), clip_folds(drawn.clips)
    at_once = held_out_majorities(voters, drawn.labels, folds)
    for k in range(1, 5):
        assert (at_once[k - 1] == held_out(majority_of_top(k), voters, drawn.labels, folds)).all()


def test_a_weighted_vote_lets_one_good_judge_outvote_two_poor_ones():
    drawn = simulate(np.random.default_rng(0), skill=(0.9, 0.55, 0.55), clips=1000)
    voters, folds = voters_of(drawn), clip_folds(drawn.clips)
    weighted = acc(drawn, held_out(log_odds_vote, voters, drawn.labels, folds))
    assert weighted > acc(drawn, held_out(majority_of_top(3), voters, drawn.labels, folds)) + 10
    assert weighted == pytest.approx(acc(drawn, drawn.verdicts[0]), abs=0.5)


def test_a_judge_on_another_scale_does_not_drown_the_others_in_the_fusion():
    drawn = simulate(np.random.default_rng(0), skill=(0.6, 0.8, 0.8), clips=1000)
    voters = voters_of(drawn)
    loud = Voters(voters.ballots, voters.margins * np.array([[100.0], [1.0], [1.0]]), voters.graded)
    everything = np.ones(1000, dtype=bool)
    assert (margin_fusion(loud, drawn.labels, everything) == margin_fusion(voters, drawn.labels, everything)).all()


def test_centring_takes_a_shared_position_bias_out_of_the_default():
    dice = np.random.default_rng(0)
    drawn = simulate(dice, skill=(0.7,) * 5, clips=1000)
    voters = voters_of(drawn, graded=True, dice=dice)
    biased = Voters(voters.ballots, voters.margins + 1.5, voters.graded)
    folds = clip_folds(drawn.clips)
    found = acc(drawn, held_out(weighted_margins, biased, drawn.labels, folds))
    assert found > acc(drawn, held_out(margin_fusion, biased, drawn.labels, folds)) + 5


@pytest.mark.parametrize("pull", [0.0, 0.4])
def test_the_default_crowd_is_never_more_than_noise_below_the_best_judge(pull):
    gains = []
    for seed in range(40):
        drawn = simulate(
            np.random.default_rng(seed), skill=(0.72, 0.68, 0.64, 0.6, 0.56), clips=400, shortcut_pull=pull
        )
        voters, folds = voters_of(drawn), clip_folds(drawn.clips)
        crowd, best = (
            acc(drawn, held_out(rule, voters, drawn.labels, folds)) for rule in (weighted_margins, best_judge)
        )
        gains.append(crowd - best)
    assert np.mean(gains) > 0
    assert np.mean(np.array(gains) < -3) <= 0.05
