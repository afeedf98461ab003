"""How soon the panel follows a key press, beside other ways to draw a plan that follows a slider.

A key is pressed on a slider; the time is taken from the press to the end of the frame in which the
chart has changed, in one browser, for every way alike: this panel in JupyterLab, in Voila and in a
shared page; a plotly ``FigureWidget`` updated in one batch; ``interact`` drawing a plotly figure
anew. All follow the same model: the problem of the scenario and its fit, before rounding.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd

from sendwarmth.model.inputs import Inputs
from sendwarmth.run.frames import Way, in_lab, opened, served, times
from sendwarmth.run.jobs import Job, run_job
from sendwarmth.run.manifest import REPORT
from sendwarmth.run.project import PLANNER_NOTEBOOK, Project, find_project
from sendwarmth.run.servers import app_command, lab_command

Measured = dict[str, dict[str, Any]]
FRAME_MS = 1000 / 60
PRESSES = 60
TWO_FRAMES_MS = 2 * FRAME_MS - 1 / 3
FREEZE_MS = 100  # beyond which a hand feels that something waits

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
COUNTIES = """
from sendwarmth.run.bench_panel import counties
from sendwarmth.view.panel import Panel
Panel(counties(inputs), scenario.with_values(region_floor_yuan=50_000))
"""


PANEL = (".sw-lever-budget_yuan .noUi-handle", ".sw-bars svg")
OTHER = (".noUi-handle", ".js-plotly-plot")
ANEW = (".noUi-handle", ".widget-output")
CLASHING = (".sw-lever-region_floor_yuan .noUi-handle", ".sw-chip")
TO_CLASH = 2
"""Presses from the baseline's base amount to one that the smallest unit's caps do not allow."""


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
        with opened() as browser:
            with served(lab_command(0, False), project) as at:
                ways = {
                    "lab": Way(in_lab(at, PLANNER_NOTEBOOK), *PANEL, True),
                    "107_rows": Way(in_lab(at, "counties.ipynb"), *PANEL, True),
                    "figurewidget": Way(in_lab(at, "figure.ipynb"), *OTHER, True),
                    "interact": Way(in_lab(at, "interact.ipynb"), *ANEW, True),
                }
                told |= {name: times(browser, way, PRESSES) for name, way in ways.items()}
            with served(app_command(PLANNER_NOTEBOOK, 0, False), project) as at:
                told["voila"] = times(browser, Way(at, *PANEL), PRESSES)
                across = Way(at, *CLASHING, first=("ArrowRight",) * TO_CLASH)
                told["infeasible"] = times(browser, across, 2 * PRESSES)[1::2]
            way = Way(page.as_uri(), "input[name=budget_yuan]", PANEL[1])
            told["page"] = times(browser, way, PRESSES)
    return _records(told)


def _records(told: dict[str, list[float]]) -> Measured:
    p95 = {name: float(np.percentile(times, 95)) for name, times in told.items()}
    found = {
        f"slider_{name}_p95_ms": _at_most(p95[name], "ms", FRAME_MS)
        for name in ("lab", "voila", "page")
    }
    ratio = p95["figurewidget"] / max(p95["lab"], p95["voila"])
    for name, goal in (("infeasible", FREEZE_MS), ("107_rows", TWO_FRAMES_MS)):
        found[f"slider_{name}_p95_ms"] = _at_most(p95[name], "ms", goal)
    found["slider_vs_figurewidget"] = {"value": ratio, "unit": "x", "goal": 10, "met": ratio >= 10}
    for name, taken in told.items():
        found[f"slider_{name}_median_ms"] = _told(statistics.median(taken), "ms")
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
    cells = {"figure": FIGURE_WIDGET, "interact": INTERACT, "counties": COUNTIES}
    for name, drawing in cells.items():
        book = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": ""}}
        )
        book.cells = [nbformat.v4.new_code_cell(MODEL), nbformat.v4.new_code_cell(drawing)]
        nbformat.write(book, folder / "notebooks" / f"{name}.ipynb")
    return Project(folder)


def counties(inputs: Inputs) -> Inputs:
    """Return the tables with every city split into its county units, its heads evenly among them.

    Units without counties of their own fall away: 107 rows from the shipped tables.
    """
    units = inputs.regions["county_units"].fillna(0).astype(int)
    split = {region: [f"{region}_{n + 1}" for n in range(k)] for region, k in units.items()}

    def own(ids: pd.Index | pd.Series) -> list[list[str]]:
        return [split[region] for region in ids]

    regions = inputs.regions.assign(own=own(inputs.regions.index)).explode("own")
    regions = regions.dropna(subset="own").set_index("own").rename_axis(index="region_id")
    eligible = inputs.eligible.assign(own=own(inputs.eligible["region_id"])).explode("own")
    eligible = eligible.dropna(subset="own")
    heads = eligible["heads"] // eligible["region_id"].map(units)
    eligible = eligible.assign(region_id=eligible["own"], heads=heads).drop(columns="own")
    return replace(inputs, regions=regions, eligible=eligible.reset_index(drop=True))


def _page(project: Project) -> Path:
    record = run_job(Job(str(project.root), "baseline"))
    if not record.fine:
        raise RuntimeError(f"no report to measure: {record.said}")
    return project.outputs / "baseline" / REPORT


if __name__ == "__main__":
    print(json.dumps(measure_panel(), indent=1))
