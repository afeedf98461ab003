"""The fit: nearest to the target in relative entropy, and every limit kept."""

import cvxpy as cp
import numpy as np
import pytest
from fits import (
    FEASIBLE,
    NARROW,
    TOTAL,
    YUAN,
    Case,
    by_cyclic_ascent,
    cases,
    limit,
    together,
    worst_miss,
)
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit
from sendwarmth.run.other_solvers import water_level


def test_sharing_again_what_was_clipped_would_miss_the_total_where_the_fit_keeps_it():
    found = fit(
        np.array([[3, 2, 3, 2]]), np.array([[0, 23, 0, 12]]), np.array([[23, 61, 19, 12]]), [], 100
    )
    assert_allclose(found.amounts, [[23, 46, 19, 12]], rtol=1e-12)


def test_where_nothing_binds_the_target_comes_back_in_proportion():
    rng = np.random.default_rng(1)
    target = rng.lognormal(0, 2, (13, 5))
    found = fit(target, 0, np.inf, [limit(np.ones((13, 5)), 1, 2 * TOTAL)], TOTAL)
    assert_allclose(found.amounts, target * (TOTAL / target.sum()), rtol=1e-14)
    assert found.multipliers.tolist() == [1]
    assert found.level == pytest.approx(TOTAL / target.sum(), rel=1e-14)


def test_fixed_margins_reproduce_a_published_limit_of_iterative_proportional_fitting():
    # The table of Wikipedia's article on iterative proportional fitting; factors of rows and
    # columns as the README of ProportionalFitting.jl 0.3 prints them.
    seed = np.array([[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]])
    rows, columns = [150, 300, 400, 150], [200, 300, 400, 100]
    r = [0.9986403503185242, 0.8833622306385376, 1.1698911437112522, 0.8895042701910321]
    c = [1.616160156063788, 1.5431801747375655, 1.771623700829941, 0.38299396265192226]
    place = np.indices((4, 4))
    limits = [limit(place[0] == i, total, total) for i, total in enumerate(rows)]
    limits += [limit(place[1] == j, total, total) for j, total in enumerate(columns)]
    found = fit(seed, 0, np.inf, limits, 1000)
    assert_allclose(found.amounts, seed * np.outer(r, c), rtol=1e-9)
    ratios = found.multipliers[:4] / found.multipliers[0]
    assert_allclose(ratios, np.array(r) / r[0], rtol=1e-9)


def test_overlapping_margins_of_three_dimensions_reproduce_the_limit_of_raking():
    # Seed and margins of the three-dimensional example in the README of ipfn.
    seed = np.array(
        [
            [[1, 2, 1], [3, 5, 5], [6, 2, 2], [1, 7, 2]],
            [[5, 4, 2], [5, 5, 5], [3, 8, 7], [2, 7, 6]],
        ],
        float,
    )
    by_ij = np.array([[9, 17, 19, 7], [11, 13, 16, 8]])
    by_jk = np.array([[7, 9, 4], [8, 12, 10], [15, 12, 8], [5, 7, 3]])
    i, j, k = np.indices((2, 4, 3)).reshape(3, 2, 12)
    limits = [limit((i == a) & (j == b), n, n) for (a, b), n in np.ndenumerate(by_ij)]
    limits += [limit((j == b) & (k == c), n, n) for (b, c), n in np.ndenumerate(by_jk)]
    raked = seed
    for _ in range(500):
        raked = raked * (by_ij / raked.sum(axis=2))[:, :, None]
        raked = raked * (by_jk / raked.sum(axis=0))[None]
    found = fit(seed.reshape(2, 12), 0, np.inf, limits, 100)
    assert_allclose(found.amounts.reshape(2, 4, 3), raked, rtol=1e-9)


def test_bounds_of_cells_alone_give_weighted_water_filling():
    rng = np.random.default_rng(2)
    for _ in range(300):
        weights = 10 ** rng.uniform(-3, 3, (7, 4))
        lower = rng.uniform(0, 1, (7, 4)) * (rng.random((7, 4)) < 0.5)
        upper = lower + rng.uniform(0, 2, (7, 4))
        total = rng.uniform(lower.sum(), upper.sum())
        found = fit(weights, lower, upper, [], total)
        m = water_level(weights.ravel(), lower.ravel(), upper.ravel(), total)
        assert_allclose(found.amounts, np.clip(weights * m, lower, upper), atol=1e-11 * total)
        assert found.level == pytest.approx(m, rel=1e-9)


