"""Newton's method on the dual of one fit; ``fit`` states the problem and why the dual is solved.

The dual has one variable a limit, the logarithm ``y`` of its multiplier. It is convex, smooth but
for a kink at ``y = 0`` of every limit, and unbounded below exactly where the limits clash.

A step minimises the quadratic model of the dual *with* its kinks: every limit is held at its floor,
held at its cap, or left alone with ``y = 0``. Which is which is found by block principal pivoting:
solve, let every limit that came out wrong change sides, and, should that stop helping, let one at a
time change (Murty's rule, which ends). Naming the binding limits anew in every step is what lets
the method finish in about six steps, where methods that add or drop one limit at a time zigzag.

Safeguards: a ridge on the Hessian in proportion to the error (limits whose cells are all at their
bounds have no curvature), a longest step, and a line search. They give way where the dual falls
steadily, so that a clash is soon seen: there the ridge alone keeps the step finite, and the part of
the step it holds back is a direction in which the dual falls for ever, a certificate.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.fitting.sums import Floats, Hessian, Sums

Flags = NDArray[np.bool_]
Verdict = Literal["done", "infeasible", "undecided"]

TOLERANCE = 1e-10
"""By how much a limit may be missed, in shares of the total, where steps gain no more."""
EXACT = 1e-13
"""What rounding errors amount to, in shares of the total."""
BIG = 1e30
"""Stands for no bound (a bound is multiplied by 0, which infinity does not survive)."""
ROUNDS, PATIENCE = 200, 3
"""Pivoting: rounds at most, and rounds without progress before one limit at a time changes."""
SHORTENINGS = 30
"""How often a step is shortened at most, by 0.4 each time."""
NEAR = 1e-6
"""An error this small should fall fast; if it does not, the limits may clash by a little."""
STALLS = 3
"""Steps in a row that gain little, after which an error within the tolerance is accepted."""
LONG = 3.0
"""A step that multiplies some cell by more than about exp(3) may be running towards a clash."""
LONGEST = 20.0
"""Longest step, until longer ones have proved good."""
RIDGE = (1e-12, 0.1)
"""Least and largest ridge, beside the one in proportion to the error."""
DAMPING = 0.1
"""Ridge in proportion to the error."""


class Problem(NamedTuple):
    """One fit, or many along a leading axis, in shares of the total.

    The total is the last limit. ``low`` and ``high`` are the logarithms of the cells' bounds as
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
    least: Floats
    """0 for a limit without a cap, whose multiplier is never below 1; else -inf."""
    most: Floats
    """0 for a limit without a floor, else inf."""
    leeway: Floats
    """How far beyond 0 ``y`` may be on its wrong side: any way for a fixed sum."""
    shrink: Floats | None = None
    """Weights of ``y^2 / 2`` in the dual: none, but to choose among multipliers."""


def problem_at(problem: Problem, sums: Sums, row: int) -> Problem:
    """Return one of many problems, given its sums."""
    alone = {k: v[row] for k, v in problem._asdict().items() if isinstance(v, np.ndarray)}
    return problem._replace(sums=sums, **alone)


class Point(NamedTuple):
    """A dual point and what follows from it; the dual's value is ``smooth - kinked``."""

    y: Floats
    spread: Floats
    cells: Floats
    sums: Floats
    gradient: Floats
    to_floor: Floats
    to_cap: Floats
    bound: Floats
    smooth: Floats
    kinked: Floats


class End(NamedTuple):
    """Where the method ended; ``y`` is a certificate if the verdict is ``infeasible``."""

    verdict: Verdict
    point: Point
    steps: int


def evaluate(problem: Problem, y: Floats) -> Point:
    """Evaluate the dual and the amounts that belong to it."""
    y = np.minimum(np.maximum(y, problem.least), problem.most)
    spread = problem.sums.spread(y)
    clipped = np.minimum(np.maximum(spread, problem.low), problem.high)
    cells = problem.target * np.exp(clipped)
    sums = problem.sums.over(cells)
    gradient, smooth = sums, np.vecdot(cells, 1 + spread - clipped)
    if problem.shrink is not None:
        gradient = sums + problem.shrink * y
        smooth = smooth + np.vecdot(problem.shrink * y, y) / 2
    bound = np.where(y > 0, problem.floor, problem.cap)
    return Point(
        y=y,
        spread=spread,
        cells=cells,
        sums=sums,
        gradient=gradient,
        to_floor=problem.floor - gradient,
        to_cap=problem.cap - gradient,
        bound=bound,
        smooth=smooth,
        kinked=np.vecdot(y, bound),
    )


def shortfall(problem: Problem, point: Point) -> Floats:
    """Return what the limits, weighted by ``y``, ask for beyond what any table could give."""
    most = np.where(point.spread > 0, problem.upper, problem.lower)
    return point.kinked - np.vecdot(point.spread, most)


def miss(point: Point) -> Floats:
    """Return by how much a limit is missed at worst."""
    return np.maximum(np.maximum(point.to_floor, -point.to_cap).max(axis=-1), 0.0)


def clashes(problem: Problem, point: Point) -> Flags:
    """Whether ``y`` proves that every table misses some limit by more than rounding errors."""
    return shortfall(problem, point) > EXACT * np.abs(point.y).sum(axis=-1)


