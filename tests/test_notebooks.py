import subprocess
import sys
from dataclasses import replace

import pytest
from sendwarmth.model.findings import InputError
from sendwarmth.run.manifest import read_manifest
from sendwarmth.run.notebooks import (
    NotebookError,
    Settings,
    refuse_unknown_parameters,
    run_notebook,
)
from sendwarmth.run.project import find_project
from small_project import ROOT, make_project, run, written

PARAMETERS = 'word: str = "none"'


def ran(path, given=None, **settings):
    output = path.with_name("out.ipynb")
    return run_notebook(path, output, given or {}, path.parent, Settings(**settings))


def ended(path, **settings):
    with pytest.raises(NotebookError) as error:
        ran(path, **settings)
    return error.value


@pytest.mark.parametrize("engine", ["fork", "stock"])
def test_a_notebook_runs_in_its_folder_with_its_parameters(engine, tmp_path):
    look = "import os\nprint(word, os.getcwd())"
    path = written(tmp_path / "n.ipynb", look, parameters=PARAMETERS)
    notebook = ran(path, {"word": "given"}, engine=engine)
    assert notebook.cells[-1].outputs[0].text == f"given {tmp_path}\n"


def test_a_failing_cell_is_told_with_its_source_and_without_colours(tmp_path):
    failing = "raise ValueError('\\x1b[31mred\\x1b[0m')"
    error = ended(written(tmp_path / "n.ipynb", "1", failing, "2"))
    assert (error.state, error.cell) == ("failed", failing)
    assert error.finding.facts == {"kind": "ValueError", "value": "red"}


def test_a_file_that_is_no_notebook_is_a_failure_not_a_crash(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text("{}")
    assert ended(path).finding.code == "notebook_failed"


def test_states_come_from_the_exception(tmp_path):
    dying = written(tmp_path / "a.ipynb", "import os\nos.kill(os.getpid(), 9)")
    endless = written(tmp_path / "b.ipynb", "while True:\n    pass")
    assert ended(dying).state == "dead"
    assert ended(endless, timeout_seconds=1).state == "timeout"


def test_a_notebook_that_is_not_there_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(InputError) as error:
        refuse_unknown_parameters(tmp_path / "gone.ipynb", {})
    assert error.value.findings[0].code == "no_notebook"


def test_a_project_is_found_from_any_folder_in_it(tmp_path):
    project = make_project(tmp_path)
    deep = tmp_path / "params" / "data"
    assert find_project(deep) == project


def test_reports_show_a_changed_scenario_without_running_the_others_again(tmp_path):
    project = make_project(tmp_path, "a", "b")
    run(project)
    before = read_manifest(project.outputs)["a"]
    path = project.scenarios / "b.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("92_100_000", "77_000_000"), encoding="utf-8")
    assert run(project) == (0, {"a": "cached", "b": "done"})
    after = read_manifest(project.outputs)["a"]
    assert (after.key, after.finished) == (before.key, before.finished)
    assert after.files["notebook.ipynb"] == before.files["notebook.ipynb"]
    assert after.files["report.html"] != before.files["report.html"]
    report = (project.outputs / "a" / "report.html").read_text(encoding="utf-8")
    assert "77.000" in report
    assert "92.100" not in report


@pytest.mark.parametrize("change", ["notebook", "tables", "scenario", "language"])
def test_what_a_result_depends_on_is_in_its_key(change, tmp_path):
    from sendwarmth.run.jobs import Job, key_of

    project = make_project(tmp_path, "a")
    job = Job(str(project.root), "a")
    before = key_of(job)[0]
    assert key_of(job)[0] == before
    if change == "language":
        job = replace(job, language="en")
    else:
        path = {
            "notebook": job.notebook,
            "tables": project.tables / "regions.csv",
            "scenario": project.scenarios / "a.yaml",
        }[change]
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("92_000_000", "91_000_000") + "\n", encoding="utf-8")
    assert key_of(job)[0] != before


def test_a_remark_in_a_scenario_changes_nothing(tmp_path):
    project = make_project(tmp_path, "a")
    run(project)
    path = project.scenarios / "a.yaml"
    path.write_text("# a remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert run(project)[1] == {"a": "cached"}


@pytest.mark.slow
def test_plain_papermill_gives_the_figures_of_the_plan(baseline, tmp_path):
    output = tmp_path / "out.ipynb"
    book = ROOT / "notebooks" / "2_scenario.ipynb"
    given = ["-p", "scenario", "baseline", "-p", "siblings", "False"]
    command = [sys.executable, "-m", "papermill", book, output, *given, "--no-progress-bar"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    shown = output.read_text(encoding="utf-8")
    amounts = baseline.table.to_numpy().ravel()
    assert [int(yuan) for yuan in amounts if f"{yuan:,}" not in shown] == []
