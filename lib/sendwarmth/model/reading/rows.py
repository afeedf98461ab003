"""Which rows below a heading are data, and which are totals, notes or the heading again."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from sendwarmth.model.reading.header import split_unit
from sendwarmth.model.reading.privacy import MASK
from sendwarmth.model.reading.sheet import Vocabulary, key

if TYPE_CHECKING:
    from sendwarmth.model.reading.body import Body

_FIGURE = re.compile(r"[-+]?[\d.,\s]+")
_LONGEST_LEAD = 10
_SAID = re.compile(r"[^:：]{1,12}[:：]")


class Kind(Enum):
    """What a row below a heading is; the value ends the code of its note."""

    DATA = "data"
    TOTAL = "total_row"
    SUBTOTAL = "subtotal_row"
    NOTE = "note_row"
    UNITS = "unit_row"
    HEADING = "heading_again"


def kind_of_row(row: int, cells: tuple[str, ...], body: Body) -> Kind:
    """Return what a row is."""
    words = body.names.words
    filled = [text for text in cells if text]
    first = split_unit(filled[0])[0]
    if _repeats(cells, body):
        return Kind.HEADING
    if first in words.totals and not _is_key(first, body):
        return Kind.TOTAL
    if first.endswith(tuple(words.subtotals)):
        return Kind.SUBTOTAL
    if all(_is_note(text, words) for text in filled):
        return Kind.NOTE
    if _is_units(row, cells, body):
        return Kind.UNITS
    return Kind.DATA


def _repeats(cells: tuple[str, ...], body: Body) -> bool:
    said = [(h.text, cells[h.column]) for h in body.header.headings if h.column < len(cells)]
    return bool(said) and all(key(heading) == key(text) for heading, text in said)


def _is_key(first: str, body: Body) -> bool:
    """Return whether the word for the whole province names no unit here rather than a total."""
    region = body.table.columns.get("region_id")
    return region is not None and not region.required and first in body.names.words.province


def _is_note(text: str, words: Vocabulary) -> bool:
    if _FIGURE.fullmatch(text):
        return False
    if text.endswith(MASK):
        return True
    said = key(text)
    noted = said.startswith(words.notes) and ":" in said[:_LONGEST_LEAD]
    stated = _SAID.match(text) and any(
        said.startswith(f"{word}:") for group in words.statements.values() for word in group
    )
    return noted or said in words.notes or bool(stated)


def _is_units(row: int, cells: tuple[str, ...], body: Body) -> bool:
    """Return whether a row right below the heading only says units, like 户 and 人."""
    below = body.sheet.rows[body.header.above + 1][0]
    reads = {word for unit in body.names.words.units.values() for word in unit.reads}
    return row == below and all(key(text).strip("()") in reads for text in cells if text)
