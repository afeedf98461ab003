"""A sweep: one scenario with some of its fields moved, at many points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.findings import Finding, InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import each
from sendwarmth.model.problem import Problem, build
from sendwarmth.model.robust.axes import Axis, Point, grid_point, hypercube_columns, moved, value_at
from sendwarmth.model.scenario import Origin, Scenario, check

UNKNOWN = ("unknown_group", "unknown_region")


@dataclass(frozen=True)
class Sweep:
    """Points around a scenario.

    Parameters
    ----------
    name
        The file's name without its ending.
    title, purpose
        Text by language.
    scenario
        The scenario whose fields move.
    method
        ``grid`` (every combination), ``list`` (the points written down), ``latin_hypercube``.
    axes
        What moves.
    rows
        The points of a list.
    number
        How many points there are.
    seed
        What the points of a Latin hypercube are drawn from; None where nothing is drawn.
    origin
        Where it was read.
    """

    name: str
    title: Mapping[str, str]
    purpose: Mapping[str, str]
    scenario: Scenario
    method: str
    axes: tuple[Axis, ...]
    rows: tuple[Point, ...] = ()
    number: int = 0
    seed: int | None = None
    origin: Origin = field(default_factory=Origin, compare=False)

    def points(self, start: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the value of every axis at each of some points, in their order."""
        last = self.number if stop is None else min(stop, self.number)
        for index in range(start, last):
            if self.method == "grid":
                yield grid_point(self.axes, index)
            elif self.method == "list":
                yield self._stated[index]
            else:
                chosen = zip(self.axes, self._drawn[index].tolist(), strict=True)
                yield {axis.name: axis.values[k] for axis, k in chosen}

    def at(self, point: Point) -> Scenario:
        """Return the scenario at a point.

        Raises
        ------
        InputError
            Its values do not go together.
        """
        changes = {keys: point[axis.name] for axis in self.axes for keys in axis.paths}
        return moved(self.scenario, changes)

    def place_of(self, axis: Axis) -> str:
        """Return where in the file an axis is first stated."""
        if self.method != "list":
            return f"fields.{axis.name}"
        first = next(i for i, row in enumerate(self.rows) if axis.name in row)
        return f"points[{first}].{axis.name}"

    @cached_property
    def _stated(self) -> tuple[dict[str, Any], ...]:
        """The points of a list; where one is silent about a field, the scenario's own value."""
        own = {a.name: value_at(self.scenario.values, a.paths[0]) for a in self.axes}
        return tuple({**own, **row} for row in self.rows)

    @cached_property
    def _drawn(self) -> NDArray[np.int32]:
        """Which value of each axis each point of a Latin hypercube has, (points, axes)."""
        rng = np.random.default_rng(self.seed)
        columns = zip(hypercube_columns(self.number, len(self.axes), rng), self.axes, strict=True)
        chosen = [(column * len(axis.values)).astype(np.int32) for column, axis in columns]
        return np.stack(chosen, axis=1)


def check_sweep(sweep: Sweep, inputs: Inputs) -> tuple[Finding, ...]:
    """Return what is wrong or doubtful between a sweep and the tables it is about.

    Errors are ids that the tables do not have. A warning is an axis that, with all else as in the
    scenario, changes nothing a plan is made from: a sweep over it would find one plan many times.
    """
    read = sweep.origin.reader()
    for axis in sweep.axes:
        trials = [moved(sweep.scenario, dict.fromkeys(axis.paths, value)) for value in _some(axis)]
        unknown = {f.facts["value"]: f for t in trials for f in check(t, inputs) if _unknown(f)}
        place = read.place(sweep.place_of(axis))
        read.findings += [replace(finding, place=place) for finding in unknown.values()]
        if not unknown and len({_seen(inputs, trial) for trial in trials}) < 2:
            facts = {"value": axis.name, "scenario": sweep.scenario.name}
            read.findings.append(Finding("sweep_moves_nothing", "warning", place, facts))
    return tuple(read.findings)


def _unknown(finding: Finding) -> bool:
    return finding.code in UNKNOWN


def _seen(inputs: Inputs, scenario: Scenario) -> tuple[Any, ...]:
    """Return all that a plan is made from, as something to compare."""
    try:
        problem: Problem = build(inputs, scenario)
    except InputError as error:
        return tuple(finding.code for finding in error.findings)
    arrays = (problem.claims, problem.target, problem.lower, problem.upper)
    limits = [(l.name, l.mask.tobytes(), str(l.floor), str(l.cap)) for l in each(problem.limits)]
    facts = (problem.total_yuan, problem.unit_yuan, problem.budget_yuan)
    return (*(array.tobytes() for array in arrays), *limits, *facts)


def _some(axis: Axis, most: int = 8) -> list[Any]:
    """Return the first value of an axis, the last, and some between."""
    chosen = np.unique(np.linspace(0, len(axis.values) - 1, most).round().astype(int))
    return [axis.values[k] for k in chosen.tolist()]
