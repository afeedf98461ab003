"""Scenarios beside each other: one row each, and every unit across them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import overall
from sendwarmth.model.findings import Finding
from sendwarmth.view import charts
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Chart, Column, Prose, Table

Plans = Mapping[str, "Plan | Sequence[Finding]"]
SHOWN = ("coverage_money", "coverage_people", "gini")


def parts(plans: Plans, names: Names, unit: str, scale: float) -> tuple[Any, ...]:
    """Return the table of scenarios, what failed, and the chart of every unit across them.

    Parameters
    ----------
    plans
        Plans by name of their scenario, the one the page is about first; findings instead of a
        plan where there is none.
    names
        Names in the first plan's tables.
    unit, scale
        The unit of the chart's axis, and what amounts are divided by.
    """
    made = {name: plan for name, plan in plans.items() if isinstance(plan, Plan)}
    names = Names.across(made.values(), names.words)
    failed = {name: plan for name, plan in plans.items() if not isinstance(plan, Plan)}
    told = [
        names.words.say(
            "options.failed", name=name, said=names.words.sentence(finding, names.of_id)
        )
        for name, findings in failed.items()
        for finding in list(findings)[:1]
    ]
    shown: list[Any] = [summary(made, names)]
    if len(made) > 1:
        shown.append(across(made, names, unit, scale))
    return (*shown, Prose(tuple(told), "ul") if told else None)


def every(indexes: Iterable[pd.Index]) -> pd.Index:
    """Return all labels of several tables in the order they first come in.

    Examples
    --------
    >>> list(every([pd.Index(["b", "a"]), pd.Index(["a", "c"])]))
    ['b', 'a', 'c']
    """
    return pd.Index(dict.fromkeys(label for index in indexes for label in index))


def titles(plans: Mapping[str, Plan], names: Names) -> dict[str, str]:
    """Return the scenarios' titles in the page's language, with the name where two are alike."""
    said = {name: plan.scenario.title[names.words.language] for name, plan in plans.items()}
    shared = {text for text in said.values() if list(said.values()).count(text) > 1}
    return {name: f"{text} ({name})" if text in shared else text for name, text in said.items()}


def summary(plans: Mapping[str, Plan], names: Names) -> Table:
    """Return one row a scenario: money, coverage, equality, and how far it is from the first."""
    words = names.words
    first = next(iter(plans.values()))
    rows, said = [], titles(plans, names)
    for name, plan in plans.items():
        value = overall(plan)
        shared = int(plan.table.to_numpy().sum())
        totals = plan.table.sum(axis=1)
        row = (
            said[name],
            words.say(f"choice.status.{plan.scenario.status}"),
            shared + plan.reserve,
            shared,
            plan.reserve,
            *(value.get(shown) for shown in SHOWN),
            words.say("options.most", region=names.of_id(str(totals.idxmax())), yuan=totals.max()),
            moved(first, plan),
        )
        rows.append(row)
    columns = (
        Column(words.say("table.scenario")),
        Column(words.say("field.status.label")),
        Column(words.say("field.budget_yuan.label"), "money"),
        Column(words.say("table.shared"), "money"),
        Column(words.say("field.reserve.label"), "money"),
        Column(words.say("measure.coverage_money.label"), "percent"),
        Column(words.say("measure.coverage_people.label"), "percent"),
        Column(words.say("measure.gini.label"), "number"),
        Column(words.say("options.largest")),
        Column(words.say("options.moved"), "money"),
    )
    return Table(words.say("options.caption"), columns, tuple(rows))


def moved(first: Plan, other: Plan) -> int | None:
    """Return the sum of absolute differences of the units' totals, yuan; None for itself."""
    if first is other:
        return None
    totals = [plan.table.sum(axis=1) for plan in (first, other)]
    before, after = totals[0].align(totals[1], fill_value=0)
    return int((after - before).abs().sum())


def across(plans: Mapping[str, Plan], names: Names, unit: str, scale: float) -> Chart:
    """Return every unit's total across the scenarios."""
    words = names.words
    totals = {name: plan.table.sum(axis=1) for name, plan in plans.items()}
    frame = pd.DataFrame(totals).reindex(every(total.index for total in totals.values())).fillna(0)
    said = titles(plans, names)
    rows = [
        (names.regions.get(str(region), region), *map(int, row)) for region, row in frame.iterrows()
    ]
    columns = (Column(words.say("table.region")), *(Column(t, "money") for t in said.values()))
    total = (words.say("table.total"), *(int(frame[name].sum()) for name in frame))
    digits = words.digits(frame.to_numpy().ravel())
    behind = Table(words.say("chart.options.title"), columns, tuple(rows), (total,), digits=digits)
    shown = frame.rename(index=names.short, columns=said)
    return Chart("options", charts.grouped(shown, unit, scale), behind)
