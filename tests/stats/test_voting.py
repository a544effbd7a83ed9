from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emoprefer_assets.stats.crowds import top_k_majority
from emoprefer_assets.stats.labels import A1, A2, FAILED, SAME, UNPARSED


def majority(ballots: list[int]) -> int:
    """Counter keeps first-seen order, so the better-ranked ballot wins a tie."""
    cast = [ballot for ballot in ballots if ballot <= SAME]
    return Counter(cast).most_common(1)[0][0] if cast else UNPARSED


@given(st.integers(1, 6), st.integers(1, 2), st.integers(1, 5), st.randoms(use_true_random=False))
def test_every_k_equals_counting_by_hand(judges, orders, pairs, dice):
    verdicts = np.array([[[dice.randrange(5) for _ in range(pairs)] for _ in range(orders)] for _ in range(judges)])
    found = top_k_majority(verdicts)
    for k in range(1, judges + 1):
        for pair in range(pairs):
            assert found[k - 1, pair] == majority(verdicts[:k, :, pair].ravel().tolist())


def test_a_tied_vote_goes_to_the_better_ranked_judge():
    assert top_k_majority(np.array([[[A2]], [[A1]]]))[1, 0] == A2


def test_failed_judges_abstain():
    assert top_k_majority(np.array([[[FAILED]], [[A1]]])).ravel().tolist() == [UNPARSED, A1]
