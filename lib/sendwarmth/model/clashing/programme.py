"""A problem as rows of a linear programme: every floor and cap, and the total.

A row says ``sum of x over some cells >= floor`` or ``<= cap``, over amounts ``x >= 0``. It keeps
the name the planner gave it, so that what is found can be said in the planner's words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, nnls

from sendwarmth.model.limits import Family
from sendwarmth.model.linear import cheapest
from sendwarmth.model.problem import Problem

Floats = NDArray[np.float64]

TOTAL = "budget_yuan"
"""Name of the member that stands for the total: what is shared follows from the fund."""
NO_TARGET = "target"
"""Field of the members that keep a cell whose target is 0 at its floor."""
LARGEST = 1e6
"""Amounts are scaled to units, or coarser, so that the programme's tolerance is far below one."""
NOTHING = 1e-6
"""In scaled units: a miss of less counts as none."""
FEW = 60
"""Rows of which a least-squares problem tells sooner than a linear programme whether they clash."""
TABLES = 4
"""How many tables, and how many moves of each, show which rows of a clash are needed."""
DRIVEN_BY_REGION = ("region_floor_yuan", "region_cap_share", "change_band")
DRIVEN_BY_GROUP = ("per_head_min", "per_head_max")


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

    @property
    def driver(self) -> str:
        """What rows that move together have in common: a field, or a field and a group."""
        if self.field in DRIVEN_BY_GROUP:
            return f"{self.field}/{self.name.rpartition('/')[2]}"
        return self.field if self.field in DRIVEN_BY_REGION else self.name


def rows_of(problem: Problem) -> tuple[Row, ...]:
    """Return every floor and cap of a problem as a row, by name; what can never bind is left out.

    Parameters
    ----------
    problem
        The problem; its values are on the grid already.
    """
    everything = np.arange(problem.target.size)
    total = [Row(TOTAL, sign, everything, problem.total_yuan) for sign in (1, -1)]
    rows = (*_cell_rows(problem), *_limit_rows(problem), *total)
    return tuple(sorted(rows, key=lambda row: (row.name, row.sign)))


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


class Few(NamedTuple):
    """Few rows, ``matrix @ x >= right`` over ``x >= 0``, told by least squares if they clash.

    With some dozens of rows that is ten times as fast as a linear programme.
    """

    matrix: Floats
    right: Floats

    def among(self, some: Sequence[int]) -> Few:
        """Return some of the rows."""
        at = np.asarray(some, int)
        return Few(self.matrix[at], self.right[at])

    def clashing(self) -> list[int]:
        """Return rows that clash by themselves; none where all can hold.

        Where the sum of squares of misses is least, the misses are dual values (Farkas).
        """
        both = np.hstack([self.matrix, -np.eye(len(self.right))])
        found, miss = nnls(both, self.right)
        if miss <= NOTHING:
            return []
        misses = self.right - both @ found
        some = np.flatnonzero(misses > 1e-6 * miss).tolist()
        clash = len(some) == len(misses) or self.among(some).clashing()
        return some if clash else list(range(len(misses)))


