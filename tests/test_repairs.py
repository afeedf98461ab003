"""A repair is the nearest value of a field with which everything can hold, and it was tried."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from clashing import random_clashes, thirty_limits
from samples import scenario, tables
from sendwarmth.model.clashing.clash import explain_clash, find_clash
from sendwarmth.model.clashing.levers import put
from sendwarmth.model.clashing.repairs import Repair, nearest, repairs
from sendwarmth.model.problem import build

SQUARE = tables([[10, 10], [10, 10]])
TOO_MUCH = {
    "limits": [
        {"name": "first", "regions": ["r0"], "floor_yuan": 80_000},
        {"name": "second", "regions": ["r1"], "floor_yuan": 90_000},
    ],
    "per_head_max": {"a": 3_000, "b": 3_000},
}
PATHS = (("budget_yuan",), ("limits", 0, "floor_yuan"), ("limits", 1, "floor_yuan"))


def repairs_of(inputs, clashing) -> dict[str, Repair]:
    """Return every repair by the fields it changes, each of them applied and held to a plan."""
    clash = find_clash(build(inputs, clashing))
    found = repairs(inputs, clashing, clash)
    for repair in found:
        sw.allocate(inputs, clashing.with_values(**repair.changes))
    return {" + ".join(repair.fields): repair for repair in found}


def trial(**values) -> dict[str, Repair]:
    return repairs_of(SQUARE, scenario(**values))


def new_values(found: dict[str, Repair]) -> dict[str, object]:
    return {fields: repair.parts[0].new for fields, repair in found.items()}


def holds(inputs, clashing, **changes) -> bool:
    try:
        sw.allocate(inputs, clashing.with_values(**changes))
    except (sw.InputError, sw.Infeasible):
        return False
    return True


@pytest.fixture(scope="module")
def bases(baseline):
    """The baseline with bases of 8 million and no bounds of cells in their way."""
    groups = baseline.table.columns
    return baseline.scenario.with_values(
        region_floor_yuan=8_000_000,
        per_head_min=dict.fromkeys(groups, 0),
        per_head_max=dict.fromkeys(groups, 1_000_000),
    )


def test_bases_above_the_total_are_repaired_by_a_lower_base_or_a_larger_budget(inputs, bases):
    found = repairs_of(inputs, bases)
    assert new_values(found) == {"region_floor_yuan": 6_723_000, "budget_yuan": 109_474_000}
    # The thousand nearest to what the arithmetic asks for, on the side that holds.
    assert 6_723_000 <= 87_400_000 / 13 < 6_724_000
    assert 109_473_000 < 104_000_000 / 0.95 <= 109_474_000


@pytest.mark.parametrize(
    ("most", "repaired"),
    [
        ({}, {"region_floor_yuan": 697_000}),
        ({"per_head_max": None}, {"region_floor_yuan": 6_079_000, "budget_yuan": 115_706_000}),
    ],
)
def test_least_and_most_a_head_leave_less_room_for_a_base(inputs, baseline, most, repaired):
    # As CHANGELOG.md says of 13 bases of 8,000,000 yuan on the shipped tables.
    found = repairs_of(inputs, baseline.scenario.with_values(region_floor_yuan=8_000_000, **most))
    assert new_values(found) == repaired


def test_repairs_come_with_their_size_and_what_they_come_to(inputs, bases):
    first, second = repairs_of(inputs, bases).values()
    assert first.parts[0].relative == pytest.approx(1_277 / 8_000)
    assert first.parts[0].yuan == -13 * 1_277_000
    assert second.relative == pytest.approx(17_474 / 92_000)
    assert second.parts[0].yuan == 17_474_000
    assert first.relative < second.relative


def test_one_step_nearer_would_not_hold(inputs, bases):
    assert not holds(inputs, bases, region_floor_yuan=6_724_000)
    assert not holds(inputs, bases, budget_yuan=109_473_000)


def test_bounds_of_cells_make_the_base_give_way_further(inputs, baseline):
    clashing = baseline.scenario.with_values(region_floor_yuan=8_000_000)
    found = repairs_of(inputs, clashing)
    assert list(found) == ["region_floor_yuan"]
    new = found["region_floor_yuan"].parts[0].new
    # The unit with the fewest people can take no more than the most a head of all its people.
    assert new == baseline.problem.upper.sum(axis=1).min() // 1_000 * 1_000
    assert not holds(inputs, clashing, region_floor_yuan=new + 1_000)


def test_a_budget_too_small_for_the_least_amounts_is_repaired_by_either(inputs, baseline):
    clashing = baseline.scenario.with_values(budget_yuan=40_000_000, region_floor_yuan=0)
    found = new_values(repairs_of(inputs, clashing))
    assert set(found) >= {"budget_yuan", "per_head_min.hardship"}
    least = baseline.problem.lower.sum()
    assert found["budget_yuan"] == np.ceil(least / 0.95 / 1_000) * 1_000
    more = found["per_head_min.hardship"] + 10
    assert not holds(inputs, clashing, per_head_min={"hardship": more})


def test_a_budget_above_what_may_be_paid_is_repaired_by_a_larger_reserve():
    found = trial(per_head_max={"a": 2_000, "b": 2_000}, reserve=0.1)
    assert new_values(found)["reserve"] == 0.2
    assert new_values(found)["budget_yuan"] == 88_000
    assert new_values(found)["per_head_max.a"] == 2_500


def test_a_reserve_in_yuan_gives_way_in_yuan():
    found = trial(reserve={"yuan": 30_000}, region_floor_yuan=40_000)
    assert new_values(found)["reserve.yuan"] == 20_000
    assert found["reserve.yuan"].changes == {"reserve": {"yuan": 20_000}}


def test_a_reserve_that_is_the_rest_becomes_an_amount():
    # All claims are 40,000, so 60,000 are the rest; the budget then shares out nothing more.
    found = trial(reserve="rest", region_floor_yuan=25_000)
    assert new_values(found) == {"reserve.yuan": 50_000, "region_floor_yuan": 20_000}


def test_a_lock_gives_way_to_a_limit_and_the_limit_to_the_lock():
    locks = [{"region": "r0", "group": "a", "yuan": 60_000, "who": "w", "why": "y"}]
    limits = [{"name": "first", "regions": ["r0"], "cap_yuan": 50_000, "who": "w", "why": "y"}]
    found = trial(locks=locks, limits=limits)
    assert new_values(found) == {"locks[0].yuan": 50_000, "limits[0].cap_yuan": 60_000}
    [lock] = found["locks[0].yuan"].changes["locks"]
    assert (lock["who"], lock["why"]) == ("w", "y")


def test_a_lock_that_must_be_met_between_two_steps_is_put_on_the_grid():
    locks = [{"region": "r0", "group": "a", "yuan": 40_000}]
    limits = [{"name": "narrow", "regions": ["r0"], "groups": ["a"]}]
    limits[0] |= {"floor_yuan": 50_200, "cap_yuan": 50_400}
    assert new_values(trial(locks=locks, limits=limits))["locks[0].yuan"] == 50_200


def test_floors_of_blocs_and_the_shares_of_groups_repair_each_other():
    blocs = [
        {"name": "north", "regions": ["r0"], "groups": ["a"], "floor_yuan": 20_000},
        {"name": "south", "regions": ["r1"], "groups": ["a"], "floor_yuan": 15_000},
    ]
    found = trial(group_share={"a": 0.3, "b": 0.7}, limits=blocs)
    new = new_values(found)
    assert new["limits[0].floor_yuan"] == 15_000
    assert new["limits[1].floor_yuan"] == 10_000
    assert new["group_share"] == {"a": 0.35, "b": 0.65}
    assert found["group_share"].parts[0].yuan == 5_000
    assert new["budget_yuan"] == 117_000


def test_shares_of_groups_go_on_adding_to_one_in_steps(inputs, baseline):
    even = dict.fromkeys(baseline.table.columns, 0.2)
    clashing = baseline.scenario.with_values(group_share=even)
    new = new_values(repairs_of(inputs, clashing))["group_share"]
    assert sum(round(share * 1_000) for share in new.values()) == 1_000
    assert all(share == round(share, 3) for share in new.values())


def test_a_cap_on_every_region_gives_way_as_a_share():
    found = trial(region_cap_share=0.4)
    assert new_values(found) == {"region_cap_share": 0.5}
    assert found["region_cap_share"].parts[0].yuan == 10_000


def test_a_band_around_last_year_gives_way_at_the_end_that_clashes():
    rows = [("r0", "a", 900), ("r1", "a", 100)]
    last_year = pd.DataFrame(rows, columns=["region_id", "group_id", "yuan"])
    limits = [{"name": "first", "regions": ["r0"], "cap_yuan": 30_000}]
    clashing = scenario(change_band=[-0.2, 9], limits=limits)
    found = repairs_of(tables([[10, 10], [10, 10]], last_year=last_year), clashing)
    low, high = found["change_band"].parts[0].new
    # 90,000 of 100,000 went to the first unit: 30,000 is a third of it.
    assert (low, high) == (-0.67, 9)
    assert new_values(found)["limits[0].cap_yuan"] == 72_000


def test_a_group_of_priority_nought_is_switched_on():
    limits = [{"name": "group a", "groups": ["a"], "floor_yuan": 10_000}]
    found = new_values(trial(priority={"a": 0}, limits=limits))
    assert found == {"priority.a": 0.01, "limits[0].floor_yuan": 0}


def test_where_no_field_is_enough_several_change_together():
    [(fields, repair)] = trial(**TOO_MUCH).items()
    assert fields == "budget_yuan + limits[0].floor_yuan + limits[1].floor_yuan"
    # No unit may have more than 60,000, which takes 20 % more money: less than any other way.
    assert [part.new for part in repair.parts] == [120_000, 60_000, 60_000]
    assert repair.relative == pytest.approx(20 / 100 + 20 / 80 + 30 / 90)


def test_no_part_of_several_changes_could_be_a_step_less():
    clashing = scenario(**TOO_MUCH)
    [repair] = repairs_of(SQUARE, clashing).values()
    for part, keys in zip(repair.parts, PATHS, strict=True):
        nearer = part.new + (1_000 if part.new < part.old else -1_000)
        values = put({**clashing.values, **repair.changes}, keys, nearer)
        assert not holds(SQUARE, clashing, **{name: values[name] for name in repair.changes})


def test_only_the_part_that_the_grid_asks_more_of_goes_further():
    # 7 and 13 heads under a cap of 10,400: 520 a head as written, 460 in whole thousands.
    limits = [
        {"name": "few", "groups": ["a"], "cap_yuan": 10_400},
        {"name": "least", "groups": ["b"], "floor_yuan": 80_000},
        {"name": "most", "groups": ["b"], "cap_yuan": 70_000},
    ]
    clashing = scenario(unit_yuan=1_000, per_head_min={"a": 800}, limits=limits)
    [repair] = repairs_of(tables([[7, 10, 10], [13, 10, 10]]), clashing).values()
    new = {part.field: part.new for part in repair.parts}
    assert new == {"per_head_min.a": 460, "limits[1].floor_yuan": 70_000}


def test_sharing_out_nothing_is_no_repair():
    assert list(trial(region_cap_share=0.4)) == ["region_cap_share"]


def test_a_coarse_unit_moves_money_in_whole_units():
    found = new_values(trial(unit_yuan=20_000, region_floor_yuan=60_000))
    assert found["region_floor_yuan"] == 40_000
    assert found["budget_yuan"] == 120_000


def test_a_clash_that_comes_from_the_grid_alone_is_repaired():
    # Both bases are drawn in to 60,000; as they are written they would fit.
    found = new_values(trial(unit_yuan=20_000, region_floor_yuan=50_000))
    assert found["region_floor_yuan"] == 40_000


def test_nothing_is_offered_where_no_field_is_at_fault():
    sources = pd.DataFrame(
        {"source_id": ["grant"], "yuan": [40_000.0], "groups": ["a"], "tiers": ["all"]}
    )
    nobody = replace(tables([[0, 10], [0, 10]]), sources=sources)
    clashing = scenario()
    assert repairs_of(nobody, clashing) == {}
    [finding] = explain_clash(build(nobody, clashing), nobody, clashing)
    assert finding.code == "clash"


def test_the_findings_say_field_values_and_size(inputs, bases):
    _, first, second = explain_clash(build(inputs, bases), inputs, bases)
    assert (first.code, first.severity) == ("repair", "note")
    assert first.place.field == "values.region_floor_yuan"
    facts = {"field": "region_floor_yuan", "old": 8_000_000, "new": 6_723_000}
    assert facts.items() <= first.facts.items()
    assert (first.facts["change"], second.facts["change"]) == (-1_277_000, 17_474_000)


def test_several_changes_are_one_finding():
    clashing = scenario(**TOO_MUCH)
    _, finding = explain_clash(build(SQUARE, clashing), SQUARE, clashing)
    assert finding.code == "repair_together"
    fields = [part["field"] for part in finding.facts["parts"]]
    assert fields == ["budget_yuan", "limits[0].floor_yuan", "limits[1].floor_yuan"]


def test_the_order_of_regions_and_groups_never_matters(inputs, baseline):
    even = dict.fromkeys(baseline.table.columns, 0.2)
    clashing = baseline.scenario.with_values(group_share=even)
    turned = replace(inputs, regions=inputs.regions[::-1], groups=inputs.groups[::-1])
    otherwise = baseline.scenario.with_values(group_share=dict(reversed(even.items())))
    assert new_values(repairs_of(turned, otherwise)) == new_values(repairs_of(inputs, clashing))


def test_every_repair_of_random_clashes_holds_and_nearly_all_have_one():
    clashes = random_clashes(110)
    # Each repair is applied where it is returned from.
    found = [repairs_of(inputs, clashing) for inputs, clashing, *_ in clashes]
    sizes = [[repair.relative for repair in one.values()] for one in found]
    assert sizes == [sorted(relative) for relative in sizes]
    assert len(found) > 25
    assert np.mean([bool(one) for one in found]) > 0.9


def test_thirty_limits_on_the_shipped_tables_are_repaired_within_a_second(inputs, baseline):
    took = []
    for clashing in thirty_limits(baseline, 12):
        problem = build(inputs, clashing)
        if find_clash(problem):
            start = time.process_time()
            _, *notes = explain_clash(problem, inputs, clashing)
            took.append(time.process_time() - start)
            assert notes
    assert len(took) > 5
    assert np.median(took) < 1


@pytest.mark.parametrize("least", [-300, -9, -1, 0, 1, 2, 7, 64, 200])
def test_the_least_number_is_found_on_either_side(least):
    asked = []

    def holds(count: int) -> bool:
        asked.append(count)
        return count >= least

    assert nearest(holds, furthest=1_000) == least
    assert len(asked) <= 2 * np.log2(abs(least) + 2) + 4


def test_the_least_number_is_not_looked_for_for_ever():
    assert nearest(lambda count: False) is None
    assert nearest(lambda count: True) < 0
