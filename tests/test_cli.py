"""The command line: what it says, in which language, and the exit code that tells."""

import html
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sendwarmth.run import cli
from sendwarmth.run.project import Project
from sendwarmth.run.servers import app_command, lab_command
from sendwarmth.run.siblings import naming
from sendwarmth.view.words import words

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("SENDWARMTH_LANGUAGE", "en")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own; the test runs in it."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(capsys):
    """Call the command line; return the exit code and all it said."""

    def run(*arguments):
        code = cli.main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "no command “chek”; the nearest is “check”"),
        (["run", "--job", "2"], "no option “--job” here; the nearest is “--jobs”"),
        (["run", "--jobs", "many"], "--jobs cannot be “many”. Allowed: 1 - 256"),
        (["run", "--jobs", "0"], "--jobs cannot be “0”"),
        (["run", "--engine", "frok"], "--engine cannot be “frok”. Allowed: fork, stock"),
        (["run", "--language", "fr"], "--language cannot be “fr”. Allowed: zh, en"),
        (["run", "--jobs"], "--jobs needs a value behind it"),
        (["explain", "baseline", "xian", "migrant", "more"], "“more” is one word too many"),
        (["run", "basline"], "no scenario called “basline”. The nearest is “baseline”"),
        (["run", "../../x"], "“../../x” cannot be a scenario name"),
        (["run", "..\\x"], "cannot be a scenario name"),
        (["check", "/etc/passwd"], "cannot be a scenario name"),
        (["explain"], "SCENARIO is missing"),
        (["explain", "baseline", "xiann"], "xian"),
        (["explain", "baseline", "xian", "hardshp"], "hardship"),
        (["compare", "baseline"], "at least two different scenarios"),
        (["compare", "baseline", "baseline"], "at least two different scenarios"),
    ],
)
def test_a_bad_command_line_is_answered_in_a_sentence_and_exit_code_2(call, arguments, said):
    code, told = call(*arguments)
    assert code == 2
    assert said in told
    assert "Traceback" not in told


def test_two_unknown_scenarios_are_told_at_once(call):
    _, told = call("run", "basline", "fund80m")
    assert "basline" in told
    assert "fund80m" in told


def test_no_command_shows_the_help_and_is_a_bad_command_line(call):
    code, told = call()
    assert code == 2
    assert "Usage: sendwarmth" in told


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("command", ["", *sorted(cli.cli.commands)])
def test_help_is_complete_in_both_languages(call, command, language):
    said = words(language)
    code, told = call(*([command] if command else []), "--language", language, "--help")
    assert code == 0
    together = "".join(told.split())
    assert "".join(said.say(f"cli.{command or 'sendwarmth'}.help").split()) in together
    shown = cli.cli.commands[command] if command else cli.cli
    for parameter in shown.params:
        if parameter.param_type_name == "option":
            assert "".join(said.say(f"cli.option.{parameter.name}").split()) in together
    if language == "zh":
        assert "Show this message" not in told
        assert "Options:" not in told


def test_the_language_asked_for_is_that_of_the_error(call):
    assert "没有“chek”这个命令" in call("--language", "zh", "chek")[1]
    assert "没有名为“basline”的方案" in call("run", "--language=zh", "basline")[1]


def test_check_passes_over_the_shipped_project(call, project):
    code, told = call("check")
    assert code == 0
    assert "[error]" not in told
    assert "baseline" in told


def scenario_with(**lines):
    """Give a shipped scenario other values, each name with the text that stands for it."""

    def make(project):
        path = project / "params" / "scenarios" / "fund-80m.yaml"
        text = path.read_text(encoding="utf-8").splitlines()
        for name, value in lines.items():
            text = [line for line in text if not line.strip().startswith(f"{name}:")]
            text.append(f"  {name}: {value}")
        path.write_text("\n".join(text) + "\n", encoding="utf-8")

    return make


def scenario_file(content):
    def make(project):
        path = project / "params" / "scenarios" / "fund-80m.yaml"
        if content is None:
            path.with_name("child.yaml").write_text("extends: gone\nvalues: {}\n")
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


