"""The kernel in a forked child: ipykernel as it is, on two sockets to the caller."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import random
import signal
import socket
import threading
import time
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from tornado import ioloop
from traitlets import Any as AnyTrait

from sendwarmth.run import wire

END: list[bytes] = []
GRACE_SECONDS = 10


class Wire:
    """Stands where ipykernel expects a 0MQ socket to send on."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.context = zmq.Context()
        self._lock = threading.Lock()

    def send_multipart(self, parts: list[Any], *_: Any, **__: Any) -> None:
        """Send one message; a caller that has gone hears nothing, and the kernel ends soon."""
        with self._lock, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(wire.pack(parts))

    def flush(self, *_: Any, **__: Any) -> None:
        """Nothing waits: every message has been sent."""

    def close(self) -> None:
        """Leave the socket open; the end of the process closes it."""


class ForkedKernel(IPythonKernel):
    """The IPython kernel over two sockets, without subshells and debugger."""

    shell_stream = AnyTrait()
    stdin_socket = AnyTrait()
    _supports_kernel_subshells = False

    def start(self) -> None:
        """Prepare to run cells in the loop that is running."""
        if self.shell:
            self.shell.exit_now = False
        self.io_loop = ioloop.IOLoop.current()
        self._control_lock = asyncio.Lock()
        self._publish_status("starting", "shell")

    async def serve(self, sock: socket.socket) -> None:
        """Answer messages of the caller until it ends the conversation."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[list[bytes]] = asyncio.Queue()
        threading.Thread(
            target=self._listen, args=(sock, loop, queue), name="shell", daemon=True
        ).start()
        tasks: set[asyncio.Task[None]] = set()
        context = copy_context()
        while (parts := await queue.get()) is not END:
            frames = [zmq.Frame(part) for part in parts]
            task = asyncio.create_task(self.shell_main(None, frames), context=context)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def _listen(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        queue: asyncio.Queue[list[bytes]],
    ) -> None:
        # Always draining, as ipykernel's own shell thread does: a caller must never wait to send.
        buffer = bytearray()
        while wire.receive(sock, buffer):
            while (parts := wire.unpack(buffer)) is not None:
                loop.call_soon_threadsafe(queue.put_nowait, parts)
        loop.call_soon_threadsafe(queue.put_nowait, END)
        # The caller has gone. A cell that is still running after a while runs for nobody.
        time.sleep(GRACE_SECONDS)
        os.killpg(0, signal.SIGKILL)


class ForkedApp(IPKernelApp):
    """ipykernel's own start-up (profile, extensions, captured output) on the two sockets."""

    def __init__(self, shell: socket.socket, iopub: socket.socket) -> None:
        super().__init__()
        self._shell_sock, self._iopub_sock = shell, iopub

    def _nothing(self, **_: Any) -> None:
        """There is no connection file, no heartbeat, and the warm process watches the parent."""

    init_connection_file = write_connection_file = log_connection_info = _nothing
    init_poller = init_heartbeat = _nothing

    def init_sockets(self) -> None:
        """Put the sockets where ipykernel has its own."""
        self.configure_tornado_logger()
        self.iopub_thread = IOPubThread(Wire(self._iopub_sock), session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def init_kernel(self) -> None:
        """Create the kernel."""
        self.kernel = ForkedKernel.instance(
            parent=self,
            session=self.session,
            shell_stream=Wire(self._shell_sock),
            # Asked for the main thread only, where a cell awaits at top level.
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count


def run(request: dict[str, Any], shell: socket.socket, iopub: socket.socket) -> int:
    """Be the kernel the request asks for, to its end; return the exit status of the process."""
    atexit._clear()
    _limit_memory(request["memory_bytes"])
    _take_place(request["cwd"], request["environment"])
    _forget_common_chance()
    app = ForkedApp.instance(shell, iopub)
    app.session.key = request["key"].encode()
    app.initialize(request["arguments"])
    _choose_renderer()
    asyncio.run(_serve(app, shell))
    atexit._run_exitfuncs()
    return 0


async def _serve(app: ForkedApp, shell: socket.socket) -> None:
    app.kernel.start()
    await app.kernel.serve(shell)


def _limit_memory(most: int) -> None:
    """Let the kernel take so many bytes beyond those the warm process has set aside already."""
    if not most:
        return
    with contextlib.suppress(OSError, ImportError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        most += pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _take_place(folder: str, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)


def _forget_common_chance() -> None:
    """Give this child randomness of its own: children of one process would share it."""
    import numpy as np

    random.seed()
    np.random.seed()


def _choose_renderer() -> None:
    """Let plotly choose once more how it draws: it chose when imported, outside a kernel."""
    import plotly.io as pio

    pio.renderers.default = os.environ.get("PLOTLY_RENDERER") or "plotly_mimetype"
