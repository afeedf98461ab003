"""Every yuan has a reason: steps from the target to the plan add exactly to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fuzz
import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.allocation import solve
from sendwarmth.model.explain import STEPS, binding, by_group, by_region, explain, whole_yuan
from sendwarmth.model.problem import build
from sendwarmth.model.scenario import read_scenario

SHIPPED = sorted((Path(__file__).parents[1] / "params" / "scenarios").glob("*.yaml"))
SQUARE = tables([[10, 10], [10, 10]])
LIMITS_OF_EVERY_KIND = {
    "per_head_min": {"a": 2_600},
    "locks": [{"region": "r0", "group": "b", "yuan": 20_000}],
    "limits": [
        {"name": "a unit", "regions": ["r0"], "floor_yuan": 50_000},
        {"name": "a group", "groups": ["b"], "cap_yuan": 43_000},
        {"name": "a cell", "regions": ["r1"], "groups": ["a"], "cap_yuan": 26_500},
    ],
}
# Worked by hand, in the order r0/a r0/b r1/a r1/b. The least a head lifts both a; the lock leaves
# 80,000 for three equal cells; the unit's floor takes r0/a to 30,000 and r1/a down to its least;
# the group's cap sends 1,000 to r1/a, and the cap of that cell sends half of it on to r0/a.
REACHED = {
    "target": [25_000, 25_000, 25_000, 25_000],
    "cell_floors_caps": [26_000, 24_000, 26_000, 24_000],
    "locks": [80_000 / 3, 20_000, 80_000 / 3, 80_000 / 3],
    "change_band": [80_000 / 3, 20_000, 80_000 / 3, 80_000 / 3],
    "region_limits": [30_000, 20_000, 26_000, 24_000],
    "group_limits": [30_000, 20_000, 27_000, 23_000],
    "other_limits": [30_500, 20_000, 26_500, 23_000],
    "rounding": [30_500, 20_000, 26_500, 23_000],
}


def steps_of(inputs=SQUARE, **values) -> pd.DataFrame:
    return explain(sw.allocate(inputs, scenario(**values)))


def moving(steps: pd.DataFrame) -> list[str]:
    """Return the steps that move anything, the target left out."""
    moved = steps.groupby("step", sort=False)["yuan"].agg(lambda yuan: yuan.abs().sum())
    return [step for step in moved.index if moved[step] and step != "target"]


def cell(steps: pd.DataFrame, region: str, group: str) -> dict[str, int]:
    own = steps[(steps["region_id"] == region) & (steps["group_id"] == group)]
    return {step: yuan for step, yuan in zip(own["step"], own["yuan"], strict=True) if yuan}


def wide(steps: pd.DataFrame, plan: sw.Plan) -> pd.DataFrame:
    return steps.groupby(["region_id", "group_id"], sort=False)["yuan"].sum().unstack(sort=False)


def assert_adds_up(plan: sw.Plan) -> None:
    steps = explain(plan)
    pd.testing.assert_frame_equal(wide(steps, plan), plan.table, check_names=False)
    regions = by_region(steps).groupby("region_id", sort=False)["yuan"].sum()
    groups = by_group(steps).groupby("group_id", sort=False)["yuan"].sum()
    assert regions.to_dict() == plan.table.sum(axis=1).to_dict()
    assert groups.to_dict() == plan.table.sum(axis=0).to_dict()
    assert steps["yuan"].dtype == np.int64
    # Every rung shares out the same total: all but the first step only move money.
    sums = steps.groupby("step", sort=False)["yuan"].sum()
    assert list(sums.index) == list(STEPS)
    assert sums["target"] == plan.problem.total_yuan
    assert not sums.drop("target").any()


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda path: path.stem)
def shipped(request, inputs) -> sw.Plan:
    return sw.allocate(inputs, sw.load_scenario(request.param))


@pytest.fixture(scope="module")
def random_plans() -> list[sw.Plan]:
    plans: list[sw.Plan] = []
    for seed in range(10_000):
        rng = np.random.default_rng(seed)
        inputs = fuzz.random_inputs(rng)
        try:
            raw = read_scenario({"values": fuzz.random_values(rng, inputs)}, f"random-{seed}")
            if solve(build(inputs, raw)):
                plans.append(sw.allocate(inputs, raw))
        except (sw.InputError, sw.Infeasible):
            continue
        if len(plans) == 200:
            break
    return plans


def test_the_steps_of_every_shipped_scenario_add_to_its_plan(shipped):
    assert_adds_up(shipped)


def test_the_steps_of_two_hundred_random_plans_add_to_them(random_plans):
    assert len(random_plans) == 200
    for plan in random_plans:
        assert_adds_up(plan)


def test_the_target_comes_first_to_the_yuan(shipped):
    steps = explain(shipped)
    first = wide(steps[steps["step"] == "target"], shipped)
    assert (first - shipped.target).abs().to_numpy().max() < 1


def test_rounding_moves_less_than_one_unit_and_one_yuan(random_plans):
    for plan in random_plans:
        steps = explain(plan)
        last = steps.loc[steps["step"] == "rounding", "yuan"].abs().max()
        assert last <= plan.problem.unit_yuan + 1


def test_without_limits_there_is_only_target_and_rounding():
    inputs = tables([[17, 3], [29, 11], [5, 7]])
    assert set(moving(steps_of(inputs, unit_yuan=1_000))) <= {"rounding"}
    assert moving(steps_of(SQUARE)) == []


def test_envelopes_belong_to_the_target():
    inputs = tables([[17, 3], [29, 11], [5, 7]])
    steps = steps_of(inputs, unit_yuan=1_000, group_share={"a": 0.25, "b": 0.75})
    assert moving(steps) == ["rounding"]
    first = by_group(steps).query("step == 'target'").set_index("group_id")["yuan"]
    assert first.to_dict() == {"a": 25_000, "b": 75_000}


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ("cell_floors_caps", {"per_head_min": {"a": 2_600}}),
        ("cell_floors_caps", {"per_head_max": {"a": 2_400}}),
        ("locks", {"locks": [{"region": "r0", "group": "a", "yuan": 10_000}]}),
        ("region_limits", {"limits": [{"name": "x", "regions": ["r0"], "cap_yuan": 40_000}]}),
        ("group_limits", {"limits": [{"name": "x", "groups": ["a"], "floor_yuan": 60_000}]}),
        (
            "other_limits",
            {"limits": [{"name": "x", "regions": ["r0"], "groups": ["a"], "cap_yuan": 10_000}]},
        ),
    ],
)
def test_what_one_kind_of_limit_moves_is_its_own_step(step, values):
    assert moving(steps_of(**values)) == [step]


def test_a_base_and_a_cap_on_regions_are_region_limits():
    inputs = tables([[10, 10], [2, 2]])
    assert moving(steps_of(inputs, region_floor_yuan=30_000)) == ["region_limits"]
    assert moving(steps_of(inputs, region_cap_share=0.7)) == ["region_limits"]


def test_the_pace_of_change_is_its_own_step():
    rows = [("r0", "a", 900), ("r1", "a", 1_100)]
    last_year = pd.DataFrame(rows, columns=["region_id", "group_id", "yuan"])
    inputs = tables([[10, 10], [10, 10]], last_year=last_year)
    assert moving(steps_of(inputs, change_band=[-0.05, 0.05])) == ["change_band"]


def test_what_is_paid_out_already_belongs_to_the_floors_of_cells():
    paid = pd.DataFrame({"region_id": ["r0"], "group_id": ["a"], "yuan": [40_000]})
    steps = steps_of(tables([[10, 10], [10, 10]], paid=paid))
    assert cell(steps, "r0", "a") == {"target": 25_000, "cell_floors_caps": 15_000}


def test_earmarked_sources_are_group_limits():
    sources = pd.DataFrame(
        {"source_id": ["grant"], "yuan": [60_000.0], "groups": ["a"], "tiers": ["all"]}
    )
    assert moving(steps_of(replace(SQUARE, sources=sources))) == ["group_limits"]


def test_steps_of_every_kind_come_out_as_worked_by_hand():
    steps = steps_of(**LIMITS_OF_EVERY_KIND)
    cells = ["region_id", "group_id"]
    figures = steps.pivot_table(index="step", columns=cells, values="yuan", sort=False).cumsum()
    expected = pd.DataFrame(REACHED).T
    assert list(figures.index) == list(expected.index)
    assert np.abs(figures.to_numpy() - expected.to_numpy()).max() < 1


def test_a_limit_that_does_not_bind_moves_nothing(baseline):
    loose = baseline.scenario.with_values(
        limits=[{"name": "loose", "regions": ["xian"], "floor_yuan": 1_000_000}]
    )
    plan = sw.allocate(baseline.inputs, loose)
    pd.testing.assert_frame_equal(explain(plan), explain(baseline))


def test_what_the_fit_leaves_open_is_no_move():
    # Every cell aims at half a yuan more than a whole one, where the last bit decides.
    limits = [{"name": "loose", "regions": ["r0"], "floor_yuan": 100}]
    plan = sw.allocate(SQUARE, scenario(budget_yuan=100_002, unit_yuan=1, limits=limits))
    assert set(plan.exact.to_numpy().ravel() % 1) == {0.5}
    shaken = plan.exact + np.array([[1, -1], [-1, 1]]) * 1e-7
    assert set(moving(explain(replace(plan, exact=shaken)))) <= {"rounding"}


def test_a_step_that_cannot_hold_by_itself_goes_together_with_the_next():
    # Group a aims at nothing, so it would stay at 0 and b can take no more than 20 heads x 2,000:
    # only with the locks is there room for 100,000.
    locks = [{"region": region, "group": "a", "yuan": 30_000} for region in ("r0", "r1")]
    most = {"b": 2_000}
    steps = steps_of(priority={"a": 0}, per_head_max=most, locks=locks)
    assert moving(steps) == ["locks"]
    assert cell(steps, "r0", "a") == {"locks": 30_000}


def test_the_order_of_regions_and_groups_never_matters(inputs, baseline):
    turned = replace(inputs, regions=inputs.regions[::-1], groups=inputs.groups[::-1])
    other = explain(sw.allocate(turned, baseline.scenario))
    keys = ["region_id", "group_id", "step"]
    pd.testing.assert_series_equal(
        other.set_index(keys)["yuan"].sort_index(),
        explain(baseline).set_index(keys)["yuan"].sort_index(),
    )


def test_the_small_unit_of_the_baseline_is_lifted_to_its_base(baseline):
    lifted = by_region(explain(baseline)).query("region_id == 'yangling'").set_index("step")["yuan"]
    assert lifted["region_limits"] > 0
    assert lifted.sum() == 500_000


def test_whole_yuan_keep_the_sum_and_stay_next_to_the_amounts():
    rng = np.random.default_rng(1)
    for _ in range(200):
        amounts = pd.DataFrame(rng.uniform(0, 9, (3, 4)))
        total = round(amounts.to_numpy().sum())
        figures = whole_yuan(amounts, total)
        assert figures.sum() == total
        assert np.abs(figures - amounts.to_numpy()).max() < 1


def test_whole_yuan_are_only_moved_where_money_moved():
    amounts = pd.DataFrame([[1.4, 1.4, 1.4], [5.0, 6.0, 7.0]])
    figures = whole_yuan(amounts, 22, amounts.to_numpy() < 5)
    assert figures[1].tolist() == [5, 6, 7]
    assert figures.sum() == 22


def test_more_yuan_than_cells_to_take_them_are_shared_out_too():
    amounts = pd.DataFrame([[1.4, 1.4, 9.0]])
    figures = whole_yuan(amounts, 16, amounts.to_numpy() < 5)
    assert sorted(figures[0]) == [3, 4, 9]


def test_limits_that_bind_say_how_far_they_move_their_cells(inputs):
    path = next(path for path in SHIPPED if path.stem == "southern-tilt")
    plan = sw.allocate(inputs, sw.load_scenario(path))
    held = binding(plan)
    floor = held.loc["limits/陕南不少于"]
    assert (floor["side"], floor["yuan"], floor["cells"]) == ("floor", 17_000_000, 15)
    # Cells free to move get target x level x multiplier.
    south = ["hanzhong", "ankang", "shangluo"]
    ratio = plan.exact.loc[south] / plan.target.loc[south] / plan.level
    inside = (plan.exact > plan.problem.lower) & (plan.exact < plan.problem.upper)
    assert np.abs(ratio.where(inside.loc[south]) - floor["multiplier"]).max(axis=None) < 1e-6


def test_a_cap_lowers_and_fixed_shares_are_called_so():
    capped = sw.allocate(SQUARE, scenario(region_cap_share=0.5, locks=[], priority={"a": 2}))
    assert binding(capped).empty
    limits = [{"name": "x", "regions": ["r0"], "cap_yuan": 40_000}]
    row = binding(sw.allocate(SQUARE, scenario(limits=limits))).loc["limits/x"]
    assert row["side"] == "cap"
    assert row["multiplier"] < 1
    limits = [{"name": "x", "regions": ["r0"], "groups": ["a"], "cap_yuan": 10_000}]
    fixed = binding(sw.allocate(SQUARE, scenario(group_share={"a": 0.3, "b": 0.7}, limits=limits)))
    assert fixed.loc["group_share/a", ["side", "yuan"]].tolist() == ["fixed", 30_000]
    assert fixed.loc["group_share/a", "multiplier"] > 1


def test_limits_that_depend_on_each_other_are_read_together():
    limits = [
        {"name": "rows", "regions": ["r0"], "cap_yuan": 40_000},
        {"name": "same rows", "regions": ["r0"], "groups": "all", "cap_yuan": 40_000},
    ]
    plan = sw.allocate(SQUARE, scenario(limits=limits))
    held = binding(plan)
    assert held["joint"].tolist() == [1] * len(held)
    assert len(held) == 2
    alone = binding(sw.allocate(SQUARE, scenario(limits=limits[:1])))
    assert alone["joint"].tolist() == [0]
