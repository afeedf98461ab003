"""The whole plan as a function of the fund.

Between two knots the same limits bind and the plan is smooth. A knot is the first fund, in whole
units, at which what binds is another: the range is scanned, and every stretch whose ends differ is
halved until its ends are one unit apart. So each knot is exact to the unit that the plan itself
moves by; only a limit that starts and stops within one step of the scan may be missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from sendwarmth.model.findings import Finding, InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.binding import binding
from sendwarmth.model.robust.exact import exact
from sendwarmth.model.robust.falls import falls_between
from sendwarmth.model.robust.points import DONE, solve_points
from sendwarmth.model.robust.stack import Stack, posed
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import FIELDS
from sendwarmth.model.setting import Floats

LOW_YUAN, HIGH_YUAN = 70_000_000, 110_000_000
STARTS, STOPS = "starts", "stops"
SCANNED = 400
"""Steps of the scan."""
ROUNDED = 40
"""Funds at which the plan in whole units is compared with that of one unit more."""


@dataclass(frozen=True)
class Ladder:
    """A plan as a function of the fund.

    Parameters
    ----------
    amounts
        Yuan before rounding; index ``fund_yuan``, rising (the scan, the knots and the ends of every
        stretch without a plan); columns are region ids; NaN without a plan.
    knots
        Columns fund_yuan (the first fund at which it is so), limit, change (``starts``, ``stops``);
        the limit is a name (``region_floor_yuan/REGION``) or a cell's bound
        (``per_head_max/REGION/GROUP``).
    bound
        Columns limit, low_yuan, high_yuan: the stretches in which each limit binds, those that bind
        at either end of the range too.
    falls
        Columns region, group (empty for the region as a whole), low_yuan, high_yuan, yuan, why:
        who gets less by how much as the fund grows, and what would have to go for that not to be
        so (numbers of the scenario, joined by `` + ``).
    rounded_falls
        Columns region, times, of, yuan: how often a region's whole units fall as the fund grows by
        one unit, of so many funds tried, and by how much at most. Rounding is no part of ``falls``.
    clashes
        Columns low_yuan, high_yuan, clash: stretches without a plan.
    unit_yuan
        What funds are whole multiples of.
    scan_yuan
        Steps of the scan: a limit that binds within less may be missed.
    """

    amounts: pd.DataFrame
    knots: pd.DataFrame
    bound: pd.DataFrame
    falls: pd.DataFrame
    rounded_falls: pd.DataFrame
    clashes: pd.DataFrame
    unit_yuan: int
    scan_yuan: float


class _Rung(NamedTuple):
    """The plan of one fund: what binds, or what clashes."""

    stack: Stack
    amounts: Floats
    binds: frozenset[str]
    clash: str


def ladder(
    inputs: Inputs,
    scenario: Scenario,
    low_yuan: int = LOW_YUAN,
    high_yuan: int = HIGH_YUAN,
) -> Ladder:
    """Return the plan as a function of the fund.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario.
    low_yuan, high_yuan
        The range, drawn in to whole units.

    Raises
    ------
    InputError
        The range holds no two whole units, or leaves what a fund can be.
    """
    climb = _Climb(inputs, scenario)
    unit = climb.unit
    low, high = -(-low_yuan // unit), high_yuan // unit
    if not 0 <= low < high <= FIELDS["budget_yuan"].highest // unit:
        facts = {"value": low_yuan, "highest": high_yuan, "unit": unit}
        raise InputError([Finding("bad_ladder", "error", facts=facts)])
    scan = np.unique(np.linspace(low, high, min(SCANNED, high - low) + 1).round()).astype(int)
    climb.halve(scan.tolist())
    rungs = sorted(climb.rungs.items())
    return Ladder(
        amounts=_amounts(inputs, rungs, unit),
        knots=_knots(rungs, unit),
        bound=_bound(rungs, unit),
        falls=falls_between([(k * unit, rung.stack, rung.amounts) for k, rung in rungs]),
        rounded_falls=climb.rounded_falls(low, high),
        clashes=_clashes(rungs, unit),
        unit_yuan=unit,
        scan_yuan=(high - low) * unit / (len(scan) - 1),
    )


class _Climb:
    """The rungs worked out so far, by fund in units."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.scenario = inputs, scenario
        self.unit = int(scenario.values["unit_yuan"])
        self.rungs: dict[int, _Rung] = {}

    def at(self, units: int) -> Scenario:
        return self.scenario.with_values(budget_yuan=units * self.unit)

    def work_out(self, funds: Sequence[int]) -> None:
        new = [k for k in dict.fromkeys(funds) if k not in self.rungs]
        if not new:
            return
        stacks = [posed(self.inputs, self.at(k)) for k in new]
        points = solve_points(stacks)
        binds = binding(stacks, points)
        for n, k in enumerate(new):
            clash = "" if points.status[n] == DONE else str(points.clash[n])
            self.rungs[k] = _Rung(stacks[n], points.amounts[n], binds[n], clash)

    def halve(self, funds: Sequence[int]) -> None:
        """Work out the scan, and halve every stretch whose ends differ."""
        self.work_out(funds)
        stretches = list(pairwise(funds))
        while stretches := [(a, b) for a, b in stretches if b - a > 1 and self.differ(a, b)]:
            self.work_out([(a + b) // 2 for a, b in stretches])
            stretches = [
                part for a, b in stretches for part in ((a, (a + b) // 2), ((a + b) // 2, b))
            ]

    def differ(self, a: int, b: int) -> bool:
        here, there = self.rungs[a], self.rungs[b]
        return (here.binds, here.clash) != (there.binds, there.clash)

    def rounded_falls(self, low: int, high: int) -> pd.DataFrame:
        funds = np.unique(np.linspace(low, high - 1, ROUNDED).round()).astype(int).tolist()
        steps = []
        for k in funds:
            pair = [exact(self.inputs, self.at(fund)).table for fund in (k, k + 1)]
            if pair[0] is not None and pair[1] is not None:
                steps.append(pair[1].sum(axis=1) - pair[0].sum(axis=1))
        change = np.array(steps).reshape(-1, len(self.inputs.region_ids))
        frame = pd.DataFrame(
            {
                "region": list(self.inputs.region_ids),
                "times": (change < 0).sum(axis=0),
                "of": len(change),
                "yuan": -change.min(axis=0, initial=0).astype(int),
            }
        )
        return frame[frame["times"] > 0].reset_index(drop=True)


Rungs = Sequence[tuple[int, _Rung]]


def _amounts(inputs: Inputs, rungs: Rungs, unit: int) -> pd.DataFrame:
    index = pd.Index([k * unit for k, _ in rungs], name="fund_yuan")
    columns = pd.Index(inputs.region_ids, name="region_id")
    return pd.DataFrame([rung.amounts.sum(axis=1) for _, rung in rungs], index, columns)


def _knots(rungs: Rungs, unit: int) -> pd.DataFrame:
    rows = [
        (k * unit, limit, STARTS if limit in rung.binds else STOPS)
        for (_, before), (k, rung) in pairwise(rungs)
        if not (before.clash or rung.clash)
        for limit in sorted(before.binds ^ rung.binds)
    ]
    return pd.DataFrame(rows, columns=["fund_yuan", "limit", "change"])


def _bound(rungs: Rungs, unit: int) -> pd.DataFrame:
    """Return the first and last rung of every stretch that a limit binds in."""
    rows = []
    for limit in sorted(set().union(*(rung.binds for _, rung in rungs))):
        rows += [(limit, *ends) for ends in _stretches([limit in r.binds for _, r in rungs])]
    frame = pd.DataFrame(rows, columns=["limit", "low_yuan", "high_yuan"])
    for end in ("low_yuan", "high_yuan"):
        frame[end] = [rungs[n][0] * unit for n in frame[end]]
    return frame


def _clashes(rungs: Rungs, unit: int) -> pd.DataFrame:
    rows = []
    for clash in sorted({rung.clash for _, rung in rungs} - {""}):
        for a, b in _stretches([rung.clash == clash for _, rung in rungs]):
            rows.append((rungs[a][0] * unit, rungs[b][0] * unit, clash))
    return pd.DataFrame(sorted(rows), columns=["low_yuan", "high_yuan", "clash"])


def _stretches(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of every run of true flags.

    Examples
    --------
    >>> list(_stretches([True, False, True, True]))
    [(0, 0), (2, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(flags, int), [0]])))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
