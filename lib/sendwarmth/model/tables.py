"""Tables of text read by their description: every column's kind, range and meaning, once.

``describe`` turns the plain data of ``columns.yaml`` into descriptions; ``TableReader`` reads one
raw table by its description and collects what is wrong, so that nothing is reported one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from sendwarmth.model.findings import Finding, Place, Severity, nearest

ALL = "all"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,6})?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?(inf(inity)?|nan)", re.IGNORECASE)
_LONGEST_TEXT = 500
_LONGEST_ID = 40


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    type
        Which reader of ``READERS`` reads its cells.
    label
        What planners call it, by language.
    unit
        Key of ``units`` in the description, or empty.
    required
        Whether a row may not leave it blank.
    low, high
        Range of a number, inclusive.
    allowed
        Words of a choice, or the ids a reference may name.
    refers
        The table a reference points to, or empty.
    words
        Label of each allowed word, by language.
    also
        Other headings it is known by.
    source, standing
        Where the shipped figures come from, and how sure they are.
    """

    name: str
    type: str
    label: Mapping[str, str]
    unit: str = ""
    required: bool = False
    low: Decimal = Decimal("-1e15")
    high: Decimal = Decimal("1e15")
    allowed: tuple[str, ...] = ()
    refers: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    standing: str = ""


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, the columns whose values name a row, and its labels."""

    name: str
    label: Mapping[str, str]
    required: bool
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    note: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """A table as it was found: text only.

    Parameters
    ----------
    frame
        Text cells; the index is the row in the file, counted from 1.
    file, sheet
        Where it was found, as the planner knows it.
    headings
        The heading a column had in the file, where it was not the column's name.
    """

    frame: pd.DataFrame
    file: str
    sheet: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def _text(column: Column, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise _Refused("cell_too_long", allowed=_LONGEST_TEXT)
    return text


def _id(column: Column, text: str) -> str:
    if not text.isidentifier() or "__" in text or len(text) > _LONGEST_ID or text == ALL:
        raise _Refused("cell_bad_id", allowed=_LONGEST_ID)
    return text


def _word(column: Column, text: str) -> str:
    if text not in column.allowed:
        code = "cell_unknown_id" if column.type.startswith("ref") else "cell_unknown_word"
        known = ", ".join(column.allowed)
        raise _Refused(code, nearest=nearest(text, column.allowed), allowed=known)
    return text


def _words(column: Column, text: str) -> str:
    words = text.split()
    if ALL in words and len(words) > 1:
        raise _Refused("cell_all_and_more", allowed=ALL)
    return " ".join(word if word == ALL else _word(column, word) for word in words)


def _decimal(column: Column, text: str) -> Decimal:
    if _NOT_FINITE.fullmatch(text):
        raise _Refused("cell_not_finite", low=column.low, high=column.high)
    if not _NUMBER.fullmatch(text):
        raise _Refused("cell_not_a_number", low=column.low, high=column.high)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("Infinity")
    if not column.low <= value <= column.high:
        raise _Refused("cell_out_of_range", low=column.low, high=column.high)
    return value


def _number(column: Column, text: str) -> float:
    return float(_decimal(column, text))


def _integer(column: Column, text: str) -> int:
    value = _decimal(column, text)
    if value != int(value):
        raise _Refused("cell_not_whole", low=column.low, high=column.high)
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


def describe(data: Mapping[str, Any]) -> dict[str, Table]:
    """Return the description of every table from the plain data of ``columns.yaml``."""
    words = data["words"]
    return {name: _table(name, raw, words) for name, raw in data["tables"].items()}


def _table(name: str, raw: Mapping[str, Any], words: Mapping[str, Any]) -> Table:
    columns = {key: _column(key, column, words) for key, column in raw["columns"].items()}
    key, note = tuple(raw["key"]), raw.get("note", {})
    return Table(name, raw["label"], bool(raw.get("required")), key, columns, note)


def _column(name: str, raw: Mapping[str, Any], words: Mapping[str, Any]) -> Column:
    kind = raw["type"]
    labels = words.get("flag" if kind == "flag" else raw.get("words", ""), {})
    return Column(
        name=name,
        type=kind,
        label=raw["label"],
        unit=raw.get("unit", ""),
        required=bool(raw.get("required")),
        low=Decimal(str(raw.get("min", "-1e15"))),
        high=Decimal(str(raw.get("max", "1e15"))),
        allowed=tuple(labels),
        refers=raw.get("table", ""),
        words=labels,
        also=tuple(raw.get("also", ())),
        source=raw.get("source", {}),
        standing=raw.get("standing", ""),
    )


class TableReader:
    """Reads one raw table by its description; ``findings`` holds everything that is wrong."""

    def __init__(self, raw: RawTable, table: Table) -> None:
        self.raw, self.table = raw, table
        self.findings: list[Finding] = []

    def wrong(
        self, code: str, row: int | None, column: str, severity: Severity = "error", **facts: Any
    ) -> None:
        """Note a finding at a row of the file and a column of the table."""
        heading = self.raw.headings.get(column, column)
        place = Place(self.raw.file, self.raw.sheet, row, heading)
        self.findings.append(Finding(code, severity, place, facts))

    def read(self, known: Mapping[str, Iterable[str]]) -> pd.DataFrame:
        """Return the table with every column of its description, typed, one row a row.

        Parameters
        ----------
        known
            The ids each table that columns refer to has; a table that is missing is not checked.
        """
        self._headings()
        if self.raw.frame.empty:
            self.wrong("table_empty", None, "", value=self.table.name)
        columns = {name: self._cells(self._with_ids(name, known)) for name in self.table.columns}
        frame = pd.DataFrame(columns, index=self.raw.frame.index)
        self._duplicates(frame)
        return frame

    def _headings(self) -> None:
        found, described = list(self.raw.frame.columns), self.table.columns
        for name in found:
            if name not in described:
                missing = [known for known in described if known not in found]
                close = nearest(name, missing)
                severity: Severity = "error" if close else "note"
                code = "column_misspelt" if close else "column_unused"
                self.wrong(code, None, name, severity, value=name, nearest=close)
        for column in described.values():
            if column.required and column.name not in found:
                known = ", ".join(name for name, c in described.items() if c.required)
                self.wrong("column_missing", None, "", value=column.name, allowed=known)

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
        if not text:
            if column.required and column.name in self.raw.frame:
                self.wrong("cell_blank", row, column.name)
            return blank
        try:
            return READERS[column.type](column, text)
        except _Refused as refused:
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
                self.wrong("row_repeated", row, key[0], value=named, first=first[values])
            first.setdefault(values, row)
