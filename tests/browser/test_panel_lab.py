"""The panel in JupyterLab, driven as a planner drives it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sendwarmth as sw
from browser.panel_page import PanelPage, open_lab
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

XIAN, XIANYANG, HARDSHIP, MIGRANT = 0, 3, 0, 2
SOUTH = (7, 9, 10)


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: str) -> PanelPage:
    return open_lab(browser, lab_server)


@pytest.fixture
def lab(opened: PanelPage) -> PanelPage:
    opened.reset()
    return opened


def test_money_follows_the_slider_before_it_is_let_go(lab: PanelPage) -> None:
    before, during = lab.totals(), []

    def look() -> None:
        lab.phase("preview")
        lab.page.wait_for_timeout(100)
        during.extend(lab.totals())

    lab.drag("factor_weight__fiscal_weakness", 40, look)
    assert all(during[row] > before[row] for row in SOUTH)
    assert during[XIAN] < before[XIAN]
    lab.answered()
    assert lab.totals() == pytest.approx(during, abs=0.2)
    assert sum(lab.totals()) == pytest.approx(8_740.0)


def test_a_slider_obeys_keys_inside_a_notebook(lab: PanelPage) -> None:
    lab.press("budget_yuan", "ArrowRight", "ArrowRight")
    lab.answered()
    assert lab.readout("budget_yuan") == "93,000,000"
    assert lab.figure("allocated") == "8,835.0万元"
    lab.press("budget_yuan", "End")
    lab.answered()
    assert lab.readout("budget_yuan") == "110,000,000"


def test_a_locked_cell_keeps_its_amount_and_others_give_way(lab: PanelPage) -> None:
    lab.cell(XIANYANG, HARDSHIP).click()
    form = lab.page.locator(".sw-lock")
    form.locator("input").nth(0).fill("450")
    form.get_by_role("button", name="锁定").click()
    expect(form).to_contain_text("请填写谁定的和理由")
    form.locator("input").nth(1).fill("主席办公会")
    form.locator("input").nth(2).fill("灾情")
    form.get_by_role("button", name="锁定").click()
    lab.answered()
    assert lab.amount(XIANYANG, HARDSHIP) == 450.0
    lab.press("budget_yuan", "ArrowLeft")
    lab.answered()
    assert lab.amount(XIANYANG, HARDSHIP) == 450.0
    lab.cell(XIANYANG, HARDSHIP).click()
    form.get_by_role("button", name="解锁").click()
    lab.answered()
    assert lab.amount(XIANYANG, HARDSHIP) < 450.0


def test_every_step_can_be_undone_and_redone(lab: PanelPage) -> None:
    start = lab.totals()
    lab.press("budget_yuan", "ArrowRight")
    lab.answered()
    moved = lab.totals()
    lab.tool("undo").click()
    lab.answered()
    assert lab.totals() == start
    assert lab.readout("budget_yuan") == "92,000,000"
    lab.tool("redo").click()
    lab.answered()
    assert lab.totals() == moved
    lab.tool("reset").click()
    lab.answered()
    assert lab.totals() == start


def test_limits_that_clash_are_explained_and_repaired_by_a_button(lab: PanelPage) -> None:
    lab.press("region_floor_yuan", "End")
    lab.answered("clash")
    notice = lab.page.locator(".sw-notice")
    repair = notice.get_by_role("button", name="单位保底")
    expect(repair).to_be_visible(timeout=20_000)
    assert "不能同时满足" in notice.inner_text()
    assert "3,000,000" in repair.inner_text()
    repair.click()
    lab.answered()
    expect(notice).to_be_hidden()
    assert min(lab.totals()) < 300.0
    expect(lab.page.locator(".sw-lever-region_floor_yuan .widget-readout").first).to_have_text(
        "697,000"
    )


def test_all_levers_are_there_for_experts(lab: PanelPage) -> None:
    tabs = lab.page.locator(".sw-levers .lm-TabBar-tab")
    tabs.nth(1).click()
    sections = lab.page.locator(".sw-levers .jupyter-widget-Collapse-header")
    assert sections.count() == 5
    sections.nth(2).click()
    lab.press("group_share__hardship", "ArrowRight")
    lab.answered()
    assert lab.page.locator(".sw-lever-group_share__on input").is_checked()
    shares = lab.page.locator("[class*=sw-lever-group_share__] .widget-readout").all_inner_texts()
    assert sum(float(share.strip("%")) for share in shares) == pytest.approx(100.0)
    sections.nth(2).click()
    tabs.nth(0).click()


def test_the_panel_speaks_english_on_demand(lab: PanelPage) -> None:
    lab.tool("language").click()
    expect(lab.page.locator(".sw-chip")).to_have_text("Exact")
    assert lab.figure("allocated") == "87.400 million"
    expect(lab.page.locator(".sw-lever-budget_yuan label").first).to_have_text("Fund")
    expect(lab.page.locator(".sw-files")).to_contain_text("Save scenario")
    lab.tool("language").click()
    expect(lab.page.locator(".sw-files")).to_contain_text("保存方案")


def test_a_saved_scenario_says_what_differs_and_makes_the_same_plan(
    lab: PanelPage, project: Path
) -> None:
    lab.drag("factor_weight__fiscal_weakness", 40)
    lab.answered()
    shown = lab.totals()
    files = lab.page.locator(".sw-files")
    name = files.locator("input[type=text]")
    name.fill("试算")
    name.press("Tab")
    files.get_by_role("button", name="保存方案").click()
    expect(files).to_contain_text("已保存")
    saved = sw.load_scenario(project / "params/scenarios/试算.yaml")
    assert saved.extends == "baseline"
    plan = sw.allocate(sw.load_inputs(project / "params/data"), saved)
    assert [yuan / 10_000 for yuan in plan.table.sum(axis=1)] == pytest.approx(shown)
    files.get_by_role("button", name="保存方案").click()
    expect(files).to_contain_text("才会改写")
    files.get_by_role("button", name="确认覆盖").click()
    expect(files).to_contain_text("已保存")


def test_another_scenario_can_be_loaded_and_compared_with(lab: PanelPage) -> None:
    files = lab.page.locator(".sw-files")
    files.locator("select").nth(0).select_option("fund-80m")
    files.get_by_role("button", name="打开").click()
    lab.loaded("八千万元方案")
    assert lab.figure("allocated") == "7,600.0万元"
    files.locator("select").nth(1).select_option("southern-tilt")
    caption = lab.page.locator(".sw-changes figcaption")
    expect(caption).to_contain_text("陕南倾斜方案")
    files.locator("select").nth(0).select_option("baseline")
    files.get_by_role("button", name="打开").click()
    lab.loaded("基准方案")


def test_values_outside_a_lever_are_told_and_kept(lab: PanelPage) -> None:
    files = lab.page.locator(".sw-files")
    files.locator("select").nth(0).select_option("far")
    files.get_by_role("button", name="打开").click()
    lab.loaded("超出滑块")
    expect(files).to_contain_text("“资金总额”为 125,000,123")
    expect(files).to_contain_text("“取整单位”为 500，")
    lab.page.locator(".sw-bound summary").click()
    expect(lab.page.locator(".sw-bound details")).to_contain_text("125,000,123")
    assert lab.readout("budget_yuan") == "125,000,123"
    assert lab.figure("allocated") == "11,875.0万元"
    files.locator("select").nth(0).select_option("baseline")
    files.get_by_role("button", name="打开").click()
    lab.loaded("基准方案")


def test_the_workbook_and_the_report_are_of_what_is_on_screen(
    lab: PanelPage, browser: Browser, project: Path
) -> None:
    lab.press("budget_yuan", "ArrowRight")
    lab.answered()
    files = lab.page.locator(".sw-files")
    files.get_by_role("button", name="导出 Excel").click()
    expect(files).to_contain_text("已导出", timeout=20_000)
    folder = project / "outputs" / "panel"
    assert load_workbook(folder / "baseline.xlsx").sheetnames
    files.get_by_role("button", name="生成报告").click()
    expect(files).to_contain_text("报告已生成", timeout=60_000)
    page = browser.new_page()
    page.goto((folder / "baseline-panel.html").as_uri())
    expect(page.locator("body")).to_contain_text("8,787.5")
    page.close()


def test_a_lever_says_what_it_means_and_a_standard_what_it_comes_to(lab: PanelPage) -> None:
    lab.handle("budget_yuan").focus()
    said = lab.page.locator(".sw-help")
    expect(said).to_contain_text("本次送温暖资金总额")
    expect(said).to_contain_text("70,000,000—110,000,000，每步 500,000")
    standard = lab.page.locator(".sw-lever-standard__hardship").first
    assert standard.get_attribute("data-out") == "折合 2,000（1,809—2,215）"
    lab.press("budget_yuan", "ArrowRight", "ArrowRight")
    lab.answered()
    assert standard.get_attribute("data-out") == "折合 2,022（1,829—2,238）"


def test_nothing_is_hidden_from_a_screen_reader(lab: PanelPage) -> None:
    assert lab.violations() == []


def test_the_saved_notebook_stays_small(lab: PanelPage, project: Path) -> None:
    lab.page.get_by_role("menuitem", name="File", exact=True).click()
    lab.page.get_by_role("menuitem", name="Save Notebook").first.click()
    saved = project / "notebooks" / "1_planner.ipynb"
    lab.page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    assert "widget-view" in saved.read_text(encoding="utf-8")
    assert saved.stat().st_size < 200_000


def test_the_panel_fits_a_narrow_window(lab: PanelPage) -> None:
    lab.page.set_viewport_size({"width": 390, "height": 844})
    lab.page.locator(".jp-SideBar [data-id=filebrowser]").click()  # puts the list of files away
    wide = "panel => [panel.clientWidth, panel.scrollWidth]"
    own, needed = lab.panel.evaluate(wide)
    assert (own > 200, needed <= own) == (True, True)
    lab.press("budget_yuan", "ArrowRight")
    lab.answered()
    assert lab.figure("allocated") == "8,787.5万元"
    lab.page.locator(".jp-SideBar [data-id=filebrowser]").click()
    lab.page.set_viewport_size({"width": 1_280, "height": 2_400})


def test_nothing_has_gone_wrong_on_the_page(lab: PanelPage) -> None:
    assert lab.errors == []
    assert lab.page.locator(".Toastify__toast").count() == 0
    others = [u for u in lab.requests if urlsplit(u).hostname not in ("127.0.0.1", None)]
    assert others == []
