"""From raw tables to checked ones: read by their description, and held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd

from sendwarmth.model.findings import Finding, InputError, Place, errors
from sendwarmth.model.inputs import CORE, Inputs, digest
from sendwarmth.model.reading.checks import cross_check
from sendwarmth.model.reading.table_reader import TableReader
from sendwarmth.model.tables import RawTable, Table

MOST_FINDINGS = 200
ORDER = ("error", "warning", "note")
HANDED_DOWN = ("groups", "standards")
"""Tables of a level that serve the levels below it as they are."""


def read_tables(
    raw: Mapping[str, RawTable],
    tables: Mapping[str, Table],
    origin: str = "",
    noted: Iterable[Finding] = (),
    above: Inputs | None = None,
) -> Inputs:
    """Read raw tables by their description and hold them against each other.

    Parameters
    ----------
    raw
        The tables that were found, text only, by name.
    tables
        Their descriptions, see `sendwarmth.model.tables.describe`.
    origin
        What was read, as the planner named it.
    noted
        Findings made while the files were opened.
    above
        The level above, whose groups and standards serve here; ``raw`` has none of them.

    Raises
    ------
    InputError
        With every finding at once, if any of them is an error.
    """
    findings = list(noted)
    frames = {} if above is None else handed_down(above)
    for name, table in tables.items():
        if table.required and name not in raw and name not in frames:
            needed = ", ".join(key for key in tables if tables[key].required)
            facts = {"value": name, "allowed": needed}
            findings.append(Finding("table_missing", "error", Place(file=origin), facts))
    readers: dict[str, TableReader] = {}
    known = {key: ids for name in frames for key, ids in _ids(name, frames[name]).items()}
    digests = {} if above is None else {name: above.digests.get(name, "") for name in frames}
    for name in (name for name in tables if name in raw):
        readers[name] = TableReader(raw[name], tables[name])
        frames[name] = readers[name].read(known)
        if not raw[name].unread:
            known |= _ids(name, frames[name])
    cross_check(frames, readers)
    findings += [finding for reader in readers.values() for finding in reader.findings]
    if errors(findings):
        raise InputError(_at_most(findings))
    return _inputs(frames, digests, origin, tuple(findings))


def handed_down(above: Inputs) -> dict[str, pd.DataFrame]:
    """Return the tables of a level that serve the levels below it."""
    return {"groups": above.groups.reset_index(), "standards": above.standards}


def _at_most(findings: Iterable[Finding], most: int = MOST_FINDINGS) -> list[Finding]:
    """Return findings, those that stop a plan first, at most so many a table, and how many more."""
    kept, more = [], Counter[Place]()
    seen: Counter[Place] = Counter()
    for finding in sorted(findings, key=lambda finding: ORDER.index(finding.severity)):
        table = Place(finding.place.file, finding.place.sheet)
        seen[table] += 1
        if seen[table] <= most:
            kept.append(finding)
        else:
            more[table] += 1
    rest = (Finding("more_findings", "error", at, {"value": n}) for at, n in more.items())
    return [*kept, *rest]


def _ids(name: str, frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    key = {"regions": "region_id", "groups": "group_id", "standards": "tier_id"}.get(name)
    if key is None:
        return {}
    ids = tuple(dict.fromkeys(value for value in frame[key] if value))
    return {"tiers" if name == "standards" else name: ids}


def _inputs(
    frames: Mapping[str, pd.DataFrame],
    known: Mapping[str, str],
    origin: str,
    noted: tuple[Finding, ...],
) -> Inputs:
    """Return frames as inputs; tables with a known digest were filled in before."""
    filled = {
        name: frame if name in known else _fill(frame).reset_index(drop=True)
        for name, frame in frames.items()
    }
    digests = {name: known.get(name) or digest(frame) for name, frame in filled.items()}
    regions, groups = filled.pop("regions"), filled.pop("groups")
    return Inputs(
        regions=regions.set_index("region_id"),
        groups=groups.set_index("group_id"),
        **{name: filled.pop(name) for name in CORE[2:]},
        extras=filled,
        digests=digests,
        origin=origin,
        findings=noted,
    )


FALLBACKS = {
    "name_en": "name_zh",
    "short_zh": "name_zh",
    "short_en": "name_en",
    "bloc_zh": "bloc",
    "bloc_en": "bloc_zh",
    "label_en": "label_zh",
    "source_en": "source",
    "driver_en": "driver_zh",
}


def _fill(frame: pd.DataFrame) -> pd.DataFrame:
    """Take a name that was left blank from the column that stands in for it."""
    filled = frame.copy()
    for name, stand_in in FALLBACKS.items():
        if name in filled and stand_in in filled:
            filled[name] = filled[name].where(filled[name] != "", filled[stand_in])
    return filled
