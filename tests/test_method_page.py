"""The page on the method: its examples run, its figures are those the model gives."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
import test_expected

DOCS = Path(__file__).parents[1] / "docs"
ROWS = ("xian", "yulin", "weinan", "yangling", "shannan", "industry")


@pytest.fixture(params=["method.md", "method.zh-CN.md"])
def page(request: pytest.FixtureRequest) -> Path:
    return DOCS / request.param


def rows(page: Path) -> list[list[str]]:
    """Return the cells of the table of the trial, headings first."""
    lines = re.findall(r"^\|(.*)\|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines if "---" not in line]


def test_every_example_prints_what_the_page_says(page: Path):
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert (result.failed, result.attempted > 10) == (0, True)


def test_figures_worked_out_in_the_text_are_those_of_its_examples(page: Path):
    text = page.read_text(encoding="utf-8")
    assert f"16 ÷ (10 × 29 ÷ 30) = {16 / (10 * 29 / 30):.3f}" in text
    assert f"55 ÷ (60 × 29 ÷ 30) = {55 / (60 * 29 / 30):.3f}" in text


@pytest.mark.parametrize("column", range(1, 5))
def test_the_table_shows_each_plan_beside_the_trial(page: Path, column: int):
    heading, *lines = rows(page)
    name = heading[column]
    plan = test_expected.plan_of(name)
    totals = plan.table.sum(axis=1)
    totals["shannan"] = totals[plan.inputs.regions["bloc"] == "shannan"].sum()
    trial = {**test_expected.TRIAL[name], "shannan": test_expected.SOUTH[name]}
    assert len(lines) == len(ROWS)
    for region, line in zip(ROWS, lines, strict=True):
        ours, _, other = line[column].replace(",", "").rstrip(")").partition(" (")
        assert float(ours) * 10_000 == pytest.approx(totals[region], abs=1e-6)
        assert float(other or ours) == pytest.approx(trial[region] / 10, abs=1e-9)
