"""Random trials of the fit, and other ways to solve them: general solvers, and a slow exact one."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, minimize

from sendwarmth.model.fit import Fit, fit
from sendwarmth.model.limits import Limit, each
from sendwarmth.model.problem import Problem

Floats = NDArray[np.floating[Any]]

TOTAL = 92_000_000
SHAPE = (13, 5)
SEED = 20191220


class Trial(NamedTuple):
    """A random problem in yuan: tables (R, G), masks (K, R, G), floors and caps (K,)."""

    target: Floats
    upper: Floats
    masks: NDArray[np.bool_]
    floor: Floats
    cap: Floats

    def fit(self) -> Fit:
        """Fit it as a user would."""
        bounds = zip(self.masks, self.floor, self.cap, strict=True)
        limits = [Limit(f"limits/{k}", *each) for k, each in enumerate(bounds)]
        return fit(self.target, 0, self.upper, limits, TOTAL)


def random_trials(number: int, limits: int, seed: int = SEED) -> list[Trial]:
    """Return problems built around tables that keep them.

    All have the same rows of limits, a floor for each region and a cap for each group, and then
    blocs of regions in some groups with a floor, a cap or both; the numbers differ.
    """
    rng = np.random.default_rng([seed, limits])
    row, column = np.indices(SHAPE)
    masks = [row == r for r in range(SHAPE[0])] + [column == g for g in range(SHAPE[1])]
    while len(masks) < limits:
        masks.append((rng.random((SHAPE[0], 1)) < 0.4) & (rng.random(SHAPE[1]) < 0.6))
    stack = np.array(masks)
    return [_random_trial(rng, stack) for _ in range(number)]


def _random_trial(rng: np.random.Generator, masks: NDArray[np.bool_]) -> Trial:
    target = rng.lognormal(0, 1, SHAPE)
    table = target * rng.lognormal(0, 0.5, SHAPE)
    table *= TOTAL / table.sum()
    sums = (masks * table).sum(axis=(1, 2))
    kind = np.arange(len(masks))
    floored = (kind < SHAPE[0]) | (kind >= sum(SHAPE)) & (rng.random(len(masks)) < 0.6)
    capped = (kind >= SHAPE[0]) & (~floored | (rng.random(len(masks)) < 0.3))
    floor = np.where(floored, sums * rng.uniform(0.8, 1, len(masks)), -np.inf)
    cap = np.where(capped, sums * rng.uniform(1, 1.2, len(masks)), np.inf)
    return Trial(target, table * rng.uniform(1, 3, SHAPE), masks, floor, cap)


def together(trials: list[Trial]) -> tuple[Any, ...]:
    """Return the arguments that fit trials with the same masks in one call."""
    target, upper = (np.array([trial[k] for trial in trials]) for k in (0, 1))
    floor, cap = (np.array([trial[k] for trial in trials]).T for k in (3, 4))
    rows = zip(trials[0].masks, floor, cap, strict=True)
    limits = [Limit(f"limits/{k}", *each) for k, each in enumerate(rows)]
    return target, 0, upper, limits, TOTAL


def by_cvxpy(trial: Trial) -> Floats:
    """Solve a trial with cvxpy and Clarabel at their defaults, as a user would."""
    cp: Any = import_module("cvxpy")
    share = cp.Variable(trial.target.size, nonneg=True)
    aim = (trial.target / trial.target.sum()).ravel()
    floored, floor, capped, cap = _rows(trial)
    rules = [share <= trial.upper.ravel() / TOTAL, cp.sum(share) == 1]
    rules += [floored @ share >= floor / TOTAL, capped @ share <= cap / TOTAL]
    cp.Problem(cp.Minimize(cp.sum(cp.kl_div(share, aim))), rules).solve(solver=cp.CLARABEL)
    return np.asarray(share.value, float).reshape(SHAPE) * TOTAL


def plan_by_cvxpy(problem: Problem) -> Floats:
    """Solve the problem of a scenario with cvxpy and Clarabel at their defaults, in yuan."""
    cp: Any = import_module("cvxpy")
    whole, share = problem.total_yuan, cp.Variable(problem.target.size)
    aim = (problem.target / problem.target.sum()).ravel()
    rules = [share >= problem.lower.ravel() / whole, cp.sum(share) == 1]
    rules.append(share <= np.minimum(problem.upper.ravel() / whole, 1))
    for limit in each(problem.limits):
        held = limit.mask.ravel().astype(float)
        rules += [] if limit.floor is None else [held @ share >= np.asarray(limit.floor) / whole]
        rules += [] if limit.cap is None else [held @ share <= np.asarray(limit.cap) / whole]
    cp.Problem(cp.Minimize(cp.sum(cp.kl_div(share, aim))), rules).solve(solver=cp.CLARABEL)
    return np.asarray(share.value, float).reshape(problem.target.shape) * whole


def by_trust_region(trial: Trial) -> Floats:
    """Solve a trial with SciPy's trust-constr, first and second derivatives given."""
    aim = (trial.target / trial.target.sum()).ravel()
    floored, floor, capped, cap = _rows(trial)
    most = np.minimum(trial.upper.ravel() / TOTAL, 1)
    found = minimize(
        lambda share: np.sum(share * np.log(share / aim) - share + aim),
        np.minimum(aim, 0.9 * most),
        jac=lambda share: np.log(share / aim),
        hess=lambda share: np.diag(1 / share),
        method="trust-constr",
        bounds=Bounds(1e-12, most, keep_feasible=True),
        constraints=[
            LinearConstraint(floored, floor / TOTAL, np.inf),
            LinearConstraint(capped, -np.inf, cap / TOTAL),
            LinearConstraint(np.ones((1, aim.size)), 1, 1),
        ],
    )
    return np.asarray(found.x * TOTAL).reshape(SHAPE)


