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
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sendwarmth.model.grid import tie
from sendwarmth.model.problem import Problem
from sendwarmth.model.programme import DRIVEN_BY_GROUP, TOTAL, Programme, Row
from sendwarmth.model.schema import FIELDS
from sendwarmth.model.targets import MILLION

Floats = NDArray[np.float64]
Keys = tuple[str | int, ...]
CHANGED_WHOLE = ("group_share", "change_band")
FINEST_SHARE = 1 / MILLION


@dataclass(frozen=True, eq=False)
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
        Yuan that one of it comes to over everything it drives; of a share of the total, over one
        region.
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
        return str(self.keys[0]) if self.keys[0] in CHANGED_WHOLE else self.path

    @property
    def of_one_whole(self) -> bool:
        """Whether it is one of the shares that add to 1."""
        return self.keys[0] == "group_share"

    def written(self, value: float) -> float:
        """Return a value as it is written: money in whole yuan, shares to six decimals."""
        return round(float(value), 6) if self.steps[-1] < 1 else round(value)

    def beyond(self, by: float, fineness: int, count: int) -> float:
        """Return the value after a change, rounded outward to a step, and some steps beyond.

        Never on the other side of the value now, nor out of its range.
        """
        step, way = self.steps[fineness], math.copysign(1, by)
        multiple = math.ceil(way * (self.old + by) / step - 1e-6) + count
        value = self.written(min(max(way * multiple * step, self.lowest), self.highest))
        return max(value, self.old) if by > 0 else min(value, self.old)


Setting = list[tuple[Lever, float]]
"""Levers and the values they are set to."""


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


def outward(moved: Sequence[tuple[Lever, float]], fineness: int, count: int) -> Setting:
    """Return levers at their changed values, rounded outward to a step, and some steps beyond.

    Parameters
    ----------
    moved
        Levers and their changes.
    fineness
        Which of the levers' steps.
    count
        How many steps beyond, or, below 0, short of it. Group shares, which change by whole steps
        already and add to 1, stay as they are.
    """
    return [
        (lever, lever.written(lever.old + by))
        if lever.of_one_whole
        else (lever, lever.beyond(by, fineness, count))
        for lever, by in moved
    ]


def least_change(
    programme: Programme, rows: Sequence[Row], levers: Sequence[Lever], fineness: int
) -> Floats | None:
    """Return the changes of least relative sum with which every row can hold, (levers,).

    Group shares change by whole steps and go on adding to 1; the programme is an integer one where
    they are among the levers. None where no change is enough.
    """
    shares = np.array([lever.of_one_whole for lever in levers], float)
    base = np.array([lever.base for lever in levers])
    piece = np.where(shares, [lever.steps[fineness] for lever in levers], base)
    # Equal changes are told apart by name, so that the order of groups never matters.
    price = piece / base * [1 + 1e-4 * tie(lever.path) for lever in levers]
    up = [(lever.highest - lever.old) for lever in levers] / piece
    down = [(lever.old - lever.lowest) for lever in levers] / piece
    slopes = np.stack([lever.slope for lever in levers], axis=1) * piece / programme.scale
    moved = np.array([row.sign for row in rows])[:, None] * slopes
    cells = programme.matrix.shape[1]
    nothing = np.zeros(cells)
    found = milp(
        np.concatenate([nothing, price, price]),
        integrality=np.concatenate([nothing, shares, shares]),
        bounds=Bounds(0, np.concatenate([nothing + np.inf, up, down])),
        constraints=[
            LinearConstraint(sparse.hstack([programme.matrix, -moved, moved]), lb=programme.right),
            LinearConstraint(np.concatenate([nothing, shares, -shares]), 0, 0),
        ],
    )
    if found.x is None:
        return None
    plus, minus = np.split(found.x[cells:], 2)
    return np.where(np.abs(plus - minus) > 1e-9, plus - minus, 0.0) * piece


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

    def where(self, slope: Callable[[Row], float]) -> Floats:
        return np.array([slope(row) for row in self.rows], float)

    def set_by(self, driver: str, sign: int = 0) -> Floats:
        """Return 1 for the rows one number sets, of one side or of both."""
        return self.where(lambda row: row.driver == driver and sign in (0, row.sign))

    def money(self, keys: Keys, old: float, slope: Floats, yuan: float = 1) -> Lever:
        """Return a lever in yuan, its steps drawn to the grid."""
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
            yield self.share(("reserve",), reserve, -budget * moved, budget)

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
        total = self.problem.total_yuan
        for group, share in (self.values["group_share"] or {}).items():
            slope = total * self.set_by(f"group_share/{group}")
            yield self.share(("group_share", group), share, slope, total, base=2)

    def regions(self) -> Iterator[Lever]:
        floor, cap = self.values["region_floor_yuan"], self.values["region_cap_share"]
        if floor:
            slope = self.set_by("region_floor_yuan")
            yield self.money(("region_floor_yuan",), floor, slope, slope.sum())
        if cap is not None:
            total = self.problem.total_yuan
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
                    yield self.number((name, group), old, slope, slope.sum())

    def locks(self) -> Iterator[Lever]:
        for n, lock in enumerate(self.values["locks"]):
            slope = self.set_by(f"locks/{lock['region']}/{lock['group']}")
            yield self.money(("locks", n, "yuan"), lock["yuan"], slope)

    def limits(self) -> Iterator[Lever]:
        for n, limit in enumerate(self.values["limits"]):
            for key, sign in (("floor_yuan", 1), ("cap_yuan", -1)):
                if limit[key] is not None:
                    slope = self.set_by(f"limits/{limit['name']}", sign)
                    yield self.money(("limits", n, key), limit[key], slope)
