"""Totals an office table carries: held against their columns, then dropped."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sendwarmth.model.reading.header import TOTAL, Heading
from sendwarmth.model.reading.sheet import NO_UNIT
from sendwarmth.model.reading.table_reader import Refused

if TYPE_CHECKING:
    from sendwarmth.model.reading.body import Body

Figures = dict[int, Decimal]


class Totals:
    """Adds up the figures of a body and holds its total rows and total column against them."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.rows: list[tuple[dict[str, str], Figures]] = []
        self.since = 0
        self.unclear: set[int] = set()

    def count(self, row: int, cells: tuple[str, ...]) -> None:
        """Remember the figures of a row, and hold its total across against them."""
        figures = {heading.column: value for heading, value in self._figures(row, cells)}
        self.rows.append((self._references(cells), figures))
        unclear = {h.column for h in self._summed() if _cell(cells, h) and h.column not in figures}
        self.unclear |= unclear
        for heading in self.body.header.headings:
            if heading.name == TOTAL and self.body.header.wide and not unclear:
                self._across(row, cells, heading, figures)

    def check(self, row: int, cells: tuple[str, ...], subtotal: bool) -> None:
        """Hold a total row against the rows above it: all of them, or those since the last one."""
        named = self._references(cells)
        above = self.rows[self.since :] if subtotal else self.rows
        alike = [figures for said, figures in above if named.items() <= said.items()]
        agrees = True
        for heading, total in self._figures(row, cells):
            found = sum((figures.get(heading.column, Decimal()) for figures in alike), Decimal())
            if heading.column not in self.unclear:
                agrees = self._compare(row, heading, total, found) and agrees
        if subtotal:
            self.since = len(self.rows)
        if agrees:
            self.body.note("read_total_row", row, None, value=row)

    def _across(self, row: int, cells: tuple[str, ...], heading: Heading, figures: Figures) -> None:
        total = self._value(row, cells, heading)
        found = sum(figures.values(), Decimal())
        if total is not None and self._compare(row, heading, total, found):
            self.body.note("read_total_column", row, heading, value=heading.text)

    def _compare(self, row: int, heading: Heading, total: Decimal, found: Decimal) -> bool:
        """Return whether a total is the sum, as far as its own digits go; note where it is not."""
        scale = self.body.scales.get(heading.column) or Decimal(1)
        shown = total / scale
        places = max(0, -int(shown.as_tuple().exponent))
        agrees = abs(shown - found / scale) <= Decimal(5).scaleb(-places - 1)
        if not agrees:
            self.body.wrong("total_wrong", row, heading, value=shown, total=found / scale)
        return agrees

    def _figures(self, row: int, cells: tuple[str, ...]) -> Iterator[tuple[Heading, Decimal]]:
        for heading in self._summed():
            value = self._value(row, cells, heading)
            if value is not None:
                yield heading, value

    def _summed(self) -> Iterator[Heading]:
        """Yield the headings of figures whose total makes sense."""
        units = self.body.names.words.units
        for heading in self.body.header.headings:
            column = self.body.table.columns.get(heading.name)
            if column is not None and units.get(column.unit, NO_UNIT).sums:
                yield heading

    def _value(self, row: int, cells: tuple[str, ...], heading: Heading) -> Decimal | None:
        text = _cell(cells, heading)
        name = self.body.table.wide if heading.name == TOTAL else heading.name
        try:
            plain = self.body.plain(row, heading, self.body.table.columns[name], text)
            return Decimal(plain.text) if plain.text else None
        except (Refused, InvalidOperation):
            return None

    def _references(self, cells: tuple[str, ...]) -> dict[str, str]:
        """Return what a row refers to, so that a total of one group is held against that group."""
        said = {}
        for heading in self.body.header.headings:
            column = self.body.table.columns.get(heading.name)
            text = _cell(cells, heading)
            if column is not None and column.type == "ref" and text:
                try:
                    said[heading.name] = self.body.names.find(column.refers, text)[0]
                except Refused:
                    continue
        return said


def _cell(cells: tuple[str, ...], heading: Heading) -> str:
    return cells[heading.column] if heading.column < len(cells) else ""
