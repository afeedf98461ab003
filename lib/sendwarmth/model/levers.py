"""How far each field of a scenario moves each row of its problem.

A lever is one number of a scenario: a budget, the least amount a head of one group, one end of a
limit. Floors and caps move in proportion to it (`Lever.slope`), but for what drawing in to the grid
adds; that is what repairs start from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.clash import TOTAL, Row
from sendwarmth.model.problem import Problem
from sendwarmth.model.schema import FIELDS
from sendwarmth.model.targets import MILLION

Floats = NDArray[np.float64]
Keys = tuple[str | int, ...]
FINEST_SHARE = 1 / MILLION


@dataclass(frozen=True)
class Lever:
    """One number of a scenario, and what it drives.

    Parameters
    ----------
    keys
        Where it stands under ``values``.
    old
        Its value.
    base
        What a change is divided by to be relative.
    steps
        What a new value is a multiple of, and what if that is too coarse.
    lowest, highest
        Its range.
    slope
        Yuan by which each row's floor or cap moves with one of it, (rows,).
    yuan
        Yuan that one of it comes to over everything it drives.
    """

    keys: Keys
    old: float
    base: float
    steps: tuple[float, ...]
    lowest: float
    highest: float
    slope: Floats
    yuan: float

    @property
    def path(self) -> str:
        """Dotted path under ``values``."""
        return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.keys)[1:]

    @property
    def field(self) -> str:
        """What is changed as one: shares and bands whole, everything else by itself."""
        return str(self.keys[0]) if self.keys[0] in ("group_share", "change_band") else self.path

    def whole(self, value: float) -> float:
        """Return a value as it is written: money in whole yuan, shares to six decimals."""
        return round(value, 6) if self.steps[-1] < 1 else round(value)


def put(values: Any, keys: Sequence[str | int], new: Any) -> Any:
    """Return plain data with the value at a path replaced.

    Examples
    --------
    >>> put({"locks": ({"yuan": 5}, {"yuan": 6})}, ("locks", 1, "yuan"), 7)
    {'locks': [{'yuan': 5}, {'yuan': 7}]}
    """
    if not keys:
        return new
    head, *rest = keys
    if isinstance(head, int):
        return [put(old, rest, new) if i == head else old for i, old in enumerate(values)]
    known = dict(values) if isinstance(values, Mapping) else {}
    return known | {head: put(known.get(head), rest, new)}


def levers_of(problem: Problem, values: Mapping[str, Any], rows: Sequence[Row]) -> list[Lever]:
    """Return every lever that moves a row.

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
    return [lever for lever in levers if lever.slope.any()]


class _Drive:
    """Finds what moves what."""

    def __init__(self, problem: Problem, values: Mapping[str, Any], rows: Sequence[Row]) -> None:
        self.problem, self.values, self.rows = problem, values, rows
        self.heads = problem.heads.ravel()

    def where(self, slope: Callable[[Row], float]) -> Floats:
        return np.array([slope(row) for row in self.rows], float)

    def named(self, name: str, sign: int = 0) -> Floats:
        """Return 1 for rows of a name, or of all the members of a field, of one side or both."""
        inside = f"{name}/"
        return self.where(
            lambda row: (row.name == name or row.name.startswith(inside)) and sign in (0, row.sign)
        )

    def money(self, keys: Keys, old: float, slope: Floats, yuan: float = 1) -> Lever:
        field, unit = FIELDS[str(keys[0])], self.problem.unit_yuan
        step = 1_000 if keys[0] == "reserve" else int(field.step)
        highest = FIELDS[TOTAL].highest
        return Lever(keys, old, old, (math.lcm(step, unit), unit), 0, highest, slope, yuan)

    def share(self, keys: Keys, old: float, base: float, slope: Floats, yuan: float) -> Lever:
        field = FIELDS[str(keys[0])]
        steps = field.step, FINEST_SHARE
        return Lever(keys, old, base, steps, field.lowest, field.highest, slope, yuan)

    def fund(self) -> Iterator[Lever]:
        """Yield the budget and the reserve: the total, and every share of it, moves with them."""
        budget, reserve = self.values["budget_yuan"], self.values["reserve"]
        moved = self.where(self.with_total)
        if reserve == "rest":
            yield self.money(("reserve", "yuan"), self.problem.reserve_yuan, -moved)
        elif isinstance(reserve, Mapping):
            yield self.money(("budget_yuan",), budget, moved)
            yield self.money(("reserve", "yuan"), reserve["yuan"], -moved)
        else:
            yield self.money(("budget_yuan",), budget, moved * (1 - reserve))
            yield self.share(("reserve",), reserve, reserve, -budget * moved, budget)

    def with_total(self, row: Row) -> float:
        """Return how far a row moves with one yuan more to share."""
        member = row.name.partition("/")[2]
        if row.field == "group_share":
            return float(self.values["group_share"][member])
        if row.field == "region_cap_share":
            return float(self.values["region_cap_share"])
        scaled = self.values["change_band_base"] == "scaled"
        if row.field == "change_band" and scaled and self.problem.total_yuan:
            return row.yuan / self.problem.total_yuan
        return float(row.name == TOTAL)

    def shares(self) -> Iterator[Lever]:
        total = self.problem.total_yuan
        for group, share in (self.values["group_share"] or {}).items():
            slope = total * self.named(f"group_share/{group}")
            yield self.share(("group_share", group), share, 2, slope, total)

    def regions(self) -> Iterator[Lever]:
        floor, cap = self.values["region_floor_yuan"], self.values["region_cap_share"]
        if floor:
            slope = self.named("region_floor_yuan")
            yield self.money(("region_floor_yuan",), floor, slope, slope.sum())
        if cap is not None:
            slope = self.problem.total_yuan * self.named("region_cap_share")
            yield self.share(("region_cap_share",), cap, cap, slope, slope.sum())
        for end, sign in enumerate((1, -1)) if self.values["change_band"] else ():
            change = self.values["change_band"][end]
            amount = self.where(lambda row, factor=1 + change: row.yuan / factor if factor else 0)
            slope = amount * self.named("change_band", sign)
            yield self.share(("change_band", end), change, 1 + change, slope, slope.sum())

    def per_head(self) -> Iterator[Lever]:
        count = len(self.problem.group_ids)
        for name in ("per_head_min", "per_head_max"):
            field, whole = FIELDS[name], self.named(name)
            for j, group in enumerate(self.problem.group_ids):
                if self.values[name].get(group) is None:
                    continue
                heads = self.where(
                    lambda row, j=j: self.heads[row.cells[0]] if row.cells[0] % count == j else 0
                )
                slope, old, steps = heads * whole, self.values[name][group], (field.step, 1)
                keys, yuan = (name, group), slope.sum()
                yield Lever(keys, old, old, steps, field.lowest, field.highest, slope, yuan)

    def locks(self) -> Iterator[Lever]:
        for n, lock in enumerate(self.values["locks"]):
            slope = self.named(f"locks/{lock['region']}/{lock['group']}")
            yield self.money(("locks", n, "yuan"), lock["yuan"], slope)

    def limits(self) -> Iterator[Lever]:
        for n, limit in enumerate(self.values["limits"]):
            for key, sign in (("floor_yuan", 1), ("cap_yuan", -1)):
                if limit[key] is not None:
                    slope = self.named(f"limits/{limit['name']}", sign)
                    yield self.money(("limits", n, key), limit[key], slope)
