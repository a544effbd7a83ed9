import numpy as np
import pytest
from scipy import stats

from emoprefer_assets.stats.agreement import MISSING
from emoprefer_assets.stats.labels import A1, A2, SAME
from emoprefer_assets.stats.position_bias import like_votes, named_first, side_share, too_fast
from emoprefer_assets.stats.resampling import clip_bootstrap


def test_a_vote_names_the_left_side_whichever_description_stood_there():
    votes = np.array([A1, A2, A1, A2, SAME, MISSING, A1])
    left = np.array([A1, A2, A2, A1, A1, A1, MISSING])
    first, decided = named_first(votes, left)
    assert first.tolist() == [True, True, False, False, False, False, False]
    assert decided.tolist() == [True, True, True, True, False, False, False]


def test_of_pairs_on_clips_of_their_own_the_interval_is_about_wilsons():
    decided = np.ones(400)
    found = side_share((np.arange(400) < 220).astype(int), decided, clip_bootstrap(np.arange(400)))
    wilson = stats.binomtest(220, 400).proportion_ci(method="wilson")
    assert (found.share.value, found.decided) == (55, 400)
    interval = found.share.interval
    assert (interval.low, interval.high) == pytest.approx((100 * wilson.low, 100 * wilson.high), abs=0.3)
    assert not found.biased and not found.constant


def test_a_bias_within_few_clips_is_no_bias_of_the_annotator():
    first = (np.arange(400) < 240).astype(int)
    by_pair = side_share(first, np.ones(400), clip_bootstrap(np.arange(400)))
    by_clip = side_share(first, np.ones(400), clip_bootstrap(np.repeat(np.arange(10), 40)))
    assert by_pair.biased and not by_clip.biased


def test_a_constant_side_needs_votes():
    always = [side_share(np.ones(pairs), np.ones(pairs), clip_bootstrap(np.arange(pairs))) for pairs in (19, 20)]
    assert [one.constant for one in always] == [False, True]
    unknown = side_share(np.zeros(20), np.zeros(20), clip_bootstrap(np.arange(20)))
    assert np.isnan(unknown.share.value) and not unknown.constant and not unknown.biased


def test_who_needs_less_than_a_fast_reader_is_too_fast():
    # 100 words take 12 seconds at 500 a minute.
    words = np.full(40, 100)
    assert too_fast(np.repeat([11.0, 13.0], 20), words) == 50
    assert np.isnan(too_fast(np.repeat([1.0, np.nan], [19, 21]), words))


def votes_of(annotators: int, pairs: int = 200, right: float = 0.85) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.random((annotators, pairs)) > right).astype(np.int8)


def test_copies_are_found_although_a_few_votes_were_changed_and_several_people_copied():
    votes = votes_of(6)
    votes[4], votes[5] = votes[0], votes[0]
    votes[5, :3] = 1 - votes[5, :3]
    found = {(like.one, like.other): (like.equal, like.shared) for like in like_votes(votes)}
    assert found == {(0, 4): (200, 200), (0, 5): (197, 200), (4, 5): (197, 200)}


@pytest.mark.parametrize("right", [0.6, 0.85, 0.95, 1.0])
def test_people_who_are_often_right_are_no_copies(right):
    assert like_votes(votes_of(6, right=right)) == []


def test_few_shared_pairs_or_nobody_else_show_no_copy():
    votes = np.repeat(votes_of(1), 2, axis=0)
    assert like_votes(votes) == []
    third = np.append(votes, votes_of(3)[2:], axis=0)
    assert len(like_votes(third)) == 1
    third[1, 29:] = MISSING
    assert like_votes(third) == []
