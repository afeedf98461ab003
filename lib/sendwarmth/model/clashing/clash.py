"""Why limits clash: the members of a clash that cannot be made smaller, and by how much they miss.

Every bound, limit and the total is one row ``sum of x over some cells >= floor`` or ``<= cap`` over
amounts ``x >= 0``. Let every row give way by its weight times one number ``z``; a linear programme
(HiGHS) finds the least ``z``. Above zero the rows clash, and the rows whose dual values are not
zero clash by themselves: the dual values are a certificate (Farkas), and those of a vertex of the
programme belong to few rows. Other weights name another clash where there are several: eight
stated orders are tried, rows that come early in an order being dropped the sooner. The smallest
sets of rows found go through a deletion filter: every row is left out once, and stays out if the
others still clash, which least squares tell of few rows and a linear programme of many. What is
left with the fewest rows is the clash.

Source: J. Gleeson and J. Ryan, "Identifying minimally infeasible subsystems of inequalities", ORSA
Journal on Computing 2 (1990); J. W. Chinneck, "Feasibility and Infeasibility in Optimization",
Springer (2008). The fewest members possible are not promised: that problem is NP-hard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sendwarmth.model.clashing.programme import FEW, TOTAL, Programme, Row, rows_of
from sendwarmth.model.clashing.repairs import Change, repairs
from sendwarmth.model.findings import Finding
from sendwarmth.model.fit import NotConverged
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import Problem
from sendwarmth.model.scenario import Scenario

Side = Literal["floor", "cap"]

LIGHTEST = 0.01
"""What the last row of an order weighs; the first weighs 1."""
MADE_IRREDUCIBLE = 3
"""How many of the sets of rows found in the eight orders go through the filter, smallest first."""


@dataclass(frozen=True)
class Member:
    """One member of a clash.

    Parameters
    ----------
    name
        ``field/member``, for example ``region_floor_yuan/REGION``, ``per_head_min/REGION/GROUP``
        or ``limits/NAME``; ``budget_yuan`` is the total.
    side
        Which side of it clashes.
    driver
        ``field`` or ``field/GROUP`` where one number of the scenario sets many members; otherwise
        the name.
    yuan
        Its floor or cap.
    """

    name: str
    side: Side
    driver: str
    yuan: int

    @property
    def field(self) -> str:
        """The field or table it comes from."""
        return self.name.partition("/")[0]

    @classmethod
    def of(cls, row: Row) -> Member:
        """Return a row as a member."""
        return cls(row.name, "floor" if row.sign > 0 else "cap", row.driver, round(row.yuan))


@dataclass(frozen=True)
class Clash:
    """Members that cannot all hold, though any of them could be left out and the others would.

    Parameters
    ----------
    members
        In the order of their names.
    shortfall_yuan
        The least amount by which they miss each other, in all.
    whole
        The members and all that is set by the same numbers and makes the miss larger. Eleven bases
        of 8 million and a total of 87 million clash, whichever two of thirteen are left out; the
        whole of it is the thirteen.
    whole_shortfall_yuan
        The least amount by which the whole misses.
    """

    members: tuple[Member, ...]
    shortfall_yuan: int
    whole: tuple[Member, ...]
    whole_shortfall_yuan: int


ORDERS: tuple[Callable[[Row], tuple[object, ...]], ...] = (
    lambda row: (row.name, row.sign),
    lambda row: (row.name[::-1], row.sign),
    lambda row: (len(row.cells), row.name, row.sign),
    lambda row: (-len(row.cells), row.name, row.sign),
    lambda row: (row.yuan, row.name, row.sign),
    lambda row: (-row.yuan, row.name, row.sign),
    lambda row: (row.sign, row.name),
    lambda row: (-row.sign, row.name),
)
"""The orders rows are tried in: by name from either end, by cells, by amount, by side."""


def find_clash(problem: Problem) -> Clash | None:
    """Return an irreducible clash of a problem, or None where everything can hold.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    Clash or None
        The smallest of those found in the eight orders of ``ORDERS``; it does not depend on the
        order of rows and columns.
    """
    rows = rows_of(problem)
    programme = Programme.of(problem, rows)
    core: list[int] = []
    for certified in _certified(programme, rows)[:MADE_IRREDUCIBLE]:
        core = _irreducible(programme, certified, len(core) or len(rows) + 1) or core
    if not core:
        return None
    least = programme.among(core).shortfall_yuan()
    whole = _whole(programme, rows, core, least)
    return Clash(
        tuple(Member.of(rows[k]) for k in core),
        least,
        tuple(Member.of(rows[k]) for k in whole),
        programme.among(whole).shortfall_yuan() if len(whole) > len(core) else least,
    )


def _certified(programme: Programme, rows: Sequence[Row]) -> list[list[int]]:
    """Return sets of rows that clash, each in the order it was found in.

    The smallest first; of two as small, the one that misses by more, which asks more of a repair.
    """
    found: dict[frozenset[int], list[int]] = {}
    for order in ORDERS:
        ranked = sorted(range(len(rows)), key=lambda k: order(rows[k]))
        weight = np.empty(len(rows))
        weight[ranked] = np.geomspace(1.0, LIGHTEST, len(rows))
        clashing = set(programme.clashing(weight))
        if not clashing:
            return []
        found.setdefault(frozenset(clashing), [k for k in ranked if k in clashing])
    sizes = Counter(map(len, found))
    misses = {
        some: -programme.among(found[some]).shortfall_yuan() if sizes[len(some)] > 1 else 0
        for some in found
    }
    ranks = sorted(found, key=lambda some: (len(some), misses[some], sorted(some)))
    return [found[some] for some in ranks]


def _irreducible(programme: Programme, certified: list[int], fewer_than: int) -> list[int] | None:
    """Leave out every row without which the others still clash: one by one, of many rows several.

    None as soon as the rows that are needed are not fewer than asked.
    """
    some, kept = programme.among(certified), list(range(len(certified)))
    part = some.few() if len(kept) <= FEW else some
    needed, size, shown = set[int](), 1, len(kept) <= FEW
    while len(needed) < fewer_than:
        left = [k for k in kept if k not in needed]
        if not left:
            return sorted(certified[k] for k in kept)
        others = [k for k in kept if k not in left[:size]]
        still = part.among(others).clashing()
        if still:
            kept = [others[k] for k in still]
            size, shown = min(2 * size, max(len(kept) // FEW, 1)), len(kept) <= FEW
        elif size > 1:
            size //= 2
        else:
            needed.add(left[0])
            needed |= set() if shown else {kept[k] for k in some.among(kept).needed()}
            shown = True
    return None


def _whole(programme: Programme, rows: Sequence[Row], core: list[int], least: int) -> list[int]:
    """Add the rows that the same numbers set, where that makes the miss larger than least."""
    together: dict[tuple[str, int], set[int]] = {}
    for k, row in enumerate(rows):
        together.setdefault((row.driver, row.sign), set()).add(k)
    whole = set(core)
    for same in [some for some in together.values() if not some.isdisjoint(core)]:
        wider = sorted(same | set(core))
        if len(wider) > len(core) and programme.among(wider).shortfall_yuan() > least:
            whole |= same
    return sorted(whole)


def explain_clash(problem: Problem, inputs: Inputs, scenario: Scenario) -> tuple[Finding, ...]:
    """Return why a problem cannot hold and what would repair it, as findings.

    Parameters
    ----------
    problem, inputs, scenario
        A problem without a plan, and what it was built from.

    Returns
    -------
    tuple of Finding
        ``clash`` first, with the whole of it grouped by the numbers that set it, then one note for
        each repair, the smallest change first: ``repair`` for one field, ``repair_together`` for
        several.

    Raises
    ------
    NotConverged
        All limits can hold: the fit should have found a plan.
    """
    clash = find_clash(problem)
    if clash is None:
        raise NotConverged("every limit can hold, yet the fit found no plan")
    place = scenario.origin.reader().place
    groups = _groups(clash)
    facts = {
        "members": tuple(member.name for member in clash.members),
        "groups": groups,
        "shortfall_yuan": clash.shortfall_yuan,
        "whole_shortfall_yuan": clash.whole_shortfall_yuan,
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


def _groups(clash: Clash) -> tuple[dict[str, Any], ...]:
    """Return the whole of a clash, members together that one number sets on one side."""
    groups: dict[tuple[str, str], list[Member]] = {}
    for member in clash.whole:
        groups.setdefault((member.driver, member.side), []).append(member)
    return tuple(
        {
            "field": members[0].field,
            "driver": driver,
            "side": side,
            "members": tuple(member.name for member in members),
            "count": len(members),
            "each_yuan": members[0].yuan if len({m.yuan for m in members}) == 1 else None,
            "sum_yuan": sum(member.yuan for member in members),
        }
        for (driver, side), members in groups.items()
    )


def _difference(change: Change) -> float | None:
    """Return by how much a number changes; None for shares and bands."""
    if isinstance(change.old, int | float) and isinstance(change.new, int | float):
        return change.new - change.old
    return None
