"""What can tip as an input moves: somebody loses, two scenarios change order, limits clash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.dials import Dial, dials
from sendwarmth.model.robust.exact import Exact, exact
from sendwarmth.model.robust.outcomes import named, read_figure
from sendwarmth.model.robust.points import DONE, Points, solve_points
from sendwarmth.model.robust.stack import Stack, last_year, posed
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.setting import Floats

LOSES, ORDER, CLASH = "loses", "order", "clash"
WORSE = 0.05
"""Where a plan is held against itself: a region loses by getting so much less of what it gets."""
HAIR = 1e-6
"""Yuan, and units of a figure relative to it: what floating point adds."""

Tips = Mapping[str, str]
"""Who or what tips, by event; empty where nothing does. Without a plan there is but the clash."""
ABOVE, BELOW = "above", "below"


@dataclass(frozen=True)
class Watch:
    """What is watched while inputs move.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario whose inputs move.
    floor
        What each region must get not to lose, yuan, (R,); NaN for a region that is not watched.
    other
        The scenario whose order with this one on ``figure`` is watched, or None.
    figure
        ``name/scope``.
    """

    inputs: Inputs
    scenario: Scenario
    floor: Floats
    other: Scenario | None = None
    figure: str = "gini"

    @property
    def events(self) -> tuple[str, ...]:
        """What can tip."""
        watched = (LOSES, bool(np.isfinite(self.floor).any())), (ORDER, self.other is not None)
        return (*(event for event, there in watched if there), CLASH)

    def fits(self, places: Sequence[tuple[Dial, float]]) -> list[Tips]:
        """Return what tips where dials are at some values, by the fit, in one batch."""
        own = solve_points([d.pose(self.inputs, self.scenario, value) for d, value in places])
        gaps = np.zeros(len(own))
        if self.other is not None:
            theirs = solve_points([self._theirs(dial, value) for dial, value in places])
            gaps = self._gaps(own, theirs)
        return [
            self._tips(own.amounts[n], gaps[n])
            if own.status[n] == DONE
            else {CLASH: str(own.clash[n]) or str(own.status[n])}
            for n in range(len(own))
        ]

    def exact(self, dial: Dial, value: float, ordered: bool) -> Tips:
        """Return what tips where a dial is at a value, by the plan in whole units.

        The order of scenarios is looked at only where it is asked for.
        """
        tables, scenario = dial.at(self.inputs, self.scenario, value)
        found = exact(tables, scenario)
        if found.table is None:
            clash = str(solve_points(posed(tables, scenario)).clash[0])
            return {CLASH: clash or found.status}
        gap = 0.0
        if ordered and self.other is not None:
            moves = dial.path in self._alike
            at = dial.at(self.inputs, self.other, value) if moves else (self.inputs, self.other)
            gap = self._gaps(_whole(tables, scenario, found), _whole(*at, exact(*at)))[0]
        return self._tips(found.table.astype(float), gap)

    def _theirs(self, dial: Dial, value: float) -> Stack:
        """Return the other scenario's problem where a dial is at a value."""
        assert self.other is not None
        if dial.path in self._alike:
            return dial.pose(self.inputs, self.other, value)
        return self._still

    def _gaps(self, own: Points, theirs: Points) -> Floats:
        """Return by how much the figure is above the other's, 0 where they are the same."""
        here, there = (read_figure(points, self.figure) for points in (own, theirs))
        gap = np.nan_to_num(here - there)
        return np.where(np.abs(gap) > HAIR * np.abs(np.nan_to_num(here)), gap, 0.0)

    def _tips(self, table: Floats, gap: float) -> Tips:
        lost = table.sum(axis=1) < self.floor - HAIR
        losers = np.array(self.inputs.region_ids, object)[lost]
        order = "" if not gap else ABOVE if gap > 0 else BELOW
        return {LOSES: " ".join(losers), ORDER: order, CLASH: ""}

    @cached_property
    def _alike(self) -> frozenset[str]:
        """The inputs that stand alike in both scenarios, and so move in both."""
        assert self.other is not None
        here, there = (
            {(dial.path, dial.now) for dial in dials(self.inputs, one)}
            for one in (self.scenario, self.other)
        )
        return frozenset(path for path, _ in here & there)

    @cached_property
    def _still(self) -> Stack:
        assert self.other is not None
        return posed(self.inputs, self.other)


def _whole(inputs: Inputs, scenario: Scenario, found: Exact) -> Points:
    """Return the plan in whole units as points, for its figures."""
    points = solve_points(posed(inputs, scenario))
    table = np.full(points.amounts.shape, np.nan) if found.table is None else found.table[None]
    return replace(points, amounts=table.astype(float))


def watch(
    inputs: Inputs,
    scenario: Scenario,
    against: Plan | None = None,
    other: Scenario | None = None,
    figure: str = "gini",
    worse: float | None = None,
) -> Watch:
    """Return what is watched; see `tipping` for the arguments."""
    named(figure, inputs.region_ids, inputs.group_ids)
    reference = pd.Series(last_year(inputs), list(inputs.region_ids))
    if against is not None:
        itself = against.scenario.values == scenario.values
        reference = against.table.sum(axis=1).reindex(list(inputs.region_ids)).astype(float)
    elif itself := bool(reference.isna().all()):
        table = exact(inputs, scenario).table
        money = np.nan if table is None else table.sum(axis=1)
        reference = pd.Series(money, list(inputs.region_ids), dtype=float)
    share = worse if worse is not None else WORSE if itself else 0.0
    return Watch(inputs, scenario, reference.to_numpy(float) * (1 - share), other, figure)
