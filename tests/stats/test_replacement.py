import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import A1, A2, SAME, UNPARSED, codes
from emoprefer_assets.stats.replacement import EPSILONS, ReplacementTest, p_below
from emoprefer_assets.stats.resampling import clip_bootstrap
from tests.conftest import REAL_VERDICTS

PANDALM = REAL_VERDICTS / "pandalm"


def by_the_papers_words(votes: np.ndarray, verdicts: np.ndarray, epsilon: float) -> tuple[float, float]:
    """Winning rate and average advantage probability, pair by pair, each pair on its own clip."""
    p_values, rhos = [], []
    for mine, annotator in enumerate(votes):
        won, lost = [], []
        for pair, said in enumerate(verdicts):
            others = [
                vote for who, vote in enumerate(votes[:, pair]) if who != mine and vote != MISSING and said != MISSING
            ]
            if annotator[pair] == MISSING or not others:
                continue
            of_judge = np.mean([vote == said for vote in others])
            of_annotator = np.mean([vote == annotator[pair] for vote in others])
            won.append(of_judge >= of_annotator)
            lost.append(of_annotator >= of_judge)
        worse = np.subtract(lost, won, dtype=float)
        p_values.append(stats.ttest_1samp(worse, epsilon, alternative="less").pvalue)
        rhos.append(np.mean(won))
    return float(np.mean(stats.false_discovery_control(p_values, method="by") <= 0.05)), float(np.mean(rhos))


def drawn(seed: int, pairs: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Votes of five annotators with gaps, and verdicts of a judge a little better than they, some of them unparsed."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(A1, SAME, pairs)
    votes = np.where(rng.random((5, pairs)) < 0.75, truth, rng.integers(A1, SAME + 1, (5, pairs)))
    votes[rng.random(votes.shape) < 0.3] = MISSING
    verdicts = np.where(rng.random(pairs) < 0.75, truth, rng.integers(A1, UNPARSED + 1, pairs))
    return votes.astype(np.int8), verdicts.astype(np.int8)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_papers_test_where_each_pair_has_its_clip(seed):
    votes, verdicts = drawn(seed)
    found = ReplacementTest(votes, clip_bootstrap(np.arange(150))).of(verdicts[None])
    for epsilon in EPSILONS:
        assert (found.omega[epsilon], found.rho.value) == pytest.approx(by_the_papers_words(votes, verdicts, epsilon))
    assert found.rho.interval.contains(found.rho.value)


@pytest.mark.skipif(not PANDALM.is_dir(), reason="verdicts of real judges are not here")
def test_no_judge_of_pandalm_may_replace_an_annotator():
    pairs = pd.read_csv(PANDALM / "pairs.csv", keep_default_na=False).set_index("pair")
    ballots = pd.read_csv(PANDALM / "votes.csv").pivot(index="annotator", columns="pair", values="vote")[pairs.index]
    said = pd.read_csv(PANDALM / "verdicts.csv").set_index("pair").loc[pairs.index].fillna("unparsed")
    said["longer"] = np.where(pairs["a1"].str.len() > pairs["a2"].str.len(), "a1", "a2")
    said["always_a1"] = "a1"
    votes = np.stack([codes(of_one) for of_one in ballots.to_numpy()])
    test = ReplacementTest(votes, clip_bootstrap(np.arange(len(pairs))))
    found = {name: test.of(codes(said[name])[None]) for name in said}
    rho = {"gpt-3.5-turbo": 0.735, "pandalm-7b": 0.715, "longer": 0.646, "always_a1": 0.473}
    assert {name: one.rho.value for name, one in found.items()} == pytest.approx(rho, abs=0.0005)
    assert all(one.omega == {0.1: 0, 0.15: 0, 0.2: 0} for one in found.values())
    # Each annotator stands for the others much better, and a copy of one of them may replace any.
    assert min(test.of_annotator(place).rho.value for place in range(3)) > 0.94
    assert test.of(votes[:1]).passes(0.1)


def test_pairs_of_a_clip_are_one_observation_where_they_say_the_same():
    votes, verdicts = drawn(0)
    alone = ReplacementTest(votes, clip_bootstrap(np.arange(150))).of(verdicts[None])
    copies = ReplacementTest(np.repeat(votes, 4, axis=1), clip_bootstrap(np.repeat(np.arange(150), 4)))
    assert copies.of(np.repeat(verdicts, 4)[None]).omega == alone.omega
    worse = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 60)
    assert p_below(np.repeat(worse, 4), np.repeat(np.arange(60), 4), 0.1) == pytest.approx(
        p_below(worse, np.arange(60), 0.1)
    )


def test_thirty_pairs_on_three_clips_without_a_difference_are_no_proof():
    assert p_below(np.zeros(30), np.arange(30), 0.1) == pytest.approx(0.9**30, abs=0.005)
    assert p_below(np.zeros(30), np.repeat(np.arange(3), 10), 0.1) > 0.2
    assert p_below(np.zeros(30), np.zeros(30), 0.1) == 1


