"""The page on how robust a plan is: run where it is asked for, made anew where it is out of date.

It shows the scenario beside the others of its folder, so that it depends on all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sendwarmth.run import fingerprint
from sendwarmth.run.jobs import SEED, Job, said
from sendwarmth.run.manifest import (
    ROBUSTNESS,
    Record,
    hash_of_file,
    publish,
    read_manifest,
    workspace,
)
from sendwarmth.run.notebooks import NotebookError, refuse_unknown_parameters, run_notebook
from sendwarmth.run.project import ROBUSTNESS_NOTEBOOK, Project
from sendwarmth.run.scenarios import parents_first
from sendwarmth.run.siblings import digest_of


@dataclass(frozen=True)
class Made:
    """What became of one page.

    Parameters
    ----------
    page
        The page, from the folder of the outputs.
    seconds
        How long it took.
    said
        Why there is no such page, a sentence each, if there is none.
    """

    page: str
    seconds: float
    said: tuple[str, ...] = ()


def shown_for(project: Project, names: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Return whose pages a run makes: those asked for; of a run of all, what the others extend."""
    if asked or names:
        return tuple(asked)
    return tuple(parents_first(project.scenarios)[:1])


def make_pages(all_jobs: Sequence[Job], asked: Sequence[str]) -> Iterator[Made]:
    """Write the pages asked for and those that are there already, unless they are up to date.

    A scenario without a plan has none.

    Parameters
    ----------
    all_jobs
        The scenarios of this run.
    asked
        Names of those whose page is asked for.
    """
    for job in all_jobs:
        folder = job.project.outputs / job.scenario
        record = read_manifest(job.project.outputs).get(job.scenario)
        wanted = job.scenario in asked or (folder / ROBUSTNESS).exists()
        if wanted and record and record.fine and not _stands(job, record):
            yield _make(job, record)


def _parameters(job: Job) -> dict[str, object]:
    given = {"scenario": job.scenario, "language": job.language, "seed": SEED}
    return {**given, "internal": job.settings.internal}


def _key(job: Job, record: Record) -> str:
    notebook = job.project.notebook(ROBUSTNESS_NOTEBOOK)
    return fingerprint.hash_of(
        record.key,
        digest_of(job.project),
        fingerprint.hash_of_files([notebook], notebook.parent),
        fingerprint.hash_of_library(),
        _parameters(job),
        job.settings.shared,
    )


def _stands(job: Job, record: Record) -> bool:
    file = job.project.outputs / job.scenario / ROBUSTNESS
    untouched = record.files.get(ROBUSTNESS) == hash_of_file(file)
    return untouched and record.robust == _key(job, record)


def _make(job: Job, record: Record) -> Made:
    from sendwarmth.run import pages

    clock, key = time.monotonic(), _key(job, record)
    notebook = job.project.notebook(ROBUSTNESS_NOTEBOOK)
    name = f"{job.scenario}/{ROBUSTNESS}"
    reasons: tuple[str, ...] = ()
    refuse_unknown_parameters(notebook, _parameters(job))
    with workspace(job.project.outputs) as work:
        output = work / notebook.name
        try:
            told = run_notebook(notebook, output, _parameters(job), job.project.root, job.settings)
            text = pages.page_of(told, job.language, job.settings.shared)
        except NotebookError as error:
            # In the place of a page that would tell of another plan.
            reasons, key = said(job, [error.finding]), ""
            text = pages.error_text(job.scenario, reasons, error.cell, job.language)
        (work / ROBUSTNESS).write_text(text, encoding="utf-8")
        publish(job.project.outputs, work, replace(record, robust=key))
    return Made(name, round(time.monotonic() - clock, 3), reasons)
