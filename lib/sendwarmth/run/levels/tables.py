"""Where the tables of every level are, and how they are read.

Beside the tables of the top there may be a folder ``levels``; in it, a folder for each unit that
splits its money further, named by the unit's id, and in that, folders of units again::

    data/regions.csv ...                    the province
    data/levels/north/regions.csv ...       a city of it, with a row a county
    data/levels/north/hill/regions.csv ...  a county of that, with a row a township

A unit's tables are CSV or one workbook ``tables.xlsx``. Groups and standards, if neither is there,
are those of the level above; without ``sources`` all money is what the level
above gives. ``scenario.yaml`` beside them states what else differs, and may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.levels import Path as UnitPath
from sendwarmth.model.reading.checked import HANDED_DOWN, handed_down, read_tables
from sendwarmth.model.reading.sheet import Sheet, key
from sendwarmth.model.reading.tidy import tidy
from sendwarmth.model.scenario import LANGUAGES, Origin
from sendwarmth.model.tables import ALL
from sendwarmth.run.fingerprint import hash_of, hash_of_tables
from sendwarmth.run.inputs import described, read_csv, read_sheets, vocabulary
from sendwarmth.run.scenarios import read_yaml
from sendwarmth.run.siblings import inputs_at
from sendwarmth.view.words import words

LEVELS = "levels"
WORKBOOK = "tables.xlsx"
OWN_SCENARIO = "scenario.yaml"
REGIONS = "regions"


def folder_of(tables: Path, path: UnitPath) -> Path:
    """Return the folder of a unit; for the top, the one in which the folders of its units are."""
    home = tables if tables.is_dir() else tables.parent
    return home.joinpath(LEVELS, *path)


def units_in(folder: Path) -> tuple[str, ...]:
    """Return the ids of the units that have a folder in a folder, in order."""
    if not folder.is_dir():
        return ()
    names = (entry.name for entry in folder.iterdir() if entry.is_dir())
    return tuple(sorted(name for name in names if not name.startswith((".", "_"))))


def every_unit(tables: Path, below: UnitPath = ()) -> Iterator[UnitPath]:
    """Yield the path of every unit with a folder, each before those below it."""
    for name in units_in(folder_of(tables, below)):
        yield (*below, name)
        yield from every_unit(tables, (*below, name))


def tables_at(tables: Path, path: UnitPath) -> Path:
    """Return where the tables of a unit are: a folder, or a workbook."""
    if not path:
        return tables
    folder = folder_of(tables, path)
    return folder / WORKBOOK if (folder / WORKBOOK).is_file() else folder


def hash_at(tables: Path, path: UnitPath) -> str:
    """Return the hash of all files a unit's plan depends on: its own and those of levels above."""
    above = [tables, *(folder_of(tables, path[:n]) for n in range(1, len(path) + 1))]
    return hash_of([hash_of_tables(place) for place in above], units_in(folder_of(tables, path)))


def inputs_of(tables: Path, path: UnitPath, given_yuan: int = 0) -> Inputs:
    """Return the tables of a unit, with those it takes from the levels above.

    Parameters
    ----------
    tables
        The tables of the top.
    path
        The unit.
    given_yuan
        What the level above gave it: its source of money, where it lists no sources.

    Raises
    ------
    InputError
        With every finding at once.
    """
    if not path:
        return inputs_at(tables)
    sheets, noted = read_sheets(tables_at(tables, path))
    there = set(_by_table(sheets))
    if "sources" not in there:
        sheets.append(_from_above(given_yuan))
    missing = [name for name in HANDED_DOWN if name not in there]
    above = _above(tables, path[:-1], stamp(tables, path[:-1]))
    if missing and missing != list(HANDED_DOWN):
        raise InputError([_half_a_set(sheets, missing)])
    known = handed_down(above) if missing else {}
    raw, interpreted = tidy(sheets, described(), vocabulary(), known)
    origin = "/".join(path)
    findings = (*noted, *interpreted)
    return read_tables(raw, described(), origin, findings, above if missing else None)


@lru_cache(maxsize=8)
def _above(tables: Path, path: UnitPath, _stamp: str) -> Inputs:
    return inputs_of(tables, path)


def stamp(tables: Path, path: UnitPath) -> str:
    """Return the hash of the tables of a unit and of all levels above it."""
    return hash_of([hash_of_tables(tables_at(tables, path[:n])) for n in range(len(path) + 1)])


def _half_a_set(sheets: Sequence[Sheet], missing: Sequence[str]) -> Finding:
    there = ", ".join(sheet.file for sheet in sheets)
    facts = {"value": ", ".join(missing), "allowed": ", ".join(HANDED_DOWN)}
    return Finding("groups_without_standards", "error", Place(file=there), facts)


def _by_table(sheets: Sequence[Sheet]) -> dict[str, Sheet]:
    known = {
        key(label): name
        for name, table in described().items()
        for label in (name, *table.label.values())
    }
    found = {known.get(key(sheet.name)): sheet for sheet in sheets}
    return {name: sheet for name, sheet in found.items() if name is not None}


def _from_above(yuan: int) -> Sheet:
    """Return a table of sources with one: the level above."""
    labels = {f"label_{language}": words(language).say("levels.source") for language in LANGUAGES}
    row = {
        **{"source_id": "level_above", "yuan": str(yuan), "groups": ALL, "tiers": ALL},
        **{"status": "derived", "source": labels["label_zh"], "source_en": labels["label_en"]},
        **labels,
    }
    columns = tuple(described()["sources"].columns)
    cells = tuple(row.get(column, "") for column in columns)
    return Sheet("sources", "sources.csv", ((1, columns), (2, cells)))


def ids_in(tables: Path, path: UnitPath) -> tuple[str, ...]:
    """Return the ids in a unit's table of units; none where that cannot be read, said elsewhere."""
    try:
        if not path:
            return inputs_at(tables).region_ids
        sheets, _ = read_sheets(tables_at(tables, path))
        sheet = _by_table(sheets).get(REGIONS)
        raw, _ = tidy([sheet] if sheet else [], {REGIONS: described()[REGIONS]}, vocabulary())
        return tuple(str(word) for word in raw[REGIONS].frame["region_id"] if word)
    except (SendWarmthError, KeyError):
        return ()


def likely_ids_in(tables: Path, path: UnitPath) -> tuple[str, ...]:
    """Return at least the ids in a unit's table of units: what a quick look takes for one.

    A total or a note below the table may be among them; looked at as any other table, it is not.
    """
    file = folder_of(tables, path) / f"{REGIONS}.csv"
    if path and file.is_file() and tables_at(tables, path).is_dir():
        with suppress(SendWarmthError):
            (_, heading), *rows = read_csv(file)[0].rows
            if "region_id" in heading:
                column = heading.index("region_id")
                return tuple(
                    dict.fromkeys(cells[column] for _, cells in rows if len(cells) > column)
                )
    return ids_in(tables, path)


def own_scenario(tables: Path, path: UnitPath) -> tuple[dict[str, Any], Origin]:
    """Return what a unit's own scenario file states and where; nothing where there is none.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    folder = folder_of(tables, path)
    file = folder / OWN_SCENARIO
    if not file.is_file():
        return {}, Origin(OWN_SCENARIO, str(folder))
    data, lines = read_yaml(file)
    return data, Origin(OWN_SCENARIO, str(folder), lines)
