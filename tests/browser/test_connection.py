"""A kernel that is out of reach: the panel says so, goes on previewing, and loses nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.panel_page import PanelPage, open_app, open_lab
from browser.servers import Wire, kernels
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = 60_000
KERNEL_ID = """async () => {
  const [session] = await (await fetch("/api/sessions")).json();
  return session.kernel.id;
}"""


def move_while_away(page: PanelPage) -> list[float]:
    """Move a slider while nobody answers; return the totals it previews."""
    before = page.totals()
    expect(page.page.locator(".sw-notice")).to_contain_text("未连接", timeout=20_000)
    page.press("budget_yuan", "ArrowRight")
    page.phase("preview")
    page.page.wait_for_timeout(300)
    assert page.figure("allocated") == "8,787.5万元"
    assert page.totals() != before
    return page.totals()


@pytest.mark.parametrize("opened", [open_lab, open_app], ids=["lab", "app"])
def test_a_laptop_closed_and_opened_again_loses_nothing(
    browser: Browser, request: pytest.FixtureRequest, opened: Callable[..., PanelPage]
) -> None:
    server = "lab_server" if opened is open_lab else "app_server"
    with Wire(request.getfixturevalue(server)) as wire:
        page = opened(browser, wire.address)
        page.cell(3, 0).click()
        who = page.page.locator(".sw-lock input").nth(1)
        who.fill("主席办公")
        wire.cut()
        preview = move_while_away(page)
        wire.mend()
        expect(page.page.locator(".sw-notice")).to_be_hidden(timeout=LONG)
        page.answered()
        assert page.totals() == pytest.approx(preview, abs=0.2)
        assert page.readout("budget_yuan") == "92,500,000"
        assert who.input_value() == "主席办公"
        page.page.close()


def test_a_kernel_that_dies_in_the_app_is_told_and_nothing_is_lost(
    browser: Browser, app_server: str, project: Path
) -> None:
    before = kernels(project)
    page = open_app(browser, app_server)
    (kernel,) = kernels(project) - before
    os.kill(kernel, signal.SIGKILL)
    preview = move_while_away(page)
    page.page.reload()
    page.known = -1
    restore(page.ready(), preview)


def test_a_kernel_that_dies_in_a_notebook_is_told_and_nothing_is_lost(
    browser: Browser, lab_server: str, project: Path
) -> None:
    page = open_lab(browser, lab_server)
    (kernel,) = kernels(project, page.page.evaluate(KERNEL_ID))
    os.kill(kernel, signal.SIGKILL)
    page.page.locator(".jp-Dialog button.jp-mod-accept").click(timeout=LONG)
    preview = move_while_away(page)
    page.run_all()
    page.known = -1
    restore(page.ready(), preview)


def restore(page: PanelPage, preview: list[float]) -> None:
    """Press what offers the changes again; expect them."""
    page.page.get_by_role("button", name="恢复这些调整").click()
    page.answered()
    assert page.totals() == pytest.approx(preview, abs=0.2)
    assert page.readout("budget_yuan") == "92,500,000"
    page.page.close()
