"""Why each unit gets what it gets: steps from the target to the amount, adding exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.allocation import Plan
from sendwarmth.model.explain import binding, explain
from sendwarmth.model.limits import each
from sendwarmth.view import charts
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Chart, Column, Prose, Table

MOST_UNITS = 40


def parts(plan: Plan, names: Names, unit: str, scale: float) -> tuple[Any, ...]:
    """Return the steps of every unit in one table, then unit by unit, folded.

    Parameters
    ----------
    plan
        The plan.
    names
        Names in its tables.
    unit, scale
        The unit of the charts' axes, and what amounts are divided by.
    """
    steps = explain(plan)
    by_unit = wide(steps).reindex(plan.table.index)
    moved = by_unit.iloc[:, 1:].abs().sum(axis=1).sort_values(ascending=False, kind="stable")
    told = set(moved.index[:MOST_UNITS])
    left_out = len(by_unit) - len(told)
    note = Prose((names.words.say("units.left_out", count=left_out),)) if left_out else None
    amounts = _by_cell(steps, plan, list(by_unit))
    told_as = dict(sentences(steps, names))
    charts_ = [
        replace(
            _unit(str(region), list(by_unit), amounts[k], names, unit, scale),
            lead=told_as[str(region)],
        )
        for k, region in enumerate(plan.table.index)
        if region in told
    ]
    said = list(multiplied(plan, names))
    binds = Prose(tuple(said[:MOST_UNITS])) if said else None
    return (by_step(by_unit, names), binds, *charts_, note)


def wide(steps: pd.DataFrame) -> pd.DataFrame:
    """Return steps with a row a unit and a column a step, in the order they come in."""
    return steps.pivot_table(
        index="region_id", columns="step", values="yuan", aggfunc="sum", sort=False
    )


def steps_of(plan: Plan, names: Names) -> Table:
    """Return the table of steps of a plan."""
    return by_step(wide(explain(plan)).reindex(plan.table.index), names)


def by_step(by_unit: pd.DataFrame, names: Names) -> Table:
    """Return the table of steps: a row a unit, a column a step that moves anything, the amount."""
    words = names.words
    used = [step for k, step in enumerate(by_unit) if k == 0 or by_unit[step].abs().any()]
    rows = [
        (names.regions[str(region)], *map(int, values), int(total))
        for region, values, total in zip(
            by_unit.index, by_unit[used].to_numpy(), by_unit.sum(axis=1), strict=True
        )
    ]
    steps = [
        Column(words.say(f"step.{step}"), "signed" if k else "money") for k, step in enumerate(used)
    ]
    columns = (Column(words.say("table.region")), *steps, Column(words.say("table.sum"), "exact"))
    sums = by_unit[used].sum()
    total = (words.say("table.total"), *map(int, sums), int(by_unit.to_numpy().sum()))
    unused = [words.say(f"step.{step}") for step in by_unit if step not in used]
    idle = words.say("limit.list").join(unused)
    notes = (words.say("units.idle", steps=idle),) if unused else ()
    return Table(
        words.say("units.caption"),
        columns,
        tuple(rows),
        (total,),
        notes,
        digits=words.digits(()) + 1,
    )


def _by_cell(steps: pd.DataFrame, plan: Plan, order: Sequence[str]) -> NDArray[np.int64]:
    """Return steps as amounts by unit, step and group."""
    units, groups = plan.table.index, plan.table.columns
    amounts = np.zeros((len(units), len(order), len(groups)), dtype=np.int64)
    where = (
        units.get_indexer(steps["region_id"]),
        pd.Index(order).get_indexer(steps["step"]),
        groups.get_indexer(steps["group_id"]),
    )
    np.add.at(amounts, where, steps["yuan"].to_numpy())
    return amounts


def _unit(
    region: str,
    order: Sequence[str],
    amounts: NDArray[np.int64],
    names: Names,
    unit: str,
    scale: float,
) -> Chart:
    words = names.words
    used = [k for k in range(len(order)) if k == 0 or amounts[k].any()]
    labels = [words.say(f"step.{order[k]}") for k in used]
    sums = [float(amounts[k].sum()) for k in used]
    named = list(zip(labels, sums, strict=True))
    figure = charts.waterfall(named, words.say("table.sum"), unit, scale)
    title = words.say("units.title", region=names.regions[region], yuan=int(amounts.sum()))
    return Chart("unit", figure, _cells(labels, amounts[used], names, title), title, folded=True)


def _cells(labels: Sequence[str], amounts: NDArray[np.int64], names: Names, caption: str) -> Table:
    words = names.words
    rows = [
        (label, *map(int, values), int(values.sum()))
        for label, values in zip(labels, amounts, strict=True)
    ]
    groups = [Column(label, "signed") for label in names.groups.values()]
    columns = (Column(words.say("units.step")), *groups, Column(words.say("table.sum"), "signed"))
    total = (words.say("table.sum"), *map(int, amounts.sum(axis=0)), int(amounts.sum()))
    return Table(caption, columns, tuple(rows), (total,), digits=words.digits(()) + 1)


def multiplied(plan: Plan, names: Names, region: str = "", group: str = "") -> Iterator[str]:
    """Yield one sentence a limit that binds: by how much it raises or lowers all it holds.

    Limits that depend on each other share a sentence: only together do their multipliers mean
    anything.

    Parameters
    ----------
    plan
        The plan.
    names
        Names in its tables.
    region, group
        Ids, to leave out the limits that hold no cell there.
    """
    words, binds = names.words, binding(plan)
    rows, columns = ([part] if part else slice(None) for part in (region, group))
    masks = {limit.name: plan.problem.frame(limit.mask) for limit in each(plan.problem.limits)}
    here = [name for name in binds.index if masks[name].loc[rows, columns].to_numpy().any()]
    for joint, some in binds.loc[here].groupby("joint", sort=False):
        facts = [
            {"limit": names.limit(str(name)), "times": row.multiplier, "yuan": float(row.yuan)}
            for name, row in zip(some.index, some.itertuples(), strict=True)
        ]
        if joint:
            clauses = (words.say("multiplier.part", **parts) for parts in facts)
            yield words.say("multiplier.joint", parts=words.say("limit.list").join(clauses))
        else:
            sides = some["side"].tolist()
            yield from (
                words.say(f"multiplier.{side}", **parts)
                for side, parts in zip(sides, facts, strict=True)
            )


def sentences(steps: pd.DataFrame, names: Names) -> Iterator[tuple[str, str]]:
    """Yield each unit and a sentence: its target, what moved it, and what it comes to."""
    words = names.words
    for region, own in steps.groupby("region_id", sort=False):
        sums = own.groupby("step", sort=False)["yuan"].sum()
        first, *rest = sums.items()
        clauses = [
            words.say("units.clause", step=words.say(f"step.{step}"), yuan=yuan)
            for step, yuan in rest
            if yuan
        ]
        moved = words.say("limit.list").join(clauses) or words.say("units.unmoved")
        facts = {"region": names.regions[str(region)], "target": first[1], "moved": moved}
        yield str(region), words.say("units.sentence", yuan=float(sums.sum()), **facts)
