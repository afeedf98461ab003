"""Sweep files of a project: found by name, read with their scenario, refused in sentences."""

import shutil
from pathlib import Path

import pytest
from sendwarmth.model.findings import InputError
from sendwarmth.model.robust.sweep import check_sweep
from sendwarmth.run import cli
from sendwarmth.run.project import Project
from sendwarmth.run.sweeps.files import load_sweep, sweep_names

ROOT = Path(__file__).parents[1]
SHIPPED = sweep_names(ROOT / "params" / "sweeps")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own; the test runs in it."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENDWARMTH_LANGUAGE", "en")
    return Project(tmp_path)


def write(project, text):
    (project.sweeps / "trial.yaml").write_text(text, encoding="utf-8")


def refused(project):
    with pytest.raises(InputError) as raised:
        load_sweep(project, "trial")
    return raised.value.findings


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_sweep_can_be_read_and_every_field_in_it_counts(name, inputs):
    sweep = load_sweep(Project(ROOT), name)
    assert check_sweep(sweep, inputs) == ()
    assert all(sweep.title.values())
    assert all(sweep.purpose.values())


def test_every_method_is_shipped():
    methods = {load_sweep(Project(ROOT), name).method for name in SHIPPED}
    assert methods == {"grid", "list", "latin_hypercube"}


def test_a_scenario_nobody_knows_is_refused_where_it_is_named(project):
    write(project, "method: grid\nscenario: basline\nfields: {budget_yuan: [1]}\n")
    (finding,) = refused(project)
    assert (finding.code, finding.place.row) == ("unknown_scenario", 2)
    assert finding.facts["nearest"] == "baseline"


def test_a_sweep_without_a_scenario_is_refused(project):
    write(project, "method: grid\nfields: {budget_yuan: [1]}\n")
    assert [finding.code for finding in refused(project)] == ["missing_key"]


def test_findings_say_in_which_line(project):
    write(
        project, "scenario: baseline\nmethod: grid\nfields:\n  bugdet_yuan: [1]\n  reserve: [7]\n"
    )
    assert [(f.code, f.place.row) for f in refused(project)] == [
        ("unknown_key", 4),
        ("out_of_range", 5),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sweep"], "NAME is missing"),
        (["sweep", "leverss"], "no sweep called “leverss”. The nearest is “levers”"),
        (["sweep", "../x"], "“../x” cannot be a sweep's name"),
        (["sweep", "levers", "--jobs", "0"], "--jobs cannot be “0”"),
        (["sweep", "levers", "--forse"], "the nearest is “--force”"),
        (["sweep", "options", "--cluster", "nowhere"], "The cluster cannot be used"),
    ],
)
def test_a_bad_command_line_is_answered_in_a_sentence_and_exit_code_2(
    project, capsys, arguments, said
):
    assert cli.main(arguments) == 2
    told = "".join(capsys.readouterr())
    assert said in told
    assert "Traceback" not in told


def test_a_sweep_from_the_command_line_says_how_it_ended_and_where_it_is(project, capsys):
    assert cli.main(["sweep", "options", "--jobs", "1"]) == 0
    told = capsys.readouterr().out
    assert "8 points: 2 whose limits clash, 6 with a plan." in told
    assert str(project.outputs / "sweeps" / "options.parquet") in told
    assert cli.main(["sweep", "options"]) == 0
    assert capsys.readouterr().out.startswith("unchanged")


def test_a_field_that_counts_for_nothing_is_told_before_it_is_run(project, capsys):
    write(project, "scenario: baseline\nmethod: grid\nfields: {change_band_base: [scaled, yuan]}\n")
    assert cli.main(["sweep", "trial", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "“change_band_base” changes nothing" in told.err
