"""The main job: every scenario run or found unchanged, then the pages over all of them."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import FrameType

from sendwarmth.model.findings import SendWarmthError
from sendwarmth.run import fingerprint, jobs
from sendwarmth.run.checking import refuse_bad_tables
from sendwarmth.run.jobs import Job
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
from sendwarmth.run.schedule import default_jobs, executor_for, memory_for, run_jobs
from sendwarmth.run.siblings import digest_of
from sendwarmth.run.warm import close_warm_processes, start_warm_process


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
    """

    jobs: int = 1
    cluster: str = ""
    force: bool = False
    language: str = "zh"
    settings: Settings = field(default_factory=Settings)


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
    cancelled = any(record.state == "cancelled" for record in records)
    if not cancelled:
        _show_others(project, all_jobs)
        from sendwarmth.run import overview

        overview.rebuild(project, options.language, options.settings)
    teller.finish(index=str(project.outputs / "index.html"))
    return 130 if cancelled else int(not all(record.fine for record in records))


def _run(asked: Sequence[Job], options: Options, teller: Silence) -> list[Record]:
    if not asked:
        return []
    refuse_bad_tables(asked[0].project)
    if options.settings.engine == "fork" and not options.cluster:
        # It warms up while this process imports what it needs itself.
        start_warm_process(wait=False)
    ended: list[Record] = []
    try:
        with _terminable(), executor_for(options.jobs, options.cluster) as executor:
            try:
                for record in run_jobs(asked, executor):
                    ended.append(record)
                    teller.ended(record)
            except KeyboardInterrupt:
                _stop()
                raise
    except KeyboardInterrupt:
        left = {job.scenario for job in asked} - {record.scenario for record in ended}
        finished = read_manifest(asked[0].project.outputs)
        missing = [Record(name, "cancelled", made=asked[0].made) for name in sorted(left)]
        unfinished = [r for r in missing if not _just_done(finished.get(r.scenario), asked)]
        write_records(asked[0].project.outputs, unfinished)
        for record in unfinished:
            teller.ended(record)
        ended += unfinished or [Record("", "cancelled")]
    finally:
        jobs.CANCELLED.clear()
    return ended


def _just_done(record: Record | None, asked: Sequence[Job]) -> bool:
    return bool(record and record.fine and record.made.get("run") == asked[0].made["run"])


def _stop() -> None:
    """Let nothing start, and end what runs; what is being written is written whole."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs.CANCELLED.set()
    close_warm_processes()
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "ipykernel_launcher" in child.cmdline():
                child.kill()


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM cancel a run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    interrupt = signal.getsignal(signal.SIGINT)
    terminate = signal.signal(signal.SIGTERM, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, terminate)
        signal.signal(signal.SIGINT, interrupt)


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
