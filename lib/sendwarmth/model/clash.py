"""Why limits clash: the members of a clash that cannot be made smaller, and by how much they miss.

Every bound, limit and the total is one row ``sum of x over some cells >= floor`` or ``<= cap`` over
amounts ``x >= 0``. Let every row give way by its weight times one number ``z``; a linear programme
(HiGHS) finds the least ``z``. Above zero the rows clash, and the rows whose dual values are not
zero clash by themselves: the dual values are a certificate (Farkas), and those of a vertex of the
programme belong to few rows. Other weights name another clash where there are several: eight
stated orders are tried, rows that come early in an order being dropped the sooner, and the clash
with the fewest members is kept. A deletion filter then makes sure of it: every member is left out
once, and stays out if the others still clash.

Source: J. Gleeson and J. Ryan, "Identifying minimally infeasible subsystems of inequalities", ORSA
Journal on Computing 2 (1990); J. W. Chinneck, "Feasibility and Infeasibility in Optimization",
Springer (2008). The fewest members possible are not promised: that problem is NP-hard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import OptimizeResult, linprog

from sendwarmth.model.limits import Family
from sendwarmth.model.problem import Problem

Floats = NDArray[np.float64]
Side = Literal["floor", "cap"]

TOTAL = "budget_yuan"
"""Name of the member that stands for the total: what is shared follows from the fund."""
NO_TARGET = "target"
"""Field of the members that keep a cell whose target is 0 at its floor."""
LARGEST = 1e6
"""Amounts are scaled to units, or coarser, so that the programme's tolerance is far below one."""
NOTHING = 1e-6
"""In scaled units: a miss of less counts as none."""
LIGHTEST = 0.01
"""What the last row of an order weighs; the first weighs 1."""


class Row(NamedTuple):
    """One side of a bound or limit.

    Attributes
    ----------
    name
        ``field/member``, as the planner wrote it.
    sign
        1 for a floor, -1 for a cap.
    cells
        Flat indices of its cells.
    yuan
        The floor or the cap.
    """

    name: str
    sign: int
    cells: NDArray[np.int_]
    yuan: float

    @property
    def field(self) -> str:
        """The field or table it comes from."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Member:
    """One member of a clash.

    Parameters
    ----------
    name
        ``field/member``, for example ``region_floor_yuan/REGION``, ``per_head_min/REGION/GROUP``
        or ``limits/NAME``; ``budget_yuan`` is the total.
    side
        Which side of it clashes.
    yuan
        Its floor or cap.
    """

    name: str
    side: Side
    yuan: int

    @property
    def field(self) -> str:
        """The field or table it comes from."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Clash:
    """Members that cannot all hold, though any of them could be left out and the others would.

    Parameters
    ----------
    members
        In the order of their fields and names.
    shortfall_yuan
        The least amount by which they miss each other, in all.
    """

    members: tuple[Member, ...]
    shortfall_yuan: int


def rows_of(problem: Problem) -> tuple[Row, ...]:
    """Return every floor and cap of a problem as a row; bounds that bind nothing are left out.

    Parameters
    ----------
    problem
        The problem; its values are on the grid already.
    """
    everything = np.arange(problem.target.size)
    total = problem.total_yuan
    return (
        *_cell_rows(problem),
        *_limit_rows(problem),
        Row(TOTAL, 1, everything, total),
        Row(TOTAL, -1, everything, total),
    )


def _cell_rows(problem: Problem) -> Iterator[Row]:
    sources = dict(problem.cells) or {"cells": (problem.lower, problem.upper)}
    # A cell with nothing to aim at stays at its lower bound, in the fit and so here.
    idle = (problem.target <= 0) & (problem.heads > 0)
    sources[NO_TARGET] = (np.zeros(idle.shape), np.where(idle, problem.lower, np.inf))
    for source, (lower, upper) in sources.items():
        for sign, bound, some in ((1, lower, lower > 0), (-1, upper, np.isfinite(upper))):
            for i, j in np.argwhere(some):
                name = f"{source}/{problem.region_ids[i]}/{problem.group_ids[j]}"
                cell = np.array([i * bound.shape[1] + j])
                yield Row(name, sign, cell, float(bound[i, j]))


def _limit_rows(problem: Problem) -> Iterator[Row]:
    for limit in problem.limits:
        if isinstance(limit, Family):
            labels = np.asarray(limit.labels).ravel()
            names, sets = (
                limit.names,
                [np.flatnonzero(labels == k) for k in range(len(limit.names))],
            )
        else:
            names, sets = [limit.name], [np.flatnonzero(limit.mask)]
        size = len(names)
        floors = np.broadcast_to(-np.inf if limit.floor is None else limit.floor, size)
        caps = np.broadcast_to(np.inf if limit.cap is None else limit.cap, size)
        for name, cells, floor, cap in zip(names, sets, floors, caps, strict=True):
            if floor > 0:
                yield Row(name, 1, cells, float(floor))
            if np.isfinite(cap):
                yield Row(name, -1, cells, float(cap))


