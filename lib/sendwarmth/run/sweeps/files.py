"""Sweep files: strict YAML in, a sweep on its scenario or every finding out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError, nearest
from sendwarmth.model.robust.sweep import Sweep
from sendwarmth.model.robust.sweep_file import read_sweep
from sendwarmth.model.scenario import Origin
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, read_yaml


def load_sweep(project: Project, name: str) -> Sweep:
    """Load a sweep of a project, with the scenario it names.

    Parameters
    ----------
    project
        Its sweeps are in ``params/sweeps``.
    name
        The file's name without its ending.

    Raises
    ------
    InputError
        With every finding at once.
    """
    path = find_sweep(name, project.sweeps)
    data, lines = read_yaml(path)
    wanted = data.get("scenario")
    place = Place(path.name, row=lines.get("scenario"), field="scenario")
    if wanted is None:
        raise InputError([Finding("missing_key", "error", place, {"value": ""})])
    try:
        file = find_scenario(str(wanted), project.scenarios)
    except SendWarmthError as error:
        raise InputError([replace(found, place=place) for found in error.findings]) from None
    origin = Origin(path.name, str(path.parent), lines)
    return read_sweep(data, name, load_scenario(file), origin)


def find_sweep(name: str, folder: Path) -> Path:
    """Return the file of a sweep named on the command line.

    Raises
    ------
    InputError
        For a name that is a path out of the folder, or that no file has.
    """
    if not name or name != Path(name).name or "\\" in name or name.startswith("."):
        raise InputError([Finding("bad_sweep_name", facts={"value": name})])
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = sweep_names(folder)
        facts = {"value": name, "nearest": nearest(name, known), "allowed": ", ".join(known)}
        raise InputError([Finding("unknown_sweep", facts=facts)])
    return path


def sweep_names(folder: Path) -> list[str]:
    """Return the names of all sweeps in a folder, in order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))
