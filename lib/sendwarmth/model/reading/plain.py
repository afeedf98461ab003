"""Inputs as plain text again, every table with every column: what files are written from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sendwarmth.model.inputs import CORE, Inputs
from sendwarmth.model.tables import Column, Table


def plain_tables(inputs: Inputs, tables: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """Return every table of the inputs as text, columns in the order of its description.

    Reading them again with `sendwarmth.model.reading.checked.read_tables` gives the same inputs.

    Parameters
    ----------
    inputs
        The inputs.
    tables
        The descriptions of the tables.
    """
    frames: dict[str, pd.DataFrame] = {name: getattr(inputs, name) for name in CORE}
    frames |= inputs.extras
    return {name: _plain(frames[name], table) for name, table in tables.items() if name in frames}


def _plain(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    whole = frame.reset_index() if frame.index.name else frame
    texts = {
        name: [text_of(value, column) for value in whole[name]]
        for name, column in table.columns.items()
    }
    return pd.DataFrame(texts, dtype="str")


def text_of(value: Any, column: Column) -> str:
    """Return one value as the text it is read from.

    Examples
    --------
    >>> heads = Column("heads", "integer", {})
    >>> text_of(7460.0, heads), text_of(float("nan"), heads)
    ('7460', '')
    """
    if column.type == "flag":
        return str(bool(value)).lower()
    if column.type in ("number", "integer"):
        if math.isnan(value):
            return ""
        return str(int(value)) if column.type == "integer" else repr(float(value))
    return str(value)
