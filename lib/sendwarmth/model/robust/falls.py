"""Who gets less as the fund grows, and what makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sendwarmth.model.robust.binding import ENVELOPES, binding, without
from sendwarmth.model.robust.certificates import driver, row_names
from sendwarmth.model.robust.points import solve_points
from sendwarmth.model.robust.stack import Stack
from sendwarmth.model.setting import Floats

NOTHING = 0.5
"""Yuan: a fall of less between two funds is none."""
COLUMNS = ("region", "group", "low_yuan", "high_yuan", "yuan", "why")
Rung = tuple[int, Stack, Floats]
"""Fund in yuan, its problem, its plan (R, G), NaN without one."""


class Who(NamedTuple):
    """A region, or one of its groups."""

    region: int
    group: int | None

    def amount(self, table: Floats) -> float:
        """Return what it gets."""
        return float(table[self.region].sum() if self.group is None else table[self])


def falls_between(rungs: Sequence[Rung]) -> pd.DataFrame:
    """Return every stretch of the fund in which a region, or one of its groups, gets less and less.

    Parameters
    ----------
    rungs
        By rising fund.

    Returns
    -------
    pandas.DataFrame
        Columns region, group (empty for the region as a whole), low_yuan, high_yuan, yuan, why.
    """
    rows = []
    for who, low, high in _stretches(rungs):
        first, last = rungs[low], rungs[high]
        region = first[1].region_ids[who.region]
        group = "" if who.group is None else first[1].group_ids[who.group]
        yuan = who.amount(first[2]) - who.amount(last[2])
        rows.append((region, group, first[0], last[0], yuan, reason(who, first, last)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _stretches(rungs: Sequence[Rung]) -> Iterator[tuple[Who, int, int]]:
    tables = np.array([amounts for _, _, amounts in rungs])
    regions = tables.sum(axis=2)[:, :, None]
    for kind, amounts in (("region", regions), ("cell", tables)):
        falls = np.diff(amounts, axis=0) < -NOTHING
        for i, j in np.argwhere(falls.any(axis=0)).tolist():
            who = Who(i, None if kind == "region" else j)
            edges = np.flatnonzero(np.diff(np.concatenate([[0], falls[:, i, j], [0]])))
            for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                yield who, low, high


def reason(who: Who, first: Rung, last: Rung) -> str:
    """Return what makes somebody fall: each number without which nobody would, else all that bind.

    Numbers of the scenario are joined by `` + ``.
    """
    stacks = [first[1], last[1]]
    names = set().union(*binding(stacks, solve_points(stacks)))
    setters = {driver(name) for name in names}
    if any(name.startswith(f"{ENVELOPES}/") for name in row_names(stacks[0].limits)):
        setters.add(ENVELOPES)
    alone = [setter for setter in sorted(setters) if not _falls(who, stacks, setter)]
    return " + ".join(alone or sorted(setters))


def _falls(who: Who, stacks: Sequence[Stack], setter: str) -> bool:
    points = solve_points([without(stack, setter) for stack in stacks])
    if not points.done.all():
        return True
    return who.amount(points.amounts[1]) < who.amount(points.amounts[0]) - NOTHING
