"""The grid of whole units: bounds drawn in, shares in integers, ties by name."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendwarmth.model.grid import (
    draw_in,
    draw_in_limit,
    largest_remainder,
    tie,
    unit_that_works,
)

units = st.sampled_from([1, 7, 100, 1_000, 10_000])


@given(low=st.integers(0, 10**8), width=st.integers(0, 10**6), unit=units)
def test_drawn_in_bounds_are_the_outermost_multiples_inside_the_range(low, width, unit):
    least, most = draw_in(low, low + width, unit)
    multiples = range(-(-low // unit) * unit, low + width + 1, unit)
    if multiples:
        assert (least, most) == (multiples[0], multiples[-1])
    else:
        assert least > most


@given(low=st.floats(0, 1e8), high=st.floats(0, 1e8), unit=units)
def test_drawing_in_twice_changes_nothing(low, high, unit):
    once = draw_in(low, high, unit)
    assert draw_in(*once, unit) == once


def test_an_amount_within_a_millionth_of_a_unit_counts_as_on_the_grid():
    low, high = draw_in([5_000.0009, 5_000.0011], [4_999.9991, 4_999.9989], 1_000)
    assert low.tolist() == [5_000, 6_000]
    assert high.tolist() == [5_000, 4_000]


def test_no_bound_stays_no_bound():
    low, high = draw_in(-np.inf, np.inf, 1_000)
    assert (low, high) == (-np.inf, np.inf)
    assert draw_in_limit(None, None, 1_000) == (None, None)
    assert draw_in_limit(None, 2_500, 1_000) == (None, 2_000)
    floor, cap = draw_in_limit([500.0, -np.inf], None, 1_000)
    assert floor.tolist() == [1_000, -np.inf]
    assert cap is None


def test_zero_is_drawn_in_to_a_plain_zero():
    low, high = draw_in(0.0, 0.0, 1_000)
    assert not np.signbit(low)
    assert not np.signbit(high)


@pytest.mark.parametrize(
    ("low", "high", "unit", "works"),
    [
        (1_200_500, 1_200_500, 1_000, 500),
        (1_200_330, 1_200_330, 1_000, 10),
        (1_200_001, 1_200_001, 1_000, 1),
        (1_200_000, 1_200_000, 1_000, 1_000),
        (1_010, 1_990, 1_000, 500),
        (0.4, 0.6, 1_000, None),
        (3, 3, 7, 1),
    ],
)
def test_the_unit_that_works_is_the_largest_round_one_that_divides_the_unit(low, high, unit, works):
    assert unit_that_works(low, high, unit) == works


def test_ties_are_broken_by_sha_256_of_the_ids():
    # The published test vector: SHA-256("abc") = ba7816bf 8f01cfea ...
    assert tie("abc") == 0xBA7816BF8F01 / 2**48
    joined = hashlib.sha256("北\x1f一线".encode()).hexdigest()
    assert tie("北", "一线") == int(joined[:12], 16) / 2**48
    assert tie("ab", "c") != tie("a", "bc")


def test_the_textbook_election_comes_out():
    # Hare quota, 100,000 votes, 10 seats: the example of most introductions to the method.
    votes = {"Y": 47_000, "W": 16_000, "R": 15_800, "G": 12_000, "B": 6_100, "P": 3_100}
    seats = {"Y": 5, "W": 2, "R": 1, "G": 1, "B": 1, "P": 0}
    assert largest_remainder(10, votes) == seats


weights = st.dictionaries(st.text(min_size=1), st.integers(0, 10**6), min_size=1).filter(
    lambda mapping: sum(mapping.values()) > 0
)


@given(total=st.integers(0, 10**15), weights=weights)
def test_parts_add_exactly_and_lie_within_one_of_their_share(total, weights):
    parts = largest_remainder(total, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    for key, weight in weights.items():
        assert abs(parts[key] * whole - total * weight) < whole


@given(total=st.integers(0, 10**6), weights=weights, data=st.data())
def test_the_order_of_the_parts_never_matters(total, weights, data):
    shuffled = dict(data.draw(st.permutations(list(weights.items()))))
    assert largest_remainder(total, shuffled) == largest_remainder(total, weights)


def test_equal_remainders_go_to_the_ids_that_come_first_by_tie():
    ids = ["a", "b", "c", "d", "e"]
    parts = largest_remainder(2, dict.fromkeys(ids, 1))
    assert {key for key, count in parts.items() if count} == set(sorted(ids, key=tie)[:2])


@pytest.mark.parametrize(
    ("total", "weights"), [(-1, {"a": 1}), (1, {"a": 0}), (1, {"a": 2, "b": -1})]
)
def test_what_cannot_be_split_is_refused(total, weights):
    with pytest.raises(ValueError, match="cannot split"):
        largest_remainder(total, weights)
