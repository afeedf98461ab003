"""What would repair a clash: the nearest value of each field in it that lets everything hold.

One field drives many bounds at once (``region_floor_yuan`` one a region, ``per_head_min`` one a
region and group, the budget the total, the envelopes and every share of them). All of them move in
proportion to the field, so a linear programme (HiGHS) finds the least change with which every row
of the problem can hold. That value is rounded outward to the field's step and checked as a plan
would be: problem, fit and rounding. It is stepped on until it holds, and back as far as it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from sendwarmth.model.clashing.driving import levers_of
from sendwarmth.model.clashing.levers import Lever, Moved, Setting, least_change, outward, put
from sendwarmth.model.clashing.programme import NO_TARGET, TOTAL, Programme, rows_of
from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.fit import NotConverged, fit
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import build
from sendwarmth.model.rounding import round_table
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import FIELDS

if TYPE_CHECKING:
    from sendwarmth.model.clashing.clash import Clash

FURTHEST = 256
"""How far from the programme's answer a value is looked for, in steps."""


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
        What the change comes to over everything the field drives, of a cap on each region for one
        of them: above 0 where more is asked for or given.
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
    some = sorted((repair for repair in found if repair is not None), key=_by_size)
    return tuple(some) or bench.together()


def _by_size(repair: Repair) -> tuple[float, tuple[str, ...]]:
    return repair.relative, repair.fields


class _Bench:
    """Where repairs of one scenario are worked out and tried."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.scenario = inputs, scenario
        problem = build(inputs, scenario)
        self.groups, self.shared = problem.group_ids, problem.total_yuan > 0
        self.rows = rows_of(problem)
        self.levers, written = levers_of(problem, scenario.values, self.rows)
        # Before drawing in the least change may come out too small, after it too large.
        self.programmes = [Programme.of(problem, rows) for rows in (written, self.rows)]
        self.signs = np.array([row.sign for row in self.rows])
        self.known: dict[tuple[object, ...], list[float] | None] = {}

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
            # To share out nothing at all would keep nearly any limit.
            if fitted.status != "done" or (self.shared and not problem.total_yuan):
                return False
            round_table(fitted.amounts, problem.unit_yuan, problem.total_yuan, *bounds)
        except (SendWarmthError, NotConverged):
            return False
        return True

    def least(self, levers: Sequence[Lever], which: int, fineness: int) -> list[float] | None:
        """Return the least changes of some levers by one of the programmes, worked out once."""
        stepped = fineness if any(lever.of_one_whole for lever in levers) else None
        key = tuple(lever.path for lever in levers), which, stepped
        if key not in self.known:
            self.known[key] = least_change(self.programmes[which], self.signs, levers, fineness)
        return self.known[key]

    def repair(self, levers: Sequence[Lever]) -> Repair | None:
        """Return the nearest values of some levers that hold together, if there are any."""
        if not levers or self.least(levers, 0, -1) is None:
            return None
        for fineness, which in product((0, -1), range(len(self.programmes))):
            change = self.least(levers, which, fineness)
            moved = [(lever, by) for lever, by in zip(levers, change or (), strict=False) if by]
            counts = self.stepped(moved, fineness)
            if counts is not None:
                setting = outward(moved, fineness, counts)
                return self.as_repair([(lever, new) for lever, new in setting if new != lever.old])
        return None

    def together(self) -> tuple[Repair, ...]:
        """Return the least change of several fields; without the fund, should that fail with it.

        Limits that are shares of the fund move with the product of two levers, which the programme
        does not know.
        """
        fixed = [lever for lever in self.levers if lever.keys[0] not in (TOTAL, "reserve")]
        found = self.repair(self.levers) or self.repair(fixed)
        return () if found is None else (found,)

    def stepped(self, moved: Moved, fineness: int) -> list[int] | None:
        """Return by how many steps levers must go beyond: together, then each drawn back."""

        def holds(counts: list[int]) -> bool:
            return self.holds(self.changes(outward(moved, fineness, counts)))

        size, free = len(moved), [k for k, (lever, _) in enumerate(moved) if not lever.of_one_whole]
        if not free:
            return [0] * size if moved and holds([0] * size) else None
        common = nearest(lambda count: holds([count] * size))
        if common is None:
            return None
        counts = [common] * size

        def alone(k: int, steps: int) -> bool:
            return holds([*counts[:k], counts[k] + steps, *counts[k + 1 :]])

        for k in free if len(free) > 1 else ():
            counts[k] += nearest(partial(alone, k), max(common, 1)) or 0
        return counts

    def changes(self, setting: Setting) -> dict[str, Any]:
        """Return new values of levers as values of whole fields of the scenario."""
        changed = dict(self.scenario.values)
        for lever, new in setting:
            changed = put(changed, lever.keys, new)
        return {str(lever.keys[0]): changed[str(lever.keys[0])] for lever, _ in setting}

    def as_repair(self, setting: Setting) -> Repair:
        """Return new values as a repair, levers of one field together."""
        changes = self.changes(setting)
        fields: dict[str, list[tuple[Lever, float]]] = {}
        for lever, new in setting:
            fields.setdefault(lever.field, []).append((lever, new))
        parts = []
        for field, levers in fields.items():
            first, new = levers[0]
            whole = field != first.path
            relative = sum(abs(value - lever.old) / lever.base for lever, value in levers)
            yuan = sum((value - lever.old) * lever.yuan for lever, value in levers)
            parts.append(
                Change(
                    field,
                    self.scenario.values[field] if whole else first.old,
                    changes[field] if whole else new,
                    relative,
                    round(relative * first.yuan if first.of_one_whole else yuan),
                )
            )
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


def nearest(holds: Callable[[int], bool], furthest: int = FURTHEST) -> int | None:
    """Return the least whole number with which something holds, looking both ways from 0.

    What holds with one number is taken to hold with the next. None where nothing up to
    ``furthest`` holds.

    Examples
    --------
    >>> nearest(lambda count: count >= 11), nearest(lambda count: count >= -5)
    (11, -5)
    """
    way = -1 if holds(0) else 1
    last, step = 0, way
    while holds(step) == (way < 0):
        if abs(step) > furthest:
            return None if way > 0 else step
        last, step = step, 2 * step
    good, bad = (last, step) if way < 0 else (step, last)
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good
