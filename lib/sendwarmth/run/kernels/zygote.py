"""The warm process: it has imported what notebooks import, and forks a kernel for each of them.

It is started by `sendwarmth.run.kernels.warm` as ``python -m sendwarmth.run.kernels.zygote``. Its
standard input is a socket: each byte on it carries one more socket, over which one kernel is asked
for, given and told of and, by closing it, ended. When standard input ends, the caller has ended,
and so do this process and every kernel. It has one thread only, since a fork copies no other.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

WARM = (
    "IPython",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
    "numpy",
    "pandas",
    "scipy.optimize",
    "scipy.sparse",
    "plotly.basedatatypes",
    "plotly.graph_objs",
    "plotly.io._renderers",
    "ipywidgets",
    "anywidget",
    "sendwarmth",
    "sendwarmth.run.kernels.forked",
)
# Libraries that would start threads here; the child gets the caller's environment back.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
REQUEST_BYTES = 1 << 16


def warm(folder: str = "") -> None:
    """Import what notebooks import, and make what is made on first use.

    Parameters
    ----------
    folder
        Where notebooks will run; the tables of the project it is in are read ahead.
    """
    # A debugger starts threads, and nobody debugs these kernels.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        # What is warned of here is warned of again in the kernel that asks for it.
        warnings.simplefilter("ignore")
        from sendwarmth.run.kernels.rehearsal import rehearse

        rehearse(Path(folder))
    del sys.modules["debugpy"]


def threads() -> int:
    """Return how many threads this process has, those of C libraries included."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


@dataclass(frozen=True)
class Child:
    """A kernel that waits for its request: its process, and this end of its three sockets."""

    pid: int
    orders: socket.socket
    shell: socket.socket
    iopub: socket.socket

    def close(self) -> None:
        """Let go of it; one that still waits ends."""
        for sock in (self.orders, self.shell, self.iopub):
            sock.close()


class Zygote:
    """Answers requests for kernels until its caller ends.

    One kernel is always forked ahead: it makes ready while the one before it runs.
    """

    def __init__(self, door: socket.socket) -> None:
        from sendwarmth.run.kernels.forked import USUAL, prepare

        self.door = door
        self.usual = USUAL
        self.app = prepare(USUAL)
        self.selector = selectors.DefaultSelector()
        self.kernels: dict[int, socket.socket] = {}
        self.spare: Child | None = None
        self.wake, self.waker = socket.socketpair()

    def serve(self) -> None:
        """Fork a kernel for each request; end every kernel whose requester has ended."""
        self.waker.setblocking(False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        for sock in (self.door, self.wake):
            self.selector.register(sock, selectors.EVENT_READ)
        try:
            while True:
                if self.spare is None:
                    self.spare = self._fork(self.usual)
                for key, _ in self.selector.select():
                    if key.fileobj is self.door:
                        if not self._enter():
                            return
                    elif key.fileobj is self.wake:
                        self._reap()
                    else:
                        self._leave(key.fileobj)  # type: ignore[arg-type]
        finally:
            for pid in (*self.kernels, *([self.spare.pid] if self.spare else [])):
                kill(pid)

    def _enter(self) -> bool:
        byte, fds, _, _ = socket.recv_fds(self.door, 1, 1)
        if not byte:
            return False
        control = socket.socket(fileno=fds[0])
        control.settimeout(10)
        try:
            line = _line(control)
            self._give(line, json.loads(line)["arguments"], control)
        except (OSError, ValueError):
            control.close()
        return True

    def _give(self, line: bytes, arguments: list[str], control: socket.socket) -> None:
        """Hand a request to a kernel, and the kernel's sockets to who made the request."""
        child, self.spare = self.spare, None
        if child is None or arguments != self.usual:
            self.spare, child = child, self._fork(arguments)
        try:
            child.orders.sendall(line)
        except OSError:
            child.close()
            child = self._fork(arguments)
            child.orders.sendall(line)
        told = json.dumps({"pid": child.pid}).encode() + b"\n"
        socket.send_fds(control, [told], [child.shell.fileno(), child.iopub.fileno()])
        child.close()
        control.settimeout(None)
        self.kernels[child.pid] = control
        self.selector.register(control, selectors.EVENT_READ)

    def _fork(self, arguments: list[str]) -> Child:
        pairs = [socket.socketpair() for _ in range(3)]
        pid = os.fork()
        if pid == 0:
            self._become_kernel(arguments, pairs)
        for _, theirs in pairs:
            theirs.close()
        return Child(pid, *(ours for ours, _ in pairs))

    def _become_kernel(
        self, arguments: list[str], pairs: list[tuple[socket.socket, socket.socket]]
    ) -> NoReturn:
        status = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            self.selector.close()
            ours = [sock for sock, _ in pairs]
            for sock in (self.wake, self.waker, *ours, *self.kernels.values()):
                sock.close()
            if self.spare:
                self.spare.close()
            self.door.detach()
            with open(os.devnull, "rb") as nothing:
                os.dup2(nothing.fileno(), 0)
            from sendwarmth.run.kernels.forked import prepare, run

            app = self.app if arguments == self.usual else prepare(arguments)
            status = run(app, *(theirs for _, theirs in pairs))
        finally:
            os._exit(status)

    def _reap(self) -> None:
        self.wake.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                control = self.kernels.pop(pid, None)
                if control is not None:
                    _tell(control, {"exit": os.waitstatus_to_exitcode(status)})
                    self._forget(control)
                    kill(pid)
                elif self.spare and self.spare.pid == pid:
                    self.spare.close()
                    self.spare = None

    def _leave(self, control: socket.socket) -> None:
        for pid, known in self.kernels.items():
            if known is control:
                kill(pid)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(control)

    def _forget(self, control: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(control)
        control.close()


def kill(pid: int) -> None:
    """Kill a kernel with everything it has started."""
    # The group is the kernel's own from its first step on; the process, from its fork on.
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(pid, signal.SIGKILL)


def _line(sock: socket.socket) -> bytes:
    text = b""
    while not text.endswith(b"\n"):
        more = sock.recv(REQUEST_BYTES)
        if not more:
            raise ValueError("the request ends early")
        text += more
    return text


def _tell(control: socket.socket, what: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        control.sendall(json.dumps(what).encode() + b"\n")


def _nothing(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: a signal with a handler wakes the selector."""


def main() -> None:
    """Warm up, then serve the socket that is standard input."""
    # As ipykernel's launcher does: a file of the working folder must not stand for a library.
    sys.path.remove(os.getcwd())
    warm(sys.argv[1])
    zygote = Zygote(socket.socket(fileno=0))
    gc.collect()
    gc.freeze()
    count = threads()
    if count != 1:
        sys.exit(f"{count} threads, and a fork copies one")
    zygote.door.sendall(b"+")
    zygote.serve()


if __name__ == "__main__":
    main()
