"""The questions an auditor asks go with the plan and name their amounts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import sendwarmth as sw
from samples import scenario, tables


def codes(plan: sw.Plan) -> list[str]:
    return [finding.code for finding in plan.findings]


def allocated(inputs: sw.Inputs, **values) -> sw.Plan:
    quiet = {"reserve": "rest", "reserve_release": {"until": "2020-01-20", "rule": "x"}}
    return sw.allocate(inputs, scenario(**(quiet | values)))


def tiers(inputs: sw.Inputs, *rows: tuple) -> sw.Inputs:
    columns = ["group_id", "tier_id", "yuan", "share", "archived"]
    more = pd.DataFrame(list(rows), columns=columns)
    return replace(inputs, standards=pd.concat([inputs.standards, more], ignore_index=True))


def test_a_plan_in_order_has_nothing_to_answer():
    assert codes(allocated(tables([[10, 10]]))) == []


def test_amounts_a_head_outside_the_published_band_are_named():
    inputs = tables([[10, 20]])
    groups = inputs.groups.assign(band_low_yuan=[800.0, 1_200.0], band_high_yuan=[1_100.0, 2_000.0])
    [finding] = allocated(replace(inputs, groups=groups)).findings
    assert finding.code == "outside_band"
    assert (finding.facts["cell"], finding.facts["value"]) == ("r0/b", 1_000)


def test_a_graded_group_paid_flat_is_flagged():
    inputs = tables([[10, 10]])
    graded = replace(inputs, groups=inputs.groups.assign(graded=[True, False]))
    assert codes(allocated(graded)) == ["flat_split"]
    alike = tiers(graded, ("a", "x", 900.0, 0.5, True), ("a", "y", 900.0, 0.5, True))
    assert codes(allocated(alike)) == ["flat_split"]
    unlike = tiers(graded, ("a", "x", 900.0, 0.5, True), ("a", "y", 1_100.0, 0.5, True))
    assert codes(allocated(unlike)) == []


def source(yuan: float, groups: str, kinds: str) -> pd.DataFrame:
    row = {"source_id": ["s"], "yuan": [yuan], "groups": [groups], "tiers": [kinds]}
    return pd.DataFrame(row)


def test_money_for_some_tiers_may_not_exceed_what_they_are_paid():
    inputs = tiers(
        tables([[10, 10]]), ("a", "x", 1_500.0, 0.5, True), ("a", "y", 500.0, 0.5, False)
    )
    # Three quarters of the 10,000 yuan that group a gets are for tier x.
    within = replace(inputs, sources=source(7_500, "a", "x"))
    above = replace(inputs, sources=source(7_600, "a", "x"))
    assert "earmark_above_tiers" not in codes(allocated(within))
    [finding] = [f for f in allocated(above).findings if f.code == "earmark_above_tiers"]
    assert finding.facts["allowed"] == 7_500


def test_sources_for_the_same_tiers_are_held_against_them_together():
    inputs = tiers(
        tables([[10, 10]]), ("a", "x", 1_500.0, 0.5, True), ("a", "y", 500.0, 0.5, False)
    )
    rows = [source(4_000, "a", "x"), source(4_000, "a", "x"), source(1_000, "b", "all")]
    sources = pd.concat(rows).assign(source_id=["p", "q", "z"])
    told = [f for f in allocated(replace(inputs, sources=sources)).findings if "earmark" in f.code]
    assert [(f.facts["source"], f.facts["value"]) for f in told] == [("p+q", 8_000)]


def test_people_in_two_groups_are_counted():
    row = {"group_a": ["a"], "group_b": ["b"], "rate": [0.3], "paid_in": ["a"]}
    plan = allocated(tables([[10, 10]], overlap=pd.DataFrame(row)))
    [finding] = plan.findings
    assert (finding.code, finding.facts["value"]) == ("paid_twice_possible", 3)


def test_money_funded_elsewhere_is_shown_and_not_paid():
    row = {"region_id": [""], "group_id": ["a"], "yuan": [5_000]}
    plan = allocated(tables([[10, 10]], elsewhere=pd.DataFrame(row)))
    assert codes(plan) == ["funded_elsewhere"]
    assert int(plan.table.to_numpy().sum()) == 20_000


def test_sources_that_do_not_add_to_the_fund_are_told():
    inputs = replace(tables([[10, 10]]), sources=source(99_999, "all", "all"))
    [finding] = allocated(inputs).findings
    assert (finding.code, finding.facts["allowed"]) == ("sources_off_budget", 100_000)


def test_a_reserve_needs_a_date_and_a_rule():
    assert codes(allocated(tables([[10, 10]]), reserve_release=None)) == ["reserve_without_date"]
    without_rule = {"until": "2020-01-20", "rule": ""}
    plan = allocated(tables([[10, 10]]), reserve_release=without_rule)
    assert codes(plan) == ["reserve_without_date"]


def test_a_cell_rounded_to_nothing_is_named():
    plan = allocated(tables([[1, 1], [99, 99]]), unit_yuan=10_000, reserve=0.0, budget_yuan=180_000)
    lost = [f.facts["cell"] for f in plan.findings if f.code == "rounded_to_nothing"]
    assert lost == ["r0/a", "r0/b"]
