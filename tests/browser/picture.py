"""Take the picture in the README anew: `python tests/browser/picture.py` after `make run`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from chromium import chromium  # noqa: E402

if __name__ == "__main__":
    with chromium() as browser:
        size = {"width": 1180, "height": 760}
        page = browser.new_page(viewport=size, color_scheme="light")
        page.goto((ROOT / "outputs" / "baseline" / "report.html").as_uri())
        page.wait_for_timeout(1_500)
        page.screenshot(path=ROOT / "docs" / "report.png")
