"""The pages over all scenarios: the comparison and the index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sendwarmth.model.findings import Finding
from sendwarmth.run import fingerprint
from sendwarmth.run.manifest import (
    ERROR_PAGE,
    ROBUSTNESS,
    Record,
    locked,
    read_manifest,
    workspace,
    write_whole,
)
from sendwarmth.run.notebooks import NotebookError, Settings, run_notebook
from sendwarmth.run.project import COMPARISON_NOTEBOOK, Project
from sendwarmth.run.scenarios import scenario_names
from sendwarmth.run.siblings import siblings_of

INDEX = "index.html"
COMPARISON = "comparison.html"
STAMP = ".overview"
LINKED = {
    "report": "report.html",
    "robustness": ROBUSTNESS,
    "workbook": "plan.xlsx",
    "csv": "plan.csv",
    "json": "plan.json",
    "notebook": "notebook.ipynb",
    "levels": "levels/index.html",
}


def rebuild(project: Project, language: str, settings: Settings) -> list[Finding]:
    """Write comparison and index anew, unless what they show is unchanged.

    Returns
    -------
    list of Finding
        Why there is no comparison, if there is none.
    """
    records = read_manifest(project.outputs)
    names = [name for name in scenario_names(project.scenarios) if name in records]
    stamp = _stamp(project, [records[name] for name in names], language, settings)
    if _stands(project, stamp):
        return []
    found: list[Finding] = []
    fine = [name for name in names if records[name].fine]
    pages: dict[str, str] = {}
    if len(fine) > 1:
        try:
            pages[COMPARISON] = comparison(project, fine, language, settings)
        except NotebookError as error:
            found.append(error.finding)
    if settings.shared:
        from sendwarmth.view.bundle import SHARED_NAME, shared_file

        pages[SHARED_NAME] = shared_file()
    pages[INDEX] = _index(project, [records[name] for name in names], language, COMPARISON in pages)
    with locked(project.outputs):
        for name, text in pages.items():
            write_whole(project.outputs / name, text)
        if COMPARISON not in pages:
            (project.outputs / COMPARISON).unlink(missing_ok=True)
        if not found:
            write_whole(project.outputs / STAMP, json.dumps([stamp, sorted(pages)]))
    return found


def comparison(project: Project, names: Sequence[str], language: str, settings: Settings) -> str:
    """Return the page that puts scenarios side by side.

    Raises
    ------
    NotebookError
        Its notebook did not come to its end.
    """
    from sendwarmth.view import report
    from sendwarmth.view.bundle import SHARED_NAME

    notebook = project.notebook(COMPARISON_NOTEBOOK)
    given = {"scenarios": list(names), "language": language}
    with workspace(project.outputs) as work:
        told = run_notebook(notebook, work / notebook.name, given, project.root, settings)
    shared = SHARED_NAME if settings.shared else ""
    return report.page(told, language=language, home=INDEX, shared=shared)


def _stamp(project: Project, records: Sequence[Record], language: str, settings: Settings) -> str:
    notebook = project.notebook(COMPARISON_NOTEBOOK)
    return fingerprint.hash_of(
        [(r.scenario, r.fine, r.key, r.robust, r.said) for r in records],
        [(project.outputs / r.scenario / LINKED["levels"]).is_file() for r in records],
        fingerprint.hash_of_library(),
        fingerprint.hash_of_files([notebook], notebook.parent),
        language,
        settings.shared,
    )


def _stands(project: Project, stamp: str) -> bool:
    try:
        known, pages = json.loads((project.outputs / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return known == stamp and all((project.outputs / name).is_file() for name in pages)


def _index(project: Project, records: Sequence[Record], language: str, compared: bool) -> str:
    from sendwarmth.view import report

    entries = [_entry(project, record, language) for record in records]
    assumed = [shown["assumed"] for shown in entries if shown["assumed"] is not None]
    return report.index_page(
        sorted(entries, key=lambda shown: not shown["failed"]),
        language,
        assumed=max(assumed, default=None),
        comparison=COMPARISON if compared else "",
        written=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def _entry(project: Project, record: Record, language: str) -> Mapping[str, Any]:
    from sendwarmth.model.allocation import Plan
    from sendwarmth.view.overview import entry, failed_entry

    links = {
        key: quote(f"{record.scenario}/{file}")
        for key, file in LINKED.items()
        if (project.outputs / record.scenario / file).is_file()
    }
    if record.fine:
        plan = siblings_of(project).plans[record.scenario]
        # Findings, if it was edited since it was run: the next run will say what is wrong.
        if isinstance(plan, Plan):
            return entry(plan, language, links)
    page = f"{record.scenario}/{ERROR_PAGE}"
    page = quote(page) if (project.outputs / page).is_file() else ""
    return failed_entry(record.scenario, record.said, language, page, links)
