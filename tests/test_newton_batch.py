"""Many fits at once give what each gives alone."""

import numpy as np
import pytest
from fits import KINDS, TOTAL, cases, together
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit
from sendwarmth.model.limits import Family, Limit


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_each_problem_gives_alone(kind):
    many = cases(kind, 40, seed=5)
    batch, steps = fit(*together(many)), []
    for b, case in enumerate(many):
        alone = case.fit()
        assert batch.status[b] == alone.status
        if alone.status == "done":
            assert_allclose(batch.amounts[b], alone.amounts, rtol=1e-9, atol=1e-9 * TOTAL)
            assert_allclose(batch.miss[b], alone.miss, atol=1e-10)
        else:
            assert np.isnan(batch.amounts[b]).all()
            assert np.isnan(alone.amounts).all()
        steps.append(alone.steps)
    if kind != "wide":
        assert np.mean(batch.steps == steps) >= 0.9


def test_limits_and_tables_may_carry_any_leading_axes():
    rng = np.random.default_rng(8)
    target = rng.lognormal(0, 1, (2, 3, 4, 2))
    totals = rng.uniform(50, 100, (2, 3))
    mask = rng.random((2, 3, 4, 2)) < 0.5
    floors = rng.uniform(0, 40, (2, 3))
    labels = np.broadcast_to(np.arange(4)[:, None], (4, 2))
    caps = rng.uniform(30, 60, (2, 3, 4))
    rows = [Limit("limits/a", mask, floors), Family(list("wxyz"), labels, None, caps)]
    found = fit(target, 0, np.inf, rows, totals)
    assert found.amounts.shape == (2, 3, 4, 2)
    assert found.multipliers.shape == (2, 3, 5)
    assert found.certificate.shape == (2, 3, 6)
    assert found.status.shape == found.level.shape == (2, 3)
    for at in np.ndindex(2, 3):
        own = [
            Limit("limits/a", mask[at], floors[at]),
            Family(list("wxyz"), labels, None, caps[at]),
        ]
        alone = fit(target[at], 0, np.inf, own, totals[at])
        assert_allclose(found.amounts[at], alone.amounts, rtol=1e-9)


def test_problems_without_a_plan_do_not_disturb_their_neighbours():
    good, bad = cases("overlapping", 600, seed=21), cases("clashing", 600, seed=21)
    mixed = [case for pair in zip(good, bad, strict=True) for case in pair]
    assert_allclose(fit(*together(mixed)).amounts[::2], fit(*together(good)).amounts, rtol=1e-9)


def test_a_batch_of_large_tables_is_fitted_one_by_one():
    rng = np.random.default_rng(22)
    target = rng.lognormal(0, 1, (2, 120, 5))
    mask = rng.random((2, 120, 5)) < 0.5
    both = fit(target, 0, np.inf, [Limit("limits/a", mask, [60, 70])], 100)
    assert both.amounts.shape == (2, 120, 5)
    for b, floor in enumerate([60, 70]):
        own = fit(target[b], 0, np.inf, [Limit("limits/a", mask[b], floor)], 100)
        assert_allclose(both.amounts[b], own.amounts, rtol=1e-12)
        assert both.multipliers[b] == own.multipliers
