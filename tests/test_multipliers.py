"""Multipliers: the least that explain the plan."""

import cvxpy as cp
import numpy as np
import pytest
from fits import TOTAL, YUAN, Case, cases, limit, together
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit


def test_limits_that_say_the_same_share_their_multiplier():
    half = [[1, 1, 0, 0]]
    once = fit(np.ones((1, 4)), 0, np.inf, [limit(half, 60)], 100)
    twice = fit(np.ones((1, 4)), 0, np.inf, [limit(half, 60), limit(half, 60)], 100)
    assert_allclose(twice.amounts, once.amounts, rtol=1e-12)
    assert_allclose(twice.multipliers, np.sqrt(once.multipliers[0]), rtol=1e-9)
    assert twice.level == pytest.approx(once.level)


@pytest.mark.parametrize("kind", ["margins", "locks", "overlapping"])
def test_no_other_multipliers_of_the_same_plan_are_smaller(kind):
    for case in cases(kind, 30, seed=17, shape=(4, 3), limits=8):
        found = case.fit()
        logs = np.log(found.multipliers)
        assert logs @ logs <= least_squares_of_logs(case, found) * (1 + 1e-6) + 1e-9


def cases_that_all_touch(number):
    """Return problems of small whole numbers, in which limits and bounds coincide."""
    rng = np.random.default_rng(18)
    for _ in range(number):
        table = rng.integers(1, 6, (3, 3)).astype(float)
        target = rng.integers(1, 6, (3, 3)).astype(float)
        lower = np.where(rng.random((3, 3)) < 0.5, table, 0.5 * table)
        upper = np.where(rng.random((3, 3)) < 0.5, table, 2 * table)
        masks = rng.random((5, 3, 3)) < 0.5
        sums = (masks * table).sum(axis=(1, 2))
        floor = np.where(rng.random(5) < 0.7, sums, -np.inf)
        cap = np.where(rng.random(5) < 0.7, sums, np.inf)
        scale = TOTAL / table.sum()
        yield Case(target, lower * scale, upper * scale, masks, floor * scale, cap * scale)


def test_multipliers_of_bounds_that_all_touch_are_the_least_too():
    many = list(cases_that_all_touch(150))
    batch = fit(*together(many))
    for b, case in enumerate(many):
        found = case.fit()
        logs = np.log(found.multipliers)
        assert logs @ logs <= least_squares_of_logs(case, found) * (1 + 1e-5) + 1e-6
        factors = np.where(case.masks.T, found.multipliers, 1).prod(axis=2).T
        raised = np.clip(case.target * found.level * factors, case.lower, case.upper)
        assert_allclose(found.amounts, raised, rtol=1e-9)
        assert_allclose(np.log(batch.multipliers[b]), logs, atol=1e-5)


def least_squares_of_logs(case, found):
    """Return the least sum of squared logarithms among multipliers of a plan (Clarabel)."""
    logs = cp.Variable(len(case.masks))
    level = cp.Variable()
    spread = np.moveaxis(case.masks, 0, -1)[case.target > 0].astype(float) @ logs + level
    amounts, lower, upper, target = (
        part[case.target > 0] for part in (found.amounts, case.lower, case.upper, case.target)
    )
    ratio = np.log(amounts / target)
    above, below = amounts > lower, amounts < np.minimum(upper, TOTAL)
    sums = case.sums(found.amounts)
    floors, caps = abs(sums - case.floor) < YUAN, abs(sums - case.cap) < YUAN
    rules = [spread[above] >= ratio[above], spread[below] <= ratio[below]]
    rules += [logs[~floors] <= 0, logs[~caps] >= 0]
    return cp.Problem(cp.Minimize(cp.sum_squares(logs)), rules).solve("CLARABEL")
