"""Who gains and who pays between plans, and through which fields of the scenario.

Going from one plan to another, the fields that differ are changed one after the other, in the order
of the schema; each change is charged with what it moves. Since that depends on the order, the way
is gone in the reverse order too, and the two are averaged. Where the scenario half way has no plan,
the fields on either side of it are charged together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.allocation import Plan, solve
from sendwarmth.model.explain import NOISE, whole_yuan
from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.fit import NotConverged
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import build
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import FIELDS

Floats = NDArray[np.float64]

TABLES = "data"
"""Stands for the tables among the fields, where the plans were made from different ones."""
START, ROUNDING = "start", "rounding"


def compare(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return what leads from the first plan to each of the others, cell by cell.

    Parameters
    ----------
    plans
        By name; the first is what the others are compared with.

    Returns
    -------
    pandas.DataFrame
        Columns plan, region_id, group_id, step, yuan (int). A plan's steps add exactly to its
        table: ``start``, the amount in the first plan, then those of `compare_plans`.
    """
    (first, reference), *others = plans.items()
    found = [_start(reference.table).assign(plan=first)]
    for name, plan in others:
        moves = compare_plans(reference, plan).rename(columns={"field": "step"})
        regions, groups = _labels(reference, plan)
        start = _start(reference.table.reindex(index=regions, columns=groups, fill_value=0))
        found.append(pd.concat([start, moves]).assign(plan=name))
    columns = ["plan", "region_id", "group_id", "step", "yuan"]
    return pd.concat(found, ignore_index=True)[columns]


def _start(table: pd.DataFrame) -> pd.DataFrame:
    return table.stack().rename("yuan").reset_index().assign(step=START)


def compare_plans(old: Plan, new: Plan) -> pd.DataFrame:
    """Return who gains and who pays between two plans, by the fields that changed.

    Parameters
    ----------
    old, new
        The plans; a unit or group that only one of them has counts as 0 in the other.

    Returns
    -------
    pandas.DataFrame
        Columns region_id, group_id, field, yuan (int), adding exactly to ``new.table -
        old.table``. Fields charged together are joined by ``+``; ``data`` stands for the tables;
        the last one, ``rounding``, is what rounding to whole units and whole yuan adds.
    """
    fields = changed_fields(old, new)
    regions, groups = _labels(old, new)
    way = _Way(old, new, fields, regions, groups)
    names, moves = way.charges()
    tables = [
        plan.table.reindex(index=regions, columns=groups, fill_value=0) for plan in (old, new)
    ]
    difference = (tables[1] - tables[0]).to_numpy()
    whole = [
        whole_yuan(pd.DataFrame(move, regions, groups), round(float(move.sum())), move != 0)
        for move in moves
    ]
    whole.append(difference - sum(whole, start=np.zeros(difference.shape)))
    index = pd.MultiIndex.from_product(
        [[*names, ROUNDING], regions, groups], names=["field", "region_id", "group_id"]
    )
    yuan = np.array(whole, dtype=np.int64).ravel()
    frame = pd.Series(yuan, index, name="yuan").reset_index()
    return frame[["region_id", "group_id", "field", "yuan"]]


def changed_fields(old: Plan, new: Plan) -> tuple[str, ...]:
    """Return the fields in which two plans' scenarios differ, in schema order, the tables first."""
    before, after = old.scenario.values, new.scenario.values
    tables = (TABLES,) if _tables_differ(old.inputs, new.inputs) else ()
    return (*tables, *(name for name in FIELDS if before[name] != after[name]))


def _tables_differ(old: Inputs, new: Inputs) -> bool:
    return old is not new and (not old.digests or old.digests != new.digests)


def _labels(old: Plan, new: Plan) -> tuple[list[str], list[str]]:
    """Return every region and group of two plans, those of the first in front."""
    pairs = ((old.table.index, new.table.index), (old.table.columns, new.table.columns))
    regions, groups = (list(dict.fromkeys([*first, *second])) for first, second in pairs)
    return regions, groups


@dataclass(frozen=True)
class _Way:
    """The way from one plan to another, through the fields that differ."""

    old: Plan
    new: Plan
    fields: Sequence[str]
    regions: Sequence[str]
    groups: Sequence[str]

    def charges(self) -> tuple[list[str], list[Floats]]:
        """Return fields, those charged together joined by ``+``, and what each moves in yuan."""
        count = len(self.fields)
        first, last = (self.wide(plan.exact) for plan in (self.old, self.new))
        names, moves = [], []
        waiting: list[str] = []
        reached = np.zeros_like(first)
        for k in range(1, count + 1):
            waiting.append(self.fields[k - 1])
            # The first k fields changed, and all but the first k.
            ahead = last if k == count else self.half_way(self.fields[:k])
            behind = first if k == count else self.half_way(self.fields[k:])
            if ahead is None or behind is None:
                continue
            so_far = (ahead - first + last - behind) / 2
            move = so_far - reached
            noise = NOISE * max(self.old.problem.total_yuan, self.new.problem.total_yuan)
            names.append("+".join(waiting))
            moves.append(np.where(np.abs(move) > noise, move, 0.0))
            waiting, reached = [], so_far
        return names, moves

    def half_way(self, changed: Sequence[str]) -> Floats | None:
        """Return the exact plan with some fields changed, or None where there is none."""
        new = self.new.scenario.values
        values = {
            **self.old.scenario.values,
            **{name: new[name] for name in changed if name in new},
        }
        scenario: Scenario = replace(self.old.scenario, values=MappingProxyType(values))
        inputs = self.new.inputs if TABLES in changed else self.old.inputs
        try:
            problem = build(inputs, scenario)
            fitted = solve(problem)
        except (SendWarmthError, NotConverged):
            return None
        return None if fitted is None else self.wide(problem.frame(fitted.amounts))

    def wide(self, table: pd.DataFrame) -> Floats:
        """Return a table over the regions and groups of both plans, 0 where it has none."""
        return table.reindex(index=self.regions, columns=self.groups, fill_value=0.0).to_numpy(
            float
        )
