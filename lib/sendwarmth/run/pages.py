"""Results beside the notebook: report, plan files, error page, comparison and index."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.run.manifest import ERROR_PAGE, REPORT, Record
from sendwarmth.run.plan_files import write_plan_files
from sendwarmth.run.siblings import Siblings
from sendwarmth.view import report
from sendwarmth.view.bundle import SHARED_NAME
from sendwarmth.view.sections import Section
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
    text = page_of(notebook, language, shared, {options.key: options})
    (folder / REPORT).write_text(text, encoding="utf-8")


def page_of(
    notebook: Any,
    language: str,
    shared: bool = False,
    sections: Mapping[str, Section] | None = None,
) -> str:
    """Return the page of a notebook, for the folder of its scenario."""
    with _exporting:
        return report.page(
            notebook,
            language=language,
            home=HOME,
            sections=sections,
            shared=f"../{SHARED_NAME}" if shared else "",
        )


def write_error_page(record: Record, folder: Path, language: str) -> None:
    """Write the page of a scenario that has no plan."""
    text = error_text(record.scenario, record.said, record.cell, language)
    (folder / ERROR_PAGE).write_text(text, encoding="utf-8")


def error_text(scenario: str, said: Sequence[str], cell: str, language: str) -> str:
    """Return the page that says why there is nothing to show of a scenario."""
    return report.error_page(scenario, said, language, HOME, cell)
