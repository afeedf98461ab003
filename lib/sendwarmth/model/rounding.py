"""Exact money: a fitted table moved to whole units, with every total an adjacent one.

Controlled rounding moves every cell, every region total and every group total to one of the two
multiples of the unit next to it, makes the grand total exact, keeps every bound and limit, and
moves as little money as it can.

It always succeeds where the limits split into two families, in each of which any two sets are
nested or disjoint: the regions inside blocs inside the total in the one, sets inside a group inside
the total in the other. The sums then form a network, whose vertices are whole numbers, so that the
linear programme answers. Limits that overlap otherwise need the 0/1 programme and may have no
answer at all: then the finding ``cannot_round`` says which sum is off, and by how much.

Source: L. H. Cox, "A constructive procedure for unbiased controlled rounding", JASA 82 (1987);
B. D. Causey, L. H. Cox and L. R. Ernst, "Applications of transportation theory to statistical
problems", JASA 80 (1985), which has the 2 x 2 x 2 table that cannot be rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from .findings import Finding, Infeasible
from .limits import Family, Limit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE = 1e-6
"""Of a unit: an amount this near to a multiple counts as on it."""


def tie(*ids: object) -> float:
    """Return a number in [0, 1) that depends on the ids alone, to break ties by.

    Examples
    --------
    >>> tie("north", "drivers") == tie("north", "drivers") != tie("drivers", "north")
    True
    """
    digest = sha256("\x1f".join(map(str, ids)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def draw_in(lower: ArrayLike, upper: ArrayLike, unit: ArrayLike) -> tuple[Floats, Floats]:
    """Draw bounds in to the grid: lower ones up and upper ones down to a multiple of the unit.

    Parameters
    ----------
    lower, upper
        Yuan, any shape; -inf and inf for no bound.
    unit
        Yuan, above 0.

    Returns
    -------
    tuple of float arrays
        Yuan. Where the range holds no multiple, lower comes out above upper: see `off_grid`.

    Examples
    --------
    >>> low, high = draw_in([1_200.0, 3_000.0], [5_900.0, 3_000.0], 1_000)
    >>> print(low, high)
    [2000. 3000.] [5000. 3000.]
    """
    step = np.asarray(unit, dtype=float)
    low = np.ceil(np.asarray(lower, dtype=float) / step - TOLERANCE) * step
    high = np.floor(np.asarray(upper, dtype=float) / step + TOLERANCE) * step
    return low + 0.0, high + 0.0  # + 0.0 turns -0.0 into 0.0


def draw_in_limit(
    floor: ArrayLike | None, cap: ArrayLike | None, unit: ArrayLike
) -> tuple[Floats | None, Floats | None]:
    """Draw a limit's floor and cap in to the grid; None, for no bound, stays None.

    Examples
    --------
    >>> low, high = draw_in_limit(17_000_300, None, 1_000)
    >>> print(low, high)
    17001000.0 None
    """
    low, high = draw_in(
        -np.inf if floor is None else floor, np.inf if cap is None else cap, unit
    )
    return (None if floor is None else low), (None if cap is None else high)


def off_grid(lower: ArrayLike, upper: ArrayLike, unit: int) -> dict[tuple[int, ...], dict[str, Any]]:
    """Return the places whose range holds no multiple of the unit, with what would do instead.

    Ranges that are empty to begin with (lower above upper) are a clash, not a matter of the grid,
    and are not returned.

    Returns
    -------
    dict
        By index (``()`` for scalars): ``below_yuan`` and ``above_yuan``, the multiples on either
        side, and ``unit_that_works_yuan``, the largest of 1, 2, 5, 10, ... that divides the unit
        and has a multiple in the range, or None.

    Examples
    --------
    >>> off_grid(1_200_500, 1_200_500, 1_000)[()]
    {'below_yuan': 1200000, 'above_yuan': 1201000, 'unit_that_works_yuan': 500}
    """
    low, high = np.broadcast_arrays(np.asarray(lower, float), np.asarray(upper, float))
    drawn_low, drawn_high = draw_in(low, high, unit)
    found = {}
    for index in zip(*np.nonzero(np.atleast_1d((drawn_low > drawn_high) & (low <= high)))):
        at = tuple(int(i) for i in index) if low.ndim else ()
        found[at] = {
            "below_yuan": int(drawn_high[at]),
            "above_yuan": int(drawn_low[at]),
            "unit_that_works_yuan": _unit_that_works(low[at], high[at], unit),
        }
    return found


def _unit_that_works(low: float, high: float, unit: int) -> int | None:
    series = (m * 10**e for e in reversed(range(len(str(unit)))) for m in (5, 2, 1))
    for step in series:
        drawn_low, drawn_high = draw_in(low, high, step)
        if unit % step == 0 and drawn_low <= drawn_high:
            return step
    return None


@dataclass(frozen=True)
class _Sums:
    """Sums over sets of cells, in units, with the whole numbers they must lie between."""

    kinds: list[tuple[str, Any]]
    matrix: sparse.csr_array
    low: Floats
    high: Floats


def round_table(
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
        Yuan, shape (R, G), not below 0, adding to ``total`` but for floating point; a frame's
        labels serve as ids.
    unit
        Yuan. Amounts within 1e-6 unit of a multiple count as on it and stay.
    total
        Yuan, a multiple of the unit.
    lower, upper
        Yuan, shape (R, G), drawn in to the grid here if they are not yet; None for no bound.
    limits
        Their sums keep floor and cap; they need not be adjacent to anything.
    region_ids, group_ids
        Break ties, so that the order of rows and columns never matters, and name what cannot be
        rounded. Without them ties are broken by the amounts in the row and the column, and only
        between rows (or columns) that are equal in every amount by their order.

    Returns
    -------
    int array of shape (R, G)
        Yuan.

    Raises
    ------
    Infeasible
        ``cannot_round``, one finding for each sum that is off in the nearest table there is;
        or for each cell whose amount lies outside its bounds.

    Examples
    --------
    >>> print(round_table([[1_400.0, 1_600.0], [2_600.0, 1_400.0]], 1_000, 7_000))
    [[1000 2000]
     [3000 1000]]
    """
    exact = np.array(values, dtype=float)
    _check(exact, unit, total)
    if isinstance(values, pd.DataFrame):
        region_ids = list(values.index) if region_ids is None else region_ids
        group_ids = list(values.columns) if group_ids is None else group_ids
    names = (
        list(range(exact.shape[0])) if region_ids is None else list(region_ids),
        list(range(exact.shape[1])) if group_ids is None else list(group_ids),
    )
    units = _snap(exact / unit)
    down, up = _cell_range(units, unit, lower, upper, names)
    sums = _sums(units, unit, total, limits, names)
    seeds = _seeds(exact, region_ids, group_ids)
    steps = _least_movement(units, down, up, sums, seeds)
    if steps is None:
        raise Infeasible(_misses(units, down, up, sums, unit))
    rounded = down.astype(np.int64) + steps
    return rounded * unit
