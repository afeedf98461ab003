from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from sendwarmth.model.findings import InputError
from sendwarmth.run.parameters import check_parameters, declared, declared_in, findings_of
from sendwarmth.view.words import VARIABLE

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "2_scenario.ipynb"
KNOWN = {"scenario": "baseline", "share": 0.5, "language": "zh", "any": None}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"scenaroi": "x"}, "unknown_parameter"),
        ({"scenario": 5}, "parameter_type"),
        ({"share": "half"}, "parameter_type"),
        ({"share": True}, "parameter_type"),
        ({"language": "fr"}, "parameter_value"),
    ],
)
def test_what_a_notebook_does_not_declare_is_refused(given, code):
    assert [finding.code for finding in findings_of(KNOWN, given, "n.ipynb")] == [code]


@pytest.mark.parametrize("given", [{}, {"scenario": "x"}, {"share": 1}, {"any": []}])
def test_what_a_notebook_declares_passes(given):
    assert findings_of(KNOWN, given, "n.ipynb") == []


def test_a_misspelt_name_comes_with_the_nearest():
    [finding] = findings_of(KNOWN, {"scenaroi": "x"}, "n.ipynb")
    assert finding.facts["nearest"] == "scenario"


def test_every_wrong_parameter_is_told_at_once():
    assert len(findings_of(KNOWN, {"a": 1, "scenario": 2, "language": ""}, "n.ipynb")) == 3


def test_a_parameter_that_is_no_plain_value_is_an_error():
    with pytest.raises(ValueError, match="malformed"):
        declared("x = print()")


def test_the_shipped_notebook_declares_what_runs_give_it():
    from sendwarmth.run.jobs import Job

    assert findings_of(declared_in(NOTEBOOK), Job("", "baseline").parameters, "n") == []


def test_injected_parameters_are_checked_inside_the_notebook():
    cells = ["", 'scenario = "a"', '# Parameters\nscenaroi = "b"\n', "check"]
    with pytest.raises(InputError) as error:
        check_parameters({"In": cells})
    assert error.value.findings[0].facts["nearest"] == "scenario"
    check_parameters({"In": [*cells[:2], '# Parameters\nscenario = "b"\n', "check"]})
    check_parameters({"In": cells[:2]})


@pytest.mark.slow
@pytest.mark.parametrize("given", [{"lanugage": "en"}, {"language": 5}, {"language": "fr"}])
@pytest.mark.parametrize("name", sorted(path.name for path in NOTEBOOK.parent.glob("*.ipynb")))
def test_plain_papermill_stops_at_a_wrong_parameter_of_any_notebook(name, given, tmp_path):
    output = tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError) as error:
        papermill.execute_notebook(
            NOTEBOOK.with_name(name),
            output,
            given,
            engine_name="fork",
            progress_bar=False,
            resources={"metadata": {"path": str(NOTEBOOK.parents[1])}},
        )
    assert error.value.ename == "InputError"
    assert "language" in error.value.evalue
    cells = nbformat.read(output, as_version=4).cells
    assert [shown.output_type for cell in cells for shown in cell.get("outputs", ())] == ["error"]


def test_what_is_wrong_is_said_in_the_language_of_the_notebook(monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")
    cells = ["", 'language = "zh"', '# Parameters\nlanguage = "en"\nscenaroi = "b"\n', "check"]
    with pytest.raises(InputError, match="knows no parameter “scenaroi”"):
        check_parameters({"In": cells, "language": "en"})
