"""The workbook in a browser: JupyterLab for those who edit, Voila for those who plan."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from sendwarmth.run.project import Project

HOST = "127.0.0.1"


def lab_command(port: int, browser: bool) -> list[str]:
    """Return the command that serves JupyterLab to this machine alone, with a token of its own.

    Nothing is asked of any other machine: no news, no look for updates, no catalogue of extensions.
    """
    return [
        *(sys.executable, "-m", "jupyterlab", "notebooks"),
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={browser}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def app_command(notebook: str, port: int, browser: bool) -> list[str]:
    """Return the command that serves a notebook's panel to this machine alone, behind a token."""
    return [
        *(sys.executable, "-m", "voila", f"notebooks/{notebook}"),
        f"--Voila.ip={HOST}",
        f"--port={port}",
        f"--Voila.open_browser={browser}",
        "--Voila.auto_token=True",
    ]


def serve_lab(project: Project, port: int, browser: bool) -> int:
    """Serve JupyterLab until it is stopped."""
    return _serve(lab_command(port, browser), project)


def serve_app(project: Project, notebook: str, port: int, browser: bool) -> int:
    """Serve the planner's panel until it is stopped."""
    return _serve(app_command(notebook, port, browser), project)


def _serve(command: list[str], project: Project) -> int:
    with subprocess.Popen(command, cwd=project.root, env=dict(os.environ)) as server:
        while True:
            # Ctrl-C reaches the server too, and it asks whether to stop; wait for its answer.
            with contextlib.suppress(KeyboardInterrupt):
                return server.wait()
