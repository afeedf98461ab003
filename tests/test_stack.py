"""Many problems at once are the problems one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from conftest import PARAMS
from samples import scenario, tables
from sendwarmth.model.limits import each
from sendwarmth.model.problem import build
from sendwarmth.model.robust.stack import joined, posed, stacked

RULES = ["proportional", "equal_awards", "equal_losses", "talmud"]


def drawn(inputs: sw.Inputs, count: int = 6) -> np.ndarray:
    """Return whole head counts by row, each row redrawn for itself."""
    rows = inputs.eligible["heads"].to_numpy(float)
    factor = np.exp(0.3 * np.random.default_rng(7).standard_normal((count, len(rows))))
    return np.rint(rows * factor)


def assert_each_is_built(inputs: sw.Inputs, posed_on: sw.Scenario, rows: np.ndarray) -> None:
    stack = stacked(inputs, posed_on, rows)
    for n, heads in enumerate(rows):
        problem = build(inputs.with_heads(heads), posed_on)
        for name in ("heads", "claims", "target", "lower", "upper"):
            np.testing.assert_allclose(
                getattr(stack, name)[n], getattr(problem, name), rtol=1e-12, err_msg=name
            )
        assert stack.total_yuan[n] == problem.total_yuan
        alone = stack.take([n])
        for many, one in zip(alone.limits, problem.limits, strict=True):
            for bound in ("floor", "cap"):
                own, same = getattr(many, bound), getattr(one, bound)
                assert (own is None) == (same is None)
                if own is not None:
                    rows = np.ndim(own) > np.ndim(same)
                    np.testing.assert_allclose(np.asarray(own)[0] if rows else own, same)


@pytest.mark.parametrize("name", ["baseline", "same-standard", "southern-tilt", "fund-80m"])
def test_each_problem_of_a_shipped_scenario_is_the_one_that_is_built_alone(inputs, name):
    shipped = sw.load_scenario(PARAMS / "scenarios" / f"{name}.yaml")
    if shipped.values["reserve"] == "rest":
        shipped = shipped.with_values(budget_yuan=200_000_000)
    assert_each_is_built(inputs, shipped, drawn(inputs))


@pytest.mark.parametrize("rule", RULES)
def test_each_problem_is_the_one_that_is_built_alone_whatever_the_rule(rule):
    inputs = tables([[10, 20], [30, 40], [50, 0]])
    asked = scenario(rule=rule, group_share={"a": 0.6, "b": 0.4}, region_cap_share=0.7)
    assert_each_is_built(inputs, asked, drawn(inputs))


def test_each_problem_is_the_one_that_is_built_alone_with_tiers_overlap_bands_and_money_paid():
    last = pd.DataFrame({"region_id": ["r0", "r1"], "group_id": ["a", "a"], "yuan": [9_000, 7_000]})
    overlap = pd.DataFrame({"group_a": ["a"], "group_b": ["b"], "rate": [0.1], "paid_in": ["a"]})
    paid = pd.DataFrame({"region_id": ["r0"], "group_id": ["b"], "yuan": [1_050]})
    plain = tables([[40, 30], [30, 40]], last_year=last, overlap=overlap, paid=paid)
    tier = {"group_id": "a", "tier_id": "t", "yuan": 3000.0, "share": 0.5, "archived": True}
    inputs = replace(
        plain,
        standards=pd.concat([plain.standards, pd.DataFrame([tier])], ignore_index=True),
        eligible=pd.concat([plain.eligible, plain.eligible.iloc[:1].assign(tier_id="t", heads=20)]),
    )
    named = {"name": "x", "regions": ["r0"], "groups": ["b"], "floor_yuan": 5_000}
    asked = scenario(
        reserve="rest",
        budget_yuan=900_000,
        change_band=[-0.5, 30],
        per_head_min={"a": 150},
        limits=[named],
        locks=[{"region": "r1", "group": "b", "yuan": 5_000}],
    )
    assert_each_is_built(inputs, asked, drawn(inputs))


def test_heads_by_cell_leave_each_tier_its_share_of_the_cell():
    plain = tables([[40, 30]])
    inputs = replace(
        plain, eligible=pd.concat([plain.eligible.assign(tier_id=""), plain.eligible.iloc[:1]])
    )
    doubled = stacked(inputs, scenario(), 2 * inputs.listed.to_numpy(float)[None])
    by_row = stacked(inputs, scenario(), 2 * inputs.eligible["heads"].to_numpy(float)[None])
    np.testing.assert_allclose(doubled.heads, by_row.heads)
    assert doubled.heads[0].tolist() == [[160, 60]]


def test_a_cell_that_was_empty_takes_new_heads():
    stack = stacked(tables([[0, 30]]), scenario(), np.array([[[5.0, 30.0]]]))
    assert stack.heads.tolist() == [[[5, 30]]]
    assert stack.claims.tolist() == [[[5_000, 30_000]]]


def test_heads_that_cannot_be_posed_are_refused_by_themselves():
    asked = scenario(per_head_min={"a": 130}, per_head_max={"a": 160})
    stack = stacked(tables([[10, 5]]), asked, np.array([[[10, 5]], [[1, 5]]], float))
    assert stack.refused == {1: "no_multiple_in_range"}


def test_a_scenario_that_fits_no_heads_is_refused_as_a_whole():
    with pytest.raises(sw.InputError):
        stacked(tables([[1]]), scenario(priority={"nobody": 1}))
    assert posed(tables([[1]]), scenario(priority={"nobody": 1})).refused == {0: "unknown_group"}


@pytest.mark.parametrize(
    "heads", [np.ones((2, 3, 2)), np.ones((2, 5)), -np.ones((1, 4)), np.ones(4)]
)
def test_heads_of_another_shape_or_below_nobody_are_refused(heads):
    with pytest.raises(ValueError, match="heads must be"):
        stacked(tables([[1, 1], [1, 1]]), scenario(), heads)


def test_stacks_of_one_structure_join_in_order():
    inputs = tables([[10, 10], [10, 30]])
    budgets = [50_000, 60_000, 70_000]
    alone = [
        posed(inputs, scenario(budget_yuan=budget, region_cap_share=0.6, region_floor_yuan=100))
        for budget in budgets
    ]
    stack = joined(alone)
    assert stack.total_yuan.tolist() == budgets
    caps = [float(np.asarray(limit.cap)[n, 0]) for n in range(3) for limit in stack.limits[1:]]
    assert caps == [30_000, 36_000, 42_000]
    assert [limit.name for limit in each(build(inputs, scenario(region_cap_share=0.6)).limits)] == [
        *stack.limits[1].names
    ]
