import numpy as np
import pytest

from emoprefer_assets.stats.tiers import tiers


def tied(count, *pairs):
    matrix = np.zeros((count, count), dtype=bool)
    for one, other in pairs:
        matrix[one, other] = matrix[other, one] = True
    return matrix


def test_neighbours_that_are_tied_share_letters_as_on_paper():
    # A chain of overlapping runs: a b c are tied, c d are tied, e stands alone.
    assert tiers(tied(5, (0, 1), (0, 2), (1, 2), (2, 3))) == ["A", "A", "AB", "B", "C"]
    assert tiers(tied(0)) == []
    assert tiers(tied(3)) == ["A", "B", "C"]
    assert tiers(tied(3, (0, 1), (0, 2), (1, 2))) == ["A", "A", "A"]


def test_a_tie_between_neighbours_of_one_that_differs_needs_letters_out_of_order():
    # The middle one has the smaller error: it differs from both, which are tied with each other.
    assert tiers(tied(3, (0, 2))) == ["A", "B", "A"]


def letters(tier: str) -> set[str]:
    return set("".join(f" {letter}" if letter.isalpha() else letter for letter in tier).split())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_two_share_a_letter_if_and_only_if_they_are_tied(share):
    dice = np.random.default_rng(0)
    for count in range(1, 16):
        drawn = np.triu(dice.random((count, count)) < share, 1)
        found = [letters(tier) for tier in tiers(drawn | drawn.T)]
        shared = np.array([[bool(one & other) for other in found] for one in found])
        assert (shared == (drawn | drawn.T | np.eye(count, dtype=bool))).all()


def test_forty_alone_have_forty_letters():
    found = tiers(tied(40))
    assert found[25:28] == ["Z", "A1", "B1"]
    assert len(set(found)) == 40
