"""Pages and workbooks of levels: they lead up and down, add up, and say what failed below."""

from __future__ import annotations

import csv
import html
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from level_project import make_levels, plan_at, results, run
from openpyxl import load_workbook
from sendwarmth.run.levels import pages as level_pages
from sendwarmth.run.levels.workbook import _sheet_names
from sendwarmth.run.project import Project
from spreadsheets import recomputed

ROOT = Path(__file__).parents[1]
LINK = re.compile(r'href="([^"#:]+)"')


def links(page: Path) -> list[Path]:
    """Return where the links of a page lead."""
    found = LINK.findall(page.read_text(encoding="utf-8"))
    return [(page.parent / unquote(html.unescape(href))).resolve() for href in found]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a project of three levels, run with its pages; one city's tables are bad."""
    project = make_levels(tmp_path_factory.mktemp("levels"), depth=3)
    file = project.root / "params" / "data" / "levels" / "r" / "eligible.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("made up", "<b>made</b>", 1) + "x,y\n")
    assert run(project, pages=True, shared=True)[0] == 1
    return project


def test_every_link_between_levels_leads_to_a_page_that_is_there(project):
    home = project.outputs / "index.html"
    report = results(project).parent / "report.html"  # written by the run of the scenario itself
    for page in results(project).rglob("*.html"):
        assert [to for to in links(page) if not to.exists() and to not in (home, report)] == []


def test_a_unit_leads_up_to_the_top_and_the_top_leads_down_to_every_unit(project):
    top = results(project) / "index.html"
    city, county = results(project, "p"), results(project, "p", "pa")
    assert {top, city / "index.html"} <= set(links(county / "report.html"))
    assert city / "index.html" in links(top)
    assert county / "report.html" in links(city / "index.html")


def test_the_level_above_says_which_unit_failed_and_why(project):
    for page in (results(project) / "index.html", results(project, "r") / "index.html"):
        text = html.unescape(page.read_text(encoding="utf-8"))
        assert "eligible.csv" in text
        assert "<b>made" not in text


def test_a_unit_that_is_mended_gets_its_report_back(tmp_path):
    project = make_levels(tmp_path, names="pq", depth=2)
    file = project.root / "params" / "data" / "levels" / "p" / "eligible.csv"
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("made up", "made up,too,many", 1), encoding="utf-8")
    assert run(project, pages=True, shared=True)[0] == 1
    page = results(project, "p")
    assert (page / "index.html").exists()
    file.write_text(good, encoding="utf-8")
    assert run(project, pages=True, shared=True)[0] == 0
    assert not (page / "index.html").exists()
    assert page / "report.html" in links(results(project) / "index.html")


def test_the_page_on_all_below_lists_every_unit_after_the_one_it_belongs_to(project):
    folder = results(project)
    ended = {row["region_id"]: row for row in below(folder)}
    rows, left_out = level_pages.rows_below(folder, level_pages._read(folder), ended)
    assert [row.name for row in rows[:3]] == ["县p", "县pa", "县paa"]
    assert len(rows) == 3 + 2 * 2 + 2 * 2 * 2
    assert left_out == 0
    for number, row in enumerate(rows):
        inner = [other.yuan for other in rows if other.above == number]
        assert not inner or tuple(map(sum, zip(*inner, strict=True))) == row.yuan


def test_of_too_many_rows_the_nearest_levels_are_shown(project, monkeypatch):
    monkeypatch.setattr(level_pages, "MOST_ROWS", 8)
    folder = results(project)
    ended = {row["region_id"]: row for row in below(folder)}
    rows, left_out = level_pages.rows_below(folder, level_pages._read(folder), ended)
    assert [row.name for row in rows] == ["县p", "县pa", "县pb", "县q", "县qa", "县qb", "县r"]
    assert left_out == 8


def below(folder):
    with (folder / "below.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_workbook_works_its_totals_out_to_the_plan(project):
    book = recomputed(results(project) / "levels.xlsx")
    summary = book.worksheets[0]
    top = plan_at(project)
    assert summary.cell(8, 4).value == sum(top.values())
    for row, unit in enumerate("pqr", start=5):
        amounts = [summary.cell(row, column).value for column in (2, 3)]
        assert amounts == [top[unit, group] for group in ("hard", "duty")]
    sheet = book["县p"]
    names = [sheet.cell(row, 1).value for row in range(5, 12)]
    assert [name.strip("　") for name in names] == [
        f"县{c}" for c in ["p", "pa", "paa", "pab", "pb", "pba", "pbb"]
    ]
    city = plan_at(project, "p")
    assert sheet.cell(6, 2).value == city["pa", "hard"]


def test_totals_of_the_workbook_are_formulas(project):
    book = load_workbook(results(project) / "levels.xlsx")
    assert book["县p"]["B5"].value == "=SUBTOTAL(9,B6:B11)"
    assert book["县p"]["B6"].value == "=SUBTOTAL(9,B7:B8)"
    assert "县r" not in book.sheetnames


@pytest.mark.parametrize(
    ("units", "sheets"),
    [
        (["a/b", "a b"], ["first", "a b", "a b 2"]),
        (["长" * 40, "长" * 41], ["first", "长" * 31, "长" * 29 + " 2"]),
        (["First", "'"], ["first", "First 2", "-"]),
    ],
)
def test_sheets_have_names_a_workbook_may_have(units, sheets):
    assert _sheet_names(units, "first") == sheets


def test_head_counts_are_on_no_page_about_several_units(project):
    page = (results(project) / "rows.json").read_text(encoding="utf-8")
    assert "heads" not in page


def test_the_shipped_levels_are_run_to_their_pages(tmp_path):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    shipped = Project(tmp_path)
    assert run(shipped, "baseline", pages=True) == (0, "")
    assert (shipped.outputs / "baseline" / "levels" / "shangluo" / "report.html").exists()
