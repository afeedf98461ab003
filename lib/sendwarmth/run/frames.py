"""How long a page takes from a key press on a slider to the end of the frame that shows it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sendwarmth.run.project import Project
from sendwarmth.run.servers import environment

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
PATIENCE_MS = 60_000

WATCH = """() => {
  const frame = window.requestAnimationFrame.bind(window);
  const after = new MessageChannel();
  const waiting = [];
  let inFrame = false;
  let pressed = null;
  // A frame is done when what was sent in it arrives, or when the next one begins.
  const done = () => { inFrame = false; waiting.splice(0).forEach((tell) => tell()); };
  after.port1.onmessage = done;
  const whenDrawn = (tell) => {
    waiting.push(tell);
    after.port2.postMessage(0);
    frame(done);
  };
  window.requestAnimationFrame = (callback) => frame((now) => {
    if (!inFrame) after.port2.postMessage(0);
    inFrame = true;
    callback(now);
  });
  window.times = [];
  window.watch = (chart) => {
    document.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
    const changed = () => {
      if (pressed === null) return;
      const since = pressed;
      pressed = null;
      const tell = () => window.times.push(performance.now() - since);
      if (inFrame) whenDrawn(tell);
      else frame(() => whenDrawn(tell));
    };
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(changed).observe(document.querySelector(chart), all);
  };
}"""
"""Runs before anything else on a page; ``watch`` then notes each press until its chart changes."""


class Way(NamedTuple):
    """A page to measure.

    Parameters
    ----------
    address
        Where it is.
    slider, chart
        Selectors of what is pressed and of what has to change.
    in_lab
        Whether JupyterLab has to run the notebook first.
    first
        Keys pressed before anything is timed.
    """

    address: str
    slider: str
    chart: str
    in_lab: bool = False
    first: tuple[str, ...] = ()


@contextmanager
def opened() -> Iterator[Any]:
    """Open the browser that the system installed."""
    from playwright.sync_api import sync_playwright  # needed for measurements alone

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def served(command: Sequence[str], project: Project) -> Iterator[str]:
    """Run a server as `sendwarmth lab` and `app` do; gives its address with its token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    asked = [part.replace("port=0", f"port={port}") for part in command]
    private = {f"JUPYTER_{kind}_DIR": str(project.root / kind) for kind in ("CONFIG", "RUNTIME")}
    log = project.root / f"{port}.log"
    with log.open("w") as told:
        server = subprocess.Popen(
            asked,
            cwd=project.root,
            env={**environment(), **private},
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _address(server, log, port)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _address(server: subprocess.Popen[bytes], log: Path, port: str) -> str:
    wanted = re.compile(rf"http://127\.0\.0\.1:{port}/\S*token=\w+")
    while server.poll() is None:
        if found := wanted.search(log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError(log.read_text(encoding="utf-8"))


def in_lab(address: str, notebook: str) -> str:
    """Return where JupyterLab, served at an address, shows a notebook."""
    return address.replace("/lab?", f"/lab/tree/{notebook}?") + "&reset"


def times(browser: Any, way: Way, presses: int) -> list[float]:
    """Return milliseconds from press to frame, one a press: left, right and so on."""
    page = browser.new_page(viewport={"width": 1280, "height": 2400})
    page.add_init_script(f"({WATCH})()")
    page.goto(way.address)
    if way.in_lab:
        _run_all(page)
    page.wait_for_selector(way.slider, timeout=PATIENCE_MS)
    page.wait_for_selector(way.chart, timeout=PATIENCE_MS)
    page.wait_for_timeout(2_000)
    page.evaluate("chart => watch(chart)", way.chart)
    page.locator(way.slider).first.focus()
    for key in way.first:
        page.keyboard.press(key)
    page.wait_for_timeout(1_000)
    page.evaluate("times.length = 0")
    rng = np.random.default_rng(0)
    for number in range(presses):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        # Asked seldom, so that the asking does not fill the frames.
        page.wait_for_function(f"() => times.length > {number}", polling=40, timeout=PATIENCE_MS)
        # Presses fall anywhere between two frames, as a hand's do.
        page.wait_for_timeout(float(rng.uniform(150, 250)))
    found = [float(one) for one in page.evaluate("times")]
    page.close()
    return found


def _run_all(page: Any) -> None:
    page.wait_for_selector(".jp-NotebookPanel:visible", timeout=PATIENCE_MS)
    idle = "() => document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')"
    page.wait_for_function(idle, timeout=PATIENCE_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
