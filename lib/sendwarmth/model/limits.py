"""A limit: a named set of cells with a floor and a cap on its sum.

Region bases and caps, group floors, blocs, earmarked sources and bands around last year are all
limits; a cell's own bounds and locks are not (they are arrays of the table's shape).

Names say where a limit comes from: ``field/member``, for example ``region_floor_yuan/xian`` or
``limits/陕南不少于``; the view turns them into the planner's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Limit:
    """A floor and a cap on the sum over a set of cells.

    Parameters
    ----------
    name
        ``field/member``.
    mask
        Which cells, bool of shape (R, G), or (B, R, G) in a batch.
    floor, cap
        Yuan, or None for no bound; shape (B,) in a batch. Equal values fix the sum.
    """

    name: str
    mask: NDArray[np.bool_]
    floor: ArrayLike | None = None
    cap: ArrayLike | None = None


@dataclass(frozen=True)
class Family:
    """Many disjoint limits at once, for tables of thousands of rows.

    Parameters
    ----------
    names
        One name a limit, K of them.
    labels
        Which limit holds a cell, int of shape (R, G), -1 for none.
    floor, cap
        Yuan, shape (K,) or (B, K), or None; -inf and inf for no bound.
    """

    names: Sequence[str]
    labels: NDArray[np.int_]
    floor: ArrayLike | None = None
    cap: ArrayLike | None = None


def each(limits: Sequence[Limit | Family]) -> Iterator[Limit]:
    """Yield every limit of an unbatched sequence by itself, the members of a family in their order.

    Examples
    --------
    >>> rows = Family(["a", "b"], np.array([[0, 0], [1, 1]]), floor=[1.0, 2.0])
    >>> [(limit.name, float(limit.floor), int(limit.mask.sum())) for limit in each([rows])]
    [('a', 1.0, 2), ('b', 2.0, 2)]
    """
    for limit in limits:
        if isinstance(limit, Limit):
            yield limit
            continue
        for k, name in enumerate(limit.names):
            floor = None if limit.floor is None else float(np.asarray(limit.floor)[k])
            cap = None if limit.cap is None else float(np.asarray(limit.cap)[k])
            yield Limit(name, limit.labels == k, floor, cap)
