import numpy as np
import pytest

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.comparing import compare_all, compare_scores
from emoprefer_assets.stats.labels import A1, A2
from emoprefer_assets.stats.metrics import recognition
from emoprefer_assets.stats.power import clips_for_width, discordances, pairs_for_replacement, pairs_needed
from emoprefer_assets.stats.rating_draws import rating_draws
from emoprefer_assets.stats.replacement import ReplacementTest
from emoprefer_assets.stats.resampling import clip_bootstrap

FIRST, SECOND = np.triu_indices(6, 1)


def test_five_points_take_600_to_1000_pairs():
    assert pairs_needed(0.05, 0.20) == 621
    assert pairs_needed(0.05, 0.32) == 997
    # By the quantiles as tables print them.
    rounded = (1.96 + 0.84) ** 2
    assert [round(rounded * (share - 0.05**2) / 0.05**2) for share in (0.20, 0.32)] == [619, 996]


def test_pairs_grow_with_power_level_and_design_effect():
    plain = pairs_needed(0.05, 0.2)
    assert pairs_needed(0.05, 0.2, power=0.9) > plain
    assert pairs_needed(0.05, 0.2, level=0.01) > plain
    assert pairs_needed(0.05, 0.2, design_effect=2) == pytest.approx(2 * plain, abs=2)
    assert pairs_needed(0.1, 0.2) == pytest.approx(plain / 4, rel=0.06)


@pytest.mark.parametrize(("difference", "discordance"), [(0, 0.2), (0.3, 0.2), (0.1, 1.2)])
def test_what_cannot_be_is_refused(difference, discordance):
    with pytest.raises(ValueError, match="must be above 0"):
        pairs_needed(difference, discordance)


def test_discordance_is_the_share_on_which_exactly_one_is_right():
    right = np.array([[1, 1], [1, 0], [0, 1], [0, 0], [1, 0]], dtype=float)
    found = discordances(right, np.arange(5))
    assert found.share.tolist() == [[0, 0.6], [0.6, 0]]
    assert found.design_effect[0, 1] == pytest.approx(1)
    assert np.isnan(found.design_effect[0, 0])


def test_pairs_that_say_the_same_on_their_clip_are_worth_one():
    right = np.repeat(np.random.default_rng(0).integers(0, 2, (200, 2)).astype(float), 3, axis=0)
    found = discordances(right, np.repeat(np.arange(200), 3))
    assert found.design_effect[0, 1] == pytest.approx(3, rel=0.01)
    assert np.isnan(discordances(right, np.zeros(600, dtype=int)).design_effect).all()


def test_the_detectable_difference_is_the_critical_one_and_a_fifth_of_chance():
    error = np.array([[0.0, 2.0], [2.0, 0.0]])
    values = np.array([1.0, 0.0])
    replicates = values + np.sqrt(2) * np.random.default_rng(0).normal(size=(20_000, 2))
    found = compare_all(values, replicates, error, np.full(2, 10**6), margin=1)
    # By hand: (1.960 + 0.842) * 2.
    assert found.detectable[0, 1] == pytest.approx(5.60, abs=0.1)
    assert np.isnan(found.detectable[0, 0])


def judged(dice, ahead, clips, pairs):
    """Judges right on 70 % of the pairs, the first on `ahead` more, and clips that are harder for each."""
    clip = np.repeat(np.arange(clips), pairs)
    labels = dice.integers(A1, A2 + 1, len(clip))
    chance = np.clip(0.7 + np.eye(4)[0][:, None] * ahead + dice.normal(0, 0.15, (4, clips))[:, clip], 0, 1)
    right = dice.random(chance.shape) < chance
    bootstrap = clip_bootstrap(clip, resamples=300)
    verdicts = np.where(right, labels, 1 - labels)
    values = np.array([recognition(labels, one).waf_2class for one in verdicts])
    replicates = bootstrap.recognition(labels, np.stack(verdicts)).waf_2class
    return compare_scores(values, replicates, clips)


def share_of_judges_found(clips, pairs, repeats):
    dice = np.random.default_rng(0)
    off = np.triu_indices(4, 1)
    detectable = np.mean([np.median(judged(dice, 0.0, clips, pairs).detectable[off]) for _ in range(40)])
    return np.mean([judged(dice, detectable / 100, clips, pairs).significant[0, 1] for _ in range(repeats)])


def battles(dice, ahead, clips):
    """Half the battles of six systems: the first is `ahead` of the second, and the others are in their middle."""
    strength = np.array([ahead / 2, -ahead / 2, 0, 0, 0, 0])
    chance = np.broadcast_to(1 / (1 + np.exp(strength[SECOND] - strength[FIRST])), (clips, len(FIRST)))
    clip, pair = np.nonzero(dice.random(chance.shape) < 0.5)
    wins = (dice.random(len(pair)) < chance[clip, pair]).astype(float)
    fit = fit_bradley_terry(FIRST[pair], SECOND[pair], wins, np.ones(len(pair)), clip, 6)
    return rating_draws(fit, rounds=300).comparisons


def share_of_systems_found(clips, repeats):
    dice = np.random.default_rng(0)
    off = np.triu_indices(6, 1)
    detectable = np.mean([np.median(battles(dice, 0.0, clips).detectable[off]) for _ in range(40)])
    return np.mean([battles(dice, detectable, clips).significant[0, 1] for _ in range(repeats)])


