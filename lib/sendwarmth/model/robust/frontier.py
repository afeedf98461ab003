"""The frontier between goals that pull apart: which plans no other plan beats in both.

Coverage is the money of the groups nobody of which may be missed, over their claims. It is held
against equality (the Gini index of yuan a head over regions, weighted by heads) and against change
(the share of the money that goes to another region than last year, amounts of last year scaled to
the same sum; where last year is not known, than in the plan of the scenario). Points are the
scenario with its levers moved at random; they and every scenario are compared with one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.axes import Axis, Steps
from sendwarmth.model.robust.outcomes import read_figure
from sendwarmth.model.robust.points import Points, solve_points
from sendwarmth.model.robust.stack import Stack, posed, refusal
from sendwarmth.model.robust.sweep import Sweep
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import EVERY, FACTORS, FIELDS
from sendwarmth.model.targets import MILLION, millionths

Floats = NDArray[np.float64]
AROUND = (0.5, 1.5)
"""How far a number is moved, as a multiple of what the scenario has."""
PARTS = 20
"""Steps over the range of a lever."""
ALIKE = 1e-9
"""Differences that count as none."""
LAST_YEAR = "last_year"


def frontier(
    inputs: Inputs,
    scenario: Scenario,
    others: Mapping[str, Scenario],
    number: int,
    seed: int,
    axes: Sequence[Axis] | None = None,
) -> pd.DataFrame:
    """Return coverage, equality and change of many plans, and which of them are dominated.

    Parameters
    ----------
    inputs
        The tables.
    scenario
        The scenario whose levers move; it is the first row.
    others
        Scenarios on the same tables to show beside it, by name.
    number
        How many points of a Latin hypercube over the levers.
    seed
        What the points are drawn from.
    axes
        The levers; `levers` without it.

    Returns
    -------
    pandas.DataFrame
        point; scenario (a name, empty for a moved one); one column a lever; status, clash;
        coverage, gini, change, and ``change_from``, what the change is on; for coverage against
        equality ``on_frontier`` and ``dominated_by``, for coverage against change
        ``on_frontier_change`` and ``dominated_by_change``: the name of a scenario that is better in
        one and no worse in the other, or else the number of such a point; seed.
    """
    chosen = tuple(levers(inputs, scenario) if axes is None else axes)
    words: Mapping[str, str] = {}
    sweep = Sweep("", words, words, scenario, "latin_hypercube", chosen, number=number, seed=seed)
    drawn = list(sweep.points()) if chosen else []
    named = {scenario.name: scenario, **others}
    stacks = [posed(inputs, one) for one in named.values()]
    solved = solve_points([*stacks, *(_posed(inputs, sweep, point) for point in drawn)])
    own = dict.fromkeys(axis.name for axis in chosen)
    frame = pd.DataFrame([*(own for _ in named), *drawn], columns=list(own))
    told = _goals(inputs, solved, scenario.name)
    names = [*named, *("" for _ in drawn)]
    frame.insert(0, "scenario", names)
    frame.insert(0, "point", np.arange(len(frame)))
    frame = frame.assign(status=solved.status, clash=solved.clash, **told)
    for end, goal in (("", "gini"), ("_change", "change")):
        by = dominators(np.stack([told["coverage"], -told[goal]], axis=1), len(named))
        done = solved.done
        frame[f"on_frontier{end}"] = done & (by < 0)
        frame[f"dominated_by{end}"] = [_name(names, k) for k in by.tolist()]
    return frame.assign(seed=seed)


def levers(inputs: Inputs, scenario: Scenario) -> Iterator[Axis]:
    """Yield the levers that share the same fund otherwise: tilts, priorities, floors a head.

    A tilt moves all groups that state it, from nothing to all of the claim's weight. Priorities
    (where the groups' envelopes are not fixed), least amounts a head and the base amount of a
    region go from half to one and a half times the scenario's.
    """
    values = scenario.values
    weights = values["factor_weight"]
    fixed = values["group_share"] is not None or values["envelopes_yuan"] is not None
    for factor in FACTORS[1:]:
        stating = {g: weights.get(g, weights[EVERY]) for g in inputs.group_ids}
        tilted = {g: parts for g, parts in stating.items() if parts.get(factor)}
        if tilted:
            rest = [MILLION - sum(_others(parts, factor)) for parts in tilted.values()]
            paths = " + ".join(f"factor_weight.{group}.{factor}" for group in tilted)
            yield Axis(paths, Steps(0.0, min(rest) / MILLION, FIELDS["factor_weight"].step))
    for group in inputs.group_ids:
        if not fixed:
            yield from _around("priority", values["priority"].get(group, 1), group)
        yield from _around("per_head_min", values["per_head_min"].get(group), group)
    yield from _around("region_floor_yuan", values["region_floor_yuan"])


def dominators(goals: Floats, first: int = 0) -> NDArray[np.int_]:
    """Return for each row one that is better in some goal and worse in none, -1 where none is.

    Parameters
    ----------
    goals
        More is better, (N, goals); NaN is compared with nothing.
    first
        So many rows at the beginning are named before the others.

    Examples
    --------
    >>> dominators(np.array([[1.0, 1.0], [2.0, 1.0], [0.0, 3.0], [0.5, 0.5]]))
    array([ 1, -1, -1,  1])
    """
    found = np.full(len(goals), -1)
    for n, own in enumerate(goals):
        no_worse = (goals >= own - ALIKE).all(axis=1)
        better = np.flatnonzero(no_worse & (goals > own + ALIKE).any(axis=1))
        if len(better):
            named = better[better < first]
            pool = named if len(named) else better
            found[n] = pool[np.argmax((goals[pool] - own).sum(axis=1))]
    return found


def _around(field: str, value: Any, group: str = "") -> Iterator[Axis]:
    if not value:
        return
    whole = FIELDS[field].unit.startswith("yuan")
    low, high = (value * part for part in AROUND)
    step = (high - low) / PARTS
    if whole:
        step = max(round(step), 1)
        low, high = round(low), round(high)
    else:
        low, high, step = (round(float(number), 6) for number in (low, high, step))
    yield Axis(f"{field}.{group}" if group else field, Steps(low, high, step))


def _others(parts: Mapping[str, float], factor: str) -> Iterator[int]:
    for name, weight in parts.items():
        if name not in (FACTORS[0], factor):
            yield millionths(weight)


def _posed(inputs: Inputs, sweep: Sweep, point: Mapping[str, Any]) -> Stack:
    try:
        return posed(inputs, sweep.at(point))
    except SendWarmthError as error:
        return refusal(inputs, error.findings[0].code)


def _goals(inputs: Inputs, solved: Points, name: str) -> dict[str, Any]:
    """Return coverage, equality and change of each plan; NaN without one."""
    must = inputs.groups["must_cover"].to_numpy(bool)
    must = must if must.any() else np.ones_like(must)
    claims = solved.claims[..., must].sum(axis=(1, 2))
    money = solved.amounts[..., must].sum(axis=(1, 2))
    coverage = np.divide(money, claims, out=np.full(len(solved), np.nan), where=claims > 0)
    by_region = solved.amounts.sum(axis=2)
    whole = by_region.sum(axis=1, keepdims=True)
    before, source = solved.last_year, LAST_YEAR
    if not np.nansum(before) > 0:
        before, source = by_region[0], name
    known = ~np.isnan(before)
    shares = np.divide(by_region, whole, out=np.full(by_region.shape, np.nan), where=whole > 0)
    own = shares[:, known] / shares[:, known].sum(axis=1, keepdims=True)
    old = before[known] / before[known].sum()
    return {
        "coverage": coverage,
        "gini": read_figure(solved, "gini"),
        "change": np.abs(own - old).sum(axis=1) / 2 if known.any() else np.full(len(own), np.nan),
        "change_from": source,
    }


def _name(names: Sequence[str], k: int) -> str:
    return "" if k < 0 else names[k] or str(k)
