"""Goal seek: closed forms, plans that confirm them, and the reasons why there is no answer."""

from __future__ import annotations

import numpy as np
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.experiments import Answer, goal_seek
from sendwarmth.model.robust.outcomes import read_figure
from sendwarmth.model.robust.points import solve_points
from sendwarmth.model.robust.stack import posed
from sendwarmth.view.words import words

INPUTS = tables([[100], [300]])
PLAIN = scenario(rule="proportional", unit_yuan=1)
LOCK = {"region": "r0", "group": "a", "yuan": 30_000}
LOCKED = PLAIN.with_values(locks=[LOCK])


def reason(answer: Answer) -> tuple[str, dict]:
    assert answer.value is None
    assert answer.plan is None
    assert np.isnan(answer.reached)
    return answer.finding.code, dict(answer.finding.facts)


def test_the_reserve_that_leaves_a_unit_an_amount_is_what_its_share_says():
    found = goal_seek(INPUTS, PLAIN, "reserve", "money/r0", 22_500)
    assert (found.value, found.reached, found.finding) == (0.1, 22_500, None)
    assert (found.now, found.base) == (0.0, pytest.approx(25_000))


def test_the_fund_that_gives_everybody_an_amount_is_heads_times_it():
    found = goal_seek(INPUTS, PLAIN, "budget_yuan", "lowest_a_head", 400)
    assert (found.value, found.reached) == (160_000, 400)
    assert found.plan.table["a"].tolist() == [40_000, 120_000]


def test_the_weight_of_a_factor_solves_its_line():
    inputs = tables([[100], [100]])
    regions = inputs.regions.assign(gdp_100m_yuan=[1.0, 3.0], residents=[10.0, 10.0])
    inputs = inputs.like(regions=regions)
    # Weakness 2 and 2/3 of the provincial GDP a head: shares 3/4 and 1/4, so 1/2 + w/4.
    asked = scenario(unit_yuan=1)
    found = goal_seek(inputs, asked, "factor_weight.a.fiscal_weakness", "money/r0", 60_000)
    assert (found.value, found.reached) == (0.4, 60_000)


def test_of_values_that_come_as_near_the_roundest_is_the_answer():
    # Any reserve above 0.09999 leaves 90,000 whole yuan, of which a quarter is 22,500.
    assert goal_seek(INPUTS, PLAIN, "reserve", "money/r0", 22_500).value == 0.1
    # And above 0.09994 but not 0.09996, 90,005, of which a quarter is 22,501 and a bit.
    assert goal_seek(INPUTS, PLAIN, "reserve", "money/r0", 22_501).value == 0.09995


def test_a_figure_that_is_there_already_is_answered_with_the_value_now():
    found = goal_seek(INPUTS, PLAIN, "budget_yuan", "coverage_money", 0.25)
    assert (found.value, found.reached) == (100_000, 0.25)


def test_of_several_answers_the_nearest_is_given_and_the_others_told():
    # With a quarter of the heads, the Gini is the distance of a unit's share of money from 1/4.
    found = goal_seek(INPUTS, LOCKED, "locks[0].yuan", "gini", 0.01)
    assert found.value == pytest.approx(26_000, abs=60)
    assert found.also == (pytest.approx(24_000, abs=60),)
    assert found.reached == pytest.approx(0.01, abs=0.0005)


def test_the_end_of_the_range_is_told_with_the_figure_there():
    code, facts = reason(goal_seek(INPUTS, PLAIN, "budget_yuan", "lowest_a_head", 1_000))
    assert code == "goal_out_of_reach"
    assert (facts["value"], facts["reached"]) == (200_000, pytest.approx(500))


def test_a_clash_in_between_is_told_with_the_last_value_that_holds():
    asked = PLAIN.with_values(per_head_max={"a": 300})
    code, facts = reason(goal_seek(INPUTS, asked, "budget_yuan", "lowest_a_head", 400))
    assert code == "goal_behind_clash"
    assert (facts["value"], facts["beyond"]) == (120_000, 120_001)
    assert facts["reached"] == pytest.approx(300)
    assert facts["clash"] == "budget_yuan + per_head_max/a"


def test_a_figure_that_turns_back_is_told_with_where_it_comes_nearest():
    code, facts = reason(goal_seek(INPUTS, LOCKED, "locks[0].yuan", "gini", -0.2))
    assert code == "goal_turns"
    assert facts["value"] == pytest.approx(25_000, abs=200)
    assert facts["reached"] == pytest.approx(0, abs=0.002)


def test_a_figure_that_jumps_past_the_aim_is_told_with_both_sides():
    asked = scenario(rule="proportional", unit_yuan=10_000)
    code, facts = reason(goal_seek(INPUTS, asked, "budget_yuan", "standard_out/r0", 260))
    assert code == "goal_jumps"
    assert (facts["at_low"], facts["at_high"]) == (300, 300)
    assert facts["high"] - facts["low"] == 10_000


def test_an_input_that_does_not_move_the_figure_is_told():
    code, facts = reason(goal_seek(INPUTS, PLAIN, "standard.a", "money/r0", 30_000))
    assert code == "goal_unmoved"
    assert facts["reached"] == pytest.approx(25_000)


def test_a_scenario_without_any_plan_is_told_with_what_clashes():
    asked = PLAIN.with_values(per_head_min={"a": 300})
    code, facts = reason(goal_seek(INPUTS, asked, "reserve", "money/r0", 30_000))
    assert code == "goal_without_plan"
    assert facts["clash"] == "budget_yuan + per_head_min/a"


def test_the_answer_is_a_plan_that_allocate_makes(inputs, baseline):
    region = inputs.region_ids[-3]
    aim = 0.98 * baseline.table.loc[region].sum()
    found = goal_seek(inputs, baseline.scenario, "reserve", f"money/{region}", aim)
    plan = sw.allocate(inputs, baseline.scenario.with_values(reserve=found.value))
    assert plan.table.equals(found.plan.table)
    assert plan.table.loc[region].sum() == found.reached
    assert abs(found.reached - aim) <= max(1_000, 0.0005 * aim)
    around = [
        read_figure(
            solve_points(posed(inputs, baseline.scenario.with_values(reserve=reserve))),
            f"money/{region}",
        )[0]
        for reserve in (round(found.value - 1e-4, 6), round(found.value + 1e-4, 6))
    ]
    assert around[0] > aim > around[1]


@pytest.mark.parametrize(
    ("asked", "lever", "figure", "aim"),
    [
        (PLAIN, "budget_yuan", "lowest_a_head", 1_000),
        (PLAIN.with_values(per_head_max={"a": 300}), "budget_yuan", "lowest_a_head", 400),
        (LOCKED, "locks[0].yuan", "gini", -0.2),
        (scenario(unit_yuan=10_000), "budget_yuan", "standard_out/r0", 260),
        (PLAIN, "standard.a", "money/r0", 30_000),
        (PLAIN.with_values(per_head_min={"a": 300}), "reserve", "money/r0", 30_000),
    ],
    ids=range(6),
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_is_a_whole_sentence(asked, lever, figure, aim, language):
    said = words(language).sentence(goal_seek(INPUTS, asked, lever, figure, aim).finding)
    assert lever in said
    assert "—" not in said
    assert "{" not in said


def test_an_unknown_input_or_figure_is_refused():
    for lever, figure in (("reserves", "gini"), ("reserve", "ginni")):
        with pytest.raises(sw.InputError):
            goal_seek(INPUTS, PLAIN, lever, figure, 0.1)
