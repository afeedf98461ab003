"""The panel's files: scenarios opened, saved without loss, and what is made of the plan on screen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from sendwarmth.model.allocation import Plan
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario, merge
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.project import find_project
from sendwarmth.run.scenarios import (
    find_scenario,
    load_scenario,
    read_yaml,
    scenario_names,
    tables_of,
)
from sendwarmth.view.panel import Panel


class Desk:
    """A folder of scenarios, and where results go.

    Parameters
    ----------
    scenarios
        Folder of scenario files.
    outputs
        Folder of results.
    """

    def __init__(self, scenarios: Path, outputs: Path) -> None:
        self.scenarios, self.outputs = scenarios, outputs

    def names(self) -> list[str]:
        """Return the names of all scenarios, in order."""
        return scenario_names(self.scenarios)

    def open(self, name: str) -> tuple[Inputs, Scenario]:
        """Return a scenario with its tables.

        Raises
        ------
        InputError
            With every finding.
        """
        scenario = load_scenario(find_scenario(name, self.scenarios))
        return load_inputs(tables_of(scenario)), scenario


def planner(name: str = "baseline", language: str = "zh") -> Panel:
    """Return the planner's panel for a scenario of this project.

    Parameters
    ----------
    name
        A scenario in ``params/scenarios``.
    language
        ``zh`` or ``en``.
    """
    project = find_project()
    desk = Desk(project.scenarios, project.outputs)
    return Panel(*desk.open(name), language=language)
