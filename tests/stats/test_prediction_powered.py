import numpy as np
import pytest

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.prediction_powered import PredictionPowered, combine_with_people
from emoprefer_assets.stats.rating_draws import rating_draws

TRUTH = np.array([0.9, 0.3, -0.3, -0.9])
FIRST, SECOND = np.triu_indices(4, 1)


def simulated(dice: np.random.Generator, judge_right: float, bias=(0.0, 0.0, 0.0, 0.0), clips=300, share=0.2):
    """Every two of four systems on each clip; the judge says what people say or guesses, and favours some."""
    first, second, clip = np.tile(FIRST, clips), np.tile(SECOND, clips), np.repeat(np.arange(clips), 6)
    human = (dice.random(len(clip)) < 1 / (1 + np.exp(TRUTH[second] - TRUTH[first]))).astype(float)
    judge = np.where(dice.random(len(clip)) < judge_right, human, dice.integers(0, 2, len(clip)))
    pull = np.array(bias)[first] - np.array(bias)[second]
    judge = np.where(dice.random(len(clip)) < np.abs(pull), pull > 0, judge).astype(float)
    voted = dice.random(clips)[clip] < share
    return first, second, judge, np.where(voted, human, np.nan), clip, 4


BIASED = (-0.3, 0.0, 0.0, 0.3)


def test_a_biased_judge_does_not_bias_the_board():
    combined, judged = [], []
    for seed in range(150):
        rows = simulated(np.random.default_rng(seed), judge_right=0.9, bias=BIASED)
        combined.append(combine_with_people(*rows, prior=0.0).fit.strength)
        first, second, judge, _, clip, systems = rows
        judged.append(fit_bradley_terry(first, second, judge, np.ones(len(clip)), clip, systems).strength)
    error = np.std(combined, axis=0) / np.sqrt(150)
    assert np.mean(combined, axis=0) == pytest.approx(TRUTH, abs=max(3.5 * error.max(), 0.03))
    assert np.abs(np.mean(judged, axis=0) - TRUTH).max() > 0.3


def test_intervals_cover_with_a_good_and_biased_judge():
    held = []
    for seed in range(500):
        rows = simulated(np.random.default_rng(seed), judge_right=0.9, bias=BIASED)
        fit = combine_with_people(*rows).fit
        held += list(np.abs(fit.strength - TRUTH) <= 1.96 * np.sqrt(np.diag(fit.covariance)))
    assert 0.93 <= np.mean(held) <= 0.97


def test_a_good_judge_narrows_the_intervals_and_a_random_one_is_ignored():
    good = combine_with_people(*simulated(np.random.default_rng(0), judge_right=0.9))
    assert (good.fit.rating_error < 0.75 * good.human.rating_error).all()
    random = combine_with_people(*simulated(np.random.default_rng(0), judge_right=0.0))
    assert random.power < 0.15
    assert random.fit.rating_error == pytest.approx(random.human.rating_error, rel=0.05)


def test_the_tuned_power_has_no_more_variance_than_other_powers():
    rows = simulated(np.random.default_rng(1), judge_right=0.7)
    tuned = combine_with_people(*rows)
    sums = [np.trace(combine_with_people(*rows, power=power).fit.covariance) for power in np.linspace(0, 1, 11)]
    assert 0 < tuned.power < 1
    assert np.trace(tuned.fit.covariance) <= min(sums) * 1.01


@pytest.mark.parametrize("judge_right", [0.0, 0.3, 0.9])
def test_no_rating_has_a_wider_interval_than_by_people_alone(judge_right):
    for seed in range(40):
        found = combine_with_people(*simulated(np.random.default_rng(seed), judge_right, BIASED, clips=60))
        assert (np.diag(found.fit.covariance) <= np.diag(found.human.covariance)).all()


def test_systems_of_which_people_saw_every_battle_do_not_stop_the_judge_from_helping_others():
    *rows, _ = simulated(np.random.default_rng(0), judge_right=0.9)
    said = np.random.default_rng(1).integers(0, 2, 60)
    seen = np.full(60, 4), np.full(60, 5), 1 - said, said, np.arange(60)
    both = (np.concatenate([some, more]) for some, more in zip(rows, seen, strict=True))
    assert combine_with_people(*both, 6).power > 0.5


def test_as_many_battles_of_people_alone_as_it_says_have_the_same_variance():
    worth, alone, together = [], [], []
    for seed in range(60):
        rows = simulated(np.random.default_rng(seed), judge_right=0.8, share=0.2)
        found = combine_with_people(*rows)
        worth.append(found.effective_labelled / found.labelled)
        together.append(np.trace(found.fit.covariance))
        more = simulated(np.random.default_rng(seed), judge_right=0.8, share=0.2 * worth[-1])
        alone.append(np.trace(combine_with_people(*more, power=0.0).fit.covariance))
    assert 1.5 < np.mean(worth) < 4
    assert np.mean(alone) == pytest.approx(np.mean(together), rel=0.05)
    ignored = combine_with_people(*simulated(np.random.default_rng(0), judge_right=0.8), power=0.0)
    assert ignored.effective_labelled == pytest.approx(ignored.labelled)


def test_power_zero_is_people_alone():
    first, second, judge, human, clip, systems = simulated(np.random.default_rng(2), judge_right=0.9)
    found = combine_with_people(first, second, judge, human, clip, systems, power=0.0)
    voted = ~np.isnan(human)
    alone = fit_bradley_terry(first[voted], second[voted], human[voted], np.ones(voted.sum()), clip[voted], systems)
    assert found.fit.strength == pytest.approx(alone.strength)
    assert found.fit.covariance == pytest.approx(alone.covariance)


