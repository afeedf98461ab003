"""Pages on robustness: made where asked for, kept up to date, never of another plan."""

from __future__ import annotations

import io

import pytest
from sendwarmth.run import batch, progress
from sendwarmth.run.manifest import ROBUSTNESS, read_manifest
from sendwarmth.view.words import words
from small_project import assert_whole, make_project, run


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A project with one page on robustness, run once."""
    project = make_project(tmp_path_factory.mktemp("robust"), "a", "b")
    assert run(project, robustness=["a"]) == (0, {"a": "done", "b": "done"})
    return project


def page(project, name="a"):
    return project.outputs / name / ROBUSTNESS


def written(project):
    """Return when the page was written: a page found up to date is not touched."""
    return page(project).stat().st_mtime_ns


def test_the_page_asked_for_is_there_whole_and_no_other(shipped):
    assert "What is asked" in page(shipped).read_text(encoding="utf-8")
    assert not page(shipped, "b").exists()
    assert_whole(shipped)


def test_the_index_leads_to_it(shipped):
    index = (shipped.outputs / "index.html").read_text(encoding="utf-8")
    assert f'<a href="a/{ROBUSTNESS}">Robustness</a>' in index
    assert f"b/{ROBUSTNESS}" not in index


def test_a_page_that_is_up_to_date_is_left_alone(shipped):
    before = written(shipped)
    assert run(shipped, robustness=["a"])[1] == {"a": "cached", "b": "cached"}
    assert run(shipped)[1] == {"a": "cached", "b": "cached"}
    assert written(shipped) == before


def test_a_page_that_is_there_follows_the_other_scenarios_without_being_asked_for(shipped):
    before = written(shipped)
    scenario = shipped.scenarios / "b.yaml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("reserve: 0.05", "reserve: 0.06"), encoding="utf-8")
    assert run(shipped)[1] == {"a": "cached", "b": "done"}
    assert written(shipped) > before


def test_a_page_that_somebody_changed_or_removed_is_made_again(shipped):
    page(shipped).write_text("changed", encoding="utf-8")
    assert run(shipped)[1]["a"] == "cached"
    assert page(shipped).read_text(encoding="utf-8") != "changed"
    page(shipped).unlink()
    assert run(shipped, robustness=["a"])[1]["a"] == "cached"
    assert page(shipped).exists()


def test_a_notebook_that_fails_leaves_its_reason_in_place_of_the_page_and_exit_code_1(tmp_path):
    project = make_project(tmp_path, "a")
    (project.root / "behaviour").mkdir()
    bad = project.root / "behaviour" / "a.robust.py"
    bad.write_text("raise ValueError('no such lever')", encoding="utf-8")
    err = io.StringIO()
    options = batch.Options(1, "", False, "en", robustness=("a",))
    told = progress.Lines(words("en"), out=io.StringIO(), err=err)
    assert batch.run(project, ["a"], options, told) == 1
    assert "no such lever" in err.getvalue()
    assert "no such lever" in page(project).read_text(encoding="utf-8")
    assert read_manifest(project.outputs)["a"].state == "done"
    bad.unlink()
    assert run(project)[0] == 0
    assert "no such lever" not in page(project).read_text(encoding="utf-8")


def test_a_scenario_without_a_plan_has_no_page(tmp_path):
    project = make_project(tmp_path, "a")
    scenario = project.scenarios / "a.yaml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("500_000", "50_000_000"), encoding="utf-8")
    assert run(project, robustness=["a"]) == (1, {"a": "failed"})
    assert not page(project).exists()
