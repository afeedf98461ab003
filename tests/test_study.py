"""What notebooks open: plans, siblings, tables, and the same figures under plain papermill."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import InputError
from sendwarmth.run.study import compare_plans, open_plans, open_study, open_tables
from sendwarmth.view.sections import HTML

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the parameters, with one scenario that cannot be read."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    broken = tmp_path / "params" / "scenarios" / "broken.yaml"
    broken.write_text("extends: baseline\nvalues: {bugdet_yuan: 1}\n", encoding="utf-8")
    return tmp_path / "params"


def test_a_study_has_the_plan_its_siblings_and_where_it_is_from(project: Path) -> None:
    study = open_study("southern-tilt", str(project))
    assert isinstance(study.plan, Plan)
    assert isinstance(study.others["baseline"], Plan)
    assert [f.code for f in study.others["broken"]] == ["unknown_key"]
    assert list(study.provenance["files"]) == ["southern-tilt", "baseline"]
    assert study.provenance["versions"]["numpy"]


def test_a_scenario_that_is_not_there_is_named_with_its_nearest(project: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_study("basline", str(project))
    assert caught.value.findings[0].facts["nearest"] == "baseline"


def test_all_scenarios_are_compared_the_one_they_extend_first(project: Path) -> None:
    plans = open_plans((), str(project))
    assert next(iter(plans)) == "baseline"
    assert len(plans) == 5
    assert list(open_plans(("fund-80m", "baseline"), str(project))) == ["fund-80m", "baseline"]


def test_a_comparison_of_scenarios_that_are_not_there_is_refused(project: Path) -> None:
    with pytest.raises(InputError):
        compare_plans(("baseline", "nowhere"), str(project))


def test_the_tables_are_told_with_their_standing(project: Path) -> None:
    holdings = open_tables(str(project / "data"), "en")
    assert holdings.summary() == "13 receiving units, 5 groups, 158,903 households and persons"
    shown = "".join(data.get(HTML, "") for data, _ in holdings.quality().outputs())
    assert "23,884" in shown


def test_small_counts_are_shown_for_internal_use_only(project: Path) -> None:
    eligible = project / "data" / "eligible.csv"
    rows = eligible.read_text(encoding="utf-8").replace(
        "hancheng,model_worker,,6,", "hancheng,model_worker,,3,"
    )
    eligible.write_text(rows, encoding="utf-8")
    study = open_study("baseline", str(project), siblings=False)
    for internal in (False, True):
        story = study.story("zh", internal)
        shown = "".join(data.get(HTML, "") for data, _ in story.basis().outputs())
        assert ('<td class="count">3</td>' in shown) is internal
        assert ('<td class="count">*</td>' in shown) is not internal
        assert any("levers" in str(data) for data, _ in story.live().outputs()) is internal


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", "notebooks"])
def test_plain_papermill_says_the_same_figures(folder: str, tmp_path: Path, inputs) -> None:
    notebook = ROOT / "notebooks" / "2_scenario.ipynb"
    made = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", str(notebook), str(made), "--no-progress-bar"]
    given = ["-p", "scenario", "fund-80m", "-p", "language", "en"]
    subprocess.run([*command, *given], cwd=ROOT / folder, check=True, capture_output=True)
    outputs = [o for cell in json.loads(made.read_text())["cells"] for o in cell.get("outputs", [])]
    (said,) = ["".join(o["text"]) for o in outputs if o.get("name") == "stdout"]
    assert "76,000,000 yuan shared out + 4,000,000 yuan reserve = 80,000,000 yuan in all" in said
