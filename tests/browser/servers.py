"""A workbook served as a planner starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
