"""Pages in a real browser, opened from disk with the network off."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import chromium
from pages import comparison_notebook, notebook_of, report_notebook, robustness_notebook
from playwright.sync_api import Browser, Page
from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding, Place
from sendwarmth.model.robust.trials import Trials
from sendwarmth.run.inputs import described
from sendwarmth.view import report
from sendwarmth.view.bundle import SHARED_NAME, shared_file
from sendwarmth.view.contrast import Contrast
from sendwarmth.view.holdings import Holdings
from sendwarmth.view.overview import entry, failed_entry
from sendwarmth.view.robust.story import Robustness
from sendwarmth.view.story import Story

pytestmark = pytest.mark.browser

DRAWN = """() => [...document.querySelectorAll('.plot')]
    .filter((plot) => !plot.closest('details:not([open])'))
    .every((plot) => plot.dataset.drawn === 'done')"""
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
PATIENCE = 20_000
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> javascript:alert(1)"
ROBUST = ("zh/robustness", "en/robustness")
PAGES = (
    *("zh/report", "en/report", "zh/comparison", "en/comparison", "zh/inputs", "en/inputs"),
    *("zh/index", "en/error"),
    *ROBUST,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def plans(baseline, inputs) -> dict[str, Plan]:
    tilted = baseline.scenario.with_values(
        factor_weight={"hardship": {"claim": 0.5, "fiscal_weakness": 0.5}},
        limits=[{"name": NASTY, "regions": "all", "groups": "all", "floor_yuan": 1}],
    )
    other = replace(tilted, name="other", title=dict.fromkeys(("zh", "en"), NASTY), author=NASTY)
    return {"baseline": baseline, "other": allocate(inputs, other)}


@pytest.fixture(scope="module")
def folder(plans, inputs, tmp_path_factory) -> Path:
    """Write every kind of page in both languages, with hostile text where text can come from."""
    folder = tmp_path_factory.mktemp("pages")
    trials = Trials(plans["baseline"], {"other": plans["other"]}, seed=7, draws=500)
    for language in ("zh", "en"):
        into = folder / language
        into.mkdir()
        failed = Finding("cell_blank", "error", Place(file=NASTY, row=3))
        others = {"other": plans["other"], "broken": (failed,)}
        made = {"files": {"baseline": NASTY}, "versions": {"python": "3"}, "made": "now"}
        story = Story(plans["baseline"], language, others, made)
        held = Holdings(inputs, described(), language)
        shown = (held.opening(), held.heads(), held.tables(), held.quality(), held.where_from())
        cards = [
            entry(plans["other"], language, {"report": "report.html"}),
            failed_entry("broken", [NASTY], language),
        ]
        texts = {
            "report": report.page(report_notebook(story), home="index.html"),
            "shared": report.page(report_notebook(story), shared=SHARED_NAME),
            "other": report.page(report_notebook(Story(plans["other"], language))),
            "robustness": report.page(robustness_notebook(Robustness(trials, language, {}, made))),
            "comparison": report.page(comparison_notebook(Contrast(plans, language))),
            "inputs": report.page(notebook_of(*shown)),
            "index": report.index_page(cards, language, assumed=1.0),
            "error": report.error_page(NASTY, [failed, NASTY], language, cell=NASTY),
        }
        for name, text in texts.items():
            (into / f"{name}.html").write_text(text, encoding="utf-8")
        (into / SHARED_NAME).write_text(shared_file(), encoding="utf-8")
    return folder


@dataclass
class Opened:
    """A page, and what it did that it should not."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser, folder) -> Iterator[Any]:
    contexts = []

    def go(name: str, **wishes: Any) -> Opened:
        size = {"width": wishes.pop("width", 1280), "height": 900}
        context = browser.new_context(viewport=size, offline=True, **wishes)
        contexts.append(context)
        seen = Opened(context.new_page())
        address = (folder / f"{name}.html").as_uri()
        seen.page.on("request", lambda r: seen.requests.append(r.url))
        seen.page.on("console", lambda m: seen.said.append(m.text))
        seen.page.on("pageerror", lambda e: seen.said.append(str(e)))
        seen.page.on("dialog", lambda d: seen.said.append(d.message))
        seen.page.goto(address)
        seen.page.wait_for_function(DRAWN, timeout=PATIENCE)
        if seen.page.locator("#levers").count():
            seen.page.wait_for_selector(".live .sw-tiles dd", timeout=PATIENCE)
        seen.requests.remove(address)
        return seen

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", [*PAGES, "zh/other", "en/other"])
def test_a_page_opens_from_disk_without_a_request_or_a_complaint(opened, name: str) -> None:
    seen = opened(name)
    seen.page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    seen.page.wait_for_function(DRAWN, timeout=PATIENCE)
    assert seen.requests == []
    assert seen.said == []


