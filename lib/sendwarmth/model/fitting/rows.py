"""From limits as a planner states them to the rows of a fit: which cells, and bounds on their sum.

The last row of every fit is the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from sendwarmth.model.fitting.sums import BorderedSums, DenseSums, Floats, Indices, StackedSums
from sendwarmth.model.limits import Family, Limit


def size(limit: Limit | Family) -> int:
    """Return how many rows a limit has."""
    return len(limit.names) if isinstance(limit, Family) else 1


def bounds(limits: Sequence[Limit | Family], which: str, none: float, total: Floats) -> Floats:
    """Return the floors or the caps, (..., K + 1): families in place, the total last."""
    parts = [_bound(limit, getattr(limit, which), none) for limit in limits]
    return _joined([*parts, total[..., None]], kept=1)


def lead(limit: Limit | Family) -> tuple[int, ...]:
    """Return the leading axes of the cells a limit holds."""
    return np.shape(limit.mask if isinstance(limit, Limit) else limit.labels)[:-2]


def table(limit: Limit | Family) -> tuple[int, ...]:
    """Return the shape of the table whose cells a limit holds."""
    return np.shape(limit.mask if isinstance(limit, Limit) else limit.labels)[-2:]


def at(limits: Sequence[Limit | Family], index: tuple[int, ...]) -> list[Limit | Family]:
    """Return the limits of one problem, as to their cells."""
    return [
        replace(limit, mask=_at(limit.mask, index))
        if isinstance(limit, Limit)
        else replace(limit, labels=_at(limit.labels, index))
        for limit in limits
    ]


def dense(limits: Sequence[Limit | Family], shape: tuple[int, int]) -> DenseSums:
    """Return the rows of one table as a matrix."""
    return DenseSums(_matrix(limits, shape))


def stacked(
    limits: Sequence[Limit | Family], lead: tuple[int, ...], shape: tuple[int, int]
) -> StackedSums:
    """Return the rows of many tables: one matrix if they share it."""
    matrix = _matrix(limits, shape)
    if matrix.ndim > 2:
        own = matrix.shape[-2:]
        matrix = np.broadcast_to(matrix, (*lead, *own)).reshape(-1, *own)
    return StackedSums(matrix)


def bordered(limits: Sequence[Limit | Family], shape: tuple[int, int]) -> BorderedSums:
    """Return the rows of one large table, with as many as share no cell in one family.

    The largest `Family` is that family, with every `Limit` that does not overlap it; small ones
    are asked first.
    """
    cells = shape[0] * shape[1]
    first = np.cumsum([0, *map(size, limits)])
    order = sorted(range(len(limits)), key=lambda k: (-size(limits[k]), _cells(limits[k])))
    holder = np.full(cells, -1)
    held, row = [np.arange(cells)], [np.full(cells, first[-1])]
    in_family = np.zeros(first[-1] + 1, bool)
    for k in order:
        labels = _labels(limits[k]).reshape(-1)
        inside = np.flatnonzero(labels >= 0)
        its_rows = first[k] + labels[inside]
        if (isinstance(limits[k], Limit) or k == order[0]) and (holder[inside] < 0).all():
            holder[inside] = its_rows
            in_family[first[k] : first[k + 1]] = True
        else:
            held.append(inside)
            row.append(its_rows)
    family, rest = np.flatnonzero(in_family), np.flatnonzero(~in_family)
    place = np.where(in_family, np.cumsum(in_family), np.cumsum(~in_family)) - 1
    rows = _ones(place[np.concatenate(row)], np.concatenate(held), (len(rest), cells))
    inside = np.flatnonzero(holder >= 0)
    members = _ones(inside, place[holder[inside]], (cells, len(family)))
    return BorderedSums(family, rest, members, rows, rows.T.tocsr())


def _ones(row: Indices, column: Indices, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(row)), (row, column)), shape)


def _bound(limit: Limit | Family, value: ArrayLike | None, none: float) -> Floats:
    if isinstance(limit, Limit):
        return np.asarray(none if value is None else value, float)[..., None]
    return np.full(size(limit), none) if value is None else np.asarray(value, float)


def _mask(limit: Limit | Family) -> NDArray[np.bool_]:
    if isinstance(limit, Limit):
        return np.asarray(limit.mask, bool)[..., None, :, :]
    return np.asarray(limit.labels)[..., None, :, :] == np.arange(size(limit))[:, None, None]


def _labels(limit: Limit | Family) -> NDArray[np.int_]:
    if isinstance(limit, Limit):
        return np.asarray(limit.mask, bool).astype(int) - 1
    return np.asarray(limit.labels)


def _cells(limit: Limit | Family) -> int:
    return int(np.count_nonzero(_labels(limit) >= 0))


def _matrix(limits: Sequence[Limit | Family], shape: tuple[int, int]) -> Floats:
    joined = _joined([*map(_mask, limits), np.ones((1, *shape), bool)], kept=3)
    return joined.reshape(*joined.shape[:-2], shape[0] * shape[1]).astype(float)


def _at(cells: NDArray[Any], index: tuple[int, ...]) -> NDArray[Any]:
    cells = np.asarray(cells)
    return cells if cells.ndim == 2 else cells[index]


def _joined(parts: list[NDArray[Any]], kept: int) -> NDArray[Any]:
    """Join along the first of the kept axes, with leading axes broadcast."""
    if any(part.ndim > kept for part in parts):
        lead = np.broadcast_shapes(*(part.shape[: part.ndim - kept] for part in parts))
        parts = [np.broadcast_to(p, (*lead, *p.shape[p.ndim - kept :])) for p in parts]
    return np.concatenate(parts, axis=-kept)
