"""Many scenarios over any executor: local threads, or a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future
from typing import Any

from sendwarmth.run.jobs import Job, lost, run_job
from sendwarmth.run.manifest import Record

NEEDED_BYTES = 1 << 30
PATIENCE_SECONDS = 10
ADDRESS = re.compile(r"((tcp|tls)://)?(?P<host>[^:/\[\]]+|\[[^\]]+\]):(?P<port>\d{1,5})")


class NoCluster(Exception):
    """A cluster that cannot be used: ``distributed`` is missing, or nobody answers."""


def run_jobs(
    jobs: Sequence[Job], executor: Executor, work: Callable[[Job], Record] = run_job
) -> Iterator[Record]:
    """Run jobs and yield the record of each as it ends.

    Parameters
    ----------
    jobs
        What to run.
    executor
        Any `concurrent.futures.Executor`. Its workers must see the project's folder.
    work
        What runs one job.
    """
    waiting: dict[Future[Record], Job] = {executor.submit(work, job): job for job in jobs}
    while waiting:
        ended, _ = futures.wait(waiting, return_when=futures.FIRST_COMPLETED)
        for future in ended:
            yield _record(future, waiting.pop(future))


def _record(future: Future[Record], job: Job) -> Record:
    try:
        return future.result()
    except futures.CancelledError:
        return Record(job.scenario, "cancelled")
    except Exception as error:
        # A worker that died with its job; what is raised then depends on the executor.
        return lost(job, error)


@contextlib.contextmanager
def executor_for(jobs: int, cluster: str = "", *, processes: bool = False) -> Iterator[Executor]:
    """Give an executor: a cluster's if one is named, otherwise threads of this process.

    A thread only waits for the process that runs its notebook. What computes in the worker itself
    asks for ``processes``.

    Raises
    ------
    NoCluster
        The cluster cannot be used.
    """
    if cluster:
        with _cluster(cluster) as executor:
            yield executor
        return
    pool: Executor
    if processes:
        # Forking would copy a process that may have threads.
        spawn = multiprocessing.get_context("spawn")
        pool = futures.ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_depend)
    else:
        pool = futures.ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="scenario")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _depend() -> None:
    """Let a worker end with its parent, which says when to stop: on Ctrl-C it finishes its part."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise NoCluster("distributed") from None
    _knock(address)
    # It warns of every worker that goes; what became of the worker's scenarios is told anyway.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise NoCluster(str(error)) from None
    with client:
        yield client.get_executor(pure=False)


def _knock(address: str) -> None:
    """Refuse an address nobody answers at: a client made in vain complains long after."""
    parts = ADDRESS.fullmatch(address)
    if parts is None:
        raise NoCluster(address)
    host, port = parts["host"].strip("[]"), int(parts["port"])
    try:
        socket.create_connection((host, port), timeout=PATIENCE_SECONDS).close()
    except OSError as error:
        raise NoCluster(f"{address}: {error.strerror or error}") from None


def default_jobs() -> int:
    """Return how many notebooks fit this machine: one a core, and 1 GiB of memory for each."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, int(psutil.virtual_memory().available // NEEDED_BYTES)))


def memory_for(jobs: int) -> int:
    """Return the most memory one kernel may have, in bytes, so that as many fit at once."""
    import psutil

    return max(NEEDED_BYTES, int(psutil.virtual_memory().available // jobs))
