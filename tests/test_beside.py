"""Every optional table has its effect in the plan and its place in the report, or none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sendwarmth as sw
from sendwarmth.model.follow_up import follow_up as cells_of
from sendwarmth.run.csv_tables import write_folder
from sendwarmth.run.plan_files import plan_csv
from sendwarmth.run.plan_workbook import plan_workbook
from sendwarmth.view import beside
from sendwarmth.view.masking import MASKED
from sendwarmth.view.names import Names
from sendwarmth.view.story import Story
from sendwarmth.view.words import words

PARAMS = Path(__file__).parents[1] / "params"


def planned(folder: Path, name: str = "baseline", **tables: str) -> sw.Plan:
    """Return a plan of the shipped tables with optional ones added as CSV text."""
    write_folder(sw.load_inputs(PARAMS / "data"), folder)
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return sw.allocate(
        sw.load_inputs(folder), sw.load_scenario(PARAMS / "scenarios" / f"{name}.yaml")
    )


def named(plan: sw.Plan) -> Names:
    return Names.of(plan.inputs, words("zh"))


def captions(plan: sw.Plan) -> list[str]:
    story = Story(plan, "zh", {}, {})
    sections = (story.sources(), story.basis(), story.allocation())
    return [part.caption for s in sections for part in s.parts if hasattr(part, "caption")]


PAID = "region_id,group_id,yuan\nxian,hardship,14000000\nyulin,on_duty,1200000\n"


def test_what_is_paid_is_a_floor(baseline, tmp_path):
    plan = planned(tmp_path, paid=PAID.replace("1200000", "1500000"))
    assert baseline.table.loc["yulin", "on_duty"] < 1_500_000
    assert plan.table.loc["yulin", "on_duty"] >= 1_500_000
    assert plan.table.to_numpy().sum() + plan.reserve == 92_000_000


def test_what_is_paid_and_what_is_left_add_to_the_plan(tmp_path):
    cells = cells_of(planned(tmp_path, paid=PAID))
    assert cells["paid"].sum() == 15_200_000
    assert (cells["paid"] + cells["left"] == cells["plan"]).all()
    assert (cells["left"] >= 0).all()
    assert cells.loc[("yulin", "on_duty"), "paid"] == 1_200_000


def test_unspent_money_joins_the_pot_and_is_set_off_against_what_is_sent(baseline, tmp_path):
    unspent = "region_id,group_id,yuan\nxian,hardship,3000000\nbaoji,skilled,1000\n"
    plan = planned(tmp_path, unspent=unspent)
    shared = int(plan.table.to_numpy().sum())
    assert shared + plan.reserve == 92_000_000 + 3_001_000
    assert shared > baseline.table.to_numpy().sum()
    cells = cells_of(plan)
    assert cells["send"].sum() == shared - 3_001_000
    table = beside.follow_up(plan, named(plan))
    xian = next(row for row in table.rows if row[0] == "西安市")
    assert xian[2] == 3_000_000
    assert xian[3] == xian[1] - xian[2]


def test_a_plan_made_again_is_set_against_the_plan_in_force_unit_by_unit(baseline, tmp_path):
    in_force = baseline.table.stack().rename("yuan").reset_index().to_csv(index=False)
    plan = planned(tmp_path, "fund-80m", in_force=in_force, paid=PAID)
    table = beside.follow_up(plan, named(plan))
    change = plan.table.sum(axis=1) - baseline.table.sum(axis=1)
    assert [row[-1] for row in table.rows] == change.tolist()
    assert table.totals[0][-1] == int(plan.table.to_numpy().sum()) - 87_400_000
    labels = [column.label for column in table.columns]
    assert labels == ["接收单位", "本方案", "已发放", "尚可发放", "现行方案", "与现行方案相比"]


def test_an_overlap_takes_people_out_of_one_group_and_says_so(baseline, tmp_path):
    text = "group_a,group_b,rate,paid_in\nhardship,migrant,0.1,hardship\n"
    plan = planned(tmp_path, overlap=text)
    listed, heads = plan.inputs.listed["migrant"], plan.inputs.heads["migrant"]
    twice = (plan.inputs.listed["hardship"] * 0.1 + 0.5).astype(int)
    assert (heads == listed - twice).all()
    assert plan.claims["migrant"].sum() == heads.sum() * 800
    row = beside.overlap(plan, named(plan)).rows[0]
    assert row == ("困难职工、农民工", 0.1, "困难职工", "农民工", 18_019, int(heads.sum()))
    assert "paid_twice_possible" in {finding.code for finding in plan.findings}


def test_an_overlap_of_a_few_people_is_not_shown_on_a_shared_page(tmp_path):
    text = "group_a,group_b,rate,paid_in\nmodel_worker,hardship,0.0016,model_worker\n"
    plan = planned(tmp_path, overlap=text)
    assert 0 < plan.inputs.listed["hardship"].sum() - plan.inputs.heads["hardship"].sum() < 5
    assert beside.overlap(plan, named(plan)).rows[0][-2:] == (MASKED, MASKED)


def test_execution_rates_move_money_only_where_they_have_a_weight(baseline, tmp_path):
    text = "region_id,rate\nxian,0.5\nyulin,1\n"
    plan = planned(tmp_path, execution=text)
    assert plan.table.equals(baseline.table)
    weight = {"hardship": {"claim": 0.5, "fiscal_weakness": 0, "execution": 0.5}}
    tilted = sw.allocate(plan.inputs, plan.scenario.with_values(factor_weight=weight))
    assert tilted.target.loc["xian", "hardship"] < tilted.target.loc["yulin", "hardship"] * 4
    rows = dict(beside.execution(plan, named(plan)).rows)
    assert (rows["西安市"], rows["宝鸡市"]) == (0.5, None)


def test_city_money_and_money_from_elsewhere_never_move_the_plan(baseline, tmp_path):
    write_folder(baseline.inputs, tmp_path)
    for name in ("matching", "elsewhere"):
        (tmp_path / f"{name}.csv").unlink()
    plan = sw.allocate(sw.load_inputs(tmp_path), baseline.scenario)
    assert plan.table.equals(baseline.table)
    assert plan.reserve == baseline.reserve


def test_city_money_is_shown_beside_and_in_no_total(baseline):
    table = beside.matching(baseline, named(baseline))
    assert [(row[0], row[2]) for row in table.rows] == [
        ("西安市", 21_100_000),
        ("榆林市", 4_000_000),
    ]
    assert table.totals == ()


def test_money_from_elsewhere_names_its_source(baseline):
    (row,) = beside.elsewhere(baseline, named(baseline)).rows
    assert (row[1], row[2], row[3], row[4]) == ("困难劳模", "全省", 12_250_000, "推算")


def test_last_years_totals_may_come_without_groups(baseline, tmp_path):
    units = baseline.table.sum(axis=1)
    text = "region_id,group_id,yuan\n" + "".join(f"{r},,{y}\n" for r, y in units.items())
    plan = planned(tmp_path, last_year=text)
    banded = sw.allocate(plan.inputs, plan.scenario.with_values(change_band=[-0.01, 0.01]))
    moved = banded.table.sum(axis=1) / units - 1
    assert moved.abs().max() <= 0.0101


OPTIONAL = {
    "follow_up": ("paid", PAID),
    "overlap": ("overlap", "group_a,group_b,rate,paid_in\nhardship,migrant,0.1,hardship\n"),
    "execution": ("execution", "region_id,rate\nxian,0.9\n"),
}


@pytest.mark.parametrize("table", OPTIONAL)
def test_an_optional_table_has_a_place_in_the_report_and_none_when_it_is_not_there(
    table, baseline, tmp_path
):
    caption = words("zh").say(f"beside.{table}.caption")
    name, text = OPTIONAL[table]
    assert caption not in captions(baseline)
    assert caption in captions(planned(tmp_path, **{name: text}))


def test_the_workbook_has_a_sheet_of_follow_up_where_there_is_something_to_follow(
    baseline, tmp_path
):
    name = words("zh").say("sheet.follow_up.name")
    assert name not in plan_workbook(baseline).sheetnames
    sheet = plan_workbook(planned(tmp_path, paid=PAID))[name]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any(row[2] == 1_200_000 for row in values)
    assert pd.Series([row[2] for row in values[4:-1]]).astype(float).iloc[:-1].sum() == 15_200_000


def test_the_plan_in_force_may_be_the_last_plans_own_file(baseline, tmp_path):
    text = plan_csv(baseline)
    rows = [line for line in text.splitlines() if not line.startswith(",,")]
    plan = planned(tmp_path, in_force="\n".join(rows))
    assert (cells_of(plan)["change"] == 0).all()
