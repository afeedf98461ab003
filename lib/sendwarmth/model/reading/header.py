"""Where a table begins in a sheet, which column is which, and in what unit its figures are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sendwarmth.model.reading.names import Names
from sendwarmth.model.reading.sheet import NO_UNIT, Sheet, Vocabulary, key, plain
from sendwarmth.model.tables import Table

SEARCHED_ROWS = 40
_IN_BRACKETS = re.compile(r"^(.+?)\(([^()]*)\)$")
_STATEMENT = re.compile(r"^\s*([^:：]{1,12})[:：]\s*(\S.*)$", re.DOTALL)
REGION, GROUP = "region_id", "group_id"
TOTAL = "total"


@dataclass(frozen=True)
class Heading:
    """One column of a sheet.

    Parameters
    ----------
    column
        Its place in the sheet, from 0.
    name
        The table's column it is, `TOTAL`, or empty where the table has none such.
    group
        The group whose figures it holds, in a table with groups across.
    text
        What it says.
    unit
        The unit it states, as a `key`, or empty.
    """

    column: int
    name: str
    text: str
    unit: str = ""
    group: str = ""


@dataclass(frozen=True)
class Header:
    """The heading of a table in a sheet.

    Parameters
    ----------
    row
        Its last row in the file.
    above
        How many rows precede that one.
    headings
        Its columns.
    wide
        Whether groups stand across.
    titles
        How many rows precede the heading's first row.
    statements
        What is said beside the table: ``unit``, ``source``, ``status``.
    """

    row: int
    above: int
    headings: tuple[Heading, ...]
    wide: bool = False
    titles: int = 0
    statements: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, Heading]:
        """The first heading of each column of the table."""
        return {heading.name: heading for heading in reversed(self.headings) if heading.name}


def find_header(sheet: Sheet, table: Table, names: Names) -> Header | None:
    """Return the heading of a table in a sheet, or None where there is none.

    The row with most headings of the table is its heading; a title above and a second row of
    headings are understood. Where the table allows it, groups may stand across.
    """
    best: tuple[int, Header] | None = None
    for place, (row, _) in enumerate(sheet.rows[:SEARCHED_ROWS]):
        cells = _joined(sheet, place)
        long, wide = _long(cells, table, names.words), _wide(cells, table, names)
        for headings, across in ((long, False), (wide, True)):
            score = len({(heading.name, heading.group) for heading in headings if heading.name})
            if score >= min(2, len(table.columns)) and (best is None or score > best[0]):
                titles = place - (cells != list(sheet.rows[place][1]))
                best = score, Header(row, place, headings, across, titles)
    if best is None:
        return None
    found = best[1]
    said = dict(_statements(sheet, found.row, names.words))
    return replace(found, statements=said)


def _joined(sheet: Sheet, place: int) -> list[str]:
    """Return a row of headings; a blank one takes what stands above it, as merged headings do."""
    row, cells = sheet.rows[place]
    above: Sequence[str] = sheet.rows[place - 1][1] if place else ()
    joined = []
    for column, text in enumerate(cells):
        anchor = sheet.merged.get((row, column))
        if not text and anchor and anchor[0] < row and anchor[1] == column:
            joined.append(_at(sheet, *anchor))
        elif not text and not anchor and column < len(above):
            joined.append(above[column])
        else:
            joined.append(text)
    return joined


def _at(sheet: Sheet, row: int, column: int) -> str:
    cells = next((cells for number, cells in sheet.rows if number == row), ())
    return cells[column] if column < len(cells) else ""


def known_headings(table: Table) -> dict[str, str]:
    """Return every heading of a table as a `key`, with the column it is."""
    known: dict[str, str] = {}
    for column in table.columns.values():
        for text in (*column.also, *column.label.values(), column.name):
            known[key(text)] = column.name
    return known


def split_unit(text: str) -> tuple[str, str]:
    """Split a heading from the unit it ends in.

    Examples
    --------
    >>> split_unit("金额（万元）"), split_unit("人 数*"), split_unit("Heads (households)")
    (('金额', '万元'), ('人数', ''), ('heads', 'households'))
    """
    word = key(text).rstrip("*")
    found = _IN_BRACKETS.match(word)
    return (found[1], found[2]) if found else (word, "")


def _long(cells: Sequence[str], table: Table, words: Vocabulary) -> tuple[Heading, ...]:
    known = known_headings(table)
    headings = []
    for column, text in enumerate(cells):
        whole, (word, unit) = key(text).rstrip("*"), split_unit(text)
        if whole in known:
            headings.append(Heading(column, known[whole], text))
        elif text:
            headings.append(Heading(column, known.get(word, ""), text, unit))
    return tuple(headings)


def _wide(cells: Sequence[str], table: Table, names: Names) -> tuple[Heading, ...]:
    """Return the headings of units down and groups across, nothing where they are not that."""
    if not table.wide or not names.knows("groups"):
        return ()
    groups = {word: ids for word, ids in names.words_of("groups").items() if len(ids) == 1}
    keys = {name: heading for name, heading in known_headings(table).items() if heading == REGION}
    headings = []
    for column, text in enumerate(cells):
        word, unit = split_unit(text)
        found = groups.get(key(text)) or groups.get(word)
        if found:
            headings.append(Heading(column, table.wide, text, unit, next(iter(found))))
        elif word in keys:
            headings.append(Heading(column, REGION, text))
        elif word in names.words.totals:
            headings.append(Heading(column, TOTAL, text, unit))
        elif text:
            headings.append(Heading(column, "", text))
    across = sum(bool(heading.group) for heading in headings)
    down = sum(heading.name == REGION for heading in headings)
    return tuple(headings) if across and down else ()


def _statements(sheet: Sheet, header_row: int, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield what is said beside a table: its unit, its source, the standing of its figures."""
    for row, cells in sheet.rows:
        filled = [text for text in cells if text]
        if row >= header_row and len(filled) > 1:
            continue
        for found in filter(None, map(_STATEMENT.match, filled)):
            for kind, said in words.statements.items():
                value = stated_beside(found[2]) if kind == "unit" else found[2].strip()
                known = kind != "unit" or any(key(value) in u.reads for u in words.units.values())
                if key(found[1]) in said and known:
                    yield kind, value


def scale_of(
    heading: Heading, unit: str, words: Vocabulary, said: str
) -> tuple[Decimal | None, str]:
    """Return what the figures of a column are multiplied by, and the code of what is wrong.

    Parameters
    ----------
    heading
        The column's heading.
    unit
        The unit its figures must come to.
    words
        The vocabulary.
    said
        The unit stated beside the table, or empty.
    """
    known = words.units.get(unit, NO_UNIT)
    if heading.unit:
        scale = known.reads.get(heading.unit)
        wrong = "unit_unknown" if scale is None and known.reads else ""
        return scale, wrong
    if known.stated and heading.text != heading.name:
        scale = known.reads.get(key(said)) if said else None
        return scale, "" if scale is not None else "unit_unstated"
    return None, ""


def stated_beside(text: str) -> str:
    """Return a unit without what may follow it: ``万元、户``, ``万元 （取整）`` are ``万元``."""
    return re.split(r"[、,;\s(]", plain(text))[0]
