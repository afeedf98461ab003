"""What the fit sees: the fund in whole units, the target of each rule, bounds and limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.limits import each
from sendwarmth.model.problem import build


def finding(inputs: sw.Inputs, **values):
    with pytest.raises(sw.InputError) as caught:
        build(inputs, scenario(**values))
    return caught.value.findings[0]


EVEN = tables([[10, 10], [10, 10]])


def test_the_reserve_takes_what_is_left_below_one_unit():
    problem = build(EVEN, scenario(budget_yuan=100_099, reserve=0.1))
    assert (problem.total_yuan, problem.reserve_yuan) == (90_000, 10_099)


def test_a_reserve_may_be_an_amount_or_the_rest():
    amount = build(EVEN, scenario(reserve={"yuan": 12_345}))
    rest = build(EVEN, scenario(reserve="rest"))
    assert (amount.total_yuan, rest.total_yuan) == (87_600, 40_000)


def test_a_reserve_outside_the_fund_is_refused():
    assert finding(EVEN, reserve={"yuan": 100_001}).code == "reserve_outside_fund"
    assert finding(EVEN, reserve="rest", budget_yuan=39_999).code == "reserve_outside_fund"


def test_without_shares_the_envelopes_follow_priority_times_claims():
    problem = build(EVEN, scenario(priority={"a": 3}))
    assert problem.target.sum(axis=0).tolist() == [75_000, 25_000]
    assert not problem.limits


def test_fixed_shares_become_limits_in_whole_units():
    problem = build(EVEN, scenario(group_share={"a": 0.333333, "b": 0.666667}))
    bounds = [(limit.name, limit.floor, limit.cap) for limit in each(problem.limits)]
    assert bounds == [
        ("group_share/a", 33_300, 33_300),
        ("group_share/b", 66_700, 66_700),
    ]


def test_setting_shares_and_priority_is_refused():
    code = finding(EVEN, group_share={"a": 0.5, "b": 0.5}, priority={"a": 2}).code
    assert code == "share_and_priority"


def test_a_group_without_a_share_is_refused():
    assert finding(EVEN, group_share={"a": 1.0}).facts["value"] == "b"


def test_fiscal_weakness_moves_money_to_units_below_the_provincial_gdp_a_head():
    inputs = tables([[10, 10], [10, 10], [10, 10]])
    gdp = inputs.regions.assign(gdp_100m_yuan=[100.0, 50.0, np.nan], residents=[100, 100, np.nan])
    factors = {"default": {"claim": 0.5, "fiscal_weakness": 0.5}}
    problem = build(replace(inputs, regions=gdp), scenario(factor_weight=factors))
    # Indices 0.75 and 1.5 of the provincial 0.75; the unit without GDP keeps its third.
    expected = [0.5 / 3 + 0.5 * 2 / 9, 0.5 / 3 + 0.5 * 4 / 9, 1 / 3]
    np.testing.assert_allclose(problem.target[:, 0] / 50_000, expected)


def test_a_unit_with_a_gdp_of_0_counts_as_one_without_gdp():
    inputs = tables([[10, 10], [10, 10], [10, 10]])
    weights = scenario(factor_weight={"default": {"claim": 0.5, "fiscal_weakness": 0.5}})
    targets = []
    for nothing in (0.0, np.nan):
        gdp = inputs.regions.assign(gdp_100m_yuan=[100.0, 50.0, nothing], residents=100)
        targets.append(build(replace(inputs, regions=gdp), weights).target)
    np.testing.assert_array_equal(*targets)


def test_a_factor_without_any_data_is_a_finding():
    factors = {"default": {"claim": 0.5, "execution": 0.5}}
    found = finding(EVEN, factor_weight=factors)
    assert (found.code, found.facts["value"]) == ("factor_without_data", "execution")


def test_execution_is_read_where_it_is_known():
    rates = pd.DataFrame({"region_id": ["r0", "r1"], "rate": [0.5, 1.0]})
    inputs = tables([[10, 10], [10, 10]], execution=rates)
    problem = build(inputs, scenario(factor_weight={"default": {"execution": 1}}))
    np.testing.assert_allclose(problem.target[:, 0], [50_000 / 3, 100_000 / 3])


def test_a_tier_standard_moves_with_its_group():
    inputs = tables([[10, 10]])
    tier = {"group_id": "a", "tier_id": "t", "yuan": 3000.0, "share": 1.0, "archived": True}
    tiered = replace(
        inputs,
        standards=pd.concat([inputs.standards, pd.DataFrame([tier])], ignore_index=True),
        eligible=inputs.eligible.assign(tier_id=["t", ""]),
    )
    problem = build(tiered, scenario(standard={"a": 500, "b": 700}))
    assert problem.claims.tolist() == [[10 * 3000 * 500 / 1000, 7_000]]


def test_bounds_are_heads_times_least_and_most_drawn_in_to_the_grid():
    inputs = tables([[7, 0]])
    least, most = {"a": 150, "b": 150}, {"a": 199, "b": 199}
    problem = build(inputs, scenario(per_head_min=least, per_head_max=most, reserve=0.9))
    assert problem.lower.tolist() == [[1_100, 0]]
    assert problem.upper.tolist() == [[1_300, 0]]


def test_a_range_that_holds_no_multiple_names_both_neighbours_and_a_unit_that_works():
    found = finding(tables([[1, 5]]), per_head_min={"a": 130}, per_head_max={"a": 160})
    assert found.code == "no_multiple_in_range"
    assert (found.facts["below"], found.facts["above"], found.facts["works"]) == (100, 200, 50)


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        ({"region": "r0", "group": "a", "yuan": 100_100}, "lock_over_budget"),
        ({"region": "r0", "group": "a", "yuan": 150}, "lock_off_grid"),
        ({"region": "r0", "group": "a", "yuan": 900}, "lock_outside_bounds"),
        ({"region": "r1", "group": "b", "yuan": 100}, "lock_on_empty_cell"),
        ({"region": "r9", "group": "b", "yuan": 100}, "unknown_region"),
        ({"region": "r0", "group": "c", "yuan": 100}, "unknown_group"),
    ],
)
def test_a_lock_that_cannot_be_is_a_finding_of_its_own(lock, code):
    inputs = tables([[10, 10], [10, 0]])
    assert finding(inputs, per_head_min={"a": 100}, locks=[lock]).code == code


def test_two_locks_on_one_cell_are_refused():
    lock = {"region": "r0", "group": "a", "yuan": 100}
    assert finding(EVEN, locks=[lock, lock]).code == "locked_twice"


def test_a_lock_holds_yuan_not_a_share():
    lock = {"region": "r0", "group": "a", "yuan": 12_300}
    for budget in (100_000, 50_000):
        problem = build(EVEN, scenario(budget_yuan=budget, locks=[lock]))
        assert problem.lower[0, 0] == problem.upper[0, 0] == 12_300


def test_paid_money_is_a_floor_and_unspent_money_comes_on_top():
    cells = {"region_id": ["r0", "r1"], "group_id": ["a", "b"]}
    paid = pd.DataFrame(cells | {"yuan": [4_050, 0]})
    unspent = pd.DataFrame(cells | {"yuan": [0, 2_000]})
    inputs = tables([[10, 10], [10, 10]], paid=paid, unspent=unspent)
    problem = build(inputs, scenario())
    assert problem.total_yuan == 102_000
    assert problem.lower.tolist() == [[4_100, 0], [0, 2_000]]


def test_a_band_follows_last_year_scaled_to_the_money_there_is():
    last = pd.DataFrame({"region_id": ["r0", "r1"], "group_id": ["a", "a"], "yuan": [10, 30]})
    inputs = tables([[10, 10], [10, 10], [10, 10]], last_year=last)
    problem = build(inputs, scenario(change_band=[-0.1, 0.2]))
    bounds = [(limit.floor, limit.cap) for limit in each(problem.limits)]
    assert bounds == [(22_500, 30_000), (67_500, 90_000), (0, np.inf)]


def test_a_band_may_be_about_last_years_own_yuan():
    last = pd.DataFrame({"region_id": ["r0"], "group_id": ["a"], "yuan": [10_000]})
    inputs = tables([[10, 10], [10, 10]], last_year=last)
    problem = build(inputs, scenario(change_band=[0, 0.5], change_band_base="yuan"))
    first = next(iter(each(problem.limits)))
    assert (first.name, first.floor, first.cap) == ("change_band/r0", 10_000, 15_000)


def test_a_band_without_last_year_is_refused():
    assert finding(EVEN, change_band=[0, 1]).code == "band_without_last_year"


def test_earmarked_money_is_a_floor_on_every_union_of_what_it_may_serve():
    sources = pd.DataFrame(
        {
            "source_id": ["free", "x", "y", "blank"],
            "yuan": [50_000, 10_000, 20_000, np.nan],
            "groups": ["all", "a", "a b", "b"],
            "tiers": "all",
        }
    )
    inputs = replace(tables([[10, 10, 10]], groups=("a", "b", "c")), sources=sources)
    limits = list(each(build(inputs, scenario()).limits))
    assert [(limit.name, limit.floor) for limit in limits] == [
        ("sources/x", 10_000),
        ("sources/x+y", 30_000),
    ]
    assert limits[1].mask.tolist() == [[True, True, False]]


def test_money_with_nobody_to_pay_is_refused():
    assert finding(tables([[0, 0]])).code == "nobody_to_pay"


def test_a_budget_of_nothing_is_a_plan_of_nothing():
    plan = sw.allocate(EVEN, scenario(budget_yuan=0))
    assert (int(plan.table.to_numpy().sum()), plan.reserve) == (0, 0)


def test_a_group_that_must_be_covered_needs_a_least_amount():
    inputs = replace(EVEN, groups=EVEN.groups.assign(must_cover=[True, False]))
    found = finding(inputs)
    assert (found.code, found.facts["value"]) == ("must_cover_without_min", "a")


def test_claims_far_from_the_fund_are_a_warning_not_an_error():
    [found] = build(EVEN, scenario()).findings
    assert (found.code, found.severity) == ("claims_off_fund", "warning")
    assert not build(EVEN, scenario(reserve="rest")).findings
