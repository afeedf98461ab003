"""The page of all fields is written from the schema, and is as the schema has it today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sendwarmth.model.schema import FIELDS
from sendwarmth.view.words import words

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "parameters.md"


def test_the_page_is_what_the_schema_and_the_locales_give_today():
    check = [sys.executable, str(ROOT / "docs" / "parameters.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_field_stands_on_it_in_both_languages_with_what_it_may_be():
    text = PAGE.read_text(encoding="utf-8")
    for name, field in FIELDS.items():
        rows = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        labels = [words(language).say(f"field.{name}.label") for language in ("zh", "en")]
        assert [row.split(" | ")[1] for row in rows] == labels
        assert all(f"`{choice}`" in row for row in rows for choice in field.choices)
        assert all(f"{field.highest:,}" in row for row in rows if field.unit)
