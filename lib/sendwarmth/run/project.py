"""Where a project keeps its tables, scenarios, notebooks and results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sendwarmth.run.fingerprint import PROJECT

REPORT_NOTEBOOK = "2_scenario.ipynb"
COMPARISON_NOTEBOOK = "3_comparison.ipynb"
ROBUSTNESS_NOTEBOOK = "4_robustness.ipynb"
PLANNER_NOTEBOOK = "1_planner.ipynb"


@dataclass(frozen=True)
class Project:
    """A folder with ``params/scenarios`` in it.

    Parameters
    ----------
    root
        The folder.
    """

    root: Path

    @property
    def scenarios(self) -> Path:
        """Where the scenario files are."""
        return self.root / "params" / "scenarios"

    @property
    def sweeps(self) -> Path:
        """Where the sweep files are."""
        return self.root / "params" / "sweeps"

    @property
    def tables(self) -> Path:
        """Where the tables are that scenarios share."""
        return self.root / "params" / "data"

    @property
    def outputs(self) -> Path:
        """Where results go."""
        return self.root / "outputs"

    def notebook(self, name: str) -> Path:
        """Return a notebook of the project, or the library's own of that name."""
        own = self.root / "notebooks" / name
        return own if own.exists() else PROJECT / "notebooks" / name


def find_project(start: Path | None = None) -> Project:
    """Return the project a folder is in; one that is in none gets the project of this library."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "params" / "scenarios").is_dir():
            return Project(folder)
    return Project(PROJECT)
