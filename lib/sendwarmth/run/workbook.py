"""Reading .xlsx files from anywhere: refused where they could harm, text cells out."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.model.reading.sheet import Sheet

MOST_BYTES = 50_000_000
MOST_UNPACKED = 300_000_000
MOST_UNPACKED_TEXT = 50_000_000
MOST_PARTS = 2_000
MOST_ROWS = 50_000
MOST_COLUMNS = 256
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMULA = "formula_without_value"
_NAMED = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


def read_workbook(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook as text cells.

    What a spreadsheet computed is read as it last stood; a formula nobody computed is marked.

    Raises
    ------
    InputError
        It is no workbook, has a password, is damaged, or unpacks to more than memory should hold.
    """
    _refuse_others(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bombs(archive, path.name)
            layouts = {name: _layout(archive.read(part)) for name, part in _parts(archive)}
        return list(_sheets(path, layouts))
    except InputError:
        raise
    except Exception as error:  # a damaged part may break the library anywhere
        raise _refused("workbook_damaged", path.name, value=type(error).__name__) from None


def _refuse_others(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            rest = file.read(MOST_BYTES) if start[:4] == _OLE else b""
    except OSError as error:
        raise _refused("table_unreadable", path.name, value=error.strerror) from None
    if size > MOST_BYTES:
        raise _refused("table_too_large", path.name, value=size, allowed=MOST_BYTES)
    if not size:
        raise _refused("table_empty", path.name, value=path.name)
    if start[:4] == _OLE:
        code = "workbook_password" if _ENCRYPTED in rest else "workbook_old"
        raise _refused(code, path.name, value=path.name)
    if start[:4] != _ZIP:
        raise _refused("workbook_not", path.name, value=path.name)


def _refuse_bombs(archive: zipfile.ZipFile, file: str) -> None:
    """Refuse before anything is unpacked: the sizes are in the archive's directory."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    text = max((part.file_size for part in parts if "/worksheets/" not in part.filename), default=0)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or text > MOST_UNPACKED_TEXT:
        raise _refused("workbook_bomb", file, value=unpacked, allowed=MOST_UNPACKED)
    if any(part.flag_bits & 1 for part in parts):
        raise _refused("workbook_password", file, value=file)
    if "xl/workbook.xml" not in archive.namelist():
        raise _refused("workbook_not", file, value=file)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(1024):
                    raise _refused("workbook_damaged", file, value="DOCTYPE")


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name of every sheet and the part of the archive that holds it."""
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for sheet in book.iter(f"{{{_MAIN}}}sheet"):
        target = targets[sheet.get(f"{{{_LINKS}}}id")]
        part = PurePosixPath("/xl", target).as_posix().lstrip("/")
        if part in archive.namelist():
            yield sheet.get("name", ""), part


@dataclass(frozen=True)
class Layout:
    """What a sheet's own text says before its cells are read: its extent, merges, bare formulas."""

    rows: int
    columns: int
    merged: dict[tuple[int, int], tuple[int, int]]
    bare: frozenset[tuple[int, int]]


def _layout(data: bytes) -> Layout:
    """Find the last cell with content, so that a million blank rows cost nothing."""
    start = re.search(rb"<(\w+:)?worksheet", data)
    prefix = (start[1] or b"") if start else b""
    opening = re.compile(rb"<" + prefix + rb"c(\s[^>]*[^/>]|)>")
    closing, value = b"</" + prefix + b"c>", b"<" + prefix + b"v>"
    inline, formula = b"<" + prefix + b"is", b"<" + prefix + b"f"
    rows, columns, bare = 0, 0, set()
    for found in opening.finditer(data):
        end = data.find(closing, found.end())
        content = data[found.end() : end]
        filled = inline in content or (value in content and value + b"</" not in content)
        if not (filled or formula in content):  # a styled blank, of which there may be a million
            continue
        named = _NAMED.search(found[1])
        if not named:
            continue
        row, column = int(named[2]), column_index_from_string(named[1].decode()) - 1
        rows, columns = max(rows, row), max(columns, column + 1)
        if formula in content and not filled and b't="str"' not in found[1]:
            bare.add((row, column))
    return Layout(rows, columns, _merges(data, prefix), frozenset(bare))


def _merges(data: bytes, prefix: bytes) -> dict[tuple[int, int], tuple[int, int]]:
    merged = {}
    for found in re.finditer(rb"<" + prefix + rb'mergeCell\s[^>]*?ref="([A-Z0-9:]+)"', data):
        left, top, right, bottom = range_boundaries(found[1].decode())
        if (right - left + 1) * (bottom - top + 1) <= MOST_ROWS:
            for row in range(top, bottom + 1):
                for column in range(left - 1, right):
                    merged[row, column] = (top, left - 1)
    return merged


def _sheets(path: Path, layouts: dict[str, Layout]) -> Iterator[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        for page in book.worksheets:
            layout = layouts[page.title]
            if layout.rows > MOST_ROWS or layout.columns > MOST_COLUMNS:
                facts = {"value": layout.rows, "columns": layout.columns}
                allowed = {"allowed": MOST_ROWS, "most_columns": MOST_COLUMNS}
                raise _refused("sheet_too_long", path.name, page.title, **facts, **allowed)
            rows = page.iter_rows(
                max_row=layout.rows or 1, max_col=layout.columns or 1, values_only=True
            )
            texts = ((number, tuple(map(_text, cells))) for number, cells in enumerate(rows, 1))
            kept = tuple((number, cells) for number, cells in texts if any(cells))
            broken = dict.fromkeys(layout.bare, _FORMULA)
            yield Sheet(page.title, path.name, kept, layout.merged, broken, workbook=True)
        book.close()


def _text(value: Any) -> str:
    """Return a cell's value as text, whole numbers without a decimal point.

    Examples
    --------
    >>> _text(7460.0), _text(0.7920), _text(True), _text(None)
    ('7460', '0.792', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e22 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value).replace("\r\n", "\n").strip()


def _refused(code: str, file: str, sheet: str = "", **facts: Any) -> InputError:
    return InputError([Finding(code, "error", Place(file=file, sheet=sheet), facts)])
