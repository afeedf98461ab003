"""The fit: the table nearest to a target that keeps every limit.

Given a target ``t``, bounds ``l <= x <= u`` of every cell, limits ``floor_k <= sum(x over S_k) <=
cap_k`` over any sets of cells, and a total ``D``, the fit is the one table that minimises the
relative entropy::

    sum over cells of  x log(x / t) - x + t        subject to the bounds, the limits, sum(x) = D

At the optimum every cell is its target times one multiplier a limit that holds it, clipped::

    x = clip(t * level * product of m_k over the limits k that hold the cell, l, u)

with ``m_k = 1`` where limit k is slack, above 1 where its floor binds, below 1 where its cap binds.
Where nothing binds the target comes back in proportion; fixed margins give iterative proportional
fitting (RAS), bounds of cells alone give weighted water-filling.

The logarithms ``y`` of the multipliers solve the dual, a convex problem with one variable a limit
(``A`` has a row of zeros and ones a limit; the total is the last limit, with floor = cap = D)::

    minimise  sum over cells of f(s)  -  sum over limits of (floor y where y > 0, cap y where y < 0)
    s = A' y,   f(s) = x (1 + s - clip(s)),   x = t exp(clip(s)),   clip to log(l/t) .. log(u/t)

It is solved by Newton steps with proximal safeguards (``newton``), in shares of the total, to
1e-10. Why the dual, and why Newton: tables have many cells and few limits; cyclic methods (raise or
lower one limit after the other) stall where limits overlap and nearly clash, and a solver with an
accuracy of its own misses the total by yuan. The dual falls without end exactly where the limits
clash, and the direction in which it falls says which of them do: the certificate.

Multipliers are not unique where limits depend on each other (all rows, all columns and the total):
those with the least sum of squared logarithms are reported, the level being left out of that sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sendwarmth.model import newton
from sendwarmth.model.limits import Family, Limit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """What the fit found; every array has the leading axes of the problems, none for one problem.

    Attributes
    ----------
    amounts
        The plan before rounding, (..., R, G); NaN where the status is not ``done``.
    multipliers
        One a limit, (..., K), in the order given, families in place: 1 where the limit is slack,
        above 1 where its floor binds, below 1 where its cap binds, 0 where a cap of 0 closes cells.
    level
        The multiplier of the total, (...): ``amounts = clip(target * level * multipliers of the
        limits that hold the cell, lower, upper)``.
    status
        ``done`` or ``infeasible``, (...).
    certificate
        One weight a limit and a last one for the total, (..., K + 1), the largest of size 1, zero
        where the status is ``done``. Weighted so, no table within the bounds of its cells reaches
        what the limits ask for; limits of weight zero have no part in the clash.
    steps
        Newton steps taken, (...).
    miss
        By how much a limit is broken at worst, (...), in shares of the total.
    """

    amounts: Floats
    multipliers: Floats
    level: Floats
    status: NDArray[np.str_] | str
    certificate: Floats
    steps: NDArray[np.int_] | int
    miss: Floats


class NotConverged(RuntimeError):
    """The limits can hold together, yet the method did not reach the optimum."""


class _Rows(NamedTuple):
    """Limits as rows over flat cells: mask (..., K, N), floor and cap (..., K)."""

    mask: NDArray[np.bool_]
    floor: Floats
    cap: Floats


def _rows(limits: Sequence[Limit | Family], cells: int) -> _Rows:
    masks, floors, caps = [np.zeros((0, cells), bool)], [np.zeros(0)], [np.zeros(0)]
    for limit in limits:
        if isinstance(limit, Family):
            labels = np.asarray(limit.labels).reshape(1, cells)
            mask = labels == np.arange(len(limit.names))[:, None]
        else:
            mask = np.asarray(limit.mask, bool).reshape(1, cells)
        masks.append(mask)
        floors.append(np.full(len(mask), -np.inf if limit.floor is None else limit.floor, float))
        caps.append(np.full(len(mask), np.inf if limit.cap is None else limit.cap, float))
    return _Rows(np.concatenate(masks), np.concatenate(floors), np.concatenate(caps))


def fit(
    target: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    limits: Sequence[Limit | Family],
    total: ArrayLike,
) -> Fit:
    """Return the table nearest to ``target`` that keeps every bound, every limit and the total.

    Parameters
    ----------
    target
        What would be fair without limits, (..., R, G), at least 0; its scale does not matter. A
        cell with a target of 0 stays at its lower bound.
    lower, upper
        Bounds of the cells, yuan, (..., R, G); ``lower == upper`` locks a cell, ``inf`` leaves it
        open.
    limits
        Floors and caps on sums over sets of cells, yuan.
    total
        What the table adds to, yuan, scalar or (...).

    Returns
    -------
    Fit
        Limits that clash are a status, not an error.

    Raises
    ------
    ValueError
        A number is missing or negative where it cannot be.
    NotConverged
        The limits can hold together, yet the optimum was not reached: a fault, never an answer.

    Examples
    --------
    >>> import numpy as np
    >>> floors, caps = np.array([[0, 23, 0, 12]]), np.array([[23, 61, 19, 12]])
    >>> fit(np.array([[3, 2, 3, 2]]), floors, caps, [], 100).amounts.round(6)
    array([[23., 46., 19., 12.]])
    """
    target, lower, upper = (np.asarray(a, float) for a in (target, lower, upper))
    if target.ndim > 2 or np.ndim(total):
        raise NotImplementedError
    return _one(target, lower, upper, _rows(limits, target.size), float(total))


def _one(target: Floats, lower: Floats, upper: Floats, rows: _Rows, total: float) -> Fit:
    shape = target.shape
    target, lower, upper = (a.reshape(-1) for a in np.broadcast_arrays(target, lower, upper))
    scale = total or 1.0
    upper = np.minimum(upper, total)
    shut = rows.cap == 0
    if shut.any():
        upper = np.where(rows.mask[shut].any(axis=0) & (lower <= 0), 0.0, upper)
    free = (target > 0) & (upper > lower)
    crossed = upper < lower
    upper = np.where(free, upper, lower)
    whole = target[free].sum() if free.any() else 1.0
    share = np.where(free, target / whole, lower / scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(free, np.log(lower / scale / share), 0.0)
        high = np.where(free, np.log(upper / scale / share), 0.0)
    problem = newton.Problem(
        share,
        lower / scale,
        upper / scale,
        low,
        high,
        np.append(np.where(rows.floor > 0, rows.floor, -np.inf), total) / scale,
        np.append(rows.cap, total) / scale,
        newton.DenseSums(np.vstack([rows.mask, np.ones(len(target), bool)]).astype(float)),
    )
    end = newton.solve(problem)
    y = end.point.y
    if end.verdict == "undecided":
        raise NotConverged
    good = end.verdict == "done" and not crossed.any()
    spread = end.point.spread
    amounts = np.where(
        spread <= low, lower, np.where(spread >= high, upper, end.point.cells * scale)
    )
    multipliers = np.where(shut, 0, np.exp(y[:-1]))
    return Fit(
        amounts=(amounts if good else np.full_like(target, np.nan)).reshape(shape),
        multipliers=multipliers if good else np.full_like(multipliers, np.nan),
        level=np.float64(np.exp(y[-1]) * total / whole) if good else np.float64(np.nan),
        status="done" if good else "infeasible",
        certificate=np.zeros_like(y) if end.verdict == "done" else y / np.abs(y).max(),
        steps=end.steps,
        miss=np.float64(newton.miss(problem, end.point)),
    )
