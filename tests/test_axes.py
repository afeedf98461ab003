"""What a sweep moves: paths, values, and which values go together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from samples import scenario
from sendwarmth.model.findings import InputError
from sendwarmth.model.robust.axes import (
    Axis,
    Steps,
    grid_point,
    keys_of,
    latin_hypercube,
    moved,
    value_at,
)


def test_steps_end_at_or_before_the_last_number_and_are_exact_decimals():
    assert list(Steps(0, 0.3, 0.1)) == [0.0, 0.1, 0.2, 0.3]
    assert list(Steps(1, 10, 4)) == [1, 5, 9]
    assert [type(value) for value in Steps(1, 10, 4)] == [int] * 3
    assert Steps(0, 0.3, 0.1)[1:3] == [0.1, 0.2]


def test_steps_beyond_the_last_number_are_an_error():
    with pytest.raises(IndexError):
        Steps(0, 1, 1)[2]


@pytest.mark.parametrize("path", ["", ".", "a..b", "a[x]", "a b[", "a]", "[0"])
def test_what_is_no_path_has_no_keys(path):
    assert keys_of(path) == ()


def test_a_grid_has_every_combination_once_and_its_last_axis_moves_fastest():
    axes = Axis("a", (1, 2, 3)), Axis("b", ("x", "y"))
    points = [tuple(grid_point(axes, index).values()) for index in range(6)]
    assert points == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y")]


@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**32))
def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_axis(number, axes, seed):
    points = latin_hypercube(number, axes, np.random.default_rng(seed))
    assert points.shape == (number, axes)
    slices = np.sort(np.floor(points * number).astype(int), axis=0)
    assert_array_equal(slices, np.tile(np.arange(number)[:, None], axes))


def test_one_axis_more_leaves_the_others_of_a_hypercube_as_they_were():
    two, three = (latin_hypercube(50, n, np.random.default_rng(3)) for n in (2, 3))
    assert_array_equal(two, three[:, :2])


def test_axes_of_a_hypercube_are_independent():
    points = latin_hypercube(2_000, 4, np.random.default_rng(5))
    off = np.corrcoef(points.T) - np.eye(4)
    assert np.abs(off).max() < 4 / np.sqrt(2_000)


def test_the_claim_takes_what_another_factor_leaves():
    base = scenario(factor_weight={"a": {"claim": 0.7, "fiscal_weakness": 0.2, "execution": 0.1}})
    weights = moved(base, {("factor_weight", "a", "fiscal_weakness"): 0.5}).values["factor_weight"]
    assert weights["a"] == {"claim": 0.4, "fiscal_weakness": 0.5, "execution": 0.1}
    assert weights["default"] == {"claim": 1}


def test_a_group_without_weights_of_its_own_starts_from_the_default():
    base = scenario(factor_weight={"default": {"claim": 0.9, "fiscal_weakness": 0.1}})
    weights = moved(base, {("factor_weight", "b", "execution"): 0.3}).values["factor_weight"]
    assert weights["b"] == {"claim": 0.6, "fiscal_weakness": 0.1, "execution": 0.3}


def test_other_factors_that_leave_the_claim_less_than_nothing_are_refused():
    point = {("factor_weight", "a", name): 0.6 for name in ("fiscal_weakness", "execution")}
    with pytest.raises(InputError) as raised:
        moved(scenario(), point)
    assert {finding.code for finding in raised.value.findings} == {"out_of_range"}


@given(st.integers(0, 1_000_000))
def test_shares_of_groups_go_on_adding_to_one_in_their_old_proportion(millionths):
    base = scenario(group_share={"a": 0.5, "b": 0.3, "c": 0.2})
    share = millionths / 1e6
    shares = moved(base, {("group_share", "a"): share}).values["group_share"]
    assert shares["a"] == share
    assert abs(shares["b"] * 2 - shares["c"] * 3) < 1e-5


def test_a_number_in_a_list_and_in_a_band_moves_alone():
    limits = [{"name": f"n{k}", "floor_yuan": 10, "cap_yuan": 90} for k in range(2)]
    base = scenario(limits=limits, change_band=[-0.1, 0.2])
    new = moved(base, {("limits", 1, "floor_yuan"): 20, ("change_band", 0): -0.3})
    assert [limit["floor_yuan"] for limit in new.values["limits"]] == [10, 20]
    assert new.values["change_band"] == (-0.3, 0.2)


def test_a_reserve_in_yuan_takes_the_place_of_a_share():
    assert moved(scenario(), {("reserve", "yuan"): 500}).values["reserve"] == {"yuan": 500}


def test_the_scenario_itself_is_not_touched():
    base = scenario(standard={"a": 100})
    moved(base, {("standard", "a"): 200, ("standard", "b"): 300})
    assert value_at(base.values, ("standard", "a")) == 100
    assert value_at(base.values, ("standard", "b")) is None


def test_fields_that_move_together_take_one_value():
    axis = Axis("standard.a + standard.b", (1,))
    assert axis.paths == (("standard", "a"), ("standard", "b"))
