"""What the tests in a browser share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.servers import served
from chromium import chromium
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


FAR = """title: {zh: 超出滑块, en: Far out}
extends: baseline
values: {budget_yuan: 125_000_123, unit_yuan: 500}
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the shipped project, so that saving touches nobody's files."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("params", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "outputs").mkdir()
    (folder / "params" / "scenarios" / "far.yaml").write_text(FAR)
    return folder


@pytest.fixture(scope="session")
def lab_server(project: Path) -> Iterator[str]:
    """Serve JupyterLab once for the whole run; gives its address with its token."""
    with served("lab", project) as address:
        yield address


@pytest.fixture(scope="session")
def app_server(project: Path) -> Iterator[str]:
    """Serve the app once for the whole run; gives its address with its token."""
    with served("app", project) as address:
        yield address
