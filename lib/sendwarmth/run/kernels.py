"""papermill's engine ``fork``: each notebook runs in a kernel forked from a warm process.

Everything but the kernel's start is papermill's and nbclient's own: the client that runs cells,
reads outputs, keeps time and notices death is the stock engine's; only its kernel manager differs.
papermill imports this module while it is itself being imported, so nothing here imports papermill
before an engine is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import socket
import sys
import time
from datetime import timedelta
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session
from traitlets import Integer

from sendwarmth.run import wire
from sendwarmth.run.warm import ForkedProcess, WarmProcessError, fork, start_warm_process

_log = logging.getLogger(__name__)
GRACE = timedelta(seconds=5)


class Channel:
    """One direction of talk with a kernel, as nbclient reads it."""

    def __init__(self, sock: socket.socket, session: Session) -> None:
        self.sock = sock
        self.session = session
        self.running = False
        self._buffer = bytearray()
        self._ended = False

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message.

        Raises
        ------
        queue.Empty
            None came in time. A kernel that has died says nothing more; nbclient finds out.
        """
        while (parts := wire.unpack(self._buffer)) is None:
            try:
                await asyncio.wait_for(self._more(), timeout)
            except TimeoutError:
                raise Empty from None
        _, frames = self.session.feed_identities(parts, copy=True)
        message: dict[str, Any] = self.session.deserialize(frames, content=True, copy=True)
        if message["msg_type"] == "execute_reply":
            self.running = False
        return message

    async def _more(self) -> None:
        loop, fd = asyncio.get_running_loop(), self.sock.fileno()
        ready = loop.create_future()
        # 0MQ may have left a socket of this number behind in the loop, closed but not removed; the
        # loop would take ours for that one and never wake.
        loop.remove_reader(fd)
        if not self._ended:
            loop.add_reader(fd, _settle, ready)
        try:
            await ready
        finally:
            loop.remove_reader(fd)
        self._ended = not wire.receive(self.sock, self._buffer)

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; one to a dead kernel is lost, as it is over 0MQ."""
        with contextlib.suppress(OSError):
            self.sock.sendall(wire.pack(self.session.serialize(message)))


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class ForkKernelClient:
    """What nbclient asks of a kernel's client."""

    allow_stdin = False

    def __init__(self, process: ForkedProcess, session: Session) -> None:
        self.process = process
        self.session = session
        self.shell_channel = Channel(process.shell, session)
        self.iopub_channel = Channel(process.iopub, session)

    def start_channels(self) -> None:
        """They are open from the start."""

    def stop_channels(self) -> None:
        """Close the sockets."""
        self.process.close()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers.

        Raises
        ------
        RuntimeError
            It did not in time, or it died.
        """
        self.kernel_info()
        deadline = time.monotonic() + (timeout or math.inf)
        while time.monotonic() < deadline:
            try:
                await self.shell_channel.get_msg(0.5)
                return
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("The forked kernel died before it answered") from None
        raise RuntimeError(f"The forked kernel did not answer in {timeout} seconds")

    def is_alive(self) -> bool:
        """Return whether the kernel runs."""
        return self.process.is_alive()

    def kernel_info(self) -> str:
        """Ask about the kernel; return the id of the question."""
        return self._ask("kernel_info_request", {})

    def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        """Run a cell; return the id of the request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": self.allow_stdin,
            "stop_on_error": stop_on_error,
        }
        self.shell_channel.running = True
        return self._ask("execute_request", content)

    def _ask(self, kind: str, content: dict[str, Any]) -> str:
        message = self.session.msg(kind, content)
        self.shell_channel.send(message)
        return str(message["header"]["msg_id"])


class ForkKernelManager(AsyncKernelManager):
    """What nbclient asks of a kernel's manager."""

    memory_bytes = Integer(
        0, help="Most memory a kernel may take beyond what it starts with; 0 for no limit."
    ).tag(config=True)
    process: ForkedProcess | None = None
    _client: ForkKernelClient | None = None

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel was started."""
        return self.process is not None

    async def start_kernel(  # type: ignore[override]
        self, extra_arguments: list[str] | None = None, **options: Any
    ) -> None:
        """Fork a kernel in a folder (``cwd``) with an environment (``env``)."""
        self.process = fork(
            {
                "cwd": os.path.abspath(options.get("cwd") or os.getcwd()),
                "environment": dict(options.get("env") or os.environ),
                "arguments": extra_arguments or [],
                "memory_bytes": self.memory_bytes,
                "key": self.session.key.decode(),
            }
        )

    def client(self, **_: Any) -> ForkKernelClient:  # type: ignore[override]
        """Return the client of the kernel."""
        assert self.process is not None
        self._client = ForkKernelClient(self.process, self.session)
        return self._client

    async def is_alive(self) -> bool:  # type: ignore[override]
        """Return whether the kernel runs."""
        return self.process is not None and self.process.is_alive()

    async def interrupt_kernel(self) -> None:  # type: ignore[override]
        """Interrupt the cell that runs."""
        if self.process is not None:
            self.process.interrupt()

    async def shutdown_kernel(  # type: ignore[override]
        self, now: bool = False, restart: bool = False
    ) -> None:
        """End the kernel: ask it unless it is in a cell, then kill it and what it has started."""
        if self.process is None:
            return
        idle = self._client is None or not self._client.shell_channel.running
        if idle and not now:
            self.process.ask_to_end()
            for _ in range(int(GRACE / timedelta(milliseconds=5))):
                if not self.process.is_alive():
                    break
                await asyncio.sleep(0.005)
        self.process.kill()

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        """Nothing is left: there is no connection file."""


def unfit(kernel_name: str) -> str:
    """Return why a kernel cannot be forked here; empty where it can.

    Examples
    --------
    >>> unfit("no-such-kernel")
    'there is no kernel named no-such-kernel'
    """
    if not hasattr(os, "fork"):
        return "this system cannot fork"
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return f"there is no kernel named {kernel_name}"
    program = spec.argv[0] if spec.argv else ""
    names = {"python", f"python{sys.version_info[0]}", os.path.abspath(sys.executable)}
    if program not in names or spec.argv[1:3] != ["-m", "ipykernel_launcher"] or spec.env:
        return f"the kernel {kernel_name} is not this Python"
    return ""


class ForkEngine:
    """The engine papermill finds under the name ``fork``.

    Where a kernel cannot be forked, the stock engine serves, and one line in the log says why.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook under papermill's notebook manager."""
        from papermill.engines import Engine

        return Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the cells of a notebook.

        Parameters
        ----------
        nb_man
            papermill's notebook manager.
        kernel_name
            The kernel the notebook asks for.
        options
            Those of the stock engine, and ``memory_bytes``, the most memory of the kernel.
        """
        from papermill.engines import NBClientEngine
        from traitlets.config import Config

        memory_bytes = options.pop("memory_bytes", 0)
        reason = unfit(kernel_name)
        if not reason:
            try:
                start_warm_process()
            except WarmProcessError as error:
                reason = str(error)
        if reason:
            _log.warning(f"Engine fork gives way to the stock engine: {reason}")
        else:
            options["kernel_manager_class"] = ForkKernelManager
            options["config"] = Config(ForkKernelManager={"memory_bytes": memory_bytes})
        NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the kernel a notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language of a notebook."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
