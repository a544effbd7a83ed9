"""The three tiny judges together, from clips to leaderboard, beside what is known of the sample's systems."""

import duckdb
import pytest
from scipy.stats import kendalltau

from emoprefer_assets.evaluation import evaluate
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from synthesis.descriptions import SYSTEMS

pytestmark = pytest.mark.slow

BEST_FIRST = [system.name for system in SYSTEMS]
ASKED = ("tiny_video", "tiny_audio", "tiny_omni", "longer", "shorter", "system_prior")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The shipped registry on the sample, of which only the tiny judges and some rules are asked, and only `s1`."""
    folder = tmp_path_factory.mktemp("three")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOPREFER_HOME", str(folder / "home"))
        patch.setenv("EMOPREFER_DB", str(folder / "published.duckdb"))
        patch.setenv("EMOPREFER_ROUNDS", "1")
        patch.setenv("DAGSTER_HOME", str(PROJECT))
        (folder / "home").mkdir()
        assert not evaluate(Run(current_settings()), ASKED, ("s1",)).failures
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        yield connection


def tau_with_known_quality(published, source: str) -> float:
    ratings = dict(published.execute("select system, rating from leaderboard where source = $1", [source]).fetchall())
    return kendalltau([-ratings[system] for system in BEST_FIRST], range(len(BEST_FIRST))).statistic


def test_the_crowd_ranks_systems_by_their_known_quality_and_length_does_not(published):
    assert tau_with_known_quality(published, "crowd") >= 0.8
    assert tau_with_known_quality(published, "longer") < 0.6


def test_the_crowd_is_no_worse_than_the_best_of_the_three_on_other_clips(published):
    gain, low, high = published.execute(
        """
        select scores.gain_over_best_judge, scores.gain_over_best_judge_low, scores.gain_over_best_judge_high
        from ensemble_scores as scores join crowd using (ensemble, k, orders) where sample = 'held-out'
        """
    ).fetchone()
    print(f"gain over the best of the three, held out: {gain:.2f} ({low:.2f} to {high:.2f})")
    assert gain >= 0 and low <= gain <= high


@pytest.mark.parametrize(
    ("judge", "uses"),
    [("tiny_video", ("shown", None)), ("tiny_audio", (None, "shown")), ("tiny_omni", ("shown", "shown"))],
)
def test_each_is_shown_to_use_what_it_was_trained_on(published, judge, uses):
    query = "select uses_picture, uses_sound from judge_board where judge = $1"
    assert published.execute(query, [judge]).fetchone() == uses


@pytest.mark.parametrize("judge", ["tiny_video", "tiny_audio", "tiny_omni"])
def test_each_is_better_than_the_best_content_blind_rule(published, judge):
    (gain, low) = published.execute(
        "select gain_over_baseline, gain_over_baseline_low from judge_board where judge = $1", [judge]
    ).fetchone()
    assert gain > low > 0


def test_omni_mostly_gives_the_same_verdict_in_both_orders(published):
    (consistency,) = published.execute(
        "select swap_consistency from judge_scores where judge = 'tiny_omni' and strategy = 's1'"
    ).fetchone()
    assert consistency > 90
