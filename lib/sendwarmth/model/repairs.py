"""What would repair a clash: the nearest value of each field in it that lets everything hold.

One field drives many bounds at once (``region_floor_yuan`` one a region, ``per_head_min`` one a
region and group, the budget the total, the envelopes and every share of them). All of them move in
proportion to the field, so a linear programme (HiGHS) finds the least change with which every row
of the problem can hold. That value is rounded outward to the field's step and checked as a plan
would be: problem, fit and rounding. It is stepped on until it holds, and back as far as it does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from sendwarmth.model.clash import (
    LARGEST,
    NO_TARGET,
    TOTAL,
    Clash,
    Member,
    Programme,
    find_clash,
    rows_of,
)
from sendwarmth.model.findings import Finding, SendWarmthError
from sendwarmth.model.fit import fit
from sendwarmth.model.grid import tie
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.levers import Lever, levers_of, put
from sendwarmth.model.problem import Problem, build
from sendwarmth.model.rounding import round_table
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import FIELDS

Floats = NDArray[np.float64]

MOST_STEPS = 256
"""How far beyond the programme's answer a value is looked for, in steps."""


@dataclass(frozen=True)
class Change:
    """One field of a scenario changed.

    Parameters
    ----------
    field
        Dotted path under ``values``, for example ``per_head_min.GROUP`` or ``locks[0].yuan``.
    old, new
        Its value now and then.
    relative
        The change as a share of the value now; of a band, of one plus its ends; of group shares,
        the share that moves.
    yuan
        What the change comes to over everything the field drives: above 0 where more is asked for
        or given.
    """

    field: str
    old: Any
    new: Any
    relative: float
    yuan: int


