"""Tables of what planners may add to a plan: each is there when its table is, silent when not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.follow_up import follow_up as cells_of
from sendwarmth.view.masking import MASKED, SMALLEST_SHOWN
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Column, Table

SIGNED = ("change",)


def follow_up(plan: Plan, names: Names) -> Table | None:
    """Return the plan beside what is paid, unspent and in force, unit by unit."""
    cells = cells_of(plan)
    if cells is None:
        return None
    units = cells.groupby(level="region_id", sort=False).sum()
    return _follow_up(
        units, "region", [names.regions[str(region)] for region in units.index], names
    )


def follow_up_cells(plan: Plan, names: Names) -> Table | None:
    """Return the same by unit and group, for the workbook."""
    cells = cells_of(plan)
    if cells is None:
        return None
    labels = [names.of_id(f"{region}/{group}") for region, group in cells.index]
    return _follow_up(cells, "cell", labels, names)


def _follow_up(frame: pd.DataFrame, first: str, labels: list[str], names: Names) -> Table:
    say = names.words.say
    columns = (
        Column(say(f"beside.{first}")),
        *(
            Column(say(f"beside.follow_up.{name}"), "signed" if name in SIGNED else "money")
            for name in frame
        ),
    )
    values = zip(labels, frame.itertuples(index=False), strict=True)
    rows = tuple((label, *map(int, row)) for label, row in values)
    total = (say("table.total"), *(int(value) for value in frame.sum()))
    notes = tuple(say(f"beside.follow_up.{name}_note") for name in NOTED if name in frame)
    digits = names.words.digits(frame["plan"])
    return Table(say("beside.follow_up.caption"), columns, rows, (total,), notes, digits)


NOTED = ("paid", "unspent", "in_force")


def matching(plan: Plan, names: Names) -> Table | None:
    """Return the cities' own money beside the plan; it is in no total."""
    rows = plan.inputs.extras.get("matching")
    if rows is None:
        return None
    words, totals = names.words, plan.table.sum(axis=1)
    shown = tuple(
        (
            names.regions[row.region_id],
            int(totals[row.region_id]),
            int(row.yuan),
            _standing(row.status, names),
            _source(row, names),
        )
        for row in rows.itertuples()
    )
    columns = (
        Column(words.say("table.region")),
        Column(words.say("beside.follow_up.plan"), "money"),
        Column(words.say("beside.matching.yuan"), "money"),
        Column(words.say("table.standing")),
        Column(words.say("table.where_from")),
    )
    notes = (words.say("beside.matching.note"),)
    return Table(words.say("beside.matching.caption"), columns, shown, notes=notes)


def elsewhere(plan: Plan, names: Names) -> Table | None:
    """Return what others pay to the same people; the plan never pays it."""
    rows = plan.inputs.extras.get("elsewhere")
    if rows is None:
        return None
    words = names.words
    shown = tuple(
        (
            getattr(row, f"label_{words.language}"),
            names.groups[row.group_id],
            names.regions.get(row.region_id, words.say("beside.elsewhere.province")),
            int(row.yuan),
            _standing(row.status, names),
            _source(row, names),
        )
        for row in rows.itertuples()
    )
    columns = (
        Column(words.say("beside.elsewhere.what")),
        Column(words.say("table.group")),
        Column(words.say("table.region")),
        Column(words.say("table.amount"), "money"),
        Column(words.say("table.standing")),
        Column(words.say("table.where_from")),
    )
    notes = (words.say("beside.elsewhere.note"),)
    return Table(words.say("beside.elsewhere.caption"), columns, shown, notes=notes)


def overlap(plan: Plan, names: Names) -> Table | None:
    """Return which groups overlap and how many heads each rate takes out of a group."""
    rows = plan.inputs.extras.get("overlap")
    if rows is None:
        return None
    words, listed, heads = names.words, plan.inputs.listed.sum(), plan.inputs.heads.sum()
    shown = []
    for row in rows.itertuples():
        other = row.group_b if row.paid_in == row.group_a else row.group_a
        pair = words.say("limit.list").join(names.groups[g] for g in (row.group_a, row.group_b))
        counts = _shown(int(listed[other]), int(heads[other]))
        shown.append((pair, row.rate, names.groups[row.paid_in], names.groups[other], *counts))
    columns = (
        Column(words.say("beside.overlap.pair")),
        Column(words.say("beside.overlap.rate"), "percent"),
        Column(words.say("beside.overlap.paid_in")),
        Column(words.say("beside.overlap.reduced")),
        Column(words.say("beside.overlap.listed"), "count"),
        Column(words.say("beside.overlap.heads"), "count"),
    )
    notes = (words.say("beside.overlap.note"),)
    return Table(words.say("beside.overlap.caption"), columns, tuple(shown), notes=notes)


def _shown(listed: int, heads: int) -> tuple[int | str, int | str]:
    """Return two counts as a shared page may show them: neither they nor their gap too small."""
    small = any(0 < count < SMALLEST_SHOWN for count in (listed, heads, listed - heads))
    return (MASKED, MASKED) if small else (listed, heads)


def execution(plan: Plan, names: Names) -> Table | None:
    """Return last year's execution rates, where they are known."""
    rows = plan.inputs.extras.get("execution")
    if rows is None:
        return None
    words = names.words
    rates = rows.set_index("region_id")["rate"].reindex(plan.table.index)
    shown = tuple(
        (names.regions[str(region)], None if pd.isna(rate) else float(rate))
        for region, rate in rates.items()
    )
    columns = (
        Column(words.say("table.region")),
        Column(words.say("beside.execution.rate"), "percent"),
    )
    notes = (words.say("beside.execution.note"),)
    return Table(words.say("beside.execution.caption"), columns, shown, notes=notes)


def _standing(status: str, names: Names) -> str:
    return names.words.say(f"choice.standing.{status}") if status else ""


def _source(row: Any, names: Names) -> str:
    source: str = row.source if names.words.language == "zh" else row.source_en
    return source
