import numpy as np
import pandas as pd
import pytest
from scipy import stats

from emoprefer_assets.stats.labels import A1, A2, SAME, codes
from emoprefer_assets.stats.selective import ALPHAS, accept_verdicts, hoeffding_bentkus
from tests.conftest import REAL_VERDICTS


def drawn(
    rng: np.random.Generator, clips: int, pairs: int, effect: float, right: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins, labels and clips of a judge whose chance to be right grows from `right` to 1 with its confidence.

    `effect` is the share of clips in which it is as confident as ever and always wrong.
    """
    clip = np.repeat(np.arange(clips), pairs)
    confidence = rng.random(clips * pairs)
    labels = rng.integers(A1, A2 + 1, clips * pairs)
    is_right = rng.random(clips * pairs) < right + (1 - right) * confidence
    is_right &= ~(rng.random(clips) < effect)[clip]
    said = np.where(is_right, labels, 1 - labels)
    return np.where(said == A1, 1, -1) * 4 * confidence, labels, clip


def true_error(threshold: float, effect: float, right: float = 0.5) -> float:
    """Of the verdicts at or above a threshold of the judge that `drawn` draws."""
    at = np.log(threshold / (1 - threshold)) / 4
    return 1 - (1 - effect) * (right + (1 - right) * (1 + at) / 2)


def broken(
    clips: int, pairs: int, effect: float, alpha: float, repeats: int, right: float = 0.5
) -> tuple[float, float]:
    """Percent of data sets whose threshold lets more than alpha through, and percent that have a threshold."""
    rng, too_many, reached = np.random.default_rng(0), 0, 0
    for _ in range(repeats):
        found = accept_verdicts(*drawn(rng, clips, pairs, effect, right), alpha)
        if not np.isnan(found.threshold):
            reached += 1
            too_many += true_error(found.threshold, effect, right) > alpha
    return 100 * too_many / repeats, 100 * reached / repeats


@pytest.mark.parametrize(("clips", "pairs", "effect"), [(150, 1, 0.0), (100, 4, 0.05), (100, 4, 0.15)])
def test_a_threshold_lets_more_than_alpha_through_in_at_most_10_percent(clips, pairs, effect):
    # 2 standard errors of 10 percent of 200 are 4.2 points.
    assert broken(clips, pairs, effect, 0.2, 200)[0] <= 14.2


@pytest.mark.parametrize(("clips", "pairs"), [(60, 1), (150, 1), (150, 4)])
def test_a_judge_just_above_alpha_at_every_threshold_decides_in_at_most_10_percent(clips, pairs):
    assert broken(clips, pairs, 0.21, 0.2, 200, right=1.0)[0] <= 14.2


@pytest.mark.slow
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("effect", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("clips", "pairs"), [(60, 1), (150, 1), (563, 1), (66, 3), (150, 4), (150, 12)])
def test_thresholds_hold_under_clip_effects(clips, pairs, effect, alpha):
    # As a part of alpha, so that there are thresholds on both sides of it.
    assert broken(clips, pairs, effect * alpha, alpha, 800)[0] <= 12.1
    # Worse than alpha at every threshold, by whole clips.
    assert broken(clips, pairs, 1.01 * alpha, alpha, 800, right=1.0)[0] <= 12.1


def test_a_threshold_is_found_where_there_is_one_and_it_decides_what_it_can():
    margin, labels, clips = drawn(np.random.default_rng(1), 563, 1, 0.0)
    found = accept_verdicts(margin, labels, clips, 0.2)
    assert true_error(found.threshold, 0.0) <= 0.2
    # At 20 percent the best threshold decides 80 percent of the pairs.
    assert 0.4 < found.coverage <= 0.85
    assert found.error <= 0.2
    assert (found.accepted == (np.abs(margin) >= np.log(found.threshold / (1 - found.threshold)))).all()
    assert broken(563, 1, 0.0, 0.1, 50)[1] >= 60


def test_no_threshold_reaches_it_where_confidence_says_nothing():
    rng = np.random.default_rng(0)
    labels, margin = rng.integers(A1, A2 + 1, 563), rng.normal(0, 3, 563)
    found = accept_verdicts(margin, labels, np.arange(563), 0.1)
    assert np.isnan(found.threshold) and found.coverage == 0 and np.isnan(found.error)


def test_few_clips_are_too_few_however_many_pairs_they_have():
    right = np.full(600, 5.0), np.full(600, A1)
    alone = accept_verdicts(*right, np.arange(600), 0.1)
    assert (alone.coverage, alone.clips) == (1, 600) and alone.threshold == pytest.approx(0.5)
    few = accept_verdicts(*right, np.repeat(np.arange(50), 12), 0.1)
    assert np.isnan(few.threshold) and few.clips_needed == 51


def test_a_pair_that_people_call_the_same_is_wrong_and_a_judge_at_even_odds_says_nothing():
    labels = np.array([A1] * 200 + [SAME] * 200)
    found = accept_verdicts(np.full(400, 1.0), labels, np.arange(400), 0.2)
    assert np.isnan(found.threshold)
    even = accept_verdicts(np.repeat([1.0, 0.0], 200), labels, np.arange(400), 0.2)
    assert (even.coverage, even.error) == (0.5, 0)


def test_confident_errors_on_clips_with_many_pairs_count_by_verdict_too():
    # 300 clips have one pair, all right; 15 have 40, all wrong: by clip 5 percent are wrong, by verdict two thirds.
    clips = np.concatenate([np.arange(300), np.repeat(np.arange(300, 315), 40)])
    labels = np.where(np.arange(900) < 300, A1, A2)
    assert np.isnan(accept_verdicts(np.full(900, 2.0), labels, clips, 0.2).threshold)


@pytest.mark.parametrize(("wrong", "number"), [(0, 30), (3, 100), (20, 100)])
def test_the_p_value_is_hardly_above_the_binomial_one(wrong, number):
    exact = stats.binomtest(wrong, number, 0.1, alternative="less").pvalue
    found = hoeffding_bentkus((np.arange(number) < wrong).astype(float), 0.1)
    assert exact - 1e-12 <= found <= min(np.e * exact, 1)


@pytest.fixture(scope="module")
def gpt_4() -> tuple[np.ndarray, np.ndarray]:
    """GPT-4 on the pairs of LLMBar by how many of its 15 prompts, in both orders, say a1: log-odds, and the labels."""
    if not REAL_VERDICTS.is_dir():
        pytest.skip("verdicts of real judges are not here")
    pairs = pd.read_csv(REAL_VERDICTS / "llmbar" / "pairs.csv", keep_default_na=False)
    said = pd.read_csv(REAL_VERDICTS / "llmbar" / "verdicts.csv").set_index("pair").filter(like="GPT-4__")
    first, second = (
        (said == option).sum(axis=1).groupby(level=0).sum()[pairs["pair"]].to_numpy() for option in ("a1", "a2")
    )
    return np.log((first + 0.5) / (second + 0.5)), codes(pairs["label"])


@pytest.mark.parametrize(
    ("alpha", "breaks", "finds", "decides"), [(0.05, 2.5, 51.5, 60), (0.1, 7, 100, 77), (0.2, 0, 100, 98)]
)
def test_thresholds_hold_on_verdicts_of_a_real_judge(gpt_4, alpha, breaks, finds, decides):
    """The 419 pairs are the world: of 200 data sets of 300, drawn from them, 10 percent may break the promise."""
    margin, labels = gpt_4
    wrong = labels != np.where(margin > 0, A1, A2)
    rng, broke, shares = np.random.default_rng(0), 0, []
    for _ in range(200):
        drawn = rng.integers(0, len(margin), 300)
        found = accept_verdicts(margin[drawn], labels[drawn], np.arange(300), alpha)
        if not np.isnan(found.threshold):
            accepted = np.abs(margin) >= max(np.log(found.threshold / (1 - found.threshold)), 0) - 1e-9
            broke += wrong[accepted].mean() > alpha
            shares.append(accepted.mean())
    assert broke / 2 <= 10
    assert [broke / 2, len(shares) / 2, 100 * np.mean(shares)] == pytest.approx([breaks, finds, decides], abs=2)
