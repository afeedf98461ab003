"""Controlled rounding: adjacent multiples, limits kept, least movement, whatever the order."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendwarmth.model.findings import Infeasible
from sendwarmth.model.limits import Family, Limit, each
from sendwarmth.model.rounding import round_table

seeds = st.integers(0, 2**32 - 1)


def random_table(rng, rows=None, columns=None):
    """Return a table in units that adds to a whole number: zeros, whole and half units among it."""
    shape = (rows or rng.integers(1, 8), columns or rng.integers(1, 6))
    part = rng.choice([0.0, 0.5, 0.25, 1.0], shape) * rng.choice([1.0, rng.random()], shape)
    table = rng.integers(0, rng.choice([2, 50, 90_000]), shape) + part
    table[-1, -1] += np.ceil(table.sum()) - table.sum()
    table[-1, -1] += round(table.sum()) - table.sum()
    return table


def around(rng, table, mask):
    """Return a floor and cap, in units, that a set's sum keeps: touching it or some way off."""
    amount = table[mask].sum()
    floor = np.floor(amount + 1e-6) - rng.choice([0, 0, 1, 5])
    cap = np.ceil(amount - 1e-6) + rng.choice([0, 0, 1, 5])
    return (None if rng.random() < 0.3 else floor), (None if rng.random() < 0.3 else cap)


