"""Newton's method on the dual of one fit; ``fit`` states the problem and why the dual is solved.

The dual has one variable a limit, the logarithm ``y`` of its multiplier. It is convex, smooth
except for a kink at ``y = 0`` of every limit, and unbounded below exactly where the limits clash.

A step minimises the quadratic model of the dual *with* its kinks: a small problem in which every
limit is held at its floor, held at its cap, or left alone with ``y = 0``. Which is which is found
by block principal pivoting: solve, flip every limit that came out wrong, and, should flipping
them all stop helping, flip one at a time, which is known to end (Murty's rule). Naming the active
limits anew in every step is what lets the method finish in about eight steps where projected or
cyclic methods zigzag between limits that bind together.

Three safeguards make it reliable: a ridge on the Hessian that grows when steps are cut short (a
limit whose cells all sit at their bounds has no curvature), a largest step, and a line search. If
plain Newton has not finished, proximal steps (the dual plus ``rho/2 |y - y0|^2``) always make
progress, and where limits clash the differences of their centres converge to a certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Verdict = Literal["done", "infeasible", "undecided"]

TOLERANCE = 1e-10
"""Worst miss of a limit that counts as none, in shares of the total."""
EXACT = 1e-13
ROUNDS = 200
PATIENCE = 3
LONGEST = 20.0
RIDGE = (1e-9, 0.1)


class Hessian(Protocol):
    """A positive definite matrix with one row a limit."""

    diagonal: Floats

    def __matmul__(self, step: Floats) -> Floats:
        """Return the product with a step."""

    def solve(self, active: Flags, right: Floats) -> Floats:
        """Solve with the rows and columns of limits that are not active replaced by identity."""


class Sums(Protocol):
    """The sums that limits bound, as a linear map from cells to limits."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells."""

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it."""

    def hessian(self, weight: Floats, ridge: Floats) -> Hessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""


@dataclass(frozen=True)
class DenseHessian:
    """A Hessian as a plain matrix."""

    matrix: Floats

    @property
    def diagonal(self) -> Floats:
        """The diagonal."""
        return self.matrix.diagonal()

    def __matmul__(self, step: Floats) -> Floats:
        return self.matrix @ step

    def solve(self, active: Flags, right: Floats) -> Floats:
        """Solve by Cholesky."""
        matrix = self.matrix * (active[:, None] & active)
        matrix.flat[:: len(right) + 1] += ~active
        return dposv(matrix, right)[1]


@dataclass(frozen=True)
class DenseSums:
    """Limits as rows of a matrix of zeros and ones."""

    matrix: Floats

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells."""
        return self.matrix @ cells

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it."""
        return limits @ self.matrix

    def hessian(self, weight: Floats, ridge: Floats) -> DenseHessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""
        matrix = (self.matrix * weight) @ self.matrix.T
        matrix.flat[:: len(ridge) + 1] += ridge
        return DenseHessian(matrix)


@dataclass(frozen=True)
class Problem:
    """One fit in shares of the total; the total itself is the last limit.

    ``lower`` and ``upper`` are the cells' bounds, ``low`` and ``high`` the logarithms of their
    ratios to ``target``; a fixed cell has ``target == lower == upper`` and ``low == high == 0``.
    """

    target: Floats
    lower: Floats
    upper: Floats
    low: Floats
    high: Floats
    floor: Floats
    cap: Floats
    sums: Sums


class Pull(NamedTuple):
    """A proximal term ``rho/2 |y - centre|^2``."""

    centre: Floats
    rho: float | Floats


class Point(NamedTuple):
    """A dual point and what follows from it; the dual's value is ``smooth - kinked``."""

    y: Floats
    spread: Floats
    cells: Floats
    sums: Floats
    gradient: Floats
    smooth: float
    kinked: float


class End(NamedTuple):
    """Where the method ended; ``y`` is a certificate if the verdict is ``infeasible``."""

    verdict: Verdict
    point: Point
    steps: int


def evaluate(problem: Problem, y: Floats, pull: Pull | None = None) -> Point:
    """Evaluate the dual and the amounts that belong to it."""
    spread = problem.sums.spread(y)
    clipped = np.minimum(np.maximum(spread, problem.low), problem.high)
    cells = problem.target * np.exp(clipped)
    gradient = sums = problem.sums.over(cells)
    smooth = cells @ (1 + spread - clipped)
    if pull:
        away = y - pull.centre
        gradient = sums + pull.rho * away
        smooth += (pull.rho * away) @ away / 2
    kinked = y @ np.where(y > 0, problem.floor, np.where(y < 0, problem.cap, 0.0))
    return Point(y, spread, cells, sums, gradient, smooth, kinked)


def miss(problem: Problem, point: Point) -> float:
    """Return by how much a limit is broken at worst, in shares of the total."""
    return float(max((problem.floor - point.sums).max(), (point.sums - problem.cap).max()))


