"""A copy of the tables with every finding at its cell: what goes back to be corrected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.model.reading.privacy import redact
from sendwarmth.model.reading.sheet import Sheet, escaped, letters
from sendwarmth.run.excel import PAPER, fit_to_page, wrap
from sendwarmth.run.inputs import read_sheets, vocabulary
from sendwarmth.view.findings_table import ORDER, findings_table
from sendwarmth.view.words import Words, words

COLORS = {"error": "FFF8C9C4", "warning": "FFFFE8B3", "note": "FFDCE9F7"}
WIDTHS = (12, 20, 16, 8, 20, 10, 90)
MOST_COMMENTS = 500
_NUMBER = re.compile(r"[-+]?[\d.,]+%?")


def write_marked(tables: Path, findings: Sequence[Finding], path: Path, language: str) -> None:
    """Write the tables as they were found, with a list of findings and every cell marked.

    Personal data is masked in the copy as well. Where the tables cannot be opened at all, the copy
    holds the list alone.

    Parameters
    ----------
    tables
        The folder or workbook the findings are about.
    findings
        What was found in it.
    path
        The workbook to write.
    language
        ``zh`` or ``en``.
    """
    said, book = words(language), Workbook()
    listed = book.active
    assert listed is not None
    _list(listed, findings, said)
    try:
        sheets, _ = read_sheets(tables)
    except InputError:
        sheets = []
    for sheet in sheets:
        safe, _ = redact(sheet, vocabulary())
        page = book.create_sheet(_title(sheet.name, book.sheetnames))
        _copy(page, safe)
        here = [f for f in findings if _is_about(f.place, safe)]
        _mark(page, safe, here, said)
    book.save(path)


def _title(name: str, taken: Sequence[str]) -> str:
    simple = "".join("_" if letter in r"\/?*[]:" else letter for letter in name)[:28] or "_"
    return simple if simple not in taken else f"{simple}_{len(taken)}"


def _list(page: Worksheet, findings: Sequence[Finding], said: Words) -> None:
    page.title = said.say("check.title")
    table = findings_table(findings, said)
    colors = [COLORS[f.severity] for f in sorted(findings, key=lambda f: ORDER.index(f.severity))]
    for column, (name, width) in enumerate(zip(table.columns, WIDTHS, strict=True), 1):
        cell = page.cell(1, column, name)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=PAPER)
        page.column_dimensions[get_column_letter(column)].width = width
    for row, (values, color) in enumerate(
        zip(table.itertuples(index=False), colors, strict=True), 2
    ):
        for column, text in enumerate(values, 1):
            _write(page.cell(row, column), text)
        wrap(page, row, values, WIDTHS)
        page.cell(row, 1).fill = PatternFill("solid", fgColor=color)
    if table.empty:
        page.cell(2, 1, said.say("check.none"))
    page.freeze_panes = "A2"
    fit_to_page(page)


def _copy(page: Worksheet, sheet: Sheet) -> None:
    for row, cells in sheet.rows:
        for column, text in enumerate(cells, 1):
            if text:
                _write(page.cell(row, column), text)
    width = max((len(cells) for _, cells in sheet.rows), default=0)
    for column in range(width):
        page.column_dimensions[letters(column)].width = 18
    fit_to_page(page)


def _write(cell: Any, text: str) -> None:
    seen = "".join(letter for letter in text if letter >= " " or letter == "\n")
    cell.value = seen if _NUMBER.fullmatch(seen) else escaped(seen)
    cell.data_type = "s"


def _is_about(place: Place, sheet: Sheet) -> bool:
    return place.file == sheet.file and place.sheet == sheet.tab


def _mark(page: Worksheet, sheet: Sheet, findings: Iterable[Finding], said: Words) -> None:
    """Fill the cell of every finding, the gravest colour on top, and write its sentence there."""
    notes: dict[tuple[int, int], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: ORDER.index(finding.severity)):
        if finding.place.row is not None:
            spot = (finding.place.row, _column(finding, sheet))
            notes.setdefault(spot, []).append(finding)
    for (row, column), here in notes.items():
        cell = page.cell(row, column + 1)
        cell.fill = PatternFill("solid", fgColor=COLORS[here[0].severity])
        if len(notes) <= MOST_COMMENTS:
            text = "\n".join(
                said.sentence(Finding(f.code, f.severity, Place(), f.facts)) for f in here
            )
            cell.comment = Comment(text, said.say("template.author"), width=360, height=120)


def _column(finding: Finding, sheet: Sheet) -> int:
    """Return the column a finding is in: by its letter, else by its heading, else the first."""
    at, heading = str(finding.facts.get("at", "")), finding.place.field
    if at:
        name = at.rstrip("0123456789")
        return int(column_index_from_string(name)) - 1
    for row, cells in sheet.rows:
        if heading and heading in cells and (finding.place.row is None or row <= finding.place.row):
            return cells.index(heading)
    return 0