def nested_limits(rng, table, unit):
    """Return blocs of regions, nested, and sets of regions inside single groups, disjoint."""
    rows, columns = table.shape
    masks = []
    inside = np.arange(rows)
    while len(inside):
        inside = rng.permutation(inside)[: rng.integers(0, len(inside) + 1)]
        masks.append(np.isin(np.arange(rows), inside)[:, None] & np.ones(columns, bool))
        if len(inside) == rows:
            break
    labels = rng.integers(-1, 3, table.shape)
    for column in range(columns):
        own = (np.arange(columns) == column) & np.ones((rows, 1), bool)
        masks += [(labels == k) & own for k in range(3)]
    limits = []
    for k, mask in enumerate(masks):
        floor, cap = around(rng, table, mask)
        times = [None if bound is None else bound * unit for bound in (floor, cap)]
        limits.append(Limit(f"limits/{k}", mask, *times))
    bounds = np.array([[table[r].sum() // 1, -(-table[r].sum() // 1)] for r in range(rows)])
    regions = np.broadcast_to(np.arange(rows)[:, None], table.shape)
    names = [f"region_floor_yuan/{r}" for r in range(rows)]
    limits.append(Family(names, regions, (bounds[:, 0] - 1) * unit, (bounds[:, 1] + 1) * unit))
    return limits


def random_bounds(rng, table):
    """Return bounds in units that the table keeps; some cells on the grid are locked."""
    lower = np.floor(table) - rng.choice([0, 0, 2, 10], table.shape)
    upper = np.ceil(table) + rng.choice([0, 0, 2, 10], table.shape)
    return np.maximum(lower, 0), upper


def assert_adjacent(exact, rounded, unit):
    """Assert that whole amounts, in yuan, are multiples of the unit next to the exact ones."""
    assert (rounded % unit == 0).all()
    units = np.asarray(exact) / unit
    on_grid = np.abs(units - np.rint(units)) <= 1e-6
    assert (rounded[on_grid] == np.rint(units[on_grid]) * unit).all()
    assert (np.abs(rounded - exact) < unit * (1 + 1e-5)).all()


def assert_controlled(exact, rounded, unit, total, limits=()):
    """Assert all that controlled rounding promises but the least movement."""
    assert rounded.dtype == np.int64
    assert rounded.sum() == total
    assert_adjacent(exact, rounded, unit)
    assert_adjacent(exact.sum(axis=1), rounded.sum(axis=1), unit)
    assert_adjacent(exact.sum(axis=0), rounded.sum(axis=0), unit)
    for limit in each(limits):
        amount = rounded[limit.mask].sum()
        assert limit.floor is None or amount >= limit.floor
        assert limit.cap is None or amount <= limit.cap


# --- the guarantee ------------------------------------------------------------------------------


@given(seed=seeds, unit=st.sampled_from([1, 7, 100, 1_000]))
def test_nested_limits_in_two_families_always_have_a_rounding_and_it_keeps_everything(seed, unit):
    rng = np.random.default_rng(seed)
    table = random_table(rng)
    limits = nested_limits(rng, table, unit)
    lower, upper = random_bounds(rng, table)
    total = round(table.sum()) * unit
    rounded = round_table(table * unit, unit, total, lower * unit, upper * unit, limits)
    assert_controlled(table * unit, rounded, unit, total, limits)
    assert (rounded >= lower * unit).all()
    assert (rounded <= upper * unit).all()


@given(seed=seeds)
def test_a_table_that_is_off_by_what_a_fit_leaves_is_rounded_all_the_same(seed):
    rng = np.random.default_rng(seed)
    table = random_table(rng)
    limits = nested_limits(rng, table, 1_000)
    fitted = table * 1_000 * (1 + rng.uniform(-1, 1, table.shape) * 1e-12)
    total = round(table.sum()) * 1_000
    assert_controlled(table * 1_000, round_table(fitted, 1_000, total, limits=limits), 1_000, total)


def test_a_country_of_counties_is_rounded():
    rng = np.random.default_rng(11)
    exact = rng.gamma(0.5, 60_000, (2_800, 5))
    total = round(exact.sum() / 1_000) * 1_000
    exact *= total / exact.sum()
    province = np.broadcast_to(rng.integers(0, 31, (2_800, 1)), exact.shape)
    sums = np.bincount(province.ravel(), exact.ravel())
    names = [f"limits/{k}" for k in range(31)]
    limits = [Family(names, province, np.floor(sums / 1_000) * 1_000, None)]
    rounded = round_table(exact, 1_000, total, limits=limits)
    assert_controlled(exact, rounded, 1_000, total, limits)


# --- least movement, against every table there is -----------------------------------------------


def best_of_all(table, limits):
    """Return the least movement over all adjacent tables that keep every sum, or None."""
    down = np.floor(table)
    best = None
    for steps in product(*[(0, 1) if part else (0,) for part in (table - down).ravel()]):
        tried = down + np.reshape(steps, table.shape)
        sums = [(table.sum(axis=a), tried.sum(axis=a)) for a in (0, 1)]
        if tried.sum() != table.sum() or any((np.abs(t - s) >= 1).any() for s, t in sums):
            continue
        if all(limit.floor <= tried[limit.mask].sum() <= limit.cap for limit in limits):
            moved = np.abs(tried - table).sum()
            best = moved if best is None else min(best, moved)
    return best


@given(seed=seeds)
def test_movement_is_least_and_a_table_is_refused_only_if_no_rounding_exists(seed):
    rng = np.random.default_rng(seed)
    table = random_table(rng, rng.integers(1, 4), rng.integers(1, 4))
    table = np.round(table * 8) / 8
    table[0, 0] += np.ceil(table.sum()) - table.sum()
    limits = []
    for k in range(rng.integers(0, 7)):
        mask = rng.random(table.shape) < 0.5
        amount = table[mask].sum()
        limits.append(Limit(f"limits/{k}", mask, np.floor(amount), np.ceil(amount)))
    least = best_of_all(table, limits)
    if least is None:
        with pytest.raises(Infeasible):
            round_table(table, 1, int(table.sum()), limits=limits)
    else:
        rounded = round_table(table, 1, int(table.sum()), limits=limits)
        assert np.abs(rounded - table).sum() == pytest.approx(least, abs=1e-3)


def test_limits_around_an_odd_ring_need_the_whole_number_programme():
    # Any two of the first three may hold one unit in all: half a unit each would be cheapest.
    exact = np.array([[0.6], [0.6], [0.6], [0.2]])
    pairs = [(0, 1), (1, 2), (0, 2)]
    limits = [Limit(f"limits/{p}", np.isin(np.arange(4), p)[:, None], None, 1) for p in pairs]
    rounded = round_table(exact, 1, 2, limits=limits)
    assert rounded[3, 0] == 1
    assert rounded[:3].sum() == 1


# --- amounts on and near the grid ---------------------------------------------------------------


def test_amounts_on_the_grid_stay():
    exact = np.array([[5_000.0, 1_500.0, 2_500.0], [3_000.0, 2_500.0, 500.0]])
    rounded = round_table(exact, 1_000, 15_000)
    assert rounded[:, 0].tolist() == [5_000, 3_000]


def test_within_a_millionth_of_a_unit_counts_as_on_the_grid_and_beyond_does_not():
    near, far = 5_000.0009, 5_000.0011
    others = [[400.0, 600.0]]
    assert round_table(np.append([[near]], others, axis=1), 1_000, 6_000)[0, 0] == 5_000
    floor = [Limit("limits/a", np.array([[True, False, False]]), 6_000, None)]
    assert round_table([[far, 400.0, 599.9989]], 1_000, 6_000, limits=floor)[0, 0] == 6_000
    with pytest.raises(Infeasible):
        round_table([[near, 400.0, 599.9991]], 1_000, 6_000, limits=floor)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 2), (0, 3)])
def test_nothing_to_share_is_a_table_of_zeros(shape):
    rounded = round_table(np.zeros(shape), 1_000, 0)
    assert rounded.shape == shape
    assert not rounded.any()


