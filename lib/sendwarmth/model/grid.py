"""The grid of whole units: bounds drawn in to it, shares of it in integers, ties broken by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
"""Of a unit: an amount this near to a multiple counts as on it."""


@lru_cache(maxsize=2**16, typed=True)
def tie(*ids: object) -> float:
    """Return a number in [0, 1) that depends on the ids alone, to break ties by.

    Examples
    --------
    >>> tie("north", "drivers") == tie("north", "drivers") != tie("drivers", "north")
    True
    """
    digest = sha256("\x1f".join(map(str, ids)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def ties_by_content(table: Floats) -> tuple[list[str], list[str]]:
    """Return keys for the rows and columns of a table without ids: what they hold, not where.

    Columns that hold the same amounts are told apart by their order, and so are equal rows.

    Examples
    --------
    >>> rows, columns = ties_by_content(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> swapped, same = ties_by_content(np.array([[3.0, 4.0], [1.0, 2.0]]))
    >>> rows == swapped[::-1], columns == same
    (True, True)
    """
    columns = _numbered(tie(*sorted(column)) for column in table.T.tolist())
    rows = _numbered(tie(*sorted(zip(columns, row, strict=True))) for row in table.tolist())
    return rows, columns


def _numbered(keys: Iterable[float]) -> list[str]:
    seen: Counter[float] = Counter()
    numbered = []
    for key in keys:
        numbered.append(f"{key}/{seen[key]}")
        seen[key] += 1
    return numbered


def draw_in(lower: ArrayLike, upper: ArrayLike, unit: ArrayLike) -> tuple[Floats, Floats]:
    """Draw bounds in to the grid: lower ones up and upper ones down to a multiple of the unit.

    Parameters
    ----------
    lower, upper
        Yuan, any shapes; -inf and inf for no bound.
    unit
        Yuan, above 0.

    Returns
    -------
    tuple of float arrays
        Yuan. Where the range holds no multiple, lower comes out above upper.

    Examples
    --------
    >>> low, high = draw_in([1_200.0, 3_000.0], [5_900.0, 3_000.0], 1_000)
    >>> print(low, high)
    [2000. 3000.] [5000. 3000.]
    """
    step = np.asarray(unit, dtype=float)
    low = np.ceil(np.asarray(lower, dtype=float) / step - TOLERANCE) * step
    high = np.floor(np.asarray(upper, dtype=float) / step + TOLERANCE) * step
    return low + 0.0, high + 0.0  # + 0.0 makes -0.0 a plain 0


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
    low, high = draw_in(-np.inf if floor is None else floor, np.inf if cap is None else cap, unit)
    return (None if floor is None else low), (None if cap is None else high)


def unit_that_works(low: float, high: float, unit: int) -> int | None:
    """Return the largest of ..., 5, 2, 1 yuan that divides the unit and has a multiple in a range.

    None where even a whole yuan does not lie in it.

    Examples
    --------
    >>> unit_that_works(1_200_500, 1_200_500, 1_000), unit_that_works(0.2, 0.7, 1_000)
    (500, None)
    """
    for step in (digit * 10**e for e in reversed(range(len(str(unit)))) for digit in (5, 2, 1)):
        least, most = draw_in(low, high, step)
        if unit % step == 0 and least <= most:
            return step
    return None


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split a whole number in proportion to whole weights: Hamilton's method, in integers only.

    Everyone gets the whole part of the exact share; what is left goes, one each, to the largest
    remainders. Equal remainders are ordered by `tie`, so the order of the mapping never matters.

    Parameters
    ----------
    total
        What to split, 0 or more: units, not yuan.
    weights
        By id, 0 or more, not all 0.

    Examples
    --------
    >>> largest_remainder(10, {"a": 500_000, "b": 330_000, "c": 170_000})
    {'a': 5, 'b': 3, 'c': 2}
    """
    whole = sum(weights.values())
    if total < 0 or whole <= 0 or min(weights.values()) < 0:
        raise ValueError(f"cannot split {total} by weights {dict(weights)}: none may be below 0")
    parts = {key: divmod(total * weight, whole) for key, weight in weights.items()}
    left = total - sum(quotient for quotient, _ in parts.values())
    first = sorted(parts, key=lambda key: (-parts[key][1], tie(key)))[:left]
    return {key: quotient + (key in first) for key, (quotient, _) in parts.items()}
