"""Every swept field really changes the scenario, its problem and its plan, or the sweep says so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.robust.axes import fields_of, value_at
from sendwarmth.model.robust.sweep import check_sweep
from sendwarmth.model.robust.sweep_file import IDLE, read_sweep
from sendwarmth.model.schema import FIELDS

HEADS = [[40, 20], [30, 10], [5, 30]]
LIMIT = {"name": "n", "regions": ["r2"], "groups": "all", "floor_yuan": 40_000}
LOCK = {"region": "r0", "group": "a", "yuan": 20_000}
BAND = {"change_band": [-0.01, 0.01]}
# For every field amounts depend on: how it is moved, and what else has to be set for it to count.
MOVED = {
    "budget_yuan": ("budget_yuan", [100_000, 90_000], {}),
    "unit_yuan": ("unit_yuan", [100, 1_000], {}),
    "reserve": ("reserve", [0, 0.1, {"yuan": 20_000}], {}),
    "standard": ("standard.a", [1_000, 500], {}),
    "rule": ("rule", ["factor", "equal_awards"], {}),
    "factor_weight": ("factor_weight.a.fiscal_weakness", [0, 0.4], {}),
    "group_share": ("group_share.a", [0.5, 0.6], {"group_share": {"a": 0.5, "b": 0.5}}),
    "envelopes_yuan": ("envelopes_yuan", [{"a": 5e4, "b": 5e4}, {"a": 6e4, "b": 4e4}], {}),
    "priority": ("priority.a", [1, 2], {}),
    "per_head_min": ("per_head_min.b", [100, 900], {}),
    "per_head_max": ("per_head_max.b", [500, 2_000], {}),
    "region_floor_yuan": ("region_floor_yuan", [0, 30_000], {}),
    "region_cap_share": ("region_cap_share", [None, 0.4], {}),
    "change_band": ("change_band[1]", [0.01, 0.3], BAND),
    "change_band_base": ("change_band_base", ["scaled", "yuan"], {"change_band": [-0.2, 0.01]}),
    "locks": ("locks[0].yuan", [20_000, 25_000], {"locks": [LOCK]}),
    "limits": ("limits[0].floor_yuan", [40_000, 45_000], {"limits": [LIMIT]}),
}


@pytest.fixture(scope="module")
def inputs():
    last = pd.DataFrame(
        {"region_id": ["r0", "r1", "r2"], "group_id": "", "yuan": [37e3, 33e3, 31e3]}
    )
    made = tables(HEADS, last_year=last)
    regions = made.regions.assign(gdp_100m_yuan=[100.0, 300.0, 50.0], residents=[10.0, 20.0, 30.0])
    return replace(made, regions=regions)


def swept(field, values, base, method="grid"):
    raw = {"method": method, "fields": {field: values}}
    return read_sweep(raw, "trial", scenario(**base))


def test_every_field_amounts_depend_on_is_tried():
    assert set(MOVED) == set(FIELDS) - set(IDLE)


@pytest.mark.parametrize("name", MOVED)
def test_a_moved_field_changes_the_scenario_there_and_nowhere_else(name):
    field, values, base = MOVED[name]
    sweep = swept(field, values, base)
    (keys,) = fields_of(sweep.axes)
    for point in sweep.points():
        changed = sweep.at(point)
        assert [value_at(changed.values, keys)] in ([point[field]], [{"yuan": 20_000}])
        same = [f for f in FIELDS if changed.values[f] == sweep.scenario.values[f]]
        assert set(FIELDS) - set(same) <= {name}
    assert len({str(sweep.at(point).values[name]) for point in sweep.points()}) == len(values)


@pytest.mark.parametrize("name", MOVED)
def test_a_moved_field_changes_the_plan(name, inputs):
    field, values, base = MOVED[name]
    sweep = swept(field, values, base)
    assert check_sweep(sweep, inputs) == ()
    plans = [sw.allocate(inputs, sweep.at(point)).table.to_numpy() for point in sweep.points()]
    assert all((plans[0] != plan).any() for plan in plans[1:])


@pytest.mark.parametrize(
    ("field", "values", "base"),
    [
        ("factor_weight.a.fiscal_weakness", [0, 0.4], {"rule": "talmud"}),
        ("change_band_base", ["scaled", "yuan"], {}),
        ("budget_yuan", [100_000], {}),
        (
            "factor_weight.default.fiscal_weakness",
            [0, 0.1],
            {"factor_weight": {"a": {"claim": 1}, "b": {"claim": 1}}},
        ),
    ],
)
def test_a_field_that_changes_nothing_is_told(field, values, base, inputs):
    (finding,) = check_sweep(swept(field, values, base), inputs)
    assert (finding.code, finding.severity) == ("sweep_moves_nothing", "warning")
    assert finding.facts["value"] == field


def test_a_field_that_changes_only_what_is_refused_is_not_called_idle(inputs):
    assert check_sweep(swept("reserve", [0.1, {"yuan": 10**9}], {}), inputs) == ()


def test_ids_the_tables_do_not_have_are_refused_with_the_nearest(inputs):
    raw = {"method": "grid", "fields": {"standard.aa": [100, 200]}}
    (finding,) = check_sweep(read_sweep(raw, "trial", scenario()), inputs)
    assert (finding.code, finding.severity) == ("unknown_group", "error")
    assert finding.place.field == "fields.standard.aa"


def test_fields_that_move_together_are_both_moved(inputs):
    sweep = swept("standard.a + standard.b", [700], {})
    assert dict(sweep.at(next(sweep.points())).values["standard"]) == {"a": 700, "b": 700}


def test_a_point_is_the_scenario_a_planner_would_write(inputs):
    raw = {"method": "grid", "fields": {"budget_yuan": [90_000], "reserve": [0.1]}}
    sweep = read_sweep(raw, "trial", scenario())
    by_hand = scenario(budget_yuan=90_000, reserve=0.1)
    amounts = [sw.allocate(inputs, s).exact for s in (by_hand, sweep.at(next(sweep.points())))]
    np.testing.assert_array_equal(*amounts)
