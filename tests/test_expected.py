"""Every shipped scenario comes out as the table beside it, to the yuan.

``python tests/test_expected.py`` writes the tables again after a change that was meant.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sendwarmth as sw
from sendwarmth.run.scenarios import scenario_names, tables_of

FOLDER = Path(__file__).parents[1] / "params" / "scenarios"
NAMES = scenario_names(FOLDER)

# An independent trial of the arithmetic, in units of 0.1万 (1,000 yuan): what each should come to.
TRIAL = {
    "baseline": {"xian": 25825, "yulin": 6847, "weinan": 7038, "yangling": 500, "industry": 12855},
    "same-standard": {
        "xian": 26496,
        "yulin": 7344,
        "weinan": 6502,
        "yangling": 472,
        "industry": 12858,
    },
    "southern-tilt": {
        "xian": 24591,
        "yulin": 6208,
        "weinan": 7404,
        "yangling": 500,
        "industry": 12565,
    },
    "fund-80m": {"xian": 22891, "yulin": 6285, "weinan": 5834, "yangling": 500, "industry": 10996},
}
SOUTH = {"baseline": 14728, "same-standard": 14067, "southern-tilt": 17001, "fund-80m": 12408}
RESERVE = {
    "baseline": 4_600_000,
    "same-standard": 4_616_800,
    "southern-tilt": 4_600_000,
    "fund-80m": 4_000_000,
}


def plan_of(name: str) -> sw.Plan:
    scenario = sw.load_scenario(FOLDER / f"{name}.yaml")
    return sw.allocate(sw.load_inputs(tables_of(scenario)), scenario)


@pytest.fixture(scope="module", params=NAMES)
def plan(request):
    return plan_of(request.param)


def test_a_scenario_comes_out_as_the_table_beside_it(plan):
    expected = pd.read_csv(FOLDER / f"{plan.scenario.name}.expected.csv", index_col="region_id")
    pd.testing.assert_frame_equal(plan.table, expected, check_names=False)


def test_table_and_reserve_add_to_the_budget(plan):
    budget = plan.scenario.values["budget_yuan"]
    assert int(plan.table.to_numpy().sum()) + plan.reserve == budget
    assert plan.reserve == RESERVE[plan.scenario.name]


def test_region_totals_are_those_of_the_independent_trial(plan):
    # All amounts of the trial are printed to 0.1万. Where a plan is in whole 1,000 yuan it has to
    # agree exactly; same-standard is in 100 yuan, so that it may be off by what the trial left out.
    name, totals = plan.scenario.name, plan.table.sum(axis=1)
    left_out = 0 if plan.scenario.values["unit_yuan"] == 1_000 else 500
    for region, units in TRIAL[name].items():
        assert abs(totals[region] - units * 1_000) <= left_out, region
    south = plan.inputs.regions.index[plan.inputs.regions["bloc"] == "shannan"]
    assert abs(totals[south].sum() - SOUTH[name] * 1_000) <= left_out


def test_amounts_a_head_of_the_baseline_range_as_in_the_independent_trial():
    plan = plan_of("baseline")
    heads = (plan.table / plan.heads).round().agg(["min", "max"])
    assert heads["hardship"].to_list() == [1_809, 2_215]
    assert heads["skilled"].to_list() == [199, 217]
    assert (plan.table / plan.heads)["hardship"].idxmin() == "yulin"


def test_same_standard_pays_every_cell_exactly_heads_times_standard():
    plan = plan_of("same-standard")
    assert (plan.table == plan.claims).all(axis=None)


if __name__ == "__main__":
    for scenario_name in NAMES:
        plan_of(scenario_name).table.to_csv(FOLDER / f"{scenario_name}.expected.csv")
