"""What a sweep moves: fields by their path, the values each takes, and which values go together.

A path is written as findings write it: ``budget_yuan``, ``standard.GROUP``,
``factor_weight.GROUP.FACTOR``, ``limits[0].floor_yuan``. Weights and shares that add to 1 go on
doing so: the claim takes what another factor leaves, the other groups share what one leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.clashing.levers import put
from sendwarmth.model.grid import largest_remainder
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import EVERY
from sendwarmth.model.targets import MILLION, millionths

Floats = NDArray[np.float64]
Keys = tuple[str | int, ...]
Point = Mapping[str, Any]
"""The value of every axis of a sweep by the axis's name."""
_PART = re.compile(r"(?:^|\.)(?P<word>[^.\[\]]+)|\[(?P<number>\d+)\]")


@dataclass(frozen=True)
class Steps(Sequence[int | float]):
    """Evenly spaced numbers from ``low`` to at most ``high``, exact to their decimals.

    Examples
    --------
    >>> list(Steps(0.1, 0.45, 0.1)), len(Steps(70_000_000, 110_000_000, 1_000))
    ([0.1, 0.2, 0.3, 0.4], 40001)
    """

    low: int | float
    high: int | float
    step: int | float

    def __len__(self) -> int:
        return int((_exact(self.high) - _exact(self.low)) // _exact(self.step)) + 1

    @overload
    def __getitem__(self, index: int) -> int | float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int | float]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        value = _exact(self.low) + range(len(self))[index] * _exact(self.step)
        whole = isinstance(self.low, int) and isinstance(self.step, int)
        return int(value) if whole else float(value)


@dataclass(frozen=True)
class Axis:
    """One thing that moves: a field, or several that take the same value together.

    Parameters
    ----------
    name
        As written; the paths of fields that move together are joined by ``+``.
    values
        What it takes, in order.
    """

    name: str
    values: Sequence[Any]

    @cached_property
    def paths(self) -> tuple[Keys, ...]:
        """Where its value goes, under ``values``."""
        return tuple(keys_of(path.strip()) for path in self.name.split("+"))

    @property
    def kinds(self) -> set[type]:
        """Of which kinds its values are; all numbers of a range are of one."""
        some = self.values[:1] if isinstance(self.values, Steps) else self.values
        return {type(value) for value in some}


def keys_of(path: str) -> Keys:
    """Return a written path as keys; empty where it is none.

    Examples
    --------
    >>> keys_of("limits[0].floor_yuan"), keys_of("standard..x")
    (('limits', 0, 'floor_yuan'), ())
    """
    found = list(_PART.finditer(path))
    if "".join(part[0] for part in found) != path:
        return ()
    return tuple(p["word"] if p["number"] is None else int(p["number"]) for p in found)


def value_at(values: Mapping[str, Any], keys: Keys) -> Any:
    """Return what a scenario's values hold at a path, None where they hold nothing."""
    found: Any = values
    for key in keys:
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list | tuple) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return None
    return found


def moved(scenario: Scenario, point: Mapping[Keys, Any]) -> Scenario:
    """Return a scenario with the values at some paths changed, checked like a file.

    Parameters
    ----------
    scenario
        The scenario.
    point
        New values by path. A mapping changes what it states and leaves the rest, as in a file.

    Raises
    ------
    InputError
        With every finding: a value out of its range, shares that do not add to 1.

    Examples
    --------
    >>> from sendwarmth.model.scenario import read_scenario
    >>> scenario = read_scenario({"values": {"factor_weight": {"a": {"claim": 1}}}}, "trial")
    >>> tilted = moved(scenario, {("factor_weight", "a", "fiscal_weakness"): 0.3})
    >>> tilted.values["factor_weight"]["a"]
    {'claim': 0.7, 'fiscal_weakness': 0.3}
    """
    changed: dict[str, Any] = {}
    for (field, *rest), value in point.items():
        name = str(field)
        old = changed.get(name, scenario.values.get(name))
        changed[name] = _put(name, old, tuple(rest), value)
    return scenario.with_values(**changed)


def _put(field: str, old: Any, rest: Keys, value: Any) -> Any:
    if field == "factor_weight" and len(rest) == 2:
        group, factor = str(rest[0]), str(rest[1])
        parts = {**old.get(group, old[EVERY]), factor: value}
        if all(_is_number(part) for part in parts.values()):
            others = sum(millionths(part) for name, part in parts.items() if name != "claim")
            parts["claim"] = (MILLION - others) / MILLION
        return {**old, group: parts}
    if field == "group_share" and len(rest) == 1 and isinstance(old, Mapping) and _is_number(value):
        return _shares(old, str(rest[0]), value)
    return put(old, rest, value)


def _shares(old: Mapping[str, float], group: str, share: float) -> dict[str, float]:
    """Return shares with one changed and the others in their old proportion, adding to 1."""
    others = {name: millionths(part) for name, part in old.items() if name != group}
    left = max(MILLION - millionths(share), 0)
    spread = largest_remainder(left, others) if any(others.values()) else others
    return {**{name: part / MILLION for name, part in spread.items()}, group: share}


def latin_hypercube(number: int, axes: int, rng: np.random.Generator) -> Floats:
    """Return points of the unit cube, exactly one in each of ``number`` slices of every axis.

    M. D. McKay, R. J. Beckman and W. J. Conover, "A comparison of three methods for selecting
    values of input variables in the analysis of output from a computer code", Technometrics 21
    (1979).

    Parameters
    ----------
    number, axes
        How many points, in how many dimensions.
    rng
        Where chance comes from. Each axis draws from a child of its own, so that one axis more
        leaves the others as they were.

    Returns
    -------
    float array of shape (number, axes)
        At least 0, below 1.

    Examples
    --------
    >>> points = latin_hypercube(5, 2, np.random.default_rng(1))
    >>> np.sort((points * 5).astype(int), axis=0).T
    array([[0, 1, 2, 3, 4],
           [0, 1, 2, 3, 4]])
    """
    return np.stack(list(hypercube_columns(number, axes, rng)), axis=1)


def hypercube_columns(number: int, axes: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield `latin_hypercube` one axis after the other, for those who do not need it whole."""
    for own in rng.spawn(axes):
        column = (own.permutation(number) + own.random(number)) / number
        yield np.minimum(column, np.nextafter(1, 0))


def grid_point(axes: Sequence[Axis], index: int) -> dict[str, Any]:
    """Return one combination of all values of all axes; the last axis moves fastest.

    Examples
    --------
    >>> axes = Axis("a", (1, 2)), Axis("b", (3, 4, 5))
    >>> grid_point(axes, 4)
    {'a': 2, 'b': 4}
    """
    found: dict[str, Any] = {}
    for axis in reversed(axes):
        index, k = divmod(index, len(axis.values))
        found[axis.name] = axis.values[k]
    return {axis.name: found[axis.name] for axis in axes}


def fields_of(axes: Sequence[Axis]) -> Iterator[Keys]:
    """Yield every path that any axis moves."""
    for axis in axes:
        yield from axis.paths


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
