"""What every workbook written for planners shares: where it may go, how it looks on a page."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from pathlib import Path

from openpyxl.styles import Alignment
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sendwarmth.model.findings import Finding, InputError, Place

INK, PAPER = "FF1F2A44", "FFE8EDF5"
LINE_HEIGHT = 15


def free(path: Path) -> Path:
    """Return the path of a workbook to write.

    Raises
    ------
    InputError
        It has another ending, or is there already: nothing is written over.
    """
    if path.suffix.lower() != ".xlsx":
        facts = {"value": path.name, "allowed": ".xlsx"}
        raise InputError([Finding("table_path_kind", "error", Place(file=path.name), facts)])
    if path.exists():
        raise InputError([Finding("file_exists", "error", Place(), {"value": str(path)})])
    return path


def width_of(text: str) -> int:
    """Return how wide a text is, Chinese characters counting twice."""
    return sum(1 + (ord(letter) > 0x2E80) for letter in text)


def wrap(sheet: Worksheet, row: int, texts: Iterable[str], widths: Iterable[float]) -> None:
    """Break the texts of a row into lines and make the row as high as the longest needs."""
    lines = 1
    for column, (text, width) in enumerate(zip(texts, widths, strict=True), 1):
        sheet.cell(row, column).alignment = Alignment(vertical="top", wrap_text=True)
        lines = max(lines, ceil(width_of(text) / (width - 2)))
    sheet.row_dimensions[row].height = LINE_HEIGHT * lines


def fit_to_page(sheet: Worksheet) -> None:
    """Let a sheet print on pages as wide as it is, its heading on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
