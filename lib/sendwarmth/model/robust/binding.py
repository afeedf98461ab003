"""Which limits and which bounds of cells bind, by name, for many problems at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.bounds import tightest
from sendwarmth.model.clashing.programme import DRIVEN_BY_GROUP
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.robust.certificates import driver, row_names
from sendwarmth.model.robust.points import Points
from sendwarmth.model.robust.stack import Stack
from sendwarmth.model.setting import Floats

BINDS = 1e-9
"""A multiplier this near 1 is 1."""
ENVELOPES = "group_share"
"""Envelopes are kept at any fund: they neither start nor stop."""


def binding(stacks: Sequence[Stack], points: Points) -> list[frozenset[str]]:
    """Return what binds in each plan: limits by name, bounds of cells as ``source/region/group``.

    A cell whose bounds are equal is fixed, and a limit that fixes an envelope always holds: neither
    is among them.
    """
    names = cell_names(stacks)
    found: list[set[str]] = [set() for _ in range(len(points))]
    for name, values in points.multipliers.items():
        if not name.startswith(f"{ENVELOPES}/"):
            for n in np.flatnonzero(np.abs(values - 1) > BINDS).tolist():
                found[n].add(name)
    lower = np.concatenate([stack.lower for stack in stacks])
    upper = np.concatenate([stack.upper for stack in stacks])
    open_ = points.done[:, None, None] & (lower < upper)
    for side, bound in (("lower", lower), ("upper", upper)):
        at = open_ & (points.amounts == bound) & (bound > 0)
        for n, i, j in np.argwhere(at).tolist():
            found[n].add(names[side][i, j])
    return [frozenset(some) for some in found]


def cell_names(stacks: Sequence[Stack]) -> dict[str, NDArray[np.object_]]:
    """Return the name of what sets each cell's lower and upper bound, (R, G) each."""
    stack = next((s for s in stacks if s.cells), stacks[0])
    found = {}
    for k, (side, bound) in enumerate((("lower", stack.lower), ("upper", stack.upper))):
        names = np.full(bound.shape[1:], "", object)
        for source, pair in stack.cells.items():
            for i, j in np.argwhere(pair[k][0] == bound[0]).tolist():
                names[i, j] = f"{source}/{stack.region_ids[i]}/{stack.group_ids[j]}"
        found[side] = names
    return found


def without(stack: Stack, name: str) -> Stack:
    """Return problems without what one number sets, see `driver`; ``group_share`` is all shares."""
    limits = tuple(limit for limit in stack.limits if name not in (_setter(limit), _field(limit)))
    cells = {source: _open(stack, source, pair, name) for source, pair in stack.cells.items()}
    lower, upper = tightest(cells)
    return replace(stack, limits=limits, cells=cells, lower=lower, upper=upper)


def _setter(limit: Limit | Family) -> str:
    return driver(row_names([limit])[0])


def _field(limit: Limit | Family) -> str:
    return _setter(limit).partition("/")[0] if isinstance(limit, Family) else ""


def _open(
    stack: Stack, source: str, pair: tuple[Floats, Floats], name: str
) -> tuple[Floats, Floats]:
    low, high = pair[0].copy(), pair[1].copy()
    if source in DRIVEN_BY_GROUP:
        for j, group in enumerate(stack.group_ids):
            if name == f"{source}/{group}":
                low[..., j], high[..., j] = 0.0, np.inf
    elif name.startswith(f"{source}/"):
        _, region, group = name.split("/")
        i, j = stack.region_ids.index(region), stack.group_ids.index(group)
        low[..., i, j], high[..., i, j] = 0.0, np.inf
    return low, high
