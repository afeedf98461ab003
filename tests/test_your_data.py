"""The guide to one's own data is true: commands run, its scenario reads, figures hold."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import openpyxl
import pytest
from sendwarmth.run.cli import main
from sendwarmth.run.inputs import described
from sendwarmth.view.words import words

ROOT = Path(__file__).parents[1]
GUIDES = {"zh": ROOT / "docs" / "your-data.zh-CN.md", "en": ROOT / "docs" / "your-data.md"}


@pytest.fixture(params=GUIDES)
def guide(request) -> str:
    return GUIDES[request.param].read_text(encoding="utf-8")


def commands(guide: str) -> list[list[str]]:
    """Return the arguments of every command line of the program in a guide."""
    lines = re.findall(r"^\.venv/bin/sendwarmth (.+)$", guide, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def scenario(guide: str) -> str:
    found = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert found
    return found[1]


def make_official(path: Path, group: str) -> None:
    """Enter the heads of one group as official, as the guide says."""
    book = openpyxl.load_workbook(path)
    for row in book.worksheets[4].iter_rows(min_row=2):
        if row[1].value == group:
            official = row[4].value.replace("假设", "官方").replace("Assumed", "Official")
            row[4].value, row[5].value = official, "registry of 15 December 2019"
    book.save(path)


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_followed_literally_ends_in_a_report(language, tmp_path, monkeypatch, capsys):
    guide = GUIDES[language].read_text(encoding="utf-8")
    shutil.copytree(ROOT / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENDWARMTH_LANGUAGE", language)
    template, check, run = commands(guide)
    assert main(template) == 0
    hardship = {"zh": "困难职工", "en": "Workers in hardship"}[language]
    make_official(tmp_path / "params" / "mine.xlsx", hardship)
    (tmp_path / "params" / "scenarios" / "mine.yaml").write_text(scenario(guide), encoding="utf-8")
    assert main(check) == 0
    assert (tmp_path / "findings.xlsx").exists()
    assert main(run) == 0
    assert (tmp_path / "outputs" / "mine" / "report.html").exists()
    plan = json.loads((tmp_path / "outputs" / "mine" / "plan.json").read_text(encoding="utf-8"))
    assert f"{plan['measures']['share_assumed']:.1%}" in guide


def test_every_optional_table_is_in_the_guide(guide):
    for table in described().values():
        assert table.required or f"（{table.name}）" in guide or f"({table.name})" in guide


def test_sheets_and_pictures_the_guide_names_are_there(guide):
    for picture in re.findall(r"\(images/(.+?)\)", guide):
        assert (ROOT / "docs" / "images" / picture).is_file()
    language = "zh" if "十分钟" in guide else "en"
    rows = re.findall(r"^\| (.+?)[ （(]+(\w+)[）)]", guide, re.MULTILINE)
    named = {name: label for label, name in rows if name in described()}
    assert len(named) >= 9
    for name, label in named.items():
        assert described()[name].label[language] == label
    assert words(language).say("sheet.follow_up.name") in guide


def test_both_guides_have_the_same_parts():
    shapes = [
        re.findall(r"^(#+ |!\[|```\w*|\*\*\d)", text.read_text(encoding="utf-8"), re.MULTILINE)
        for text in GUIDES.values()
    ]
    assert shapes[0] == shapes[1]
