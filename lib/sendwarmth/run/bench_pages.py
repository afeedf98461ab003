"""How large pages are and how long they take, beside plain nbconvert of the same notebook."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sendwarmth.run.notebooks import Settings, run_notebook
from sendwarmth.run.project import REPORT_NOTEBOOK, find_project
from sendwarmth.view import report
from sendwarmth.view.bundle import SHARED_NAME, shared_file

Measured = dict[str, dict[str, Any]]
PAGE_KB = 2_200
FOLDER_MB = 10
REPORTS = 20


def measure_pages(scenario: str = "baseline") -> Measured:
    """Return sizes and times of the report of a scenario.

    Parameters
    ----------
    scenario
        Name of the scenario; its notebook is run once.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``. ``page_kB`` is one report as a single file,
        ``folder_20_MB`` a folder of 20 that share the drawing library, ``page_s`` one page made
        from its notebook, ``nbconvert_kB`` and ``nbconvert_s`` the same notebook by nbconvert's own
        HTML exporter.
    """
    notebook = _executed(scenario)
    alone, page_s = _timed(lambda: report.page(notebook))
    light = report.page(notebook, shared=f"../{SHARED_NAME}")
    folder_bytes = REPORTS * len(light.encode()) + len(shared_file())
    plain, plain_s = _plain(notebook)
    return {
        "page_kB": _at_most(len(alone.encode()) / 1e3, "kB", PAGE_KB),
        "folder_20_MB": _at_most(folder_bytes / 1e6, "MB", FOLDER_MB),
        "page_s": _at_most(page_s, "s", plain_s),
        "nbconvert_kB": {
            "value": len(plain.encode()) / 1e3,
            "unit": "kB",
            "goal": None,
            "met": None,
        },
        "nbconvert_s": {"value": plain_s, "unit": "s", "goal": None, "met": None},
    }


def _at_most(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {"value": round(value, 4), "unit": unit, "goal": round(goal, 4), "met": value <= goal}


def _executed(scenario: str) -> Any:
    project = find_project()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / REPORT_NOTEBOOK
        given = {"scenario": scenario}
        notebook = project.notebook(REPORT_NOTEBOOK)
        return run_notebook(notebook, made, given, project.root, Settings())


def _timed(make: Callable[[], str]) -> tuple[str, float]:
    """Return what was made the second time, and how long that took: exporters are reused."""
    make()
    started = time.perf_counter()
    made = make()
    return made, time.perf_counter() - started


def _plain(notebook: Any) -> tuple[str, float]:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter()
    return _timed(lambda: str(exporter.from_notebook_node(notebook)[0]))
