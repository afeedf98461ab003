"""levels.xlsx: everything below a level, a sheet a unit, totals as formulas."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from sendwarmth.run.plan_workbook import as_text
from sendwarmth.view.level_overview import Overview, Row
from sendwarmth.view.words import Words, words

FORM, BOLD, HEAD = "#,##0", Font(bold=True), PatternFill("solid", fgColor="FFF1F2F4")
FIRST = 4
LONGEST_NAME = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_workbook(overview: Overview, path: Path, language: str) -> None:
    """Write the workbook, row by row, so that it never stands in memory whole.

    Parameters
    ----------
    overview
        What the page shows.
    path
        Where to; what is there is replaced whole.
    language
        ``zh`` or ``en``.
    """
    said = words(language)
    book = Workbook(write_only=True)
    branches = list(_branches(overview.rows))
    names = _sheet_names([rows[0].name for _, rows in branches], said.say("levels.sheet"))
    _summary(book, overview, [len(rows) > 1 for _, rows in branches], names, said)
    for (start, rows), name in zip(branches, names[1:], strict=True):
        if len(rows) > 1:
            _sheet(book, name, start, rows, overview, said)
    book.calculation.fullCalcOnLoad = True
    work = path.with_name(f".{path.name}.new")
    book.save(work)
    os.replace(work, path)


def _branches(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    """Yield each unit of the first level with all rows below it, and the number of its first."""
    starts = [number for number, row in enumerate(rows) if row.above < 0]
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield start, list(rows[start:end])


def _sheet_names(units: Sequence[str], first: str) -> list[str]:
    """Return names a sheet may have, each once, however long or odd the units' names are."""
    found: list[str] = []
    for name in (first, *units):
        plain = name.translate(FORBIDDEN).strip()[:LONGEST_NAME] or "-"
        number = 2
        unique = plain
        while unique.casefold() in (other.casefold() for other in found):
            unique = f"{plain[: LONGEST_NAME - len(str(number)) - 1]} {number}"
            number += 1
        found.append(unique)
    return found


def _start(book: Workbook, name: str, overview: Overview, said: Words, title: str) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = f"B{FIRST + 1}"
    sheet.column_dimensions["A"].width = 34
    for column in range(2, len(overview.groups) + 3):
        sheet.column_dimensions[get_column_letter(column)].width = 16
    sheet.print_title_rows = f"{FIRST}:{FIRST}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.append([_text(sheet, title, bold=True)])
    note = said.say("page.banner") if overview.assumed > 0 else said.say("page.banner_none")
    sheet.append([_text(sheet, note)])
    sheet.append([])
    heads = (said.say("table.region"), *overview.groups, said.say("levels.sum_yuan"))
    sheet.append([_text(sheet, label, bold=True, fill=True) for label in heads])
    return sheet


def _text(sheet: Any, text: str, *, bold: bool = False, fill: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, as_text(text))
    cell.data_type = "s"
    if bold:
        cell.font = BOLD
    if fill:
        cell.fill = HEAD
    return cell


def _number(sheet: Any, value: int | str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = FORM
    if bold:
        cell.font = BOLD
    return cell


def _line(sheet: Any, number: int, label: str, cells: Sequence[int | str], bold: bool) -> list[Any]:
    """Return one row: a name, its amounts, and their sum as a formula."""
    last = get_column_letter(len(cells) + 1)
    amounts = [_number(sheet, value, bold=bold) for value in cells]
    total = _number(sheet, f"=SUM(B{number}:{last}{number})", bold=bold)
    return [_text(sheet, label, bold=bold), *amounts, total]


def _summary(
    book: Workbook, overview: Overview, own: Sequence[bool], names: Sequence[str], said: Words
) -> None:
    """Write the first sheet: a row a unit; where it has a sheet, its total there."""
    title = said.say("levels.overview_title", name=overview.name)
    sheet = _start(book, names[0], overview, said, title)
    columns = [get_column_letter(k + 2) for k in range(len(overview.groups))]
    number = FIRST
    for unit, has_sheet, name in zip(overview.units, own, names[1:], strict=True):
        number += 1
        there = [f"='{name}'!{letter}{FIRST + 1}" for letter in columns]
        sheet.append(_line(sheet, number, unit.name, there if has_sheet else unit.yuan, False))
    sums = [f"=SUM({letter}{FIRST + 1}:{letter}{number})" for letter in columns]
    sheet.append(_line(sheet, number + 1, said.say("table.total"), sums, True))


def _sheet(
    book: Workbook, name: str, start: int, rows: Sequence[Row], overview: Overview, said: Words
) -> None:
    """Write the sheet of one unit: it on top, then all below it, indented by level."""
    sheet = _start(book, name, overview, said, rows[0].name)
    depth, last = [0] * len(rows), list(range(len(rows)))
    for k, row in enumerate(rows[1:], start=1):
        depth[k] = depth[row.above - start] + 1
        holder = k
        while holder > 0:
            holder = rows[holder].above - start
            last[holder] = k
    for k, row in enumerate(rows):
        number = FIRST + 1 + k
        holds = last[k] > k
        cells: list[int | str] = list(row.yuan)
        if holds:
            span = (number + 1, FIRST + 1 + last[k])
            letters = (get_column_letter(n + 2) for n in range(len(row.yuan)))
            cells = [f"=SUBTOTAL(9,{letter}{span[0]}:{letter}{span[1]})" for letter in letters]
        sheet.append(_line(sheet, number, "　" * depth[k] + row.name, cells, holds))