def test_one_unit_goes_to_the_cell_that_is_nearest_to_it():
    assert round_table([[300.0, 200.0], [100.0, 400.0]], 1_000, 1_000).tolist() == [
        [0, 0],
        [0, 1_000],
    ]


def test_large_sums_in_single_yuan_are_exact():
    exact = np.full((3, 3), 92_000_000_001 / 9)
    rounded = round_table(exact, 1, 92_000_000_001)
    assert_controlled(exact, rounded, 1, 92_000_000_001)


def test_bounds_off_the_grid_are_drawn_in():
    exact = np.array([[1_600.0, 1_400.0], [1_400.0, 1_600.0]])
    assert round_table(exact, 1_000, 6_000).tolist() == [[2_000, 1_000], [1_000, 2_000]]
    floor = round_table(exact, 1_000, 6_000, lower=[[0, 1_300.0], [0, 0]])
    cap = round_table(exact, 1_000, 6_000, upper=[[1_700.0, 2_000.0], [2_000.0, 2_000.0]])
    assert floor.tolist() == cap.tolist() == [[1_000, 2_000], [2_000, 1_000]]


# --- order --------------------------------------------------------------------------------------


@given(seed=seeds)
def test_the_order_of_rows_and_columns_never_matters(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(random_table(rng) * 1_000)
    frame.index = [f"region {k}" for k in frame.index]
    frame.columns = [f"group {k}" for k in frame.columns]
    total = round(frame.to_numpy().sum() / 1_000) * 1_000
    rows, columns = rng.permutation(frame.index), rng.permutation(frame.columns)
    there = pd.DataFrame(round_table(frame, 1_000, total), frame.index, frame.columns)
    shuffled = frame.loc[rows, columns]
    back = pd.DataFrame(round_table(shuffled, 1_000, total), rows, columns)
    pd.testing.assert_frame_equal(back.loc[frame.index, frame.columns], there)


@given(seed=seeds)
def test_without_ids_the_order_of_rows_that_differ_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    table = random_table(rng)
    table = table[np.unique(table.round(9), axis=0, return_index=True)[1]]
    table[-1, -1] += np.ceil(table.sum()) - table.sum()
    order = rng.permutation(len(table))
    total = round(table.sum())
    assert (round_table(table[order], 1, total) == round_table(table, 1, total)[order]).all()


def test_without_ids_equal_columns_do_not_make_the_order_of_rows_matter():
    table = np.array([[1.05163076, 1.05163076, 2.0], [1.5, 1.5, 2.89673848]])
    assert (round_table(table[::-1], 1, 10) == round_table(table, 1, 10)[::-1]).all()


def test_ties_follow_the_ids_not_the_order():
    half = np.full((2, 2), 500.0)
    seen = set()
    for first, second in ["ab", "cd", "ef", "gh", "ij", "kl"]:
        here = round_table(half, 1_000, 2_000, region_ids=[first, second], group_ids="xy")
        back = round_table(half, 1_000, 2_000, region_ids=[second, first], group_ids="xy")
        assert (here == back[::-1]).all()
        seen.add(tuple(here.ravel().tolist()))
    assert seen == {(1_000, 0, 0, 1_000), (0, 1_000, 1_000, 0)}


def test_a_frame_is_the_same_as_its_array_with_ids():
    frame = pd.DataFrame([[500.0, 500.0], [500.0, 500.0]], ["a", "b"], ["x", "y"])
    ids = {"region_ids": ["a", "b"], "group_ids": ["x", "y"]}
    by_array = round_table(frame.to_numpy(), 1_000, 2_000, **ids)
    assert (round_table(frame, 1_000, 2_000) == by_array).all()


# --- what cannot be rounded ---------------------------------------------------------------------

# Causey, Cox and Ernst: half a unit in every cell (i, j, k) of a 2 x 2 x 2 table with i + j + k
# even. Every plane holds one unit, but any two of these cells share a plane.
CUBE = np.array([[0.5, 0], [0, 0.5], [0, 0.5], [0.5, 0]])  # rows (i, j), columns k
PLANES = {
    "i = 0": [1, 1, 0, 0],
    "i = 1": [0, 0, 1, 1],
    "j = 0": [1, 0, 1, 0],
    "j = 1": [0, 1, 0, 1],
}


@pytest.mark.parametrize("unit", [1, 1_000])
def test_the_2_x_2_x_2_table_that_cannot_be_rounded_names_the_margin_and_how_far_it_is_off(unit):
    limits = [
        Limit(name, np.array(rows, bool)[:, None] & np.ones(2, bool), unit, unit)
        for name, rows in PLANES.items()
    ]
    with pytest.raises(Infeasible) as refused:
        round_table(CUBE * unit, unit, 2 * unit, limits=limits, group_ids=["k = 0", "k = 1"])
    findings = refused.value.findings
    assert {finding.code for finding in findings} == {"cannot_round"}
    assert sorted(finding.facts["off_yuan"] for finding in findings) == [-unit, unit]
    for finding in findings:
        assert finding.facts["name"] in {*PLANES, "k = 0", "k = 1"}
        assert finding.facts["unit_yuan"] == unit
        assert finding.facts["floor_yuan"] == finding.facts["cap_yuan"] == unit
    assert len({str(finding.facts["name"])[0] for finding in findings}) == 1


def test_the_same_table_is_rounded_once_one_plane_may_be_off_by_a_unit():
    limits = [
        Limit(
            name,
            np.array(rows, bool)[:, None] & np.ones(2, bool),
            *((0, 2) if name[0] == "i" else (1, 1)),
        )
        for name, rows in PLANES.items()
    ]
    assert_controlled(CUBE, round_table(CUBE, 1, 2, limits=limits), 1, 2, limits)


def test_a_limit_out_of_reach_is_named_with_what_it_misses():
    limits = [Limit("limits/south", np.array([[True], [False]]), 9_000, None)]
    with pytest.raises(Infeasible) as refused:
        round_table([[5_500.0], [4_500.0]], 1_000, 10_000, limits=limits)
    (finding,) = refused.value.findings
    assert finding.facts == {
        "kind": "limit",
        "name": "limits/south",
        "off_yuan": -3_000,
        "unit_yuan": 1_000,
        "floor_yuan": 9_000,
        "cap_yuan": 10_000,
    }


def test_a_total_out_of_reach_is_named():
    with pytest.raises(Infeasible) as refused:
        round_table([[5_000.0, 4_000.0]], 1_000, 12_000, region_ids=["a"], group_ids=["x", "y"])
    (finding,) = refused.value.findings
    assert (finding.facts["kind"], finding.facts["off_yuan"]) == ("total", -3_000)


def test_a_margin_gives_way_before_the_total_does():
    with pytest.raises(Infeasible) as refused:
        round_table([[1_500.0, 1_500.0]], 1_000, 4_000, region_ids=["a"], group_ids=["x", "y"])
    (finding,) = refused.value.findings
    assert (finding.facts["kind"], finding.facts["name"]) == ("region", "a")
    assert finding.facts["off_yuan"] == 1_000


def test_a_limit_against_amounts_that_cannot_move_is_named_as_it_was_given():
    limits = [Limit("limits/a", np.array([[True, False], [True, False]]), None, 3_000)]
    with pytest.raises(Infeasible) as refused:
        round_table([[2_000.0, 1_000.0], [2_000.0, 1_000.0]], 1_000, 6_000, limits=limits)
    assert [finding.facts["name"] for finding in refused.value.findings] == ["limits/a"]


def test_every_cell_outside_its_bounds_is_named_at_once():
    frame = pd.DataFrame([[1_500.0, 2_500.0, 3_000.0]], ["r"], ["x", "y", "z"])
    with pytest.raises(Infeasible) as refused:
        round_table(frame, 1_000, 7_000, lower=[[3_000, 0, 0]], upper=[[9_000, 1_000, 3_000]])
    found = [(f.code, f.facts["region"], f.facts["group"]) for f in refused.value.findings]
    assert found == [("cannot_round_cell", "r", "x"), ("cannot_round_cell", "r", "y")]
    assert refused.value.findings[1].facts == {
        "region": "r",
        "group": "y",
        "exact_yuan": 2_500,
        "floor_yuan": 0,
        "cap_yuan": 1_000,
        "unit_yuan": 1_000,
    }


@pytest.mark.parametrize(
    ("values", "unit", "total", "says"),
    [
        ([[1.0, np.nan]], 1, 1, "finite amounts"),
        ([[1.0, -1.0]], 1, 0, "none below 0"),
        ([1.0, 1.0], 1, 2, "must be a table"),
        ([[1.0]], 0, 1, "whole number of yuan above 0"),
        ([[1_500.0]], 1_000, 1_500, "multiple of the unit 1000, 0 or more, not 1500"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(values, unit, total, says):
    with pytest.raises(ValueError, match=says):
        round_table(values, unit, total)


def test_ids_and_limits_of_another_shape_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="ids must name"):
        round_table([[1.0]], 1, 1, region_ids=["a", "b"])
    batch = Limit("limits/a", np.ones((3, 1, 1), bool), [0, 0, 0], None)
    with pytest.raises(ValueError, match="carry no batch axis"):
        round_table([[1.0]], 1, 1, limits=[batch])
