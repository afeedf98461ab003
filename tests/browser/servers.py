"""A workbook served as a planner starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

COMMAND = Path(sys.executable).with_name("sendwarmth")
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: str, project: Path) -> Iterator[str]:
    """Serve a project by ``sendwarmth lab`` or ``app``; gives the address with its token."""
    private = project / ".private"
    places = {f"JUPYTER_{kind}_DIR": str(private / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {k: v for k, v in os.environ.items() if k != "JUPYTER_TOKEN"} | places
    environment |= {"IPYTHONDIR": str(private / "ipython"), "HOME": str(private)}
    port, log = free_port(), project / f"{command}.log"
    with log.open("w") as told:
        server = subprocess.Popen(
            [COMMAND, command, "--no-browser", "--port", str(port)],
            cwd=project,
            env=environment,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield _address(server, log, port)
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(PATIENCE)


def _address(server: subprocess.Popen[bytes], log: Path, port: int) -> str:
    wanted = re.compile(rf"http://127\.0\.0\.1:{port}/\S*token=\w+")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        found = wanted.search(log.read_text())
        if found and _answers(port):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


class Wire:
    """A way to a server that can be cut and mended, as when a laptop is closed and opened."""

    def __init__(self, address: str) -> None:
        self.to = urlsplit(address).port
        self.whole = True
        self.ends: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = address.replace(f":{self.to}", f":{self.door.getsockname()[1]}", 1)
        self.threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *facts: socket.socket) -> None:
        self.threads.append(threading.Thread(target=work, args=facts, daemon=True))
        self.threads[-1].start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self.door.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for end in (self.door, *self.ends):
            end.close()

    def cut(self) -> None:
        self.whole = False
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole = True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                if not self.whole:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.to))
                self.ends += [near, far]
                for pair in ((near, far), (far, near)):
                    self._start(self._carry, *pair)

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def kernels(project: Path, ident: str = "ipykernel") -> set[int]:
    """Return the processes of a project's kernels, or of the one of an id."""
    found = set()
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            ours = Path(os.readlink(process / "cwd")).is_relative_to(project)
            if ours and ident.encode() in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return found


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
