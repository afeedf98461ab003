"""The kernel in a forked child: ipykernel as it is, on two sockets to the caller."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import uuid
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from tornado import ioloop
from traitlets import Any as AnyTrait

from sendwarmth.run.kernels import wire

# A thread and a database for what nobody will look up: the history of one run.
NO_HISTORY = "--HistoryManager.enabled=False"
# What nbclient asks of every IPython kernel.
USUAL = ["--HistoryManager.hist_file=:memory:"]
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


class Outlet(IOPubThread):
    """ipykernel's thread for what is shown, for flushing alone: messages are sent where made.

    A message is one write to a socket somebody reads; handing each to a thread that waits for the
    interpreter's lock takes longer.
    """

    def send_multipart(self, *parts: Any, **how: Any) -> None:
        """Send one message."""
        self._really_send(*parts, **how)


class ForkedKernel(IPythonKernel):
    """The IPython kernel over two sockets, without subshells and debugger."""

    shell_stream = AnyTrait()
    stdin_socket = AnyTrait()
    _supports_kernel_subshells = False
    # A pause for 0MQ to get its messages out; here they are out when they are sent.
    _execute_sleep = 0.0

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
    """ipykernel's own start-up (profile, shell, extensions, captured output) in two halves.

    `initialize` is the half that starts no thread and opens nothing: it is done before the fork.
    `connect` and `begin` are the other, done in the child before and after it has its request.
    """

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the profile and make the shell."""
        super(IPKernelApp, self).initialize(argv)
        self.init_pdb()
        self.configure_tornado_logger()
        self.kernel = ForkedKernel.instance(
            parent=self,
            session=self.session,
            # Asked for the main thread only, where a cell awaits at top level.
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.init_path()
        self.init_shell()

    def init_code(self) -> None:
        """Run what the profile asks for; not the list of all modules, which none here asks for."""
        self._run_startup_files()
        self._run_exec_lines()
        self._run_exec_files()
        if self.hide_initial_ns and self.shell:
            self.shell.user_ns_hidden.update(self.shell.user_ns)

    def connect(self, shell: socket.socket, iopub: socket.socket) -> None:
        """Put the two sockets where ipykernel has its own."""
        self.session.session, self.session.pid = str(uuid.uuid4()), os.getpid()
        self.iopub_thread = Outlet(Wire(iopub), session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket
        kernel = self.kernel
        kernel.shell_stream, kernel.iopub_thread = Wire(shell), self.iopub_thread
        for sender in (kernel.shell.displayhook, kernel.shell.display_pub):
            sender.pub_socket = self.iopub_socket
        kernel.iopub_socket = self.iopub_socket
        self.init_io()
        self.displayhook.get_execution_count = lambda: kernel.execution_count
        self.init_signal()

    def begin(self, key: str) -> None:
        """Do what a kernel that was just started does in its folder and environment."""
        self.session.key = key.encode()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()
        sys.stdout.flush()
        sys.stderr.flush()


def prepare(arguments: list[str]) -> ForkedApp:
    """Return a kernel's first half, made with ipykernel's command line arguments."""
    for kind in (ForkedApp, ForkedKernel, ZMQInteractiveShell):
        kind.clear_instance()
    app: ForkedApp = ForkedApp.instance()
    app.initialize([*arguments, NO_HISTORY])
    return app


def run(app: ForkedApp, orders: socket.socket, shell: socket.socket, iopub: socket.socket) -> int:
    """Be the kernel a request asks for, to its end; return the exit status of the process.

    Parameters
    ----------
    app
        The first half, made before the fork.
    orders
        Where the request comes: ``cwd``, ``environment``, ``memory_bytes``, ``key``.
    shell, iopub
        Sockets to the caller.
    """
    app.connect(shell, iopub)
    with orders, orders.makefile("rb") as lines:
        line = lines.readline()
    if not line:
        return 0
    request = json.loads(line)
    _limit_memory(request["memory_bytes"])
    _take_place(request["cwd"], request["environment"])
    _forget_common_chance()
    app.begin(request["key"])
    _choose_renderer()
    # What is to be run at the end is what the notebook asks for, not what tidies up a kernel.
    atexit._clear()
    asyncio.run(_serve(app, shell))
    atexit._run_exitfuncs()
    shell.close()
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
