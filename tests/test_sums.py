"""The sums that limits bound: three forms of one map."""

import numpy as np
import pytest
from fits import KINDS, TOTAL, cases
from numpy.testing import assert_allclose
from sendwarmth.model import fit as module
from sendwarmth.model.fit import fit
from sendwarmth.model.fitting import rows
from sendwarmth.model.limits import Limit


@pytest.mark.parametrize("kind", KINDS)
def test_eliminating_a_family_changes_nothing(kind, monkeypatch):
    small = [case.fit() for case in cases(kind, 40, seed=6)]
    monkeypatch.setattr(module, "LARGE", 1)
    for case, alone in zip(cases(kind, 40, seed=6), small, strict=True):
        large = case.fit()
        assert large.status == alone.status
        assert_allclose(large.amounts, alone.amounts, rtol=1e-9, atol=1e-9 * TOTAL)
        if kind != "wide":
            assert_allclose(large.multipliers, alone.multipliers, rtol=1e-7)


def test_the_three_forms_of_the_sums_agree():
    rng = np.random.default_rng(23)
    masks = np.concatenate([np.eye(30, dtype=bool)[:20], rng.random((10, 30)) < 0.4])
    limits = [Limit(f"limits/{k}", mask.reshape(6, 5)) for k, mask in enumerate(masks)]
    cells, bounds, ridge, stiff = (rng.random(n) for n in (30, 31, 31, 31))
    plain = rows.dense(limits, (6, 5))
    many, parted = rows.stacked(limits, (1,), (6, 5)), rows.bordered(limits, (6, 5))
    assert_allclose(parted.sparse().toarray(), plain.matrix)
    assert_allclose(plain.matrix[:-1], masks)
    assert len(parted.family) >= 20
    for form, lift in ((parted, np.asarray), (many, np.atleast_2d)):
        assert_allclose(form.over(lift(cells)).ravel(), plain.matrix @ cells)
        assert_allclose(form.spread(lift(bounds)).ravel(), bounds @ plain.matrix)
        hessian = form.hessian(lift(cells), lift(ridge))
        whole = plain.matrix * cells @ plain.matrix.T + np.diag(ridge)
        assert_allclose((hessian @ lift(bounds)).ravel(), whole @ bounds)
        solved = np.linalg.solve(whole + np.diag(stiff), bounds)
        assert_allclose(hessian.solve(lift(stiff), lift(bounds)).ravel(), solved)


def test_a_large_table_without_any_limit_is_its_target():
    target = np.random.default_rng(24).lognormal(0, 1, (200, 5))
    found = fit(target, 0, np.inf, [], TOTAL)
    assert_allclose(found.amounts, target * (TOTAL / target.sum()), rtol=1e-12)
