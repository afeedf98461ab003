"""A sheet as it was found, and the words by which office tables are understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_ESCAPED = re.compile(r"'+[=+\-@\t]")


@dataclass(frozen=True)
class Sheet:
    """Text cells of one CSV file or one sheet of a workbook.

    Parameters
    ----------
    name
        The sheet's name, or the file's without its ending.
    file
        The file, as the planner knows it.
    rows
        Row number in the file, counted from 1, and its cells; rows without any text are left out.
    merged
        Cells of a merged range with the cell that holds its text, as (row, column) from (1, 0).
    broken
        Cells that could not be read, with the code of the finding.
    workbook
        Whether columns have letters.
    refused
        Whether the file could not be read at all.
    """

    name: str
    file: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    merged: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    broken: Mapping[tuple[int, int], str] = field(default_factory=dict)
    workbook: bool = False
    refused: bool = False

    @property
    def tab(self) -> str:
        """The sheet's name where the file has several, else nothing."""
        return self.name if self.workbook else ""

    def spot(self, row: int | None, column: int | None) -> str:
        """Return a cell as spreadsheets call it, ``D14``; nothing for a file without letters."""
        if not self.workbook or row is None or column is None:
            return ""
        return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """Return a spreadsheet's name of a column counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Return a text with full-width characters as plain ones, and without unseen characters.

    Examples
    --------
    >>> plain(" １２，３４５（万元） ")
    '12,345(万元)'
    """
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", text)).split())


def key(text: str) -> str:
    """Return what two spellings of the same word share: no spaces, no case, no width.

    Examples
    --------
    >>> key("合　计") == key(" 合计 "), key("Total")
    (True, 'total')
    """
    return plain(text).replace(" ", "").casefold()


def unescaped(text: str) -> str:
    """Return a text without the quote that keeps a spreadsheet from taking it for a formula.

    Examples
    --------
    >>> unescaped("'=1+1"), unescaped("'tis"), unescaped(escaped("'=x")) == "'=x"
    ('=1+1', "'tis", True)
    """
    return text[1:] if _ESCAPED.match(text) else text


def escaped(text: str) -> str:
    """Return a text with a quote before what a spreadsheet would take for a formula."""
    return "'" + text if _ESCAPED.match("'" + text) else text


@dataclass(frozen=True)
class Unit:
    """A unit of figures: how it may be stated, and whether totals of it make sense."""

    reads: Mapping[str, Decimal]
    stated: bool
    sums: bool
    label: Mapping[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """The words of office tables, from ``columns.yaml``; every word is a `key`."""

    units: Mapping[str, Unit]
    counted: Mapping[str, str]
    guide: frozenset[str]
    totals: frozenset[str]
    subtotals: frozenset[str]
    province: frozenset[str]
    ignored: frozenset[str]
    all: frozenset[str]
    all_shown: Mapping[str, str]
    notes: tuple[str, ...]
    statements: Mapping[str, frozenset[str]]
    between: str
    suffixes: tuple[str, ...]
    personal: frozenset[str]
    surnames: frozenset[str]
    endings: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Vocabulary:
        """Return the vocabulary in the plain data of ``columns.yaml``."""
        said, personal = data["reading"], data["reading"]["personal"]
        return cls(
            units={"": NO_UNIT, **{name: _unit(raw) for name, raw in data["units"].items()}},
            counted={
                key(word): name
                for name, label in data["words"]["head_unit"].items()
                for word in label.values()
            },
            guide=_keys(said["guide"]),
            totals=_keys(said["totals"]),
            subtotals=_keys(said["subtotals"]),
            province=_keys(said["province"]),
            ignored=_keys(said["ignored"]),
            all=_keys(said["all"]),
            all_shown=said["all_shown"],
            notes=tuple(key(word) for word in said["notes"]),
            statements={name: _keys(words) for name, words in said["statements"].items()},
            between="".join(said["between"]),
            suffixes=tuple(key(word) for word in said["suffixes"]),
            personal=_keys(personal["headings"]),
            surnames=frozenset(personal["surnames"]),
            endings=frozenset(personal["endings"]),
        )


NO_UNIT = Unit(reads={}, stated=False, sums=False, label={})


def _keys(words: Iterable[str]) -> frozenset[str]:
    return frozenset(key(word) for word in words)


def _unit(raw: Mapping[str, Any]) -> Unit:
    label = {language: raw[language] for language in ("zh", "en")}
    own = {key(word): Decimal(1) for word in label.values()}
    reads = {key(word): Decimal(str(times)) for word, times in raw["reads"].items()}
    return Unit(own | reads, bool(raw.get("stated")), bool(raw.get("sums")), label)