SHARES = "{hardship: 0.5, model_worker: 0.1, migrant: 0.2, skilled: 0.1, on_duty: 0.2}"
LOCK = "[{region: %s, group: migrant, yuan: %s, who: W, why: reason}]"
BAD_SCENARIOS = {
    "a missing parent": (scenario_file(None), ["gone.yaml", "baseline.yaml"]),
    "an unknown key": (scenario_with(bugdet_yuan="5"), ["bugdet_yuan", "budget_yuan"]),
    "an unknown region in a lock": (scenario_with(locks=LOCK % ("xiann", 1000)), ["xiann", "xian"]),
    "shares that add to 1.1": (scenario_with(group_share=SHARES), ["1.1"]),
    "a lock over the budget": (
        scenario_with(locks=LOCK % ("xian", "93_000_000")),
        ["93,000,000"],
    ),
    "floors over the fund": (scenario_with(region_floor_yuan="8_000_000"), ["8,000,000"]),
    "an empty file": (scenario_file(b""), ["fund-80m.yaml", "empty"]),
    "a binary file": (scenario_file(b"\x00\x01\x02\xff"), ["fund-80m.yaml", "not a text"]),
    "a file in GBK": (scenario_file("title: 基准方案\n".encode("gbk")), ["UTF-8"]),
    "a float in powers": (scenario_with(budget_yuan="9.2e7"), ["9.2e7", "line|row"]),
    "a tag that runs code": (
        scenario_file("title: !!python/object/apply:os.system ['true']\n"),
        ["python/object/apply"],
    ),
}


@pytest.mark.parametrize("name", BAD_SCENARIOS)
def test_a_bad_scenario_is_told_with_its_place_and_the_others_are_checked(call, project, name):
    spoil, facts = BAD_SCENARIOS[name]
    spoil(project)
    code, told = call("check")
    assert code == 1
    assert "[error]" in told
    assert "Traceback" not in told
    assert "same-standard" in told
    for fact in facts:
        assert any(part in told for part in fact.split("|")), told


def cell(row, column, value):
    def make(project):
        path = project / "params" / "data" / "eligible.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        cells = lines[row].split(",")
        cells[lines[0].split(",").index(column)] = value
        lines[row] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return make


def region_twice(project):
    path = project / "params" / "data" / "regions.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")


