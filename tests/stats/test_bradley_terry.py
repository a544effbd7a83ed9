import choix
import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoprefer_assets.stats.bradley_terry import BradleyTerry, fit_bradley_terry


def fit(battles: list[tuple[int, int, float]], systems: int, prior: float = 0.0, clips=None) -> BradleyTerry:
    """Fit battles (first, second, first's score), each on a clip of its own unless told."""
    first, second, wins = (np.array(column) for column in zip(*battles, strict=True))
    clips = np.arange(len(battles)) if clips is None else np.asarray(clips)
    return fit_bradley_terry(first, second, wins, np.ones(len(battles)), clips, systems, prior)


def slow_strengths(battles, systems: int, prior: float = 0.0) -> np.ndarray:
    """Hunter's (2004) minorise-maximise steps, one at a time."""
    wins = np.zeros((systems, systems))
    for first, second, score in battles:
        wins[first, second] += score
        wins[second, first] += 1 - score
    met = wins + wins.T > 0
    for i, j in np.argwhere(met):
        # Half of what either brings to the other.
        wins[i, j] += prior / 4 / met[i].sum() + prior / 4 / met[j].sum()
    strength = np.ones(systems)
    for _ in range(20_000):
        for i in range(systems):
            played = sum((wins[i, j] + wins[j, i]) / (strength[i] + strength[j]) for j in range(systems) if j != i)
            strength[i] = wins[i].sum() / played
        strength /= np.exp(np.log(strength).mean())
    return np.log(strength)


def random_battles(systems: int, count: int, seed: int) -> list[tuple[int, int, float]]:
    dice = np.random.default_rng(seed)
    truth = dice.normal(size=systems)
    battles = []
    for _ in range(count):
        i, j = dice.choice(systems, 2, replace=False)
        score = 0.5 if dice.random() < 0.1 else float(dice.random() < 1 / (1 + np.exp(truth[j] - truth[i])))
        battles.append((int(i), int(j), score))
    return battles


def test_strengths_equal_evalica():
    battles = random_battles(6, 400, seed=1)
    first, second, scores = zip(*battles, strict=True)
    names = {0: evalica.Winner.Y, 0.5: evalica.Winner.Draw, 1: evalica.Winner.X}
    result = evalica.bradley_terry(
        list(first), list(second), [names[score] for score in scores], tie_weight=0.5, tolerance=1e-14, limit=10_000
    )
    theirs = np.log(result.scores.sort_index().to_numpy())
    assert fit(battles, 6).strength == pytest.approx(theirs - theirs.mean(), abs=1e-6)


def test_strengths_equal_choix_without_ties():
    battles = [battle for battle in random_battles(5, 300, seed=2) if battle[2] != 0.5]
    ordered = [(i, j) if score == 1 else (j, i) for i, j, score in battles]
    theirs = choix.opt_pairwise(5, ordered, alpha=0, tol=1e-12)
    assert fit(battles, 5).strength == pytest.approx(theirs - theirs.mean(), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10_000))
def test_strengths_equal_the_slow_way_with_a_prior(systems, seed):
    battles = random_battles(systems, 30, seed)
    found = fit(battles, systems, prior=0.5)
    if found.components.max() == 0:
        assert found.strength == pytest.approx(slow_strengths(battles, systems, prior=0.5), abs=1e-6)


def test_an_undefeated_system_is_finite_with_a_wide_interval():
    found = fit([(0, 1, 1.0)] * 20, 2, prior=0.5)
    # Half a virtual battle makes it 20.25 to 0.25.
    assert found.strength[0] - found.strength[1] == pytest.approx(np.log(20.25 / 0.25))
    assert found.rating_error[0] > 100


def test_the_prior_is_a_total_per_system_however_many_opponents_it_met():
    for systems in (2, 5, 20):
        everybody = [(i, j, 1.0) for i in range(systems) for j in range(i)]
        assert fit(everybody, systems, prior=1.25).virtual.sum(axis=1) == pytest.approx(np.full(systems, 1.25))


SPARSE = np.linspace(-1.74, 1.74, 20)


