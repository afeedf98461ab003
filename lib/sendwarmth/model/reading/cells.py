"""One cell as an office writes it, as the plain text a table of the model holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sendwarmth.model.reading.names import Names
from sendwarmth.model.reading.sheet import Unit, key, plain, unescaped
from sendwarmth.model.reading.table_reader import Refused
from sendwarmth.model.tables import ALL, Column

ERRORS = frozenset(
    ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,6})?")
_DATE = re.compile(r"(\d{4})-\d\d?-\d\d?( \d\d?:\d\d(:\d\d)?)?")
_EXACT_DIGITS = 15
_MOST_DIGITS = 30


@dataclass(frozen=True)
class Plain:
    """A cell's plain text, and the code of what was interpreted, if anything was."""

    text: str
    note: str = ""


def simplified(column: Column, text: str, scale: Decimal | None, names: Names) -> Plain:
    """Return a cell as plain text of its column's kind.

    Parameters
    ----------
    column
        The column it stands in.
    text
        The cell.
    scale
        What figures are multiplied by, where the heading states a unit.
    names
        The names of the tables it may refer to.

    Raises
    ------
    Refused
        It can be read in no way, or in two.
    """
    if text in ERRORS:
        raise Refused("cell_is_error")
    if not text:
        return Plain("")
    if column.type in ("number", "integer"):
        return number(text, column, names.words.units[column.unit], scale)
    if column.type in ("choice", "flag"):
        return word(text, column)
    if column.type == "ref" and names.knows(column.refers):
        return _reference(text, column, names)
    if column.type == "refs" and names.knows(column.refers):
        return _references(text, column, names)
    return Plain(unescaped(text))


def number(text: str, column: Column, unit: Unit, scale: Decimal | None) -> Plain:
    """Return a number as plain decimal text, in the column's unit.

    Examples
    --------
    >>> column = Column("yuan", "integer", {})
    >>> unit = Unit({"元": Decimal(1), "万元": Decimal(10000)}, True, True, {})
    >>> number("２５９．３万元", column, unit, None)
    Plain(text='2593000', note='read_number')
    >>> number("1,234", column, unit, Decimal(10000)).text
    '12340000'
    """
    simple = plain(text).casefold()
    if _DATE.fullmatch(simple):
        raise Refused("cell_is_date", low=column.low, high=column.high)
    digits, own = _without_unit(simple, unit)
    if own is not None and scale is not None and own != scale:
        raise Refused("units_conflict")
    digits = digits.replace(" ", ",")
    if "," in digits:
        if not _GROUPED.fullmatch(digits):
            raise Refused("number_ambiguous")
        digits = digits.replace(",", "")
    if not _NUMBER.fullmatch(digits):
        return Plain(text)
    times = own if own is not None else scale if scale is not None else Decimal(1)
    if abs(Decimal(digits).adjusted()) > _MOST_DIGITS:
        return Plain(digits)
    value = Decimal(digits) * times
    if times == 1 and not _noisy(value, column):
        return Plain(digits, "" if digits == text.casefold() else "read_number")
    shown = f"{_rounded(value, column).normalize():f}"
    return Plain(shown, "read_number" if digits != text.casefold() else "")


def _without_unit(text: str, unit: Unit) -> tuple[str, Decimal | None]:
    """Split the unit off a figure: ``259.3万元`` is 259.3 and 10,000."""
    text = text.removeprefix("¥").strip()
    for written in sorted(unit.reads, key=len, reverse=True):
        if text.endswith(written) and text[: -len(written)].strip():
            return text[: -len(written)].strip(), unit.reads[written]
    return text, None


def _noisy(value: Decimal, column: Column) -> bool:
    """Return whether a spreadsheet's arithmetic left its noise in a whole number."""
    return column.type == "integer" and value != _rounded(value, column)


def _rounded(value: Decimal, column: Column) -> Decimal:
    """Return the 15 digits a spreadsheet vouches for, where more would not be whole."""
    if column.type != "integer" or value == value.to_integral_value():
        return value
    near = round(value)
    exact = Decimal(f"{value:.{_EXACT_DIGITS}g}") == near
    return Decimal(near) if exact else value


def word(text: str, column: Column) -> Plain:
    """Return the allowed word a label means; a word nobody knows is left for the table to refuse.

    Examples
    --------
    >>> column = Column("kind", "choice", {}, words={"city": {"zh": "市"}}, allowed=("city",))
    >>> word("市", column), word(" 市 ", column), word("City", column)
    (Plain(text='city', note=''), Plain(text='city', note=''), Plain(text='city', note='read_word'))
    """
    labels = _labels(column.words)
    meant = labels.get(key(text))
    if meant is None:
        return Plain(text)
    exact = plain(text) == meant or plain(text) in column.words[meant].values()
    return Plain(meant, "" if exact else "read_word")


def _labels(words: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    labels = {key(name): name for name in words}
    for name, label in words.items():
        labels |= {key(said): name for said in label.values()}
    return labels


def _reference(text: str, column: Column, names: Names) -> Plain:
    found, interpreted = names.find(column.refers, unescaped(text))
    return Plain(found, "read_name" if interpreted else "")


def _references(text: str, column: Column, names: Names) -> Plain:
    if key(text) in names.words.all:
        return Plain(ALL)
    between = tuple(names.words.between)
    simple = "".join(";" if plain(letter) in between else letter for letter in text)
    parts = [part.strip() for part in simple.split(";") if part.strip()]
    if len(parts) == 1:
        parts = _by_spaces(parts[0], column, names)
    found = [_reference(part, column, names) if part != ALL else Plain(ALL) for part in parts]
    note = next((part.note for part in found if part.note), "")
    return Plain(" ".join(part.text for part in found), note)


def _by_spaces(text: str, column: Column, names: Names) -> list[str]:
    """Split ids at spaces, unless the whole is one name with a space in it."""
    try:
        names.find(column.refers, text)
    except Refused:
        return text.split()
    return [text]
