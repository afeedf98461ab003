"""What a plan comes to: coverage, money a head, equality, standing of its data, change.

The frame of :func:`measure` is what reports, the panel and comparisons read; the indices
themselves are in :mod:`sendwarmth.model.measures`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sendwarmth.model import measures
from sendwarmth.model.scenario import standards

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan

ALL = "all"
Row = tuple[str, str, float, str]


def measure(plan: Plan) -> pd.DataFrame:
    """Return every measure of a plan.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    pandas.DataFrame
        Columns measure, scope, value, unit. The scope is ``all``, a region id, a group id, or
        ``region/group``. Units: ``share`` (0 to 1), ``yuan``, ``yuan_a_head``, ``heads``,
        ``index``. A ratio over nobody or nothing is left out, never 0 or NaN.
    """
    # A plan never changes, and every page asks again.
    known: pd.DataFrame | None = vars(plan).get("_measured")
    if known is None:
        parts = (_coverage, _a_head, _standing, _equality, _distance)
        rows = [row for part in parts for row in part(plan)]
        known = pd.DataFrame(rows, columns=["measure", "scope", "value", "unit"])
        vars(plan)["_measured"] = known
    return known.copy()


def overall(plan: Plan) -> dict[str, float]:
    """Return the measures of the whole plan by name."""
    known: dict[str, float] | None = vars(plan).get("_overall")
    if known is None:
        rows = measure(plan)
        whole = rows["scope"] == ALL
        known = dict(zip(rows["measure"][whole], rows["value"][whole], strict=True))
        vars(plan)["_overall"] = known
    return dict(known)


def _scopes(frame: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield the sum of a table for each scope: all, regions, groups, cells."""
    # Row by row in pandas, the cells of one plan would take as long as its fit.
    values = frame.to_numpy(float)
    regions, groups = map(str, frame.index), list(map(str, frame.columns))
    yield ALL, float(values.sum())
    yield from zip(regions, values.sum(axis=1).tolist(), strict=True)
    yield from zip(groups, values.sum(axis=0).tolist(), strict=True)
    for region, cells in zip(frame.index, values.tolist(), strict=True):
        yield from ((f"{region}/{group}", cell) for group, cell in zip(groups, cells, strict=True))


def _ratios(name: str, top: pd.DataFrame, bottom: pd.DataFrame, unit: str) -> Iterator[Row]:
    for (scope, amount), (_, base) in zip(_scopes(top), _scopes(bottom), strict=True):
        if base > 0:
            yield name, scope, amount / base, unit


def people_covered(plan: Plan) -> pd.DataFrame:
    """Return how many heads of each cell its money reaches at the least amount a head.

    ``min(heads, floor(yuan / per_head_min))``; columns are the groups that have a least amount.
    """
    least = plan.scenario.values["per_head_min"]
    groups = [group for group in plan.table.columns if least.get(group)]
    per_head = np.array([least[group] for group in groups], dtype=float)
    reached = np.floor(plan.table[groups] / per_head)
    return np.minimum(plan.heads[groups], reached)


def _coverage(plan: Plan) -> Iterator[Row]:
    yield from _ratios("coverage_money", plan.table, plan.claims, "share")
    people = people_covered(plan)
    yield from _ratios("coverage_people", people, plan.heads[people.columns], "share")
    yield from (("people_covered", scope, value, "heads") for scope, value in _scopes(people))


def _a_head(plan: Plan) -> Iterator[Row]:
    set_standard = standards(plan.scenario, plan.inputs)
    for group, yuan in set_standard.items():
        yield "standard_set", group, yuan, "yuan_a_head"
    yield from _ratios("standard_out", plan.table, plan.heads, "yuan_a_head")


def _standing(plan: Plan) -> Iterator[Row]:
    money = float(plan.table.to_numpy().sum())
    status = plan.inputs.status
    for standing in ("official", "derived", "assumed"):
        amount = float(plan.table.where(status == standing, 0).to_numpy().sum())
        yield f"money_{standing}", ALL, amount, "yuan"
        if money:
            yield f"share_{standing}", ALL, amount / money, "share"


def _equality(plan: Plan) -> Iterator[Row]:
    """Yield the indices of yuan a head over regions, weighted by heads, in all and by group."""
    regions, groups = plan.table.index, plan.table.columns
    blocs = plan.inputs.regions["bloc"].fillna("").reindex(regions).to_numpy()
    tables = (plan.table, plan.heads.reindex(index=regions, columns=groups))
    all_money, all_heads = (table.to_numpy(float) for table in tables)
    for i, scope in enumerate((ALL, *map(str, groups))):
        money = all_money[:, i - 1] if i else all_money.sum(axis=1)
        heads = all_heads[:, i - 1] if i else all_heads.sum(axis=1)
        some = heads > 0
        values, weights = money[some] / heads[some], heads[some]
        if not some.any() or not values.sum():
            continue
        yield "gini", scope, measures.gini(values, weights), "index"
        yield "theil", scope, measures.theil(values, weights), "index"
        between, within = measures.theil_between_within(values, blocs[some], weights)
        yield "theil_between", scope, between, "index"
        yield "theil_within", scope, within, "index"
        yield "atkinson", scope, measures.atkinson(values, 0.5, weights), "index"
        yield "hoover", scope, measures.hoover(values, weights), "index"
        yield "lowest_a_head", scope, float(values.min()), "yuan_a_head"
        yield "highest_a_head", scope, float(values.max()), "yuan_a_head"
        if values.min() > 0:
            yield "max_min", scope, float(values.max() / values.min()), "index"


def _distance(plan: Plan) -> Iterator[Row]:
    """Yield what limits and rounding moved, and the change on last year where that is known."""
    moved = float((plan.table - plan.target).abs().to_numpy().sum() / 2)
    yield "moved_from_target", ALL, moved, "yuan"
    if plan.problem.total_yuan:
        yield "share_moved_from_target", ALL, moved / plan.problem.total_yuan, "share"
    last = plan.inputs.extras.get("last_year")
    if last is None:
        return
    amounts = last.groupby("region_id")["yuan"].sum()
    for region, yuan in plan.table.sum(axis=1).items():
        if region in amounts.index:
            yield "change_yuan", str(region), float(yuan - amounts[region]), "yuan"
            if amounts[region] > 0:
                yield "change_share", str(region), float(yuan / amounts[region] - 1), "share"
