"""The main job: every scenario run or found unchanged, then the pages over all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sendwarmth.model.findings import SendWarmthError
from sendwarmth.run import fingerprint, jobs
from sendwarmth.run.cancel import CANCELLED, stop, terminable
from sendwarmth.run.checking import refuse_bad_tables
from sendwarmth.run.jobs import Job
from sendwarmth.run.kernels.warm import can_fork, start_warm_process
from sendwarmth.run.manifest import (
    Record,
    is_current,
    read_manifest,
    sweep_out,
    write_records,
)
from sendwarmth.run.notebooks import Settings
from sendwarmth.run.progress import Silence
from sendwarmth.run.project import Project
from sendwarmth.run.robustness import Made, make_pages
from sendwarmth.run.schedule import default_jobs, executor_for, memory_for, run_jobs
from sendwarmth.run.siblings import digest_of


@dataclass(frozen=True)
class Options:
    """How a run goes.

    Parameters
    ----------
    jobs
        Notebooks at once.
    cluster
        Address of a Dask scheduler; empty for this machine.
    force
        Whether unchanged scenarios are run again.
    language
        ``zh`` or ``en``.
    settings
        How notebooks are run.
    robustness
        Scenarios whose page on robustness is made; one that is there is kept up to date anyway.
    """

    jobs: int = 1
    cluster: str = ""
    force: bool = False
    language: str = "zh"
    settings: Settings = field(default_factory=Settings)
    robustness: tuple[str, ...] = ()


def options(
    language: str,
    *,
    jobs: int | None = None,
    engine: str = "fork",
    cluster: str = "",
    force: bool = False,
    timeout: int = 600,
    memory: float | None = None,
    **look: bool,
) -> Options:
    """Return how a run goes, with what this machine allows where nothing is said.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    jobs
        Notebooks at once; None for as many as cores and memory allow.
    engine
        ``fork`` or ``stock``.
    cluster
        Address of a Dask scheduler; empty for this machine.
    force
        Whether unchanged scenarios are run again.
    timeout
        Most seconds for one cell.
    memory
        Most GiB for one kernel; None for an even part of what is free.
    look
        ``internal`` and ``shared``, see `sendwarmth.run.notebooks.Settings`.
    """
    jobs = jobs or default_jobs()
    memory_bytes = int(memory * 2**30) if memory else memory_for(jobs)
    settings = Settings(engine, timeout, memory_bytes, **look)
    return Options(jobs, cluster, force, language, settings)


def run(project: Project, names: Sequence[str], options: Options, teller: Silence) -> int:
    """Run scenarios and rebuild the pages over all of them.

    Returns
    -------
    int
        0 where every scenario is done or unchanged, 1 where one is not, 130 where cancelled.

    Raises
    ------
    InputError
        The tables that scenarios share cannot be used.
    NoCluster
        The cluster cannot be used.
    OSError
        The outputs cannot be written.
    """
    with terminable():
        return _run_all(project, names, options, teller)


def _run_all(project: Project, names: Sequence[str], options: Options, teller: Silence) -> int:
    project.outputs.mkdir(exist_ok=True)
    sweep_out(project.outputs)
    made = _made(options)
    all_jobs = [
        Job(str(project.root), name, options.language, options.settings, made) for name in names
    ]
    cached = [] if options.force else list(_unchanged(project, all_jobs))
    known = {record.scenario for record in cached}
    asked = [job for job in all_jobs if job.scenario not in known]
    teller.start(len(all_jobs))
    for record in cached:
        teller.ended(record)
    write_records(project.outputs, cached)
    records = cached + _run(asked, options, teller)
    unmade: list[Made] = []
    if not CANCELLED.is_set():
        _show_others(project, all_jobs)
        unmade = [made for made in _robust(all_jobs, options, teller) if made.said]
        from sendwarmth.run import overview

        overview.rebuild(project, options.language, options.settings)
    sweep_out(project.outputs)
    index = "" if CANCELLED.is_set() else str(project.outputs / "index.html")
    teller.finish(index=index)
    if CANCELLED.is_set():
        return 130
    return int(bool(unmade) or not all(record.fine for record in records))


def _run(asked: Sequence[Job], options: Options, teller: Silence) -> list[Record]:
    if not asked:
        return []
    refuse_bad_tables(asked[0].project)
    if options.settings.engine == "fork" and can_fork() and not options.cluster:
        # It warms up while this process imports what it needs itself.
        start_warm_process(wait=False, folder=str(asked[0].project.root))
    ended: list[Record] = []
    with executor_for(options.jobs, options.cluster) as executor:
        try:
            for record in run_jobs(asked, executor):
                ended.append(record)
                teller.ended(record)
        except KeyboardInterrupt:
            stop(executor)
            for record in _cancelled(asked, ended):
                ended.append(record)
                teller.ended(record)
    return ended


def _cancelled(asked: Sequence[Job], ended: Sequence[Record]) -> Iterator[Record]:
    """Record what a cancelled run has left undone; yield how each untold scenario ended."""
    outputs = asked[0].project.outputs
    told = {record.scenario for record in ended}
    for job in asked:
        last = read_manifest(outputs).get(job.scenario)
        if job.scenario in told:
            continue
        if last and last.fine and last.made.get("run") == job.made["run"]:
            yield last
        else:
            record = Record(job.scenario, "cancelled", made=job.made)
            write_records(outputs, [record])
            yield record


def _unchanged(project: Project, all_jobs: Sequence[Job]) -> Iterator[Record]:
    known = read_manifest(project.outputs)
    for job in all_jobs:
        record = known.get(job.scenario)
        with contextlib.suppress(SendWarmthError, OSError):
            if record and record.fine and is_current(project.outputs, record, jobs.key_of(job)[0]):
                yield replace(record, state="cached")


def _show_others(project: Project, all_jobs: Sequence[Job]) -> None:
    """Write anew the reports of unchanged scenarios that show a changed one beside them."""
    records = read_manifest(project.outputs)
    digest = digest_of(project)
    for job in all_jobs:
        record = records.get(job.scenario)
        if record and record.fine and record.shown != digest:
            jobs.refresh(job, record)


def _robust(all_jobs: Sequence[Job], options: Options, teller: Silence) -> Iterator[Made]:
    """Write the pages on robustness and tell of each."""
    for made in make_pages(all_jobs, options.robustness):
        teller.wrote(made.page, made.seconds, made.said)
        yield made


def _made(options: Options) -> dict[str, object]:
    head, clean = fingerprint.commit()
    return {
        "versions": dict(fingerprint.versions()),
        "seed": jobs.SEED,
        "commit": head,
        "clean": clean,
        "engine": options.settings.engine,
        "run": fingerprint.new_id(),
    }