class Programme(NamedTuple):
    """Rows as ``matrix @ x >= right`` over ``x >= 0``: floors as they are, caps turned round.

    ``scale`` is what amounts are divided by, yuan.
    """

    matrix: sparse.csr_array
    right: Floats
    scale: float

    @classmethod
    def of(cls, problem: Problem, rows: Sequence[Row]) -> Programme:
        """Return the programme of a problem's rows, in units of its grid or coarser ones.

        Cells are ordered by name: where several answers are as good, the one found does not depend
        on the order of the tables.
        """
        scale = max(problem.unit_yuan, problem.total_yuan / LARGEST)
        at = np.repeat(np.arange(len(rows)), [len(row.cells) for row in rows])
        signs = np.array([row.sign for row in rows])
        named = np.add.outer([f"{r}/" for r in problem.region_ids], list(problem.group_ids))
        rank = np.argsort(np.argsort(named, axis=None))
        cells = rank[np.concatenate([row.cells for row in rows])]
        shape = len(rows), problem.target.size
        matrix = sparse.csr_array((signs[at], (at, cells)), shape=shape, dtype=float)
        return cls(matrix, signs * np.array([row.yuan for row in rows]) / scale, scale)

    def among(self, some: Sequence[int]) -> Programme:
        """Return the programme of some of the rows."""
        at = np.asarray(some, int)
        return self._replace(matrix=self.matrix[at], right=self.right[at])

    def few(self) -> Few:
        """Return the same for few rows, cells that the same rows hold taken as one."""
        return Few(np.unique(self.matrix.toarray(), axis=1), self.right)

    def clashing(self, weight: Floats | None = None) -> list[int]:
        """Return rows that clash by themselves; none where all can hold.

        Parameters
        ----------
        weight
            How readily each row gives way, above 0 and at most 1, (rows,). The least ``z`` with
            ``matrix @ x + weight * z >= right`` is above 0 where rows clash, and rows with a dual
            value then clash by themselves; those of a vertex are few. None where any will do.
        """
        rows, cells = self.matrix.shape
        heavy, last = np.ones(rows) if weight is None else weight, self.matrix.indptr[1:]
        # The transpose, by columns, with the weights as one row more.
        parts = (
            np.insert(self.matrix.data, last, heavy),
            np.insert(self.matrix.indices, last, cells),
            self.matrix.indptr + np.arange(rows + 1),
        )
        weighed = sparse.csc_array(parts, shape=(cells + 1, rows))
        duals = self._duals(weighed, np.append(np.zeros(cells), 1.0), np.inf)
        return np.flatnonzero(duals > 1e-9 * duals.max(initial=0.0)).tolist()

    def shortfall_yuan(self) -> int:
        """Return the least sum of misses, each row giving way by itself."""
        duals = self._duals(self.matrix.T, np.zeros(self.matrix.shape[1]), 1.0)
        return math.ceil(round(float(self.right @ duals) * self.scale, 2))

    def _duals(self, matrix: sparse.sparray, most: Floats, highest: float) -> Floats:
        """Return the ``y`` of the highest ``right @ y`` with ``matrix @ y <= most``; 0 for none."""
        duals = cheapest(-self.right, LinearConstraint(matrix, -np.inf, most), Bounds(0, highest))
        if duals is None or self.right @ duals <= NOTHING:
            return np.zeros(len(self.right))
        return duals

    def needed(self) -> set[int]:
        """Return rows without which the others can hold, as far as tables at hand show it.

        The table with the least sum of misses often misses one row only, and so do others when a
        cell of that row gives or takes what it misses, and a cell of another row the opposite.
        """
        rows, cells = self.matrix.shape
        own = sparse.hstack([self.matrix, sparse.eye_array(rows)], format="csc")
        cost = np.repeat([0.0, 1.0], [cells, rows])
        found = cheapest(cost, LinearConstraint(own, self.right, np.inf))
        if found is None:
            return set()
        amounts, misses = np.split(found, [cells])
        missed = np.flatnonzero(misses > NOTHING).tolist()
        tables = {missed[0]: amounts} if len(missed) == 1 else {}
        for row in missed * len(tables):
            tables = self._moved(row, tables[row]) | tables
        for row in list(tables)[:TABLES]:
            tables = self._moved(row, tables[row]) | tables
        return set(tables)

    def _moved(self, row: int, amounts: Floats) -> dict[int, Floats]:
        """Return tables, one move from a table that misses one row, that miss another row only."""
        matrix, slack = self.matrix.tocoo(), self.matrix @ amounts - self.right
        (rows, cells), signs, by = matrix.coords, matrix.data, -slack[row]
        way = float(signs[rows == row][0])
        able = (np.full(len(amounts), True), amounts >= by)
        found: dict[int, Floats] = {}
        for one in cells[(rows == row) & able[way < 0][cells]][:TABLES].tolist():
            first = amounts + way * by * (np.arange(len(amounts)) == one)
            left = self.matrix @ first - self.right
            was = left < -NOTHING
            change = (left[rows] - way * by * signs < -NOTHING).astype(float) - was[rows]
            count = was.sum() + np.bincount(cells, change, len(amounts))
            which = np.flatnonzero(was).sum() + np.bincount(cells, change * rows, len(amounts))
            for cell in np.flatnonzero((count == 1) & able[way > 0]).tolist():
                if (other := int(which[cell])) not in found:
                    found[other] = first - way * by * (np.arange(len(amounts)) == cell)
            if was.sum() == 1:
                found.setdefault(int(np.flatnonzero(was)[0]), first)
        return found
