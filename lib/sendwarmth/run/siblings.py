"""The plans of all scenarios of a project, made once a process for all pages that show them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sendwarmth.model.findings import Finding, SendWarmthError
from sendwarmth.run.fingerprint import hash_of, hash_of_files, hash_of_tables
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, scenario_names, tables_of
from sendwarmth.view.words import words

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan
    from sendwarmth.model.inputs import Inputs


@dataclass(frozen=True)
class Siblings:
    """Scenarios of one project as their files stood.

    Parameters
    ----------
    digest
        Hash of the files: what shows these plans is out of date when it changes.
    plans
        Plan by name of the scenario, or the findings of one that has none.
    """

    digest: str
    plans: Mapping[str, Plan | Sequence[Finding]] = field(repr=False)


_lock = threading.Lock()
_known: dict[Path, Siblings] = {}


def siblings_of(project: Project) -> Siblings:
    """Return the plans of a project's scenarios; made anew when a file has changed."""
    with _lock:
        digest = digest_of(project)
        known = _known.get(project.root)
        if known is None or known.digest != digest:
            names = scenario_names(project.scenarios)
            known = Siblings(digest, {name: _plan_or_findings(project, name) for name in names})
            _known[project.root] = known
        return known


def digest_of(project: Project) -> str:
    """Return the hash of all scenario files of a project and of the tables they name."""
    folder = project.scenarios
    files = hash_of_files(folder.glob("*.yaml"), folder)
    return hash_of(files, [hash_of_tables(path) for path in _tables(folder, files)])


@lru_cache(maxsize=8)
def _tables(folder: Path, _files: str) -> tuple[Path, ...]:
    tables = set()
    for name in scenario_names(folder):
        try:
            tables.add(tables_of(load_scenario(folder / f"{name}.yaml")))
        except SendWarmthError:
            continue
    return tuple(sorted(tables))


def inputs_at(path: Path) -> Inputs:
    """Return the tables at a place, read once a process as long as they do not change.

    Raises
    ------
    InputError
        They cannot be used.
    """
    return _inputs(path, hash_of_tables(path))


@lru_cache(maxsize=8)
def _inputs(path: Path, _digest: str) -> Inputs:
    from sendwarmth.run.inputs import load_inputs

    return load_inputs(path)


def naming(project: Project, scenario: str, language: str) -> Callable[[str], str]:
    """Return what turns the id of a unit, group or cell into its name.

    Names are those of the scenario's tables; of the project's own where the scenario cannot be
    read; and an id stays as it is where no table can be.
    """
    from sendwarmth.view.names import Names

    try:
        path = tables_of(load_scenario(find_scenario(scenario, project.scenarios)))
    except SendWarmthError:
        path = project.tables
    try:
        return Names.of(inputs_at(path), words(language)).of_id
    except (SendWarmthError, OSError):
        return str


def _plan_or_findings(project: Project, name: str) -> Plan | Sequence[Finding]:
    from sendwarmth.model.allocation import allocate

    try:
        scenario = load_scenario(project.scenarios / f"{name}.yaml")
        return allocate(inputs_at(tables_of(scenario)), scenario)
    except SendWarmthError as error:
        return error.findings
