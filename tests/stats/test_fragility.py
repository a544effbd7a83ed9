from itertools import combinations

import numpy as np
import pytest

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.fragility import fragility
from emoprefer_assets.stats.prediction_powered import combine_with_people

FIRST, SECOND = np.triu_indices(3, 1)


def simulated(seed: int, clips: int, strength=(0.6, 0.0, -0.6)):
    rng, strength = np.random.default_rng(seed), np.array(strength)
    first, second, clip = np.tile(FIRST, clips), np.tile(SECOND, clips), np.repeat(np.arange(clips), 3)
    wins = (rng.random(len(clip)) < 1 / (1 + np.exp(strength[second] - strength[first]))).astype(float)
    return first, second, wins, np.ones(len(clip)), clip


def leader_without(rows, gone) -> int:
    kept = ~np.isin(rows[4], gone)
    return int(fit_bradley_terry(*(column[kept] for column in rows), 3).strength.argmax())


@pytest.mark.parametrize("seed", range(8))
def test_no_fewer_clips_change_the_leader_than_are_found_by_trying_all(seed):
    rows = simulated(seed, clips=10)
    fit = fit_bradley_terry(*rows, 3)
    (found,) = fragility(fit, *rows)
    leader = int(fit.strength.argmax())
    fewest = next(
        (
            count
            for count in range(1, 10)
            if any(leader_without(rows, gone) != leader for gone in combinations(range(10), count))
        ),
        None,
    )
    assert found.leader == leader
    assert fewest is not None and found.clips is not None
    assert fewest <= len(found.clips) <= fewest + 1
    assert leader_without(rows, found.clips) == found.challenger != leader


def test_a_clear_leader_takes_many_clips_and_a_close_one_few():
    clear, close = (simulated(1, 200, strength) for strength in ((2.0, 0.0, -1.0), (0.05, 0.0, -1.0)))
    many, few = (fragility(fit_bradley_terry(*rows, 3), *rows)[0].clips for rows in (clear, close))
    assert many is not None and few is not None
    assert len(many) > 60 > 10 > len(few)


def test_each_piece_has_its_own_leader_and_one_alone_has_none():
    rows = simulated(0, 30)
    twice = [np.concatenate([column, column + 3]) for column in rows[:2]]
    twice += [np.concatenate([column, column]) for column in rows[2:]]
    one, other = fragility(fit_bradley_terry(*twice, 7), *twice)
    assert other.leader == one.leader + 3
    assert one.clips is not None and other.clips is not None and one.clips.tolist() == other.clips.tolist()


def test_people_with_the_crowds_help_have_it_too():
    first, second, wins, _, clip = simulated(2, 200)
    human = np.where(clip < 60, wins, np.nan)
    together = combine_with_people(first, second, simulated(3, 200)[2], human, clip, 3)
    (found,) = fragility(together.fit, first, second, together.row_wins, together.row_battles, clip)
    assert found.clips is not None and 0 < len(found.clips) <= 60
