"""Which multipliers to report where the limits leave a choice.

Limits that depend on each other (all rows, all columns and the total; the same limit twice) leave
their multipliers undetermined: only what they come to in each cell is. Reported are those with the
least sum of squared logarithms; the level, the multiplier of the total, is left out of that sum.

Where the sums of the binding limits over the cells strictly inside their bounds are independent,
there is no choice. Else the least multipliers solve ``A' y = s`` in those cells. Ridge regression
repeated on its own remainder converges to the solution of least norm, using nothing but the sums of
``sums``. Should that solution turn a limit to its wrong side, or move a cell off its bound, the
dual is minimised once more with a little weight on ``y^2``, which says which limits and cells
count.
"""

from __future__ import annotations

import numpy as np

from sendwarmth.model.fitting.newton import BIG, Flags, Point, Problem, evaluate, newton
from sendwarmth.model.fitting.sums import Floats

BINDS = 1e-9
"""A limit this near its floor or cap, in shares of the total, binds; a cell this near a bound, in
logarithms, is at it."""
EASE = 1e-6
"""Ridge of each round of the regression."""
SAME = 1e-11
"""Amounts this near, in shares of the total, are the same."""
TOUCHES = 1e-6
"""A multiplier this near 0, or a cell this near a bound, is there, on the second attempt."""
UNIQUE = 1e-3
"""A least pivot above this leaves no choice."""
WEIGHT = 1e-7
"""Weight on ``y^2 / 2`` of the second attempt."""


def least_norm(problem: Problem, point: Point, guide: Point | None = None) -> tuple[Floats, Flags]:
    """Return the least multipliers (their logarithms) that give the same amounts.

    Parameters
    ----------
    problem
        One or many.
    point
        The optimum.
    guide
        A point that says which limits may have a multiplier and which cells settle it; without it
        all limits that bind, and all cells inside their bounds.

    Returns
    -------
    y, proper
        Whether the amounts and the signs came out right, for each problem.
    """
    at_floor, at_cap = np.abs(point.to_floor) < BINDS, np.abs(point.to_cap) < BINDS
    if guide is None:
        held, spread, near = at_floor | at_cap, point.spread, -BINDS
    else:
        held, spread, near = np.abs(guide.y) > TOUCHES, guide.spread, TOUCHES
    inside = 1.0 * ((spread > problem.low - near) & (spread < problem.high + near))
    ridge = np.full(point.y.shape, EASE)
    ridge[..., -1] *= 1e-6
    hessian, stiff = problem.sums.hessian(inside, ridge), BIG * ~held
    if guide is None and np.all(hessian.least_pivot(stiff) > UNIQUE):
        return np.where(held, point.y, 0.0), np.ones(point.y.shape[:-1], bool)
    logs = np.clip(point.spread, problem.low, problem.high)
    y = np.zeros(point.y.shape)
    for _ in range(8):
        short = problem.sums.over(inside * (logs - problem.sums.spread(y)))
        change = hessian.solve(stiff, np.where(held, short, 0.0))
        y += change
        if np.abs(change).max() < 1e-10:
            break
    signed = np.clip(y, np.where(at_cap, -np.inf, 0.0), np.where(at_floor, np.inf, 0.0))
    return signed, same(problem, point, signed) & (np.abs(signed - y).max(axis=-1) < 1e-9)


def same(problem: Problem, point: Point, y: Floats) -> Flags:
    """Whether multipliers give the amounts of a point."""
    return np.abs(evaluate(problem, y).cells - point.cells).max(axis=-1) < SAME


def settle(problem: Problem, point: Point) -> Floats:
    """Return the least multipliers of one problem, with the second attempt if need be."""
    y, proper = least_norm(problem, point)
    if proper:
        return y
    weight = np.full(point.y.shape, WEIGHT)
    weight[-1] = 0.0
    guide = newton(problem._replace(shrink=weight), point.y, 100).point
    y, proper = least_norm(problem, point, guide)
    if proper:
        return y
    return guide.y if same(problem, point, guide.y) else point.y