def test_rounds_are_averaged():
    votes, verdicts = drawn(1)
    test = ReplacementTest(votes, clip_bootstrap(np.arange(150)))
    other = np.where(verdicts == A1, A2, A1).astype(np.int8)
    each = [test.of(run[None]).rho.value for run in (verdicts, other)]
    assert test.of(np.stack([verdicts, other])).rho.value == pytest.approx(np.mean(each))


@pytest.mark.parametrize(("pairs", "annotators", "lacking"), [(29, 0, 3), (30, 3, 0), (10, 0, 60)])
def test_it_says_how_many_votes_are_lacking(pairs, annotators, lacking):
    found = ReplacementTest(np.zeros((3, pairs), np.int8), clip_bootstrap(np.arange(pairs))).of(
        np.zeros((1, pairs), np.int8)
    )
    assert (found.annotators, found.votes_lacking) == (annotators, lacking)
    assert (found.passes(0.15) is None) == (annotators < 3)


def test_two_annotators_are_not_enough_and_have_a_rho():
    found = ReplacementTest(np.zeros((2, 40), np.int8), clip_bootstrap(np.arange(40))).of(np.zeros((1, 40), np.int8))
    assert found.rho.value == 1
    assert found.votes_lacking == 30 and found.passes(0.15) is None


def skill_at_the_limit(annotators: int, right: float, epsilon: float) -> float:
    """How often a judge is right that is worse by epsilon than annotators who are `right`, on pairs of two options."""

    def worse(judge: float) -> float:
        total = 0.0
        for mine, said, *others in itertools.product((True, False), repeat=annotators + 1):
            chances = [right if one else 1 - right for one in (mine, *others)] + [judge if said else 1 - judge]
            of_mine, of_judge = others.count(mine), others.count(said)
            total += float(np.prod(chances)) * (int(of_mine >= of_judge) - int(of_judge >= of_mine))
        return total

    never, always = worse(0), worse(1)
    return (epsilon - never) / (always - never)


def let_through(
    clips: int, pairs: int, annotators: int, right: float, epsilon: float, effect: float, repeats: int
) -> float:
    """Percent of data sets in which a judge exactly at the limit may replace a person; `effect`: of clips, in skill."""
    rng, passed = np.random.default_rng(0), 0
    bootstrap = clip_bootstrap(np.repeat(np.arange(clips), pairs), resamples=2)
    skill = skill_at_the_limit(annotators, right, epsilon)
    effect = min(effect, 1 - skill)
    for _ in range(repeats):
        votes = (rng.random((annotators, clips * pairs)) > right).astype(np.int8)
        skills = np.repeat(skill + effect * rng.choice([-1, 1], clips), pairs)
        verdicts = (rng.random(clips * pairs) > skills).astype(np.int8)
        passed += bool(ReplacementTest(votes, bootstrap, (epsilon,)).of(verdicts[None]).passes(epsilon))
    return 100 * passed / repeats


@pytest.mark.parametrize(
    ("clips", "pairs", "annotators", "right", "epsilon", "effect"),
    [
        (30, 1, 3, 1.0, 0.1, 0.0),
        (30, 1, 3, 0.95, 0.1, 0.0),
        (66, 3, 3, 0.9, 0.15, 0.2),
        (10, 3, 3, 0.95, 0.15, 0.2),
        (100, 1, 5, 0.8, 0.2, 0.0),
    ],
)
def test_a_judge_at_the_limit_is_let_through_in_at_most_5_percent(clips, pairs, annotators, right, epsilon, effect):
    # 2 standard errors of 5 percent of 300 are 2.5 points.
    assert let_through(clips, pairs, annotators, right, epsilon, effect, 300) <= 7.5


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", EPSILONS)
@pytest.mark.parametrize("annotators", [3, 5])
@pytest.mark.parametrize("right", [0.8, 0.95, 1.0])
@pytest.mark.parametrize(("clips", "pairs"), [(30, 1), (10, 3), (66, 3), (200, 1)])
def test_the_error_rate_of_the_replacement_test(clips, pairs, right, annotators, epsilon):
    assert let_through(clips, pairs, annotators, right, epsilon, 0.2, 1_500) <= 6.2


def test_a_judge_as_good_as_the_annotators_passes_on_a_hundred_clips():
    rng, passed = np.random.default_rng(0), 0
    bootstrap = clip_bootstrap(np.arange(100), resamples=2)
    for _ in range(100):
        votes = (rng.random((4, 100)) > 0.85).astype(np.int8)
        passed += bool(ReplacementTest(votes[:3], bootstrap).of(votes[3:]).passes(0.15))
    assert passed >= 80
