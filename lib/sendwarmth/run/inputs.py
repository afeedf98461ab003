"""Table files: a folder of CSV or a workbook in, checked inputs or every finding out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.reading.sheet import Sheet, Vocabulary
from sendwarmth.model.reading.tidy import tidy
from sendwarmth.model.tables import Table, describe

MOST_BYTES = 50_000_000
MOST_CELL = 100_000
WORKBOOKS = (".xlsx", ".xlsm")
DESCRIPTION = Path(__file__).resolve().parents[3] / "params" / "data" / "columns.yaml"


@cache
def _description() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.load(
        DESCRIPTION.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return loaded


@cache
def described() -> dict[str, Table]:
    """Return the description of every table (``params/data/columns.yaml``)."""
    return describe(_description())


@cache
def vocabulary() -> Vocabulary:
    """Return the words of office tables (``params/data/columns.yaml``)."""
    return Vocabulary.of(_description())


def load_inputs(path: str | Path) -> Inputs:
    """Read the tables of a plan.

    Tables may be as offices keep them: titles above, totals below, full-width digits, thousands
    separators, amounts in 万元 where the heading says so, names instead of ids, groups across.
    What had to be interpreted is in ``findings``; what could mean two things is refused.

    Parameters
    ----------
    path
        A folder of CSV files or one workbook (.xlsx); files and sheets are named as the tables in
        ``columns.yaml``, in either language.

    Raises
    ------
    InputError
        With every finding at once: what is wrong, where, what is allowed.

    Examples
    --------
    >>> inputs = load_inputs(DESCRIPTION.parent)
    >>> int(inputs.regions["residents"].sum())
    39528999
    """
    sheets, noted = read_sheets(Path(path))
    raw, interpreted = tidy(sheets, described(), vocabulary())
    return read_tables(raw, described(), str(path), (*noted, *interpreted))


def read_sheets(where: Path) -> tuple[list[Sheet], list[Finding]]:
    """Return every sheet of a folder or workbook as text, and the files that cannot be read.

    Raises
    ------
    InputError
        There is nothing at all to read.
    """
    if not where.exists():
        raise InputError([_wrong("table_path_missing", str(where), value=str(where))])
    if where.is_dir():
        return _folder(where)
    if where.suffix.lower() not in WORKBOOKS:
        allowed = ", ".join((".csv", *WORKBOOKS))
        raise InputError([_wrong("table_path_kind", where.name, value=where.name, allowed=allowed)])
    from sendwarmth.run.workbook import read_workbook  # slow to import, and most tables are CSV

    return read_workbook(where), []


def _folder(where: Path) -> tuple[list[Sheet], list[Finding]]:
    sheets: list[Sheet] = []
    noted: list[Finding] = []
    for file in sorted(where.iterdir()):
        if file.suffix.lower() != ".csv":
            continue
        try:
            sheet, how = read_csv(file)
        except InputError as error:
            noted += error.findings
            sheets.append(Sheet(file.stem, file.name, (), refused=True))
        else:
            sheets.append(sheet)
            noted += how
    return sheets, noted


def read_csv(file: Path) -> tuple[Sheet, tuple[Finding, ...]]:
    """Read one CSV file as text, in UTF-8 or GBK.

    Raises
    ------
    InputError
        The file is no text or no CSV.
    """
    text, encoding = _text(file)
    sheet = Sheet(file.stem, file.name, tuple(_rows(text, file.name)))
    if encoding == "utf-8-sig":
        return sheet, ()
    place, facts = Place(file=file.name), {"value": encoding.upper()}
    return sheet, (Finding("read_encoding", "note", place, facts),)


def _rows(text: str, file: str) -> list[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    try:
        for row in reader:
            cells = tuple(cell.replace("\r\n", "\n").strip() for cell in row)
            if any(cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError([_wrong("table_not_csv", file, line, value=str(error))]) from None
    return rows


def _text(file: Path) -> tuple[str, str]:
    try:
        size = file.stat().st_size
        data = file.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError([_wrong("table_unreadable", file.name, value=error.strerror)]) from None
    if size > MOST_BYTES:
        raise InputError([_wrong("table_too_large", file.name, value=size, allowed=MOST_BYTES)])
    for encoding in ("utf-8-sig", "gb18030") if b"\0" not in data else ():
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise InputError([_wrong("table_binary", file.name, value=file.name)])


def _wrong(code: str, file: str, row: int | None = None, **facts: object) -> Finding:
    return Finding(code, "error", Place(file=file, row=row), facts)
