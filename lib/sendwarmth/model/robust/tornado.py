"""What each input does to a figure when it is moved by its range, all else as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.dials import Dial, dials
from sendwarmth.model.robust.outcomes import named, read_figure
from sendwarmth.model.robust.points import solve_points
from sendwarmth.model.robust.stack import posed
from sendwarmth.model.scenario import Scenario

COLUMNS = (
    *("figure", "lever", "low", "high", "at_low", "at_high", "base", "state_low", "state_high"),
    *("clash_low", "clash_high", "now", "stated", "unit", "swing"),
)


def tornado(
    inputs: Inputs,
    scenario: Scenario,
    figure: str | Sequence[str],
    among: Sequence[Dial] | None = None,
) -> pd.DataFrame:
    """Return what every input does to a figure, the widest swing first.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario.
    figure
        One figure (``money/REGION``, ``gini``) or several: the plans are the same for all.
    among
        The inputs to move; all that can be moved if None.

    Returns
    -------
    pandas.DataFrame
        A row a figure and input. Columns: figure; lever, its path; ``low`` and ``high``, what it
        is moved to, and ``now``; ``at_low``, ``at_high`` and ``base``, the figure there and now,
        NaN without a plan; ``state_low`` and ``state_high``, see `Points`, with ``clash_low`` and
        ``clash_high``; ``stated``, where the range is from (``uncertainty`` of the scenario or
        ``schema``); unit; ``swing``, the largest distance from ``base``, NaN where it is not known
        for want of plans: such inputs come first.

    Raises
    ------
    InputError
        There is no such figure.
    """
    figures = [figure] if isinstance(figure, str) else list(figure)
    for one in figures:
        named(one, inputs.region_ids, inputs.group_ids)
    levers = dials(inputs, scenario) if among is None else among
    ends = [dial.pose(inputs, scenario, end) for dial in levers for end in (dial.low, dial.high)]
    points = solve_points([posed(inputs, scenario), *ends])
    parts = []
    for one in figures:
        found = read_figure(points, one)
        frame = pd.DataFrame(
            {
                "figure": one,
                "lever": [dial.path for dial in levers],
                "low": [dial.low for dial in levers],
                "high": [dial.high for dial in levers],
                "at_low": found[1::2],
                "at_high": found[2::2],
                "base": found[0],
                "state_low": points.status[1::2],
                "state_high": points.status[2::2],
                "clash_low": points.clash[1::2],
                "clash_high": points.clash[2::2],
                "now": [dial.now for dial in levers],
                "stated": [dial.stated for dial in levers],
                "unit": [dial.unit for dial in levers],
            }
        )
        away = np.abs(frame[["at_low", "at_high"]].to_numpy(float) - found[0])
        frame["swing"] = np.fmax(away[:, 0], away[:, 1])
        order = frame["swing"].fillna(np.inf).to_numpy(float)
        parts.append(frame.iloc[np.argsort(-order, kind="stable")])
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
