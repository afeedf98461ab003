"""Tables of the report add up and say what the plan says."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from sendwarmth.model.allocation import allocate
from sendwarmth.view import ledger, options, tables
from sendwarmth.view.masking import MASKED, Mask, hidden
from sendwarmth.view.names import Names
from sendwarmth.view.words import words


@pytest.fixture(scope="module")
def names(inputs) -> Names:
    return Names.of(inputs, words("zh"))


@pytest.fixture(scope="module")
def shown_all(baseline) -> Mask:
    return hidden(baseline.heads, 0)


def changed(plan, inputs, **values):
    return allocate(inputs, plan.scenario.with_values(**values))


def test_every_row_of_the_allocation_adds_to_its_sum(baseline, names) -> None:
    table = tables.allocation(baseline, names)
    assert all(sum(row[1:-1]) == row[-1] for row in (*table.rows, table.totals[0]))


def test_units_reserve_and_fund_add_up_exactly(baseline, names) -> None:
    table = tables.allocation(baseline, names)
    total, kept, fund = (row[-1] for row in table.totals)
    assert sum(row[-1] for row in table.rows) == total
    assert total + kept == fund == baseline.scenario.values["budget_yuan"]


def test_uses_are_the_envelopes_and_the_reserve(baseline, names, shown_all) -> None:
    table = tables.uses(baseline, names, shown_all)
    assert [row[3] for row in table.rows] == [*baseline.table.sum(), baseline.reserve]
    assert sum(row[4] for row in table.rows) == pytest.approx(1)
    assert table.totals[0][3] == 92_000_000


def test_sources_not_filled_in_stay_blank_and_are_not_counted(baseline, names) -> None:
    table = tables.sources(baseline, names)
    assert [row[1] for row in table.rows] == [92_000_000, None, None, None, None, None]
    assert table.totals[0][1] == 92_000_000


def test_the_basis_tells_heads_standards_bounds_and_claims(baseline, names, shown_all) -> None:
    first, *_, last = tables.basis(baseline, names, shown_all).rows
    assert first[:6] == ("困难职工", 23_884, "户", 2_000.0, 1_000, 3_000)
    assert first[6:] == (
        "测算额度 80%、困难地区倾斜（人均GDP代理） 20%",
        47_768_000,
        "假设待核实",
    )
    assert last[6] == "测算额度 100%"


def test_another_rule_is_named_instead_of_factors(baseline, inputs, names) -> None:
    plan = changed(baseline, inputs, rule="proportional")
    assert tables.factors_of(plan, plan.table.columns[0], names) == "按测算额度同比例"


def test_the_standard_as_it_comes_out_is_money_over_heads(baseline, names, shown_all) -> None:
    table = tables.standards_out(baseline, names, shown_all)
    first = baseline.table.iloc[0] / baseline.heads.iloc[0]
    assert table.rows[0][1:] == pytest.approx(list(first))
    assert table.totals[1][1:] == (2_000, 2_000, 800, 200, 200)


def test_hidden_heads_hide_what_would_reveal_them_but_never_money(baseline, names) -> None:
    mask = hidden(baseline.heads, 7)
    assert mask.any
    rows, columns = baseline.heads.shape
    made = (
        tables.heads(baseline.heads, names, mask),
        tables.standards_out(baseline, names, mask),
    )
    for table in made:
        found = [[cell == MASKED for cell in row[1:]] for row in table.rows]
        assert found == mask.cells.to_numpy().tolist()
    amounts = [row[1 : columns + 1] for row in tables.allocation(baseline, names).rows]
    assert amounts == [tuple(row) for row in baseline.table.to_numpy().tolist()]
    assert len(amounts) == rows


def test_a_group_of_few_has_no_total_anywhere(baseline, inputs, names) -> None:
    heads = inputs.heads.copy()
    heads["model_worker"] = 0
    heads.loc["xian", "model_worker"] = 3
    mask = hidden(heads)
    few = replace(baseline, problem=replace(baseline.problem, heads=heads.to_numpy(float)))
    assert tables.uses(few, names, mask).rows[1][1] == MASKED
    assert tables.basis(few, names, mask).rows[1][1] == MASKED
    assert tables.heads(heads, names, mask).totals[0][2] == MASKED
    assert tables.standards_out(few, names, mask).totals[0][2] == MASKED


def test_there_is_no_comparison_without_last_year(baseline, names) -> None:
    assert tables.last_year(baseline, names) is None


def test_last_year_is_held_against_this_plan_unit_by_unit(baseline, names) -> None:
    before = pd.DataFrame(
        {"region_id": list(baseline.table.index[:2]), "group_id": "", "yuan": [20_000_000.0, 0.0]}
    )
    extras = {**baseline.inputs.extras, "last_year": before}
    plan = replace(baseline, inputs=replace(baseline.inputs, extras=extras))
    first, second, third, *_ = tables.last_year(plan, names).rows
    now = int(plan.table.iloc[0].sum())
    assert first[1:] == (20_000_000, now, now - 20_000_000, now / 20_000_000 - 1)
    assert second[1] == 0
    assert second[4] is None
    assert third[1] is None
    assert third[3] is None


def test_blocs_add_to_what_is_shared(baseline, names) -> None:
    table = tables.blocs(baseline, names)
    assert sum(row[2] for row in table.rows) == int(baseline.table.to_numpy().sum())
    assert sum(row[1] for row in table.rows) == len(baseline.table)
    assert sum(row[4] for row in table.rows) == pytest.approx(1)


def test_the_limit_that_binds_is_told_with_what_it_moved(baseline, names) -> None:
    (row,) = ledger.binding(baseline, names).rows
    assert row[:3] == ("杨凌示范区保底", "不少于 500,000元", 500_000)
    assert row[3] < 500_000


def test_cells_on_their_own_bounds_are_told_too(baseline, inputs, names) -> None:
    plan = changed(baseline, inputs, per_head_min={"hardship": 1_950})
    told = {row[0]: row[1:] for row in ledger.binding(plan, names).rows}
    assert told["西安市·困难职工"][0] == "不少于 14,547,000元"
    assert told["西安市·困难职工"][1] == 14_547_000


def test_a_plan_without_limits_says_so(baseline, inputs, names) -> None:
    plan = changed(baseline, inputs, region_floor_yuan=0)
    table = ledger.binding(plan, names)
    assert table.rows == ()
    assert "没有限额起作用" in table.notes[0]


def test_the_ledger_says_who_why_until_and_by_how_much(baseline, inputs, names) -> None:
    lock = {
        "region": "yulin",
        "group": "migrant",
        "yuan": 1_200_000,
        "who": "甲",
        "why": "乙",
        "until": "2020-01-25",
    }
    limit = {"name": "陕南不少于", "regions": ["ankang", "shangluo"], "groups": "all"}
    plan = changed(baseline, inputs, locks=[lock], limits=[{**limit, "floor_yuan": 9_000_000}])
    first, second = ledger.ledger(plan, names).rows
    target = plan.target.loc["yulin", "migrant"]
    assert first == (
        "榆林市·农民工",
        "指定为 1,200,000元",
        round(1_200_000 - target),
        "甲",
        "乙",
        "2020-01-25",
    )
    assert second[0] == "陕南不少于 （安康市、商洛市 × 全部）"
    assert second[3:] == ("（未填）",) * 3


def test_open_items_name_what_is_assumed_and_every_warning(baseline, names) -> None:
    items = ledger.open_items(baseline, names, hidden(baseline.heads))
    groups, findings = len(baseline.table.columns), len(baseline.findings)
    assert len(items) == groups + 1 + findings
    assert "13 个单位的人数为假设数" in items[0]
    assert "西安市占测算额度的" in items[groups]


def test_lines_to_sign_are_blank_and_a_decision_is_told(baseline, names) -> None:
    table = ledger.signatures(baseline, names)
    assert all(row[1] == "" for row in table.rows)
    assert table.notes == ("方案状态：草案",)
    decision = {"meeting": "主席办公会", "date": "2019-12-30", "number": "1号"}
    approved = replace(baseline.scenario, status="approved", decision=decision)
    notes = ledger.signatures(replace(baseline, scenario=approved), names).notes
    assert notes == ("方案状态：已批准", "批准信息：主席办公会，2019-12-30，1号")


def test_scenarios_stand_in_one_row_each_against_the_first(baseline, inputs, names) -> None:
    poorer = changed(baseline, inputs, budget_yuan=80_000_000)
    other = replace(poorer, scenario=replace(poorer.scenario, name="b"))
    table = options.summary({"a": baseline, "b": other}, names)
    assert [row[2] for row in table.rows] == [92_000_000, 80_000_000]
    assert table.rows[0][-1] is None
    lost = int((baseline.table.sum(axis=1) - other.table.sum(axis=1)).abs().sum())
    assert table.rows[1][-1] == lost
    assert [row[0] for row in table.rows] == ["基准方案 (a)", "基准方案 (b)"]
