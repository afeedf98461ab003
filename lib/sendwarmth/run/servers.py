"""The workbook in a browser: JupyterLab for those who edit, Voila for those who plan."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from sendwarmth.run.project import Project
from sendwarmth.view.rendering import TEMPLATES
from sendwarmth.view.words import LANGUAGES

HOST = "127.0.0.1"
APP = TEMPLATES / "app"
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)


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
        "--template=sendwarmth",
        f"--HTMLExporter.language_code={LANGUAGES[0]}",
        # Sliders and the dashboard; no other extension that happens to be installed.
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in EXTENSIONS),
    ]


def serve_lab(project: Project, port: int, browser: bool) -> int:
    """Serve JupyterLab until it is stopped."""
    return _serve(lab_command(port, browser), project, dict(os.environ))


def serve_app(project: Project, notebook: str, port: int, browser: bool) -> int:
    """Serve the planner's panel until it is stopped."""
    return _serve(app_command(notebook, port, browser), project, app_environment())


def app_environment() -> dict[str, str]:
    """Return the environment in which Voila finds the package's own template."""
    paths = [str(APP), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return os.environ | {"JUPYTER_PATH": os.pathsep.join(paths)}


def _serve(command: list[str], project: Project, environment: dict[str, str]) -> int:
    with subprocess.Popen(command, cwd=project.root, env=environment) as server:
        while True:
            # Ctrl-C reaches the server too, and it asks whether to stop; wait for its answer.
            with contextlib.suppress(KeyboardInterrupt):
                return server.wait()
