"""The exact model at one point, in whole units, without what is only said about it.

`allocate` takes the same steps and then explains a clash or audits the plan; where thousands of
points are tried one after the other that would be most of the work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.allocation import assert_kept, solve, whole_units
from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.fit import NotConverged
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import build
from sendwarmth.model.robust.points import CLASH, DONE, REFUSED, UNDECIDED
from sendwarmth.model.scenario import Scenario


@dataclass(frozen=True)
class Exact:
    """One point of the exact model.

    Parameters
    ----------
    status
        As in `Points`.
    table
        The plan, int yuan, (R, G); None without one.
    """

    status: str
    table: NDArray[np.int64] | None = None


def exact(inputs: Inputs, scenario: Scenario) -> Exact:
    """Return the plan `allocate` would return, as an array, or why there is none."""
    try:
        problem = build(inputs, scenario)
        fitted = solve(problem)
        if fitted is None:
            return Exact(CLASH)
        table = whole_units(problem, fitted.amounts)
    except SendWarmthError:
        return Exact(REFUSED)
    except NotConverged:
        return Exact(UNDECIDED)
    assert_kept(problem, table)
    return Exact(DONE, table)
