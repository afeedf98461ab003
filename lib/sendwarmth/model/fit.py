"""The fit: the table nearest to a target that keeps every limit.

Given a target ``t``, bounds ``l <= x <= u`` of every cell, limits ``floor_k <= sum(x over S_k) <=
cap_k`` over any sets of cells, and a total ``D``, the fit is the one table that minimises the
relative entropy::

    sum over cells of  x log(x / t) - x + t        subject to the bounds, the limits, sum(x) = D

At the optimum every cell is its target times one multiplier a limit that holds it, clipped::

    x = clip(t * level * product of m_k over the limits k that hold the cell, l, u)

with ``m_k = 1`` where limit k is slack, above 1 where its floor binds, below 1 where its cap binds.
Where nothing binds the target comes back in proportion; fixed margins give iterative proportional
fitting (RAS), bounds of cells alone give weighted water-filling.

The logarithms ``y`` of the multipliers solve the dual, a convex problem with one variable a limit
(``A`` has a row of zeros and ones a limit; the total is the last limit, with floor = cap = D)::

    minimise  sum over cells of f(s)  -  sum over limits of (floor y where y > 0, cap y where y < 0)
    s = A' y,   f(s) = x (1 + s - clip(s)),   x = t exp(clip(s)),   clip to log(l/t) .. log(u/t)

Newton's method solves it (``newton``), in shares of the total, to 1e-10 and nearly always to 1e-13.
Why the dual, and why Newton: tables have many cells and few limits; cyclic methods, which raise or
lower one limit after the other, stall where limits overlap and nearly clash, and a general solver
misses the total by yuan. The dual falls without end exactly where the limits clash, and a direction
in which it does so is a certificate that says which of them do.

Three paths share the steps: one table, a batch of tables (``newton_batch``), and a large table, in
which one family of limits that share no cell is eliminated by its diagonal (``sums``). What the
method leaves undecided after many steps, limits that clash or nearly do by less than a rounding
error, a linear programme decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack

from sendwarmth.model.fitting import rows
from sendwarmth.model.fitting.multipliers import least_norm, settle
from sendwarmth.model.fitting.newton import (
    BIG,
    TOLERANCE,
    End,
    Flags,
    Point,
    Problem,
    clashes,
    evaluate,
    miss,
    newton,
    problem_at,
    shortfall,
)
from sendwarmth.model.fitting.newton_batch import newton_batch
from sendwarmth.model.fitting.shares import Scaled, Yuan, given, in_shares
from sendwarmth.model.fitting.sums import BorderedSums, DenseSums, Floats, StackedSums
from sendwarmth.model.limits import Family, Limit

CHUNK = 2**18
"""Cells times limits worked on at once: matrix products beyond it are shared among threads, which
costs more than it gains where other work goes on."""
LARGE = 500
"""Cells from which a family of limits is eliminated by its diagonal."""
FINER = 1e3
"""Parts of a share in the linear programme, whose tolerance is absolute."""
LEAST = 1e-300
"""Keeps a quotient of zeros from being undefined."""
STEPS = 100
"""Newton steps before the linear programme is asked."""
PATIENT_STEPS = 2000
"""Newton steps once the linear programme has said that the limits can hold together."""
NEARLY = 1e-9
"""Worst miss, in shares of the total, that is still an answer after all those steps."""


@dataclass(frozen=True)
class Fit:
    """What the fit found; every array has the leading axes of the problems, none for one problem.

    Attributes
    ----------
    amounts
        The plan before rounding, yuan, (..., R, G); NaN where the status is not ``done``.
    multipliers
        One a limit, (..., K), in the order given, families in place: 1 where the limit is slack,
        above 1 where its floor binds, below 1 where its cap binds, 0 where a cap of 0 closes cells.
    level
        The multiplier of the total, (...).
    status
        ``done`` or ``infeasible``, (...).
    certificate
        One weight a limit and a last one for the total, (..., K + 1), the largest of size 1; zero
        where the status is ``done``. With these weights (floors positive, caps negative) the limits
        together ask for more than any table within the bounds of its cells can give.
    steps
        Newton steps taken, (...).
    miss
        By how much a limit is missed at worst, (...), in shares of the total; where the status is
        ``infeasible``, by how much any table misses some limit at least.
    """

    amounts: Floats
    multipliers: Floats
    level: Floats
    status: NDArray[np.str_]
    certificate: Floats
    steps: NDArray[np.int_]
    miss: Floats


class NotConverged(RuntimeError):
    """The limits can hold together, yet the optimum was not reached: a fault, never an answer."""


def fit(
    target: ArrayLike,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    limits: Sequence[Limit | Family],
    total: ArrayLike,
) -> Fit:
    """Return the table nearest to ``target`` that keeps every bound, every limit and the total.

    Parameters
    ----------
    target
        What would be fair without limits, (..., R, G), at least 0; its scale does not matter. A
        cell with a target of 0 stays at its lower bound.
    lower, upper
        Bounds of the cells, yuan, (..., R, G); ``lower == upper`` locks a cell, ``inf`` leaves it
        open; None for 0 and ``inf`` everywhere.
    limits
        Floors and caps on sums over sets of cells, yuan.
    total
        What the table adds to, yuan, at least 0, scalar or (...).

    Returns
    -------
    Fit
        Limits that clash are a status, not an error.

    Raises
    ------
    ValueError
        A number is missing, or negative or infinite where it cannot be; arrays do not fit together.
    NotConverged
        The limits can hold together, yet the optimum was not reached.

    Examples
    --------
    >>> floors, caps = np.array([[0, 23, 0, 12]]), np.array([[23, 61, 19, 12]])
    >>> fit(np.array([[3, 2, 3, 2]]), floors, caps, [], 100).amounts
    array([[23., 46., 19., 12.]])
    >>> last_two = Limit("last two", np.array([[False, False, True, True]]), floor=60)
    >>> found = fit(np.array([[3, 2, 3, 2]]), 0, np.inf, [last_two], 100)
    >>> found.amounts, found.multipliers
    (array([[24., 16., 36., 24.]]), array([1.5]))
    """
    yuan, lead, shape = given(target, lower, upper, limits, total)
    if not lead:
        return _fit_one(yuan.part(0), limits, shape)
    if shape[0] * shape[1] >= LARGE:
        each = enumerate(np.ndindex(lead))
        fits = [_fit_one(yuan.part(b), rows.at(limits, index), shape) for b, index in each]
        parts = map(np.stack, zip(*map(_fields, fits), strict=True))
    else:
        sums = rows.stacked(limits, lead, shape)
        size = max(CHUNK // (yuan.target.shape[1] * yuan.floor.shape[1]), 1)
        chunks = [slice(start, start + size) for start in range(0, len(yuan.total), size)]
        fits = [_fit_batch(yuan.part(chunk), sums.take(chunk), shape) for chunk in chunks]
        parts = map(np.concatenate, zip(*map(_fields, fits), strict=True))
    return Fit(*(part.reshape(*lead, *part.shape[1:]) for part in parts))


def _fit_one(yuan: Yuan, limits: Sequence[Limit | Family], shape: tuple[int, int]) -> Fit:
    large = shape[0] * shape[1] >= LARGE
    sums: DenseSums | BorderedSums
    sums = rows.bordered(limits, shape) if large else rows.dense(limits, shape)
    scaled = in_shares(yuan, sums)
    problem = scaled.problem
    end = newton(problem, np.zeros(yuan.floor.shape), STEPS)
    if end.verdict == "undecided":
        end = _decided(problem, sums, end)
    y = settle(problem, end.point) if end.verdict == "done" else end.point.y
    done = np.array(end.verdict == "done")
    return _fit(scaled, done, end.point, y, np.array(end.steps), shape)


def _fit_batch(yuan: Yuan, sums: StackedSums, shape: tuple[int, int]) -> Fit:
    scaled = in_shares(yuan, sums)
    problem = scaled.problem
    ends = newton_batch(problem, STEPS)
    for row in np.flatnonzero(ends.verdict == "undecided").tolist():
        own = sums.at(row)
        alone = problem_at(problem, own, row)
        end = _decided(alone, own, End("undecided", evaluate(alone, ends.y[row]), STEPS))
        ends.verdict[row], ends.y[row], ends.steps[row] = end.verdict, end.point.y, end.steps
    point, done = evaluate(problem, ends.y), ends.verdict == "done"
    y, proper = least_norm(problem, point)
    for row in np.flatnonzero(done & ~proper).tolist():
        alone = problem_at(problem, sums.at(row), row)
        y[row] = settle(alone, evaluate(alone, ends.y[row]))
    return _fit(scaled, done, point, y, ends.steps, shape)


def _fit(
    scaled: Scaled,
    done: Flags,
    point: Point,
    y: Floats,
    steps: NDArray[np.int_],
    shape: tuple[int, int],
) -> Fit:
    """Turn shares back into yuan; cells at a bound get exactly that bound."""
    problem, weight = scaled.problem, np.abs(point.y)
    good = done & (scaled.crossing < TOLERANCE)
    cells = np.where(point.spread >= problem.high, scaled.upper, point.cells * scaled.scale)
    cells = np.where(point.spread <= problem.low, scaled.lower, cells)
    factors = np.exp(np.where(good[..., None], y, np.nan))
    multipliers = np.where(scaled.shut, 0.0 * factors, factors)
    missed = miss(point)
    if not done.all():
        short = shortfall(problem, point) / np.maximum(weight.sum(axis=-1), LEAST)
        missed = np.where(done, missed, short)
    ray = point.y / np.maximum(weight.max(axis=-1, keepdims=True), LEAST)
    return Fit(
        amounts=np.where(good[..., None], cells, np.nan).reshape(*good.shape, *shape),
        multipliers=multipliers[..., :-1],
        level=(factors[..., -1] * scaled.level)[()],
        status=np.where(good, "done", "infeasible")[()],
        certificate=np.where(done[..., None], 0.0, ray),
        steps=steps[()],
        miss=np.maximum(missed, scaled.crossing)[()],
    )


def _fields(found: Fit) -> tuple[NDArray[Any], ...]:
    return tuple(getattr(found, field.name) for field in fields(found))


def _decided(problem: Problem, sums: DenseSums | BorderedSums, end: End) -> End:
    """Let a linear programme decide what Newton's method did not.

    It looks for the table whose worst miss is least; the prices of the limits there are a
    certificate if that miss is not nothing.
    """
    matrix = sums.sparse()
    floors, caps = problem.floor > -BIG, problem.cap < BIG
    misses = csr_array(-np.ones((floors.sum() + caps.sum(), 1)))
    asked = np.concatenate([-problem.floor[floors], problem.cap[caps]])
    bounds = np.append(np.stack([problem.lower, problem.upper], axis=1), [[0, np.inf]], axis=0)
    found = linprog(
        np.append(np.zeros(matrix.shape[1]), 1.0),
        A_ub=hstack([vstack([-matrix[floors], matrix[caps]]), misses]),
        b_ub=FINER * asked,
        bounds=FINER * bounds,
        options={"primal_feasibility_tolerance": 1e-10},
    )
    if found.success:
        prices, ray = found.ineqlin.marginals, np.zeros(len(problem.floor))
        ray[floors] -= prices[: floors.sum()]
        ray[caps] += prices[floors.sum() :]
        proof = evaluate(problem, ray)
        if clashes(problem, proof):
            return End("infeasible", proof, end.steps)
    more = newton(problem, end.point.y, PATIENT_STEPS)
    if more.verdict != "done" and miss(more.point) > NEARLY:
        raise NotConverged(
            f"the fit still misses a limit by {miss(more.point):.1e} of the total"
            f" after {end.steps + more.steps} steps, though the limits can hold together"
        )
    return End("done", more.point, end.steps + more.steps)
