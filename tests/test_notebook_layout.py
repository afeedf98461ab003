"""Notebooks tell the story: prose, short calls, no logic, nothing saved that a run would make."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_LINES, MOST_MEDIAN = 12, 2
LOGIC = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try, ast.Match),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
Notebook = Mapping[str, Any]


def code(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Yield each code cell's number and source."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            yield number, "".join(cell["source"])


def lines(source: str) -> int:
    """Count the lines that a reader has to read."""
    return sum(1 for line in source.splitlines() if line.strip())


def logic(notebook: Notebook) -> Iterator[str]:
    for number, source in code(notebook):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, LOGIC):
                yield f"cell {number} has a {type(node).__name__}; logic lives in lib/"


def saved_results(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"cell {number} holds a result; clear all outputs before saving"
    if "widgets" in notebook["metadata"]:
        yield "the state of widgets is saved"


def long_cells(notebook: Notebook) -> Iterator[str]:
    sizes = {number: lines(source) for number, source in code(notebook)}
    for number, size in sizes.items():
        if size > MOST_LINES:
            yield f"cell {number} has {size} lines; at most {MOST_LINES}"
    if sizes and median(sizes.values()) > MOST_MEDIAN:
        yield f"half of the code cells have over {MOST_MEDIAN} lines"


def too_little_prose(notebook: Notebook) -> Iterator[str]:
    cells = [cell["cell_type"] for cell in notebook["cells"]]
    if cells.count("markdown") < cells.count("code"):
        yield f"{cells.count('code')} code cells, only {cells.count('markdown')} with prose"


def no_title(notebook: Notebook) -> Iterator[str]:
    first = notebook["cells"][0] if notebook["cells"] else {"cell_type": "", "source": ""}
    if first["cell_type"] != "markdown" or not "".join(first["source"]).startswith("# "):
        yield "the first cell is not a title"


def other_kernel(notebook: Notebook) -> Iterator[str]:
    name = notebook["metadata"].get("kernelspec", {}).get("name")
    if name != "python3":
        yield f"the kernel is {name}, which only one machine has; it must be python3"


RULES = [logic, saved_results, long_cells, too_little_prose, no_title, other_kernel]


def notebook_of(*cells: str | Mapping[str, Any], kernel: str = "python3") -> dict[str, Any]:
    """Build a notebook of a title and the given code cells, each after a line of prose."""
    written: list[Mapping[str, Any]] = [{"cell_type": "markdown", "source": "# Title"}]
    for cell in cells:
        given = {"source": cell} if isinstance(cell, str) else cell
        empty = {"cell_type": "code", "source": "", "outputs": [], "execution_count": None}
        written += [{"cell_type": "markdown", "source": "Prose."}, empty | given]
    return {"cells": written, "metadata": {"kernelspec": {"name": kernel}}}


PROSE_MISSING = notebook_of("a = 1", "b = 2")
PROSE_MISSING["cells"] = [c for c in PROSE_MISSING["cells"] if c["source"] != "Prose."]
TITLE_MISSING = notebook_of("a = 1")
TITLE_MISSING["cells"] = TITLE_MISSING["cells"][1:]
SAMPLES: Sequence[tuple[Callable[[Notebook], Iterator[str]], Notebook]] = [
    (logic, notebook_of("def share(x):\n    return x")),
    (logic, notebook_of("for region in regions:\n    print(region)")),
    (logic, notebook_of("while True:\n    pass")),
    (logic, notebook_of("[x for x in plan]")),
    (logic, notebook_of("if plan:\n    plan")),
    (saved_results, notebook_of({"source": "1", "outputs": [{"output_type": "stream"}]})),
    (saved_results, notebook_of({"source": "1", "execution_count": 3})),
    (long_cells, notebook_of("a = 1\n" * (MOST_LINES + 1), "b", "c")),
    (long_cells, notebook_of("a\nb\nc")),
    (too_little_prose, PROSE_MISSING),
    (no_title, TITLE_MISSING),
    (no_title, notebook_of() | {"cells": []}),
    (other_kernel, notebook_of("a = 1", kernel="my-venv")),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_keeps_the_rule(rule) -> None:
    told = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in NOTEBOOKS}
    assert [f"{name}: {said}" for name, book in told.items() for said in rule(book)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_is_not_refused(rule) -> None:
    parameters = 'scenario: str = "baseline"  # name of a scenario\nlanguage: str = "zh"'
    assert list(rule(notebook_of(parameters, "plan", "await answer"))) == []


@pytest.mark.parametrize(("rule", "notebook"), SAMPLES, ids=range(len(SAMPLES)))
def test_a_sample_that_breaks_the_rule_is_refused(rule, notebook: Notebook) -> None:
    assert len(list(rule(notebook))) == 1