def test_floors_and_caps_meet_as_worked_by_hand():
    # 60 of 100 for the first two: 3 and 2 share 60, 3 and 2 share 40.
    found = fit(np.array([[3, 2, 3, 2]]), 0, np.inf, [limit([[1, 1, 0, 0]], 60)], 100)
    assert_allclose(found.amounts, [[36, 24, 24, 16]], rtol=1e-12)
    assert_allclose([found.level, *found.multipliers], [8, 1.5], rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("kind", NARROW)
def test_an_independent_solver_finds_the_same_plan(kind):
    for case in cases(kind, 150, shape=(5, 3), limits=8):
        found = case.fit()
        table, value = clarabel(case)
        assert_allclose(found.amounts / TOTAL, table, atol=1e-5)
        assert nearness(case, found.amounts) < value + 1e-8


def clarabel(case):
    """Return the plan as Clarabel finds it, in shares, and its value."""
    table = cp.Variable(case.target.shape)
    held = np.where(case.target > 0, np.minimum(case.upper, TOTAL), case.lower)
    masks = case.masks.reshape(len(case.masks), -1).astype(float)
    sums = masks @ cp.vec(table, "C")
    floors, caps = case.floor > 0, case.cap < np.inf
    rules = [table >= case.lower / TOTAL, table <= held / TOTAL, cp.sum(table) == 1]
    rules += [sums[floors] >= case.floor[floors] / TOTAL, sums[caps] <= case.cap[caps] / TOTAL]
    aim = case.target[case.target > 0] / case.target.sum()
    problem = cp.Problem(cp.Minimize(cp.sum(cp.kl_div(table[case.target > 0], aim))), rules)
    value = problem.solve("CLARABEL", tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    return table.value, value


def nearness(case, amounts):
    """Return the relative entropy of amounts, in shares, from the target."""
    paid = (case.target > 0) & (amounts > 0)
    share, aim = amounts[paid] / TOTAL, case.target[paid] / case.target.sum()
    return np.sum(share * np.log(share / aim)) - share.sum() + 1


@pytest.mark.parametrize("kind", FEASIBLE)
def test_thousands_of_plans_meet_the_conditions_of_the_optimum(kind):
    many = cases(kind, 500)
    target, lower, upper, limits, total = together(many)
    found = fit(target, lower, upper, limits, total)
    assert set(found.status) == {"done"}
    assert found.miss.max() < 1e-10
    upper = np.where(target > 0, np.minimum(upper, TOTAL), lower)
    masks = np.stack([limit.mask for limit in limits], axis=1)
    factors = np.where(masks, found.multipliers[..., None, None], 1).prod(axis=1)
    raised = target * found.level[:, None, None] * factors
    assert_allclose(found.amounts, np.clip(raised, lower, upper), rtol=1e-9, atol=1e-9 * TOTAL)
    assert ((found.amounts >= lower) & (found.amounts <= upper)).all()
    assert_allclose(found.amounts.sum(axis=(1, 2)), TOTAL, rtol=1e-10)
    sums = (masks * found.amounts[:, None]).sum(axis=(2, 3))
    floor, cap = (np.array([getattr(case, name) for case in many]) for name in ("floor", "cap"))
    above, below = sums - floor, cap - sums
    assert min(above.min(), below.min()) > -1e-10 * TOTAL
    assert (above[found.multipliers > 1] < YUAN).all()
    assert (below[found.multipliers < 1] < YUAN).all()


@pytest.mark.parametrize("kind", NARROW)
def test_cyclic_ascent_gives_the_same_plan_where_it_ends(kind):
    ended = 0
    for case in cases(kind, 20, seed=3, shape=(5, 3), limits=6):
        table = by_cyclic_ascent(case)
        if table is not None:
            ended += 1
            assert_allclose(case.fit().amounts, table, atol=1e-7 * TOTAL)
    assert ended >= 10


def test_a_linear_programme_comes_to_the_same_verdicts():
    verdicts = []
    for kind in ("clashing", "near_infeasible", "locks"):
        for case in cases(kind, 60, seed=4, shape=(6, 3), limits=10):
            found, miss = case.fit(), worst_miss(case)
            assert found.status == ("infeasible" if miss > YUAN else "done")
            verdicts.append(found.status)
    assert 20 < verdicts.count("infeasible") < 160


@pytest.mark.parametrize("kind", FEASIBLE)
def test_the_order_of_rows_columns_and_limits_never_changes_an_amount(kind):
    rng = np.random.default_rng(9)
    for case in cases(kind, 15, seed=9):
        rows, columns = rng.permutation(13), rng.permutation(5)
        order = rng.permutation(len(case.masks))
        across = np.ix_(rows, columns)
        other = Case(
            case.target[across],
            case.lower[across],
            case.upper[across],
            case.masks[order][:, rows][:, :, columns],
            case.floor[order],
            case.cap[order],
        )
        assert_allclose(other.fit().amounts, case.fit().amounts[across], atol=1e-9 * TOTAL)


def test_nothing_given_is_changed():
    case = cases("overlapping", 1)[0]
    before = [np.array(part) for part in case[:6]]
    case.fit()
    for part, copy in zip(case[:6], before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_more_money_never_lowers_an_amount_where_limits_are_nested():
    rng = np.random.default_rng(11)
    for _ in range(20):
        target = rng.lognormal(0, 1, (13, 5))
        share = target / target.sum()
        regions, bloc = np.indices((13, 5))[0], rng.integers(0, 3, 13)
        masks = [regions == r for r in range(13)] + [bloc[regions] == b for b in range(3)]
        floors = [(share * mask).sum() * rng.uniform(0.3, 0.9) * TOTAL for mask in masks]
        caps = [(share * mask).sum() * rng.uniform(1.1, 1.6) * TOTAL for mask in masks]
        rows = [limit(m, f, c) for m, f, c in zip(masks, floors, caps, strict=True)]
        lower, upper = share * 0.2 * TOTAL, share * rng.uniform(1.2, 3, (13, 5)) * TOTAL
        totals = np.linspace(0.95, 1.05, 41) * TOTAL
        found = fit(target, lower, upper, rows, totals)
        plans = found.amounts[found.status == "done"]
        assert len(plans) > 20
        assert (np.diff(plans, axis=0) > -1e-9 * TOTAL).all()
