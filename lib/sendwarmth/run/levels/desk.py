"""The panel's files where it shows a unit below the top: ``baseline/shangluo``.

A unit's own scenario file stands beside its tables. What it is given comes from the plans of the
levels above, as their files stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, InputError, nearest
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.levels import Given, given_to, scenario_of, split
from sendwarmth.model.scenario import Scenario, merge
from sendwarmth.run.levels import tables as level_tables
from sendwarmth.run.levels.unit import LevelJob, plan_of
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, scenario_names, tables_of
from sendwarmth.view.story import Story
from sendwarmth.view.unit_page import Above, unit_page

SLASH = "/"


def is_unit(name: str) -> bool:
    """Return whether a name is that of a unit rather than of a scenario file."""
    return SLASH in name


def units_near(project: Project, name: str) -> list[str]:
    """Return the units above and right below a scenario or unit, by name."""
    top, *path = name.split(SLASH)
    above = [SLASH.join((top, *path[:n])) for n in range(1, len(path) + 1)]
    folder = level_tables.folder_of(_tables(project, top), tuple(path))
    return [*above, *(f"{name}{SLASH}{unit}" for unit in level_tables.units_in(folder))]


def same_unit(project: Project, name: str) -> list[str]:
    """Return the names of a unit in every scenario on the same tables."""
    top, path = name.split(SLASH, 1)
    tables = _tables(project, top).resolve()
    names = scenario_names(project.scenarios)
    return [f"{n}{SLASH}{path}" for n in names if _tables(project, n).resolve() == tables]


def _tables(project: Project, top: str) -> Path:
    try:
        return tables_of(load_scenario(find_scenario(top, project.scenarios)))
    except InputError:
        return project.tables


@dataclass(frozen=True)
class UnitDesk:
    """One unit: what it was given, and where its files are.

    Parameters
    ----------
    given
        What the level above gives it.
    tables
        Where the tables of the top are.
    """

    given: Given
    tables: Path

    @classmethod
    def find(cls, project: Project, name: str) -> UnitDesk:
        """Return the unit of a name.

        Raises
        ------
        InputError, Infeasible
            There is no such unit, or a level above has no plan.
        """
        top, *path = name.split(SLASH)
        tables = tables_of(load_scenario(find_scenario(top, project.scenarios)))
        job, given = LevelJob(str(project.root), top, str(tables)), None
        for unit in path:
            plan = plan_of(job)
            known = level_tables.units_in(level_tables.folder_of(tables, job.path))
            if unit not in known or unit not in plan.table.index:
                facts = {
                    "value": name,
                    "nearest": nearest(unit, known),
                    "allowed": ", ".join(known),
                }
                raise InputError([Finding("unknown_unit", facts=facts)])
            given = given_to(plan, unit, job.given)
            job = LevelJob(str(project.root), top, str(tables), given)
        assert given is not None
        return cls(given, tables)

    @property
    def file(self) -> Path:
        """Where the unit's own scenario is, or would be."""
        folder = level_tables.folder_of(self.tables, self.given.path)
        return folder / level_tables.OWN_SCENARIO

    @property
    def inputs(self) -> Inputs:
        """The unit's tables."""
        return level_tables.inputs_of(self.tables, self.given.path, self.given.total_yuan)

    def open(self) -> tuple[Inputs, Scenario]:
        """Return the unit's tables and scenario.

        Raises
        ------
        InputError
            With every finding.
        """
        own, origin = level_tables.own_scenario(self.tables, self.given.path)
        return self.inputs, scenario_of(self.given, self.inputs, own, origin)

    def document(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the unit's own scenario with changed values, as plain data.

        Raises
        ------
        InputError
            The values are not valid.
        """
        own, origin = level_tables.own_scenario(self.tables, self.given.path)
        head = dict(own or {})
        head["values"] = merge(head.get("values") or {}, changed)
        scenario_of(self.given, self.inputs, head, origin)
        return head

    def page(self, scenario: Scenario, language: str) -> str:
        """Return the report of the unit at some values.

        Raises
        ------
        InputError, Infeasible
            They have no plan.
        """
        story = Story(split(self.inputs, scenario, self.given), language)
        given = self.given
        above = Above(given.name[language], given.yuan, given.heads, (), "")
        return unit_page(story, above)
