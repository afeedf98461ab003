"""Exact money: a fitted table moved to whole units, with every total an adjacent one.

Controlled rounding moves every cell, every region total and every group total to one of the two
multiples of the unit next to it, makes the grand total exact, keeps every bound and limit, and
moves as little money as it can.

It always succeeds where the limits split into two families, in each of which any two sets are
nested or disjoint: regions inside blocs inside the total in the one, sets inside a group inside
the total in the other. The sums then form a network, the vertices of a network are whole numbers,
and a linear programme finds one, even for a table whose sums are off by what a fit leaves: a
network without an answer is off by one whole unit or more. Limits that overlap otherwise need the
0/1 programme and may have no answer: then the finding ``cannot_round`` says which sum is off, and
by how much.

Sources: L. H. Cox and L. R. Ernst, "Controlled rounding", INFOR 20 (1982); B. D. Causey, L. H. Cox
and L. R. Ernst, "Applications of transportation theory to statistical problems", JASA 80 (1985),
which has the 2 x 2 x 2 table that cannot be rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from sendwarmth.model.findings import Finding, Infeasible
from sendwarmth.model.grid import TOLERANCE, tie, ties_by_content
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.linear import cheapest
from sendwarmth.model.rounded_sums import Steps, snap, sums_of, whole_bounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def round_table(  # noqa: PLR0913
    values: ArrayLike | pd.DataFrame,
    unit: int,
    total: int,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    limits: Sequence[Limit | Family] = (),
    *,
    region_ids: Sequence[object] | None = None,
    group_ids: Sequence[object] | None = None,
) -> Ints:
    """Round a table to whole units so that everything still adds up.

    Parameters
    ----------
    values
        Yuan, shape (R, G), not below 0, adding to ``total`` but for floating point. The labels of
        a frame serve as ids.
    unit
        Yuan. Amounts within 1e-6 unit of a multiple count as on it and stay.
    total
        Yuan, a multiple of the unit.
    lower, upper
        Yuan, shape (R, G), drawn in to the grid if they are not yet; None for no bound.
    limits
        Their sums keep floor and cap; they need not be adjacent to anything.
    region_ids, group_ids
        They break ties, so that the order of rows and columns never matters, and name what cannot
        be rounded. Without them ties are broken by the amounts in the same row and column: then
        order matters between equal rows, and between columns that hold the same amounts.

    Returns
    -------
    int array of shape (R, G)
        Yuan.

    Raises
    ------
    Infeasible
        ``cannot_round_cell`` for each cell whose amount lies outside its bounds; else
        ``cannot_round`` for each sum that is off in the nearest table there is.

    Examples
    --------
    >>> print(round_table([[1_400.0, 1_600.0], [2_700.0, 1_300.0]], 1_000, 7_000))
    [[1000 2000]
     [3000 1000]]
    """
    exact = np.array(values, dtype=float)
    if exact.ndim != 2 or not np.isfinite(exact).all() or (exact < 0).any():
        raise ValueError("values must be a table of finite amounts, none below 0")
    if unit <= 0 or unit != int(unit):
        raise ValueError(f"the unit must be a whole number of yuan above 0, not {unit}")
    unit = int(unit)
    if total < 0 or total % unit:
        raise ValueError(f"total must be a multiple of the unit {unit}, 0 or more, not {total}")
    total = int(total)
    if isinstance(values, pd.DataFrame):
        region_ids = values.index if region_ids is None else region_ids
        group_ids = values.columns if group_ids is None else group_ids
    regions, groups = _names(exact, region_ids, group_ids)
    units = snap(exact / unit)
    low, high = whole_bounds(lower, upper, unit, total, exact.shape)
    down, up = np.maximum(np.floor(units), low), np.minimum(np.ceil(units), high)
    if (down > up).any():
        raise Infeasible(
            Finding(
                "cannot_round_cell",
                facts={
                    "region": regions[r].shown,
                    "group": groups[g].shown,
                    "exact_yuan": float(exact[r, g]),
                    "floor_yuan": int(low[r, g]) * unit,
                    "cap_yuan": int(high[r, g]) * unit,
                    "unit_yuan": unit,
                },
            )
            for r, g in np.argwhere(down > up)
        )
    free = up > down
    named = [
        (kind, n.shown) for kind, axis in (("region", regions), ("group", groups)) for n in axis
    ]
    sums = sums_of(units, unit, total, limits, named).of_steps(down, free)
    cost = np.round((1 - 2 * (units - down)[free]) * 1e4)
    cost += [tie(regions[r].key, groups[g].key) for r, g in np.argwhere(free)]
    steps = _cheapest(cost, sums)
    if steps is None:
        raise Infeasible(_misses(sums, unit))
    rounded = down.astype(np.int64)
    rounded[free] += steps
    return rounded * unit


class _Name(NamedTuple):
    """What findings call a row or column, and what ties are broken by."""

    shown: object
    key: object


def _names(
    exact: Floats, region_ids: Iterable[object] | None, group_ids: Iterable[object] | None
) -> tuple[list[_Name], list[_Name]]:
    """Name rows and columns by their ids or, without, by place and break ties by content."""
    content: tuple[Sequence[str], ...] = ((), ())
    if region_ids is None or group_ids is None:
        content = ties_by_content(exact)
    regions, groups = (
        [_Name(*pair) for pair in enumerate(keys)] if ids is None else [_Name(n, n) for n in ids]
        for keys, ids in zip(content, (region_ids, group_ids), strict=True)
    )
    if (len(regions), len(groups)) != exact.shape:
        raise ValueError(f"ids must name rows and columns of the shape {exact.shape}, one each")
    return regions, groups


def _cheapest(cost: Floats, sums: Steps) -> Ints | None:
    """Return the cheapest 0/1 steps that keep the sums, or None where there are none.

    The linear programme comes first: on a network its vertex is whole already.
    """
    if (sums.low > sums.high).any() or not len(cost):
        return None if len(sums.names) else np.zeros(0, dtype=np.int64)
    kept = LinearConstraint(sums.matrix, sums.low, sums.high)
    for whole in (0, 1):
        answer = cheapest(cost, kept, Bounds(0, 1), whole)
        if answer is None:
            return None
        steps = np.rint(answer)
        amounts = sums.matrix @ steps
        near = np.abs(answer - steps).max() <= TOLERANCE
        if near and (sums.low <= amounts).all() and (amounts <= sums.high).all():
            return steps.astype(np.int64)
    raise RuntimeError("the 0/1 programme ended with steps that do not keep their sums")


def _misses(sums: Steps, unit: int) -> list[Finding]:
    """Return what is off in the table that comes nearest; the total gives way last."""
    count, cells = sums.matrix.shape
    price = [1e3 if kind == "total" else 1 + 1e-3 * tie(kind, name) for kind, name in sums.names]
    slack = sparse.eye_array(count)
    free = np.full(count, np.inf)
    answer = cheapest(
        np.concatenate([np.zeros(cells), price, price]),
        LinearConstraint(
            sparse.block_array([[sums.matrix, slack, None], [sums.matrix, None, -slack]]),
            np.concatenate([sums.low, -free]),
            np.concatenate([free, sums.high]),
        ),
        Bounds(0, np.repeat([1, np.inf], [cells, 2 * count])),
        np.repeat([1, 0], [cells, 2 * count]),
    )
    if answer is None:
        raise RuntimeError("any sum may be off, and yet no rounding was found")
    short, over = np.rint(answer[cells:]).reshape(2, count)
    bounds = zip(sums.names, over - short, sums.base + sums.low, sums.base + sums.high, strict=True)
    found = [
        Finding(
            "cannot_round",
            facts={
                "kind": kind,
                "name": name,
                "off_yuan": int(off) * unit,
                "unit_yuan": unit,
                "floor_yuan": int(floor) * unit,
                "cap_yuan": int(cap) * unit,
            },
        )
        for (kind, name), off, floor, cap in bounds
        if off
    ]
    if not found:
        raise RuntimeError("no rounding was found, and nothing that stands against one")
    return found
