"""How far inputs may move before something tips: closed forms, plans just inside and outside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.experiments import dial_of, tipping

INPUTS = tables([[100], [300]])
PLAIN = scenario(rule="proportional", unit_yuan=1)


def turn(frame: pd.DataFrame, path: str, event: str, direction: str) -> pd.Series:
    keys = frame["input"].eq(path) & frame["event"].eq(event) & frame["direction"].eq(direction)
    return frame[keys].iloc[0]


def some(inputs: sw.Inputs, asked: sw.Scenario, *paths: str):
    return [dial_of(inputs, asked, path) for path in paths]


def test_a_least_amount_a_head_clashes_with_the_fund_where_it_takes_all_of_it():
    asked = scenario(per_head_min={"a": 150})
    row = turn(tipping(INPUTS, asked), "per_head_min.a", "clash", "up")
    # 400 heads x 250 is the whole fund of 100,000.
    assert (row["value"], row["beyond"], row["confirmed"]) == (250, 251, True)
    assert row["who"] == "budget_yuan + per_head_min/a"
    np.testing.assert_allclose(row["share"], 101 / 150)


def test_the_fund_may_shrink_to_what_the_least_amounts_come_to():
    asked = scenario(per_head_min={"a": 150})
    row = turn(tipping(INPUTS, asked), "budget_yuan", "clash", "down")
    assert (row["value"], row["beyond"], row["confirmed"]) == (60_000, 59_900, True)


def test_more_heads_of_one_unit_take_from_another_as_shares_of_all_heads_say():
    dials = some(INPUTS, PLAIN, "heads/r0")
    frame = tipping(INPUTS, PLAIN, worse=0.1, among=dials)
    row = turn(frame, "heads/r0", "loses", "up")
    # 300 / (300 + n) is 0.675, nine tenths of three quarters, between 144 and 145 heads; 144.5
    # is counted as 144.
    assert (row["value"], row["beyond"], row["who"]) == (1.445, 1.4451, "r1")
    assert row["confirmed"]
    down = turn(frame, "heads/r0", "loses", "down")
    # n / (300 + n) is 0.225 between 88 and 87 heads; 87.5 is counted as 88.
    assert (down["value"], down["beyond"], down["who"]) == (0.875, 0.8749, "r0")


def test_a_unit_is_held_against_last_year_to_the_yuan_where_that_is_known():
    last = pd.DataFrame({"region_id": ["r0"], "group_id": ["a"], "yuan": [20_000]})
    inputs = tables([[100], [200]], last_year=last)
    row = turn(tipping(inputs, PLAIN), "budget_yuan", "loses", "down")
    # A third of 59,999 is rounded up to 20,000, a third of 59,998 down to 19,999.
    assert (row["value"], row["beyond"], row["who"]) == (59_999, 59_998, "r0")


def test_a_unit_that_loses_already_is_left_out():
    last = pd.DataFrame({"region_id": ["r0", "r1"], "group_id": "a", "yuan": [30_000, 70_000]})
    inputs = tables([[100], [300]], last_year=last)
    row = turn(tipping(inputs, PLAIN), "budget_yuan", "loses", "down")
    assert row["who"] == "r1"
    assert row["beyond"] < 93_334


def test_a_plan_given_is_what_units_are_held_against():
    richer = sw.allocate(INPUTS, PLAIN.with_values(budget_yuan=90_000))
    row = turn(tipping(INPUTS, PLAIN, richer), "budget_yuan", "loses", "down")
    # Three quarters of 89,999 are rounded down, from 67,499.25.
    assert (row["value"], row["beyond"], row["who"]) == (90_000, 89_999, "r1")


def test_the_order_of_two_scenarios_flips_where_their_figures_cross():
    lock = {"region": "r0", "group": "a", "yuan": 30_000}
    other = scenario(rule="proportional", unit_yuan=1, locks=[lock])
    dials = some(INPUTS, PLAIN, "budget_yuan")
    row = turn(
        tipping(INPUTS, PLAIN, other=other, figure="money/r0", among=dials),
        *("budget_yuan", "order", "up"),
    )
    assert row["confirmed"]
    assert row["who"] == "trial"
    money = [
        sw.allocate(INPUTS, PLAIN.with_values(budget_yuan=row[end])).table.loc["r0", "a"]
        for end in ("value", "beyond")
    ]
    assert (money, row["beyond"] - row["value"]) == ([30_000, 30_001], 1)


def test_an_input_that_stands_otherwise_in_the_other_scenario_moves_in_this_one_alone():
    asked = PLAIN.with_values(reserve=0.1)
    dials = some(INPUTS, asked, "reserve")
    near, far = (
        turn(
            tipping(
                INPUTS, asked, other=PLAIN.with_values(reserve=kept), figure="money", among=dials
            ),
            *("reserve", "order", "up"),
        )
        for kept in (0.15, 0.5)
    )
    assert (near["value"], near["beyond"]) == (0.15, 0.1501)
    assert far["state"] == "free"


def test_an_event_behind_a_clash_and_one_that_never_comes_are_told_apart():
    asked = scenario(rule="proportional", per_head_max={"a": 300})
    frame = tipping(INPUTS, asked, worse=0.5, among=some(INPUTS, asked, "budget_yuan"))
    up = turn(frame, "budget_yuan", "loses", "up")
    assert up["state"] == "clash_first"
    assert np.isnan(up["value"])
    assert turn(frame, "budget_yuan", "clash", "up")["value"] == 120_000
    assert turn(frame, "budget_yuan", "clash", "down")["state"] == "free"


def test_a_scenario_without_a_plan_has_tipped_already():
    asked = scenario(per_head_min={"a": 300})
    frame = tipping(INPUTS, asked)
    assert set(frame["state"]) == {"already"}
    assert frame["value"].isna().all()


@pytest.mark.parametrize("path", ["reserve", "standard.{group}", "heads/{region}"])
def test_plans_just_inside_hold_and_plans_just_outside_do_not(inputs, baseline, path):
    path = path.format(group=inputs.group_ids[0], region=inputs.region_ids[0])
    dial = dial_of(inputs, baseline.scenario, path)
    frame = tipping(inputs, baseline.scenario, among=[dial])
    lost = frame[(frame["event"] == "loses") & (frame["state"] == "tips")]
    assert len(lost)
    floor = 0.95 * baseline.table.sum(axis=1)
    for row in lost.itertuples():
        assert row.confirmed
        inside, outside = (
            sw.allocate(*dial.at(inputs, baseline.scenario, value)).table.sum(axis=1)
            for value in (row.value, row.beyond)
        )
        assert (inside >= floor).all()
        assert sorted(floor.index[outside < floor]) == sorted(row.who.split())
        assert abs(row.beyond - row.value) == pytest.approx(dial.grain)
