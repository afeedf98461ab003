"""The panel's files: what differs is saved, nothing is lost, results go beside others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
import sendwarmth as sw
import yaml
from conftest import PARAMS
from openpyxl import load_workbook
from sendwarmth.run.desk import Desk
from sendwarmth.run.project import Project
from sendwarmth.view.panel import Panel


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    shutil.copytree(PARAMS, tmp_path / "params")
    (tmp_path / "outputs").mkdir()
    return Desk(Project(tmp_path))


@pytest.fixture
def panel(desk: Desk) -> Panel:
    return Panel(*desk.open("baseline"), files=desk)


def press(panel: Panel, button: str) -> str:
    """Press one of the panel's buttons; return what it says."""
    panel.bar.buttons[button].click()
    return panel.bar.told.value


def move(panel: Panel, **levers) -> None:
    serial = panel.dashboard.settled["serial"] + 1
    position = {**panel.position, **levers}
    panel.dashboard.settled = {"serial": serial, "position": position}


LOCK = {"region": "yulin", "group": "migrant", "yuan": 1_200_000, "who": "no", "why": "12:30"}


def test_a_saved_scenario_states_only_what_differs(desk: Desk) -> None:
    _, baseline = desk.open("baseline")
    changed = {"reserve": 0.000001, "per_head_max": {"skilled": None}, "locks": [LOCK]}
    path = desk.save(baseline, changed, "trial")
    stated = yaml.safe_load(path.read_text())
    assert stated["extends"] == "baseline"
    assert set(stated["values"]) == set(changed)
    saved = sw.load_scenario(path)
    assert saved.values == baseline.with_values(**changed).values
    assert "skilled" not in saved.values["per_head_max"]


def test_a_file_is_never_replaced_without_asking(desk: Desk) -> None:
    _, baseline = desk.open("baseline")
    before = (desk.project.scenarios / "fund-80m.yaml").read_text()
    with pytest.raises(FileExistsError):
        desk.save(baseline, {"budget_yuan": 1}, "fund-80m")
    assert (desk.project.scenarios / "fund-80m.yaml").read_text() == before


def test_a_scenario_saved_under_its_own_name_keeps_its_parent(desk: Desk) -> None:
    _, fund = desk.open("fund-80m")
    path = desk.save(fund, {"budget_yuan": 81_000_000}, "fund-80m", over=True)
    saved = sw.load_scenario(path)
    assert (saved.extends, saved.values["budget_yuan"]) == ("baseline", 81_000_000)
    assert saved.values["per_head_min"]["hardship"] == 1_800
    assert saved.title == fund.title


def test_a_scenario_cannot_come_to_extend_itself(desk: Desk) -> None:
    _, fund = desk.open("fund-80m")
    before = (desk.project.scenarios / "baseline.yaml").read_text()
    with pytest.raises(sw.InputError, match="fund-80m"):
        desk.save(fund, {"budget_yuan": 81_000_000}, "baseline", over=True)
    assert (desk.project.scenarios / "baseline.yaml").read_text() == before


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "a\\b"])
def test_a_name_that_is_no_file_name_is_refused(desk: Desk, name: str) -> None:
    _, baseline = desk.open("baseline")
    with pytest.raises(sw.InputError):
        desk.save(baseline, {}, name)


def test_values_that_are_not_valid_are_not_saved(desk: Desk, panel: Panel) -> None:
    move(panel, per_head_min__hardship=4_000)
    panel.bar.name.value = "trial"
    assert "4,000" in press(panel, "save")
    assert "trial" not in desk.names()


def test_limits_that_clash_can_be_saved_and_opened_again(desk: Desk, panel: Panel) -> None:
    move(panel, region_floor_yuan=8_000_000)
    panel.bar.name.value = "trial"
    assert "trial.yaml" in press(panel, "save")
    panel.load("trial")
    assert panel.dashboard.answer["status"] == "clash"


def test_the_panel_asks_before_it_replaces(desk: Desk, panel: Panel) -> None:
    move(panel, budget_yuan=90_000_000)
    panel.bar.name.value = "fund-80m"
    assert "fund-80m" in press(panel, "save")
    assert desk.open("fund-80m")[1].values["budget_yuan"] == 80_000_000
    panel.bar.name.value = "same-standard"
    assert "same-standard" in press(panel, "save")
    assert desk.open("same-standard")[1].values["budget_yuan"] == 92_000_000
    press(panel, "save")
    assert desk.open("same-standard")[1].values["budget_yuan"] == 90_000_000


