"""Personal data has no place in a plan: it is found, masked and refused before anything is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from sendwarmth.model.findings import Finding, Place
from sendwarmth.model.reading.sheet import Sheet, Vocabulary, key, plain

_DIGITS = re.compile(r"(?<![\d.])\d(?:[ \-]?\d){6,23}[Xx]?(?![\d])")
_CITIZEN = re.compile(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_OLD_CITIZEN = re.compile(r"[1-9]\d{5}\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}")
_MOBILE = re.compile(r"(86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)")
_CARD = re.compile(r"\d{16,19}")
_NAME = re.compile("[\u4e00-\u9fff]{2,3}")
_BETWEEN = re.compile(r"[、,;/\s]+")
MASK = "***"
HEADING_ROWS = 40
LIST_LENGTH = 5
LIST_SHARE = 0.8
NAMES_IN_A_CELL = 3


def redact(sheet: Sheet, words: Vocabulary) -> tuple[Sheet, tuple[Finding, ...]]:
    """Return a sheet whose personal data is masked, and what was found, once a column and kind.

    Citizen IDs, phone numbers, bank cards, columns headed as personal, and lists of names. What is
    found is never repeated: a finding carries its first character at most.
    """
    found: dict[tuple[str, int, str], Finding] = {}
    times: Counter[tuple[str, int, str]] = Counter()
    whole = dict(_personal_columns(sheet, words))
    rows = []
    for row, cells in sheet.rows:
        safe = list(cells)
        for column, text in enumerate(cells):
            kind = kind_of(text, words)
            below = column in whole and row > whole[column][0]
            if text and (kind or below):
                safe[column] = text[:1] + MASK
            if kind:
                place = ("cell_personal", column, kind)
                times[place] += 1
                found.setdefault(place, _finding(sheet, row, *place, safe[column]))
        rows.append((row, tuple(safe)))
    for column, (row, kind) in whole.items():
        place = ("column_personal", column, kind)
        times[place] += 1
        found[place] = _finding(sheet, row, *place)
    noted = [replace(f, facts={**f.facts, "times": times[at]}) for at, f in found.items()]
    return replace(sheet, rows=tuple(rows)), tuple(noted)


def _finding(sheet: Sheet, row: int, code: str, column: int, kind: str, value: str = "") -> Finding:
    facts = {"value": value, "personal": kind, "at": sheet.spot(row, column)}
    place = Place(sheet.file, sheet.tab, row)
    return Finding(code, "error", place, {name: fact for name, fact in facts.items() if fact})


def kind_of(text: str, words: Vocabulary) -> str:
    """Return which personal data a cell holds, or nothing.

    ``citizen_id``, ``phone``, ``bank_card`` or ``names``.
    """
    simple = plain(text)
    if _LANDLINE.search(simple):
        return "phone"
    for found in _DIGITS.finditer(simple):
        kind = _kind_of_number(re.sub(r"[ \-]", "", found[0]))
        if kind:
            return kind
    parts = [part for part in _BETWEEN.split(simple) if part]
    named = [part for part in parts if is_name(part, words)]
    return "names" if len(parts) == len(named) >= NAMES_IN_A_CELL else ""


def _kind_of_number(digits: str) -> str:
    if _CITIZEN.fullmatch(digits) or _OLD_CITIZEN.fullmatch(digits):
        return "citizen_id"
    if _MOBILE.fullmatch(digits):
        return "phone"
    return "bank_card" if _CARD.fullmatch(digits) and luhn(digits) else ""


def luhn(digits: str) -> bool:
    """Return whether the last digit checks the others, as on a bank card.

    Examples
    --------
    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def is_name(text: str, words: Vocabulary) -> bool:
    """Return whether a text reads like a person's name: a surname and one or two characters."""
    return (
        bool(_NAME.fullmatch(text)) and text[0] in words.surnames and text[-1] not in words.endings
    )


def _personal_columns(sheet: Sheet, words: Vocabulary) -> Iterator[tuple[int, tuple[int, str]]]:
    for row, cells in sheet.rows[:HEADING_ROWS]:
        for column, text in enumerate(cells):
            if key(text).rstrip("*") in words.personal:
                yield column, (row, "heading")
    first_row: dict[int, dict[str, int]] = {}
    for row, cells in sheet.rows:
        for column, text in enumerate(cells):
            if text:
                first_row.setdefault(column, {}).setdefault(text, row)
    for column, texts in first_row.items():
        named = [row for text, row in texts.items() if is_name(key(text), words)]
        if len(named) >= LIST_LENGTH and len(named) >= LIST_SHARE * len(texts):
            yield column, (named[0] - 1, "names")
