"""A scenario states every value once, refuses what it does not know, and inherits the rest."""

from __future__ import annotations

import pytest
from sendwarmth.model.findings import InputError
from sendwarmth.model.scenario import merge, read_scenario
from sendwarmth.model.schema import FIELDS, Reader


def codes(error: InputError) -> list[str]:
    return [finding.code for finding in error.findings]


def read(**values):
    return read_scenario({"values": values}, name="trial")


def refused(**values) -> InputError:
    with pytest.raises(InputError) as caught:
        read(**values)
    return caught.value


def test_a_silent_file_takes_every_default():
    assert dict(read().values) == {name: field.default for name, field in FIELDS.items()}


def test_unknown_key_is_refused_with_the_nearest_name():
    [finding] = refused(bugdet_yuan=1).findings
    assert (finding.code, finding.facts["nearest"]) == ("unknown_key", "budget_yuan")


def test_all_findings_come_at_once():
    error = refused(bugdet_yuan=1, unit_yuan="abc", reserve=2.0, rule="fair")
    assert codes(error) == ["unknown_key", "not_a_number", "out_of_range", "unknown_choice"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"budget_yuan": True}, "not_a_number"),
        ({"budget_yuan": float("inf")}, "out_of_range"),
        ({"budget_yuan": float("nan")}, "out_of_range"),
        ({"budget_yuan": -1}, "out_of_range"),
        ({"budget_yuan": 1.5}, "not_whole_yuan"),
        ({"unit_yuan": 0}, "out_of_range"),
        ({"reserve": "most"}, "bad_reserve"),
        ({"reserve": {"yuna": 5}}, "unknown_key"),
        ({"reserve": 0.0500001}, "too_fine"),
        ({"group_share": {"a": 0.5, "b": 0.6}}, "shares_do_not_add"),
        ({"factor_weight": {"default": {"claim": 0.5}}}, "shares_do_not_add"),
        ({"factor_weight": {"default": {"cliam": 1}}}, "unknown_key"),
        ({"change_band": [0.3, -0.05]}, "bad_band"),
        ({"change_band": 0.3}, "bad_band"),
        ({"locks": {"region": "a"}}, "not_a_list"),
        ({"locks": [{"region": "a", "group": "b"}]}, "not_a_number"),
        ({"locks": [{"region": "a", "group": "b", "yuan": 5, "until": "soon"}]}, "not_a_date"),
        ({"limits": [{"name": "x"}]}, "limit_without_bound"),
        ({"limits": [{"floor_yuan": 5}]}, "limit_needs_its_own_name"),
        ({"limits": [{"name": "x", "floor_yuan": 5, "cap_yuan": 4}]}, "floor_above_cap"),
        ({"standard": [1]}, "not_a_mapping"),
        ({"reserve_release": {"until": 3, "rule": "x"}}, "not_a_text"),
    ],
)
def test_each_bad_value_has_its_own_finding(values, code):
    assert code in codes(refused(**values))


def test_a_limit_may_be_a_cap_of_nothing():
    [limit] = read(limits=[{"name": "none", "cap_yuan": 0}]).values["limits"]
    assert (limit["floor_yuan"], limit["cap_yuan"], limit["regions"]) == (None, 0, "all")


def test_a_child_states_only_what_differs():
    parent = read(standard={"a": 1000, "b": 2000}, reserve={"yuan": 5}, limits=[])
    child = read_scenario({"values": {"standard": {"b": 900}, "reserve": 0.1}}, "child", parent)
    assert child.values["standard"] == {"a": 1000, "b": 900}
    assert child.values["reserve"] == 0.1


def test_shares_are_replaced_whole_so_that_they_still_add_to_one():
    assert merge({"group_share": {"a": 1.0}}, {"group_share": {"b": 1.0}}) == {
        "group_share": {"b": 1.0}
    }


def test_null_takes_a_value_back():
    parent = read(region_cap_share=0.3, budget_yuan=5)
    child = read_scenario(
        {"values": {"region_cap_share": None, "budget_yuan": None}}, "child", parent
    )
    assert child.values["region_cap_share"] is None
    assert child.values["budget_yuan"] == FIELDS["budget_yuan"].default


def test_approved_needs_its_decision():
    with pytest.raises(InputError) as caught:
        read_scenario({"status": "approved"}, "a")
    assert codes(caught.value) == ["approved_without_decision"]
    decision = {"meeting": "党组会议", "date": "2019-12-24", "number": "3"}
    scenario = read_scenario({"status": "approved", "decision": decision}, "a")
    assert scenario.decision["meeting"] == "党组会议"


def test_changing_values_checks_them_and_leaves_the_scenario_alone():
    scenario = read(budget_yuan=5)
    assert scenario.with_values(budget_yuan=6).values["budget_yuan"] == 6
    assert scenario.values["budget_yuan"] == 5
    with pytest.raises(InputError):
        scenario.with_values(budget_yuan=-6)
    with pytest.raises(TypeError):
        scenario.values["budget_yuan"] = 7  # type: ignore[index]


def test_a_text_serves_every_language_until_it_is_translated():
    scenario = read_scenario({"title": {"zh": "基准"}, "purpose": "x"}, "a")
    assert dict(scenario.title) == {"zh": "基准", "en": "基准"}
    assert dict(scenario.purpose) == {"zh": "x", "en": "x"}


def test_a_finding_stands_on_the_line_of_the_nearest_path_that_has_one():
    reader = Reader("a.yaml", {"values": 3, "values.locks": 7, "values.locks[0]": 8})
    assert reader.place("values.locks[0].region").row == 8
    assert reader.place("values.locks[4].region").row == 7
    assert reader.place("values.rule").row == 3
    assert reader.place("author").row is None
