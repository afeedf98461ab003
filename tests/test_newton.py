"""Newton's method: clashes told from what just holds, and what happens when it does not end."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fits import KINDS, TOTAL, cases, limit, together
from numpy.testing import assert_allclose
from sendwarmth.model import fit as module
from sendwarmth.model.fit import NotConverged, fit
from sendwarmth.model.fitting import newton
from sendwarmth.model.fitting.newton_batch import directions
from sendwarmth.model.fitting.sums import DenseHessian, StackedHessian


def test_a_certificate_shows_that_no_table_can_give_what_the_limits_ask():
    shown = 0
    for case in cases("clashing", 150, seed=12):
        found = case.fit()
        if found.status == "done":
            assert not found.certificate.any()
            continue
        weights = found.certificate
        assert np.abs(weights).max() == pytest.approx(1)
        masks = np.concatenate([case.masks, np.ones((1, 13, 5))])
        spread = np.tensordot(weights, masks, 1)
        most = np.where(spread > 0, np.minimum(case.upper, TOTAL), case.lower) * spread
        bounds = np.where(weights > 0, np.append(case.floor, TOTAL), np.append(case.cap, TOTAL))
        asked = bounds[weights != 0] @ weights[weights != 0]
        assert asked > most.sum()
        assert found.miss * np.abs(weights).sum() * TOTAL == pytest.approx(asked - most.sum())
        shown += 1
    assert shown > 30


def test_limits_that_clash_by_one_yuan_clash():
    target = np.ones((13, 5))
    rows = np.indices((13, 5))[0]
    floors = [limit(rows == r, TOTAL // 13 + (r < TOTAL % 13)) for r in range(13)]
    assert fit(target, 0, np.inf, floors, TOTAL).status == "done"
    one_more = [*floors[:-1], replace(floors[-1], floor=TOTAL // 13 + 1)]
    assert fit(target, 0, np.inf, one_more, TOTAL).status == "infeasible"


@pytest.mark.parametrize("kind", KINDS)
def test_what_newton_leaves_undecided_a_linear_programme_decides(kind, monkeypatch):
    many = cases(kind, 25, seed=14)
    full = fit(*together(many))
    monkeypatch.setattr(module, "STEPS", 1)
    cut_short = fit(*together(many))
    assert cut_short.status.tolist() == full.status.tolist()
    assert_allclose(cut_short.amounts, full.amounts, rtol=1e-9, atol=1e-9 * TOTAL)
    for case, status in zip(many, full.status, strict=True):
        assert case.fit().status == status


def test_a_linear_programme_that_fails_leaves_it_to_newton(monkeypatch):
    case = cases("overlapping", 1, seed=27)[0]
    usual = case.fit()
    monkeypatch.setattr(module, "STEPS", 1)
    monkeypatch.setattr(module, "linprog", lambda *_, **__: SimpleNamespace(success=False))
    assert_allclose(case.fit().amounts, usual.amounts, atol=1e-9 * TOTAL)


def test_not_converged_is_an_error_never_an_answer(monkeypatch):
    monkeypatch.setattr(module, "STEPS", 1)
    monkeypatch.setattr(module, "PATIENT_STEPS", 1)
    case = cases("overlapping", 1, seed=15)[0]
    with pytest.raises(NotConverged, match="still misses a limit by"):
        case.fit()
    with pytest.raises(NotConverged, match="after 2 steps"):
        fit(*together([case, case]))


@pytest.mark.parametrize("kind", KINDS)
def test_changing_one_limit_at_a_time_comes_to_the_same(kind, monkeypatch):
    many = cases(kind, 20, seed=16, limits=8)
    usual = fit(*together(many))
    monkeypatch.setattr("sendwarmth.model.fitting.newton.PATIENCE", 0)
    monkeypatch.setattr("sendwarmth.model.fitting.newton_batch.PATIENCE", 0)
    slow = fit(*together(many))
    assert slow.status.tolist() == usual.status.tolist()
    assert_allclose(slow.amounts, usual.amounts, rtol=1e-9, atol=1e-9 * TOTAL)
    for b, case in enumerate(many):
        assert_allclose(case.fit().amounts, usual.amounts[b], rtol=1e-9, atol=1e-9 * TOTAL)


@pytest.mark.parametrize("kind", KINDS)
def test_newton_decides_problems_like_these_without_a_linear_programme(kind, monkeypatch):
    monkeypatch.setattr(module, "linprog", None)
    many = cases(kind, 60, seed=26)
    assert fit(*together(many)).steps.max() < module.STEPS
    assert all(case.fit().steps < module.STEPS for case in many)


def test_pivoting_ends_where_changing_every_limit_at_once_goes_round_in_circles():
    matrix = np.array(
        [
            [5, 1, 2, 6, 4],
            [1, 14, -1, -2, 1],
            [2, -1, 6, -2, -4],
            [6, -2, -2, 13, 10],
            [4, 1, -4, 10, 10],
        ],
        float,
    )
    to_floor = np.array([1, 3, 2, 1, -1], float)
    to_cap = np.full(5, newton.BIG)
    leeway = np.full(5, -newton.EXACT)
    model = newton.Model(np.zeros(5), to_floor, to_cap, leeway, DenseHessian(matrix))
    start = np.sign(np.maximum(to_floor, 0))
    sides, seen = start, []
    while sides.tolist() not in seen:
        seen.append(sides.tolist())
        _, other, wrong = model.step(sides)
        assert wrong.any()
        sides = np.where(wrong, other, sides)
    step, _ = newton.direction(model, start)
    assert (step >= 0).all()
    assert (matrix @ step > to_floor - 1e-12).all()
    assert abs(step @ (matrix @ step - to_floor)) < 1e-12
    pair = StackedHessian(np.array([np.eye(5), matrix]))
    parts = (np.array([part] * 2) for part in (np.zeros(5), to_floor, to_cap, leeway))
    both = directions(newton.Model(*parts, pair), np.array([start] * 2))
    assert_allclose(both[0], [np.maximum(to_floor, 0), step], atol=1e-12)
