"""From yuan to a problem in shares of the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sendwarmth.model.fitting import rows
from sendwarmth.model.fitting.newton import BIG, EXACT, Flags, Problem
from sendwarmth.model.fitting.sums import Floats, Sums
from sendwarmth.model.limits import Family, Limit

TINY = 1e-200
"""A target that is a smaller part of the largest counts as 0."""


class Yuan(NamedTuple):
    """What was given, along one leading axis: tables (B, N), bounds (B, K + 1), totals (B,)."""

    target: Floats
    lower: Floats
    upper: Floats
    floor: Floats
    cap: Floats
    total: Floats

    def part(self, which: int | slice) -> Yuan:
        """Return some problems, or one without the leading axis."""
        return Yuan(*(array[which] for array in self))


class Given(NamedTuple):
    """Arguments as arrays, and the axes they had: leading ones, and those of a table."""

    yuan: Yuan
    lead: tuple[int, ...]
    shape: tuple[int, int]


def given(
    target: ArrayLike,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    limits: Sequence[Limit | Family],
    total: ArrayLike,
) -> Given:
    """Return the arguments of ``fit`` as arrays along one leading axis.

    Raises
    ------
    ValueError
        A number is missing, or negative or infinite where it cannot be.
    """
    open_bounds = (0.0 if lower is None else lower), (np.inf if upper is None else upper)
    tables = [np.asarray(table, float) for table in (target, *open_bounds)]
    total = np.asarray(total, float)
    floor = rows.bounds(limits, "floor", -np.inf, total)
    cap = rows.bounds(limits, "cap", np.inf, total)
    *more, height, width = _table_shape(tables)
    for limit in limits:
        if rows.table(limit) != (height, width):
            named = (
                limit.name if isinstance(limit, Limit) else f"family of {', '.join(limit.names)}"
            )
            raise ValueError(f"{named}: cells of shape {rows.table(limit)}, not {(height, width)}")
    leads = {tuple(more), floor.shape[:-1], cap.shape[:-1], *map(rows.lead, limits)}
    lead, shape = np.broadcast_shapes(*leads), (height, width)
    arrays = [_flat(table, lead, shape).reshape(-1, height * width) for table in tables]
    arrays += [_flat(bound, lead, bound.shape[-1:]) for bound in (floor, cap)]
    arrays.append(_flat(total, lead, ()))
    yuan = Yuan(*arrays)
    _check(yuan.target, yuan.total)
    return Given(yuan, lead, shape)


def _table_shape(tables: Sequence[Floats]) -> tuple[int, ...]:
    shape = np.broadcast_shapes(*(table.shape for table in tables))
    if len(shape) < 2 or not min(shape):
        raise ValueError(f"target must be a table of at least one cell, (..., R, G), not {shape}")
    return shape


def _flat(array: Floats, lead: tuple[int, ...], own: tuple[int, ...]) -> Floats:
    if array.shape != (*lead, *own):
        array = np.broadcast_to(array, (*lead, *own))
    return array.reshape(-1, *own)


def _check(target: Floats, total: Floats) -> None:
    for name, array in (("target", target), ("total", total)):
        if not (array.min() >= 0 and array.max() < np.inf):
            raise ValueError(f"{name} must be finite and at least 0 everywhere")


def _check_crossing(crossing: Floats, yuan: Yuan) -> None:
    """Refuse bounds that are no numbers, or that nothing can keep; they show in the crossing."""
    if np.all(crossing < np.inf):
        return
    bounds = {"lower": -yuan.lower, "upper": yuan.upper, "floor": -yuan.floor, "cap": yuan.cap}
    wrong = [name for name, array in bounds.items() if not array.min() > -np.inf]
    raise ValueError(f"a bound ({', '.join(wrong)}) is not a number, or one that nothing can keep")


class Scaled(NamedTuple):
    """A problem in shares of the total, and what leads back to yuan; one or many."""

    problem: Problem
    lower: Floats
    """Lowest amounts, yuan; ``upper`` likewise."""
    upper: Floats
    scale: Floats
    """Yuan a share."""
    level: Floats
    """Yuan a unit of target where every multiplier is 1."""
    crossing: Floats
    """By how much the bounds of a cell or a limit cross at worst, in shares."""
    shut: Flags
    """Limits whose cap of 0 closes cells that would be open."""


def in_shares(yuan: Yuan, sums: Sums) -> Scaled:
    """Turn yuan into shares; close cells under a cap of 0; fix cells that cannot move."""
    scale = np.where(yuan.total > 0, yuan.total, 1.0)[..., None]
    floor = np.where(yuan.floor <= 0, -np.inf, yuan.floor)
    lower = np.maximum(yuan.lower, 0.0)
    upper, shut = _closed(yuan, lower, sums)
    crossing = np.maximum((lower - upper).max(axis=-1), (floor - yuan.cap).max(axis=-1))
    _check_crossing(crossing, yuan)
    free = _has_target(yuan.target) & (upper > lower)
    upper = np.where(free, upper, lower)
    whole = np.where(free, yuan.target, 0.0).sum(axis=-1, keepdims=True)
    whole = np.where(whole > 0, whole, 1.0)
    share = np.where(free, yuan.target / whole, lower / scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(free, np.log(lower / scale / share), 0.0)
        high = np.where(free, np.log(upper / scale / share), 0.0)
    problem = Problem(
        target=share,
        lower=lower / scale,
        upper=upper / scale,
        low=low,
        high=high,
        floor=np.maximum(floor / scale, -BIG),
        cap=np.minimum(np.maximum(yuan.cap, floor) / scale, BIG),
        sums=sums,
        least=np.where(yuan.cap < np.inf, -np.inf, 0.0),
        most=np.where(floor > 0, np.inf, 0.0),
        leeway=np.where(floor < yuan.cap, -EXACT, -np.inf),
    )
    level = yuan.total / whole[..., 0]
    return Scaled(problem, lower, upper, scale, level, crossing / scale[..., 0], shut)


def _has_target(target: Floats) -> Flags:
    return target > TINY * target.max(axis=-1, keepdims=True)


def _closed(yuan: Yuan, lower: Floats, sums: Sums) -> tuple[Floats, Flags]:
    """Return the highest amounts, 0 under a cap of 0, and which of these caps close a cell."""
    upper = np.minimum(yuan.upper, yuan.total[..., None])
    shut = yuan.cap == 0
    if shut.any():
        closed = (sums.spread(1.0 * shut) > 0) & (lower == 0)
        shut &= sums.over(1.0 * (closed & (upper > 0) & _has_target(yuan.target))) > 0
        upper = np.where(closed, 0.0, upper)
    return upper, shut