BAD_TABLES = {
    "a missing table": (lambda p: (p / "params/data/groups.csv").unlink(), ["groups"]),
    "a region named twice": (region_twice, ["regions.csv", "xian"]),
    "heads below zero": (cell(3, "heads", "-5"), ["eligible.csv", "row 4", "-5"]),
    "heads that are no number": (cell(3, "heads", "abc"), ["eligible.csv", "row 4", "abc"]),
    "heads without end": (cell(3, "heads", "inf"), ["eligible.csv", "row 4", "inf"]),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_shared_tables_end_the_run_with_2_and_write_nothing(call, project, name):
    spoil, facts = BAD_TABLES[name]
    spoil(project)
    for command in ("check", "run"):
        code, told = call(command)
        assert code == 2
        assert "Traceback" not in told
        for fact in facts:
            assert fact in told, told
    assert not list(project.glob("outputs/*/"))


def test_a_scenario_whose_tables_cannot_be_read_is_not_called_right(call, project):
    cell(3, "heads", "-5")(project)
    told = call("check", "baseline")[1]
    assert told.splitlines()[-1].endswith(
        "Held to no table yet: correct the tables first, then check again."
    )
    assert "nothing to say" not in told


def test_check_tells_everything_at_once(call, project):
    cell(3, "heads", "-5")(project)
    cell(4, "heads", "abc")(project)
    scenario_with(bugdet_yuan="5", unit_yuan="0")(project)
    told = call("check")[1]
    for fact in ("row 4", "row 5", "bugdet_yuan", "unit_yuan"):
        assert fact in told


CLASH = {"en": "Base amount of Yangling at least 8,000,000", "zh": "杨凌示范区保底不少于 8,000,000"}
LOCKED = {"en": "(Xi'an, Migrant workers)", "zh": "（西安市·农民工）"}
IDS = ("xian", "yangling", "migrant")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("command", ["check", "run"])
def test_what_is_wrong_calls_units_and_groups_by_name(call, project, command, language):
    scenario_with(region_floor_yuan="8_000_000")(project)
    told = call(command, "fund-80m", "--language", language)[1]
    if command == "run":
        page = project / "outputs" / "fund-80m" / "error.html"
        told += html.unescape(page.read_text(encoding="utf-8"))
        assert told.count(CLASH[language]) == 2
    assert CLASH[language] in told
    scenario_with(locks=LOCK % ("xian", "93_000_000"))(project)
    told += call(command, "fund-80m", "--language", language)[1]
    assert LOCKED[language] in told
    assert [word for word in IDS if word in told] == []


def test_a_number_yaml_would_misread_hides_nothing_else_that_is_wrong(call, project):
    lines = ["extends: baseline", "values:", "  budget_yuan: 9.2e7", "  bugdet_yuan: 1"]
    lines.append("  locks: [{region: xiann, group: migrant, yuan: 1_000}]")
    lines.append("  group_share: {hardship: 0.6, model_worker: 0.5}")
    (project / "params/scenarios/bad.yaml").write_text("\n".join(lines))
    code, said = call("check", "bad")
    assert code == 1
    for place, fact in [
        ("row 3, values.budget_yuan", "9.2e7"),
        ("row 4, values.bugdet_yuan", "“budget_yuan”"),
        ("row 5, values.locks[0].region", "“xian”"),
        ("row 6, values.group_share", "1.1"),
    ]:
        assert any(place in line and fact in line for line in said.splitlines()), said
    assert said.count("values.budget_yuan") == 1


def test_an_id_stays_where_no_table_can_be_read(project):
    found = Project(project)
    assert naming(found, "fund-80m", "en")("xian/migrant") == "Xi'an, Migrant workers"
    shutil.rmtree(found.tables)
    assert naming(found, "gone", "en")("xian/migrant") == "xian/migrant"


@pytest.mark.slow
def test_run_tells_one_line_a_scenario_and_then_finds_it_unchanged(call, project, capsys):
    code, told = call("run", "baseline", "fund-80m", "--jobs", "2")
    assert code == 0
    *lines, last = told.strip().splitlines()
    assert sorted(line.split()[:2] for line in lines) == [
        ["done", "baseline"],
        ["done", "fund-80m"],
    ]
    assert last.startswith("done 2. Results: ")
    assert (project / "outputs" / "index.html").is_file()
    assert (project / "outputs" / "comparison.html").is_file()

    code, told = call("run", "baseline", "fund-80m", "--json")
    *records, whole = map(json.loads, told.strip().splitlines())
    assert [record["state"] for record in records] == ["cached", "cached"]
    assert whole["counts"] == {"cached": 2}

    assert call("run", "baseline", "--quiet") == (0, "")
    plan = json.loads((project / "outputs/baseline/plan.json").read_text(encoding="utf-8"))
    assert plan["shared_yuan"] + plan["reserve_yuan"] == 92_000_000


UNCHANGED = """
import sys
from sendwarmth.run.cli import main
code = main(["run", "--quiet"])
slow = {"pandas", "papermill", "scipy", "openpyxl", "IPython", "jinja2"}
print(code, sorted(slow & set(sys.modules)))
"""


@pytest.mark.slow
def test_finding_all_unchanged_imports_nothing_slow(call, project):
    assert call("run", "--quiet") == (0, "")
    again = [sys.executable, "-c", UNCHANGED]
    assert subprocess.check_output(again, cwd=project, text=True) == "0 []\n"


@pytest.mark.slow
def test_a_bad_scenario_fails_alone_with_1_and_its_own_page(call, project):
    scenario_with(bugdet_yuan="5")(project)
    code, told = call("run", "baseline", "fund-80m")
    assert code == 1
    assert "bugdet_yuan" in told
    assert (project / "outputs/baseline/report.html").is_file()
    assert "bugdet_yuan" in (project / "outputs/fund-80m/error.html").read_text(encoding="utf-8")
    assert not (project / "outputs/fund-80m/report.html").exists()
    index = (project / "outputs/index.html").read_text(encoding="utf-8")
    assert "fund-80m/error.html" in index
    assert "bugdet_yuan" in index


def test_explain_shows_steps_that_add_to_the_plan(call, project):
    code, told = call("explain", "baseline", "yangling")
    assert code == 0
    *steps, unit, binds = told.splitlines()[1:]
    amounts = [int(line.split()[-1].replace(",", "")) for line in steps]
    assert sum(amounts[:-1]) == amounts[-1] == 500_000
    assert unit == "Amounts in yuan."
    assert "its floor of 500,000 yuan binds" in binds


def test_compare_puts_scenarios_side_by_side(call, project):
    code, told = call("compare", "baseline", "fund-80m")
    assert code == 0
    assert "87,400,000" in told
    assert "-11,400,000" in told


def test_servers_listen_to_this_machine_alone_and_ask_no_other():
    lab, app = lab_command(1234, False), app_command("1_planner.ipynb", 1235, False)
    assert "--ServerApp.ip=127.0.0.1" in lab
    assert "--LabApp.news_url=None" in lab
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in lab
    assert "--Voila.ip=127.0.0.1" in app
