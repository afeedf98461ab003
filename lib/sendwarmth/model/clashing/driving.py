"""Which numbers of a scenario drive which rows of its problem, and how far.

Floors and caps move in proportion to the number that sets them, but for what drawing in to the
grid adds; so rows are taken as written, before they are drawn in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.clashing.levers import FINEST_SHARE, Keys, Lever
from sendwarmth.model.clashing.programme import DRIVEN_BY_GROUP, TOTAL, Row
from sendwarmth.model.problem import Problem
from sendwarmth.model.schema import FIELDS

Floats = NDArray[np.float64]


def levers_of(
    problem: Problem, values: Mapping[str, Any], rows: Sequence[Row]
) -> tuple[list[Lever], list[Row]]:
    """Return every lever that moves a row, by path, and the rows before they are drawn in.

    Parameters
    ----------
    problem
        The problem.
    values
        The scenario's values it was built from.
    rows
        Its rows.
    """
    drive = _Drive(problem, values, rows)
    levers = (
        *drive.fund(),
        *drive.shares(),
        *drive.regions(),
        *drive.per_head(),
        *drive.locks(),
        *drive.limits(),
    )
    some = (lever for lever in levers if lever.slope.any())
    return sorted(some, key=lambda lever: lever.path), drive.undrawn()


class _Drive:
    """Finds what moves what."""

    def __init__(self, problem: Problem, values: Mapping[str, Any], rows: Sequence[Row]) -> None:
        self.problem, self.values, self.rows = problem, values, rows
        self.written = np.array([row.yuan for row in rows])
        self.signs = np.array([row.sign for row in rows])
        self.drivers = np.array([row.driver for row in rows])

    def where(self, slope: Callable[[Row], float]) -> Floats:
        return np.array([slope(row) for row in self.rows], float)

    def set_by(self, driver: str, sign: int = 0) -> Floats:
        """Return 1 for the rows one number sets, of one side or of both."""
        return ((self.drivers == driver) & ((self.signs == sign) | (sign == 0))).astype(float)

    def undrawn(self) -> list[Row]:
        """Return the rows as written or as drawn in, whichever is easier to keep.

        What a change does to the drawing in is not known yet: the least change looked for must not
        be larger than need be, it is stepped on later.
        """
        pairs = zip(self.rows, self.written.tolist(), strict=True)
        return [
            row._replace(yuan=min(row.yuan, yuan) if row.sign > 0 else max(row.yuan, yuan))
            for row, yuan in pairs
        ]

    def money(self, keys: Keys, old: float, slope: Floats, yuan: float = 1) -> Lever:
        """Return a lever in yuan; its steps are on the grid."""
        step, unit = int(FIELDS[TOTAL].step), self.problem.unit_yuan
        steps, highest = (math.lcm(step, unit), unit), FIELDS[TOTAL].highest
        return Lever(keys, old, old or step, steps, 0, highest, slope, yuan)

    def number(
        self, keys: Keys, old: float, slope: Floats, yuan: float, base: float = 0, finest: float = 1
    ) -> Lever:
        """Return a lever with the step and range of its field."""
        field = FIELDS[str(keys[0])]
        base, steps = base or old or field.step, (field.step, finest)
        return Lever(keys, old, base, steps, field.lowest, field.highest, slope, yuan)

    def share(self, keys: Keys, old: float, slope: Floats, yuan: float, base: float = 0) -> Lever:
        return self.number(keys, old, slope, yuan, base, FINEST_SHARE)

    def sets(self, lever: Lever) -> Lever:
        """Note that the rows of a lever stand at slope times its value, and return it."""
        self.written = np.where(lever.slope != 0, lever.slope * lever.old, self.written)
        return lever

    def fund(self) -> Iterator[Lever]:
        """Yield the budget and the reserve: the total, and every share of it, moves with them.

        Envelopes stated in yuan fix what is shared, so that neither moves it.
        """
        if self.values["envelopes_yuan"] is not None:
            return
        budget, reserve = self.values["budget_yuan"], self.values["reserve"]
        moved = self.where(self.with_total)
        if reserve == "rest":
            yield self.money(("reserve", "yuan"), self.problem.reserve_yuan, -moved)
        elif isinstance(reserve, Mapping):
            yield self.money(("budget_yuan",), budget, moved)
            yield self.money(("reserve", "yuan"), reserve["yuan"], -moved)
        else:
            yield self.money(("budget_yuan",), budget, moved * (1 - reserve))
            yield self.share(("reserve",), reserve, -budget * moved, budget)
        self.written = np.where(moved != 0, moved * self.total(), self.written)

    def total(self) -> float:
        """Return what is shared before it is cut to whole units."""
        budget, reserve = self.values["budget_yuan"], self.values["reserve"]
        if reserve == "rest":
            return self.problem.total_yuan
        kept = reserve["yuan"] if isinstance(reserve, Mapping) else budget * reserve
        return self.problem.carried_yuan + budget - kept

    def with_total(self, row: Row) -> float:
        """Return how far a row moves with one yuan more to share."""
        if row.field == "group_share":
            return float(self.values["group_share"][row.name.partition("/")[2]])
        if row.field == "region_cap_share":
            return float(self.values["region_cap_share"])
        scaled = self.values["change_band_base"] == "scaled"
        if row.field == "change_band" and scaled and self.problem.total_yuan:
            return row.yuan / self.problem.total_yuan
        return float(row.name == TOTAL)

    def shares(self) -> Iterator[Lever]:
        total = self.total()
        for group, share in (self.values["group_share"] or {}).items():
            slope = total * self.set_by(f"group_share/{group}")
            yield self.share(("group_share", group), share, slope, total, base=2)

    def regions(self) -> Iterator[Lever]:
        floor, cap = self.values["region_floor_yuan"], self.values["region_cap_share"]
        if floor:
            slope = self.set_by("region_floor_yuan")
            yield self.sets(self.money(("region_floor_yuan",), floor, slope, slope.sum()))
        if cap is not None:
            total = self.total()
            slope = total * self.set_by("region_cap_share")
            yield self.share(("region_cap_share",), cap, slope, total)
        for end, sign in enumerate((1, -1)) if self.values["change_band"] else ():
            change = self.values["change_band"][end]
            amounts = self.where(lambda row: row.yuan) / ((1 + change) or 1)
            slope = amounts * self.set_by("change_band", sign)
            yield self.share(("change_band", end), change, slope, slope.sum(), base=1 + change)

    def per_head(self) -> Iterator[Lever]:
        every = self.problem.heads.ravel()
        heads = self.where(lambda row: every[row.cells[:1]].sum())
        for name in DRIVEN_BY_GROUP:
            for group, old in self.values[name].items():
                slope = heads * self.set_by(f"{name}/{group}")
                if old is not None:
                    yield self.sets(self.number((name, group), old, slope, slope.sum()))

    def locks(self) -> Iterator[Lever]:
        for n, lock in enumerate(self.values["locks"]):
            slope = self.set_by(f"locks/{lock['region']}/{lock['group']}")
            yield self.money(("locks", n, "yuan"), lock["yuan"], slope)

    def limits(self) -> Iterator[Lever]:
        for n, limit in enumerate(self.values["limits"]):
            for key, sign in (("floor_yuan", 1), ("cap_yuan", -1)):
                if limit[key] is not None:
                    slope = self.set_by(f"limits/{limit['name']}", sign)
                    yield self.sets(self.money(("limits", n, key), limit[key], slope))
