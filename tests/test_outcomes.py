"""Figures of many plans are the measures of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.figures import measure
from sendwarmth.model.robust.outcomes import FIGURES, read_figure, scopes
from sendwarmth.model.robust.points import solve_points
from sendwarmth.model.robust.stack import posed


def as_points(plan: sw.Plan):
    """Return the points of one plan in whole units, so that measures are about the same amounts."""
    points = solve_points(posed(plan.inputs, plan.scenario))
    return replace(points, amounts=plan.table.to_numpy(float)[None])


def assert_same_as_measured(plan: sw.Plan) -> set[str]:
    points, known = as_points(plan), measure(plan).set_index(["measure", "scope"])
    seen = set()
    for name in FIGURES:
        for scope in scopes(name, points.region_ids, points.group_ids):
            value = read_figure(points, f"{name}/{scope}")[0]
            if (name, scope) in known.index:
                row = known.loc[(name, scope)]
                np.testing.assert_allclose(value, row["value"], rtol=1e-9, atol=1e-12)
                assert FIGURES[name].unit == row["unit"]
                seen.add(name)
            elif name != "money":
                assert np.isnan(value) or value == 0, (name, scope)
    return seen


def test_every_figure_of_the_baseline_is_its_measure(baseline):
    seen = assert_same_as_measured(baseline)
    assert seen == set(FIGURES) - {"money", "change_yuan", "change_share"}


def test_every_figure_of_a_table_with_empty_cells_and_a_last_year_is_its_measure():
    last = pd.DataFrame({"region_id": ["r0", "r1"], "group_id": ["a", "a"], "yuan": [20_000, 0]})
    inputs = tables([[10, 0, 0], [30, 5, 0], [0, 0, 0]], last_year=last)
    plan = sw.allocate(inputs, scenario(per_head_min={"a": 300}, priority={"b": 0.1}))
    assert assert_same_as_measured(plan) == set(FIGURES) - {"money"}


def test_money_is_the_sum_over_its_scope(baseline):
    points, table = as_points(baseline), baseline.table
    region, group = table.index[2], table.columns[1]
    assert read_figure(points, "money")[0] == table.to_numpy().sum()
    assert read_figure(points, f"money/{region}")[0] == table.loc[region].sum()
    assert read_figure(points, f"money/{group}")[0] == table[group].sum()
    assert read_figure(points, f"money/{region}/{group}")[0] == table.loc[region, group]


def test_a_point_without_a_plan_has_no_figure():
    asked = [scenario(), scenario(region_floor_yuan=90_000), scenario(reserve={"yuan": 10**9})]
    inputs = tables([[10, 10], [10, 30]])
    points = solve_points([posed(inputs, one) for one in asked])
    for name in FIGURES:
        for scope in scopes(name, points.region_ids, points.group_ids):
            assert np.isnan(read_figure(points, f"{name}/{scope}")[1:]).all(), (name, scope)


def test_an_unknown_figure_or_scope_is_refused_with_the_nearest(baseline):
    points = as_points(baseline)
    with pytest.raises(sw.InputError) as caught:
        read_figure(points, "ginni")
    assert caught.value.findings[0].facts["nearest"] == "gini"
    with pytest.raises(sw.InputError) as caught:
        read_figure(points, f"gini/{points.region_ids[0]}")
    assert caught.value.findings[0].code == "unknown_scope"
    with pytest.raises(sw.InputError) as caught:
        read_figure(points, "change_yuan")
    assert caught.value.findings[0].facts["allowed"] == ", ".join(points.region_ids)