@dataclass(frozen=True)
class Repair:
    """Changes to a scenario with which it can hold, checked.

    Parameters
    ----------
    parts
        One field's change, or several fields' where no field is enough by itself.
    changes
        The same as values: ``scenario.with_values(**repair.changes)`` is the repaired scenario.
    """

    parts: tuple[Change, ...]
    changes: Mapping[str, Any]

    @property
    def relative(self) -> float:
        """The sum of relative changes."""
        return sum(part.relative for part in self.parts)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it changes."""
        return tuple(part.field for part in self.parts)


def repairs(inputs: Inputs, scenario: Scenario, clash: Clash) -> tuple[Repair, ...]:
    """Return what would repair a clash, the smallest relative change first.

    Parameters
    ----------
    inputs, scenario
        What the clash was found in.
    clash
        Its members say which fields are tried: each by itself, to the nearest value with which the
        whole problem can hold. Where none is enough, the least sum of relative changes over all
        fields of the scenario.

    Returns
    -------
    tuple of Repair
        Each was tried: with it the scenario ends in a plan. Empty where no change of amounts helps.
    """
    bench = _Bench(inputs, scenario)
    fields = dict.fromkeys(lever.field for lever in bench.levers if bench.moves(lever, clash))
    found = [bench.repair([lever for lever in bench.levers if lever.field == f]) for f in fields]
    found += [bench.switched_on(group) for group in bench.idle_groups(clash)]
    if all(repair is None for repair in found):
        found = [bench.repair(bench.levers)]
    some = [repair for repair in found if repair is not None]
    return tuple(sorted(some, key=lambda repair: (repair.relative, repair.fields)))


class _Bench:
    """Where repairs of one scenario are worked out and tried."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.scenario = inputs, scenario
        problem = build(inputs, scenario)
        self.groups = problem.group_ids
        self.rows = rows_of(problem)
        self.levers = levers_of(problem, scenario.values, self.rows)
        self.scale = max(problem.unit_yuan, problem.total_yuan / LARGEST)
        self.programme = Programme.of(self.rows, problem.target.size, self.scale)

    def moves(self, lever: Lever, clash: Clash) -> bool:
        """Say whether a lever moves a member of a clash."""
        names = {member.name for member in clash.members}
        return any(self.rows[k].name in names for k in np.flatnonzero(lever.slope))

    def holds(self, changes: Mapping[str, Any]) -> bool:
        """Say whether the scenario ends in a plan with some values changed."""
        try:
            problem = build(self.inputs, self.scenario.with_values(**changes))
            bounds = problem.lower, problem.upper, problem.limits
            fitted = fit(problem.target, *bounds, problem.total_yuan)
            if fitted.status != "done":
                return False
            round_table(fitted.amounts, problem.unit_yuan, problem.total_yuan, *bounds)
        except SendWarmthError:
            return False
        return True

    def least_change(self, levers: Sequence[Lever]) -> Floats | None:
        """Return the changes of least relative sum with which every row can hold, in yuan."""
        base = np.array([lever.base for lever in levers])
        signs = np.array([row.sign for row in self.rows])
        slopes = np.stack([lever.slope for lever in levers], axis=1) * base / self.scale
        moved = -signs[:, None] * slopes
        matrix = sparse.hstack([self.programme.matrix, moved, -moved], format="csr")
        cells = self.programme.matrix.shape[1]
        # Equal changes are told apart by name, so that the order of groups never matters.
        price = [1 + 1e-4 * tie(lever.path) for lever in levers]
        shares = np.array([float(lever.field == "group_share") for lever in levers])
        balance = np.concatenate([np.zeros(cells), shares * base, -shares * base])
        up = [(lever.highest - lever.old) / lever.base for lever in levers]
        down = [(lever.old - lever.lowest) / lever.base for lever in levers]
        found = linprog(
            np.concatenate([np.zeros(cells), price, price]),
            A_ub=-matrix,
            b_ub=-self.programme.right,
            A_eq=balance[None, :] if shares.any() else None,
            b_eq=[0.0] if shares.any() else None,
            bounds=[(0, None)] * cells + [(0, most) for most in (*up, *down)],
            method="highs-ds",
        )
        if found.x is None:
            return None
        plus, minus = np.split(found.x[cells:], 2)
        return np.where(np.abs(plus - minus) > 1e-9, plus - minus, 0.0) * base

    def repair(self, levers: Sequence[Lever]) -> Repair | None:
        """Return the nearest values of some levers that hold together, if there are any."""
        change = self.least_change(levers) if levers else None
        if change is None or not change.any():
            return None
        moved = [(lever, by) for lever, by in zip(levers, change, strict=True) if by]
        for fineness in (0, -1):
            tried = partial(_outward, moved, fineness)
            beyond = _nearest(lambda count, values=tried: self.holds(self.changes(values(count))))
            if beyond is not None:
                return self.as_repair(tried(beyond))
        return None

    def changes(self, values: Sequence[tuple[Lever, float]]) -> dict[str, Any]:
        """Return new values of levers as values of whole fields of the scenario."""
        changed = dict(self.scenario.values)
        for lever, new in values:
            changed = put(changed, lever.keys, new)
        return {str(lever.keys[0]): changed[str(lever.keys[0])] for lever, _ in values}

    def as_repair(self, values: Sequence[tuple[Lever, float]]) -> Repair:
        """Return new values as a repair, levers of one field together."""
        changes = self.changes(values)
        fields: dict[str, list[tuple[Lever, float]]] = {}
        for lever, new in values:
            fields.setdefault(lever.field, []).append((lever, new))
        parts = []
        for field, levers in fields.items():
            whole = field in changes and len(levers[0][0].keys) > 1
            old = self.scenario.values[field] if whole else levers[0][0].old
            new = changes[field] if whole else levers[0][1]
            relative = sum(abs(value - lever.old) / lever.base for lever, value in levers)
            yuan = sum((value - lever.old) * lever.yuan for lever, value in levers)
            if field == "group_share":
                yuan = relative * levers[0][0].yuan
            parts.append(Change(field, old, new, relative, round(yuan)))
        return Repair(tuple(parts), changes)

    def idle_groups(self, clash: Clash) -> list[str]:
        """Return groups of priority 0 that a clash keeps at their floors."""
        priority = self.scenario.values["priority"]
        idle = {m.name.rpartition("/")[2] for m in clash.members if m.field == NO_TARGET}
        return [group for group in self.groups if group in idle and priority.get(group, 1) == 0]

    def switched_on(self, group: str) -> Repair | None:
        """Return the repair that gives a group of priority 0 the least priority there is."""
        least = FIELDS["priority"].step
        changes = {"priority": put(self.scenario.values["priority"], (group,), least)}
        part = Change(f"priority.{group}", 0, least, 1.0, 0)
        return Repair((part,), changes) if self.holds(changes) else None


