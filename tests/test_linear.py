"""A linear programme has an answer, has none, or is a fault; a first failure is no verdict."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint
from sendwarmth.model import linear
from sendwarmth.model.linear import UNDECIDED, cheapest

THREE = LinearConstraint([[1.0, 1.0]], 3.0, np.inf)
COST = np.array([1.0, 2.0])


def failing(times: int, real):
    """Return a solver that gives up some times first."""
    left = iter(range(times))

    def solver(*given, **options):
        if next(left, None) is not None:
            return SimpleNamespace(x=None, status=UNDECIDED, message="Not Set")
        return real(*given, **options)

    return solver


def test_the_cheapest_answer_is_found_and_whole_numbers_are_whole():
    assert cheapest(COST, THREE).tolist() == [3, 0]
    halves = LinearConstraint([[2.0, 2.0]], 3.0, np.inf)
    assert cheapest(COST, halves).tolist() == [1.5, 0]
    assert cheapest(COST, halves, whole=1).tolist() == [2, 0]


def test_where_nothing_keeps_the_constraints_there_is_none():
    assert cheapest(COST, THREE, Bounds(0, 1)) is None


def test_a_solver_that_gives_up_once_is_asked_again(monkeypatch):
    monkeypatch.setattr(linear, "milp", failing(1, linear.milp))
    assert cheapest(COST, THREE).tolist() == [3, 0]


def test_a_solver_that_gives_up_twice_is_a_fault_never_an_answer(monkeypatch):
    monkeypatch.setattr(linear, "milp", failing(2, linear.milp))
    with pytest.raises(ArithmeticError, match="no verdict"):
        cheapest(COST, THREE)
