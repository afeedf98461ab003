"""Extreme but legal numbers, and those no plan can be made of."""

import numpy as np
import pytest
from fits import FEASIBLE, TOTAL, YUAN, Case, cases, limit
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit


@pytest.mark.parametrize("kind", FEASIBLE)
def test_yuan_or_ten_thousands_of_yuan_and_the_scale_of_the_target_never_matter(kind):
    for case in cases(kind, 15, seed=10):
        other = Case(
            case.target * 123.4,
            case.lower / 1e4,
            case.upper / 1e4,
            case.masks,
            case.floor / 1e4,
            case.cap / 1e4,
            TOTAL / 1e4,
        )
        assert_allclose(other.fit().amounts * 1e4, case.fit().amounts, atol=1e-9 * TOTAL)


def test_locks_that_add_to_one_yuan_more_than_the_total_clash():
    rng = np.random.default_rng(13)
    locks = rng.integers(0, 2_000_000, (13, 5)).astype(float)
    locks[0, 0] += 92_000_001 - locks.sum()
    exact = fit(np.ones((13, 5)), locks, locks, [], 92_000_001)
    np.testing.assert_array_equal(exact.amounts, locks)
    assert fit(np.ones((13, 5)), locks, locks, [], 92_000_000).status == "infeasible"


def test_a_floor_above_its_cap_and_crossed_bounds_of_a_cell_clash():
    target = np.ones((1, 3))
    assert fit(target, 0, np.inf, [limit([[1, 1, 0]], 5, 4)], 10).status == "infeasible"
    crossed = fit(target, [[3, 0, 0]], [[2, 9, 9]], [], 10)
    assert crossed.status == "infeasible"
    assert crossed.miss == pytest.approx(0.1)
    assert fit(target, [[11, 0, 0]], np.inf, [], 10).status == "infeasible"


def test_a_total_of_nothing_gives_nothing():
    found = fit(np.ones((2, 2)), 0, np.inf, [limit(np.eye(2), 0, 5)], 0)
    assert found.status == "done"
    assert not found.amounts.any()
    assert fit(np.ones((2, 2)), 0, np.inf, [limit(np.eye(2), 1)], 0).status == "infeasible"
    assert fit(np.ones((2, 2)), [[1, 0], [0, 0]], np.inf, [], 0).status == "infeasible"


def test_one_region_one_group_one_cell():
    assert fit([[7]], 0, np.inf, [], 92_000_001).amounts == [[92_000_001]]
    assert fit([[7]], 0, np.inf, [limit([[1]], 92_000_001, 92_000_001)], 92_000_001).miss == 0
    assert fit([[7]], 0, 92_000_000, [], 92_000_001).status == "infeasible"
    row = fit([[1, 2, 5]], 0, [[np.inf, np.inf, 10]], [], 16)
    column = fit([[1], [2], [5]], 0, [[np.inf], [np.inf], [10]], [], 16)
    assert_allclose(row.amounts, [[2, 4, 10]], rtol=1e-12)
    assert_allclose(column.amounts.T, row.amounts, rtol=1e-12)


def test_a_cell_without_target_stays_at_its_lower_bound():
    found = fit([[0, 0, 1, 1]], [[0, 3, 0, 0]], np.inf, [], 10)
    assert_allclose(found.amounts, [[0, 3, 3.5, 3.5]], rtol=1e-12)
    assert fit([[0, 0, 1, 1]], 0, [[np.inf, np.inf, 4, 4]], [], 10).status == "infeasible"
    assert fit([[0, 0]], 0, np.inf, [], 10).status == "infeasible"
    assert_allclose(fit([[0, 0]], [[4, 6]], np.inf, [], 10).amounts, [[4, 6]])


def test_a_cap_of_nothing_closes_its_cells_exactly():
    found = fit([[3, 2, 3, 2]], 0, np.inf, [limit([[0, 1, 1, 0]], None, 0)], 10)
    assert_allclose(found.amounts, [[6, 0, 0, 4]], rtol=1e-12)
    assert found.multipliers == [0]
    held = fit([[3, 2, 3, 2]], [[0, 1, 0, 0]], np.inf, [limit([[0, 1, 1, 0]], None, 0)], 10)
    assert held.status == "infeasible"


def test_floors_that_leave_nothing_to_others_bring_them_to_nothing():
    found = fit([[3, 2, 3, 2]], 0, np.inf, [limit([[1, 1, 0, 0]], 100)], 100)
    assert_allclose(found.amounts, [[60, 40, 0, 0]], atol=1e-7)


def test_a_limit_on_no_cell_holds_or_clashes():
    nothing = np.zeros((1, 2))
    found = fit([[1, 1]], 0, np.inf, [limit(nothing, 0, 5), limit(nothing, None, 0)], 10)
    assert_allclose(found.amounts, [[5, 5]])
    assert found.multipliers.tolist() == [1, 1]
    assert fit([[1, 1]], 0, np.inf, [limit(nothing, 1)], 10).status == "infeasible"


def test_a_hundred_locks_and_bounds_keep_exactly_what_they_say():
    rng = np.random.default_rng(19)
    target = rng.lognormal(0, 1, (40, 5))
    locks = rng.integers(1, 900_000, (40, 5)).astype(float)
    locked = rng.permutation(200).reshape(40, 5) < 100
    lower, upper = np.where(locked, locks, 0), np.where(locked, locks, np.inf)
    found = fit(target, lower, upper, [], TOTAL)
    np.testing.assert_array_equal(found.amounts[locked], locks[locked])
    rest = target * (TOTAL - locks[locked].sum()) / target[~locked].sum()
    assert_allclose(found.amounts[~locked], rest[~locked], rtol=1e-11)


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9])
def test_targets_nine_orders_of_magnitude_either_side_keep_their_limits(scale):
    target = 10 ** np.random.default_rng(20).uniform(-9, 9, (13, 5)) * scale
    rows = np.indices((13, 5))[0]
    floors = [limit(rows == r, 0.07 * TOTAL) for r in range(13)]
    found = fit(target, 0, np.inf, floors, TOTAL)
    assert found.status == "done"
    assert (found.amounts.sum(axis=1) > 0.07 * TOTAL - YUAN).all()
    for r in np.flatnonzero(found.multipliers > 1):
        assert_allclose(found.amounts[r], target[r] / target[r].sum() * 0.07 * TOTAL, rtol=1e-9)


@pytest.mark.parametrize(
    "changed",
    [
        {"target": [[np.nan, 1]]},
        {"target": [[-1, 1]]},
        {"target": [[np.inf, 1]]},
        {"total": -1},
        {"total": np.inf},
        {"lower": np.nan},
        {"upper": np.nan},
        {"limits": [limit([[1, 0]], np.nan)]},
    ],
)
def test_numbers_no_plan_can_be_made_of_are_refused(changed):
    usual = {"target": [[1, 1]], "lower": 0, "upper": np.inf, "limits": [], "total": 10}
    with pytest.raises(ValueError):
        fit(**usual | changed)
