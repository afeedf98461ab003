"""Every finding about tables and scenarios, all at once, without running a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError, errors
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of

if TYPE_CHECKING:
    from sendwarmth.model.scenario import Scenario


@dataclass(frozen=True)
class Checked:
    """What there is to say.

    Parameters
    ----------
    tables
        Findings about the tables that scenarios share.
    scenarios
        Findings about each scenario.
    """

    tables: tuple[Finding, ...]
    scenarios: Mapping[str, tuple[Finding, ...]]

    @property
    def exit_code(self) -> int:
        """2 where shared tables are bad, 1 where a scenario is, 0 where nothing is."""
        if errors(self.tables):
            return 2
        return int(any(errors(found) for found in self.scenarios.values()))


def check(project: Project, names: Sequence[str]) -> Checked:
    """Return every finding about the shared tables and the scenarios named."""
    return Checked(
        tuple(_about_tables(project.tables)), {name: _about(project, name) for name in names}
    )


def refuse_bad_tables(project: Project) -> None:
    """Refuse tables that scenarios share and nobody can use.

    Raises
    ------
    InputError
        With every finding.
    """
    if project.tables.exists():
        from sendwarmth.run.inputs import load_inputs

        load_inputs(project.tables)


def _about_tables(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    from sendwarmth.run.inputs import load_inputs

    try:
        yield from load_inputs(path).findings
    except InputError as error:
        yield from error.findings


def _about(project: Project, name: str) -> tuple[Finding, ...]:
    from sendwarmth.model.allocation import allocate
    from sendwarmth.run.inputs import load_inputs

    try:
        scenario = _load(find_scenario(name, project.scenarios))
        path = tables_of(scenario)
        shared = path.resolve() == project.tables.resolve()
        try:
            inputs = load_inputs(path)
        except InputError as error:
            # Said once, for all scenarios, where the tables are shared.
            first = Finding("tables_first", "note", Place(file=f"{name}.yaml"))
            return (first,) if shared else error.findings
        found = allocate(inputs, scenario).findings
        return found if shared else (*inputs.findings, *found)
    except SendWarmthError as error:
        return error.findings


def _load(path: Path) -> Scenario:
    """Load a scenario; one that cannot be read is held against its tables all the same."""
    from sendwarmth.model.scenario import beyond
    from sendwarmth.model.scenario import check as check_tables
    from sendwarmth.run.inputs import load_inputs

    try:
        return load_scenario(path)
    except InputError as error:
        if error.readable is None:
            raise
        try:
            more = check_tables(error.readable, load_inputs(tables_of(error.readable)))
        except InputError:
            raise error from None
        raise InputError([*error.findings, *beyond(error.findings, more)]) from None


def mark(project: Project, names: Sequence[str], copy: str, language: str) -> tuple[Path, ...]:
    """Write a copy of the tables with every finding at its cell, and return where it is.

    The tables are those of the first scenario named, or the shared ones.

    Raises
    ------
    InputError
        There is a file of that name already.
    """
    from sendwarmth.run.excel import free
    from sendwarmth.run.marked import write_marked

    scenario = load_scenario(find_scenario(names[0], project.scenarios)) if names else None
    tables = tables_of(scenario) if scenario else project.tables
    path = free(Path(copy))
    write_marked(tables, tuple(_about_tables(tables)), path, language)
    return (path,)
