"""What the tests in a browser share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import chromium
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the shipped project, so that saving touches nobody's files."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("params", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "outputs").mkdir()
    return folder