def test_every_chart_is_drawn_and_none_offers_to_share_it(opened) -> None:
    page = opened("zh/report").page
    shown = page.locator(".plot[data-drawn=done] .main-svg").count()
    assert shown > 0
    page.locator(".plot").first.hover()
    assert page.locator(".modebar-btn, a[href*=plotly]").count() == 0
    assert page.locator("p.failed:visible").count() == 0


@pytest.mark.parametrize("name", ROBUST)
def test_every_chart_on_robustness_has_its_four_lines_and_its_figures(opened, folder, name) -> None:
    page = opened(name).page
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    charts = page.locator("figure.chart")
    assert charts.count() == 11
    for k in range(charts.count()):
        chart = charts.nth(k)
        assert chart.locator(".main-svg").count() > 0
        assert chart.locator("dl.caption dt").count() == 4
        assert chart.locator("details.behind tbody tr").count() > 0
    assert page.locator(".modebar-btn, a[href*=plotly]").count() == 0
    assert (folder / f"{name}.html").stat().st_size < 2_200_000


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_light_and_dark(opened, name: str) -> None:
    # The policy would keep axe itself out.
    page = opened(name, bypass_csp=True).page
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_window(opened, name: str) -> None:
    page = opened(name).page
    for width in (1280, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("name", ["zh/report", "en/report", "zh/comparison", "en/comparison"])
def test_every_table_fits_a_desk_s_window(opened, name: str) -> None:
    page = opened(name).page
    wide = """[...document.querySelectorAll('.scroll')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1)
        .map((box) => box.getAttribute('aria-label'))"""
    assert page.evaluate(wide) == []


def test_the_name_of_a_row_stays_in_sight_on_a_phone(opened) -> None:
    page = opened("zh/report", width=390).page
    box = page.locator("#allocation ~ .scroll").first
    name = box.locator("tbody th").first
    before = name.bounding_box()
    box.evaluate("(e) => e.scrollBy(400, 0)")
    assert box.evaluate("(e) => e.scrollLeft") > 100
    after = name.bounding_box()
    assert before["x"] == pytest.approx(after["x"], abs=1)


def test_the_policy_keeps_out_a_script_that_is_not_the_page_s_own(opened) -> None:
    page = opened("zh/report").page
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.broken = true';
        document.body.append(script);
        const image = '<img src=x onerror="globalThis.broken = 1">';
        document.body.insertAdjacentHTML('beforeend', image);
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("globalThis.broken") is None


def test_exact_yuan_are_shown_on_demand(opened) -> None:
    page = opened("zh/report").page
    cell = page.locator("#allocation ~ div td.money").first
    assert cell.inner_text() == "1,441.0"
    page.get_by_label("显示精确到元").check()
    assert cell.inner_text() == "14,410,000"


def test_the_keyboard_reaches_the_text_first_and_opens_a_unit(opened) -> None:
    page = opened("zh/report").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    unit = page.locator("details.unit").first
    unit.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    assert unit.locator(".main-svg").count() > 0
    unit.locator("details.behind summary").focus()
    page.keyboard.press("Enter")
    assert unit.locator("table").is_visible()


def test_colours_follow_the_scheme_in_charts_too(opened) -> None:
    page = opened("zh/report").page
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        style = "(e) => getComputedStyle(e).fill"
        colours.append(page.locator(".plot text").first.evaluate(style))
    assert colours[0] != colours[1]


def test_a_browser_that_cannot_unpack_says_so_and_shows_the_table(opened) -> None:
    page = opened("zh/report").page
    page.add_init_script("delete globalThis.DecompressionStream")
    page.reload()
    page.wait_for_function("() => document.querySelector('p.failed:not([hidden])')")
    assert "图表未能显示" in page.locator("p.failed:visible").first.inner_text()


def test_pages_of_a_folder_draw_with_the_copy_they_share(opened) -> None:
    seen = opened("zh/shared")
    assert seen.page.locator(".plot .main-svg").count() > 0
    assert [Path(url).name for url in seen.requests] == [SHARED_NAME]
    assert seen.said == []


def test_a_printed_report_is_a4_with_page_numbers_and_repeated_heads(opened, tmp_path) -> None:
    page = opened("zh/report").page
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    told = subprocess.check_output(["pdfinfo", tmp_path / "page.pdf"], text=True)
    assert re.search(r"Page size:\s+59\d\.?\d* x 84[12]", told)
    count = int(re.search(r"Pages:\s+(\d+)", told)[1])
    text = subprocess.check_output(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], text=True)
    sheets = text.split("\f")[:count]
    assert all(f"{number} / {count}" in sheet for number, sheet in enumerate(sheets, start=1))
    assert "跳到正文" not in text
    for wanted in ("示例数据，待核实", "提请审议事项", "分管领导", "附录二"):
        assert wanted in text
    # A table that fits one page is on one page, and levers at the plan submitted are left out.
    (allocation,) = [sheet for sheet in sheets if "分配表（单位：万元）" in sheet]
    assert all(name in allocation for name in ("西安市", "省级产业工会", "资金总额"))
    assert "回到送审方案" not in text
    assert "单位保底、上限与步幅" not in text


