"""Strict parameters of a notebook: no unknown name, no wrong type, before any cell counts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, InputError, Place, nearest
from sendwarmth.view.words import LANGUAGES, choose_language

INJECTED = "# Parameters"


def declared(source: str) -> dict[str, Any]:
    """Return the parameters a cell declares, each with its default.

    Examples
    --------
    >>> declared('language: str = "zh"  # of the page')
    {'language': 'zh'}
    """
    found: dict[str, Any] = {}
    for line in ast.parse(source).body:
        if isinstance(line, ast.Assign):
            targets, value = line.targets, line.value
        elif isinstance(line, ast.AnnAssign) and line.value is not None:
            targets, value = [line.target], line.value
        else:
            continue
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        found.update(dict.fromkeys(names, ast.literal_eval(value)))
    return found


def declared_in(notebook: Path) -> dict[str, Any]:
    """Return the parameters of the cell of a notebook that is tagged ``parameters``."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            return declared("".join(cell["source"]))
    return {}


def findings_of(known: Mapping[str, Any], given: Mapping[str, Any], file: str) -> list[Finding]:
    """Return what is wrong with parameters: unknown names, wrong types, words not allowed.

    Examples
    --------
    >>> [f.code for f in findings_of({"scenario": "a"}, {"scenaroi": "b"}, "n.ipynb")]
    ['unknown_parameter']
    """
    found = []
    for name, value in given.items():
        place = Place(file=file, field=name)
        if name not in known:
            facts = {"value": name, "nearest": nearest(name, known), "allowed": ", ".join(known)}
            found.append(Finding("unknown_parameter", "error", place, facts))
        elif not _of_a_kind(value, known[name]):
            allowed = type(known[name]).__name__
            facts = {"value": repr(value)[:80], "allowed": allowed}
            found.append(Finding("parameter_type", "error", place, facts))
        elif name == "language" and value not in LANGUAGES:
            facts = {"value": value, "allowed": ", ".join(LANGUAGES)}
            found.append(Finding("parameter_value", "error", place, facts))
    return found


def _of_a_kind(value: Any, default: Any) -> bool:
    if default is None:
        return True
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return True
    return type(value) is type(default)


def check_parameters(namespace: Mapping[str, Any]) -> None:
    """Refuse parameters that this notebook does not declare; call it below the parameters cell.

    What is wrong, here and later, is said in the language the notebook is given.

    papermill only warns of a name it does not know and runs on with the default. It puts what it
    was given into a cell of its own below the declared one; both are in the kernel's ``In``.

    Parameters
    ----------
    namespace
        ``globals()`` of the notebook.

    Raises
    ------
    InputError
        With every finding.
    """
    choose_language(str(namespace.get("language")))
    cells = [source for source in namespace.get("In", ()) if source]
    given = next((i for i, source in enumerate(cells) if source.startswith(INJECTED)), None)
    if given is None or given == 0:
        return
    found = findings_of(declared(cells[given - 1]), declared(cells[given]), "notebook")
    if found:
        raise InputError(found)
