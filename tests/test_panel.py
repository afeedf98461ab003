"""The panel without a browser: levers, positions, exact answers, files, a notebook run headless."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest
import sendwarmth as sw
from conftest import PARAMS
from positions import table_sets
from sendwarmth.model.schema import FIELDS
from sendwarmth.view import live
from sendwarmth.view.answers import Answers, labels_of, payload
from sendwarmth.view.controls import SECTIONS, Controls
from sendwarmth.view.levers import LISTS, levers_of
from sendwarmth.view.names import Names
from sendwarmth.view.panel import Panel
from sendwarmth.view.position import changes, position_of
from sendwarmth.view.words import LANGUAGES, words

ROOT = PARAMS.parent
SHIPPED = sorted(path.stem for path in (PARAMS / "scenarios").glob("*.yaml"))
KINDS_WITHOUT_LEVER = {"release", "envelopes", "locks", "limits", "uncertainty"}
NEEDS_LAST_YEAR = {"change_band", "change_band_base"}


def shipped(name: str) -> sw.Scenario:
    return sw.load_scenario(PARAMS / "scenarios" / f"{name}.yaml")


@pytest.fixture(scope="module")
def answers(inputs) -> Answers:
    return Answers(inputs, shipped("baseline"))


@pytest.fixture
def panel(inputs) -> Panel:
    return Panel(inputs, shipped("baseline"))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def settle(panel: Panel, **moved) -> dict:
    """Do what the browser does when levers rest; return the answer."""
    serial = panel.dashboard.settled["serial"] + 1
    position = {**panel.answers.start, **moved}
    panel.dashboard.settled = {"serial": serial, "position": position}
    return panel.dashboard.answer


def test_every_field_has_levers_or_is_no_scalar(inputs) -> None:
    levers = levers_of(inputs, shipped("baseline"))
    without = {name for name, field in FIELDS.items() if field.kind in KINDS_WITHOUT_LEVER}
    assert {lever.field for lever in levers} == set(FIELDS) - without - NEEDS_LAST_YEAR


def test_levers_for_bands_and_rates_need_their_tables(inputs, rng) -> None:
    everything = table_sets(inputs, rng)[1]
    fields = {lever.field for lever in levers_of(everything, shipped("baseline"))}
    parts = {lever.part for lever in levers_of(everything, shipped("baseline"))}
    assert fields > NEEDS_LAST_YEAR
    assert "execution" in parts


def test_a_beginner_has_eight_levers(inputs) -> None:
    main = [lever.name for lever in levers_of(inputs, shipped("baseline")) if lever.main]
    assert main == [
        "budget_yuan",
        "reserve",
        "standard__hardship",
        "standard__migrant",
        "standard__on_duty",
        "factor_weight__fiscal_weakness",
        "per_head_min__hardship",
        "region_floor_yuan",
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_position_read_off_a_scenario_changes_nothing(inputs, name: str) -> None:
    scenario = shipped(name)
    levers = levers_of(inputs, scenario)
    start = position_of(levers, inputs, scenario)
    assert changes(levers, start, start) == {}
    assert all(lever.holds(start[lever.name]) for lever in levers)


def test_positions_lead_from_one_shipped_scenario_to_any_other(inputs) -> None:
    levers = levers_of(inputs, shipped("baseline"))
    start = position_of(levers, inputs, shipped("baseline"))
    for name in SHIPPED:
        there = position_of(levers, inputs, shipped(name))
        reached = shipped("baseline").with_values(**changes(levers, there, start))
        assert position_of(levers, inputs, reached) == there


def test_every_lever_moves_its_own_field_and_nothing_else(inputs, rng) -> None:
    scenario = shipped("baseline")
    tables = table_sets(inputs, rng)[1]
    levers = levers_of(tables, scenario)
    start = position_of(levers, tables, scenario)
    for lever in levers:
        if lever.joins:
            continue
        value = start[lever.name]
        other = {
            "switch": not value,
            "choice": next((c for c in lever.choices if c != value), value),
        }.get(lever.kind, lever.highest if value != lever.highest else lever.lowest)
        on = {lever.switch: True} if lever.switch else {}
        if lever.name == "reserve__yuan":
            on = {"reserve__form": "yuan"}
        found = changes(levers, {**start, **on, lever.name: other}, start)
        assert set(found) == {lever.field}, lever.name


def test_what_a_file_holds_outside_a_levers_range_is_kept_and_told(inputs) -> None:
    far = shipped("baseline").with_values(budget_yuan=125_000_123, region_floor_yuan=512_345)
    panel = Panel(inputs, far)
    assert panel.dashboard.budget_yuan == 125_000_123
    slider = panel.controls.by_name["budget_yuan"]
    assert (slider.value, slider.max) == (125_000_123, 125_000_123)
    assert (125_000_123 - slider.min) % slider.step == 0
    (told,) = panel.outside()
    assert "125000123" in told.replace(",", "")
    assert "资金总额" in told


def test_no_slider_moves_a_value_into_its_range(panel: Panel) -> None:
    slider = panel.controls.control("per_head_max__hardship")
    slider.value = 21_730
    assert slider.value == 21_730
    settle(panel, per_head_max__hardship=21_730)
    assert slider.max >= 21_730
    assert slider.step == 10


def test_the_answer_to_a_position_is_the_plan_of_its_scenario(inputs, panel: Panel) -> None:
    answer = settle(panel, budget_yuan=80_000_000, per_head_min__hardship=1_800)
    plan = sw.allocate(inputs, shipped("fund-80m"))
    assert answer["status"] == "exact"
    assert answer["table"] == plan.table.to_numpy().ravel().tolist()
    assert answer["reserve"] == plan.reserve
    assert panel.plan.table.equals(plan.table)


def test_a_clash_is_told_in_both_languages_with_repairs_that_hold(panel: Panel) -> None:
    answer = settle(panel, region_floor_yuan=8_000_000)
    assert answer["status"] == "clash"
    assert all(answer["sentences"][language] for language in LANGUAGES)
    assert answer["repairs"]
    for repair in answer["repairs"]:
        assert set(repair["label"]) == set(LANGUAGES)
        assert panel.answers.plan_at(repair["position"]).reserve >= 0


def test_values_that_are_not_valid_are_a_sentence(panel: Panel) -> None:
    answer = settle(panel, per_head_min__hardship=4_000)
    assert (answer["status"], answer["repairs"]) == ("refused", [])
    assert "4,000" in answer["sentences"]["en"][0]


def test_a_plan_that_cannot_hold_leaves_the_last_one_on_screen(panel: Panel) -> None:
    before = panel.plan
    settle(panel, region_floor_yuan=8_000_000)
    assert panel.plan is before


def test_a_scenario_whose_limits_clash_opens_with_its_repairs(inputs) -> None:
    panel = Panel(inputs, shipped("baseline").with_values(region_floor_yuan=8_000_000))
    answer = panel.dashboard.answer
    assert (answer["status"], panel.plan) == ("clash", None)
    panel.dashboard.settled = {"serial": 1, "position": answer["repairs"][0]["position"]}
    assert panel.dashboard.answer["status"] == "exact"
    assert panel.plan is not None


def test_a_scenario_that_is_not_valid_leaves_the_panel_as_it_was(inputs, panel: Panel) -> None:
    before = panel.children
    with pytest.raises(sw.InputError):
        panel.put_up(inputs, shipped("baseline").with_values(per_head_min={"hardship": 4_000}))
    assert panel.children is before


def test_every_lever_stands_in_one_section(answers: Answers) -> None:
    listed = [field for fields in SECTIONS.values() for field in fields]
    assert len(listed) == len(set(listed))
    assert {lever.field for lever in answers.levers} <= set(listed)


def test_levers_are_called_differently_in_every_language(answers: Answers) -> None:
    for language in LANGUAGES:
        names = labels_of(answers.levers, Names.of(answers.inputs, words(language)))
        inside = [names[lever.name] for lever in answers.levers if not lever.joins]
        assert len(set(inside)) == len(inside)


def test_the_switch_of_language_reaches_every_control(panel: Panel) -> None:
    controls: Controls = panel.controls
    for number in range(len(controls.sections.children)):
        controls.sections.selected_index = number
    assert set(controls.by_name) == {lever.name for lever in panel.answers.levers}
    panel.dashboard.language = "en"
    said = [control.description for control in controls.by_name.values()]
    assert all(re.fullmatch(r"[\x20-\x7e]+", text) for text in said), said
    assert controls.tabs.titles == ("Main", "All")
    assert panel.controls.by_name["unit_yuan"].label == "1,000 yuan"


def test_the_dashboard_is_one_small_module_that_asks_no_host() -> None:
    text = live.module_text()
    assert "import" not in re.sub(r"//.*|/\*.*?\*/", "", text, flags=re.DOTALL).split()
    assert re.findall(r"^export .*", text, re.MULTILINE) == [
        "export { fit, solve };",
        "export default { render: ({ model, el }) => openBoard(model, el) };",
    ]
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}
    assert len(live.packed_module()) < 40_000


def test_the_parts_of_the_module_use_no_name_twice() -> None:
    named = re.findall(
        r"^(?:async )?(?:function|const|let|class) (\w+)", live.module_text(), re.MULTILINE
    )
    assert sorted(named) == sorted(set(named))
    assert len(named) > 80


def test_what_the_panel_starts_from_is_plain_data(answers: Answers) -> None:
    plain = payload(answers, answers.plan)
    text = json.dumps(plain, allow_nan=False)
    assert json.dumps(json.loads(text)) == text
    assert set(LISTS) <= set(plain)


@pytest.mark.slow
def test_the_notebook_runs_without_a_browser_and_stays_small(tmp_path: Path) -> None:
    out = tmp_path / "planner.ipynb"
    papermill.execute_notebook(
        ROOT / "notebooks" / "1_planner.ipynb",
        out,
        parameters={"scenario": "fund-80m", "language": "en"},
        cwd=str(ROOT / "notebooks"),
        progress_bar=False,
    )
    assert out.stat().st_size < 200_000
    said = nbformat.read(out, as_version=4)
    shown = [o for cell in said.cells if cell.cell_type == "code" for o in cell.outputs]
    html = " ".join(o.get("data", {}).get("text/html", "") for o in shown)
    assert "76.000" in html