def test_each_export_is_a_file_of_its_own(desk: Desk, panel: Panel) -> None:
    move(panel, budget_yuan=90_000_000)
    press(panel, "export")
    move(panel, budget_yuan=91_000_000)
    press(panel, "export")
    assert [path.name for path in panel.paths] == ["baseline.xlsx", "baseline-2.xlsx"]
    assert all(load_workbook(path).sheetnames for path in panel.paths)


def test_there_is_nothing_to_export_where_limits_clash(panel: Panel) -> None:
    move(panel, region_floor_yuan=8_000_000)
    assert "8,000,000" in press(panel, "export")
    assert panel.paths == []


def test_names_of_scenarios_are_shown_as_text(panel: Panel) -> None:
    panel.bar.tell("<script>alert(1)</script>")
    assert "<script>" not in panel.bar.told.value


@pytest.mark.slow
def test_the_report_is_of_the_values_on_screen(desk: Desk, panel: Panel) -> None:
    shutil.copytree(PARAMS.parent / "notebooks", desk.project.root / "notebooks")
    move(panel, budget_yuan=90_000_000)
    press(panel, "report")
    (page,) = panel.paths
    assert page == desk.project.outputs / "panel" / "baseline-panel.html"
    assert "90,000,000" in page.read_text(encoding="utf-8")
    assert desk.names() == Desk(Project(PARAMS.parent)).names()


def test_a_unit_opens_with_what_the_level_above_gives_it(desk: Desk, baseline: sw.Plan) -> None:
    assert desk.names("baseline")[-1] == "baseline/shangluo"
    inputs, scenario = desk.open("baseline/shangluo")
    given = baseline.table.loc["shangluo"].to_dict()
    assert sw.allocate(inputs, scenario).table.sum().to_dict() == given
    assert desk.names("baseline/shangluo")[-1] == "baseline/shangluo"


def test_a_unit_that_is_not_there_is_refused_with_the_nearest(desk: Desk) -> None:
    with pytest.raises(sw.InputError, match="shangluo"):
        desk.open("baseline/shanglu")


def test_the_panel_goes_down_to_a_unit_and_up_again(panel: Panel, baseline: sw.Plan) -> None:
    panel.bar.lists["load"].value = "baseline/shangluo"
    press(panel, "open")
    assert panel.plan.table.sum().to_dict() == baseline.table.loc["shangluo"].to_dict()
    assert "budget_yuan" not in panel.controls.levers
    assert panel.bar.lists["compare"].value == "baseline/shangluo"
    assert "fund-80m/shangluo" in panel.bar.lists["compare"].options
    assert panel.bar.name.disabled
    panel.bar.lists["load"].value = "baseline"
    press(panel, "open")
    pd.testing.assert_frame_equal(panel.plan.table, baseline.table)
    assert not panel.bar.name.disabled
    assert panel.bar.name.value == ""
    assert panel.bar.lists["compare"].value == "baseline"


def test_a_units_values_are_saved_beside_its_tables_after_asking(panel: Panel, desk: Desk) -> None:
    panel.bar.lists["load"].value = "baseline/shangluo"
    press(panel, "open")
    move(panel, region_floor_yuan=300_000)
    press(panel, "save")
    file = desk.project.tables / "levels" / "shangluo" / "scenario.yaml"
    assert "region_floor_yuan" not in file.read_text(encoding="utf-8")
    press(panel, "save")
    stated = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert stated["values"]["region_floor_yuan"] == 300_000
    assert stated["values"]["unit_yuan"] == 100
    assert "budget_yuan" not in stated["values"]
    inputs, scenario = desk.open("baseline/shangluo")
    assert sw.allocate(inputs, scenario).table.sum(axis=1).min() == 300_000


def test_the_report_of_a_unit_on_screen_is_made(panel: Panel) -> None:
    panel.bar.lists["load"].value = "baseline/shangluo"
    press(panel, "open")
    press(panel, "report")
    (page,) = panel.paths
    assert page.name == "baseline-shangluo.html"
    assert "商州区" in page.read_text(encoding="utf-8")
    press(panel, "export")
    assert panel.paths[-1].name == "baseline-shangluo.xlsx"
