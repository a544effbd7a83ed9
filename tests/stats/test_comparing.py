import numpy as np
import pytest
from scipy.stats import binomtest

from emoprefer_assets.stats import holm, mcnemar_exact


def test_mcnemar_is_the_exact_binomial_test_of_the_pairs_on_which_judges_differ():
    only1, only2 = np.array([9, 1, 40]), np.array([1, 9, 25])
    expected = [binomtest(int(first), int(first + second)).pvalue for first, second in zip(only1, only2, strict=True)]
    assert mcnemar_exact(only1, only2) == pytest.approx(expected)


def test_judges_that_never_differ_or_as_often_each_way_have_p_one():
    assert mcnemar_exact(np.array([0, 5]), np.array([0, 5])).tolist() == [1, 1]


def test_holm_by_hand():
    # Sorted .01 .02 .04 times 3, 2, 1, never falling.
    assert holm(np.array([0.04, 0.01, 0.02])) == pytest.approx([0.04, 0.03, 0.04])
    assert holm(np.array([0.5, 0.6])) == pytest.approx([1.0, 1.0])
