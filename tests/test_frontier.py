"""The frontier: dominance by its definition, and goals by theirs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from samples import scenario, tables
from sendwarmth.model.figures import overall
from sendwarmth.model.robust import frontier as room
from sendwarmth.model.robust.axes import Axis
from sendwarmth.model.robust.frontier import dominators, frontier, levers

TABLES = tables([[100, 40], [200, 60], [50, 30]])
BASE = scenario(per_head_min={"a": 100}, region_floor_yuan=5_000)


@given(arrays(float, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(0, 5)))
def test_a_point_is_dominated_where_another_is_better_in_one_goal_and_worse_in_none(goals):
    found = dominators(goals)
    for n, by in enumerate(found):
        better = [
            k
            for k, other in enumerate(goals)
            if (other >= goals[n]).all() and (other > goals[n]).any()
        ]
        assert (by == -1) == (not better)
        assert by == -1 or by in better


@given(arrays(float, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(0, 5)))
def test_some_point_is_never_dominated(goals):
    assert (dominators(goals) == -1).any()


def test_a_named_scenario_is_named_before_a_nameless_point_that_is_better_still():
    goals = np.array([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]])
    assert dominators(goals, first=2).tolist() == [1, 2, -1]


def test_a_plan_that_does_not_exist_neither_dominates_nor_is_dominated():
    assert dominators(np.array([[np.nan, np.nan], [1.0, 1.0]])).tolist() == [-1, -1]


@pytest.fixture(scope="module")
def shown():
    others = {"worse": scenario(reserve=0.2), "no plan": scenario(per_head_min={"a": 900})}
    return frontier(TABLES, BASE, others, 60, seed=3)


def test_every_scenario_and_every_point_has_its_row(shown):
    assert shown["scenario"].tolist()[:3] == ["trial", "worse", "no plan"]
    assert (shown["scenario"][3:] == "").all()
    assert len(shown) == 63
    assert shown["point"].tolist() == list(range(63))
    assert set(shown["seed"]) == {3}


def test_goals_of_a_scenario_are_those_of_its_plan(shown):
    plan = sw.allocate(TABLES, BASE)
    told = overall(plan)
    first = shown.iloc[0]
    assert first["coverage"] == pytest.approx(told["coverage_money"], abs=1e-3)
    assert first["gini"] == pytest.approx(told["gini"], abs=1e-3)
    assert (first["change"], first["change_from"]) == (pytest.approx(0, abs=1e-12), "trial")


def test_a_scenario_without_a_plan_is_shown_and_is_not_on_the_frontier(shown):
    none = shown.set_index("scenario").loc["no plan"]
    assert none["status"] == "clash"
    assert "per_head_min" in none["clash"]
    assert not none["on_frontier"]
    assert none["dominated_by"] == ""


def test_a_scenario_that_keeps_more_back_for_nothing_is_dominated_by_name(shown):
    worse = shown.set_index("scenario").loc["worse"]
    assert not worse["on_frontier"]
    assert worse["dominated_by"] != ""


def test_every_row_is_on_the_frontier_or_dominated_or_without_a_plan(shown):
    for end in ("", "_change"):
        on, by = shown[f"on_frontier{end}"], shown[f"dominated_by{end}"] != ""
        assert ((on.astype(int) + by + (shown["status"] != "done")) == 1).all()
        assert on.any()


@pytest.mark.parametrize(("goal", "end"), [("gini", ""), ("change", "_change")])
def test_more_coverage_less_inequality_and_less_change_are_better(shown, goal, end):
    done = shown[shown["status"] == "done"]
    for _, row in done.iterrows():
        gain, loss = done["coverage"] - row["coverage"], done[goal] - row[goal]
        no_worse, better = (gain >= -1e-9) & (loss <= 1e-9), (gain > 1e-9) | (loss < -1e-9)
        assert row[f"on_frontier{end}"] == (not (no_worse & better).any())


def test_only_groups_nobody_of_which_may_be_missed_count_as_covered():
    groups = TABLES.groups.assign(must_cover=[True, False])
    inputs = replace(TABLES, groups=groups)
    (row,) = frontier(inputs, BASE, {}, 0, 1, axes=()).to_dict("records")
    plan = sw.allocate(inputs, BASE)
    expected = plan.table["a"].sum() / plan.claims["a"].sum()
    assert row["coverage"] == pytest.approx(expected, abs=1e-3)


def test_change_is_the_share_of_money_that_goes_elsewhere_than_last_year():
    last = pd.DataFrame({"region_id": ["r0", "r1", "r2"], "group_id": "", "yuan": [1e6, 2e6, 1e6]})
    inputs = tables([[100], [200], [100]], last_year=last)
    moved = tables([[200], [200], [100]], last_year=last)
    same = frontier(inputs, scenario(), {}, 0, 1, axes=()).iloc[0]
    other = frontier(moved, scenario(), {}, 0, 1, axes=()).iloc[0]
    assert (same["change"], same["change_from"]) == (pytest.approx(0, abs=1e-9), room.LAST_YEAR)
    # Half of (|.4 - .25| + |.4 - .5| + |.2 - .25|).
    assert other["change"] == pytest.approx(0.15)


def test_levers_are_moved_around_what_the_scenario_has():
    tilted = {"a": {"claim": 0.7, "fiscal_weakness": 0.2, "execution": 0.1}}
    base = scenario(factor_weight=tilted, per_head_min={"a": 100}, region_floor_yuan=10_000)
    axes = {axis.name: axis.values for axis in levers(TABLES, base)}
    assert axes["factor_weight.a.fiscal_weakness"][0] == 0
    assert axes["factor_weight.a.fiscal_weakness"][-1] == pytest.approx(0.9)
    assert (axes["per_head_min.a"][0], axes["per_head_min.a"][-1]) == (50, 150)
    assert (axes["region_floor_yuan"][0], axes["region_floor_yuan"][-1]) == (5_000, 15_000)
    assert (axes["priority.b"][0], axes["priority.b"][-1]) == (0.5, 1.5)


def test_levers_that_count_for_nothing_are_left_out():
    base = scenario(group_share={"a": 0.5, "b": 0.5})
    assert list(levers(TABLES, base)) == []


def test_levers_can_be_chosen():
    axes = [Axis("reserve", (0.0, 0.1))]
    shown = frontier(TABLES, BASE, {}, 4, 1, axes)
    assert sorted(shown["reserve"][1:]) == [0, 0, 0.1, 0.1]
