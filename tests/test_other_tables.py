"""Nothing assumes thirteen units and five groups: other tables run from a workbook to the pages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import sendwarmth as sw
from pages import report_notebook
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.reading.plain import plain_tables
from sendwarmth.model.scenario import read_scenario
from sendwarmth.model.tables import RawTable
from sendwarmth.run.inputs import described, load_inputs
from sendwarmth.run.plan_files import plan_csv
from sendwarmth.run.plan_workbook import plan_workbook
from sendwarmth.run.template import write_template
from sendwarmth.view import report
from sendwarmth.view.story import Story

PARAMS = Path(__file__).parents[1] / "params"
BASELINE = sw.load_scenario(PARAMS / "scenarios" / "baseline.yaml")


def with_tables(**tables: pd.DataFrame) -> Inputs:
    """Return the shipped tables with some of them exchanged, without the optional ones."""
    plain = plain_tables(load_inputs(PARAMS / "data"), described())
    frames = {
        name: plain[name] for name in ("regions", "groups", "standards", "eligible", "sources")
    }
    raw = {
        name: RawTable(frame.set_axis(range(2, 2 + len(frame))), f"{name}.csv")
        for name, frame in {**frames, **tables}.items()
    }
    return read_tables(raw, described(), "other")


def unions(count: int) -> Inputs:
    """Return the cities and a number of industrial unions, each a row of its own."""
    plain = plain_tables(load_inputs(PARAMS / "data"), described())
    regions, eligible = plain["regions"], plain["eligible"]
    one = regions[regions["region_id"] == "industry"]
    heads = eligible[eligible["region_id"] == "industry"]
    rows, cells = [regions.drop(one.index)], [eligible.drop(heads.index)]
    for n in range(count):
        named = {"region_id": f"union{n}", "name_zh": f"第{n}产业工会", "name_en": f"Union {n}"}
        rows.append(one.assign(**named, short_zh="", short_en=""))
        shares = (heads["heads"].astype(int) + n) // count
        cells.append(heads.assign(region_id=f"union{n}", heads=shares.astype(str)))
    return with_tables(regions=pd.concat(rows), eligible=pd.concat(cells))


def sixth_group() -> Inputs:
    """Return the shipped tables with a group nobody has thought of."""
    plain = plain_tables(load_inputs(PARAMS / "data"), described())
    new = {"group_id": "couriers", "name_zh": "快递员", "name_en": "Couriers"}
    groups, standards = plain["groups"], plain["standards"]
    like = groups[groups["group_id"] == "skilled"].assign(**new)
    paid = standards[standards["group_id"] == "skilled"].assign(
        group_id="couriers", label_zh="快递员", label_en="Couriers"
    )
    cells = plain["eligible"]
    heads = cells[cells["group_id"] == "skilled"].assign(group_id="couriers", heads="100")
    return with_tables(
        groups=pd.concat([groups, like]),
        standards=pd.concat([standards, paid]),
        eligible=pd.concat([cells, heads]),
    )


def only(region: str, group: str = "") -> Inputs:
    """Return the shipped tables cut to one unit, and to one group if it is named."""
    plain = plain_tables(load_inputs(PARAMS / "data"), described())
    cut = {
        "regions": plain["regions"][plain["regions"]["region_id"] == region],
        "eligible": plain["eligible"][plain["eligible"]["region_id"] == region],
    }
    if group:
        for name in ("groups", "standards"):
            cut[name] = plain[name][plain[name]["group_id"] == group]
        cut["eligible"] = cut["eligible"][cut["eligible"]["group_id"] == group]
        cut["sources"] = plain["sources"][plain["sources"]["groups"] == "all"]
    return with_tables(**cut)


def fitting(inputs: Inputs) -> sw.Scenario:
    """Return a scenario with the fund the tables claim, and nothing about groups they lack."""
    values = {
        name: {
            group: yuan for group, yuan in BASELINE.values[name].items() if group in inputs.heads
        }
        for name in ("per_head_min", "per_head_max")
    }
    claims = int(inputs.claims(inputs.table_standard).to_numpy().sum())
    values |= {"budget_yuan": claims // 950_000 * 1_000_000, "rule": "proportional"}
    return read_scenario({"values": values}, "fitting")


TABLES = {
    "fifteen unions": lambda: unions(15),
    "a sixth group": sixth_group,
    "one city": lambda: only("yulin"),
    "one union": lambda: only("industry"),
    "one city and one group": lambda: only("yulin", "on_duty"),
}


@pytest.mark.parametrize("name", TABLES)
def test_other_tables_have_an_exact_plan_and_whole_pages(name, tmp_path):
    inputs = TABLES[name]()
    write_template(inputs, tmp_path / "t.xlsx", "zh")
    read = load_inputs(tmp_path / "t.xlsx")
    assert read.digests == inputs.digests
    scenario = fitting(read)
    plan = sw.allocate(read, scenario)
    assert plan.table.shape == inputs.heads.shape
    assert int(plan.table.to_numpy().sum()) + plan.reserve == scenario.values["budget_yuan"]
    assert len(plan_csv(plan).splitlines()) == plan.table.size + 2
    assert plan_workbook(plan).worksheets[0].max_column == len(read.group_ids) + 2
    for language in ("zh", "en"):
        html = report.page(report_notebook(Story(plan, language, {}, {})))
        for unit in read.regions[f"name_{language}"]:
            assert unit.replace("'", "&#39;") in html


def test_fifteen_unions_share_what_one_row_had(baseline):
    plan = sw.allocate(unions(15), BASELINE.with_values(region_floor_yuan=0))
    one = sw.allocate(with_tables(), BASELINE.with_values(region_floor_yuan=0))
    rows = [region for region in plan.table.index if region.startswith("union")]
    assert len(rows) == 15
    together = plan.table.loc[rows].to_numpy().sum()
    assert together == pytest.approx(one.table.loc["industry"].sum(), rel=0.001)
