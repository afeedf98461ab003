"""Indices of inequality against published values, closed forms and the axioms they are known by."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from sendwarmth.model.measures import (
    atkinson,
    gini,
    hoover,
    max_min_ratio,
    theil,
    theil_between_within,
)

INDICES = {
    "gini": gini,
    "theil": theil,
    "atkinson_half": lambda values, weights=None: atkinson(values, 0.5, weights),
    "atkinson_one": lambda values, weights=None: atkinson(values, 1, weights),
    "atkinson_two": lambda values, weights=None: atkinson(values, 2, weights),
    "hoover": hoover,
}
every_index = pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)

# The example of the R package ineq, whose documentation prints these values.
INCOMES = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]

amounts = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12)


def quantiles(inverse, n=200_000):
    """Return n equally likely amounts of a distribution given by its quantile function."""
    return inverse((np.arange(n) + 0.5) / n)


def test_the_published_indices_of_the_ineq_example_come_out():
    assert gini(INCOMES) == pytest.approx(0.462091130267624, abs=1e-14)
    assert theil(INCOMES) == pytest.approx(0.3623412, abs=5e-8)
    assert atkinson(INCOMES, 0.4) == pytest.approx(0.1440938, abs=5e-8)
    assert atkinson(INCOMES, 0.5) == pytest.approx(0.1796591, abs=5e-8)
    assert atkinson(INCOMES, 1) == pytest.approx(0.3518251, abs=5e-8)
    assert atkinson(INCOMES, 2) == pytest.approx(0.6290111, abs=5e-8)


def test_a_published_weighted_atkinson_index_comes_out():
    assert atkinson([10, 20, 30], 0.5, weights=[3, 1, 1]) == pytest.approx(0.05558586, abs=5e-9)


def test_the_gini_of_the_first_n_numbers_is_its_closed_form():
    for n in (1, 2, 7, 100):
        assert gini(np.arange(1, n + 1)) == pytest.approx((n - 1) / (3 * n), abs=1e-14)


@pytest.mark.parametrize("shape", [1.5, 2.0, 5.0])
def test_the_gini_of_a_weibull_distribution_is_its_closed_form(shape):
    values = quantiles(lambda u: (-np.log1p(-u)) ** (1 / shape))
    assert gini(values) == pytest.approx(1 - 2 ** (-1 / shape), abs=1e-4)


@pytest.mark.parametrize("shape", [3.0, 5.0, 10.0])
def test_gini_theil_and_hoover_of_a_pareto_distribution_are_their_closed_forms(shape):
    values = quantiles(lambda u: (1 - u) ** (-1 / shape))
    assert gini(values) == pytest.approx(1 / (2 * shape - 1), abs=1e-3)
    assert theil(values) == pytest.approx(np.log(1 - 1 / shape) + 1 / (shape - 1), abs=2e-3)
    assert hoover(values) == pytest.approx((shape - 1) ** (shape - 1) / shape**shape, abs=1e-3)


def test_theil_and_atkinson_of_a_lognormal_distribution_are_their_closed_forms():
    sigma = 0.6
    values = quantiles(lambda u: np.exp(sigma * ndtri(u)))
    assert theil(values) == pytest.approx(sigma**2 / 2, abs=1e-4)
    for epsilon in (0.5, 1, 2):
        assert atkinson(values, epsilon) == pytest.approx(
            1 - np.exp(-epsilon * sigma**2 / 2), abs=1e-4
        )


def test_one_who_has_everything_among_n_gives_each_index_its_largest_value():
    for n in (2, 5, 50):
        values = [0.0] * (n - 1) + [7.0]
        assert gini(values) == pytest.approx(1 - 1 / n)
        assert hoover(values) == pytest.approx(1 - 1 / n)
        assert theil(values) == pytest.approx(np.log(n))
        assert atkinson(values, 0.5) == pytest.approx(1 - 1 / n)
        assert atkinson(values, 1) == atkinson(values, 3) == 1.0


@every_index
def test_equal_amounts_have_no_inequality_and_neither_has_nothing_for_all(index):
    assert index([3.3] * 7) == pytest.approx(0, abs=1e-15)
    assert index([0.0, 0.0, 0.0]) == pytest.approx(0, abs=1e-15)
    assert index([4.0]) == pytest.approx(0, abs=1e-15)


@every_index
@given(values=amounts, factor=st.floats(1e-4, 1e4))
def test_the_unit_of_money_does_not_matter(index, values, factor):
    assert index(np.multiply(values, factor)) == pytest.approx(index(values), abs=1e-9)


@every_index
@given(values=amounts, times=st.integers(2, 5), seed=st.integers(0, 9))
def test_copying_everybody_and_changing_the_order_do_not_matter(index, values, times, seed):
    copied = np.random.default_rng(seed).permutation(np.repeat(values, times))
    assert index(copied) == pytest.approx(index(values), abs=1e-9)


@every_index
@given(values=amounts, data=st.data())
def test_a_weight_counts_people_as_if_they_stood_in_rows_of_their_own(index, values, data):
    heads = data.draw(st.lists(st.integers(0, 6), min_size=len(values), max_size=len(values)))
    heads[0] += 1
    assert index(values, heads) == pytest.approx(index(np.repeat(values, heads)), abs=1e-9)


@every_index
def test_giving_from_a_richer_to_a_poorer_person_lowers_the_index(index):
    before, after = [1.0, 2.0, 6.0, 11.0], [2.0, 2.0, 6.0, 10.0]
    assert index(after) < index(before) - 1e-3


@given(values=amounts, seed=st.integers(0, 99))
def test_gini_is_half_the_mean_difference_over_the_mean(values, seed):
    heads = np.random.default_rng(seed).integers(1, 9, len(values))
    share = heads / heads.sum()
    difference = np.abs(np.subtract.outer(values, values))
    expected = share @ difference @ share / 2 / (share @ values)
    assert gini(values, heads) == pytest.approx(expected, abs=1e-12)


@given(values=amounts, data=st.data())
def test_theil_between_and_within_add_to_theil(values, data):
    count = len(values)
    groups = data.draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count))
    heads = data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    split = theil_between_within(values, groups, heads)
    assert split.between + split.within == pytest.approx(theil(values, heads), abs=1e-12)
    assert min(split) >= 0


def test_theil_between_groups_is_the_theil_of_their_means():
    values, groups = [1.0, 3.0, 5.0, 7.0, 0.0], ["a", "a", "b", "b", "b"]
    split = theil_between_within(values, groups)
    assert split.between == pytest.approx(theil([2, 2, 4, 4, 4]))
    inside = (4 * theil([1, 3]) + 12 * theil([5, 7, 0])) / 16
    assert split.within == pytest.approx(inside)


def test_a_group_that_gets_nothing_does_not_spoil_the_decomposition():
    split = theil_between_within([0, 0, 2, 2], ["a", "a", "b", "b"])
    assert split == (pytest.approx(np.log(2)), 0.0)


def test_atkinson_grows_with_epsilon_towards_the_share_the_poorest_lack():
    indices = [atkinson(INCOMES, epsilon) for epsilon in (0, 0.5, 1, 2, 10, 1000)]
    assert indices[0] == 0
    assert indices == sorted(indices)
    assert indices[-1] == pytest.approx(1 - 541 / np.mean(INCOMES), abs=2e-3)


@pytest.mark.parametrize("near", [1e-3, 1e-6, 1e-9, 1e-12])
def test_atkinson_is_continuous_where_its_formula_changes(near):
    slope = 0.4  # between 0.3518 at 1 and 0.6290 at 2 it is less than this
    for epsilon in (1 - near, 1 + near):
        assert atkinson(INCOMES, epsilon) == pytest.approx(
            atkinson(INCOMES, 1), abs=slope * near + 1e-13
        )


def test_hoover_is_the_part_of_the_money_that_must_move():
    assert hoover([2.0, 4.0, 12.0]) == pytest.approx(6 / 18)


def test_the_ratio_of_most_to_least_ignores_rows_of_nobody():
    assert max_min_ratio([2, 4, 5], weights=[3, 1, 0]) == 2
    assert max_min_ratio([0, 0]) == 1
    assert max_min_ratio([0, 1]) == np.inf


@every_index
def test_frames_and_series_are_read_like_arrays(index):
    frame = pd.DataFrame({"a": [1.0, 5.0], "b": [2.0, 9.0]})
    assert index(frame) == index([1.0, 2.0, 5.0, 9.0])
    assert index(frame["a"], pd.Series([1, 3])) == index([1.0, 5.0], [1, 3])


@every_index
@pytest.mark.parametrize(
    ("values", "weights", "says"),
    [
        ([1.0, -2.0], None, "values must be finite and 0 or more"),
        ([1.0, np.nan], None, "values must be finite"),
        ([1.0, np.inf], None, "values must be finite"),
        ([1.0, 2.0], [1.0, -1.0], "weights must be finite and 0 or more"),
        ([1.0, 2.0], [1.0], "one weight a value, not 1 for 2"),
        ([1.0, 2.0], [0.0, 0.0], "at least one value with a weight above 0"),
        ([], None, "at least one value"),
    ],
)
def test_what_is_no_distribution_is_refused_with_a_sentence(index, values, weights, says):
    with pytest.raises(ValueError, match=says):
        index(values, weights)


def test_an_epsilon_or_groups_that_do_not_fit_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="epsilon must be finite and 0 or more, not -1"):
        atkinson([1, 2], -1)
    with pytest.raises(ValueError, match="one group a value, not 3 for 2"):
        theil_between_within([1, 2], ["a", "b", "c"])
