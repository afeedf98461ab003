"""One unit of any level, from its tables to its results: split, asserted, written whole, recorded.

What a unit is given comes with its job, so that units of one level are independent of each other
and can be split anywhere: here, or on a cluster whose workers see the project's folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendwarmth.model.findings import Finding, SendWarmthError, nearest
from sendwarmth.model.levels import Given, given_to, heads_apart, scenario_of, split
from sendwarmth.model.levels import Path as UnitPath
from sendwarmth.run import fingerprint
from sendwarmth.run.jobs import TRIES, not_written, now
from sendwarmth.run.levels import tables as level_tables
from sendwarmth.run.manifest import Record, State, hash_of_file, locked, workspace, write_whole
from sendwarmth.run.plan_files import plan_csv, plan_data
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario
from sendwarmth.view.words import words

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan

RECORD = "record.json"
GIVEN = "given.json"
PLAN_CSV, PLAN_JSON = "plan.csv", "plan.json"
BELOW = "below.csv"
STRANGER = "unit_folder_unknown"


@dataclass(frozen=True)
class LevelJob:
    """One unit to split: plain data, so that it can go to another machine.

    Parameters
    ----------
    root
        Folder of the project.
    scenario
        Name of the scenario at the top.
    tables
        Where the tables of the top are.
    given
        What the unit is given; None for the top, which has its fund.
    refused
        What is wrong with its ids, found when all levels were looked through.
    language
        ``zh`` or ``en``.
    force
        Whether it is split again though nothing has changed.
    pages
        Whether pages and a workbook are made beside the figures.
    shared
        Whether pages share one copy of the drawing library.
    title
        Of the scenario at the top, in the language.
    names
        Of the units from the top to this one.
    made
        Facts for the record.
    """

    root: str
    scenario: str
    tables: str
    given: Given | None = None
    refused: tuple[Finding, ...] = ()
    language: str = "zh"
    force: bool = False
    pages: bool = True
    shared: bool = False
    title: str = ""
    names: tuple[str, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> tuple[str, ...]:
        """Ids from the top to the unit."""
        return self.given.path if self.given else ()

    @property
    def label(self) -> str:
        """What its record is called."""
        return label(self, self.path)

    @property
    def project(self) -> Project:
        """The project."""
        return Project(Path(self.root))

    @property
    def folder(self) -> Path:
        """Where its results go."""
        return folder(self, self.path)


def label(job: LevelJob, path: UnitPath) -> str:
    """Return what a unit's record is called: the scenario and the path, ``baseline/north``."""
    return "/".join((job.scenario, *path)) if path else f"{job.scenario}/"


def folder(job: LevelJob, path: UnitPath) -> Path:
    """Return where the results of a unit go."""
    return job.project.outputs.joinpath(job.scenario, level_tables.LEVELS, *path)


@dataclass(frozen=True)
class Ended:
    """How a unit ended, and what it gives on.

    Parameters
    ----------
    record
        Its record.
    yuan
        What its plan splits, by group; empty where there is none.
    below
        What it gives to units that have tables of their own.
    strangers
        Folders below it that are named by none of its units.
    """

    record: Record
    yuan: Mapping[str, int] = field(default_factory=dict)
    below: tuple[Given, ...] = ()
    strangers: Mapping[str, Finding] = field(default_factory=dict)


def run_unit(job: LevelJob) -> Ended:
    """Split what a unit was given and write its results; what is wrong with it is in its record."""
    started, clock = now(), time.monotonic()

    def record(state: State, **facts: Any) -> Record:
        facts |= {"started": started, "finished": now(), "made": job.made}
        return Record(job.label, state, seconds=round(time.monotonic() - clock, 3), **facts)

    def fail(findings: Sequence[Finding]) -> Ended:
        return Ended(write_failure(job.folder, record("failed"), findings, job.language))

    if job.refused:
        return fail(job.refused)
    try:
        for _ in range(TRIES):
            key = key_of(job)
            known = None if job.force else unchanged(job, key)
            if known is not None:
                return known
            with workspace(job.project.outputs) as work:
                ended = _make(job, work)
                # Files edited while it ran would put two plans into one folder.
                if key_of(job) == key:
                    return replace(ended, record=_publish(job, work, record("done", key=key)))
        return fail([Finding("changed_during_run")])
    except SendWarmthError as error:
        return fail(error.findings)
    except OSError as error:
        return fail([not_written(error)])


def key_of(job: LevelJob) -> str:
    """Return the hash of all that a unit's results depend on.

    Raises
    ------
    InputError
        The scenario of the top cannot be read.
    """
    facts = _top_facts(job) if job.given is None else asdict(job.given)
    tables = level_tables.hash_at(Path(job.tables), job.path)
    library = _library(str(job.made.get("run", "")))
    shown = (job.language, job.pages, job.shared, job.title, job.names)
    return fingerprint.hash_of(facts, tables, library, shown)


