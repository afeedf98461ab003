"""Plans of many problems: each as if alone, clashes as results with their names."""

from __future__ import annotations

from collections import Counter

import fuzz
import numpy as np
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model import fit as fit_module
from sendwarmth.model.allocation import solve
from sendwarmth.model.clashing.clash import find_clash
from sendwarmth.model.clashing.programme import Programme, rows_of
from sendwarmth.model.problem import Problem, build
from sendwarmth.model.robust import points as points_module
from sendwarmth.model.robust.points import in_chunks, solve_points
from sendwarmth.model.robust.stack import posed, stacked
from sendwarmth.model.scenario import check, read_scenario

EVEN = tables([[10, 10], [10, 30]])


def test_a_mixture_of_structures_comes_back_in_its_order():
    changes = [{}, {"region_floor_yuan": 45_000}, {"budget_yuan": 60_000}, {"priority": {"a": 3}}]
    asked = [scenario(**change) for change in changes]
    points = solve_points([posed(EVEN, one) for one in asked])
    for n, one in enumerate(asked):
        np.testing.assert_allclose(points.amounts[n], solve(build(EVEN, one)).amounts)
    assert points.total_yuan.tolist() == [100_000, 100_000, 60_000, 100_000]


def test_the_baseline_on_other_heads_is_the_plan_of_those_heads(inputs, baseline):
    rows = inputs.eligible["heads"].to_numpy(float)
    heads = np.rint(rows * np.linspace(0.9, 1.1, 5)[:, None])
    points = solve_points(stacked(inputs, baseline.scenario, heads))
    for n, own in enumerate(heads):
        alone = solve(build(inputs.with_heads(own), baseline.scenario))
        np.testing.assert_allclose(points.amounts[n], alone.amounts, rtol=1e-9)
        names = [f"region_floor_yuan/{region}" for region in inputs.region_ids]
        multipliers = [points.multipliers[name][n] for name in names]
        np.testing.assert_allclose(multipliers, alone.multipliers, rtol=1e-6)


def test_limits_that_one_problem_has_and_another_has_not_count_as_slack_there():
    asked = [scenario(), scenario(region_floor_yuan=45_000)]
    points = solve_points([posed(EVEN, one) for one in asked])
    found = points.multipliers["region_floor_yuan/r0"]
    assert found[0] == 1
    assert found[1] > 1.3


@pytest.mark.parametrize(
    ("values", "clash"),
    [
        ({"region_floor_yuan": 60_000}, "budget_yuan + region_floor_yuan"),
        (
            {"region_floor_yuan": 45_000, "per_head_max": {"a": 2_000, "b": 2_000}},
            "per_head_max/a + per_head_max/b + region_floor_yuan",
        ),
        ({"per_head_min": {"a": 6_000}}, "budget_yuan + per_head_min/a"),
        ({"per_head_max": {"a": 100, "b": 100}}, "budget_yuan + per_head_max/a + per_head_max/b"),
    ],
)
def test_a_clash_is_named_by_what_sets_its_members(values, clash):
    points = solve_points(posed(EVEN, scenario(**values)))
    exact = {member.driver for member in find_clash(build(EVEN, scenario(**values))).members}
    assert (points.status[0], points.clash[0]) == ("clash", clash)
    assert exact == set(clash.split(" + "))
    assert np.isnan(points.amounts).all()


def test_clashes_and_refusals_are_counted_the_most_frequent_first():
    floors = [10_000, 60_000, 70_000]
    asked = [scenario(region_floor_yuan=floor) for floor in floors]
    asked.append(scenario(reserve={"yuan": 200_000}))
    points = solve_points([posed(EVEN, one) for one in asked])
    assert points.status.tolist() == ["done", "clash", "clash", "refused"]
    assert points.clashes().to_dict() == {
        "budget_yuan + region_floor_yuan": 2,
        "reserve_outside_fund": 1,
    }


def test_a_fit_that_fails_is_a_result_and_leaves_the_others_alone(monkeypatch):
    real = fit_module.fit

    def failing(target, lower, upper, limits, total):
        if 60_000 in np.atleast_1d(total):
            raise fit_module.NotConverged("a fault")
        return real(target, lower, upper, limits, total)

    monkeypatch.setattr(points_module, "fit", failing)
    asked = [posed(EVEN, scenario(budget_yuan=yuan)) for yuan in (50_000, 60_000, 70_000)]
    points = solve_points(asked)
    assert points.status.tolist() == ["done", "undecided", "done"]
    assert np.isfinite(points.amounts[[0, 2]]).all()


def test_a_stream_in_chunks_is_the_same_as_all_at_once():
    budgets = range(50_000, 60_000, 1_000)
    asked = [scenario(budget_yuan=yuan) for yuan in budgets]
    whole = solve_points([posed(EVEN, one) for one in asked])
    chunks = list(in_chunks((posed(EVEN, one) for one in asked), size=4))
    assert [len(chunk) for chunk in chunks] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([c.amounts for c in chunks]), whole.amounts)


def test_no_problem_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        solve_points([])


def redrawn(seed: int) -> tuple[sw.Inputs, sw.Scenario, np.ndarray] | None:
    """Return random tables, a random scenario and four sets of heads; None if they never fit."""
    rng = np.random.default_rng(seed)
    inputs = fuzz.random_inputs(rng)
    own = inputs.eligible["heads"].to_numpy(float)
    try:
        asked = read_scenario({"values": fuzz.random_values(rng, inputs)}, "random")
    except sw.InputError:
        return None
    heads = np.rint(own * np.exp(0.3 * rng.standard_normal((4, len(own)))))
    return (inputs, asked, heads) if not check(asked, inputs) else None


def test_random_problems_come_out_as_if_alone_and_every_clash_named_is_one():
    seen = Counter()
    for seed in range(40):
        drawn = redrawn(seed)
        if drawn is None:
            continue
        inputs, asked, heads = drawn
        points = solve_points(stacked(inputs, asked, heads))
        for n, own in enumerate(heads):
            seen[points.status[n]] += 1
            problem, refused = built(inputs.with_heads(own), asked)
            if problem is None:
                assert (points.status[n], points.clash[n] in refused) == ("refused", True)
                continue
            alone = solve(problem)
            assert points.status[n] == ("clash" if alone is None else "done"), (seed, n)
            if alone is None:
                assert clashes_by_themselves(problem, points.clash[n]), (seed, points.clash[n])
            else:
                near = 1e-6 * max(problem.total_yuan, 1)
                np.testing.assert_allclose(points.amounts[n], alone.amounts, atol=near)
    assert min(seen.values()) >= 20, seen


def built(inputs: sw.Inputs, asked: sw.Scenario) -> tuple[Problem | None, set[str]]:
    """Return a problem, or the codes of what is wrong with it."""
    try:
        return build(inputs, asked), set()
    except sw.InputError as error:
        return None, {finding.code for finding in error.findings}


def clashes_by_themselves(problem: Problem, named: str) -> bool:
    """Whether the rows that some names stand for cannot all hold, by a linear programme."""
    rows = rows_of(problem)
    whole = ("heads", "locks", "paid", "target")
    setters = [row.field if row.field in whole else row.driver for row in rows]
    some = [k for k, setter in enumerate(setters) if setter in named.split(" + ")]
    return bool(Programme.of(problem, rows).among(some).clashing(np.ones(len(some))))