class Model(NamedTuple):
    """The quadratic model of the dual at a point, kinks included."""

    home: Floats
    """The step to ``y = 0``."""
    to_floor: Floats
    to_cap: Floats
    leeway: Floats
    hessian: Hessian

    def step(self, sides: Floats) -> tuple[Floats, Floats, Flags]:
        """Return the best step with every limit held at its side.

        Parameters
        ----------
        sides
            1 for a limit held at its floor, -1 at its cap, 0 at ``y = 0``.

        Returns
        -------
        step, sides, wrong
            The step, the sides to change to, and which limits have to change.
        """
        free = sides == 0
        aim = np.where(sides > 0, self.to_floor, self.to_cap)
        step = self.hessian.solve(BIG * free, np.where(free, BIG * self.home, aim))
        step = np.where(free, self.home, step)
        change = self.hessian @ step
        low, high = change < self.to_floor - EXACT, change > self.to_cap + EXACT
        asked = np.subtract(low, high, dtype=float)
        turned = sides * (step - self.home) < self.leeway
        return step, asked * free, np.where(free, asked != 0, turned)


def model_at(problem: Problem, point: Point, ridges: Floats) -> Model:
    """Return the quadratic model of the dual at a point."""
    inside = (point.spread > problem.low) & (point.spread < problem.high)
    raised = ridges if problem.shrink is None else ridges + problem.shrink
    return Model(
        home=-point.y,
        to_floor=point.to_floor,
        to_cap=point.to_cap,
        leeway=problem.leeway,
        hessian=problem.sums.hessian(point.cells * inside, raised),
    )


def error_of(point: Point) -> Floats:
    """Return how far a point is from optimal: limits missed, or multipliers on slack limits."""
    idle = np.minimum(np.abs(point.y), np.abs(point.bound - point.gradient))
    over = np.maximum(point.to_floor, -point.to_cap)
    return np.maximum.reduce(np.maximum(over, idle), axis=-1)


def sides_at(point: Point) -> Floats:
    """Guess where each limit is held: by the sign of ``y``, or by the bound it breaks."""
    broken = np.subtract(point.to_floor > 0, point.to_cap < 0, dtype=float)
    return np.where(point.y == 0, broken, np.sign(point.y))


def direction(model: Model, sides: Floats) -> tuple[Floats, Floats]:
    """Minimise a model by block principal pivoting; return the step and the sides it holds."""
    fewest, patience = len(sides) + 1, PATIENCE
    for _ in range(ROUNDS):
        step, other, wrong = model.step(sides)
        count = int(np.count_nonzero(wrong))
        if count == 0:
            break
        if count < fewest:
            fewest, patience = count, PATIENCE
        elif patience > 0:
            patience -= 1
        else:
            wrong[: np.flatnonzero(wrong)[-1]] = False
        sides = np.where(wrong, other, sides)
    return step, sides


def running_away(problem: Problem, model: Model, sides: Floats, held_back: Floats) -> Point:
    """Return the direction of the part of a step that only the ridge holds back."""
    return evaluate(problem, model.hessian.solve(BIG * (sides == 0), held_back))


def falls(point: Point, new: Point, step: Floats, length: Floats | float) -> Flags:
    """Whether the dual falls by a fair part of what its slope and its kinks promise."""
    bent = new.kinked - point.kinked
    promised = length * np.vecdot(point.gradient, step) - bent
    noise = 1e-15 * (1 + np.vecdot(np.abs(point.y), point.sums))
    return new.smooth - point.smooth - bent <= 1e-4 * promised + noise


def search(problem: Problem, point: Point, step: Floats) -> tuple[Point, float]:
    """Shorten a step until the dual falls enough."""
    length = 1.0
    for _ in range(SHORTENINGS):
        new = evaluate(problem, point.y + length * step)
        if falls(point, new, step, length):
            break
        length *= 0.4
    return new, length


def newton(problem: Problem, start: Floats, steps: int) -> End:
    """Take Newton steps until the point is optimal or proves a clash."""
    point = evaluate(problem, start)
    sides = sides_at(point)
    ridge, damping, longest, before, stalls = RIDGE[0], DAMPING, LONGEST, np.inf, 0
    for count in range(steps):
        error = float(error_of(point))
        if error < EXACT:
            return End("done", point, count)
        ridges = max(ridge, damping * min(error, 1.0)) * np.maximum(point.sums, 1e-3) + 1e-14
        model = model_at(problem, point, ridges)
        step, sides = direction(model, sides)
        size = float(np.abs(step).max())
        stalls = stalls + 1 if error < NEAR and error > 0.5 * before else 0
        if size > LONG or stalls:
            ray = running_away(problem, model, sides, ridges * step)
            proof = ray if clashes(problem, ray) else point
            if clashes(problem, proof):
                return End("infeasible", proof, count)
        if stalls >= STALLS and error < TOLERANCE:
            return End("done", point, count)
        point, length = search(problem, point, step * (longest / max(size, longest)))
        before = error
        if length == 1:
            ridge = max(ridge / 10, RIDGE[0])
            damping = damping / 10 if size > LONG else DAMPING
            longest = longest * 4 if size > longest else longest
        else:
            ridge = min(ridge * 30, RIDGE[1]) if length < 0.3 else ridge
            damping, longest = DAMPING, LONGEST
    return End("undecided", point, steps)
