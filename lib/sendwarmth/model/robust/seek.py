"""Goal seek: which value of one input brings one figure to an aim, or why none does.

The range is scanned both ways from the value now. Where the figure passes the aim, the value is
closed in on by halving, down to the finest a scenario can hold, and the plan there is made by
`allocate`. A figure that stops short is looked at more closely before that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.dials import Dial, dial_of
from sendwarmth.model.robust.exact import exact
from sendwarmth.model.robust.outcomes import FIGURES, named, read_figure
from sendwarmth.model.robust.points import Points, solve_points
from sendwarmth.model.robust.stack import posed
from sendwarmth.model.scenario import Scenario

SCANNED = 48
"""Places looked at each way, as evenly as the grains allow."""
CLOSER = 3
"""How often the neighbourhood of the nearest place is looked at more closely."""
ENOUGH = {"yuan": 0.0, "yuan_a_head": 1.0, "share": 0.0005, "heads": 1.0, "index": 0.0005}
"""How near to the aim is there, by a figure's unit, besides what rounding makes of it."""
RELATIVE = 0.0005
"""And as a share of the aim."""
ROUND_YUAN = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)
ROUND = (0.1, 0.01, 0.001, 0.0001, 0.00001)
"""Steps that an answer is rounded to where that comes as near to the aim, the roundest first."""


@dataclass(frozen=True)
class Answer:
    """What goal seek found.

    Parameters
    ----------
    lever, figure, aim
        What was asked.
    now, base
        The input's value now and the figure there (NaN without a plan), by the fit.
    value
        The answer, the nearest to the value now, and of values that come as near to the aim the
        roundest; None where there is none.
    reached
        The figure of the plan in whole units there; NaN where there is none.
    plan
        That plan, as `allocate` makes it.
    also
        Other values at which the figure passes the aim: it does not move one way only.
    finding
        Why there is no answer: ``goal_out_of_reach`` (the end of the range comes first),
        ``goal_behind_clash``, ``goal_turns`` (the figure turns back before), ``goal_jumps`` (it
        passes the aim in one step), ``goal_unmoved``, ``goal_without_plan``.
    """

    lever: str
    figure: str
    aim: float
    now: float
    base: float
    value: float | None = None
    reached: float = np.nan
    plan: Plan | None = field(default=None, repr=False)
    also: tuple[float, ...] = ()
    finding: Finding | None = None


class Pass(NamedTuple):
    """Two neighbouring places between which a figure passes the aim, the nearer to now first."""

    near: int
    far: int


def goal_seek(inputs: Inputs, scenario: Scenario, lever: str, figure: str, aim: float) -> Answer:
    """Return the value of one input that brings one figure to an aim, nearest to the value now.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario.
    lever
        The input's path, see `dials`.
    figure
        ``name/scope``.
    aim
        What the figure is to come to, in its own unit.

    Returns
    -------
    Answer
        With a value confirmed by a plan, or with the reason why there is none.

    Raises
    ------
    InputError
        There is no such input or figure.
    """
    named(figure, inputs.region_ids, inputs.group_ids)
    dial = dial_of(inputs, scenario, lever).finer(int(scenario.values["unit_yuan"]))
    return _Seek(inputs, scenario, dial, figure, float(aim)).answer()


