"""People's board with the help of judges, on votes of real people and verdicts of real judges.

The data are taken for the world: what all votes say is the truth, and each data set is drawn from them by clip
(PandaLM's instructions, llmfao's prompts), with replacement, so that clips are as random as an interval takes them to
be. Of each data set people see some pairs, with one of their votes a pair, and the judges see all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from emoprefer_assets.stats.bradley_terry import fit_bradley_terry
from emoprefer_assets.stats.prediction_powered import combine_with_people
from tests.conftest import REAL_VERDICTS

pytestmark = pytest.mark.skipif(not REAL_VERDICTS.is_dir(), reason="verdicts of real judges are not here")

WINS = {"a1": 1.0, "same": 0.5, "a2": 0.0}


@dataclass(frozen=True)
class World:
    """Pairs with all of their votes; each array but the last two has the shape (n_pairs,).

    Attributes:
        first, second: systems.
        clip: from 0.
        verdict: share of the judges for `first`, from 0 to 1; no option counts as half.
        start, count: where each pair's votes are in `votes`, and how many.
        votes: for `first`, shape (n_votes,).
        strength: by all votes, shape (n_systems,).
    """

    first: np.ndarray
    second: np.ndarray
    clip: np.ndarray
    verdict: np.ndarray
    start: np.ndarray
    count: np.ndarray
    votes: np.ndarray
    strength: np.ndarray


@cache
def world(name: str, judges: tuple[str, ...]) -> World:
    pairs = pd.read_csv(REAL_VERDICTS / name / "pairs.csv", keep_default_na=False).set_index("pair")
    votes = pd.read_csv(REAL_VERDICTS / name / "votes.csv").set_index("pair")["vote"].map(WINS)
    votes = votes.loc[pairs.index]
    count = votes.groupby(level=0).size().loc[pairs.index].to_numpy()
    systems, names = pd.factorize(pd.concat([pairs["system1"], pairs["system2"]]))
    first, second = systems.reshape(2, -1)
    verdicts = pd.read_csv(REAL_VERDICTS / name / "verdicts.csv").set_index("pair")[list(judges)]
    said = verdicts.replace(WINS).astype(float).fillna(0.5).mean(axis=1).loc[pairs.index].to_numpy()
    shares = votes.groupby(level=0).mean().loc[pairs.index].to_numpy()
    each = np.arange(len(pairs))
    strength = fit_bradley_terry(first, second, shares, np.ones(len(pairs)), each, len(names), prior=0.0).strength
    clip = pd.factorize(pairs["name"])[0]
    return World(first, second, clip, said, np.cumsum(count) - count, count, votes.to_numpy(), strength)


@dataclass(frozen=True)
class Boards:
    """Of data sets drawn from a world: people's votes alone, and with the judges' help.

    Attributes:
        held_alone, held: percent of the ratings' intervals that hold the value of all votes.
        width_alone, width: mean width of the intervals, in rating points.
        wider: intervals that the judges made wider.
        worth: mean number of votes that people's are said to be worth with the judges' help.
        worth_by_error: the same by the squared errors of the ratings.
        pairs: mean number of pairs that the judges saw.
    """

    held_alone: float
    held: float
    width_alone: float
    width: float
    wider: int
    worth: float
    worth_by_error: float
    pairs: float


@dataclass(frozen=True)
class Setting:
    """Which data and judges, how many votes, and how many clips are drawn: as many as there are, if None."""

    data: str
    judges: tuple[str, ...]
    votes: int
    clips: int | None = None


def few_votes(setting: Setting, repeats: int) -> Boards:
    found, votes = world(setting.data, setting.judges), setting.votes
    systems = len(found.strength)
    pairs_of = [np.flatnonzero(found.clip == clip) for clip in range(found.clip.max() + 1)]
    held, width, error, worth, size = [], [], [], [], []
    for seed in range(repeats):
        dice = np.random.default_rng(seed)
        drawn = [pairs_of[clip] for clip in dice.integers(0, len(pairs_of), setting.clips or len(pairs_of))]
        pair, clip = np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(pairs) for pairs in drawn])
        voted = np.full(len(pair), np.nan)
        seen = dice.choice(len(pair), votes, replace=False)
        voted[seen] = found.votes[found.start[pair[seen]] + dice.integers(0, found.count[pair[seen]])]
        both = combine_with_people(found.first[pair], found.second[pair], found.verdict[pair], voted, clip, systems)
        assert (both.fit.components == 0).all()
        ends = np.array([fit.rating_interval() for fit in (both.human, both.fit)])
        truth = both.fit.rating + (found.strength - both.fit.strength) * 400 / np.log(10)
        held.append((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
        width.append(ends[:, 1] - ends[:, 0])
        error.append([fit.strength - found.strength for fit in (both.human, both.fit)])
        worth.append(both.effective_labelled)
        size.append(len(pair))
    held_alone, held_both = 100 * np.mean(held, axis=(0, 2))
    width_alone, width_both = np.mean(width, axis=(0, 2))
    alone, together = np.square(error).mean(axis=(0, 2))
    wider = int((np.array(width)[:, 1] > np.array(width)[:, 0]).sum())
    figures = held_alone, held_both, width_alone, width_both
    return Boards(*figures, wider, float(np.mean(worth)), votes * alone / together, float(np.mean(size)))


OF_PANDALM = ("gpt-3.5-turbo", "pandalm-7b")
SETTINGS = (
    *(Setting("pandalm", OF_PANDALM, votes) for votes in (100, 300, 600)),
    Setting("pandalm", OF_PANDALM, 300, clips=12_000),
    *(Setting("pandalm", (judge,), 300) for judge in OF_PANDALM),
    Setting("llmfao", ("gpt3", "gpt4"), 1000),
)


def test_the_worth_of_real_votes_with_real_judges_is_that_of_their_errors():
    found = few_votes(Setting("pandalm", OF_PANDALM, 300), 200)
    assert 93 <= found.held <= 97
    assert found.wider == 0
    assert found.width < 0.92 * found.width_alone
    assert found.worth == pytest.approx(found.worth_by_error, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_intervals_with_real_judges_cover_and_none_is_wider_than_by_people_alone(setting):
    found = few_votes(setting, 500)
    assert 93 <= found.held <= 97
    assert found.wider == 0
    assert found.worth == pytest.approx(found.worth_by_error, rel=0.07)
