import numpy as np
import pytest

from emoprefer_assets.stats.stratified import stratified_sample

STRATA = np.repeat([0, 1, 2], [2, 10, 30])


@pytest.mark.parametrize(("number", "of_each"), [(3, [1, 1, 1]), (10, [2, 4, 4]), (11, [2, 4, 5]), (99, [2, 10, 30])])
def test_strata_give_about_as_many_as_far_as_they_have_them(number, of_each):
    drawn, probability = stratified_sample(STRATA, np.random.default_rng(0).random(42), number)
    assert np.bincount(STRATA[drawn]).tolist() == of_each
    assert probability.tolist() == np.repeat(np.array(of_each) / [2, 10, 30], [2, 10, 30]).tolist()


def test_everybody_is_drawn_as_often_as_the_probability_says():
    dice = np.random.default_rng(0)
    draws = [stratified_sample(STRATA, dice.random(42), 12) for _ in range(4000)]
    assert np.mean([drawn for drawn, _ in draws], axis=0) == pytest.approx(draws[0][1], abs=0.03)


def test_the_weights_of_a_sample_give_the_total_of_all():
    dice = np.random.default_rng(0)
    values = np.arange(42.0)
    totals = []
    for _ in range(4000):
        drawn, probability = stratified_sample(STRATA, dice.random(42), 12)
        totals.append((values / probability)[drawn].sum())
    assert np.mean(totals) == pytest.approx(values.sum(), rel=0.01)


def test_a_larger_sample_holds_each_smaller_one():
    luck = np.random.default_rng(0).random(42)
    small, large = (stratified_sample(STRATA, luck, number)[0] for number in (8, 20))
    assert (large | ~small).all()


def test_of_nobody_nobody_is_drawn():
    drawn, probability = stratified_sample(np.array([], dtype=int), np.array([]), 5)
    assert len(drawn) == len(probability) == 0
