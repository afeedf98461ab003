"""Findings go back to the office as a table, and as a copy of its workbook with cells marked."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
import sendwarmth as sw
from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.run.cli import main
from sendwarmth.run.inputs import described, load_inputs
from sendwarmth.run.marked import COLORS, write_marked
from sendwarmth.view.findings_table import findings_table
from sendwarmth.view.holdings import Holdings
from sendwarmth.view.ledger import open_items
from sendwarmth.view.masking import hidden
from sendwarmth.view.names import Names
from sendwarmth.view.words import words

DATA = Path(__file__).parents[1] / "params" / "data"
BASELINE = DATA.parent / "scenarios" / "baseline.yaml"
OFFICE = Path(__file__).with_name("office.xlsx")


@pytest.fixture
def spoiled(tmp_path) -> Path:
    """Return the office workbook with three cells that cannot be right."""
    book = openpyxl.load_workbook(OFFICE)
    heads = book["慰问人数"]
    heads["C7"], heads["D8"], heads["B10"] = "-5", "六十一", "渭男市"
    book.save(tmp_path / "spoiled.xlsx")
    return tmp_path / "spoiled.xlsx"


def found_in(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        load_inputs(path)
    return caught.value.findings


def color(cell) -> str:
    return cell.fill.fgColor.rgb


def test_every_bad_cell_is_marked_and_says_why(spoiled, tmp_path):
    write_marked(spoiled, found_in(spoiled), tmp_path / "marked.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    heads = book["慰问人数"]
    assert heads["B10"].value == "渭男市"
    assert "最接近的是“渭南市”" in heads["B10"].comment.text
    assert "现为 -5" in heads["C7"].comment.text
    bad = {c.coordinate for row in heads.iter_rows() for c in row if color(c) == COLORS["error"]}
    assert {"C7", "D8", "B10"} <= bad
    assert color(heads["B6"]) == COLORS["note"]


def test_the_copy_lists_every_finding_the_grave_ones_first(spoiled, tmp_path):
    findings = found_in(spoiled)
    write_marked(spoiled, findings, tmp_path / "marked.xlsx", "en")
    listed = openpyxl.load_workbook(tmp_path / "marked.xlsx").worksheets[0]
    rows = [[cell.value for cell in row] for row in listed.iter_rows(min_row=2)]
    kinds = [row[0] for row in rows]
    assert len(rows) == len(findings)
    assert kinds == sorted(kinds, key=["must be corrected", "please note", "how it was read"].index)
    assert ["spoiled.xlsx", "慰问人数", "10", "单位", "B10"] in [row[1:6] for row in rows]


def test_a_copy_of_the_copy_can_be_read_again_once_it_is_corrected(spoiled, tmp_path):
    write_marked(spoiled, found_in(spoiled), tmp_path / "marked.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    heads = book["慰问人数"]
    clean = openpyxl.load_workbook(OFFICE)["慰问人数"]
    for spot in ("C7", "D8", "B10"):
        heads[spot] = clean[spot].value
    book.save(tmp_path / "corrected.xlsx")
    assert load_inputs(tmp_path / "corrected.xlsx").heads.equals(load_inputs(OFFICE).heads)


def test_csv_is_marked_too(tmp_path):
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    text = (folder / "eligible.csv").read_text(encoding="utf-8")
    (folder / "eligible.csv").write_text(text.replace(",8788,", ",-1,"), encoding="utf-8")
    write_marked(folder, found_in(folder), tmp_path / "marked.xlsx", "zh")
    page = openpyxl.load_workbook(tmp_path / "marked.xlsx")["eligible"]
    marked = [c.coordinate for row in page.iter_rows() for c in row if c.comment]
    assert marked == ["D5"]


def test_a_workbook_that_cannot_be_opened_still_has_its_findings_listed(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"no workbook")
    write_marked(path, found_in(path), tmp_path / "marked.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert len(book.sheetnames) == 1
    assert "不是 Excel 工作簿" in book.worksheets[0]["G2"].value


def test_what_looks_like_a_formula_is_text_in_the_copy(tmp_path):
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    with (folder / "matching.csv").open("a", encoding="utf-8") as file:
        file.write('baoji,=2*3,assumed,"=HYPERLINK(""x"")",\n')
    write_marked(folder, found_in(folder), tmp_path / "marked.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    kinds = {cell.data_type for page in book for row in page.iter_rows() for cell in row}
    assert "f" not in kinds


def test_the_findings_table_has_a_row_a_finding_in_the_language():
    place = Place("t.xlsx", "heads", 4, "人数")
    findings = [
        Finding("read_wide", "note", Place("t.xlsx"), {"value": "eligible"}),
        Finding("cell_blank", "error", place, {"at": "C4"}),
    ]
    table = findings_table(findings, words("en"))
    columns = ["Kind", "File", "Sheet", "Row", "Column", "Cell", "What to do"]
    assert table.columns.tolist() == columns
    first = table.iloc[0].tolist()
    assert first[:6] == ["must be corrected", "t.xlsx", "heads", "4", "人数", "C4"]
    assert "t.xlsx" not in first[6]


def test_the_command_line_marks_a_copy_and_writes_over_nothing(tmp_path, capsys):
    copy = tmp_path / "copy.xlsx"
    assert main(["check", "baseline", "--marked", str(copy)]) == 0
    assert openpyxl.load_workbook(copy).sheetnames[0] == "检查结果"
    before = copy.read_bytes()
    assert main(["check", "baseline", "--marked", str(copy)]) == 2
    assert copy.read_bytes() == before
    assert "不会被覆盖" in capsys.readouterr().err


def test_a_shared_page_never_quotes_a_head_count_that_was_interpreted():
    inputs = load_inputs(OFFICE)
    quoted = [f.facts["value"] for f in inputs.findings if f.code == "read_number"]
    assert "１４" in quoted
    shared, own = (
        str(Holdings(inputs, described(), "zh", internal).quality().outputs())
        for internal in (False, True)
    )
    assert "１４" not in shared
    assert "１４" in own


def test_how_a_table_was_read_is_no_open_item_of_the_report():
    plan = sw.allocate(load_inputs(OFFICE), sw.load_scenario(BASELINE))
    said = "".join(open_items(plan, Names.of(plan.inputs, words("zh")), hidden(plan.heads)))
    assert "读作" not in said
    assert "１４" not in said
