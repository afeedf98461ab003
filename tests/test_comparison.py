"""Between two plans every yuan gained or lost belongs to a field that changed, exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.comparison import changed_fields, compare, compare_plans
from sendwarmth.model.schema import FIELDS

FOLDER = Path(__file__).parents[1] / "params" / "scenarios"
SQUARE = tables([[10, 10], [10, 10]])
UNEVEN = tables([[17, 3], [29, 11], [5, 7]])


def plan(inputs=SQUARE, **values) -> sw.Plan:
    return sw.allocate(inputs, scenario(**values))


def moves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return cells in rows, fields in columns."""
    index = ["region_id", "group_id"]
    return frame.pivot_table(index=index, columns="field", values="yuan", sort=False)


def assert_adds_up(old: sw.Plan, new: sw.Plan) -> pd.DataFrame:
    frame = compare_plans(old, new)
    total = frame.groupby(["region_id", "group_id"], sort=False)["yuan"].sum().unstack(sort=False)
    pd.testing.assert_frame_equal(total, new.table - old.table, check_names=False)
    assert frame["yuan"].dtype == np.int64
    return frame


@pytest.fixture(scope="module")
def plans(inputs) -> dict[str, sw.Plan]:
    names = ("baseline", "same-standard", "southern-tilt", "fund-80m")
    return {name: sw.allocate(inputs, sw.load_scenario(FOLDER / f"{name}.yaml")) for name in names}


@pytest.mark.parametrize("old", ["baseline", "fund-80m"])
@pytest.mark.parametrize("new", ["same-standard", "southern-tilt", "fund-80m"])
def test_moves_between_shipped_scenarios_add_to_the_difference(plans, old, new):
    assert_adds_up(plans[old], plans[new])


def test_nothing_changed_moves_nothing(plans):
    frame = assert_adds_up(plans["baseline"], plans["baseline"])
    assert set(frame["field"]) == {"rounding"}
    assert not frame["yuan"].any()


def test_the_fields_that_changed_come_in_the_order_of_the_schema(plans):
    fields = changed_fields(plans["baseline"], plans["same-standard"])
    assert fields == tuple(sorted(fields, key=list(FIELDS).index))
    assert {"unit_yuan", "reserve", "rule", "region_floor_yuan"} <= set(fields)
    frame = compare_plans(plans["baseline"], plans["same-standard"])
    assert tuple(frame["field"].unique()) == (*fields, "rounding")


def test_one_field_alone_is_charged_with_all_of_it():
    old, new = plan(UNEVEN), plan(UNEVEN, priority={"a": 2})
    charged = moves(assert_adds_up(old, new))
    exact = (new.exact - old.exact).stack()
    assert np.abs(charged["priority"].to_numpy() - exact.to_numpy()).max() < 1
    assert charged["rounding"].abs().max() <= 100


def test_a_field_that_moves_nothing_is_there_with_nought():
    old, new = plan(UNEVEN), plan(UNEVEN, priority={"a": 2}, uncertainty={"heads": {"cv": 0.1}})
    charged = moves(assert_adds_up(old, new))
    assert list(charged.columns) == ["priority", "uncertainty", "rounding"]
    assert not charged["uncertainty"].any()
    assert charged["priority"].any()


def test_the_charge_is_the_mean_of_both_orders():
    # One after the other: more money for a, and a base for the unit that then has too little.
    inputs = tables([[30, 0], [0, 10]])
    old, new = plan(inputs), plan(inputs, priority={"a": 3}, region_floor_yuan=20_000)
    half_way = [
        plan(inputs, priority={"a": 3}),
        plan(inputs, region_floor_yuan=20_000),
    ]
    first = (half_way[0].exact - old.exact + new.exact - half_way[1].exact) / 2
    charged = moves(assert_adds_up(old, new))
    expected = first.stack().reindex(charged.index).to_numpy()
    assert np.abs(charged["priority"].to_numpy() - expected).max() < 1
    assert charged["priority"].abs().max() > 100
    assert charged["region_floor_yuan"].abs().max() > 100


def test_going_back_moves_the_opposite(plans):
    there = moves(compare_plans(plans["baseline"], plans["southern-tilt"]))
    back = moves(compare_plans(plans["southern-tilt"], plans["baseline"]))
    pd.testing.assert_frame_equal(back, -there)


