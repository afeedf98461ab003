"""The sums a rounding must keep: of regions, groups, the total and limits, in whole units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array

from sendwarmth.model.grid import TOLERANCE, draw_in
from sendwarmth.model.limits import Family, Limit

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Named = tuple[str, object]
"""Its kind (``region``, ``group``, ``total``, ``limit``) and what it is called."""


def snap(units: Floats) -> Floats:
    """Return amounts in units, those within the tolerance of a whole number as that number."""
    whole = np.rint(units)
    return np.where(np.abs(units - whole) <= TOLERANCE, whole, units)


def whole_bounds(
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    unit: int,
    total: int,
    shape: tuple[int, ...] | int,
) -> tuple[Floats, Floats]:
    """Return bounds in whole units; where there are none, 0 and the total are."""
    low, high = draw_in(
        0 if lower is None else np.maximum(lower, 0),
        total if upper is None else np.minimum(upper, total),
        unit,
    )
    return np.broadcast_to(np.rint(low / unit), shape), np.broadcast_to(np.rint(high / unit), shape)


@dataclass(frozen=True)
class Sums:
    """Sums over sets of cells, each to lie between two whole numbers, in units.

    ``rows`` and ``cells`` say, entry by entry, which sum holds which cell.
    """

    names: Sequence[Named]
    rows: Indices
    cells: Indices
    low: Floats
    high: Floats

    def of_steps(self, down: Floats, free: NDArray[np.bool_]) -> Steps:
        """Return what the steps up from ``down`` must add to, without sums that cannot bind."""
        count, open_cells = len(self.names), free.ravel()
        movable = open_cells[self.cells]
        base = np.bincount(self.rows, down.ravel()[self.cells], count).astype(float)
        room = np.bincount(self.rows, movable, count)
        low, high = self.low - base, self.high - base
        binding = (low > 0) | (high < room)
        kept = movable & binding[self.rows]
        row = (np.cumsum(binding) - 1)[self.rows[kept]]
        column = (np.cumsum(open_cells) - 1)[self.cells[kept]]
        shape = int(binding.sum()), int(open_cells.sum())
        return Steps(
            names=list(compress(self.names, binding)),
            matrix=csc_array((np.ones(len(row)), (row, column)), shape),
            low=low[binding],
            high=high[binding],
            base=base[binding],
        )


class Steps(NamedTuple):
    """The sums that steps of 0 or 1 unit must keep; ``base`` is what they start from."""

    names: Sequence[Named]
    matrix: csc_array
    low: Floats
    high: Floats
    base: Floats


def sums_of(
    units: Floats,
    unit: int,
    total: int,
    limits: Sequence[Limit | Family],
    named: Sequence[Named],
) -> Sums:
    """Collect every sum to keep; ``named`` are the regions and groups, in the table's order."""
    r, g = units.shape
    exact = snap(np.concatenate([units.sum(axis=1), units.sum(axis=0)]))
    names = [*named, ("total", "")]
    whole = np.array([total / unit])
    low, high = [np.floor(exact), whole], [np.ceil(exact), whole]
    every = np.arange(r * g)
    rows, cells = [every // g, r + every % g, np.full(r * g, r + g)], [every] * 3
    for limit in limits:
        members, labels = _members(limit, units.shape)
        inside = np.flatnonzero(labels >= 0)
        rows.append(len(names) + labels[inside])
        cells.append(inside)
        names += [("limit", name) for name in members]
        floor, cap = whole_bounds(limit.floor, limit.cap, unit, total, len(members))
        low.append(floor)
        high.append(cap)
    return Sums(names, *map(np.concatenate, (rows, cells, low, high)))


def _members(
    limit: Limit | Family, shape: tuple[int, ...]
) -> tuple[Sequence[str], NDArray[np.intp]]:
    """Return a limit's names and, for each cell, the number of its name, -1 for none."""
    names: Sequence[str]
    if isinstance(limit, Limit):
        names, labels = [limit.name], np.asarray(limit.mask, bool).astype(int) - 1
    else:
        names, labels = limit.names, np.asarray(limit.labels)
    if labels.ndim != 2:
        raise ValueError("a table is rounded by itself: its limits carry no batch axis")
    return names, np.broadcast_to(labels, shape).ravel()