def test_solves_the_rectified_equation():
    """The slow way: the judge's slope over all battles plus the rectifier over labelled ones is zero."""
    first, second, judge, human, clip, systems = simulated(np.random.default_rng(3), judge_right=0.8)
    found = combine_with_people(first, second, judge, human, clip, systems, prior=0.0, power=0.6)
    slope, voted = np.zeros(4), ~np.isnan(human)
    for one, other, by_judge, by_people in zip(first, second, judge, human, strict=True):
        chance = found.fit.win_probability[one, other]
        contrast = np.eye(4)[one] - np.eye(4)[other]
        slope += 0.6 * contrast * (by_judge - chance) / len(first)
        if not np.isnan(by_people):
            slope += contrast * ((by_people - chance) - 0.6 * (by_judge - chance)) / voted.sum()
    assert slope == pytest.approx(np.zeros(4), abs=1e-10)


def test_draws_spread_as_the_clustered_error():
    fit = combine_with_people(*simulated(np.random.default_rng(4), judge_right=0.9)).fit
    assert rating_draws(fit, rounds=4000).strength.std(axis=0) == pytest.approx(
        np.sqrt(np.diag(fit.covariance)), rel=0.06
    )


def test_systems_that_people_never_compared_stay_apart_whatever_the_judge_says():
    first, second, judge, human, clip, systems = simulated(np.random.default_rng(5), judge_right=0.9)
    human = np.where((first == 0) & (second == 1) | (first == 2) & (second == 3), human, np.nan)
    found = combine_with_people(first, second, judge, human, clip, systems)
    assert found.fit.components.tolist() == [0, 0, 1, 1]
    assert found.battles == 600


def test_without_people_it_says_what_to_do():
    first, second, judge, human, clip, systems = simulated(np.random.default_rng(6), judge_right=0.9)
    with pytest.raises(ValueError, match="Show the judge's board alone"):
        combine_with_people(first, second, judge, np.full(len(human), np.nan), clip, systems)


def close_systems_judged_most(seed: int) -> PredictionPowered:
    """People vote on every two systems on 60 clips; the crowd has 300 battles more, all of the same two systems."""
    dice = np.random.default_rng(seed)
    first, second = np.tile(FIRST, 60), np.tile(SECOND, 60)
    clip = np.concatenate([np.repeat(np.arange(60), 6), 60 + np.arange(300)])
    first, second = np.concatenate([first, np.full(300, 1)]), np.concatenate([second, np.full(300, 2)])
    human = (dice.random(len(clip)) < 1 / (1 + np.exp(CLOSE[second] - CLOSE[first]))).astype(float)
    # It sees a clear difference, and between the two close systems none.
    judge = np.where((first == 1) & (second == 2), dice.integers(0, 2, len(clip)), human)
    return combine_with_people(first, second, judge, np.where(clip < 60, human, np.nan), clip, 4, prior=0.0)


CLOSE = np.array([0.9, 0.165, -0.165, -0.9])


def test_a_crowd_that_judged_two_close_systems_most_does_not_bias_their_difference():
    found = [close_systems_judged_most(seed).fit for seed in range(300)]
    differences = np.array([fit.strength[1] - fit.strength[2] for fit in found])
    covariances = [fit.covariance for fit in found]
    errors = np.sqrt([known[1, 1] + known[2, 2] - 2 * known[1, 2] for known in covariances])
    assert differences.mean() == pytest.approx(0.33, abs=0.05)
    assert 0.92 <= np.mean(np.abs(differences - 0.33) <= 1.96 * errors) <= 0.98


def test_labels_at_random_pass_as_such_and_chosen_ones_do_not():
    p_values = [combine_with_people(*simulated(np.random.default_rng(seed), 0.9)).p_random for seed in range(300)]
    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.09
    first, second, judge, human, clip, systems = simulated(np.random.default_rng(0), 0.9, share=1.0)
    seen = np.random.default_rng(1).random(len(clip)) < 0.2 + 0.3 * judge
    assert combine_with_people(first, second, judge, np.where(seen, human, np.nan), clip, systems).p_random < 1e-3


def test_pairs_that_everybody_voted_on_stand_apart_from_a_random_sample_of_the_rest():
    # The judge is right on the first 300 battles, all voted on, and favours the second system on the others.
    clip = np.arange(1300)
    truth, drawn = 0.7, clip >= 300
    strengths = []
    for seed in range(60):
        dice = np.random.default_rng(seed)
        human = (dice.random(1300) < truth).astype(float)
        judge = np.where(drawn & (dice.random(1300) < 0.5), 0.0, human)
        voted = np.where(~drawn | (dice.random(1300) < 0.15), human, np.nan)
        rows = np.zeros(1300, dtype=int), np.ones(1300, dtype=int), judge, voted, clip, 2
        strengths.append(
            [
                np.diff(combine_with_people(*rows, prior=0.0, power=1.0, strata=strata).fit.strength)[0]
                for strata in (None, drawn.astype(int))
            ]
        )
    pooled, apart = -np.mean(strengths, axis=0)
    assert apart == pytest.approx(np.log(truth / (1 - truth)), abs=0.05)
    assert pooled < np.log(truth / (1 - truth)) - 0.2
