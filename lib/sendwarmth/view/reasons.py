"""Why each unit gets what it gets: steps from the target to the amount, adding exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.explain import explain
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
    shown = [str(region) for region in by_unit.index if region in told]
    left_out = len(by_unit) - len(shown)
    note = Prose((names.words.say("units.left_out", count=left_out),)) if left_out else None
    by_cell = steps.pivot_table(
        index=["region_id", "step"], columns="group_id", values="yuan", aggfunc="sum", sort=False
    ).reindex(columns=plan.table.columns)
    charts_ = [_unit(region, by_cell.loc[region], plan, names, unit, scale) for region in shown]
    return (by_step(by_unit, names), *charts_, note)


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
        (names.regions[str(region)], *map(int, values[used]), int(values.sum()))
        for region, values in by_unit.iterrows()
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


def _unit(
    region: str, cells: pd.DataFrame, plan: Plan, names: Names, unit: str, scale: float
) -> Chart:
    words = names.words
    sums, moves = cells.sum(axis=1), cells.ne(0).any(axis=1)
    used = [step for k, step in enumerate(sums.index) if k == 0 or moves[step]]
    named = [(words.say(f"step.{step}"), float(sums[step])) for step in used]
    figure = charts.waterfall(named, words.say("table.sum"), unit, scale)
    total = int(plan.table.loc[region].sum())
    title = words.say("units.title", region=names.regions[region], yuan=total)
    return Chart("unit", figure, _cells(cells.loc[used], names, title), title, folded=True)


def _cells(cells: pd.DataFrame, names: Names, caption: str) -> Table:
    words = names.words
    rows = [
        (words.say(f"step.{step}"), *map(int, values), int(values.sum()))
        for step, values in cells.iterrows()
    ]
    groups = [Column(names.groups[str(group)], "signed") for group in cells.columns]
    columns = (Column(words.say("units.step")), *groups, Column(words.say("table.sum"), "signed"))
    total = (words.say("table.sum"), *map(int, cells.sum()), int(cells.to_numpy().sum()))
    return Table(caption, columns, tuple(rows), (total,), digits=words.digits(()) + 1)


def sentences(plan: Plan, names: Names) -> Iterator[str]:
    """Yield one sentence a unit: its target, what moved it, and what it comes to."""
    words = names.words
    for region, own in explain(plan).groupby("region_id", sort=False):
        sums = own.groupby("step", sort=False)["yuan"].sum()
        first, *rest = sums.items()
        clauses = [
            words.say("units.clause", step=words.say(f"step.{step}"), yuan=yuan)
            for step, yuan in rest
            if yuan
        ]
        moved = words.say("limit.list").join(clauses) or words.say("units.unmoved")
        facts = {"region": names.regions[str(region)], "target": first[1], "moved": moved}
        yield words.say("units.sentence", yuan=float(sums.sum()), **facts)
