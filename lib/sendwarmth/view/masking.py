"""Which head counts a shared page hides: small ones, and what would give them away.

Counts from 1 to 4 are hidden. Where a row or a column would hide just one count, a reader could
subtract the others from its total, so that another is hidden too, until no row or column hides
exactly one. Money is never hidden.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SMALLEST_SHOWN = 5


def hidden(heads: pd.DataFrame, smallest_shown: int = SMALLEST_SHOWN) -> pd.DataFrame:
    """Return which counts of a table are hidden when it is shared.

    Parameters
    ----------
    heads
        Counts, any shape; totals of rows and columns are taken to be shown.
    smallest_shown
        The smallest count that may be read; 0 hides nothing.

    Returns
    -------
    pandas.DataFrame
        bool, labelled like ``heads``.

    Examples
    --------
    >>> table = pd.DataFrame([[3, 40, 9], [20, 50, 60], [70, 80, 90]])
    >>> print(hidden(table).to_numpy().astype(int))
    [[1 0 1]
     [1 0 1]
     [0 0 0]]
    """
    counts = heads.to_numpy()
    mask = (counts > 0) & (counts < smallest_shown)
    while _hide_one_more(mask, counts) or _hide_one_more(mask.T, counts.T):
        pass
    return pd.DataFrame(mask, index=heads.index, columns=heads.columns)


def _hide_one_more(mask: NDArray[np.bool_], counts: NDArray[np.int64]) -> bool:
    """Hide one more count of the first row that hides just one; tell whether there was.

    First where another row hides one already, so that the two cover each other; then the smallest.
    """
    for row, values in zip(mask, counts, strict=True):
        shown = np.flatnonzero(~row & (values > 0))
        if row.sum() == 1 and len(shown):
            uncovered = np.asarray(~mask.any(axis=0))
            order = np.lexsort((values[shown], uncovered[shown]))
            row[shown[order[0]]] = True
            return True
    return False