def widths(dice, clips):
    """Of the rating intervals of six systems, each of which fights half of the others on every clip."""
    strength = np.linspace(0.8, -0.8, 6)
    chance = np.broadcast_to(1 / (1 + np.exp(strength[SECOND] - strength[FIRST])), (clips, len(FIRST)))
    clip, pair = np.nonzero(dice.random(chance.shape) < 0.5)
    wins = (dice.random(len(pair)) < chance[clip, pair]).astype(float)
    low, high = fit_bradley_terry(FIRST[pair], SECOND[pair], wins, np.ones(len(pair)), clip, 6).rating_interval()
    return high - low


def test_on_as_many_clips_as_are_said_to_be_needed_ratings_have_the_width_that_was_asked_for():
    dice = np.random.default_rng(0)
    here = np.mean([widths(dice, 40) for _ in range(40)], axis=0)
    needed = [clips_for_width(60, width, clips=40, own_clips=40) for width in here]
    assert 120 < min(needed) < max(needed) < 500
    for system in (0, 2):
        found = np.mean([widths(dice, needed[system])[system] for _ in range(10)])
        assert found == pytest.approx(60, rel=0.03)


def test_a_rating_on_half_of_the_clips_needs_as_many_times_more():
    assert clips_for_width(100, 100, clips=60, own_clips=30) == 60
    # By hand: 1 + 99 * (t of 396 / t of 99 * 2)^2 = 389.8.
    assert clips_for_width(50, 100, clips=100, own_clips=100) == 390
    assert clips_for_width(50, 100, clips=200, own_clips=100) == 787
    with pytest.raises(ValueError, match="two clips"):
        clips_for_width(50, 100, clips=10, own_clips=1)


def voted(dice, pairs, right):
    """Whether everybody's vote between two descriptions is the right one, by their chances: shape (n_people, pairs)."""
    return np.where(dice.random((len(right), pairs)) < np.array(right)[:, None], A1, A2)


@pytest.mark.parametrize(("judge", "epsilon"), [(0.8, 0.1), (0.75, 0.15)])
def test_on_as_many_pairs_as_are_said_to_be_needed_a_judge_mostly_passes(judge, epsilon):
    dice = np.random.default_rng(0)

    def tested(pairs):
        votes = voted(dice, pairs, [0.8, 0.8, 0.8, judge])
        return ReplacementTest(votes[:3], clip_bootstrap(np.arange(pairs), resamples=2)).of(votes[[3]])

    found = tested(200_000)
    pairs = pairs_for_replacement(found.rho.value, found.annotators_rho, epsilon)
    passed = [[tested(number).passes(epsilon) for _ in range(60)] for number in (pairs, max(pairs // 3, 30))]
    # Each of the three annotators is beaten in 80 %, so two of them in more; a third of the pairs is too few.
    assert 0.73 < np.mean(passed[0]) < 0.97
    assert np.mean(passed[1]) < np.mean(passed[0]) - 0.2


def test_a_replacement_needs_more_pairs_where_they_share_clips_and_none_are_enough_for_a_judge_that_is_too_bad():
    plain = pairs_for_replacement(0.85, 0.85, 0.1)
    # By hand, at a level of 0.05 * 2 / (3 * 11 / 6): (2.093 + 0.842)^2 * 0.3 / 0.1^2 = 258, and t for normal quantiles.
    assert 258 <= plain <= 264
    assert pairs_for_replacement(0.85, 0.85, 0.1, design_effect=1.5) == pytest.approx(1.5 * plain, rel=0.01)
    assert pairs_for_replacement(0.85, 0.85, 0.1, pairs_a_clip=5) > 1.4 * plain
    assert pairs_for_replacement(0.99, 0.99, 0.9) == 30
    with pytest.raises(ValueError, match="no number"):
        pairs_for_replacement(0.7, 0.85, 0.1)


def test_a_detectable_difference_is_mostly_found():
    # By 100 data sets each: 80 % give or take 4, and half of what is detectable is seldom found.
    assert 0.68 < share_of_judges_found(200, 2, repeats=100) < 0.92
    assert 0.68 < share_of_systems_found(100, repeats=60) < 0.92


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "pairs"), [(66, 3), (563, 1), (200, 5)])
def test_judges_that_differ_detectably_are_told_apart_in_four_data_sets_of_five(clips, pairs):
    assert 0.77 <= share_of_judges_found(clips, pairs, repeats=1500) <= 0.83


@pytest.mark.slow
@pytest.mark.parametrize("clips", [60, 300])
def test_systems_that_differ_detectably_are_told_apart_in_four_data_sets_of_five(clips):
    assert 0.77 <= share_of_systems_found(clips, repeats=2000) <= 0.83


@pytest.mark.slow
@pytest.mark.parametrize(("discordance", "pairs"), [(0.20, 621), (0.32, 997)])
def test_the_board_finds_five_points_with_the_pairs_that_are_said_to_be_needed(discordance, pairs):
    dice, found = np.random.default_rng(0), []
    only_one = (discordance + 0.05) / 2, (discordance - 0.05) / 2
    for _ in range(2000):
        labels = dice.integers(A1, A2 + 1, pairs)
        kind = dice.choice(4, pairs, p=[*only_one, 0.6, 0.4 - discordance])
        right = np.stack([(kind == 0) | (kind == 2), (kind == 1) | (kind == 2)])
        verdicts = np.where(right, labels, 1 - labels)
        bootstrap = clip_bootstrap(np.arange(pairs), resamples=1000)
        values = np.array([recognition(labels, one).waf_2class for one in verdicts])
        replicates = bootstrap.recognition(labels, np.stack(verdicts)).waf_2class
        found.append(compare_scores(values, replicates, pairs).significant[0, 1])
    assert 0.77 <= np.mean(found) <= 0.83