AGREES = ".live [data-agrees=true]"
STATE = ".live .state"


def slide(page: Page, name: str, value: float) -> None:
    page.locator(f"input[name={name}]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


@pytest.mark.parametrize("name", ["zh/report", "en/report", "zh/other"])
def test_a_page_works_the_plan_out_again_and_finds_it_as_written(opened, name: str) -> None:
    page = opened(name).page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    page.wait_for_selector(".sw-chip[data-phase=exact]", timeout=PATIENCE)
    assert page.locator(STATE).get_attribute("data-away") == "false"


def test_any_other_position_is_marked_and_the_way_back_is_one_button(opened) -> None:
    seen = opened("zh/report")
    page = seen.page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    slide(page, "budget_yuan", 100_000_000)
    page.wait_for_selector(".sw-chip[data-phase=preview]")
    assert page.locator(STATE).inner_text() == "非送审方案"
    assert "9,500.0万元" in page.locator(".sw-tiles").inner_text()
    page.get_by_text("回到送审方案").click()
    page.wait_for_selector(".sw-chip[data-phase=exact]")
    assert page.locator(STATE).inner_text() == "送审方案"
    assert "8,740.0万元" in page.locator(".sw-tiles").inner_text()
    assert (seen.requests, seen.said) == ([], [])


def test_a_lever_moves_by_the_keyboard(opened) -> None:
    page = opened("zh/report").page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    lever = page.get_by_label("资金总额")
    lever.focus()
    page.keyboard.press("ArrowRight")
    assert lever.get_attribute("aria-valuetext") == "9,250.0万元"
    assert page.locator(STATE).inner_text() == "非送审方案"


def test_limits_that_clash_are_said_and_the_last_picture_stays(opened) -> None:
    page = opened("zh/report").page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    slide(page, "region_floor_yuan", 3_000_000)
    page.wait_for_selector(".sw-chip[data-phase=clash]")
    assert "这些取值不能同时满足" in page.locator(".sw-notice").inner_text()
    assert "8,740.0万元" in page.locator(".sw-tiles").inner_text()


def test_a_link_leads_back_to_its_position_and_bad_ones_lead_nowhere(opened) -> None:
    page = opened("zh/report").page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    slide(page, "budget_yuan", 100_000_000)
    page.get_by_text("复制此位置的链接").click()
    page.wait_for_function("() => location.hash.startsWith('#at=')")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(".live .state[data-away=true]", timeout=PATIENCE)
    assert page.locator("input[name=budget_yuan]").input_value() == "100000000"
    for bad in (
        '{"budget_yuan":"x"}',
        '{"budget_yuan":-1}',
        '{"rule":99}',
        '{"__proto__":{}}',
        "{",
    ):
        page.goto("about:blank")
        page.goto(address.split("#")[0] + "#at=" + bad)
        page.wait_for_selector(".sw-chip[data-phase=exact]", timeout=PATIENCE)
        assert page.locator(STATE).get_attribute("data-away") == "false"


def test_the_mark_of_another_position_is_on_every_printed_page(opened, tmp_path) -> None:
    page = opened("zh/report").page
    page.wait_for_selector(AGREES, timeout=PATIENCE)
    slide(page, "budget_yuan", 100_000_000)
    page.wait_for_selector(".sw-chip[data-phase=preview]")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    text = subprocess.check_output(["pdftotext", tmp_path / "page.pdf", "-"], text=True)
    sheets = text.split("\f")[:-1]
    assert all("非送审方案" in sheet for sheet in sheets)


def test_a_page_with_small_counts_comes_without_levers(baseline) -> None:
    heads = baseline.problem.heads.copy()
    heads[0, 0] = 3
    few = replace(baseline, problem=replace(baseline.problem, heads=heads))
    parts = Story(few).live().parts
    assert [type(part).__name__ for part in parts] == ["Prose"]
