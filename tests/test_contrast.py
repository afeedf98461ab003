"""Scenarios compared: who gains, who pays, what differs, in words and exact to the yuan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.explain import explain
from sendwarmth.model.findings import Finding
from sendwarmth.view import options
from sendwarmth.view.contrast import Contrast
from sendwarmth.view.difference import changed_values, entry_said, fields_said, value_said
from sendwarmth.view.names import Names
from sendwarmth.view.reasons import sentences, steps_of
from sendwarmth.view.sections import Chart, Prose, Table
from sendwarmth.view.words import words

LIMIT = {"name": "西部", "regions": ["yulin"], "groups": "all", "floor_yuan": 7_500_000}


@pytest.fixture(scope="module")
def names(inputs) -> Names:
    return Names.of(inputs, words("zh"))


@pytest.fixture(scope="module")
def other(baseline, inputs) -> Plan:
    changed = baseline.scenario.with_values(
        budget_yuan=93_000_000, per_head_min={"migrant": 600}, limits=[LIMIT]
    )
    return allocate(inputs, replace(changed, name="other"))


@pytest.fixture(scope="module")
def contrast(baseline, other) -> Contrast:
    broken = (Finding("cell_blank"),)
    return Contrast({"baseline": baseline, "other": other, "broken": broken}, "zh")


def tables_in(section) -> list[Table]:
    return [part for part in section.parts if isinstance(part, Table)]


def test_every_value_that_differs_is_said_once(baseline, other, names) -> None:
    assert list(changed_values(baseline, other, names)) == [
        ("budget_yuan", "资金总额：9,200.0万元 → 9,300.0万元"),
        ("per_head_min", "人均（户均）下限（农民工）：500元 → 600元"),
        ("limits", "新增限额：“西部”：不少于 7,500,000元"),
    ]
    assert list(changed_values(baseline, baseline, names)) == []
    back = dict(changed_values(other, baseline, names))
    assert back["limits"] == "取消限额：“西部”：不少于 7,500,000元"


def test_a_change_says_who_gains_and_who_pays(contrast) -> None:
    (lines,) = [p.lines for p in contrast.changes().parts if getattr(p, "style", "") == "ul"]
    table = tables_in(contrast.changes())[0]
    more, units = table.rows[0][1:3]
    assert lines[0] == (
        f"资金总额：9,200.0万元 → 9,300.0万元（{units} 个单位共增加{more / 1e4:,.2f}万元）"
    )
    assert "（金额不变）" in lines[1]
    assert "个单位共增加" in lines[2]
    assert "个单位共减少" in lines[2]


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        (None, "group_share", "无"),
        ("rest", "reserve", "余额全部列入"),
        (0.05, "reserve", "5.0%"),
        ("talmud", "rule", "折半规则"),
        ((-0.05, 0.3), "change_band", "-5.0% 至 30.0%"),
        ({"claim": 0.8, "execution": 0.2}, "factor_weight", "测算额度 80.0%、上年执行率 20.0%"),
        ("scaled", "change_band_base", "上年数按今年规模折算"),
        (1_000, "unit_yuan", "1,000元"),
        (500_000, "region_floor_yuan", "50.0万元"),
    ],
)
def test_values_are_said_as_planners_say_them(names, value, field, said) -> None:
    assert value_said(value, field, names) == said


def test_locks_and_fields_are_said_by_name(names) -> None:
    lock = {"region": "yulin", "group": "migrant", "yuan": 1_200_000}
    assert entry_said(lock, names) == "榆林市·农民工 指定为 1,200,000元"
    assert fields_said("budget_yuan+limits", names) == "资金总额、限额"
    assert fields_said("rounding", names) == "取整"


def test_what_the_fields_move_adds_to_the_difference(contrast, baseline, other) -> None:
    (table,) = tables_in(contrast.changes())
    difference = int(other.table.to_numpy().sum() - baseline.table.to_numpy().sum())
    assert sum(row[-1] for row in table.rows) == table.totals[0][-1] == difference
    assert all(row[1] + row[3] == row[-1] for row in table.rows)
    assert table.rows[0][0] == "资金总额"


def test_gains_and_losses_of_every_cell_are_behind_the_chart(contrast, baseline, other) -> None:
    (chart,) = [part for part in contrast.gainers().parts if isinstance(part, Chart)]
    change = other.table - baseline.table
    assert [row[1:-1] for row in chart.table.rows] == [tuple(row) for row in change.to_numpy()]
    assert [row[-1] for row in chart.table.rows] == list(change.sum(axis=1))


def test_a_limit_is_told_under_the_scenario_it_binds_in(contrast) -> None:
    (table,) = tables_in(contrast.bound())
    told = {row[0]: row[1:] for row in table.rows}
    assert told["西部"] == ("", "不少于 7,500,000元")
    assert len(table.columns) == 3


def test_a_scenario_without_a_plan_is_told_and_does_not_stop_the_others(contrast) -> None:
    said = [line for p in contrast.difference().parts if isinstance(p, Prose) for line in p.lines]
    assert any("broken" in line for line in said)
    assert list(contrast.made) == ["baseline", "other"]


def test_units_that_only_another_scenario_has_stand_last_and_are_called_by_name(
    baseline, inputs
) -> None:
    def renamed(frame):
        return frame.rename(index={"industry": "coal"}, level=None)

    regions = renamed(inputs.regions).assign(short_zh=lambda f: f["short_zh"] + "甲")
    split = replace(
        baseline,
        inputs=replace(inputs, regions=regions),
        table=renamed(baseline.table),
    )
    names = Names.across([baseline, split], words("zh"))
    assert names.short["xian"] == "西安"
    chart = options.across({"a": baseline, "b": split}, names, "万元", 1e4)
    units = [row[0] for row in chart.table.rows]
    assert units[:2] == ["西安市", "铜川市"]
    assert units[-2:] == ["省级产业工会及单列（直管）单位"] * 2
    assert chart.figure["data"][1]["y"][-1] == "产业/单列甲"


def test_measures_stand_side_by_side(contrast) -> None:
    (table,) = tables_in(contrast.measures())
    assert all(len(row) == 3 for row in table.rows)
    assert {row[0]: row[1] for row in table.rows}["人数覆盖率"] == "100.0%"


def test_the_steps_of_every_unit_add_to_its_amount(baseline, names) -> None:
    table = steps_of(baseline, names)
    assert [row[-1] for row in table.rows] == list(baseline.table.sum(axis=1))
    assert all(sum(row[1:-1]) == row[-1] for row in (*table.rows, *table.totals))


def test_every_unit_has_a_sentence_that_ends_in_its_amount(baseline, names) -> None:
    told = [said for _, said in sentences(explain(baseline), names)]
    totals = [f"合计 {yuan:,}元。" for yuan in baseline.table.sum(axis=1)]
    assert all(said.endswith(total) for said, total in zip(told, totals, strict=True))
