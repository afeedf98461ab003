"""Ctrl-C and SIGTERM: nothing new starts, what runs is ended, what is being written is finished."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from types import FrameType

from sendwarmth.run.kernels.warm import close_warm_processes

# Set while a run is being cancelled: a kernel that dies now has been ended, not died.
CANCELLED = threading.Event()
EVERY_SECONDS = 0.1


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM cancel a run as Ctrl-C does; afterwards signals do what they did before."""
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
        CANCELLED.clear()


def stop(executor: Executor) -> None:
    """Let nothing start and end what runs; return when all of it has ended."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    CANCELLED.set()
    if not isinstance(executor, ThreadPoolExecutor):
        executor.shutdown(wait=False)
        return
    ended = threading.Event()
    # A kernel that was just being started is not there to be ended yet: look again.
    sweeper = threading.Thread(target=_end_kernels, args=(ended,), daemon=True)
    sweeper.start()
    executor.shutdown(wait=True, cancel_futures=True)
    ended.set()
    sweeper.join()


def _end_kernels(ended: threading.Event) -> None:
    import psutil

    while not ended.is_set():
        close_warm_processes()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "ipykernel_launcher" in child.cmdline():
                    child.kill()
        ended.wait(EVERY_SECONDS)
