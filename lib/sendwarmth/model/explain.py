"""A reason for every yuan: steps from the target to the plan that add exactly to it.

The steps are a ladder of problems, each with one more kind of limit than the one before; all of
them share out the same total and keep the envelopes, so each can hold if the plan can. What a step
moves is the difference of two such plans. Cumulative figures are rounded to whole yuan, keeping
the total, and steps are their differences: a cell's steps add to its amount, a step adds to nothing
over the table, and a region's or a group's steps are the sums of its cells'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.sparse.csgraph import connected_components

from sendwarmth.model.allocation import Plan
from sendwarmth.model.bounds import tightest
from sendwarmth.model.fit import fit
from sendwarmth.model.limits import Family, Limit, each
from sendwarmth.model.problem import Problem

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEPS = (
    "target",
    "cell_floors_caps",
    "locks",
    "change_band",
    "region_limits",
    "group_limits",
    "other_limits",
    "rounding",
)
"""Ids of the steps in their order; where a step moves nothing it is there with 0."""

OF_FIELD = {
    "group_share": "target",
    "envelopes_yuan": "target",
    "change_band": "change_band",
    "region_floor_yuan": "region_limits",
    "region_cap_share": "region_limits",
    "sources": "group_limits",
}
NOISE = 3e-10
"""In shares of the total: the fit is hardly finer, so a smaller move is none."""
SLACK = 1e-6
"""A limit whose multiplier is nearer to 1 does not bind."""


def explain(plan: Plan) -> pd.DataFrame:
    """Return the steps that lead from the target to every amount of a plan.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    pandas.DataFrame
        Columns region_id, group_id, step, yuan (int): for every cell, in the order of the plan's
        table, every step of ``STEPS`` in its order. They add exactly to ``plan.table``.
    """
    figures = _ladder(plan)
    steps = np.moveaxis(np.diff(figures, axis=0, prepend=0), 0, -1)
    names = [plan.table.index, plan.table.columns, pd.Index(STEPS)]
    index = pd.MultiIndex.from_product(names, names=["region_id", "group_id", "step"])
    return pd.Series(steps.ravel(), index, name="yuan").reset_index()


def by_region(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of every region: columns region_id, step, yuan.

    Examples
    --------
    >>> rows = [("a", "x", "target", 5), ("a", "y", "target", 2), ("b", "x", "target", 1)]
    >>> steps = pd.DataFrame(rows, columns=["region_id", "group_id", "step", "yuan"])
    >>> by_region(steps).to_numpy().tolist()
    [['a', 'target', 7], ['b', 'target', 1]]
    """
    return steps.groupby(["region_id", "step"], sort=False)["yuan"].sum().reset_index()


