"""Tables of text read by their description; what is wrong is collected, not reported one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from sendwarmth.model.findings import Finding, Place, Severity, nearest
from sendwarmth.model.tables import ALL, REFUSED, Column, RawTable, Table

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,6})?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?(inf(inity)?|nan)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|_x[0-9A-Fa-f]{4}_")
_LONGEST_TEXT = 500
_LONGEST_ID = 40


class Refused(Exception):
    """A cell that cannot be read: the code of the finding, and its facts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def _text(column: Column, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise Refused("cell_too_long", allowed=_LONGEST_TEXT)
    if _CONTROL.search(text):
        raise Refused("cell_control_character")
    return text


def _id(column: Column, text: str) -> str:
    if not text.isidentifier() or "__" in text or len(text) > _LONGEST_ID or text == ALL:
        raise Refused("cell_bad_id", allowed=_LONGEST_ID)
    return text


def _word(column: Column, text: str) -> str:
    if text not in column.allowed:
        code = "cell_unknown_id" if column.type.startswith("ref") else "cell_unknown_word"
        known = ", ".join(column.allowed)
        raise Refused(code, nearest=nearest(text, column.allowed), allowed=known)
    return text


def _words(column: Column, text: str) -> str:
    words = text.split()
    if ALL in words and len(words) > 1:
        raise Refused("cell_all_and_more", allowed=ALL)
    return " ".join(word if word == ALL else _word(column, word) for word in words)


def _decimal(column: Column, text: str) -> Decimal:
    if _NOT_FINITE.fullmatch(text):
        raise Refused("cell_not_finite", low=column.low, high=column.high)
    if not _NUMBER.fullmatch(text):
        raise Refused("cell_not_a_number", low=column.low, high=column.high)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("Infinity")
    if not column.low <= value <= column.high:
        raise Refused("cell_out_of_range", low=column.low, high=column.high)
    return value


def _number(column: Column, text: str) -> float:
    return float(_decimal(column, text)) + 0.0  # no negative zero: spreadsheets know none


def _integer(column: Column, text: str) -> int:
    value = _decimal(column, text)
    if value != int(value):
        raise Refused("cell_not_whole", low=column.low, high=column.high)
    return int(value)


def _flag(column: Column, text: str) -> bool:
    return _word(column, text) == "true"


READERS: Mapping[str, Callable[[Column, str], Any]] = {
    "text": _text,
    "id": _id,
    "choice": _word,
    "ref": _word,
    "refs": _words,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
}
_BLANK: Mapping[str, Any] = {"number": float("nan"), "integer": float("nan"), "flag": False}
_DTYPES: Mapping[str, str] = {"number": "float64", "integer": "float64", "flag": "bool"}


def unknown_heading(name: str, missing: Mapping[str, str]) -> tuple[str, Severity, str]:
    """Return what is to be said of a heading nobody knows: code, severity, and the nearest one.

    Parameters
    ----------
    name
        The heading.
    missing
        The headings the table knows and lacks, each with its column.
    """
    close = nearest(name, missing)
    return ("column_misspelt", "error", close) if close else ("column_unused", "note", "")


class TableReader:
    """Reads one raw table by its description; ``findings`` holds everything that is wrong."""

    def __init__(self, raw: RawTable, table: Table) -> None:
        self.raw, self.table = raw, table
        self.findings: list[Finding] = []
        self._said: set[tuple[str, Place, str | None]] = set()

    def wrong(
        self, code: str, row: Any, column: str, severity: Severity = "error", **facts: Any
    ) -> None:
        """Note a finding at a row of the frame (None for the heading) and a column of the table."""
        spot = self.raw.spot(row, column)
        place = Place(self.raw.file, self.raw.sheet, spot.row, spot.heading)
        if spot.at:
            facts["at"] = spot.at
        # One cell of a sheet may fill several rows of the table; it is spoken of once.
        if (code, place, facts.get("at")) not in self._said or not spot.at:
            self.findings.append(Finding(code, severity, place, facts))
        self._said.add((code, place, facts.get("at")))

    def read(self, known: Mapping[str, Iterable[str]]) -> pd.DataFrame:
        """Return the table with every column of its description, typed, one row a row.

        Parameters
        ----------
        known
            The ids each table that columns refer to has; a table that is missing is not checked.
        """
        if not self.raw.unread:
            self._headings()
        if self.raw.frame.empty and not self.raw.unread:
            self.wrong("table_empty", None, "", value=self.table.name)
        columns = {name: self._cells(self._with_ids(name, known)) for name in self.table.columns}
        frame = pd.DataFrame(columns, index=self.raw.frame.index)
        self._duplicates(frame)
        return frame

    def _headings(self) -> None:
        found, described = list(self.raw.frame.columns), self.table.columns
        missing = {name: name for name in described if name not in found}
        for name in found:
            if name not in described:
                code, severity, close = unknown_heading(name, missing)
                self.wrong(code, None, name, severity, value=name, nearest=close)
        for column in described.values():
            if column.required and column.name not in found:
                needed = ", ".join(name for name, c in described.items() if c.required)
                self.wrong("column_missing", None, "", value=column.name, allowed=needed)

    def _with_ids(self, name: str, known: Mapping[str, Iterable[str]]) -> Column:
        column = self.table.columns[name]
        if column.type not in ("ref", "refs"):
            return column
        ids = known.get(column.refers or name)
        if ids is None:
            return replace(column, type="text")
        return replace(column, allowed=tuple(ids))

    def _cells(self, column: Column) -> pd.Series:
        if column.name not in self.raw.frame:
            texts = pd.Series("", index=self.raw.frame.index)
        else:
            texts = self.raw.frame[column.name]
        cells = [self._cell(column, row, text) for row, text in texts.items()]
        whole = column.type == "integer" and all(isinstance(cell, int) for cell in cells)
        dtype = "int64" if whole else _DTYPES.get(column.type, "str")
        return pd.Series(cells, index=texts.index, dtype=dtype)

    def _cell(self, column: Column, row: Any, text: str) -> Any:
        blank = _BLANK.get(column.type, "")
        if text == REFUSED:
            return blank
        if not text:
            if column.required and column.name in self.raw.frame:
                self.wrong("cell_blank", row, column.name)
            return blank
        try:
            return READERS[column.type](column, text)
        except Refused as refused:
            self.wrong(refused.code, row, column.name, value=text[:80], **refused.facts)
            return blank

    def _duplicates(self, frame: pd.DataFrame) -> None:
        key = list(self.table.key)
        needed = [name for name in key if self.table.columns[name].required]
        first: dict[tuple[str, ...], Any] = {}
        for row, values in zip(frame.index, frame[key].itertuples(index=False), strict=True):
            if not all(getattr(values, name) for name in needed):
                continue
            if values in first:
                named = " ".join(value for value in values if value)
                earlier = self.raw.spot(first[values], key[0]).row
                self.wrong("row_repeated", row, key[0], value=named, first=earlier)
            first.setdefault(values, row)
