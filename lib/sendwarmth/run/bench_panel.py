"""How soon the panel follows a key press, beside other ways to draw a plan that follows a slider.

A key is pressed on a slider; the time is taken from the press to the end of the frame in which the
chart has changed, in one browser, for every way alike: this panel in JupyterLab, in Voila and in a
shared page; a plotly ``FigureWidget`` updated in one batch; ``interact`` drawing a plotly figure
anew. All follow the same model: the problem of the scenario and its fit, before rounding.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import numpy as np

from sendwarmth.run.jobs import Job, run_job
from sendwarmth.run.manifest import REPORT
from sendwarmth.run.project import PLANNER_NOTEBOOK, Project, find_project
from sendwarmth.run.servers import app_command, environment, lab_command

Measured = dict[str, dict[str, Any]]
FRAME_MS = 1000 / 60
PRESSES = 60
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

MODEL = """
import sendwarmth as sw
from sendwarmth.model.problem import build
from sendwarmth.model.fit import fit
scenario = sw.load_scenario("../params/scenarios/baseline.yaml")
inputs = sw.load_inputs("../params/data")
regions = list(inputs.region_ids)
def amounts(budget_yuan):
    problem = build(inputs, scenario.with_values(budget_yuan=int(budget_yuan)))
    limits = problem.lower, problem.upper, problem.limits
    return fit(problem.target, *limits, problem.total_yuan).amounts / 1e4
"""
FIGURE_WIDGET = """
import plotly.graph_objects as go, ipywidgets as widgets
from IPython.display import display
first = amounts(92e6)
figure = go.FigureWidget([go.Bar(y=regions, x=x, orientation="h") for x in first.T])
figure.update_layout(barmode="stack")
slider = widgets.IntSlider(92_000_000, 70_000_000, 110_000_000, 500_000)
def moved(change):
    with figure.batch_update():
        for bar, x in zip(figure.data, amounts(change["new"]).T):
            bar.x = x
slider.observe(moved, "value")
display(slider, figure)
"""
INTERACT = """
import plotly.graph_objects as go, ipywidgets as widgets
from IPython.display import display
def draw(budget):
    bars = [go.Bar(y=regions, x=x, orientation="h") for x in amounts(budget).T]
    figure = go.Figure(bars, {"barmode": "stack"})
    display({"application/vnd.plotly.v1+json": figure.to_plotly_json()}, raw=True)
widgets.interact(draw, budget=widgets.IntSlider(92_000_000, 70_000_000, 110_000_000, 500_000))
"""


class Way(NamedTuple):
    """A page to measure: where it is, its slider and its chart."""

    address: str
    slider: str
    chart: str
    in_lab: bool = False


PANEL = (".sw-lever-budget_yuan .noUi-handle", ".sw-bars svg")
OTHER = (".noUi-handle", ".js-plotly-plot")
ANEW = (".noUi-handle", ".widget-output")


def measure_panel() -> Measured:
    """Return the 95th percentile of press to frame, and how the other ways compare.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = _project(Path(folder))
        page = _page(project)
        told: dict[str, list[float]] = {}
        with _browser() as browser:
            with _served(lab_command(0, False), project) as at:
                told["lab"] = _times(browser, Way(_lab(at, PLANNER_NOTEBOOK), *PANEL, True))
                told["figurewidget"] = _times(browser, Way(_lab(at, "figure.ipynb"), *OTHER, True))
                told["interact"] = _times(browser, Way(_lab(at, "interact.ipynb"), *ANEW, True))
            with _served(app_command(PLANNER_NOTEBOOK, 0, False), project) as at:
                told["voila"] = _times(browser, Way(at, *PANEL))
            told["page"] = _times(browser, Way(page.as_uri(), "input[name=budget_yuan]", PANEL[1]))
    return _records(told)


def _records(told: dict[str, list[float]]) -> Measured:
    p95 = {name: float(np.percentile(times, 95)) for name, times in told.items()}
    found = {
        f"slider_{name}_p95_ms": _at_most(p95[name], "ms", FRAME_MS)
        for name in ("lab", "voila", "page")
    }
    ratio = p95["figurewidget"] / max(p95["lab"], p95["voila"])
    found["slider_vs_figurewidget"] = {"value": ratio, "unit": "x", "goal": 10, "met": ratio >= 10}
    for name, times in told.items():
        found[f"slider_{name}_median_ms"] = _told(statistics.median(times), "ms")
    for name in ("figurewidget", "interact"):
        found[f"slider_{name}_p95_ms"] = _told(p95[name], "ms")
    return found


def _told(value: float, unit: str) -> dict[str, Any]:
    return {"value": round(value, 2), "unit": unit, "goal": None, "met": None}


def _at_most(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {**_told(value, unit), "goal": round(goal, 2), "met": value <= goal}


def _project(folder: Path) -> Project:
    """Return a copy of the project with a notebook for each of the other ways."""
    here = find_project()
    for name in ("params", "notebooks"):
        shutil.copytree(here.root / name, folder / name)
    (folder / "outputs").mkdir()
    for name, drawing in (("figure", FIGURE_WIDGET), ("interact", INTERACT)):
        book = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": ""}}
        )
        book.cells = [nbformat.v4.new_code_cell(MODEL), nbformat.v4.new_code_cell(drawing)]
        nbformat.write(book, folder / "notebooks" / f"{name}.ipynb")
    return Project(folder)


def _page(project: Project) -> Path:
    record = run_job(Job(str(project.root), "baseline"))
    if not record.fine:
        raise RuntimeError(f"no report to measure: {record.said}")
    return project.outputs / "baseline" / REPORT


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # needed for this measurement alone

    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def _served(command: Sequence[str], project: Project) -> Iterator[str]:
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


def _lab(address: str, notebook: str) -> str:
    return address.replace("/lab?", f"/lab/tree/{notebook}?") + "&reset"


def _times(browser: Any, way: Way) -> list[float]:
    """Return milliseconds from press to frame, one a press."""
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
    rng = np.random.default_rng(0)
    for number in range(PRESSES):
        page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        # Asked seldom, so that the asking does not fill the frames.
        page.wait_for_function(f"() => times.length > {number}", polling=40, timeout=PATIENCE_MS)
        # Presses fall anywhere between two frames, as a hand's do.
        page.wait_for_timeout(float(rng.uniform(150, 250)))
    times = [float(one) for one in page.evaluate("times")]
    page.close()
    return times


def _run_all(page: Any) -> None:
    page.wait_for_selector(".jp-NotebookPanel:visible", timeout=PATIENCE_MS)
    idle = "() => document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')"
    page.wait_for_function(idle, timeout=PATIENCE_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


if __name__ == "__main__":
    print(json.dumps(measure_panel(), indent=1))
