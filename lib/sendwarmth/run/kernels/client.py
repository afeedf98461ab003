"""What nbclient talks to in place of a kernel over 0MQ: a forked kernel and its two sockets."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import time
from queue import Empty
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session
from traitlets import Integer

from sendwarmth.run.kernels import wire
from sendwarmth.run.kernels.warm import ForkedProcess, fork

GRACE_SECONDS = 5


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

    async def end(self, timeout: float) -> None:
        """Wait until the kernel has hung up, or as long as it may take to."""
        deadline = time.monotonic() + timeout
        with contextlib.suppress(TimeoutError):
            while not self._ended:
                await asyncio.wait_for(self._more(), deadline - time.monotonic())

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
        if self._client and not now and not self._client.shell_channel.running:
            self.process.ask_to_end()
            await self._client.shell_channel.end(GRACE_SECONDS)
        self.process.kill()

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        """Nothing is left: there is no connection file."""
