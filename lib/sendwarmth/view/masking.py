"""Which head counts a shared page hides: small ones, and what would give them away.

Counts from 1 to 4 are hidden. A reader who knows the sums of rows and columns could work a hidden
count out where it stands alone between counts that are shown, or where the hidden part of a row or
column is small itself. So every hidden count lies on a closed way of hidden counts, from row to
column to row, along which any one could grow and the next shrink; where a table has no such way, it
leads through the totals, which are hidden too. Money is never hidden.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST_SHOWN = 5
MASKED = "*"
Cell = tuple[int, int]


@dataclass(frozen=True)
class Mask:
    """What is hidden of a table of counts.

    Parameters
    ----------
    cells
        bool, labelled like the table.
    totals
        bool, of the totals of its columns.
    """

    cells: pd.DataFrame
    totals: pd.Series

    @property
    def any(self) -> bool:
        """Return whether anything is hidden."""
        return bool(self.cells.to_numpy().any())

    def shown(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return a table of the same labels with `MASKED` where counts are hidden."""
        return values.astype(object).where(~self.cells, MASKED)

    def shown_totals(self, values: pd.Series) -> pd.Series:
        """Return totals of the columns with `MASKED` where they are hidden."""
        return values.astype(object).where(~self.totals, MASKED)


def smallest_shown(internal: bool) -> int:
    """Return the smallest count that may be read: any where a result is for internal use."""
    return 0 if internal else SMALLEST_SHOWN


def hidden(heads: pd.DataFrame, least: int = SMALLEST_SHOWN) -> Mask:
    """Return which counts of a table, and which totals of its columns, are hidden.

    Parameters
    ----------
    heads
        Counts, any shape; the totals of its rows and the grand total are taken to be known.
    least
        The smallest count that may be read; 0 hides nothing.

    Returns
    -------
    Mask
        Noughts are never hidden; of the counts that cover a small one the smallest are.

    Examples
    --------
    >>> table = pd.DataFrame([[3, 40, 9], [20, 50, 60], [70, 80, 90]])
    >>> print(hidden(table).cells.to_numpy().astype(int))
    [[1 0 1]
     [1 0 1]
     [0 0 0]]
    """
    inner = heads.to_numpy(dtype=np.int64)
    counts = np.vstack([inner, inner.sum(axis=0)])  # the totals are one more row
    mask = (counts > 0) & (counts < least)
    waiting = [(int(i), int(j)) for i, j in np.argwhere(mask)]
    while waiting:
        while waiting:
            for cell in _cover(waiting.pop(), mask, counts):
                mask[cell] = True
                waiting.append(cell)
        for cell in _thin(mask, counts, least):
            mask[cell] = True
            waiting.append(cell)
    cells = pd.DataFrame(mask[:-1], index=heads.index, columns=heads.columns)
    return Mask(cells, pd.Series(mask[-1], index=heads.columns))


def _thin(mask: NDArray[np.bool_], counts: NDArray[np.int64], least: int) -> Iterator[Cell]:
    """Yield the smallest shown count of every line whose hidden counts are few people together."""
    open_columns = np.flatnonzero(~mask[-1])
    lines = [[(i, j) for j in range(mask.shape[1])] for i in range(len(mask))]
    lines += [[(i, j) for i in range(len(mask) - 1)] for j in map(int, open_columns)]
    for line in lines:
        together = sum(int(counts[cell]) for cell in line if mask[cell])
        shown = [cell for cell in line if not mask[cell] and counts[cell] > 0]
        if 0 < together < least and shown:
            yield min(shown, key=lambda cell: (counts[cell], cell))


def _cover(cell: Cell, mask: NDArray[np.bool_], counts: NDArray[np.int64]) -> Iterator[Cell]:
    """Yield the counts to hide so that a hidden one lies on a closed way, fewest people first.

    Dijkstra's shortest way from the cell's row to its column without the cell; a count that is
    hidden already costs nothing.
    """
    rows = len(mask)
    price = np.where(mask, 0, np.where(counts > 0, counts, -1))
    price[cell] = -1
    start, goal = cell[0], rows + cell[1]
    best, came = {start: 0}, dict[int, int]()
    queue = [(0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal or cost > best[node]:
            continue
        row = node < rows
        prices = price[node] if row else price[:, node - rows]
        for other in np.flatnonzero(prices >= 0):
            there = int(other) + (rows if row else 0)
            total = cost + int(prices[other])
            if total < best.get(there, total + 1):
                best[there], came[there] = total, node
                heapq.heappush(queue, (total, there))
    node = goal
    while node in came:
        before = came[node]
        passed = (before, node - rows) if before < rows else (node, before - rows)
        if not mask[passed]:
            yield passed
        node = before
