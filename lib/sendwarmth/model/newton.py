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
BIG = 1e30
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

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonal."""


class Sums(Protocol):
    """The sums that limits bound, as a linear map ``A`` from cells to limits."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells, ``A x``."""

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it, ``A' y``."""

    def hessian(self, weight: Floats, ridge: Floats) -> Hessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""


class DenseHessian(NamedTuple):
    """A Hessian as a plain matrix."""

    matrix: Floats
    diagonal: Floats

    def __matmul__(self, step: Floats) -> Floats:
        return self.matrix @ step

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve by Cholesky."""
        matrix = self.matrix.copy()
        matrix.flat[:: len(right) + 1] += stiff
        _, solution, info = dposv(matrix.T, right, overwrite_a=True)
        if info:
            raise FloatingPointError("x")
        return solution


class DenseSums(NamedTuple):
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
        return DenseHessian(matrix, matrix.diagonal())


class Problem:
    """One fit in shares of the total; the total itself is the last limit.

    ``lower`` and ``upper`` are the cells' bounds, ``low`` and ``high`` the logarithms of their
    ratios to ``target``; a fixed cell has ``target == lower == upper`` and ``low == high == 0``.
    """

    def __init__(self, target, lower, upper, low, high, floor, cap, sums):
        self.target = target
        self.lower = lower
        self.upper = upper
        self.low = low
        self.high = high
        self.floor = np.maximum(floor, -BIG)
        self.cap = np.minimum(cap, BIG)
        self.sums = sums
        self.leeway = np.where(self.floor < self.cap, -EXACT, -np.inf)


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
    bound: Floats
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
    bound = np.where(y > 0, problem.floor, problem.cap)
    return Point(y, spread, cells, sums, gradient, bound, smooth, y @ bound)


def miss(problem: Problem, point: Point) -> float:
    """Return by how much a limit is broken at worst, in shares of the total."""
    return float(max((problem.floor - point.sums).max(), (point.sums - problem.cap).max()))


def clashes(problem: Problem, point: Point) -> bool:
    """Whether ``y`` proves that the limits clash.

    Weighted by ``y``, no table within the cells' bounds reaches what the limits ask for.
    """
    most = point.spread @ np.where(point.spread > 0, problem.upper, problem.lower)
    return most < point.kinked and most - point.kinked < -TOLERANCE * np.abs(point.y).sum()


def direction(problem: Problem, y: Floats, to_floor, to_cap, hessian: Hessian) -> Floats:
    """Minimise the quadratic model of the dual, kinks included, by block principal pivoting."""
    lean = y * hessian.diagonal
    state = np.where(lean + to_floor > 0, 1.0, 0.0) - (lean + to_cap < 0)
    fewest, patience = len(y) + 1, PATIENCE
    for _ in range(ROUNDS):
        free = state == 0
        aim = np.where(state > 0, to_floor, to_cap)
        step = hessian.solve(BIG * free, np.where(free, -BIG * y, aim))
        step = np.where(free, -y, step)
        change = hessian @ step
        low, high = change < to_floor - EXACT, change > to_cap + EXACT
        wrong = np.where(free, low | high, state * (y + step) < problem.leeway)
        count = np.count_nonzero(wrong)
        if count == 0:
            break
        if count < fewest:
            fewest, patience = count, PATIENCE
        elif patience > 0:
            patience -= 1
        else:
            wrong[: np.flatnonzero(wrong)[-1]] = False
        state = np.where(wrong, np.where(free, 1.0 * low - high, 0.0), state)
    return step


def newton(
    problem: Problem, start: Floats, steps: int, tolerance: float, pull: Pull | None = None
) -> End:
    """Take Newton steps from ``start`` until the point is optimal or proves a clash."""
    point = evaluate(problem, start, pull)
    rho = pull.rho if pull else 0.0
    ridge = RIDGE[0]
    for count in range(steps + 1):
        to_floor, to_cap = problem.floor - point.gradient, problem.cap - point.gradient
        idle = np.minimum(np.abs(point.y), np.abs(point.bound - point.gradient))
        error = np.maximum.reduce(np.maximum(np.maximum(to_floor, -to_cap), idle))
        if error < tolerance:
            return End("done", point, count)
        if count == steps:
            break
        if pull is None and clashes(problem, point):
            return End("infeasible", point, count)
        inside = (point.spread > problem.low) & (point.spread < problem.high)
        scale = max(ridge, min(0.1 * error, 0.1)) * np.maximum(point.sums, 1e-3) + (1e-14 + rho)
        hessian = problem.sums.hessian(point.cells * inside, scale)
        step = direction(problem, point.y, to_floor, to_cap, hessian)
        longest = np.maximum.reduce(np.abs(step))
        capped = longest > LONGEST
        if capped:
            step *= LONGEST / longest
        point, length = search(problem, point, step, pull)
        if length == 1 and not capped:
            ridge = max(ridge / 10, RIDGE[0])
        elif capped or length < 0.3:
            ridge = min(ridge * 30, RIDGE[1])
    return End("undecided", point, steps)


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
        ray = evaluate(problem, move)
        if clashes(problem, ray):
            return End("infeasible", ray, taken)
        rho = max(0.3 * rho, 1e-8)
    return End("undecided", end.point, taken)
