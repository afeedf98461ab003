"""Tables for a terminal: scenarios beside each other, and the steps to one amount."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding, InputError, nearest
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of
from sendwarmth.view.names import Names
from sendwarmth.view.words import words


def plan_of(project: Project, name: str) -> Plan:
    """Return the plan of a scenario of a project.

    Raises
    ------
    InputError, Infeasible
        It has none.
    """
    scenario = load_scenario(find_scenario(name, project.scenarios))
    return allocate(load_inputs(tables_of(scenario)), scenario)


def comparison(project: Project, names: Sequence[str], language: str) -> str:
    """Return what each unit gets in each scenario, and what it gains or loses against the first."""
    said = words(language)
    plans = {name: plan_of(project, name) for name in names}
    first, *others = (plan.table.sum(axis=1) for plan in plans.values())
    labels = Names.of(next(iter(plans.values())).inputs, said).regions
    head = [said.say("table.region"), *names, *(f"{name} - {names[0]}" for name in names[1:])]
    units = list(dict.fromkeys(unit for total in (first, *others) for unit in total.index))
    rows = [
        [
            labels.get(unit, str(unit)),
            *(f"{total.get(unit, 0):,}" for total in (first, *others)),
            *(f"{total.get(unit, 0) - first.get(unit, 0):+,}" for total in others),
        ]
        for unit in units
    ]
    sums = [int(total.sum()) for total in (first, *others)]
    kept = [plan.reserve for plan in plans.values()]
    for label, values in (("table.shared", sums), ("field.reserve.label", kept)):
        rows.append(
            [
                said.say(label),
                *(f"{value:,}" for value in values),
                *(f"{value - values[0]:+,}" for value in values[1:]),
            ]
        )
    return table([head, *rows]) + "\n" + said.say("cli.in_yuan")


def explanation(project: Project, name: str, region: str, group: str, language: str) -> str:
    """Return the steps from target to amount: of the whole plan, a unit, or one cell.

    Raises
    ------
    InputError
        There is no such unit or group.
    """
    from sendwarmth.model.explain import explain
    from sendwarmth.view.reasons import multiplied

    said = words(language)
    plan = plan_of(project, name)
    labels = Names.of(plan.inputs, said)
    steps = explain(plan)
    asked = (("region_id", region, plan.table.index), ("group_id", group, plan.table.columns))
    for column, wanted, known in asked:
        if wanted:
            _refuse_unknown(column, wanted, [str(word) for word in known])
            steps = steps[steps[column] == wanted]
    about = (plan.scenario.title[language], labels.regions.get(region), labels.groups.get(group))
    title = " / ".join(part for part in about if part)
    by_step = steps.groupby("step", sort=False)["yuan"].sum()
    rows = [
        [said.label(f"step.{step}", str(step)), f"{yuan:,}" if not i else f"{yuan:+,}"]
        for i, (step, yuan) in enumerate(by_step.items())
    ]
    rows.append([said.say("table.sum"), f"{by_step.sum():,}"])
    binds = multiplied(plan, labels, region, group)
    return "\n".join([title, table(rows), said.say("cli.in_yuan"), *binds])


def _refuse_unknown(column: str, wanted: str, known: Sequence[str]) -> None:
    if wanted not in known:
        facts = {"value": wanted, "nearest": nearest(wanted, known), "allowed": ", ".join(known)}
        code = f"unknown_{column.removesuffix('_id')}"
        raise InputError([Finding(code, facts=facts)])


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text, names to the left, amounts to the right; Chinese is two cells wide.

    Examples
    --------
    >>> print(table([["西安", "12"], ["a", "3"]]))
    西安  12
    a      3
    """
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for first, *rest in rows:
        cells = [first + " " * (widths[0] - width(first))]
        cells += [
            " " * (most - width(cell)) + cell for cell, most in zip(rest, widths[1:], strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Return how many cells of a terminal a text takes.

    Examples
    --------
    >>> width("西安 a")
    6
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
