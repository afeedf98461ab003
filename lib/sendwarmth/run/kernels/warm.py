"""The caller's side of the warm process: one for each process that runs notebooks."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from typing import Any

from sendwarmth.run.fingerprint import hash_of, hash_of_library
from sendwarmth.run.kernels.zygote import ONE_THREAD, kill

PATIENCE_SECONDS = 60


class WarmProcessError(RuntimeError):
    """The warm process did not start, or has died."""


class ForkedProcess:
    """A kernel's process: its two channels and the line over which its end is told."""

    def __init__(self, pid: int, *lines: socket.socket) -> None:
        self.pid = pid
        self.control, self.shell, self.iopub = lines
        self.exit_code: int | None = None
        self._open = True

    def is_alive(self) -> bool:
        """Return whether the process runs; it may outlive the warm process that forked it."""
        if not self._open or self.exit_code is not None:
            return False
        try:
            told = self.control.recv(4096, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            told = b""
        if told:
            self.exit_code = int(json.loads(told)["exit"])
            return False
        return self._listens()

    def _listens(self) -> bool:
        try:
            return bool(self.shell.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def interrupt(self) -> None:
        """Interrupt it and what it has started."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGINT)

    def ask_to_end(self) -> None:
        """Let it finish what it does and end."""
        with contextlib.suppress(OSError):
            self.shell.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End it and what it has started, now."""
        if self.is_alive():
            kill(self.pid)

    def close(self) -> None:
        """Close every line to it."""
        self._open = False
        for sock in (self.control, self.shell, self.iopub):
            sock.close()


class WarmProcess:
    """A process that forks kernels, until it is closed or this process ends."""

    def __init__(self, key: str, folder: str) -> None:
        self.key = key
        self.ready = False
        self.kernels: list[ForkedProcess] = []
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process
        self.door, inner = socket.socketpair()
        with inner:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sendwarmth.run.kernels.zygote", folder],
                stdin=inner.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                env={**os.environ, **ONE_THREAD},
                cwd=tempfile.gettempdir(),
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it can fork.

        Raises
        ------
        WarmProcessError
            It cannot.
        """
        if self.ready:
            return
        self.door.settimeout(PATIENCE_SECONDS)
        try:
            self.ready = self.door.recv(1) == b"+"
        except OSError:
            self.ready = False
        if not self.ready:
            raise WarmProcessError(f"the warm process did not start: {self._last_words()}")
        self.door.settimeout(None)

    def fork(self, request: dict[str, Any]) -> ForkedProcess:
        """Fork a kernel.

        Raises
        ------
        WarmProcessError
            It has died, or refuses.
        """
        control, inner = socket.socketpair()
        control.settimeout(PATIENCE_SECONDS)
        text, fds = b"", list[int]()
        try:
            with inner:
                socket.send_fds(self.door, [b"+"], [inner.fileno()])
            control.sendall(json.dumps(request).encode() + b"\n")
            text, fds, _, _ = socket.recv_fds(control, 4096, 2)
        except OSError:
            control.close()
        if not text:
            control.close()
            raise WarmProcessError(f"the warm process has died: {self._last_words()}")
        control.settimeout(None)
        channels = [socket.socket(fileno=fd) for fd in fds]
        kernel = ForkedProcess(json.loads(text)["pid"], control, *channels)
        self.kernels = [other for other in self.kernels if other._open] + [kernel]
        return kernel

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self.process.poll() is None

    def is_busy(self) -> bool:
        """Return whether a kernel of it is in use."""
        return any(kernel._open for kernel in self.kernels)

    def close(self) -> None:
        """End it, and with it its kernels."""
        self.door.close()
        self.errors.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)

    def abandon(self) -> None:
        """Let go of it without ending it: it belongs to the process this one was forked from."""
        self.door.close()

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self.errors.seek(0)
            lines = self.errors.read().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""


_lock = threading.RLock()
_processes: list[WarmProcess] = []


def can_fork() -> bool:
    """Return whether this system can fork, and hand a socket to another process."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


def start_warm_process(wait: bool = True, folder: str = "") -> WarmProcess:
    """Return the warm process of this process; start it, or start it anew if the library changed.

    Parameters
    ----------
    wait
        Whether to wait until it can fork.
    folder
        Where notebooks will run, the working folder by default; what a first notebook there would
        read and make is read and made ahead.

    Raises
    ------
    WarmProcessError
        It cannot start.
    """
    key = _key()
    with _lock:
        for process in list(_processes):
            outdated = process.key != key or not process.is_alive()
            if outdated and not (process.is_alive() and process.is_busy()):
                _processes.remove(process)
                process.close()
        current = next((p for p in _processes if p.key == key and p.is_alive()), None)
        if current is None:
            current = WarmProcess(key, folder or os.getcwd())
            _processes.append(current)
        if wait:
            current.wait()
        return current


def fork(request: dict[str, Any]) -> ForkedProcess:
    """Fork a kernel, from a new warm process if the last one has just died.

    Raises
    ------
    WarmProcessError
        No warm process can start.
    """
    with _lock:
        with contextlib.suppress(WarmProcessError, IndexError):
            return _processes[-1].fork(request)
        return start_warm_process().fork(request)


def close_warm_processes() -> None:
    """End every warm process of this process."""
    with _lock:
        while _processes:
            _processes.pop().close()


def _key() -> str:
    start = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PYTHON", "LC_")) or name in ("LANG", "HOME", "VIRTUAL_ENV")
    }
    return hash_of(os.getpid(), sys.executable, hash_of_library(), start)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()
    while _processes:
        _processes.pop().abandon()


atexit.register(close_warm_processes)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
