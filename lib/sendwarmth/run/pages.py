"""Results beside the notebook: report, plan files, error page, comparison and index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import Finding
from sendwarmth.run.manifest import ERROR_PAGE, Record
from sendwarmth.run.plan_files import write_plan_files
from sendwarmth.view import report

HOME = "../index.html"
# One exporter serves all threads; making another takes longer than waiting for it.
_exporting = threading.Lock()


def write_results(plan: Plan, notebook: Any, folder: Path, language: str) -> None:
    """Write what stands beside the notebook of a plan: report, Excel, CSV and JSON."""
    with _exporting:
        text = report.page(notebook, language=language, home=HOME)
    (folder / "report.html").write_text(text, encoding="utf-8")
    write_plan_files(plan, folder, language)


def write_error_page(
    record: Record, findings: Sequence[Finding], folder: Path, language: str
) -> None:
    """Write the page of a scenario that has no plan."""
    text = report.error_page(record.scenario, findings, language, HOME, record.cell)
    (folder / ERROR_PAGE).write_text(text, encoding="utf-8")
