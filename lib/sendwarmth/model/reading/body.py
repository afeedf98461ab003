"""The rows below a heading: which are data, what each cell says, what was interpreted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from sendwarmth.model.findings import Finding, Place, Severity
from sendwarmth.model.reading.cells import Plain, simplified
from sendwarmth.model.reading.header import (
    GROUP,
    REGION,
    TOTAL,
    Header,
    Heading,
    known_headings,
    scale_of,
    split_unit,
)
from sendwarmth.model.reading.names import Names
from sendwarmth.model.reading.rows import Kind, kind_of_row
from sendwarmth.model.reading.sheet import Sheet, key
from sendwarmth.model.reading.table_reader import Refused, unknown_heading
from sendwarmth.model.reading.totals import Totals
from sendwarmth.model.tables import REFUSED, Column, RawTable, Spot, Table

STANDING, SOURCE = "status", "source"
UNCERTAIN = "assumed"
FIGURES = ("number", "integer")


@dataclass
class Reading:
    """How often something was interpreted in a column, and the first time."""

    finding: Finding
    times: int = 0


@dataclass
class Body:
    """Reads the rows of one table; ``findings`` holds what is wrong and what was interpreted."""

    sheet: Sheet
    table: Table
    header: Header
    names: Names
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notes: dict[tuple[str, str], Reading] = {}
        self.scales: dict[int, Decimal | None] = {}
        self.spots: dict[tuple[Any, str], Spot] = {}
        self.totals = Totals(self)

    def read(self) -> RawTable:
        """Return the rows of the table as plain text."""
        if self.header.titles:
            self.note("read_title_rows", None, None, value=self.header.titles)
        if self.header.wide:
            self.note("read_wide", self.header.row, None, value=self.table.name)
        self._headings()
        rows: dict[Any, dict[str, str]] = {}
        for row, cells in self.sheet.rows[self.header.above + 1 :]:
            kind = kind_of_row(row, cells, self)
            if kind is Kind.DATA:
                rows |= self._records(row, cells)
            elif kind in (Kind.TOTAL, Kind.SUBTOTAL):
                self.totals.check(row, cells, kind is Kind.SUBTOTAL)
            else:
                self.note(f"read_{kind.value}", row, None, value=row)
        self._say_notes()
        names = [
            name for name in self.table.columns if any(name in cells for cells in rows.values())
        ]
        found = names if rows else [n for n in self.table.columns if n in self.header.by_name]
        table = {name: [cells.get(name, "") for cells in rows.values()] for name in found}
        index = pd.Index(list(rows), dtype="object" if self.header.wide else "int64")
        frame = pd.DataFrame(table, index=index, columns=found, dtype="str")
        return RawTable(frame, self.sheet.file, self.sheet.tab, self.spots)

    def _headings(self) -> None:
        seen: dict[tuple[str, str], Heading] = {}
        known = known_headings(self.table)
        for heading in self.header.headings:
            if not heading.name:
                self._unknown(heading, known)
                continue
            first = seen.setdefault((heading.name, heading.group), heading)
            if first is not heading and heading.name != TOTAL:
                self.wrong("column_twice", self.header.row, heading, first=first.text)
            self._unit(heading)
            spot = self._spot(self.header.row, heading)
            self.spots.setdefault((None, heading.name), spot)

    def _unknown(self, heading: Heading, known: dict[str, str]) -> None:
        if split_unit(heading.text)[0] in self.names.words.ignored:
            return
        missing = {word: name for word, name in known.items() if name not in self.header.by_name}
        code, severity, close = unknown_heading(key(heading.text), missing)
        if self.header.wide:
            code, severity, close = "column_unused", "note", ""
        self.wrong(code, self.header.row, heading, severity, value=heading.text, nearest=close)

    def _unit(self, heading: Heading) -> None:
        column = self.table.columns.get(heading.name)
        name = self.table.wide if heading.name == TOTAL and self.header.wide else heading.name
        column = self.table.columns.get(name)
        if column is None or column.type not in FIGURES:
            return
        said = self.header.statements.get("unit", "")
        scale, wrong = scale_of(heading, column.unit, self.names.words, said)
        self.scales[heading.column] = scale
        reads = ", ".join(self.names.words.units[column.unit].reads)
        counted, right = self.names.words.counted, self.names.counted.get(heading.group)
        if wrong and heading.name != TOTAL:
            self.wrong(wrong, self.header.row, heading, value=heading.unit, allowed=reads)
        elif heading.group and counted.get(heading.unit, right) != right:
            self.wrong("unit_other", self.header.row, heading, value=heading.text)
        elif scale is not None and scale != 1:
            self.note(
                "read_unit", self.header.row, heading, value=heading.unit or said, times_each=scale
            )

    def _records(self, row: int, cells: tuple[str, ...]) -> dict[Any, dict[str, str]]:
        """Return the plain rows one row of the sheet holds: one, or one for each group across."""
        fixed = [h for h in self.header.headings if h.name and not h.group and h.name != TOTAL]
        said = {h.name: self.text(row, cells, h) for h in fixed}
        self._outside(row, cells)
        if not self.header.wide:
            self.totals.count(row, cells)
            for heading in fixed:
                self.spots[row, heading.name] = self._spot(row, heading)
            return {row: self._with_id(row, self._stated(said))}
        records = {}
        across = [heading for heading in self.header.headings if heading.group]
        for heading in across:
            text = self._counted_alike(row, cells, heading, self.text(row, cells, heading))
            if not text and not self.table.required:
                continue
            label = f"{row}:{heading.column}"
            spot = self._spot(row, heading)
            self.spots |= {(label, name): spot for name in (self.table.wide, GROUP)}
            self.spots[label, REGION] = self._spot(row, self.header.by_name[REGION])
            record = {**said, GROUP: heading.group, self.table.wide: text}
            records[label] = self._stated(record)
        self.totals.count(row, cells)
        return records

    def _counted_alike(self, row: int, cells: tuple[str, ...], heading: Heading, text: str) -> str:
        """Refuse persons where households are counted, and the other way round."""
        said = key(cells[heading.column]) if heading.column < len(cells) else ""
        counted = self.names.words.counted
        other = next((counted[word] for word in counted if said.endswith(word)), None)
        right = self.names.counted.get(heading.group)
        if other is None or other == right or self.table.columns[self.table.wide].unit != "heads":
            return text
        self.wrong("unit_other", row, heading, value=cells[heading.column][:80])
        return REFUSED

    def _stated(self, record: dict[str, str]) -> dict[str, str]:
        """Fill in standing and source where they stand beside the table, or nowhere."""
        for name in (STANDING, SOURCE):
            if name not in self.table.columns or record.get(name):
                continue
            said = self.header.statements.get(name, "")
            if said:
                record[name] = simplified(self.table.columns[name], said, None, self.names).text
                self.note(f"read_{name}", self.header.row, None, value=said[:80])
            elif self.header.wide and self.table.columns[name].required:
                file = f"{self.sheet.file} {self.sheet.tab}".strip()
                record[name] = UNCERTAIN if name == STANDING else file
                self.note(f"read_{name}_unstated", self.header.row, None, value=record[name])
        return record

    def _with_id(self, row: int, record: dict[str, str]) -> dict[str, str]:
        """Give a row without an id one made of its name."""
        id_column, name = self.table.key[0], record.get("name_zh") or record.get("label_zh") or ""
        column = self.table.columns[id_column]
        if column.type == "id" and column.required and name and not record.get(id_column):
            made = "".join(letter for letter in name if letter.isidentifier() or letter.isdigit())
            record[id_column] = made.lstrip("0123456789")
            self.note("read_id_made", row, None, value=name, meant=record[id_column])
        return record

    def text(self, row: int, cells: tuple[str, ...], heading: Heading) -> str:
        """Return the plain text of a cell; what cannot be read is noted, and left as it is."""
        text = cells[heading.column] if heading.column < len(cells) else ""
        column = self.table.columns[heading.name]
        try:
            text = self._filled_down(row, heading, column, text)
            plain = self.plain(row, heading, column, text)
        except Refused as refused:
            self.wrong(refused.code, row, heading, value=text[:80], **refused.facts)
            return REFUSED
        if plain.note:
            meant = self.names.said(column.refers, plain.text) if column.refers else plain.text
            self.note(plain.note, row, heading, value=text[:80], meant=meant)
        return plain.text

    def plain(self, row: int, heading: Heading, column: Column, text: str) -> Plain:
        """Return a cell as plain text.

        Raises
        ------
        Refused
            It cannot be read.
        """
        code = self.sheet.broken.get((row, heading.column))
        if code:
            raise Refused(code)
        whole = column.type == "ref" and not column.required
        if whole and key(text) in self.names.words.province:
            return Plain("")
        return simplified(column, text, self.scales.get(heading.column), self.names)

    def _filled_down(self, row: int, heading: Heading, column: Column, text: str) -> str:
        """Return the text of the merged range a blank cell is part of; figures are not shared."""
        anchor = self.sheet.merged.get((row, heading.column))
        if text or anchor is None or anchor[1] != heading.column or anchor[0] <= self.header.row:
            return text
        shared = dict(self.sheet.rows).get(anchor[0], ())
        above = shared[heading.column] if heading.column < len(shared) else ""
        if above and column.type in FIGURES:
            raise Refused("cell_merged_number", first=anchor[0])
        if above:
            self.note("read_merged", row, heading, value=above[:80])
        return above

    def _outside(self, row: int, cells: tuple[str, ...]) -> None:
        headed = {heading.column for heading in self.header.headings}
        outside = [j for j, text in enumerate(cells) if text and j not in headed]
        if outside and not self.sheet.workbook:
            width = max(headed) + 1
            self.wrong("row_too_long", row, None, value=len(cells), allowed=width)
        elif outside:
            at = self.sheet.spot(row, outside[0])
            self.note("read_without_heading", row, None, value=at)

    def _spot(self, row: int, heading: Heading) -> Spot:
        return Spot(row, heading.text, self.sheet.spot(row, heading.column))

    def wrong(
        self,
        code: str,
        row: int | None,
        heading: Heading | None,
        severity: Severity = "error",
        **facts: Any,
    ) -> None:
        """Note a finding at a row and heading of the sheet."""
        place = Place(self.sheet.file, self.sheet.tab, row, heading.text if heading else "")
        at = self.sheet.spot(row, heading.column) if heading else ""
        self.findings.append(Finding(code, severity, place, facts | ({"at": at} if at else {})))

    def note(self, code: str, row: int | None, heading: Heading | None, **facts: Any) -> None:
        """Note how something was read, once a column however often it happens."""
        place = (code, heading.text if heading else "")
        if place not in self.notes:
            self.wrong(code, row, heading, "note", **facts)
            self.notes[place] = Reading(self.findings.pop())
        self.notes[place].times += 1

    def _say_notes(self) -> None:
        for reading in self.notes.values():
            facts = {**reading.finding.facts, "times": reading.times}
            self.findings.append(
                Finding(reading.finding.code, "note", reading.finding.place, facts)
            )


def headings_of(header: Header, table: Table) -> Iterator[tuple[Heading, Column]]:
    """Yield the headings of figures, with their columns."""
    for heading in header.headings:
        column = table.columns.get(heading.name)
        if column is not None and column.type in FIGURES:
            yield heading, column