def residual(problem: Problem, point: Point) -> float:
    """Return how far a point is from optimal: broken limits, or a multiplier on a slack one."""
    slack = np.abs(point.gradient - np.where(point.y > 0, problem.floor, problem.cap))
    idle = np.minimum(np.abs(point.y), slack).max()
    over = (point.gradient - problem.cap).max()
    return float(max((problem.floor - point.gradient).max(), over, idle))


def clashes(problem: Problem, y: Floats) -> bool:
    """Whether ``y`` proves that the limits clash.

    Weighted by ``y``, no table within the cells' bounds reaches what the limits ask for.
    """
    spread = problem.sums.spread(y)
    most = spread @ np.where(spread > 0, problem.upper, problem.lower)
    asked = y @ np.where(y > 0, problem.floor, np.where(y < 0, problem.cap, 0.0))
    return bool(most - asked < -TOLERANCE * np.abs(y).sum())


def direction(problem: Problem, point: Point, hessian: Hessian) -> Floats:
    """Minimise the quadratic model of the dual, kinks included, by block principal pivoting."""
    y, diagonal = point.y, hessian.diagonal
    to_floor, to_cap = problem.floor - point.gradient, problem.cap - point.gradient
    fixed = problem.floor == problem.cap
    state = 1 * ((y * diagonal + to_floor > 0) | fixed) - (y * diagonal + to_cap < 0)
    state[fixed] = 1
    fewest, patience = len(y) + 1, PATIENCE
    for _ in range(ROUNDS):
        active = state != 0
        rest = np.where(active, 0.0, -y)
        aim = np.where(state > 0, to_floor, to_cap) - hessian @ rest
        step = hessian.solve(active, np.where(active, aim, rest))
        turned = (state * (y + step) < -EXACT) & ~fixed
        change = hessian @ step
        low = ~active & (change < to_floor - EXACT)
        high = ~active & (change > to_cap + EXACT)
        wrong = turned | low | high
        count = np.count_nonzero(wrong)
        if count == 0:
            break
        if count < fewest:
            fewest, patience = count, PATIENCE
        elif patience > 0:
            patience -= 1
        else:
            wrong[: np.flatnonzero(wrong)[-1]] = False
        state = np.where(wrong, 1 * low - high, state)
    return step


def newton(problem: Problem, start: Floats, steps: int, tolerance: float, pull: Pull | None = None) -> End:
    """Take Newton steps from ``start`` until the point is optimal or proves a clash."""
    point = evaluate(problem, start, pull)
    rho = pull.rho if pull else 0.0
    ridge = RIDGE[0]
    for count in range(steps):
        error = residual(problem, point)
        if error < tolerance:
            return End("done", point, count)
        if pull is None and clashes(problem, point.y):
            return End("infeasible", point, count)
        inside = (point.spread > problem.low) & (point.spread < problem.high)
        scale = max(ridge, min(0.1 * error, 0.1)) * np.maximum(point.sums, 1e-3) + 1e-14
        hessian = problem.sums.hessian(np.where(inside, point.cells, 0.0), rho + scale)
        step = direction(problem, point, hessian)
        longest = np.abs(step).max()
        capped = longest > LONGEST
        if capped:
            step *= LONGEST / longest
        point, length = search(problem, point, step, pull)
        if length == 1 and not capped:
            ridge = max(ridge / 10, RIDGE[0])
        elif capped or length < 0.3:
            ridge = min(ridge * 30, RIDGE[1])
    verdict = "done" if residual(problem, point) < tolerance else "undecided"
    return End(verdict, point, steps)


def search(problem: Problem, point: Point, step: Floats, pull: Pull | None) -> tuple[Point, float]:
    """Shorten a step until the dual falls by a fair part of what the model promised."""
    slope = point.gradient @ step
    noise = 4e-16 * max(1.0, abs(point.smooth) + abs(point.kinked))
    length = 1.0
    for _ in range(30):
        new = evaluate(problem, point.y + length * step, pull)
        bent = new.kinked - point.kinked
        if new.smooth - point.smooth - bent <= 1e-4 * (length * slope - bent) + noise:
            break
        length *= 0.4
    return new, length


def solve(problem: Problem) -> End:
    """Solve by plain Newton, and by proximal steps if that has not finished."""
    nought = np.zeros(len(problem.floor))
    end = newton(problem, nought, 30, TOLERANCE)
    if end.verdict != "undecided":
        return end
    return proximal(problem, 60)


def proximal(problem: Problem, rounds: int) -> End:
    y, rho, taken = np.zeros(len(problem.floor)), 1e-2, 30
    for _ in range(rounds):
        end = newton(problem, y, 60, 1e-12, Pull(y, rho))
        move, y = end.point.y - y, end.point.y
        taken += end.steps
        if miss(problem, end.point) < TOLERANCE:
            return End("done", end.point, taken)
        if clashes(problem, move):
            return End("infeasible", end.point._replace(y=move), taken)
        rho = max(0.3 * rho, 1e-8)
    return End("undecided", end.point, taken)
