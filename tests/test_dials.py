"""What can be moved: every number of a scenario and the tables, each with its range."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
import pytest
import sendwarmth as sw
from dialling import rich_scenario, rich_tables
from samples import scenario, tables
from sendwarmth.model.robust.dials import dial_of, dials
from sendwarmth.model.robust.stack import Stack, posed

INPUTS = rich_tables()
WAYS = {
    "as it is": rich_scenario(),
    "an amount kept": rich_scenario(reserve={"yuan": 20_000}),
    "fixed shares": rich_scenario(group_share={"a": 0.7, "b": 0.3}),
}


def numbers(stack: Stack) -> list[np.ndarray]:
    """Return everything the fit sees."""
    bounds = [
        np.asarray(bound, float)
        for limit in stack.limits
        for bound in (limit.floor, limit.cap)
        if bound is not None
    ]
    return [stack.claims, stack.target, stack.lower, stack.upper, stack.total_yuan, *bounds]


@pytest.mark.parametrize("way", WAYS)
def test_every_dial_moved_changes_the_problem(way):
    asked = WAYS[way]
    here = numbers(posed(INPUTS, asked))
    seen = set()
    for dial in dials(INPUTS, asked):
        for value in {dial.low, dial.high} - {dial.now}:
            stack = dial.pose(INPUTS, asked, value)
            assert not stack.refused, (dial.path, value, stack.refused)
            there = numbers(stack)
            same = [np.array_equal(a, b) for a, b in zip_longest(here, there, fillvalue=None)]
            assert not all(same), (dial.path, value)
            seen.add(dial.path)
    assert seen == {dial.path for dial in dials(INPUTS, asked)}


def test_every_number_of_scenario_and_tables_is_a_dial():
    paths = {dial.path for dial in dials(INPUTS, WAYS["as it is"])}
    groups, regions = ("a", "b"), ("r0", "r1", "r2")
    by_group = ("standard", "priority", "per_head_min", "per_head_max")
    expected = {"budget_yuan", "reserve", "region_floor_yuan", "region_cap_share"}
    expected |= {"change_band[0]", "change_band[1]", "locks[0].yuan"}
    expected |= {"limits[0].floor_yuan", "limits[0].cap_yuan"}
    expected |= {f"{name}.{group}" for name in by_group for group in groups}
    factors = ("fiscal_weakness", "execution")
    expected |= {f"factor_weight.{group}.{name}" for group in groups for name in factors}
    expected |= {f"{kind}/{region}" for kind in ("heads", "gdp", "execution") for region in regions}
    expected |= {"heads/a", "heads/b", "heads/a/t", "heads/a/u"}
    assert paths == expected


@pytest.mark.parametrize("way", WAYS)
def test_the_problem_of_a_dial_is_that_of_the_tables_and_scenario_it_stands_for(way):
    for dial in dials(INPUTS, WAYS[way]):
        stack = dial.pose(INPUTS, WAYS[way], dial.high)
        alone = posed(*dial.at(INPUTS, WAYS[way], dial.high))
        for many, one in zip(numbers(stack), numbers(alone), strict=True):
            np.testing.assert_allclose(many, one, rtol=1e-12, err_msg=dial.path)


def test_a_dial_at_its_value_now_changes_nothing():
    for dial in dials(INPUTS, WAYS["as it is"]):
        inputs, same = dial.at(INPUTS, WAYS["as it is"], dial.now)
        for here, there in zip(
            numbers(posed(INPUTS, WAYS["as it is"])), numbers(posed(inputs, same)), strict=True
        ):
            np.testing.assert_allclose(here, there, rtol=1e-12, err_msg=dial.path)


def test_the_heads_of_a_unit_a_group_or_a_tier_move_alone_and_stay_whole():
    inputs = tables([[11, 20], [30, 40]])
    for path, expected in {
        "heads/r0": [[12, 22], [30, 40]],
        "heads/b": [[11, 22], [30, 44]],
    }.items():
        moved, _ = dial_of(inputs, scenario(), path).at(inputs, scenario(), 1.1)
        assert moved.heads.to_numpy().tolist() == expected
    tiers, _ = dial_of(INPUTS, scenario(), "heads/a/t").at(INPUTS, scenario(), 1.5)
    assert tiers.heads["a"].tolist() == [100, 75, 50]


def test_where_somebody_is_listed_somebody_stays():
    inputs = tables([[11, 0], [30, 40]])
    moved, _ = dial_of(inputs, scenario(), "heads/r0").at(inputs, scenario(), 0.0)
    assert moved.heads.loc["r0"].tolist() == [1, 0]


def test_the_range_is_the_scenarios_uncertainty_or_a_tenth_in_whole_steps_of_the_slider():
    asked = scenario(
        uncertainty={"heads": {"cv": 0.2}, "b": {"low": 0.5, "high": 1.75}},
        budget_yuan=80_000_000,
        standard={"a": 2_000, "b": 200},
    )
    ranges = {d.path: (d.low, d.high, d.stated) for d in dials(rich_tables(), asked)}
    assert ranges["heads/r0"] == (0.8, 1.2, "uncertainty")
    assert ranges["heads/a"] == (0.8, 1.2, "uncertainty")
    assert ranges["heads/b"] == (0.5, 1.75, "uncertainty")
    assert ranges["budget_yuan"] == (72_000_000, 88_000_000, "schema")
    assert ranges["standard.a"] == (1_800, 2_200, "schema")
    assert ranges["standard.b"] == (100, 300, "schema")
    assert ranges["reserve"] == (0, 0.005, "schema")
    small = {d.path: d for d in dials(rich_tables(), scenario())}["budget_yuan"]
    assert (small.low, small.high, small.lowest, small.highest) == (
        90_000,
        110_000,
        50_000,
        200_000,
    )


def test_weights_and_shares_go_on_adding_to_one():
    _, tilted = dial_of(INPUTS, WAYS["as it is"], "factor_weight.a.execution").at(
        INPUTS, WAYS["as it is"], 0.35
    )
    assert tilted.values["factor_weight"]["a"] == {
        "claim": 0.45,
        "fiscal_weakness": 0.2,
        "execution": 0.35,
    }
    _, shared = dial_of(INPUTS, WAYS["fixed shares"], "group_share.a").at(
        INPUTS, WAYS["fixed shares"], 0.75
    )
    assert shared.values["group_share"] == {"a": 0.75, "b": 0.25}


def test_values_are_whole_grains_from_now_and_stay_in_the_range():
    dial = dial_of(INPUTS, WAYS["as it is"], "reserve")
    assert [dial.value(k) for k in (-1, 0, 3)] == [0.0999, 0.1, 0.1003]
    low, high = dial.reach
    assert (dial.value(low), dial.value(high)) == (dial.lowest, dial.highest)
    assert dial.value(high + 5) == dial.highest


def test_a_value_that_no_scenario_can_hold_is_refused_not_raised():
    dial = dial_of(INPUTS, WAYS["as it is"], "per_head_min.a")
    assert dial.pose(INPUTS, WAYS["as it is"], 4_500).refused == {0: "floor_above_cap"}


def test_an_unknown_dial_is_refused_with_the_nearest():
    with pytest.raises(sw.InputError) as caught:
        dial_of(INPUTS, WAYS["as it is"], "budget_yaun")
    assert caught.value.findings[0].facts["nearest"] == "budget_yuan"
