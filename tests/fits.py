"""Random problems for the fit, and slow but simple ways to solve them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from sendwarmth.model.fit import Fit, fit
from sendwarmth.model.limits import Limit
from sendwarmth.run.other_solvers import Trial, cyclic_ascent

TOTAL = 92_000_000
YUAN = 0.01
"""What counts as no yuan at all."""
KINDS = (
    "overlapping",
    "nested",
    "blocs",
    "margins",
    "near_infeasible",
    "wide",
    "zeros",
    "locks",
    "clashing",
)
FEASIBLE = [kind for kind in KINDS if kind != "clashing"]
NARROW = [kind for kind in FEASIBLE if kind != "wide"]


class Case(NamedTuple):
    """One problem in yuan: tables (R, G), masks (K, R, G), bounds (K,), -inf and inf for none."""

    target: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    masks: np.ndarray
    floor: np.ndarray
    cap: np.ndarray
    total: float = TOTAL

    @property
    def limits(self) -> list[Limit]:
        return [
            Limit(f"limits/{k}", mask, floor if floor > 0 else None, cap if cap < np.inf else None)
            for k, (mask, floor, cap) in enumerate(zip(*self[3:6], strict=True))
        ]

    def fit(self) -> Fit:
        return fit(self.target, self.lower, self.upper, self.limits, self.total)

    def sums(self, table: np.ndarray) -> np.ndarray:
        return (self.masks * table).sum(axis=(1, 2))


def random_case(rng: np.random.Generator, kind: str, shape=(13, 5), limits=18) -> Case:
    """Return a problem built around a table that keeps it, unless its kind is ``clashing``."""
    target = 10 ** rng.uniform(-9, 9, shape) if kind == "wide" else rng.lognormal(0, 1, shape)
    if kind == "zeros":
        target[rng.random(shape) < 0.3] = 0
        target[0, 0] = 1
    table = (rng.dirichlet(np.full(target.size, 0.5)).reshape(shape) + 1e-9) * (target > 0)
    if kind != "wide":
        table = target * rng.lognormal(0, 1, shape)
    table /= table.sum()
    lower = np.where(rng.random(shape) < 0.5, table * rng.uniform(0, 1, shape), 0)
    upper = np.where(rng.random(shape) < 0.5, table * rng.uniform(1, 3, shape), np.inf)
    if kind == "locks":
        locked = rng.random(shape) < 0.7
        lower[locked] = upper[locked] = table[locked]
    masks = _masks(rng, kind, shape, limits)
    sums = (masks * table).sum(axis=(1, 2))
    floor, cap = _bounds(rng, kind, sums)
    scale = TOTAL
    return Case(target, lower * scale, upper * scale, masks, floor * scale, cap * scale)


def cases(kind: str, number: int, seed: int = 1, **options) -> list[Case]:
    """Return random problems of a kind."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return [random_case(rng, kind, **options) for _ in range(number)]


def together(many: list[Case]) -> tuple:
    """Return cases with equally many limits as one batch: the arguments of a single call."""
    target, lower, upper, masks, floor, cap, total = map(np.array, zip(*many, strict=True))
    limits = [
        Limit(f"limits/{k}", masks[:, k], floor[:, k], cap[:, k]) for k in range(masks.shape[1])
    ]
    return target, lower, upper, limits, total


def limit(cells, floor=None, cap=None, name="limits/a") -> Limit:
    """Return a limit from any array of cells."""
    return Limit(name, np.array(cells, bool), floor, cap)


def _masks(rng: np.random.Generator, kind: str, shape: tuple[int, int], limits: int) -> np.ndarray:
    rows, columns = np.indices(shape)
    if kind == "margins":
        return np.array(
            [rows == r for r in range(shape[0])] + [columns == g for g in range(shape[1])]
        )
    if kind == "nested":
        place = rng.permutation(rows.size).reshape(shape)
        sizes = 2 ** rng.integers(0, 6, limits)
        return np.array([place // size == rng.integers(rows.size) // size for size in sizes])
    if kind == "blocs":
        bloc = rng.integers(0, 3, shape[0])[rows]
        group = [columns == rng.integers(shape[1]) for _ in range(limits)]
        return np.array(
            [(bloc == rng.integers(3)) & (group[k] | (k % 2 == 1)) for k in range(limits)]
        )
    crosses = [rng.random((shape[0], 1)) < 0.4 for _ in range(limits)]
    return np.array([cross & (rng.random(shape[1]) < 0.6) for cross in crosses])


def _bounds(rng: np.random.Generator, kind: str, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if kind == "margins":
        return sums, sums
    near = kind == "near_infeasible"
    below = sums * (1 - 1e-4 * rng.random(len(sums)) if near else rng.uniform(0.7, 1, len(sums)))
    above = sums * (1 + 1e-4 * rng.random(len(sums)) if near else rng.uniform(1, 1.3, len(sums)))
    which = rng.random(len(sums))
    floor = np.where(which < 0.5, below, -np.inf)
    cap = np.where(which > 0.35, above, np.inf)
    exact = which > 0.9
    floor, cap = np.where(exact, sums, floor), np.where(exact, sums, cap)
    if kind == "clashing":
        off = rng.random(len(sums)) < 0.3
        worse = rng.choice([1e-7, 0.001, 0.5], len(sums))
        floor = np.where(off, np.maximum(floor, sums * (1 + worse)), floor)
        cap = np.maximum(floor, cap)
    return floor, cap


def worst_miss(case: Case) -> float:
    """Return the least worst miss of any table within the cells' bounds, yuan (HiGHS)."""
    matrix = np.concatenate([case.masks, np.ones((1, *case.target.shape))]).reshape(
        len(case.masks) + 1, -1
    )
    floor, cap = np.append(case.floor, case.total), np.append(case.cap, case.total)
    rows = [(-matrix[k], -floor[k]) for k in np.flatnonzero(floor > 0)]
    rows += [(matrix[k], cap[k]) for k in np.flatnonzero(cap < np.inf)]
    upper = np.where(case.target > 0, np.minimum(case.upper, case.total), case.lower)
    found = linprog(
        np.append(np.zeros(case.target.size), 1),
        A_ub=np.array([np.append(row, -1) for row, _ in rows]),
        b_ub=np.array([bound for _, bound in rows]),
        bounds=[*zip(case.lower.ravel(), upper.ravel(), strict=True), (0, None)],
    )
    return float(found.fun)


def by_cyclic_ascent(case: Case, sweeps: int = 200) -> np.ndarray | None:
    """Return the plan of a case as cyclic ascent finds it; None if it does not end."""
    free = case.target > 0
    held = np.where(free, 0, case.lower)
    floor, cap = case.floor - case.sums(held), case.cap - case.sums(held)
    trial = Trial(case.target[free], case.upper[free], case.masks[:, free], floor, cap)
    found = cyclic_ascent(trial, case.lower[free], case.total - held.sum(), sweeps)
    if found is None:
        return None
    held[free] = found
    return held