def by_group(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of every group: columns group_id, step, yuan."""
    return steps.groupby(["group_id", "step"], sort=False)["yuan"].sum().reset_index()


def step_of(limit: Limit) -> str:
    """Return the step a limit belongs to; a named one by the shape of its set of cells."""
    field = limit.name.partition("/")[0]
    if field in OF_FIELD:
        return OF_FIELD[field]
    if (limit.mask == limit.mask.any(axis=1, keepdims=True)).all():
        return "region_limits"
    if (limit.mask == limit.mask.any(axis=0, keepdims=True)).all():
        return "group_limits"
    return "other_limits"


def whole_yuan(amounts: pd.DataFrame, total_yuan: int, moved: Flags | None = None) -> Floats:
    """Return amounts rounded to whole yuan that add to a total.

    The few yuan by which rounding each cell misses it go to the cells it took most from.

    Parameters
    ----------
    amounts
        Yuan, regions x groups.
    total_yuan
        What they add to, but for rounding.
    moved
        Which cells may take them, those of the others being whole already; None for all.

    Examples
    --------
    >>> whole_yuan(pd.DataFrame([[1.4, 2.3], [3.3, 5.0]]), 12).tolist()
    [[2.0, 2.0], [3.0, 5.0]]
    """
    exact = amounts.to_numpy(float)
    figures = np.rint(exact)
    short = total_yuan - int(figures.sum())
    free = np.flatnonzero(np.ones(exact.shape) if moved is None else moved)
    if short and len(free):
        names = [f"{region}/{group}" for region in amounts.index for group in amounts.columns]
        error = (exact - figures).ravel() * np.sign(short)
        order = free[np.lexsort((np.array(names)[free], -error[free]))]
        figures.flat[free] += np.sign(short) * (abs(short) // len(free))
        figures.flat[order[: abs(short) % len(free)]] += np.sign(short)
    return figures


def _ladder(plan: Plan) -> NDArray[np.int64]:
    """Return the figure of every cell after every step, (steps, R, G)."""
    problem = plan.problem
    used = [step for step in STEPS[1:-1] if _says(problem, step)]
    rungs = dict(zip(used[:-1], _rungs(problem, used[:-1]), strict=True))
    if used:
        rungs[used[-1]] = plan.exact.to_numpy(float)
    exact, noise = problem.target, NOISE * problem.total_yuan
    total = round(float(exact.sum()))
    figures = [whole_yuan(plan.target, total)]
    for step in STEPS[1:-1]:
        rung = rungs.get(step, exact)
        # A rung that cannot hold (a lock on a cell without a target) goes together with the next.
        rung = exact if np.isnan(rung).any() else rung
        moved = np.abs(rung - exact) > noise
        reached = problem.frame(np.where(moved, rung, figures[-1]))
        figures.append(whole_yuan(reached, total, moved))
        exact = rung
    figures.append(plan.table.to_numpy(float))
    return np.array(figures, dtype=np.int64)


def _source_step(source: str) -> str:
    return "locks" if source == "locks" else "cell_floors_caps"


def _says(problem: Problem, step: str) -> bool:
    """Say whether a problem has anything of the kind a step adds."""
    bounds = (pair for source, pair in problem.cells.items() if _source_step(source) == step)
    if any((lower > 0).any() or np.isfinite(upper).any() for lower, upper in bounds):
        return True
    return any(step_of(limit) == step for limit in each(problem.limits))


def _rungs(problem: Problem, steps: Sequence[str]) -> Floats:
    """Return the fits with all that is added up to each of some steps, NaN where none can hold."""
    if not steps:
        return problem.target[:0, None]
    bounds = [tightest(dict(_bounds_up_to(problem, step))) for step in steps]
    lower, upper = (np.stack(sides) for sides in zip(*bounds, strict=True))
    limits = [_switched(limit, steps) for limit in problem.limits]
    fitted = fit(problem.target, lower, upper, limits, problem.total_yuan)
    return np.asarray(fitted.amounts, dtype=np.float64)


def _bounds_up_to(problem: Problem, step: str) -> Iterator[tuple[str, tuple[Floats, Floats]]]:
    nothing = np.zeros(problem.target.shape)
    yield "none", (nothing, np.full_like(nothing, np.inf))
    for source, bounds in problem.cells.items():
        if STEPS.index(_source_step(source)) <= STEPS.index(step):
            yield source, bounds


def _switched(limit: Limit | Family, steps: Sequence[str]) -> Limit | Family:
    """Return a limit over a batch of steps that holds from its own step on."""
    own = np.array([STEPS.index(step_of(part)) for part in each([limit])])
    held = own <= np.array([STEPS.index(step) for step in steps])[:, None]
    floor = np.where(held, -np.inf if limit.floor is None else limit.floor, -np.inf)
    cap = np.where(held, np.inf if limit.cap is None else limit.cap, np.inf)
    if isinstance(limit, Family):
        return Family(limit.names, limit.labels, floor, cap)
    return Limit(limit.name, limit.mask, floor[:, 0], cap[:, 0])


def binding(plan: Plan) -> pd.DataFrame:
    """Return the limits that bind, and by how much each moves the cells it holds.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    pandas.DataFrame
        Index ``limit``, its name; columns: ``side`` (``floor``, ``cap``, or ``fixed`` where both
        are one), ``multiplier`` (above 1 raises the cells, below 1 lowers them), ``yuan`` (the
        floor or cap), ``cells`` (how many it holds), ``joint`` (limits of one number above 0
        depend on each other and only work together, so that their multipliers are to be read
        together; 0 stands alone).
    """
    held = [
        limit
        for limit in each(plan.problem.limits)
        if abs(plan.multipliers[limit.name] - 1) > SLACK
    ]
    rows = [
        {"limit": limit.name, "multiplier": plan.multipliers[limit.name], **_side(plan, limit)}
        for limit in held
    ]
    columns = ["limit", "side", "multiplier", "yuan", "cells"]
    return pd.DataFrame(rows, columns=columns).assign(joint=_joint(plan, held)).set_index("limit")


def _side(plan: Plan, limit: Limit) -> dict[str, object]:
    side = "floor" if plan.multipliers[limit.name] > 1 else "cap"
    bound = limit.floor if side == "floor" else limit.cap
    fixed = limit.floor is not None and limit.floor == limit.cap
    yuan = round(float(np.asarray(bound, float)))
    return {"side": "fixed" if fixed else side, "yuan": yuan, "cells": int(limit.mask.sum())}


def _joint(plan: Plan, held: Sequence[Limit]) -> list[int]:
    """Return a number for each limit: the same for those that depend on each other."""
    problem, amounts = plan.problem, plan.exact.to_numpy(float)
    free = (amounts > problem.lower) & (amounts < problem.upper) & (problem.target > 0)
    masks = [limit.mask[free] for limit in held] + [np.ones(free.sum(), bool)]
    kernel = null_space(np.array(masks, float).T) if free.any() else np.zeros((len(masks), 0))
    linked = np.abs(kernel @ kernel.T) > SLACK
    _, part = connected_components(linked, directed=False)
    lone = [label for label in part if (part == label).sum() == 1]
    numbers = {label: n for n, label in enumerate(dict.fromkeys(p for p in part if p not in lone))}
    return [numbers[label] + 1 if label in numbers else 0 for label in part[:-1]]
