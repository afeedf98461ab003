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
# Where Voila finds its template, and where JupyterLab finds that it is not to ask about news.
PLACES = {"JUPYTER_PATH": TEMPLATES / "app", "JUPYTER_CONFIG_PATH": TEMPLATES / "lab"}
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
        # In a container one often is root; it serves this machine alone, behind a token.
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
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
    return _serve(lab_command(port, browser), project)


def serve_app(project: Project, notebook: str, port: int, browser: bool) -> int:
    """Serve the planner's panel until it is stopped."""
    return _serve(app_command(notebook, port, browser), project)


def environment() -> dict[str, str]:
    """Return the environment in which servers find what the package has for them."""
    found = dict(os.environ)
    for name, own in PLACES.items():
        found[name] = os.pathsep.join([str(own), *filter(None, [found.get(name)])])
    return found


def _serve(command: list[str], project: Project) -> int:
    with subprocess.Popen(command, cwd=project.root, env=environment()) as server:
        while True:
            # Ctrl-C reaches the server too, and it asks whether to stop; wait for its answer.
            with contextlib.suppress(KeyboardInterrupt):
                return server.wait()