def test_the_order_of_the_schema_never_matters(plans, monkeypatch):
    old, new = plans["baseline"], plans["fund-80m"]
    forward = moves(compare_plans(old, new))
    monkeypatch.setattr("sendwarmth.model.comparison.FIELDS", dict(reversed(list(FIELDS.items()))))
    backward = moves(compare_plans(old, new))
    assert list(backward.columns) != list(forward.columns)
    pd.testing.assert_frame_equal(backward[forward.columns], forward)


def test_a_move_of_the_same_money_adds_to_nothing(plans):
    sums = compare_plans(plans["baseline"], plans["southern-tilt"]).groupby("field")["yuan"].sum()
    assert not sums.any()


def test_a_smaller_fund_is_charged_to_the_budget(plans):
    frame = compare_plans(plans["baseline"], plans["fund-80m"])
    sums = frame.groupby("field", sort=False)["yuan"].sum()
    assert sums.to_dict() == {"budget_yuan": -11_400_000, "per_head_min": 0, "rounding": 0}


def test_fields_without_a_plan_between_them_are_charged_together():
    # The smaller budget cannot pay the old bases.
    old = plan(region_floor_yuan=45_000)
    new = plan(region_floor_yuan=20_000, budget_yuan=50_000)
    frame = assert_adds_up(old, new)
    assert list(frame["field"].unique()) == ["budget_yuan+region_floor_yuan", "rounding"]


def test_a_field_that_can_be_charged_alone_stays_alone():
    old = plan(region_floor_yuan=45_000)
    new = plan(region_floor_yuan=20_000, budget_yuan=50_000, priority={"a": 2})
    fields = list(assert_adds_up(old, new)["field"].unique())
    assert fields == ["budget_yuan+priority+region_floor_yuan", "rounding"]
    later = plan(region_floor_yuan=20_000, budget_yuan=50_000, region_cap_share=0.6)
    fields = list(assert_adds_up(old, later)["field"].unique())
    assert fields == ["budget_yuan+region_floor_yuan", "region_cap_share", "rounding"]


def test_other_tables_are_charged_as_data():
    old, new = plan(SQUARE), plan(UNEVEN, priority={"a": 2})
    frame = assert_adds_up_over_all(old, new)
    assert list(frame["field"].unique()) == ["data", "priority", "rounding"]
    assert set(frame["region_id"]) == {"r0", "r1", "r2"}
    # The third unit is new: what priority moves there, it moves on the new tables alone.
    on_new = (new.exact - plan(UNEVEN).exact).loc["r2"] / 2
    charged = frame[(frame["region_id"] == "r2") & (frame["field"] == "priority")]
    assert np.abs(charged["yuan"].to_numpy() - on_new.to_numpy()).max() < 1


def assert_adds_up_over_all(old: sw.Plan, new: sw.Plan) -> pd.DataFrame:
    frame = compare_plans(old, new)
    total = frame.groupby(["region_id", "group_id"])["yuan"].sum().unstack()
    both = new.table.sub(old.table, fill_value=0)
    pd.testing.assert_frame_equal(total, both, check_names=False, check_dtype=False)
    return frame


def test_tables_that_say_the_same_are_no_change(inputs, plans):
    again = sw.load_inputs(FOLDER.parent / "data")
    assert changed_fields(plans["baseline"], replace(plans["baseline"], inputs=again)) == ()


def test_several_plans_are_compared_with_the_first(plans):
    frame = compare(plans)
    assert list(frame.columns) == ["plan", "region_id", "group_id", "step", "yuan"]
    assert list(frame["plan"].unique()) == list(plans)
    amounts = frame.groupby(["plan", "region_id", "group_id"], sort=False)["yuan"].sum()
    for name, one in plans.items():
        wide = amounts[name].unstack(sort=False)
        pd.testing.assert_frame_equal(wide, one.table, check_names=False)
    starts = frame[frame["step"] == "start"].groupby("plan")["yuan"].sum()
    assert set(starts) == {plans["baseline"].problem.total_yuan}


def test_compare_is_at_the_front_door(plans):
    pair = {"a": plans["baseline"], "b": plans["fund-80m"]}
    pd.testing.assert_frame_equal(sw.compare(pair), compare(pair))
    assert sw.explain(plans["baseline"])["yuan"].sum() == plans["baseline"].problem.total_yuan