class Programme(NamedTuple):
    """Rows as ``matrix @ x >= right`` over ``x >= 0``, floors as they are and caps turned round."""

    matrix: sparse.csr_array
    right: Floats

    @classmethod
    def of(cls, rows: tuple[Row, ...], size: int, scale: float) -> Programme:
        """Return the programme of rows over ``size`` cells, amounts divided by ``scale``."""
        counts = [len(row.cells) for row in rows]
        at = np.repeat(np.arange(len(rows)), counts)
        signs = np.array([row.sign for row in rows])
        cells = np.concatenate([row.cells for row in rows])
        matrix = sparse.csr_array((signs[at], (at, cells)), shape=(len(rows), size), dtype=float)
        return cls(matrix, signs * np.array([row.yuan for row in rows]) / scale)

    def among(self, some: NDArray[np.int_]) -> Programme:
        """Return the programme of some of the rows."""
        return Programme(self.matrix[some], self.right[some])

    def give_way(self, weight: Floats) -> OptimizeResult:
        """Return the least ``z`` with ``matrix @ x + weight * z >= right``, as HiGHS has it."""
        matrix = sparse.hstack([self.matrix, weight[:, None]])
        cost = np.append(np.zeros(self.matrix.shape[1]), 1.0)
        return linprog(cost, A_ub=-matrix, b_ub=-self.right, method="highs-ds")

    def clashing(self, weight: Floats) -> NDArray[np.int_]:
        """Return rows that clash by themselves; none where all can hold."""
        found = self.give_way(weight)
        if found.fun <= NOTHING:
            return np.zeros(0, int)
        duals = -found.ineqlin.marginals
        return np.flatnonzero(duals > 1e-9 * duals.max())

    def shortfall(self) -> float:
        """Return the least sum of misses, each row giving way by itself."""
        own = sparse.hstack([self.matrix, sparse.eye_array(len(self.right))])
        cost = np.repeat([0.0, 1.0], [self.matrix.shape[1], len(self.right)])
        return float(linprog(cost, A_ub=-own, b_ub=-self.right, method="highs-ds").fun)


ORDERS: tuple[Callable[[Row], tuple[object, ...]], ...] = (
    lambda row: (row.name, row.sign),
    lambda row: (row.name[::-1], row.sign),
    lambda row: (len(row.cells), row.name, row.sign),
    lambda row: (-len(row.cells), row.name, row.sign),
    lambda row: (row.yuan, row.name, row.sign),
    lambda row: (-row.yuan, row.name, row.sign),
    lambda row: (row.sign, row.name),
    lambda row: (-row.sign, row.name),
)
"""The orders rows are tried in: by name from either end, by cells, by amount, by side."""


def find_clash(problem: Problem) -> Clash | None:
    """Return an irreducible clash of a problem, or None where everything can hold.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    Clash or None
        The smallest of those found in the eight orders of ``ORDERS``; it does not depend on the
        order of rows and columns.
    """
    rows = rows_of(problem)
    scale = max(problem.unit_yuan, problem.total_yuan / LARGEST)
    programme = Programme.of(rows, problem.target.size, scale)
    found: list[NDArray[np.int_]] = []
    for order in ORDERS:
        ranked = sorted(range(len(rows)), key=lambda k: order(rows[k]))
        weight = np.empty(len(rows))
        weight[ranked] = np.geomspace(1.0, LIGHTEST, len(rows))
        clashing = programme.clashing(weight)
        if not len(clashing):
            return None
        found.append(clashing)
    smallest = min(found, key=lambda some: (len(some), sorted(rows[k].name for k in some)))
    core = _irreducible(programme, sorted(smallest, key=lambda k: ORDERS[0](rows[k])))
    shortfall = programme.among(core).shortfall() * scale
    members = (Member(rows[k].name, _side(rows[k]), round(rows[k].yuan)) for k in core)
    return Clash(tuple(members), math.ceil(shortfall - NOTHING * scale))


def _side(row: Row) -> Side:
    return "floor" if row.sign > 0 else "cap"


def _irreducible(programme: Programme, core: list[int]) -> NDArray[np.int_]:
    """Leave out, one after the other, every row without which the others still clash."""
    kept = list(core)
    for row in core:
        others = np.array([k for k in kept if k != row], dtype=int)
        left = programme.among(others)
        if len(others) and len(left.clashing(np.ones(len(others)))):
            kept.remove(row)
    return np.array(kept)
