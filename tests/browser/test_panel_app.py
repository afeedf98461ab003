"""The panel as an application: Voila, this machine alone, no code, everyone can use it."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from browser.panel_page import PanelPage, open_app
from playwright.sync_api import Browser, expect

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


def test_the_keyboard_alone_is_enough(app: PanelPage) -> None:
    app.reset()
    keyboard = app.page.keyboard
    app.handle("budget_yuan").focus()
    keyboard.press("ArrowRight")
    app.answered()
    assert app.figure("allocated") == "8,787.5万元"
    app.cell(0, 0).focus()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowRight")
    assert app.cell(1, 1).evaluate("cell => cell === document.activeElement")
    keyboard.press("Enter")
    keyboard.type("3.1")
    for text in ("办公会", "特殊困难"):
        keyboard.press("Tab")
        keyboard.type(text)
    keyboard.press("Enter")
    app.answered()
    assert app.amount(1, 1) == pytest.approx(3.1)
    assert app.cell(1, 1).evaluate("cell => cell === document.activeElement")
    keyboard.press("Enter")
    keyboard.press("Escape")
    assert app.page.locator(".sw-lock").is_hidden()
