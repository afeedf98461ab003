"""Table files: a folder of CSV in, checked inputs or every finding out."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.model.inputs import Inputs, read_tables
from sendwarmth.model.tables import RawTable, Table, describe

MOST_BYTES = 50_000_000
MOST_CELL = 100_000
DESCRIPTION = Path(__file__).resolve().parents[3] / "params" / "data" / "columns.yaml"


@cache
def described() -> dict[str, Table]:
    """Return the description of every table (``params/data/columns.yaml``)."""
    return describe(yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8")))


def load_inputs(path: str | Path) -> Inputs:
    """Read the tables of a plan.

    Parameters
    ----------
    path
        A folder of CSV files, one a table, named as in ``columns.yaml``.

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
    where = Path(path)
    if not where.exists():
        place, facts = Place(file=str(path)), {"value": str(path)}
        raise InputError([Finding("table_path_missing", "error", place, facts)])
    if not where.is_dir():
        place, facts = Place(file=where.name), {"value": where.name, "allowed": ".csv, .xlsx"}
        raise InputError([Finding("table_path_kind", "error", place, facts)])
    tables = described()
    raw: dict[str, RawTable] = {}
    noted: list[Finding] = []
    for name in tables:
        file = where / f"{name}.csv"
        if file.exists():
            try:
                raw[name] = read_csv(file)
            except InputError as error:
                noted += error.findings
                raw[name] = RawTable(pd.DataFrame(columns=list(tables[name].columns)), file.name)
    return read_tables(raw, tables, str(path), noted)


def read_csv(file: Path) -> RawTable:
    """Read one CSV file as text, its index the line of the file.

    Raises
    ------
    InputError
        Where the file is no text, or a row has more cells than the heading.
    """
    rows = list(_rows(_text(file), file.name))
    if not rows:
        raise InputError([_wrong("table_empty", file.name, value=file.name)])
    (_, heading), *body = rows
    longer = [(line, row) for line, row in body if len(row) > len(heading)]
    if longer:
        facts = {"allowed": len(heading)}
        raise InputError(
            [
                _wrong("row_too_long", file.name, line, value=len(row), **facts)
                for line, row in longer
            ]
        )
    width = len(heading)
    padded = [[cell.strip() for cell in row] + [""] * (width - len(row)) for _, row in body]
    index = pd.Index([line for line, _ in body], name="row", dtype="int64")
    columns = [name.strip() for name in heading]
    return RawTable(pd.DataFrame(padded, index=index, columns=columns, dtype="str"), file.name)


def _rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError([_wrong("table_not_csv", file, line, value=str(error))]) from None
    return rows


def _text(file: Path) -> str:
    try:
        size = file.stat().st_size
        data = file.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError([_wrong("table_unreadable", file.name, value=error.strerror)]) from None
    if size > MOST_BYTES:
        raise InputError([_wrong("table_too_large", file.name, value=size, allowed=MOST_BYTES)])
    if b"\0" in data:
        raise InputError([_wrong("table_binary", file.name, value=file.name)])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([_wrong("table_binary", file.name, value=file.name)])


def _wrong(code: str, file: str, row: int | None = None, **facts: object) -> Finding:
    return Finding(code, "error", Place(file=file, row=row), facts)
