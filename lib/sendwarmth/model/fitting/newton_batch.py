"""Newton's method on many fits at once: the steps of ``newton``, each problem at its own pace.

What one step computes is shared with ``newton`` and works along a leading axis; what is repeated
here is the control flow, with problems that have ended, pivoted or fallen enough taken out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.fitting.newton import (
    DAMPING,
    EXACT,
    LONG,
    LONGEST,
    NEAR,
    PATIENCE,
    RIDGE,
    ROUNDS,
    SHORTENINGS,
    STALLS,
    TOLERANCE,
    Model,
    Point,
    Problem,
    clashes,
    error_of,
    evaluate,
    falls,
    model_at,
    running_away,
    sides_at,
)
from sendwarmth.model.fitting.sums import Floats, Indices


class Ends(NamedTuple):
    """Where each problem ended; ``y`` is a certificate where the verdict is ``infeasible``."""

    verdict: NDArray[np.str_]
    y: Floats
    steps: NDArray[np.int_]


class Pace(NamedTuple):
    """What each problem remembers from step to step."""

    ridge: Floats
    damping: Floats
    longest: Floats
    before: Floats
    stalls: Indices

    def after(self, length: Floats, size: Floats) -> Pace:
        """Return the pace after steps of a size, taken at a length."""
        whole = length == 1
        raised = np.where(length < 0.3, np.minimum(self.ridge * 30, RIDGE[1]), self.ridge)
        longer = np.where(size > self.longest, self.longest * 4, self.longest)
        return self._replace(
            ridge=np.where(whole, np.maximum(self.ridge / 10, RIDGE[0]), raised),
            damping=np.where(whole & (size > LONG), self.damping / 10, DAMPING),
            longest=np.where(whole, longer, LONGEST),
        )


def newton_batch(problem: Problem, steps: int) -> Ends:
    """Take Newton steps from zero until every problem is optimal or proves a clash."""
    count = len(problem.target)
    ends = Ends(
        np.full(count, "undecided", dtype="U10"),
        np.zeros(problem.floor.shape),
        np.full(count, steps),
    )
    rows, gone, point = np.arange(count), np.zeros(count, bool), evaluate(problem, ends.y)
    sides = sides_at(point)
    start = (RIDGE[0], DAMPING, LONGEST, np.inf, 0)
    pace = Pace(*(np.full(count, value) for value in start))
    for taken in range(steps):
        error = error_of(point)
        done = ~gone & (error < EXACT)
        _record(ends, rows[done], "done", point.y[done], taken)
        left = np.flatnonzero(~(gone | done))
        rows, gone, error, pace = rows[left], gone[left], error[left], _take(pace, left)
        problem, point, sides = _take(problem, left), _take(point, left), sides[left]
        if not len(left):
            break
        ridge = np.maximum(pace.ridge, pace.damping * np.minimum(error, 1.0))
        ridges = ridge[:, None] * np.maximum(point.sums, 1e-3) + 1e-14
        model = model_at(problem, point, ridges)
        step, sides = directions(model, sides)
        size = np.abs(step).max(axis=1)
        stalls = np.where((error < NEAR) & (error > 0.5 * pace.before), pace.stalls + 1, 0)
        gone = (size > LONG) | (stalls > 0)
        far = np.flatnonzero(gone)
        those = _take(problem, far)
        ray = running_away(those, _take(model, far), sides[far], (ridges * step)[far])
        proof = np.where(clashes(those, ray)[:, None], ray.y, point.y[far])
        gone[far] = clashes(those, evaluate(those, proof))
        _record(ends, rows[gone], "infeasible", proof[gone[far]], taken)
        settled = ~gone & (stalls >= STALLS) & (error < TOLERANCE)
        _record(ends, rows[settled], "done", point.y[settled], taken)
        gone |= settled
        step = step * (pace.longest / np.maximum(size, pace.longest))[:, None]
        point, length = searches(problem, point, step)
        pace = pace.after(length, size)._replace(before=error, stalls=stalls)
    _record(ends, rows[~gone], "undecided", point.y[~gone], steps)
    return ends


def directions(model: Model, sides: Floats) -> tuple[Floats, Floats]:
    """Minimise models by block principal pivoting; return the steps and the sides they hold."""
    sides, steps = sides.copy(), np.empty_like(sides)
    rows = np.arange(len(sides))
    fewest, patience = np.full(len(rows), sides.shape[1] + 1), np.full(len(rows), PATIENCE)
    for _ in range(ROUNDS):
        steps[rows], other, wrong = model.step(sides[rows])
        count = np.count_nonzero(wrong, axis=1)
        better = count < fewest
        last = wrong.shape[1] - 1 - np.argmax(wrong[:, ::-1], axis=1)
        slow = np.flatnonzero(~better & (patience == 0))
        wrong[slow] &= np.arange(wrong.shape[1]) == last[slow, None]
        fewest = np.minimum(count, fewest)
        patience = np.where(better, PATIENCE, np.maximum(patience - 1, 0))
        sides[rows] = np.where(wrong, other, sides[rows])
        left = np.flatnonzero(count)
        if not len(left):
            break
        rows, fewest, patience, model = rows[left], fewest[left], patience[left], _take(model, left)
    return steps, sides


def searches(problem: Problem, point: Point, step: Floats) -> tuple[Point, Floats]:
    """Shorten steps until the dual of every problem falls enough."""
    length = np.ones(len(step))
    new = evaluate(problem, point.y + step)
    rows = np.flatnonzero(~falls(point, new, step, length))
    for _ in range(SHORTENINGS - 1):
        if not len(rows):
            break
        length[rows] *= 0.4
        old, part = _take(point, rows), step[rows]
        shorter = evaluate(_take(problem, rows), old.y + length[rows, None] * part)
        for whole, some in zip(new, shorter, strict=True):
            whole[rows] = some
        rows = rows[~falls(old, shorter, part, length[rows])]
    return new, length


def _record(ends: Ends, rows: Indices, verdict: str, y: Floats, taken: int) -> None:
    ends.verdict[rows], ends.y[rows], ends.steps[rows] = verdict, y, taken


def _take(many: Any, rows: Indices) -> Any:
    """Return some rows of every array of a named tuple."""
    return type(many)(
        *(
            part[rows] if isinstance(part, np.ndarray) else part.take(rows) if part else part
            for part in many
        )
    )
