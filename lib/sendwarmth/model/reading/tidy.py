"""From sheets to raw tables: titles, totals and blank rows dropped, every reading noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sendwarmth.model.findings import Finding, Place, Severity, nearest
from sendwarmth.model.reading.body import Body
from sendwarmth.model.reading.header import find_header, known_headings
from sendwarmth.model.reading.names import Names
from sendwarmth.model.reading.privacy import redact
from sendwarmth.model.reading.sheet import Sheet, Vocabulary, key
from sendwarmth.model.tables import RawTable, Table

IDS = {"regions": "region_id", "groups": "group_id", "standards": "tier_id"}
TIERS = "tiers"


def tidy(
    sheets: Iterable[Sheet],
    tables: Mapping[str, Table],
    words: Vocabulary,
    known: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[dict[str, RawTable], tuple[Finding, ...]]:
    """Return the raw tables in a folder's or workbook's sheets, and what was wrong or interpreted.

    Parameters
    ----------
    sheets
        The sheets, in the order they were found.
    tables
        The descriptions of the tables.
    words
        The words of office tables.
    known
        Tables read before, whose rows may be called by name here.

    Returns
    -------
    tuple
        Raw tables by name, to be read by `sendwarmth.model.reading.checked.read_tables`, and
        findings. An optional table without rows is left out.
    """
    findings: list[Finding] = []
    clean = []
    for sheet in sheets:
        safe, personal = redact(sheet, words)
        clean.append(safe)
        findings += personal
    chosen = _choose(clean, tables, words, findings)
    names, raw = Names(words), {}
    for name, frame in (known or {}).items():
        _learn(names, name, frame)
    for name, table in tables.items():
        if name in chosen:
            found = _raw(chosen[name], table, names, findings)
            if found is not None:
                raw[name] = found
                _learn(names, name, found.frame)
    return raw, tuple(findings)


def _choose(
    sheets: Sequence[Sheet],
    tables: Mapping[str, Table],
    words: Vocabulary,
    findings: list[Finding],
) -> dict[str, Sheet]:
    """Return which sheet holds which table, by its name in any language."""
    known = {
        key(label): name
        for name, table in tables.items()
        for label in (name, *table.label.values())
    }
    chosen: dict[str, Sheet] = {}
    for sheet in sheets:
        name = known.get(key(sheet.name))
        place = Place(sheet.file, sheet.tab)
        if name in chosen:
            facts = {"value": sheet.name, "first": chosen[name].name}
            findings.append(Finding("table_twice", "error", place, facts))
        elif name is not None:
            chosen[name] = sheet
        elif key(sheet.name) not in words.guide:
            close = nearest(key(sheet.name), known)
            severity: Severity = "error" if close and known[close] not in chosen else "note"
            code = "sheet_misspelt" if severity == "error" else "sheet_unused"
            facts = {"value": sheet.name, "nearest": known.get(close, "")}
            findings.append(Finding(code, severity, place, facts))
    return chosen


def _raw(sheet: Sheet, table: Table, names: Names, findings: list[Finding]) -> RawTable | None:
    if sheet.refused:
        return _nothing(sheet, table)
    header = find_header(sheet, table, names)
    if not sheet.rows and not table.required:
        return None
    if header is None:
        code = "heading_not_found" if sheet.rows else "table_empty"
        row = sheet.rows[0][0] if sheet.rows else None
        labels = ", ".join(known_headings(table))
        facts = {"value": table.name, "allowed": labels}
        findings.append(Finding(code, "error", Place(sheet.file, sheet.tab, row), facts))
        return _nothing(sheet, table)
    body = Body(sheet, table, header, names)
    raw = body.read()
    findings += body.findings
    if raw.frame.empty and not table.required:
        return None
    return raw


def _nothing(sheet: Sheet, table: Table) -> RawTable:
    frame = pd.DataFrame(columns=list(table.columns), dtype="str")
    return RawTable(frame, sheet.file, sheet.tab, unread=True)


def _learn(names: Names, table: str, frame: pd.DataFrame) -> None:
    if table in IDS and IDS[table] in frame:
        names.learn(TIERS if table == "standards" else table, IDS[table], frame)
