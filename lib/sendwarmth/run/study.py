"""What a notebook about one scenario works on: its plan, the other scenarios, where it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding, InputError, SendWarmthError
from sendwarmth.model.robust.trials import Trials
from sendwarmth.run.fingerprint import commit, versions
from sendwarmth.run.inputs import described, load_inputs
from sendwarmth.run.parameters import check_parameters
from sendwarmth.run.project import Project, find_project
from sendwarmth.run.scenarios import (
    find_scenario,
    load_scenario,
    parents_first,
    scenario_names,
    tables_of,
)
from sendwarmth.run.siblings import inputs_at
from sendwarmth.view.contrast import Contrast
from sendwarmth.view.findings_table import findings_section
from sendwarmth.view.holdings import Holdings
from sendwarmth.view.names import Names
from sendwarmth.view.robust.story import Robustness
from sendwarmth.view.story import Story
from sendwarmth.view.words import words


@dataclass(frozen=True)
class Study:
    """Plans and where they come from.

    Parameters
    ----------
    plan
        The plan of the scenario asked for.
    others
        Plans of the other scenarios of the folder by name, or findings of those that have none.
    provenance
        ``files`` (scenario files in full), ``versions``, ``commit``, ``made``.
    """

    plan: Plan
    others: Mapping[str, Plan | Sequence[Finding]]
    provenance: Mapping[str, Any]

    def story(self, language: str, internal: bool = False) -> Story:
        """Return what there is to say about the plan."""
        return Story(self.plan, language, self.others, self.provenance, internal)

    def robustness(self, language: str, internal: bool = False, **asked: Any) -> Robustness:
        """Return what there is to say about how robust the plan is.

        Parameters
        ----------
        language
            ``zh`` or ``en``.
        internal
            Whether what would tell small head counts is shown.
        asked
            As `Trials` has them: seed, draws, against, region, goals.

        Raises
        ------
        InputError
            What is asked for is not there, or out of its range.
        """
        made = {name: plan for name, plan in self.others.items() if isinstance(plan, Plan)}
        failed = {n: found for n, found in self.others.items() if not isinstance(found, Plan)}
        trials = Trials(self.plan, made, **asked)
        if found := trials.findings():
            raise InputError([finding.at(file="notebook") for finding in found])
        return Robustness(trials, language, failed, self.provenance, internal)


def open_study(
    scenario: str,
    params_folder: str = "",
    namespace: Mapping[str, Any] | None = None,
    siblings: bool = True,
) -> Study:
    """Read a scenario, its tables and its siblings, and make their plans.

    Parameters
    ----------
    scenario
        Name of the scenario.
    params_folder
        A folder with ``scenarios`` in it; empty finds the project from the working folder upwards.
    namespace
        ``globals()`` of a notebook, whose injected parameters are checked first.
    siblings
        Whether to make the plans of the other scenarios, too.

    Raises
    ------
    InputError, Infeasible
        The scenario asked for has no plan; what is wrong with the others is told, not raised.
    """
    check_parameters(namespace or {})
    folder = scenarios_of(params_folder)
    plan = plan_of(scenario, folder)
    names = [name for name in scenario_names(folder) if siblings and name != scenario]
    others = {name: plan_or_findings(name, folder) for name in names}
    return Study(plan, others, provenance_of(plan, folder))


def open_plans(
    scenarios: Sequence[str] = (), params_folder: str = ""
) -> dict[str, Plan | Sequence[Finding]]:
    """Return the plans of several scenarios by name, findings where there is none.

    Parameters
    ----------
    scenarios
        Names, the one the others are held against first; empty takes every scenario of the folder,
        the one that extends no other first.
    params_folder
        As for `open_study`.

    Raises
    ------
    InputError, Infeasible
        None of them has a plan, or a name is no scenario's.
    """
    folder = scenarios_of(params_folder)
    names = list(scenarios) or parents_first(folder)
    for name in names:
        find_scenario(name, folder)
    plans = {name: plan_or_findings(name, folder) for name in names}
    if not any(isinstance(plan, Plan) for plan in plans.values()):
        plan_of(names[0], folder)
    return plans


def compare_plans(
    scenarios: Sequence[str] = (),
    params_folder: str = "",
    language: str = "zh",
    namespace: Mapping[str, Any] | None = None,
) -> Contrast:
    """Return what there is to say about several scenarios; parameters as for `open_plans`."""
    check_parameters(namespace or {})
    return Contrast(open_plans(scenarios, params_folder), language)


def open_tables(
    data: str = "", language: str = "zh", namespace: Mapping[str, Any] | None = None
) -> Holdings:
    """Return what there is to say about a set of tables.

    Parameters
    ----------
    data
        Folder or workbook; empty takes the tables of the project the working folder is in.
    language
        ``zh`` or ``en``.
    namespace
        As for `open_study`.

    Raises
    ------
    InputError
        With every finding.
    """
    from IPython.display import display  # only where there is a notebook

    check_parameters(namespace or {})
    path = Path(data) if data else find_project().tables
    try:
        return Holdings(load_inputs(path), described(), language)
    except InputError as error:
        display(findings_section(error.findings, words(language)))
        raise


def scenarios_of(params_folder: str = "") -> Path:
    """Return the folder of scenario files."""
    if params_folder:
        return Path(params_folder) / "scenarios"
    project: Project = find_project()
    return project.scenarios


def plan_of(name: str, folder: Path) -> Plan:
    """Return the plan of a scenario named in a folder.

    Raises
    ------
    InputError, Infeasible
        It has none; what is said of it calls units and groups by name.
    """
    scenario = load_scenario(find_scenario(name, folder))
    inputs = inputs_at(tables_of(scenario))
    try:
        return allocate(inputs, scenario)
    except SendWarmthError as error:
        error.name = Names.of(inputs, words()).of_id
        raise


def plan_or_findings(name: str, folder: Path) -> Plan | Sequence[Finding]:
    """Return the plan of a scenario, or why there is none."""
    try:
        return plan_of(name, folder)
    except SendWarmthError as error:
        return error.findings


def provenance_of(plan: Plan, folder: Path) -> dict[str, Any]:
    """Return what a plan was made from: files in full, versions, commit, time."""
    head, clean = commit()
    files, name = {}, plan.scenario.name
    while name and name not in files:
        files[name] = (folder / f"{name}.yaml").read_text(encoding="utf-8-sig")
        name = load_scenario(folder / f"{name}.yaml").extends
    return {
        "files": files,
        "versions": versions(),
        "commit": head + ("" if clean or not head else " +"),
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
