"""A unit's money split again by the same model: exact in every group, whatever the unit states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from samples import scenario, tables
from sendwarmth.model.allocation import allocate
from sendwarmth.model.findings import InputError
from sendwarmth.model.levels import (
    Totals,
    assert_sums,
    given_to,
    heads_apart,
    repeated_ids,
    scenario_of,
    split,
)

CITIES = [[120, 40], [60, 90], [20, 30]]
COUNTIES = [[70, 10], [30, 20], [20, 10]]


def province(**values):
    return allocate(tables(CITIES), scenario(**{"budget_yuan": 360_000, **values}))


def city(given, heads=COUNTIES, own=None, names=None, **extras):
    """Return the plan of a city over its counties."""
    names = names or [f"c{i}" for i in range(len(heads))]
    inputs = tables(heads, regions=names, **extras)
    return split(inputs, scenario_of(given, inputs, own), given)


def codes(call):
    with pytest.raises(InputError) as caught:
        call()
    return [finding.code for finding in caught.value.findings]


def test_a_unit_splits_exactly_what_it_was_given_in_every_group():
    above = province(priority={"a": 1, "b": 1.3})
    given = given_to(above, "r0")
    plan = city(given)
    assert plan.table.sum().to_dict() == above.table.loc["r0"].to_dict() == dict(given.yuan)
    assert plan.reserve == 0


def test_a_limit_of_the_unit_moves_money_between_its_counties_never_between_groups():
    given = given_to(province(), "r0")
    free, held = city(given), city(given, own={"values": {"region_floor_yuan": 40_000}})
    assert free.table.loc["c2"].sum() < 40_000 <= held.table.loc["c2"].sum()
    assert (held.table.sum() == free.table.sum()).all()


def test_a_city_with_one_county_gives_it_all_it_was_given():
    given = given_to(province(), "r1")
    plan = city(given, heads=[[60, 90]])
    assert plan.table.loc["c0"].to_dict() == dict(given.yuan)


def test_the_order_of_counties_does_not_matter():
    given = given_to(province(), "r0")
    names = ["north", "east", "south"]
    plan = city(given, names=names)
    turned = city(given, heads=COUNTIES[::-1], names=names[::-1])
    pd.testing.assert_frame_equal(turned.table.loc[names], plan.table)


@settings(max_examples=40, deadline=None)
@drawn(
    st.lists(st.lists(st.integers(1, 400), min_size=2, max_size=2), min_size=1, max_size=7),
    st.integers(0, 2**32),
)
def test_sums_are_exact_through_three_levels_whatever_the_heads(counties, seed):
    rng = np.random.default_rng(seed)
    inputs = tables([np.sum(counties, axis=0).tolist(), [50, 60]])
    claims = int(inputs.heads.to_numpy().sum()) * 1000
    top = allocate(inputs, scenario(budget_yuan=claims, reserve=0.07))
    given = given_to(top, "r0")
    middle = city(given, heads=counties)
    for name, heads in zip(middle.table.index, counties, strict=True):
        below = given_to(middle, name, given)
        parts = [rng.multinomial(n, [0.5, 0.3, 0.2]) for n in heads]
        lowest = city(below, heads=np.transpose(parts) + 1, names=["x", "y", "z"])
        assert lowest.table.sum().to_dict() == middle.table.loc[name].to_dict()


def test_sums_that_do_not_agree_are_an_error_before_anything_is_written():
    given = given_to(province(), "r0")
    plan = city(given)
    with pytest.raises(AssertionError, match="r0 splits"):
        assert_sums(plan, replace(given, yuan={**given.yuan, "a": given.yuan["a"] + 100}))


def test_standards_and_minima_come_from_the_level_above_unless_stated():
    given = given_to(province(standard={"a": 900}, per_head_min={"a": 300}), "r0")
    values = city(given, own={"values": {"per_head_min": {"a": 200}}}).scenario.values
    assert values["standard"] == {"a": 900}
    assert values["per_head_min"] == {"a": 200}


def test_what_is_about_the_units_above_is_not_handed_down():
    lock = {"region": "r0", "group": "a", "yuan": 90_000}
    limit = {"name": "some", "regions": ["r0"], "cap_yuan": 10**6}
    above = province(locks=[lock], limits=[limit], region_floor_yuan=30_000)
    values = city(given_to(above, "r0")).scenario.values
    assert (values["locks"], values["limits"], values["region_floor_yuan"]) == ((), (), 0)


def test_the_path_grows_with_every_level():
    first = given_to(province(), "r0")
    second = given_to(city(first), "c1", first)
    assert second.path == ("r0", "c1")
    assert second.label == "trial/r0/c1"


@pytest.mark.parametrize(
    "own",
    [
        {"values": {"budget_yuan": 5}},
        {"values": {"reserve": 0.1}},
        {"values": {"group_share": {"a": 0.5, "b": 0.5}}},
        {"values": {"envelopes_yuan": {"a": 1, "b": 1}}},
        {"extends": "baseline"},
        {"data": "elsewhere"},
    ],
)
def test_a_unit_cannot_say_where_its_money_comes_from(own):
    given = given_to(province(), "r0")
    assert codes(lambda: city(given, own=own)) == ["set_by_level_above"]


def test_a_rounding_unit_that_does_not_fit_what_was_given_names_one_that_does():
    given = given_to(province(), "r0")
    with pytest.raises(InputError) as caught:
        city(given, own={"values": {"unit_yuan": 7_000}})
    [finding, *_] = caught.value.findings
    assert finding.code == "envelope_off_grid"
    assert given.yuan["a"] % finding.facts["works"] == 0 == 7_000 % finding.facts["works"]


def test_money_for_a_group_in_which_a_unit_has_nobody_is_refused():
    given = given_to(province(), "r0")
    assert "envelope_without_heads" in codes(lambda: city(given, heads=[[70, 0], [50, 0]]))


def test_a_unit_has_the_groups_of_the_level_above_and_no_others():
    given = given_to(province(), "r0")
    inputs = tables([[1, 1, 1]], groups=("a", "c", "d"))
    found = codes(lambda: split(inputs, scenario_of(given, tables(COUNTIES)), given))
    assert found == ["given_group_missing", "group_not_given", "group_not_given"]


def test_balances_counties_still_hold_are_part_of_what_was_given():
    given = given_to(province(), "r0")
    unspent = pd.DataFrame({"region_id": ["c2"], "group_id": ["a"], "yuan": [30_000]})
    plan = city(given, unspent=unspent)
    assert plan.table.sum().to_dict() == dict(given.yuan)
    assert plan.table.at["c2", "a"] >= 30_000
    assert plan.problem.carried_yuan == 30_000


def test_balances_above_what_was_given_are_refused():
    given = given_to(province(), "r0")
    unspent = pd.DataFrame({"region_id": ["c2"], "group_id": ["a"], "yuan": [10**7]})
    assert codes(lambda: city(given, unspent=unspent)) == ["unspent_above_given"]


def test_heads_counted_otherwise_than_above_are_a_warning_for_that_group():
    given = given_to(province(), "r0")
    assert heads_apart(tables(COUNTIES), given) == ()
    [finding] = heads_apart(tables([*COUNTIES[:2], [25, 10]]), given)
    assert (finding.severity, finding.facts["group"]) == ("warning", "a")
    assert (finding.facts["value"], finding.facts["allowed"]) == (125, 120)


TABLES = [((), ["n", "s"]), (("n",), ["a", "b"]), (("s",), ["c", "d"]), (("n", "a"), ["e"])]


def test_ids_that_stand_once_are_fine():
    assert repeated_ids(TABLES) == {}


@pytest.mark.parametrize("turn", range(4))
def test_the_table_nearest_the_top_keeps_an_id_whatever_the_order(turn):
    tables = [*TABLES[:3], (("n", "a"), ["s", "e"])]
    assert list(repeated_ids(tables[turn:] + tables[:turn])) == [("n", "a")]


@pytest.mark.parametrize("turn", range(4))
def test_tables_of_one_level_that_share_an_id_are_both_refused(turn):
    tables = [TABLES[0], (("n",), ["a", "b"]), (("s",), ["b", "d"]), TABLES[3]]
    found = repeated_ids(tables[turn:] + tables[:turn])
    assert set(found) == {("n",), ("s",)}
    assert found["n",][0].facts == {"value": "b", "allowed": "s"}


def test_levels_that_lose_a_yuan_are_an_error():
    totals = Totals()
    for level, kind, yuan in ((1, "given", 7), (1, "split", 5), (1, "failed", 2)):
        totals.add(kind, level, {"a": yuan})
    totals.assert_agree()
    totals.add("given", 1, {"a": 1})
    with pytest.raises(AssertionError, match="level 1"):
        totals.assert_agree()


def test_envelopes_in_yuan_must_add_to_what_is_shared():
    inputs = tables(CITIES)
    stated = scenario(envelopes_yuan={"a": 60_000, "b": 30_000})
    assert codes(lambda: allocate(inputs, stated)) == ["envelopes_off_total"]
    exact = allocate(inputs, scenario(envelopes_yuan={"a": 60_000, "b": 40_000}))
    assert exact.table.sum().to_dict() == {"a": 60_000, "b": 40_000}


def test_envelopes_in_yuan_name_every_group_and_stand_alone():
    inputs = tables(CITIES)
    partly = scenario(envelopes_yuan={"a": 100_000})
    assert codes(lambda: allocate(inputs, partly)) == ["group_without_envelope"]
    shares = {"a": 0.6, "b": 0.4}
    both = scenario(envelopes_yuan={"a": 60_000, "b": 40_000}, group_share=shares)
    assert codes(lambda: allocate(inputs, both)) == ["share_and_envelope"]
