"""The report's notebook run once to nobody, so that what it makes on first use is there."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from sendwarmth.run.project import REPORT_NOTEBOOK, find_project
from sendwarmth.run.scenarios import scenario_names
from sendwarmth.view.words import current_language


def rehearse(folder: Path) -> None:
    """Run the cells of the report's notebook, and make what they would show, for one scenario.

    Tables are read, texts loaded and templates compiled; all of it is kept by what it is made
    from, so that a notebook that asks for something else is not misled.

    Parameters
    ----------
    folder
        A folder of the project.
    """
    project = find_project(folder)
    names = scenario_names(project.scenarios)
    notebook = json.loads(project.notebook(REPORT_NOTEBOOK).read_text(encoding="utf-8"))
    space: dict[str, Any] = {"__name__": "__main__"}
    given = {
        "scenario": names[0],
        "language": current_language(),
        "siblings": False,
        "params_folder": str(project.scenarios.parent),
    }
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            _run("".join(cell["source"]), space)
        if "parameters" in cell["metadata"].get("tags", ()):
            space |= given


def _run(source: str, space: dict[str, Any]) -> None:
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    shown = tree.body.pop() if isinstance(last, ast.Expr) else None
    exec(compile(tree, "<rehearsal>", "exec"), space)
    if isinstance(shown, ast.Expr):
        value = eval(compile(ast.Expression(shown.value), "<rehearsal>", "eval"), space)
        if hasattr(value, "outputs"):
            value.outputs()
