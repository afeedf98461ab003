"""What a plan comes to, against closed forms on tables small enough to do by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.figures import measure


@pytest.fixture(scope="module")
def figures() -> pd.Series:
    """Two units of 10 and 30 heads in one group share 100,000 yuan by heads; nothing is kept."""
    inputs = tables([[10, 0], [30, 0]])
    lock = {"region": "r0", "group": "a", "yuan": 40_000}
    values = {"standard": {"a": 2_500, "b": 1_000}, "per_head_min": {"a": 3_000}, "locks": [lock]}
    plan = sw.allocate(inputs, scenario(**(values | {"per_head_min": {"a": 1_500}})))
    return measure(plan).set_index(["measure", "scope"])["value"]


def test_money_coverage_is_money_over_claims(figures):
    assert figures["coverage_money", "all"] == 1
    assert figures["coverage_money", "r0"] == 40_000 / 25_000
    assert figures["coverage_money", "r1/a"] == 60_000 / 75_000


def test_people_covered_never_exceed_the_heads(figures):
    assert figures["people_covered", "r0"] == 10
    assert figures["people_covered", "r1"] == 30
    assert figures["coverage_people", "all"] == 1


def test_the_standard_set_stands_beside_the_standard_as_it_comes_out(figures):
    assert figures["standard_set", "a"] == 2_500
    assert figures["standard_out", "a"] == 2_500
    assert figures["standard_out", "r0/a"] == 4_000


def test_equality_is_weighted_by_heads(figures):
    # Incomes 4,000 (10 heads) and 2,000 (30 heads), mean 2,500: population share - income share.
    assert figures["gini", "all"] == pytest.approx(0.75 - 0.6)
    assert figures["hoover", "all"] == pytest.approx(0.75 - 0.6)
    theil = 0.4 * math.log(1.6) + 0.6 * math.log(0.8)
    assert figures["theil", "all"] == pytest.approx(theil)
    assert figures["max_min", "all"] == 2
    assert figures["theil_between", "all"] + figures["theil_within", "all"] == pytest.approx(theil)


def test_a_ratio_over_nobody_is_left_out(figures):
    assert ("coverage_money", "b") not in figures.index
    assert ("standard_out", "r0/b") not in figures.index
    assert ("gini", "b") not in figures.index


def test_distance_is_the_money_that_limits_moved(figures):
    assert figures["moved_from_target", "all"] == 15_000
    assert figures["share_moved_from_target", "all"] == 0.15


def test_the_share_on_assumptions_falls_as_figures_are_replaced():
    inputs = tables([[10, 0], [30, 0]])
    status = inputs.eligible["status"].where(inputs.eligible["region_id"] != "r1", "official")
    known = sw.Inputs(**(inputs.__dict__ | {"eligible": inputs.eligible.assign(status=status)}))
    shares = measure(sw.allocate(known, scenario())).set_index(["measure", "scope"])["value"]
    assert shares["share_assumed", "all"] == 0.25
    assert shares["share_official", "all"] == 0.75
    assert shares["money_assumed", "all"] == 25_000


def test_change_on_last_year_is_told_where_last_year_is_known():
    last = pd.DataFrame({"region_id": ["r0"], "group_id": ["a"], "yuan": [20_000]})
    plan = sw.allocate(tables([[10, 0], [30, 0]], last_year=last), scenario())
    change = measure(plan).set_index(["measure", "scope"])["value"]
    assert change["change_yuan", "r0"] == 5_000
    assert change["change_share", "r0"] == 0.25
    assert ("change_yuan", "r1") not in change.index


def test_every_measure_of_the_baseline_is_a_finite_number(baseline):
    frame = measure(baseline)
    assert list(frame.columns) == ["measure", "scope", "value", "unit"]
    assert frame["value"].map(math.isfinite).all()
    assert not frame.duplicated(["measure", "scope"]).any()
