"""One table of everything that is measured."""

import json
from types import SimpleNamespace

import pytest
from sendwarmth.run import bench

RECORDS = {
    "fast": {"value": 12.3456, "unit": "x", "goal": 10, "met": True},
    "told": {"value": 0.5, "unit": "ms", "goal": None, "met": None},
}


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Return what one pretended module measures; results go to a folder of their own."""
    records = dict(RECORDS)
    monkeypatch.setattr(bench, "names", lambda: ["pretended"])
    module = SimpleNamespace(measure_pretended=lambda: records)
    monkeypatch.setattr(bench, "import_module", lambda _: module)
    monkeypatch.setattr(bench, "find_project", lambda: SimpleNamespace(outputs=tmp_path))
    return records


def test_every_module_of_benchmarks_is_found():
    assert {"fit", "pages", "panel", "runs", "sweeps"} <= set(bench.names())


def test_what_is_measured_is_printed_and_written_beside_earlier_results(measured, tmp_path, capsys):
    (tmp_path / "bench.json").write_text(json.dumps({"earlier": RECORDS["told"]}))
    assert bench.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["fast", "12.35", "x", "10", "met"]
    assert lines[2].split() == ["told", "0.5", "ms"]
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written == {"earlier": RECORDS["told"], **RECORDS}


def test_a_goal_that_is_missed_is_said_and_makes_it_fail(measured, capsys):
    measured["slow"] = {"value": 4, "unit": "s", "goal": 3, "met": False}
    assert bench.main(["pretended"]) == 1
    assert "NOT MET" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_those_there_are(measured, capsys, tmp_path):
    assert bench.main(["fitt"]) == 2
    assert capsys.readouterr().out == "fitt: not measured here; choose from pretended\n"
    assert not (tmp_path / "bench.json").exists()
