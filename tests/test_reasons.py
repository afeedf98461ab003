"""The report and the command line say in words by how much a limit moves what it holds."""

from __future__ import annotations

import pytest
import sendwarmth as sw
from sendwarmth.view import reasons
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Prose
from sendwarmth.view.words import words


@pytest.fixture(scope="module")
def names(inputs) -> Names:
    return Names.of(inputs, words("en"))


def limited(plan: sw.Plan, *limits: dict) -> sw.Plan:
    return sw.allocate(plan.inputs, plan.scenario.with_values(region_floor_yuan=0, limits=limits))


def limit(name: str, regions: list[str], **bounds) -> dict:
    return {"name": name, "regions": regions, "who": "w", "why": "y", **bounds}


def test_a_floor_raises_and_a_cap_lowers_all_they_hold(baseline, names):
    first, second = baseline.table.index[:2]
    amounts = baseline.exact.sum(axis=1).round(-3)
    plan = limited(
        baseline,
        limit("floor", [first], floor_yuan=int(amounts[first] * 1.02 // 1_000 * 1_000)),
        limit("cap", [second], cap_yuan=int(amounts[second] * 0.98 // 1_000 * 1_000)),
    )
    raised, lowered = reasons.multiplied(plan, names)
    times = plan.multipliers
    assert raised.startswith("floor: its floor of ")
    assert f"raises all it holds {times['limits/floor']:.3f} times" in raised
    assert times["limits/floor"] > 1 > times["limits/cap"]
    assert f"lowers all it holds to {times['limits/cap']:.3f}" in lowered


def test_limits_that_depend_on_each_other_are_told_together(baseline, names):
    some, rest = list(baseline.table.index[:4]), list(baseline.table.index[4:])
    part = int(baseline.table.loc[some].to_numpy().sum()) - 500_000
    total = int(baseline.table.to_numpy().sum())
    plan = limited(
        baseline,
        limit("some", some, floor_yuan=part, cap_yuan=part),
        limit("rest", rest, floor_yuan=total - part, cap_yuan=total - part),
    )
    [told] = reasons.multiplied(plan, names)
    assert told.startswith("These limits depend on each other")
    assert {"some", "rest"} <= set(told.replace("×", " ").split())


def test_only_limits_that_hold_a_unit_are_told_of_it(baseline, names):
    [told] = reasons.multiplied(baseline, names)
    holding = [r for r in baseline.table.index if list(reasons.multiplied(baseline, names, r))]
    assert [names.regions[region] in told for region in holding] == [True]


def test_the_report_says_it_under_the_steps(baseline, names):
    _, binds, *_ = reasons.parts(baseline, names, "yuan", 1.0)
    assert isinstance(binds, Prose)
    assert binds.lines == tuple(reasons.multiplied(baseline, names))
