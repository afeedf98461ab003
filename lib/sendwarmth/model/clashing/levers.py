"""Numbers of a scenario that can be changed, and the least change with which everything can hold.

A lever is one number: a budget, the least amount a head of one group, one end of a limit. Rows of
the problem move in proportion to it (`Lever.slope`), so a linear programme (HiGHS) finds the least
change; what is found is then rounded outward to the field's step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from sendwarmth.model.clashing.programme import Programme
from sendwarmth.model.linear import cheapest
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
Moved = Sequence[tuple[Lever, float]]
"""Levers and their changes."""


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


def outward(moved: Moved, fineness: int, counts: Sequence[int]) -> Setting:
    """Return levers at their changed values, rounded outward to a step, and some steps beyond.

    Parameters
    ----------
    moved
        Levers and their changes.
    fineness
        Which of the levers' steps.
    counts
        How many steps beyond, or, below 0, short of it, one a lever. Group shares, which change by
        whole steps already and add to 1, stay as they are.
    """
    return [
        (lever, lever.written(lever.old + by))
        if lever.of_one_whole
        else (lever, lever.beyond(by, fineness, count))
        for (lever, by), count in zip(moved, counts, strict=True)
    ]


def least_change(
    programme: Programme, signs: Floats, levers: Sequence[Lever], fineness: int
) -> list[float] | None:
    """Return the changes of least relative sum with which every row can hold, one a lever.

    Group shares change by whole steps and go on adding to 1: one after the other is put on the
    better of the two steps nearest to it, the others being worked out again.

    Parameters
    ----------
    programme
        The rows as written.
    signs
        1 for a row that is a floor, -1 for a cap, (rows,).
    levers
        What may change.
    fineness
        Which of the levers' steps.

    Returns
    -------
    list of float or None
        None where no change is enough.
    """
    ranges = [(lever.lowest - lever.old, lever.highest - lever.old) for lever in levers]
    search = _Search(programme, signs, levers)
    found = search.solve(ranges)
    for k, lever in enumerate(levers):
        if lever.of_one_whole and found is not None:
            step = lever.steps[fineness]
            count = found.change[k] / step
            whole = {round(count)} if abs(count - round(count)) < 1e-6 else {*_around(count)}
            trials = [[*ranges[:k], (n * step,) * 2, *ranges[k + 1 :]] for n in sorted(whole)]
            solved = [(search.solve(trial), trial) for trial in trials]
            held = [(answer, trial) for answer, trial in solved if answer is not None]
            found, ranges = min(held, key=lambda pair: pair[0].price, default=(None, ranges))
    return None if found is None else found.change


def _around(count: float) -> tuple[int, int]:
    return math.floor(count), math.ceil(count)


class _Answer(NamedTuple):
    """Changes, one a lever, and the sum of their relative sizes."""

    change: list[float]
    price: float


class _Search:
    """The programme over cells and levers, solved for several ranges of the levers."""

    def __init__(self, programme: Programme, signs: Floats, levers: Sequence[Lever]) -> None:
        self.cells = programme.matrix.shape[1]
        self.base = np.array([lever.base for lever in levers])
        self.cost = np.repeat([0.0, 1.0], [self.cells, 2 * len(levers)])
        slopes = np.stack([lever.slope for lever in levers], axis=1) * self.base / programme.scale
        moved = signs[:, None] * slopes
        rows = sparse.hstack([programme.matrix, -moved, moved])
        shares = np.array([float(lever.of_one_whole) for lever in levers])
        balance = np.concatenate([np.zeros(self.cells), shares, -shares])[None, :]
        kept = sparse.vstack([rows, balance], format="csc")
        most = np.append(np.full(len(programme.right), np.inf), 0.0)
        self.kept = LinearConstraint(kept, np.append(programme.right, 0.0), most)

    def solve(self, ranges: Sequence[tuple[float, ...]]) -> _Answer | None:
        """Return the least change within ranges of each lever, as parts up and parts down."""
        low, high = np.array(ranges).T / self.base
        nothing = np.zeros(self.cells)
        least = [nothing, np.maximum(low, 0), np.maximum(-high, 0)]
        most = [nothing + np.inf, np.maximum(high, 0), np.maximum(-low, 0)]
        within = Bounds(np.concatenate(least), np.concatenate(most))
        found = cheapest(self.cost, self.kept, within)
        if found is None:
            return None
        plus, minus = np.split(found[self.cells :], 2)
        change = np.where(np.abs(plus - minus) > 1e-9, plus - minus, 0.0) * self.base
        return _Answer(change.tolist(), float(self.cost @ found))
