"""One scenario from its file to its results: checked, run, written whole, recorded."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, Place, SendWarmthError
from sendwarmth.model.scenario import Scenario
from sendwarmth.run import fingerprint
from sendwarmth.run.cancel import CANCELLED
from sendwarmth.run.manifest import NOTEBOOK, Record, State, publish, workspace, write_records
from sendwarmth.run.notebooks import (
    NotebookError,
    Settings,
    refuse_unknown_parameters,
    run_notebook,
)
from sendwarmth.run.project import REPORT_NOTEBOOK, Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of
from sendwarmth.view.words import words

TRIES = 3
# Nothing in a plan is drawn by chance; what is drawn beside it (uncertain heads) starts from here.
SEED = 20200125


@dataclass(frozen=True)
class Job:
    """One scenario to run: plain data, so that it can go to another machine.

    Parameters
    ----------
    root
        Folder of the project.
    scenario
        Name of the scenario.
    language
        ``zh`` or ``en``.
    settings
        How its notebook is run.
    made
        Facts for the record: versions, commit, whether the tree was clean.
    """

    root: str
    scenario: str
    language: str = "zh"
    settings: Settings = field(default_factory=Settings)
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        """The project."""
        return Project(Path(self.root))

    @property
    def notebook(self) -> Path:
        """The notebook that tells the scenario."""
        return self.project.notebook(REPORT_NOTEBOOK)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the notebook is given."""
        given = {"scenario": self.scenario, "language": self.language, "siblings": False}
        return {**given, "internal": self.settings.internal}


def key_of(job: Job) -> tuple[str, Scenario]:
    """Return the hash of all that a scenario's results depend on, and the scenario.

    Raises
    ------
    InputError
        The scenario cannot be read.
    """
    scenario = load_scenario(find_scenario(job.scenario, job.project.scenarios))
    facts = {f.name: getattr(scenario, f.name) for f in fields(scenario) if f.name != "origin"}
    key = fingerprint.hash_of(
        facts,
        fingerprint.hash_of_tables(tables_of(scenario)),
        fingerprint.hash_of_files([job.notebook], job.notebook.parent),
        fingerprint.hash_of_library(),
        fingerprint.versions(),
        job.parameters,
        job.settings.shared,
    )
    return key, scenario


def run_job(job: Job) -> Record:
    """Run one scenario to its record; whatever is wrong with it is in the record."""
    started, clock = now(), time.monotonic()

    def record(state: State, **facts: Any) -> Record:
        facts |= {"started": started, "finished": now(), "made": job.made}
        return Record(job.scenario, state, seconds=round(time.monotonic() - clock, 3), **facts)

    def fail(state: State, findings: Sequence[Finding], cell: str = "") -> Record:
        if CANCELLED.is_set():
            return record("cancelled")
        return _fail(job, record(state, said=said(job, findings), cell=cell))

    if CANCELLED.is_set():
        return record("cancelled")
    try:
        for _ in range(TRIES):
            key, scenario = key_of(job)
            with workspace(job.project.outputs) as work:
                shown = _make(job, scenario, work)
                # Files edited while it ran would put one plan into the page, another into Excel.
                if key_of(job)[0] == key:
                    return publish(job.project.outputs, work, record("done", key=key, shown=shown))
        place = Place(file=f"{job.scenario}.yaml")
        return fail("failed", [Finding("changed_during_run", "error", place)])
    except SendWarmthError as error:
        return fail("failed", error.findings)
    except NotebookError as error:
        return fail(error.state, [error.finding], error.cell)
    except OSError as error:
        return fail("failed", [not_written(error)])


def lost(job: Job, error: Exception) -> Record:
    """Record a scenario that was lost with the worker it was given to."""
    finding = Finding("worker_died", facts={"kind": type(error).__name__, "value": str(error)})
    reasons = said(job, [finding])
    return _fail(job, Record(job.scenario, "dead", finished=now(), made=job.made, said=reasons))


def _make(job: Job, scenario: Scenario, work: Path) -> str:
    """Write all results into a folder; return the hash of the scenarios the report shows beside."""
    from sendwarmth.model.allocation import allocate
    from sendwarmth.run import pages
    from sendwarmth.run.siblings import inputs_at, siblings_of

    refuse_unknown_parameters(job.notebook, job.parameters)
    plan = allocate(inputs_at(tables_of(scenario)), scenario)
    output = work / NOTEBOOK
    told = run_notebook(job.notebook, output, job.parameters, job.project.root, job.settings)
    siblings = siblings_of(job.project)
    wishes = (job.settings.shared, job.settings.internal)
    pages.write_results(plan, siblings, told, work, job.language, *wishes)
    return siblings.digest


def refresh(job: Job, record: Record) -> Record:
    """Write a report anew whose own scenario is unchanged, but not those it shows beside it."""
    import nbformat

    from sendwarmth.model.allocation import allocate
    from sendwarmth.run import pages
    from sendwarmth.run.siblings import inputs_at, siblings_of

    scenario = load_scenario(find_scenario(job.scenario, job.project.scenarios))
    plan, siblings = allocate(inputs_at(tables_of(scenario)), scenario), siblings_of(job.project)
    outputs = job.project.outputs
    told = nbformat.read(outputs / job.scenario / NOTEBOOK, as_version=4)
    with workspace(outputs) as work:
        pages.write_report(plan, siblings, told, work, job.language, job.settings.shared)
        return publish(outputs, work, replace(record, shown=siblings.digest))


def said(job: Job, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return findings about a scenario as sentences, its units and groups by name."""
    from sendwarmth.run.siblings import naming

    name = naming(job.project, job.scenario, job.language)
    return tuple(words(job.language).sentence(finding, name) for finding in findings)


def _fail(job: Job, record: Record) -> Record:
    """Write the error page beside what there is; results of an earlier run stay."""
    from sendwarmth.run import pages

    try:
        with workspace(job.project.outputs) as work:
            pages.write_error_page(record, work, job.language)
            return publish(job.project.outputs, work, record)
    except OSError:
        with contextlib.suppress(OSError):
            write_records(job.project.outputs, [record])
        return record


def not_written(error: OSError) -> Finding:
    """Return the finding for a file that could not be written or read."""
    facts = {"value": error.strerror or str(error)}
    return Finding("not_written", "error", Place(file=str(error.filename or "")), facts)


def now() -> str:
    """Return the time in UTC, as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
