"""The panel's files: scenarios opened and saved, and what is made of the plan on screen."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from sendwarmth.model.allocation import Plan
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario, merge
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.jobs import Job, run_job
from sendwarmth.run.levels.desk import UnitDesk, is_unit, same_unit, units_near
from sendwarmth.run.manifest import REPORT, workspace, write_whole
from sendwarmth.run.parameters import check_parameters
from sendwarmth.run.plan_workbook import plan_workbook
from sendwarmth.run.project import Project, find_project
from sendwarmth.run.scenarios import (
    find_scenario,
    load_scenario,
    plain_name,
    read_yaml,
    scenario_names,
    tables_of,
)
from sendwarmth.view.panel import Panel

MADE = "panel"
"""Folder under the outputs for what the panel makes of plans that no scenario file holds."""


class Desk:
    """The files of a project, as the panel uses them.

    Parameters
    ----------
    project
        The project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project

    def names(self, near: str = "") -> list[str]:
        """Return the names of all scenarios, in order, then of units around one of them."""
        return scenario_names(self.project.scenarios) + (
            units_near(self.project, near) if near else []
        )

    def rivals(self, name: str) -> list[str]:
        """Return what a scenario may be compared with: others; for a unit, the same in others."""
        return same_unit(self.project, name) if is_unit(name) else self.names()

    def place(self, name: str) -> str:
        """Return the name that a unit's values are saved under; empty where one may be chosen."""
        return name if is_unit(name) else ""

    def open(self, name: str) -> tuple[Inputs, Scenario]:
        """Return a scenario, or a unit's own, with its tables.

        Raises
        ------
        InputError, Infeasible
            With every finding; a unit has no money where the level above has no plan.
        """
        if is_unit(name):
            return UnitDesk.find(self.project, name).open()
        scenario = load_scenario(find_scenario(name, self.project.scenarios))
        return load_inputs(tables_of(scenario)), scenario

    def save(
        self, scenario: Scenario, changed: Mapping[str, Any], name: str, over: bool = False
    ) -> Path:
        """Write a scenario that differs from another one in some values, and states only those.

        Parameters
        ----------
        scenario
            The scenario it starts from: the parent of a new one; its own file is changed in place.
        changed
            What differs, as for ``Scenario.with_values``.
        name
            Name of the scenario to write.
        over
            Whether an existing file may be replaced.

        Raises
        ------
        InputError
            The name or the values are not valid; nothing is written.
        FileExistsError
            There is a scenario of that name, and ``over`` is not set.
        """
        if is_unit(scenario.name):
            return self._save_unit(scenario.name, changed, over)
        plain_name(name)
        path = self.project.scenarios / f"{name}.yaml"
        if path.exists() and not over:
            raise FileExistsError(path)
        scenario.with_values(**changed)
        document = self._document(scenario, changed, name, path)
        with workspace(self.project.outputs) as work:
            # What cannot be read back is not written: the copy stands among copies of the others.
            folder = self._copies(work)
            (folder / path.name).write_text(document, encoding="utf-8")
            load_scenario(folder / path.name)
        write_whole(path, document)
        return path

    def _save_unit(self, name: str, changed: Mapping[str, Any], over: bool) -> Path:
        unit = UnitDesk.find(self.project, name)
        if unit.file.exists() and not over:
            raise FileExistsError(unit.file)
        write_whole(unit.file, _as_yaml(unit.document(changed)))
        return unit.file

    def _document(
        self, scenario: Scenario, changed: Mapping[str, Any], name: str, path: Path
    ) -> str:
        own = find_scenario(scenario.name, self.project.scenarios)
        if path == own:
            head, _ = read_yaml(path)
            values = merge(head.get("values") or {}, changed)
        else:
            titles = {language: f"{said} ({name})" for language, said in scenario.title.items()}
            head = {"title": titles, "author": scenario.author, "status": "draft"}
            head |= {"date": date.today().isoformat(), "extends": scenario.name}
            values = dict(changed)
        return _as_yaml({**head, "values": values})

    def _copies(self, work: Path) -> Path:
        """Return a folder of scenarios like the project's, in a project like it."""
        params = self.project.scenarios.parent
        folder = work / "params" / "scenarios"
        folder.mkdir(parents=True)
        for file in self.project.scenarios.glob("*.yaml"):
            shutil.copy(file, folder)
        for other in params.iterdir():
            if other.name != folder.name:
                (folder.parent / other.name).symlink_to(other.resolve())
        return folder

    def export(self, plan: Plan, language: str) -> Path:
        """Write the plan on screen as a workbook, beside others, never over one."""
        path = self._free(plan.scenario.name, ".xlsx")
        plan_workbook(plan, language).save(path)
        return path

    def report(
        self, scenario: Scenario, changed: Mapping[str, Any], language: str
    ) -> tuple[Path | None, tuple[str, ...]]:
        """Run the report of the values on screen, saved or not.

        Returns
        -------
        tuple
            The page, and no sentence; or no page, and why.
        """
        name = scenario.name
        if is_unit(name):
            text = UnitDesk.find(self.project, name).page(scenario.with_values(**changed), language)
            page = self._free(name, ".html")
            page.write_text(text, encoding="utf-8")
            return page, ()
        with workspace(self.project.outputs) as work:
            folder = self._copies(work)
            if changed:
                name = f"{scenario.name}-{MADE}"
                desk = Desk(Project(work))
                desk.project.outputs.mkdir()
                desk.save(scenario, changed, name, over=True)
            job = Job(str(folder.parents[1]), name, language)
            # In a thread of its own: a kernel's event loop runs already, and a notebook needs one.
            with ThreadPoolExecutor(1) as beside:
                record = beside.submit(run_job, job).result()
            if not record.fine:
                return None, record.said
            page = self._free(name, ".html")
            shutil.copy(work / "outputs" / name / REPORT, page)
        return page, ()

    def _free(self, name: str, ending: str) -> Path:
        """Return a path among what the panel makes that no file has yet."""
        folder, name = self.project.outputs / MADE, name.replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        paths = (
            folder / f"{name}{mark}{ending}" for mark in ["", *(f"-{n}" for n in range(2, 10**6))]
        )
        return next(path for path in paths if not path.exists())


def planner(
    scenario: str = "baseline",
    language: str = "zh",
    namespace: Mapping[str, Any] | None = None,
) -> Panel:
    """Return the planner's panel for a scenario of the project the working folder is in.

    Parameters
    ----------
    scenario
        Name of the scenario.
    language
        ``zh`` or ``en``.
    namespace
        ``globals()`` of a notebook, whose injected parameters are checked first.

    Raises
    ------
    InputError
        The scenario cannot be read, or is not valid on its tables.
    """
    check_parameters(namespace or {})
    desk = Desk(find_project())
    return Panel(*desk.open(scenario), files=desk, language=language)


class _Writer(yaml.SafeDumper):
    """Writes what the strict reader reads: decimals without exponents, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(writer: yaml.SafeDumper, value: float) -> yaml.Node:
    text = format(Decimal(repr(value)), "f")
    return writer.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


_Writer.add_representer(float, _decimal)


def _as_yaml(document: Mapping[str, Any]) -> str:
    return yaml.dump(
        _plain(document), Dumper=_Writer, allow_unicode=True, sort_keys=False, width=100
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
