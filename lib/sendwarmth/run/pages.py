"""Results beside the notebook: report, plan files, error page, comparison and index."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.run.manifest import ERROR_PAGE, REPORT, Record
from sendwarmth.run.plan_files import write_plan_files
from sendwarmth.run.siblings import Siblings
from sendwarmth.view import report
from sendwarmth.view.bundle import SHARED_NAME
from sendwarmth.view.story import Story

HOME = "../index.html"
# One exporter serves all threads; making another takes longer than waiting for it.
_exporting = threading.Lock()


def write_results(
    plan: Plan,
    siblings: Siblings,
    notebook: Any,
    folder: Path,
    language: str,
    shared: bool = False,
    internal: bool = False,
) -> None:
    """Write what stands beside the notebook of a plan: report, Excel, CSV and JSON."""
    write_report(plan, siblings, notebook, folder, language, shared)
    write_plan_files(plan, folder, language, internal)


def write_report(
    plan: Plan,
    siblings: Siblings,
    notebook: Any,
    folder: Path,
    language: str,
    shared: bool = False,
) -> None:
    """Write the report: the notebook's page, with all scenarios of the project side by side.

    Notebooks leave the others out: each would make the plans of all.
    """
    others = {name: told for name, told in siblings.plans.items() if name != plan.scenario.name}
    options = Story(plan, language, others).options()
    with _exporting:
        text = report.page(
            notebook,
            language=language,
            home=HOME,
            sections={options.key: options},
            shared=f"../{SHARED_NAME}" if shared else "",
        )
    (folder / REPORT).write_text(text, encoding="utf-8")


def write_error_page(record: Record, folder: Path, language: str) -> None:
    """Write the page of a scenario that has no plan."""
    text = report.error_page(record.scenario, record.said, language, HOME, record.cell)
    (folder / ERROR_PAGE).write_text(text, encoding="utf-8")
