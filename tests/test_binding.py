"""What binds, by name, and problems without it."""

from __future__ import annotations

import numpy as np
import pytest
from samples import scenario, tables
from sendwarmth.model.robust.binding import binding, without
from sendwarmth.model.robust.points import solve_points
from sendwarmth.model.robust.stack import Stack, posed

INPUTS = tables([[10, 10], [10, 30]])
NORTH = {"name": "north", "regions": ["r0"], "groups": "all", "cap_yuan": 20_000}


def plan(stack: Stack) -> np.ndarray:
    points = solve_points(stack)
    assert points.done.all()
    return points.amounts[0]


@pytest.mark.parametrize(
    ("values", "binds", "setter"),
    [
        ({}, set(), ""),
        ({"region_floor_yuan": 40_000}, {"region_floor_yuan/r0"}, "region_floor_yuan"),
        ({"region_cap_share": 0.6}, {"region_cap_share/r1"}, "region_cap_share"),
        ({"limits": [NORTH]}, {"limits/north"}, "limits/north"),
        (
            {"per_head_min": {"a": 2_000}},
            {"per_head_min/r0/a", "per_head_min/r1/a"},
            "per_head_min/a",
        ),
        (
            {"per_head_max": {"b": 1_500}},
            {"per_head_max/r0/b", "per_head_max/r1/b"},
            "per_head_max/b",
        ),
    ],
    ids=range(6),
)
def test_what_binds_is_named_and_without_it_the_plan_is_the_free_one(values, binds, setter):
    stack = posed(INPUTS, scenario(**values))
    (found,) = binding([stack], solve_points(stack))
    assert found == binds
    free = plan(posed(INPUTS, scenario()))
    assert np.allclose(plan(stack), free) == (not binds)
    np.testing.assert_allclose(plan(without(stack, setter)), free)


def test_a_lock_fixes_its_cell_and_an_envelope_its_group_so_neither_is_told():
    lock = {"region": "r0", "group": "a", "yuan": 5_000}
    stack = posed(INPUTS, scenario(locks=[lock], group_share={"a": 0.5, "b": 0.5}))
    assert binding([stack], solve_points(stack)) == [frozenset()]


def test_without_its_shares_a_stack_gives_groups_what_the_rest_leaves_them():
    stack = posed(INPUTS, scenario(group_share={"a": 0.2, "b": 0.8}, per_head_min={"a": 1_500}))
    assert solve_points(stack).status[0] == "clash"
    np.testing.assert_allclose(plan(without(stack, "group_share"))[:, 0], 15_000)


def test_a_problem_without_a_plan_binds_nothing():
    stack = posed(INPUTS, scenario(region_floor_yuan=90_000))
    assert binding([stack], solve_points(stack)) == [frozenset()]
