"""A project of its own for each test: the shipped tables, and scenarios that misbehave to order."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from sendwarmth.run import batch, progress
from sendwarmth.run.manifest import read_manifest
from sendwarmth.run.notebooks import Settings
from sendwarmth.run.project import Project
from sendwarmth.view.words import words

ROOT = Path(__file__).parents[1]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
# Code of the scenario's own, if it has any: this is how a test makes one of them fail.
BEHAVE = """from pathlib import Path
behaviour = Path("behaviour", scenario + ".py")
exec(behaviour.read_text() if behaviour.exists() else "")"""
TELL = """from sendwarmth.run.study import open_study
story = open_study(scenario, namespace=globals(), siblings=siblings).story(language)"""
SHOW = ("story.opening()", "story.request()", "story.options()")
COMPARE = "print(scenarios)"
BEHAVE_ROBUST = """from sendwarmth.run.study import open_study
from pathlib import Path
behaviour = Path("behaviour", scenario + ".robust.py")
exec(behaviour.read_text() if behaviour.exists() else "")"""
ROBUST = ("open_study(scenario, namespace=globals()).story(language).request()", "print(seed)")


def parameters_of(name):
    """Return the parameters cell of a shipped notebook."""
    cells = nbformat.read(ROOT / "notebooks" / name, as_version=4).cells
    return next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", ()))


def written(path, *cells, keep_on=False, parameters=""):
    """Write a notebook of code cells; with ``keep_on`` errors do not stop it."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in (parameters, *cells)])
    notebook.cells[0].metadata.tags = ["parameters"]
    notebook.cells = notebook.cells if parameters else notebook.cells[1:]
    notebook.metadata.kernelspec = KERNEL
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"
        if keep_on:
            cell.metadata.tags = ["raises-exception"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def make_project(folder, *names, **behaviour):
    """Make a project: ``names`` behave, the others do what their code says."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "params" / "data", folder / "params" / "data")
    scenarios = folder / "params" / "scenarios"
    scenarios.mkdir()
    text = (ROOT / "params" / "scenarios" / "baseline.yaml").read_text(encoding="utf-8")
    for i, name in enumerate([*names, *behaviour]):
        budget = f"budget_yuan: {92_000_000 + 100_000 * i:_}"
        changed = text.replace("budget_yuan: 92_000_000", budget)
        (scenarios / f"{name}.yaml").write_text(changed, encoding="utf-8")
    for name, code in behaviour.items():
        (folder / "behaviour").mkdir(exist_ok=True)
        (folder / "behaviour" / f"{name}.py").write_text(code, encoding="utf-8")
    notebooks = folder / "notebooks"
    for name, cells in (
        ("2_scenario.ipynb", (BEHAVE, TELL, *SHOW)),
        ("3_comparison.ipynb", (COMPARE,)),
        ("4_robustness.ipynb", (BEHAVE_ROBUST, *ROBUST)),
    ):
        written(notebooks / name, *cells, parameters=parameters_of(name))
    return Project(folder)


def run(project, *names, jobs=2, force=False, robustness=(), **settings):
    """Run scenarios in this process; return the exit code and the state of each."""
    from sendwarmth.run.scenarios import scenario_names

    options = batch.Options(jobs, "", force, "en", Settings(**settings), tuple(robustness))
    asked = names or scenario_names(project.scenarios)
    code = batch.run(project, asked, options, progress.Silence(words("en"), err=io.StringIO()))
    return code, states(project)


def states(project):
    return {name: record.state for name, record in read_manifest(project.outputs).items()}


def command(project, *arguments, **options):
    """Start the command line in a project."""
    code = "import sys; from sendwarmth.run.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=project.root,
        env={**os.environ, "SENDWARMTH_LANGUAGE": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def assert_whole(project):
    """Assert that every result that is there is whole, and that nothing is left half-done."""
    outputs = project.outputs
    for folder in outputs.glob("[!.]*/"):
        for path in folder.iterdir():
            assert not path.name.startswith("."), path
            text = path.read_bytes()
            if path.suffix == ".html":
                assert text.rstrip().endswith(b"</html>"), path
            if path.suffix in (".json", ".ipynb"):
                json.loads(text)
            if path.suffix == ".xlsx":
                assert text[:2] == b"PK"
                assert b"PK\x05\x06" in text[-100:]
    for line in (outputs / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line)
    assert list((outputs / ".work").iterdir()) == []
    assert list(outputs.glob(".*.tmp")) == []
