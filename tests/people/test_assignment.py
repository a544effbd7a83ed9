import subprocess
import sys
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoprefer_assets.people.assignment import ATTENTION, PAIR, REPEAT, assigned, shown_to
from emoprefer_assets.settings import PROJECT

PAIRS = [f"p{number}" for number in range(1, 61)]
OTHER = {"a1": "a2", "a2": "a1"}


@given(st.integers(1, 9), st.data(), st.integers(0, 40), st.integers(0, 5))
def test_each_pair_has_its_votes_by_different_people_and_loads_are_even(people, data, pairs, seed):
    votes = data.draw(st.integers(1, people))
    shares = assigned(PAIRS[:pairs], people, votes, seed)
    assert Counter(pair for share in shares for pair in share) == {pair: votes for pair in PAIRS[:pairs]}
    assert all(len(set(share)) == len(share) for share in shares)
    loads = [len(share) for share in shares]
    assert max(loads) - min(loads) <= 1


def test_any_two_people_share_about_as_many_pairs_as_any_other_two():
    shares = [set(share) for share in assigned(PAIRS, 6, 3, 1)]
    # 60 pairs of 3 people make 180 pairs of people, 12 for each of the 15.
    assert {len(one & two) for one, two in combinations(shares, 2)} <= {10, 11, 12, 13, 14}


def test_with_as_many_votes_as_people_everybody_has_every_pair():
    assert assigned(PAIRS, 3, 3, 1) == [PAIRS] * 3


@given(st.integers(0, 60), st.floats(0, 0.3), st.integers(0, 4), st.integers(0, 9))
def test_all_is_shown_once_and_repeats_in_the_other_order_a_third_later(count, share, checks, seed):
    keys, attention = PAIRS[:count], [str(number) for number in range(checks)]
    shown = shown_to("a01", keys, PAIR, share, attention, seed)
    first = {one.key: (place, one.left) for place, one in enumerate(shown) if one.kind == PAIR}
    assert sorted(first) == sorted(keys)
    assert Counter(one.key for one in shown if one.kind == ATTENTION) == dict.fromkeys(attention, 1)
    again = [(place, one) for place, one in enumerate(shown) if one.kind == REPEAT]
    assert len(again) == min(round(share * count), count // 3)
    for place, one in again:
        assert one.left == OTHER[first[one.key][1]]
        assert place - first[one.key][0] > count // 3
    left = Counter(side for _, side in first.values())
    assert abs(left["a1"] - left["a2"]) <= 1


def test_orders_and_sides_differ_between_people_and_the_left_one_is_even_for_a_pair():
    orders = [[(one.key, one.left) for one in shown_to(f"a{n:02d}", PAIRS, PAIR)] for n in range(1, 201)]
    assert len({tuple(order) for order in orders}) == 200
    for pair in PAIRS[:5]:
        a1_left = sum((pair, "a1") in order for order in orders)
        # 200 throws of a coin: five standard deviations from 100.
        assert 65 < a1_left < 135


def test_attention_checks_are_spread_over_the_order():
    shown = shown_to("a01", PAIRS, PAIR, attention=["1", "2", "3"])
    places = [place for place, one in enumerate(shown) if one.kind == ATTENTION]
    assert all(low <= place <= low + 22 for place, low in zip(places, (0, 20, 40), strict=True))


def test_what_is_shown_is_the_same_in_every_process_and_version():
    code = (
        "from emoprefer_assets.people.assignment import PAIR, shown_to\n"
        "print([(s.kind, s.key, s.left) for s in shown_to('a02', ['x', 'y', 'z', '中'], PAIR, 0.3, ['1'], 7)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == str(
        [
            ("pair", "z", "a1"),
            ("attention", "1", "a1"),
            ("pair", "中", "a1"),
            ("pair", "y", "a2"),
            ("repeat", "z", "a2"),
            ("pair", "x", "a2"),
        ]
    )


@pytest.mark.parametrize(("people", "votes"), [(1, 1), (5, 2)])
def test_the_seed_draws_anew(people, votes):
    drawn = {
        str([shown_to("a01", share, PAIR, seed=n) for share in assigned(PAIRS, people, votes, n)]) for n in range(3)
    }
    assert len(drawn) == 3
