"""The panel as an application: Voila, this machine alone, no code, everyone can use it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import sendwarmth as sw
from browser.panel_page import PanelPage, open_app
from playwright.sync_api import Browser, expect
from sendwarmth.run.servers import EXTENSIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def app(browser: Browser, app_server: str) -> PanelPage:
    return open_app(browser, app_server)


def test_the_app_asks_for_its_token(app_server: str) -> None:
    parts = urlsplit(app_server)
    assert parts.hostname == "127.0.0.1"
    with urlopen(f"http://{parts.netloc}/") as page:
        assert "/login" in page.url
        assert b"sw-panel" not in page.read()


def test_the_app_asks_no_other_host(app: PanelPage, app_server: str) -> None:
    here = urlsplit(app_server).netloc
    others = [u for u in app.requests if urlsplit(u).netloc not in (here, "")]
    assert others == []
    assert len(app.requests) > 10


def test_the_app_shows_no_code(app: PanelPage) -> None:
    assert "import planner" not in app.page.inner_text("body")
    assert app.page.locator("h1").all_inner_texts() == ["送温暖资金规划"]


def test_the_app_starts_with_the_plan_of_the_baseline(app: PanelPage) -> None:
    app.reset()
    assert app.figure("allocated") == "8,740.0万元"
    assert app.totals()[0] == pytest.approx(2_582.5)
    assert sum(app.totals()) == pytest.approx(8_740.0)


@pytest.mark.parametrize("width", [1_280, 390])
def test_nothing_is_hidden_from_a_screen_reader(
    browser: Browser, app_server: str, width: int
) -> None:
    page = open_app(browser, app_server, width)
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    page.tool("language").click()
    expect(page.tool("undo")).to_contain_text("Undo")
    page.drag("factor_weight__fiscal_weakness", 60)
    page.answered()
    page.press("region_floor_yuan", "End")
    page.answered("clash")
    expect(page.page.locator(".sw-notice button").first).to_be_visible(timeout=20_000)
    assert page.violations() == []
    assert page.errors == []
    page.page.close()


def test_the_keyboard_alone_is_enough(browser: Browser, app_server: str, project: Path) -> None:
    page = open_app(browser, app_server)
    keyboard = page.page.keyboard
    page.tab_to(".sw-lever-budget_yuan .noUi-handle")
    keyboard.press("ArrowRight")
    page.answered()
    assert page.figure("allocated") == "8,787.5万元"
    page.tab_to("[data-tool=undo]")
    keyboard.press("Enter")
    page.answered()
    assert page.figure("allocated") == "8,740.0万元"
    page.tab_to(".sw-table button")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowRight")
    assert page.cell(1, 1).evaluate("cell => cell === document.activeElement")
    keyboard.press("Enter")
    keyboard.type("3.1")
    for text in ("办公会", "特殊困难"):
        keyboard.press("Tab")
        keyboard.type(text)
    keyboard.press("Enter")
    page.answered()
    assert page.amount(1, 1) == pytest.approx(3.1)
    assert page.cell(1, 1).evaluate("cell => cell === document.activeElement")
    keyboard.press("Enter")
    keyboard.press("Escape")
    assert page.page.locator(".sw-lock").is_hidden()
    page.tab_to(".sw-files input[type=text]")
    keyboard.type("键盘")
    page.tab_to(".sw-files button:has-text('保存方案')")
    keyboard.press("Enter")
    expect(page.page.locator(".sw-told")).to_contain_text("已保存")
    saved = sw.load_scenario(project / "params/scenarios/键盘.yaml")
    assert [lock["yuan"] for lock in saved.values["locks"]] == [31_000]
    page.tab_to(".sw-lever-region_floor_yuan .noUi-handle", back=True)
    keyboard.press("End")
    page.answered("clash")
    page.tab_to(".sw-notice button")
    keyboard.press("Enter")
    page.answered()
    page.tab_to(".sw-levers [role=tab]", back=True)
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    page.tab_to(".sw-levers .jupyter-widget-Collapse-header")
    keyboard.press("Enter")
    expect(page.page.locator(".sw-lever-unit_yuan").first).to_be_visible()
    assert page.errors == []
    page.page.close()


def test_only_what_the_panel_needs_is_loaded(app: PanelPage) -> None:
    paths = [urlsplit(url).path for url in app.requests]
    loaded = {path.split("/labextensions/")[1] for path in paths if "/labextensions/" in path}
    names = {"/".join(path.split("/")[: 1 + path.startswith("@")]) for path in loaded}
    assert names <= set(EXTENSIONS)
    assert "anywidget" in names
