"""Linear and 0/1 programmes, solved by HiGHS as SciPy brings it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = NDArray[np.float64]

INFEASIBLE, UNDECIDED = 2, 4
"""SciPy's status codes: nothing keeps the constraints, and HiGHS gave up."""


def cheapest(
    cost: Floats,
    kept: LinearConstraint,
    bounds: Bounds | None = None,
    whole: ArrayLike = 0,
) -> Floats | None:
    """Return what costs least within constraints, or None where nothing keeps them.

    Parameters
    ----------
    cost
        Shape (N,).
    kept
        The constraints.
    bounds
        0 to inf where there are none.
    whole
        1 for a variable that takes whole numbers only, 0 else; scalar or (N,).

    Raises
    ------
    ArithmeticError
        HiGHS comes to no verdict, nor does it a second time without presolve.

    Examples
    --------
    >>> cheapest(np.array([1.0, 2.0]), LinearConstraint([[1.0, 1.0]], 3.0, np.inf))
    array([3., 0.])
    >>> cheapest(np.ones(1), LinearConstraint([[1.0]], 3.0, 4.0), Bounds(0, 2)) is None
    True
    """
    for presolve in (True, False):
        options: dict[str, Any] = {"mip_rel_gap": 0, "presolve": presolve}
        found = milp(cost, integrality=whole, bounds=bounds, constraints=kept, options=options)
        if found.x is not None:
            return np.asarray(found.x, float)
        if found.status == INFEASIBLE:
            return None
    raise ArithmeticError(f"a linear programme came to no verdict: {found.message}")