def sparse_boards(meetings: int, repeats: int) -> tuple[float, np.ndarray]:
    """20 systems, each two met `meetings` times, each battle on its own clip: the mean slope of the estimates on the
    truth, and how often each system's interval holds it."""
    rng = np.random.default_rng(meetings)
    first, second = (np.tile(side, meetings) for side in np.triu_indices(20, 1))
    chance = 1 / (1 + np.exp(SPARSE[second] - SPARSE[first]))
    slopes, held = [], []
    for _ in range(repeats):
        wins = (rng.random(len(first)) < chance).astype(float)
        found = fit_bradley_terry(first, second, wins, np.ones(len(first)), np.arange(len(first)), 20)
        low, high = found.rating_interval()
        truth = 1000 + 400 / np.log(10) * SPARSE
        slopes.append(np.polyfit(SPARSE, found.strength, 1)[0])
        held.append((low <= truth) & (truth <= high))
    return float(np.mean(slopes)), np.mean(held, axis=0)


@pytest.mark.parametrize("meetings", [1, 2, 5])
def test_sparse_boards_are_not_shrunk_and_their_intervals_cover(meetings):
    slope, cover = sparse_boards(meetings, repeats=100)
    assert 0.96 <= slope <= 1.04
    assert 0.935 <= cover.mean() <= 0.975


@pytest.mark.slow
@pytest.mark.parametrize("meetings", [1, 2, 5, 20])
def test_sparse_boards_are_not_shrunk_and_their_intervals_cover_at_full_size(meetings):
    slope, cover = sparse_boards(meetings, repeats=2000 if meetings < 20 else 600)
    assert 0.97 <= slope <= 1.03
    assert 0.94 <= cover.mean() <= 0.97
    # Each system has its own cover, which so many repeats leave open by up to two points; 20 systems, by more.
    assert cover.min() >= 0.92


def test_intervals_cover_with_few_clips():
    rng = np.random.default_rng(0)
    truth = np.array([0.6, 0.2, -0.2, -0.6])
    one, other = np.triu_indices(4, 1)
    held, held_by_normal = [], []
    for _ in range(600):
        clip = np.repeat(np.arange(6), 6 * 4)
        first, second = np.tile(one, 24), np.tile(other, 24)
        wins = (rng.random(len(clip)) < 1 / (1 + np.exp(truth[second] - truth[first]))).astype(float)
        found = fit_bradley_terry(first, second, wins, np.ones(len(clip)), clip, 4)
        low, high = found.rating_interval()
        right = 1000 + 400 / np.log(10) * truth
        held += list((low <= right) & (right <= high))
        held_by_normal += list(np.abs(found.rating - right) <= 1.96 * found.rating_error)
    assert 0.935 <= np.mean(held) <= 0.97
    assert np.mean(held_by_normal) < 0.92


def test_a_system_that_fought_on_one_clip_has_no_interval_and_the_others_have():
    battles = random_battles(3, 60, seed=5) + [(3, 0, 1.0)] * 50 + [(3, 1, 0.0)] * 50
    found = fit(battles, 4, prior=1.25, clips=[*range(60), *[7] * 100])
    low, high = found.rating_interval()
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [False, False, False, True]


def test_without_a_prior_an_undefeated_system_is_an_error():
    with pytest.raises(ValueError, match="undefeated or winless"):
        fit([(0, 1, 1.0)] * 20, 2)


def test_systems_that_never_met_are_separate_pieces_each_centred():
    found = fit([(0, 1, 1.0), (1, 0, 1.0), (0, 1, 1.0), (2, 3, 0.5), (3, 2, 1.0)], 4, prior=0.5)
    assert found.components.tolist() == [0, 0, 1, 1]
    assert found.strength[:2].sum() == pytest.approx(0, abs=1e-12)
    assert found.strength[2:].sum() == pytest.approx(0, abs=1e-12)


def test_battles_on_one_clip_move_together_in_the_interval():
    """Ten copies of each battle on its clip say no more than one, and an interval that ignores clips would shrink."""
    battles = random_battles(3, 120, seed=3)
    once = fit(battles, 3)
    copied = fit(battles * 10, 3, clips=np.tile(np.arange(120), 10))
    assert copied.rating_error == pytest.approx(once.rating_error, rel=1e-6)


def test_the_error_agrees_with_refits_on_resampled_clips():
    battles = random_battles(4, 400, seed=4)
    clips = np.arange(400) // 2
    dice = np.random.default_rng(0)
    refits = []
    for _ in range(200):
        drawn = dice.integers(0, 200, 200)
        resampled = [battles[2 * clip + half] for clip in drawn for half in (0, 1)]
        refits.append(fit(resampled, 4).rating)
    assert fit(battles, 4, clips=clips).rating_error == pytest.approx(np.std(refits, axis=0), rel=0.2)
