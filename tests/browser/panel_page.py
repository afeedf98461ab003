"""The panel as a planner handles it: sliders, cells, buttons, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

WAIT = 20_000
NOTED = "ResizeObserver loop"


class PanelPage:
    """One page with a panel, and what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.known = -1
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type == "error" and NOTED not in message.text:
            self.errors.append(message.text)

    @property
    def panel(self) -> Locator:
        return self.page.locator(".sw-panel")

    def ready(self) -> PanelPage:
        """Wait until the panel shows an exact plan."""
        self.page.wait_for_selector(".sw-chip", timeout=60_000)
        self.answered()
        return self

    def run_all(self) -> None:
        """Run the notebook in JupyterLab, once its kernel is there: before, it asks for one."""
        self.page.wait_for_selector(".jp-NotebookPanel:visible", timeout=60_000)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def phase(self, wanted: str) -> None:
        """Expect a state: preview, exact, clash, refused, disagree."""
        chip = self.page.locator(".sw-chip")
        expect(chip).to_have_attribute("data-phase", wanted, timeout=WAIT)

    def answered(self, wanted: str = "exact") -> None:
        """Wait for an answer that has not been waited for yet, drawn; expect its state."""
        newer = "known => Number(document.querySelector('.sw')?.dataset.answer ?? -1) > known"
        self.page.wait_for_function(newer, arg=self.known, timeout=WAIT)
        self.known = int(self.page.locator(".sw").get_attribute("data-answer") or 0)
        self.phase(wanted)

    def loaded(self, title: str) -> None:
        """Wait for another scenario's plan, by its title."""
        expect(self.page.locator(".sw-title")).to_have_text(title, timeout=WAIT)
        self.known = -1
        self.answered()

    def catch_up(self) -> None:
        """Take whatever is shown for waited for."""
        self.known = int(self.page.locator(".sw").get_attribute("data-answer") or self.known)

    def handle(self, lever: str) -> Locator:
        return self.page.locator(f".sw-lever-{lever} .noUi-handle").first

    def readout(self, lever: str) -> str:
        return self.page.locator(f".sw-lever-{lever} .widget-readout").first.inner_text()

    def drag(self, lever: str, by: int, while_down: Callable[[], None] = lambda: None) -> None:
        """Drag a slider's handle by pixels; do something before it is let go."""
        handle = self.handle(lever)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + by, y, steps=10)
        while_down()
        mouse.up()

    def press(self, lever: str, *keys: str) -> None:
        """Focus a slider and press keys."""
        self.handle(lever).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str, back: bool = False, most: int = 80) -> None:
        """Press Tab until what a selector names has the focus."""
        wanted = [handle.evaluate_handle("e => e") for handle in self.page.locator(selector).all()]
        for _ in range(most):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate("all => all.includes(document.activeElement)", wanted):
                return
        raise AssertionError(f"{most} times Tab never reach {selector}")

    def tool(self, name: str) -> Locator:
        return self.page.locator(f"[data-tool={name}]")

    def cell(self, row: int, column: int) -> Locator:
        rows = self.page.locator(".sw-table tbody tr")
        return rows.nth(row).locator("button").nth(column)

    def amount(self, row: int, column: int) -> float:
        """Return what a cell shows, in the language's large unit."""
        return number(self.cell(row, column).locator(".sw-amount").inner_text())

    def totals(self) -> list[float]:
        """Return the total of every region, in the language's large unit."""
        said = self.page.locator(".sw-table .sw-sum .sw-amount").all_inner_texts()
        return [number(text) for text in said]

    def figure(self, key: str) -> str:
        return self.page.locator(f"[data-figure={key}] dd").first.inner_text()

    def reset(self) -> None:
        """Go back to where the panel opened."""
        if self.tool("reset").is_enabled():
            self.catch_up()
            self.tool("reset").click()
            self.answered()

    def violations(self) -> list[str]:
        """Return what a screen reader cannot make sense of."""
        found = Axe().run(self.page, context=".sw-panel").response["violations"]
        return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def open_app(browser: Browser, address: str, width: int = 1_280, height: int = 1_000) -> PanelPage:
    """Open the app and wait for its plan."""
    page = PanelPage(browser.new_page(viewport={"width": width, "height": height}))
    page.page.goto(address)
    return page.ready()


def open_lab(browser: Browser, address: str, width: int = 1_280, height: int = 2_400) -> PanelPage:
    """Open the planner's notebook in JupyterLab and run it.

    The window is tall, since JupyterLab does not draw the cells that are out of sight.
    """
    page = PanelPage(browser.new_page(viewport={"width": width, "height": height}))
    where, token = address.split("/lab?")
    page.page.goto(f"{where}/lab/tree/1_planner.ipynb?{token}&reset")
    page.run_all()
    return page.ready()


def number(text: str) -> float:
    return float(re.sub(r"[,\s]", "", text).replace("−", "-"))
