"""Who does the work of many units: this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from sendwarmth.run.schedule import executor_for

EACH = 4
"""Jobs in flight for each process, so that none waits for the next to be handed over."""
ON_CLUSTER = 512
"""Jobs in flight on a cluster."""
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
PRELOADED = ["sendwarmth.run.levels.unit", "sendwarmth.model.allocation"]


class Crew:
    """The process itself, alone.

    Attributes
    ----------
    width
        How many jobs may be in flight.
    """

    width = 1

    def submit(self, work: Callable[[Any], Any], job: Any) -> Future[Any]:
        """Have a job done; return its future."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(work(job))
        except Exception as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        """Go on after a process has died."""

    def stop(self) -> None:
        """Let nothing new start; wait for what runs."""


class Processes(Crew):
    """Processes of this machine, each with one thread."""

    def __init__(self, jobs: int) -> None:
        self.jobs, self.width = jobs, EACH * jobs
        forks = "forkserver" in multiprocessing.get_all_start_methods()
        self.context = multiprocessing.get_context("forkserver" if forks else "spawn")
        if forks:
            self.context.set_forkserver_preload(PRELOADED)
        self.pool = self._pool()

    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.jobs, self.context, initializer=_begin)

    def submit(self, work: Callable[[Any], Any], job: Any) -> Future[Any]:
        """Have a job done by one of the processes."""
        return self.pool.submit(work, job)

    def renew(self) -> None:
        """Start new processes: one that dies takes its pool with it."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.pool = self._pool()

    def stop(self) -> None:
        """Let nothing new start; wait for what runs."""
        self.pool.shutdown(wait=True, cancel_futures=True)


class Cluster(Crew):
    """The workers of a Dask cluster; one that dies has its jobs done again by the others."""

    width = ON_CLUSTER

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def submit(self, work: Callable[[Any], Any], job: Any) -> Future[Any]:
        """Have a job done by one of the workers."""
        return self.executor.submit(work, job)

    def stop(self) -> None:
        """Let nothing new start."""
        self.executor.shutdown(wait=False)


def _begin() -> None:
    """Leave Ctrl-C to the process that gave the jobs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def crew_for(jobs: int, cluster: str = "") -> Iterator[Crew]:
    """Give a crew: a cluster's if one is named, else so many processes, or this one alone.

    Raises
    ------
    NoCluster
        The cluster cannot be used.
    """
    if cluster:
        with executor_for(jobs, cluster) as executor:
            yield Cluster(executor)
    elif jobs == 1:
        yield Crew()
    else:
        for name in ONE_THREAD:
            os.environ.setdefault(name, "1")
        crew = Processes(jobs)
        try:
            yield crew
        finally:
            crew.stop()