class _Seek:
    """One figure along one input, as far as it was worked out; places are grains from now."""

    def __init__(
        self, inputs: Inputs, scenario: Scenario, dial: Dial, figure: str, aim: float
    ) -> None:
        self.inputs, self.scenario, self.dial = inputs, scenario, dial
        self.figure, self.aim = figure, aim
        self.gap: dict[int, float] = {}
        self.clash: dict[int, str] = {}

    def answer(self) -> Answer:
        low, high = self.dial.reach
        self.work_out([0, *np.linspace(low, 0, SCANNED + 1), *np.linspace(0, high, SCANNED + 1)])
        found = Answer(self.dial.path, self.figure, self.aim, self.dial.now, self.gap[0] + self.aim)
        passes = self.passes()
        for _ in range(CLOSER):
            if not passes:
                self.look_closer()
                passes = self.passes()
        if not passes:
            return replace(found, finding=self.reason())
        return self.confirmed(found, [self.closed_in(one) for one in passes])

    def work_out(self, places: Sequence[float]) -> None:
        """Work out the figure, less the aim, at some places; NaN where there is no plan."""
        new = [k for k in dict.fromkeys(round(place) for place in places) if k not in self.gap]
        if not new:
            return
        stacks = [self.dial.pose(self.inputs, self.scenario, self.dial.value(k)) for k in new]
        points = solve_points(stacks)
        figures = read_figure(points, self.figure) - self.aim
        hair = 1e-9 * max(abs(self.aim), 1e-3)
        figures = np.where(np.abs(figures) < hair, 0.0, figures)
        self.gap |= dict(zip(new, figures.tolist(), strict=True))
        told = zip(points.clash, points.status, strict=True)
        self.clash |= dict(zip(new, (str(clash or status) for clash, status in told), strict=True))

    def passes(self) -> list[Pass]:
        """Return where the figure reaches or passes the aim, the nearest to now first."""
        if self.gap[0] == 0:
            return [Pass(0, 0)]
        found = []
        for a, b in pairwise(sorted(k for k in self.gap if np.isfinite(self.gap[k]))):
            near, far = sorted((a, b), key=abs)
            if self.gap[near] and self.gap[near] * self.gap[far] <= 0 and not self.between(a, b):
                found.append(Pass(near, far))
        return sorted(found, key=lambda one: abs(one.near))

    def between(self, a: int, b: int) -> bool:
        """Whether a place without a plan lies between two others."""
        return any(a < k < b for k in self.gap)

    def closed_in(self, one: Pass) -> Pass:
        """Halve until the two places are neighbours."""
        near, far = one
        while abs(far - near) > 1:
            middle = (near + far) // 2
            self.work_out([middle])
            if np.isnan(self.gap[middle]):
                break
            if self.gap[middle] * self.gap[near] <= 0:
                far = middle
            else:
                near = middle
        return Pass(near, far)

    def look_closer(self) -> None:
        """Look between the place nearest to the aim and its neighbours on either side."""
        best = self.best()
        if best is None:
            return
        places = sorted(self.gap)
        k = places.index(best)
        for neighbour in places[max(k - 1, 0) : k + 2]:
            self.work_out(np.linspace(best, neighbour, 12).tolist())

    def best(self) -> int | None:
        """Return the place with the figure nearest to the aim; of several, the nearest to now."""
        some = [k for k in self.gap if np.isfinite(self.gap[k])]
        return min(some, key=lambda k: (abs(self.gap[k]), abs(k)), default=None)

    def confirmed(self, found: Answer, passes: Sequence[Pass]) -> Answer:
        """Return the answer with its plan in whole units, or why it is none."""
        first = passes[0]
        tried = {
            k: self.whole_at(self.dial.value(k)) for k in dict.fromkeys((first.far, first.near))
        }
        there = {k: value for k, value in tried.items() if np.isfinite(value)}
        if not there:
            return replace(found, finding=self.reason())
        place = min(there, key=lambda k: abs(there[k] - self.aim))
        values = {k: self.dial.value(k) for k in (first.near, first.far)}
        if abs(there[place] - self.aim) > self.enough():
            low, high = sorted(tried, key=self.dial.value)
            facts = {
                "low": values[low],
                "high": values[high],
                "at_low": tried[low],
                "at_high": tried[high],
            }
            return replace(found, finding=self.finding("goal_jumps", **facts))
        value, reached = self.roundest(values[place], there[place])
        also = dict.fromkeys(self.dial.value(one.far) for one in passes[1:])
        return replace(
            found,
            value=value,
            reached=reached,
            plan=allocate(*self.dial.at(self.inputs, self.scenario, value)),
            also=tuple(other for other in also if other != values[place]),
        )

    def roundest(self, value: float, reached: float) -> tuple[float, float]:
        """Return the roundest value nearby that comes as near to the aim, and what it comes to."""
        for step in ROUND_YUAN if self.dial.unit.startswith("yuan") else ROUND:
            near = round(round(value / step) * step, 6)
            if self.dial.lowest <= near <= self.dial.highest:
                there = self.whole_at(near)
                if abs(there - self.aim) <= abs(reached - self.aim):
                    return (round(near) if step >= 1 else near), there
        return value, reached

    def enough(self) -> float:
        """Return how near to the aim counts as there: a unit of each cell's rounding for money."""
        unit = FIGURES[self.figure.partition("/")[0]].unit
        rounding = self.scenario.values["unit_yuan"] if unit == "yuan" else 0
        return float(max(ENOUGH[unit], RELATIVE * abs(self.aim), rounding))

    def whole_at(self, value: float) -> float:
        """Return the figure of the plan in whole units; NaN without one."""
        tables, scenario = self.dial.at(self.inputs, self.scenario, value)
        table = exact(tables, scenario).table
        if table is None:
            return float(np.nan)
        points: Points = solve_points(posed(tables, scenario))
        whole = replace(points, amounts=table[None].astype(float))
        return float(read_figure(whole, self.figure)[0])

    def reason(self) -> Finding:
        """Return why the figure never comes to the aim."""
        best = self.best()
        if best is None:
            return self.finding("goal_without_plan", clash=self.clash[0])
        gaps = [gap for gap in self.gap.values() if np.isfinite(gap)]
        facts = {"value": self.dial.value(best), "reached": self.gap[best] + self.aim}
        if max(gaps) - min(gaps) <= 1e-9 * max(abs(self.aim), 1e-3):
            return self.finding("goal_unmoved", **facts)
        places = sorted(self.gap)
        k = places.index(best)
        for neighbour in places[max(k - 1, 0) : k + 2]:
            if np.isnan(self.gap[neighbour]):
                last, beyond = self.edge(best, neighbour)
                facts = {"value": self.dial.value(last), "reached": self.gap[last] + self.aim}
                facts |= {"beyond": self.dial.value(beyond)}
                return self.finding("goal_behind_clash", clash=self.clash[beyond], **facts)
        at_end = best in (places[0], places[-1])
        return self.finding("goal_out_of_reach" if at_end else "goal_turns", **facts)

    def edge(self, with_plan: int, without: int) -> Pass:
        """Return the last place with a plan and the first without."""
        while abs(without - with_plan) > 1:
            middle = (with_plan + without) // 2
            self.work_out([middle])
            if np.isnan(self.gap[middle]):
                without = middle
            else:
                with_plan = middle
        return Pass(with_plan, without)

    def finding(self, code: str, **facts: float | str) -> Finding:
        asked = {"lever": self.dial.path, "figure": self.figure, "aim": self.aim}
        return Finding(code, "note", facts={**asked, **facts})
