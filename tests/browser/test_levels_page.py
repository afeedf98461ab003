"""The page on all below a level, in a browser with the network off: find, sort, go up and down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sendwarmth.view.level_overview import Overview, Row, Unit, overview_page

pytestmark = pytest.mark.browser

NASTY = "<script>alert(1)</script>\"' javascript:alert(1)"
MOST_BYTES = 3_000_000
PROVINCES, CITIES, COUNTIES = 31, 11, 8


def country() -> Overview:
    """Return an invented country of 31 provinces, 341 cities and 2,728 counties."""
    rows: list[Row] = []
    units = []
    for p in range(PROVINCES):
        name = NASTY if p == 1 else f"省{p}"
        top = len(rows)
        rows.append(Row(-1, name, (1_000 * (p + 1) * 88, 500), f"p{p}/index.html"))
        units.append(Unit(name, rows[top].yuan, f"p{p}/index.html", "done"))
        for c in range(CITIES):
            city = len(rows)
            rows.append(Row(top, f"市{p}-{c}", (8_000 * (p + 1), 40), f"p{p}/c{c}/report.html"))
            for n in range(COUNTIES):
                rows.append(Row(city, f"县{p}-{c}-{n}", (1_000 * (p + 1), 5), ""))
    failed = (("坏", "bad/index.html", NASTY),)
    links = (("上级", "../index.html"),)
    return Overview("国", ("甲", NASTY), tuple(units), tuple(rows), 0, failed, links, "", 1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("levels")
    for language in ("zh", "en"):
        text = overview_page(country(), language)
        (folder / f"{language}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def page(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    wishes = getattr(request, "param", {})
    language = wishes.get("language", "zh")
    size = {"width": wishes.get("width", 1280), "height": 900}
    scheme = wishes.get("scheme", "light")
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("dialog", lambda d: said.append(d.message))
    page.on("request", lambda r: said.append(r.url))
    page.goto((folder / f"{language}.html").as_uri())
    page.wait_for_selector("#rows tbody tr")
    said.pop(0)
    yield page
    assert said == []
    context.close()


def first(page: Page, column: int = 1) -> str:
    cell = page.locator("#rows tbody tr").first.locator("th, td").nth(column - 1)
    return cell.inner_text()


def test_a_country_is_far_below_three_megabytes(folder: Path) -> None:
    assert (folder / "zh.html").stat().st_size < MOST_BYTES / 10


def test_a_hundred_rows_stand_at_a_time_and_more_come_when_asked(page: Page) -> None:
    assert page.locator("#rows tbody tr").count() == 100
    page.locator("#more").click()
    assert page.locator("#rows tbody tr").count() == 200
    whole = PROVINCES * (1 + CITIES * (1 + COUNTIES))
    assert f"{whole:,}" in page.locator("#found").inner_text()


def test_one_province_stands_alone(page: Page) -> None:
    page.select_option("#one", label="省4")
    assert f" {1 + CITIES * (1 + COUNTIES)} " in page.locator("#found").inner_text()
    assert first(page) == "省4"


def test_a_county_is_found_by_its_name_and_says_where_it_is(page: Page) -> None:
    page.fill("#wanted", "县7-3-2")
    assert page.locator("#rows tbody tr").count() == 1
    assert first(page) == "省7 / 市7-3 / 县7-3-2"
    page.fill("#wanted", "nowhere")
    assert page.locator("#rows tbody tr").count() == 0
    assert "0" in page.locator("#found").inner_text()


def test_a_column_is_sorted_by_the_keyboard_alone_and_says_so(page: Page) -> None:
    page.locator("#wanted").focus()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.className") != "sort":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    head = page.locator("#rows thead th").nth(1)
    assert head.get_attribute("aria-sort") == "descending"
    assert first(page) == "省30"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert first(page).startswith("省0 / 市0-0 / 县")


def test_exact_yuan_are_shown_when_asked(page: Page) -> None:
    assert first(page, 2) == "8.8000"
    page.check("#exact")
    assert first(page, 2) == "88,000"


WISHES = [
    {"language": language, "width": width, "scheme": scheme}
    for language in ("zh", "en")
    for width, scheme in ((1280, "light"), (390, "dark"))
]


@pytest.mark.parametrize("page", WISHES, indirect=True)
def test_axe_finds_nothing_and_nothing_runs_off_the_screen(page: Page) -> None:
    page.fill("#wanted", "省3")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
