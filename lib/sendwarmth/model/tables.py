"""What tables are: every column's kind, range and meaning, described once; raw tables of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

ALL = "all"
# A cell that was refused, and said to be, before its table is read.
REFUSED = "\0"


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
    wide: str = ""


@dataclass(frozen=True)
class Spot:
    """Where a cell of a raw table stands in its file: row, heading, and ``D14`` in a workbook."""

    row: int | None = None
    heading: str = ""
    at: str = ""


@dataclass(frozen=True)
class RawTable:
    """A table as it was found: text only.

    Parameters
    ----------
    frame
        Text cells; the index is the row in the file, counted from 1, or any label of ``spots``.
    file, sheet
        Where it was found, as the planner knows it.
    spots
        Where the cell of a label and a column stands, where that is not the row and the column's
        own name; with the label None, where the column's heading stands.
    unread
        Whether the file was refused before its rows could be read; that was said already.
    """

    frame: pd.DataFrame
    file: str
    sheet: str = ""
    spots: Mapping[tuple[Any, str], Spot] = field(default_factory=dict)
    unread: bool = False

    def spot(self, label: Any, column: str) -> Spot:
        """Return where a cell stands."""
        heading = self.spots.get((None, column), Spot(None, column))
        return self.spots.get((label, column)) or Spot(label, heading.heading, heading.at)


def describe(data: Mapping[str, Any]) -> dict[str, Table]:
    """Return the description of every table from the plain data of ``columns.yaml``."""
    words = data["words"]
    return {name: _table(name, raw, words) for name, raw in data["tables"].items()}


def _table(name: str, raw: Mapping[str, Any], words: Mapping[str, Any]) -> Table:
    columns = {key: _column(key, column, words) for key, column in raw["columns"].items()}
    return Table(
        name=name,
        label=raw["label"],
        required=bool(raw.get("required")),
        key=tuple(raw["key"]),
        columns=columns,
        note=raw.get("note", {}),
        wide=raw.get("wide", ""),
    )


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