def _rows(trial: Trial) -> tuple[Floats, Floats, Floats, Floats]:
    """Return limits as a user writes them down: a matrix and a vector of floors, and of caps."""
    matrix = trial.masks.reshape(len(trial.masks), -1).astype(float)
    floored, capped = trial.floor > 0, trial.cap < np.inf
    return matrix[floored], trial.floor[floored], matrix[capped], trial.cap[capped]


def optimum(trial: Trial) -> Floats | None:
    """Return the optimum of a trial to 1e-12 of the total, slowly; None if that does not end."""
    return cyclic_ascent(trial, np.zeros(SHAPE), TOTAL, sweeps=3_000)


def cyclic_ascent(trial: Trial, lower: Floats, total: float, sweeps: int) -> Floats | None:
    """Raise or lower one limit after the other until all hold; None if that does not end.

    Simple and slow: it ends for most problems, and its plan is then right to 1e-12 of the total.
    Every target has to be above 0.
    """
    target, lower = trial.target.ravel(), lower.ravel()
    upper = np.minimum(trial.upper, total).ravel()
    masks = np.concatenate([trial.masks.reshape(-1, target.size), np.ones((1, target.size), bool)])
    floor, cap = np.append(trial.floor, total), np.append(trial.cap, total)
    factors = np.ones(len(masks))
    for _ in range(sweeps):
        for k, mask in enumerate(masks):
            factors[k] = 1
            base = target[mask] * np.where(masks.T[mask], factors, 1).prod(axis=1)
            amount = np.clip(base, lower[mask], upper[mask]).sum()
            aim = np.clip(amount, floor[k], cap[k])
            if aim != amount:
                factors[k] = water_level(base, lower[mask], upper[mask], aim)
        plan = np.clip(target * np.where(masks.T, factors, 1).prod(axis=1), lower, upper)
        sums = masks @ plan
        off = np.where(factors > 1, np.abs(sums - floor), np.maximum(floor - sums, 0))
        off = np.where(factors < 1, np.abs(sums - cap), np.maximum(sums - cap, off))
        if off.max() < 1e-12 * total:
            return plan.reshape(trial.target.shape)
    return None


def water_level(weights: Floats, lower: Floats, upper: Floats, amount: float) -> float:
    """Return the m at which ``clip(weights * m, lower, upper)`` adds to an amount.

    The sum is piecewise linear in m and bends only where a cell meets a bound.
    """
    bends = np.unique(np.concatenate([lower / weights, upper / weights]))
    sums = np.clip(weights * bends[:, None], lower, upper).sum(axis=1)
    return float(np.interp(amount, sums, bends))
