"""Scenario files are read strictly: what YAML would guess is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sendwarmth.model.findings import InputError
from sendwarmth.run.scenarios import find_scenario, load_scenario, scenario_names, tables_of

SHIPPED = Path(__file__).parents[1] / "params" / "scenarios"


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "trial") -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refused(path: Path):
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    return caught.value.findings


@pytest.mark.parametrize(
    "trap",
    ["9.2e7", "012", "0x1F", "no", "Yes", "on", "12:30", "1:30:00", ".inf", "-.NaN", "1e5", "0b11"],
)
def test_what_yaml_would_guess_is_refused_with_its_line(written, trap):
    findings = refused(written(f"values:\n  unit_yuan: 1\n  budget_yuan: {trap}\n"))
    assert findings[0].code == "yaml_trap"
    assert (findings[0].place.row, findings[0].facts["value"]) == (3, trap)


def test_quoted_text_is_text(written):
    assert load_scenario(written('author: "no"\n')).author == "no"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("# only a remark\n", "empty_file"),
        (b"\x00\x01\x02\xff", "binary_file"),
        ("title: 基准方案\n".encode("gbk"), "not_utf8"),
        ("values: [1\n", "not_yaml"),
        ("- 1\n", "not_a_mapping"),
        ("values:\n  rule: factor\n  rule: talmud\n", "duplicate_key"),
        ("author: !!python/object/apply:os.system ['true']\n", "tag_refused"),
        ("author: !mine x\n", "tag_refused"),
        ("a: &a {b: 1}\nc: *a\n", "alias_refused"),
        ("values: " + "[" * 40 + "]" * 40, "too_deep"),
        ("values: " + "[" * 5000 + "]" * 5000, "too_deep"),
        ("- " * 400_000, "too_deep"),
    ],
)
def test_each_bad_file_has_its_own_finding(written, text, code):
    assert refused(written(text))[0].code == code


def test_a_tag_that_runs_code_never_runs(written, tmp_path):
    mark = tmp_path / "ran"
    refused(written(f"author: !!python/object/apply:os.mkdir ['{mark}']\n"))
    assert not mark.exists()


def test_a_finding_names_file_and_line(written):
    [finding] = refused(written("author: x\nvalues:\n  bugdet_yuan: 5\n"))
    assert (finding.place.file, finding.place.row) == ("trial.yaml", 3)


def test_a_scenario_cannot_extend_itself(written):
    written("extends: b\n", "a")
    [finding] = refused(written("extends: a\n", "b"))
    assert (finding.code, finding.facts["value"]) == ("extends_itself", "b -> a -> b")


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "", "/etc/passwd", "a\\b"])
def test_a_name_never_leaves_its_folder(written, name, tmp_path):
    with pytest.raises(InputError) as caught:
        find_scenario(name, tmp_path)
    assert caught.value.findings[0].code == "bad_scenario_name"
    assert refused(written(f"extends: '{name}'\n"))[0].code == "bad_scenario_name"


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(InputError) as caught:
        find_scenario("basline", SHIPPED)
    assert caught.value.findings[0].facts["nearest"] == "baseline"


def test_a_missing_parent_is_named_with_the_nearest(written):
    written("author: x\n", "baseline")
    [finding] = refused(written("extends: basline\n", "child"))
    assert (finding.code, finding.facts["nearest"]) == ("no_such_file", "baseline.yaml")


def test_the_tables_stand_where_the_file_that_names_them_says(tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "a.yaml").write_text("data: ../data\n")
    (tmp_path / "scenarios" / "b.yaml").write_text("extends: a\n")
    scenario = load_scenario(tmp_path / "scenarios" / "b.yaml")
    assert tables_of(scenario).resolve() == (tmp_path / "data").resolve()


def test_every_shipped_scenario_loads():
    assert [load_scenario(SHIPPED / f"{name}.yaml").name for name in scenario_names(SHIPPED)] == [
        "baseline",
        "fund-80m",
        "same-standard",
        "southern-tilt",
    ]