def _top_facts(job: LevelJob) -> dict[str, Any]:
    scenario = load_scenario(find_scenario(job.scenario, job.project.scenarios))
    return {f.name: getattr(scenario, f.name) for f in fields(scenario) if f.name != "origin"}


@lru_cache(maxsize=4)
def _library(_run: str) -> str:
    """Return the hash of library and versions, once a run and process."""
    return fingerprint.hash_of(fingerprint.hash_of_library(), fingerprint.versions())


def _make(job: LevelJob, work: Path) -> Ended:
    plan = plan_of(job)
    told = plan_data(plan, measured=job.pages)
    text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
    (work / PLAN_CSV).write_text(plan_csv(plan), encoding="utf-8-sig", newline="")
    (work / PLAN_JSON).write_text(text + "\n", encoding="utf-8")
    known = plan.problem.region_ids
    folders = level_tables.units_in(level_tables.folder_of(Path(job.tables), job.path))
    below = tuple(given_to(plan, unit, job.given) for unit in folders if unit in known)
    strangers = {unit: _stranger(unit, known) for unit in folders if unit not in known}
    if job.pages:
        _make_pages(job, plan, tuple(given.path[-1] for given in below), work)
    spent = {str(group): int(yuan) for group, yuan in plan.table.sum().items()}
    handed = {
        "yuan": spent,
        "below": [asdict(given) for given in below],
        "strangers": {unit: dict(finding.facts) for unit, finding in strangers.items()},
    }
    (work / GIVEN).write_text(json.dumps(handed, ensure_ascii=False), encoding="utf-8")
    return Ended(Record(job.label, "done"), spent, below, strangers)


def _make_pages(job: LevelJob, plan: Plan, below: Sequence[str], work: Path) -> None:
    from sendwarmth.run.levels import pages as level_pages
    from sendwarmth.view.bundle import SHARED_NAME

    site = level_pages.Site(job.given, job.title, job.names, below)
    shared = site.home.replace(level_pages.OVERVIEW, SHARED_NAME) if job.shared else ""
    own = level_tables.folder_of(Path(job.tables), job.path) / level_tables.OWN_SCENARIO
    files = {own.stem: own.read_text(encoding="utf-8-sig")} if job.path and own.is_file() else {}
    level_pages.write_unit(plan, site, work, job.language, files, shared)


def plan_of(job: LevelJob) -> Plan:
    """Return the plan of a unit.

    Raises
    ------
    InputError, Infeasible
        It has none.
    """
    from sendwarmth.model.allocation import allocate

    tables = Path(job.tables)
    if job.given is None:
        scenario = load_scenario(find_scenario(job.scenario, job.project.scenarios))
        return allocate(level_tables.inputs_of(tables, ()), scenario)
    inputs = level_tables.inputs_of(tables, job.path, job.given.total_yuan)
    own, origin = level_tables.own_scenario(tables, job.path)
    plan = split(inputs, scenario_of(job.given, inputs, own, origin), job.given)
    return replace(plan, findings=(*plan.findings, *heads_apart(inputs, job.given)))


def _stranger(unit: str, known: Sequence[str]) -> Finding:
    facts = {"value": unit, "nearest": nearest(unit, known), "allowed": ", ".join(known[:20])}
    return Finding(STRANGER, facts=facts)


def unchanged(job: LevelJob, key: str) -> Ended | None:
    """Return how a unit ended last time, if its results are those of a key, and untouched."""
    try:
        told = json.loads((job.folder / RECORD).read_text(encoding="utf-8"))
        record = Record(**{**told, "said": tuple(told["said"])})
        if not record.fine or record.key != key or GIVEN not in record.files:
            return None
        if any(hash_of_file(job.folder / name) != known for name, known in record.files.items()):
            return None
        handed = json.loads((job.folder / GIVEN).read_text(encoding="utf-8"))
        below = tuple(Given(**{**one, "path": tuple(one["path"])}) for one in handed["below"])
        strangers = {unit: Finding(STRANGER, facts=f) for unit, f in handed["strangers"].items()}
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Ended(replace(record, state="cached"), handed["yuan"], below, strangers)


def _publish(job: LevelJob, work: Path, record: Record) -> Record:
    """Move results into the unit's folder, its record last."""
    names = sorted(path.name for path in work.iterdir() if not path.name.startswith("."))
    record = replace(record, files={name: hash_of_file(work / name) for name in names})
    job.folder.mkdir(parents=True, exist_ok=True)
    with locked(job.project.outputs):
        for name in names:
            os.replace(work / name, job.folder / name)
        _write_record(job.folder, record)
    return record


def _write_record(folder: Path, record: Record) -> None:
    write_whole(folder / RECORD, json.dumps(asdict(record), ensure_ascii=False))


def write_failure(
    folder: Path, record: Record, findings: Sequence[Finding], language: str
) -> Record:
    """Record what is wrong with a unit; results of an earlier run stay, but no longer count."""
    said = tuple(words(language).sentence(finding) for finding in findings)
    record = replace(record, said=said)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _write_record(folder, record)
    return record
