"""A clash names members that cannot all hold, none of which could be left out, and their miss."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from clashing import can_hold, is_irreducible, least_miss, random_problems, thirty_limits
from samples import scenario, tables
from sendwarmth.model.clashing.clash import explain_clash, find_clash
from sendwarmth.model.fit import NotConverged, fit
from sendwarmth.model.limits import Limit
from sendwarmth.model.problem import build

SQUARE = tables([[10, 10], [10, 10]])


@pytest.fixture(scope="module")
def bases(baseline):
    """The baseline with bases of 8 million and no bounds of cells in their way."""
    groups = baseline.table.columns
    return baseline.scenario.with_values(
        region_floor_yuan=8_000_000,
        per_head_min=dict.fromkeys(groups, 0),
        per_head_max=dict.fromkeys(groups, 1_000_000),
    )


@pytest.fixture(scope="module")
def random_ones():
    """Return hundreds of random problems, each with its clash or None."""
    return [(problem, find_clash(problem)) for *_, problem in random_problems(350)]


def clash_of(inputs=SQUARE, **values):
    return find_clash(build(inputs, scenario(**values)))


def names(members) -> list[str]:
    return [f"{member.name} {member.side}" for member in members]


def test_what_can_hold_is_no_clash(baseline):
    assert find_clash(baseline.problem) is None


def test_bases_above_the_total_are_told_as_the_thirteen_they_are(inputs, bases):
    clash = find_clash(build(inputs, bases))
    floors = [member for member in clash.whole if member.field == "region_floor_yuan"]
    assert len(floors) == 13
    assert sum(member.yuan for member in floors) == 104_000_000
    [total] = [member for member in clash.whole if member.field == "budget_yuan"]
    assert (total.side, total.yuan) == ("cap", 87_400_000)
    assert clash.whole_shortfall_yuan == 16_600_000


def test_eleven_of_the_thirteen_are_the_clash_that_cannot_be_made_smaller(inputs, bases):
    problem = build(inputs, bases)
    clash = find_clash(problem)
    assert len(clash.members) == 12
    assert clash.shortfall_yuan == 11 * 8_000_000 - 87_400_000
    assert is_irreducible(problem, clash)


def test_the_base_of_a_small_unit_clashes_with_the_caps_of_its_own_cells(baseline, inputs):
    scenario = baseline.scenario.with_values(region_floor_yuan=8_000_000)
    problem = build(inputs, scenario)
    clash = find_clash(problem)
    floor, *caps = sorted(clash.members, key=lambda member: member.side != "floor")
    region = floor.name.removeprefix("region_floor_yuan/")
    groups = baseline.table.columns
    assert {m.name for m in caps} == {f"per_head_max/{region}/{group}" for group in groups}
    assert clash.shortfall_yuan == 8_000_000 - sum(cap.yuan for cap in caps)
    # Most units are too small for it; the one named is the one that is furthest from it.
    assert region == baseline.problem.frame(problem.upper).sum(axis=1).idxmin()


def test_two_locks_clash_with_the_cap_of_a_limit():
    locks = [
        {"region": "r0", "group": "a", "yuan": 30_000},
        {"region": "r0", "group": "b", "yuan": 25_000},
    ]
    limits = [{"name": "first unit", "regions": ["r0"], "cap_yuan": 50_000}]
    clash = clash_of(locks=locks, limits=limits)
    assert names(clash.members) == ["limits/first unit cap", "locks/r0/a floor", "locks/r0/b floor"]
    assert clash.shortfall_yuan == 5_000


def test_floors_of_blocs_clash_with_the_share_of_a_group():
    blocs = [
        {"name": "north", "regions": ["r0"], "groups": ["a"], "floor_yuan": 20_000},
        {"name": "south", "regions": ["r1"], "groups": ["a"], "floor_yuan": 15_000},
    ]
    clash = clash_of(group_share={"a": 0.3, "b": 0.7}, limits=blocs)
    expected = ["group_share/a cap", "limits/north floor", "limits/south floor"]
    assert names(clash.members) == expected
    assert clash.shortfall_yuan == 5_000


def test_money_earmarked_for_a_group_clashes_with_its_share():
    sources = pd.DataFrame(
        {"source_id": ["grant"], "yuan": [40_000.0], "groups": ["a"], "tiers": ["all"]}
    )
    clash = clash_of(replace(SQUARE, sources=sources), group_share={"a": 0.3, "b": 0.7})
    assert names(clash.members) == ["group_share/a cap", "sources/grant floor"]


def test_what_is_paid_out_clashes_with_a_total_below_it():
    paid = pd.DataFrame(
        {"region_id": ["r0", "r1"], "group_id": ["a", "b"], "yuan": [40_000, 50_000]}
    )
    clash = clash_of(tables([[10, 10], [10, 10]], paid=paid), budget_yuan=80_000)
    expected = ["budget_yuan cap", "paid/r0/a floor", "paid/r1/b floor"]
    assert names(clash.members) == expected


def test_a_band_around_last_year_clashes_with_a_cap():
    rows = [("r0", "a", 900), ("r1", "a", 100)]
    last_year = pd.DataFrame(rows, columns=["region_id", "group_id", "yuan"])
    limits = [{"name": "first", "regions": ["r0"], "cap_yuan": 30_000}]
    inputs = tables([[10, 10], [10, 10]], last_year=last_year)
    clash = clash_of(inputs, change_band=[-0.2, 1], limits=limits)
    assert names(clash.members) == ["change_band/r0 floor", "limits/first cap"]
    assert clash.shortfall_yuan == 72_000 - 30_000


def test_cells_without_heads_are_named_as_the_reason():
    limits = [{"name": "first", "regions": ["r0"], "floor_yuan": 10_000}]
    clash = clash_of(tables([[0, 0], [10, 10]]), limits=limits)
    assert names(clash.members) == ["heads/r0/a cap", "heads/r0/b cap", "limits/first floor"]


def test_cells_without_a_target_are_named_as_the_reason():
    limits = [{"name": "group a", "groups": ["a"], "floor_yuan": 10_000}]
    clash = clash_of(priority={"a": 0}, per_head_min={"a": 100}, limits=limits)
    expected = ["limits/group a floor", "target/r0/a cap", "target/r1/a cap"]
    assert names(clash.members) == expected
    assert clash.shortfall_yuan == 10_000 - 2 * 1_000


def test_the_order_of_regions_and_groups_never_matters(inputs, bases):
    turned = replace(inputs, regions=inputs.regions[::-1], groups=inputs.groups[::-1])
    assert find_clash(build(turned, bases)) == find_clash(build(inputs, bases))
    mixed = bases.with_values(
        region_floor_yuan=0, budget_yuan=10_000_000, per_head_min={"skilled": 150}
    )
    assert find_clash(build(turned, mixed)) == find_clash(build(inputs, mixed))


def test_yuan_or_ten_thousands_name_the_same_clash():
    limits = [{"name": "x", "regions": ["r0"], "floor_yuan": 70_000}]
    small = clash_of(region_floor_yuan=40_000, limits=limits)
    limits = [{"name": "x", "regions": ["r0"], "floor_yuan": 700_000_000}]
    values = {"budget_yuan": 10**9, "unit_yuan": 10**6, "region_floor_yuan": 4 * 10**8}
    large = clash_of(limits=limits, **values)
    assert names(small.members) == names(large.members)
    assert large.shortfall_yuan == 10_000 * small.shortfall_yuan


def test_every_random_clash_is_irreducible(random_ones):
    clashes = [(problem, clash) for problem, clash in random_ones if clash]
    assert len(clashes) > 100
    assert [clash for problem, clash in clashes if not is_irreducible(problem, clash)] == []


def test_every_shortfall_is_the_least_sum_of_misses(random_ones):
    for problem, clash in random_ones:
        if clash:
            for members, yuan in (
                (clash.members, clash.shortfall_yuan),
                (clash.whole, clash.whole_shortfall_yuan),
            ):
                assert yuan == pytest.approx(least_miss(problem, members), rel=1e-6, abs=1)
            assert set(clash.members) <= set(clash.whole)


def test_there_is_a_clash_exactly_where_there_is_no_fit(random_ones):
    for problem, clash in random_ones:
        bounds = problem.lower, problem.upper, problem.limits
        status = fit(problem.target, *bounds, problem.total_yuan).status
        assert (status == "infeasible") == (clash is not None)


def test_thirty_limits_on_the_shipped_tables_are_irreducible_and_found_fast(inputs, baseline):
    took, sizes = [], []
    for limited in thirty_limits(baseline, 25):
        problem = build(inputs, limited)
        start = time.process_time()
        clash = find_clash(problem)
        took.append(time.process_time() - start)
        if clash:
            assert is_irreducible(problem, clash)
            sizes.append(len(clash.members))
    assert len(sizes) > 15
    assert max(sizes) > 10
    assert np.median(took) < 0.5


def test_a_clash_of_one_yuan_is_told_from_none():
    limits = [
        {"name": "low", "regions": ["r0"], "floor_yuan": 500_000_000},
        {"name": "high", "regions": ["r1"], "floor_yuan": 500_000_000},
    ]
    fund = {"unit_yuan": 1, "limits": limits}
    assert clash_of(budget_yuan=10**9, **fund) is None
    assert clash_of(budget_yuan=10**9 - 1, **fund).shortfall_yuan == 1


def test_the_finding_groups_members_by_the_number_that_sets_them(inputs, bases):
    problem = build(inputs, bases)
    finding, *repairs = explain_clash(problem, inputs, bases)
    assert (finding.code, finding.severity) == ("clash", "error")
    assert finding.place.field == "values.region_floor_yuan"
    total, floors = finding.facts["groups"]
    assert (total["driver"], total["side"], total["sum_yuan"]) == ("budget_yuan", "cap", 87_400_000)
    assert (floors["count"], floors["each_yuan"], floors["sum_yuan"]) == (
        13,
        8_000_000,
        104_000_000,
    )
    assert finding.facts["whole_shortfall_yuan"] == 16_600_000
    assert len(finding.facts["members"]) == 12
    assert {repair.code for repair in repairs} == {"repair"}


def test_members_of_two_groups_of_people_are_told_apart(baseline, inputs):
    scenario = baseline.scenario.with_values(budget_yuan=40_000_000)
    finding, *_ = explain_clash(build(inputs, scenario), inputs, scenario)
    drivers = [group["driver"] for group in finding.facts["groups"]]
    assert drivers[0] == "budget_yuan"
    assert "per_head_min/hardship" in drivers
    assert len(drivers) == len(set(drivers))
    least = baseline.problem.lower.sum()
    assert finding.facts["whole_shortfall_yuan"] <= least - 38_000_000


def test_allocate_raises_the_clash_and_its_repairs(inputs, bases):
    with pytest.raises(sw.Infeasible) as caught:
        sw.allocate(inputs, bases)
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["clash", "repair", "repair"]


def test_explaining_what_can_hold_is_a_fault(inputs, baseline):
    with pytest.raises(NotConverged):
        explain_clash(baseline.problem, inputs, baseline.scenario)


def test_a_problem_without_sources_of_its_bounds_is_read_from_the_bounds():
    problem = build(SQUARE, scenario())
    bare = replace(problem, cells={}, lower=np.full((2, 2), 30_000.0))
    clash = find_clash(bare)
    assert {member.field for member in clash.members} == {"budget_yuan", "cells"}
    assert clash.shortfall_yuan == 20_000


def test_a_limit_over_no_cell_clashes_by_itself():
    problem = build(SQUARE, scenario())
    empty = Limit("limits/none", np.zeros((2, 2), bool), 100.0, None)
    clash = find_clash(replace(problem, limits=(empty,)))
    assert names(clash.members) == ["limits/none floor"]


def test_the_judge_of_these_tests_can_tell(inputs, bases):
    problem = build(inputs, bases)
    clash = find_clash(problem)
    assert not can_hold(problem, clash.whole)
    assert not is_irreducible(problem, replace(clash, members=clash.whole))


def test_hundreds_of_members_are_irreducible_too_and_found_without_trying_each():
    many = tables(np.full((540, 1), 10))
    problem = build(many, scenario(budget_yuan=540_000, region_floor_yuan=2_000))
    start = time.process_time()
    clash = find_clash(problem)
    assert time.process_time() - start < 10
    # There is money for 270 bases of 2,000 exactly: with 271 none can be left out.
    assert len(clash.members) == 272
    assert [(m.name, m.side) for m in clash.members if m.field != "region_floor_yuan"] == [
        ("budget_yuan", "cap")
    ]
    assert (len(clash.whole), clash.whole_shortfall_yuan) == (541, 540_000)


def test_every_cell_of_many_is_named_where_all_of_them_are_needed():
    many = tables(np.full((150, 2), 10))
    clash = clash_of(many, budget_yuan=10_000_000, per_head_max={"a": 3_330, "b": 3_330})
    assert names(clash.members)[:1] == ["budget_yuan floor"]
    assert (len(clash.members), clash.shortfall_yuan) == (301, 10_000_000 - 300 * 33_300)