def _outward(
    moved: Sequence[tuple[Lever, float]], fineness: int, count: int
) -> list[tuple[Lever, float]]:
    """Return levers at their changed values, rounded outward to a step, and some steps beyond.

    Shares of groups go on adding to 1: what the growing ones take, the others give, the last part
    of it the one that gives most.
    """
    values = []
    for lever, by in moved:
        step, way = lever.steps[fineness], math.copysign(1, by)
        beyond = math.ceil(way * (lever.old + by) / step - 1e-6) + count
        value = lever.whole(min(max(way * beyond * step, lever.lowest), lever.highest))
        values.append((lever, max(value, lever.old) if by > 0 else min(value, lever.old)))
    giver = min(
        (k for k, (lever, by) in enumerate(moved) if lever.field == "group_share"),
        key=lambda k: moved[k][1],
        default=None,
    )
    if giver is not None:
        shares = [(lever, new) for lever, new in values if lever.field == "group_share"]
        lever, new = values[giver]
        over = sum(value - other.old for other, value in shares)
        values[giver] = lever, lever.whole(new - over)
    return values


def _nearest(holds: Callable[[int], bool]) -> int | None:
    """Return the least count with which something holds, looking both ways from 0.

    What holds with one count is taken to hold with the next; None where nothing holds up to
    ``MOST_STEPS``.
    """
    way = -1 if holds(0) else 1
    last, step = 0, way
    while holds(step) == (way < 0):
        if abs(step) > MOST_STEPS:
            return None if way > 0 else step
        last, step = step, 2 * step
    good, bad = (last, step) if way < 0 else (step, last)
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def _groups(clash: Clash) -> tuple[dict[str, Any], ...]:
    """Return the members of a clash together where field, group of people and side are the same."""
    groups: dict[tuple[str, str], list[Member]] = {}
    for member in clash.members:
        groups.setdefault((member.field, member.side), []).append(member)
    return tuple(
        {
            "field": field,
            "side": side,
            "members": tuple(member.name for member in members),
            "count": len(members),
            "each_yuan": members[0].yuan if len({m.yuan for m in members}) == 1 else None,
            "sum_yuan": sum(member.yuan for member in members),
        }
        for (field, side), members in groups.items()
    )


def _difference(change: Change) -> float | None:
    """Return by how much a number changes; None for shares and bands."""
    if isinstance(change.old, int | float) and isinstance(change.new, int | float):
        return change.new - change.old
    return None


def explain_clash(problem: Problem, inputs: Inputs, scenario: Scenario) -> tuple[Finding, ...]:
    """Return why a problem cannot hold and what would repair it, as findings.

    Parameters
    ----------
    problem, inputs, scenario
        A problem without a plan, and what it was built from.

    Returns
    -------
    tuple of Finding
        ``clash`` first, with its members grouped by field, then one note for each repair, the
        smallest change first: ``repair`` for one field, ``repair_together`` for several.
    """
    clash = find_clash(problem)
    if clash is None:
        return (Finding("undecided", "error", scenario.origin.reader().place("values")),)
    place = scenario.origin.reader().place
    groups = _groups(clash)
    facts = {
        "members": tuple(member.name for member in clash.members),
        "groups": groups,
        "shortfall_yuan": clash.shortfall_yuan,
        "total_yuan": problem.total_yuan,
    }
    first = next((group["field"] for group in groups if group["field"] != TOTAL), TOTAL)
    found = [Finding("clash", "error", place(f"values.{first}"), facts)]
    for repair in repairs(inputs, scenario, clash):
        parts = tuple(vars(part) | {"change": _difference(part)} for part in repair.parts)
        at = place(f"values.{parts[0]['field']}")
        if len(parts) == 1:
            found.append(Finding("repair", "note", at, parts[0]))
        else:
            facts = {"parts": parts, "relative": repair.relative}
            found.append(Finding("repair_together", "note", at, facts))
    return tuple(found)
