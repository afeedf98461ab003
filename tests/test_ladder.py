"""The plan as a function of the fund: knots by hand, falls with their reason, stretches without."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.allocation import solve
from sendwarmth.model.experiments import ladder
from sendwarmth.model.problem import build


def knots(found) -> list[tuple[int, str, str]]:
    return [tuple(row) for row in found.knots.itertuples(index=False)]


def test_a_base_amount_stops_to_bind_where_the_share_of_the_claims_reaches_it():
    # One head of 184: 500,000 = 92,000,000 / 184 to share, a fund of 96,842,105.26 less 5 %; the
    # first whole thousand that leaves 92,000,000 is 96,843,000.
    inputs = tables([[1], [183]])
    asked = scenario(unit_yuan=1_000, reserve=0.05, region_floor_yuan=500_000)
    found = ladder(inputs, asked, 90_000_000, 100_000_000)
    assert knots(found) == [(96_843_000, "region_floor_yuan/r0", "stops")]
    (stretch,) = found.bound.itertuples(index=False)
    assert tuple(stretch) == ("region_floor_yuan/r0", 90_000_000, 96_842_000)
    assert found.amounts.loc[96_843_000, "r0"] == pytest.approx(500_000, abs=1e-3)


def test_a_most_amount_a_head_starts_to_bind_where_the_level_reaches_it():
    # A standard of 1,000 and a cap of 1,390: a level of 1.39 on claims of 8,000 is 11,120.
    asked = scenario(per_head_max={"a": 1_390}, unit_yuan=10)
    assert knots(ladder(tables([[1, 1], [3, 3]]), asked, 9_000, 12_000)) == [
        (11_120, "per_head_max/r0/a", "starts"),
        (11_120, "per_head_max/r1/a", "starts"),
    ]


def test_a_bloc_floor_stops_to_bind_where_its_share_reaches_it_and_all_else_is_in_proportion():
    north = {"name": "north", "regions": ["r0", "r1"], "groups": "all", "floor_yuan": 30_000}
    inputs = tables([[10], [20], [70]])
    found = ladder(inputs, scenario(limits=[north]), 60_000, 140_000)
    assert knots(found) == [(100_000, "limits/north", "stops")]
    low, high = found.amounts.loc[60_000], found.amounts.loc[140_000]
    np.testing.assert_allclose(low, [10_000, 20_000, 30_000])
    np.testing.assert_allclose(high, [14_000, 28_000, 98_000])


def test_between_knots_of_separate_limits_amounts_are_straight_lines():
    inputs = tables([[10, 5], [20, 30], [70, 60]])
    asked = scenario(region_floor_yuan=12_000, per_head_max={"b": 900})
    found = ladder(inputs, asked, 60_000, 180_000)
    ends = [60_000, *found.knots["fund_yuan"].unique().tolist(), 180_000]
    assert len(ends) > 3
    for low, high in pairwise(ends):
        part = found.amounts.loc[low : high - 100]
        first, last = part.iloc[0], part.iloc[-1]
        for fund, row in part.iterrows():
            share = (fund - part.index[0]) / max(part.index[-1] - part.index[0], 1)
            np.testing.assert_allclose(row, first + share * (last - first), atol=1e-3)


def test_every_rung_is_the_plan_of_that_fund(inputs, baseline):
    found = ladder(inputs, baseline.scenario, 72_000_000, 74_000_000)
    assert knots(found)[0][2] == "stops"
    for fund in found.amounts.index[::97]:
        alone = solve(build(inputs, baseline.scenario.with_values(budget_yuan=int(fund))))
        np.testing.assert_allclose(found.amounts.loc[fund], alone.amounts.sum(axis=1), rtol=1e-8)


# Groups keep their shares, and two units keep one cap: as the fund grows the cap holds down the
# group that weighs most in it less and less, since the shares of the groups must grow elsewhere.
NORTH = {"name": "north", "regions": ["r0", "r1"], "groups": "all", "cap_yuan": 40_000}
MIXED = tables([[90, 10], [10, 90], [30, 100]])


def test_a_unit_that_gets_less_as_the_fund_grows_is_marked_with_the_limit_that_makes_it_so():
    asked = scenario(limits=[NORTH], group_share={"a": 0.7, "b": 0.3}, unit_yuan=1)
    found = ladder(MIXED, asked, 60_000, 140_000)
    regions = found.falls[found.falls["group"] == ""].set_index("region")
    (loser,) = regions.index
    low, high = (int(regions.loc[loser, end]) for end in ("low_yuan", "high_yuan"))
    before, after = (sw.allocate(MIXED, asked.with_values(budget_yuan=y)) for y in (low, high))
    fallen = before.table.loc[loser].sum() - after.table.loc[loser].sum()
    assert fallen > 100
    assert fallen == pytest.approx(regions.loc[loser, "yuan"], abs=3)
    assert regions.loc[loser, "why"] == "group_share + limits/north"
    assert (found.amounts.drop(columns=loser).diff().iloc[1:] > -0.5).all().all()


def test_a_limit_that_binds_beside_a_fall_is_not_its_reason():
    inputs = tables([[90, 10], [10, 90], [30, 100], [1, 1]])
    asked = scenario(
        limits=[NORTH], group_share={"a": 0.7, "b": 0.3}, unit_yuan=1, region_floor_yuan=5_000
    )
    found = ladder(inputs, asked, 60_000, 140_000)
    assert "region_floor_yuan/r3" in set(found.bound["limit"])
    falls = found.falls[found.falls["group"] == ""]
    assert set(falls["why"]) == {"group_share + limits/north"}


def test_without_the_limit_nobody_gets_less():
    asked = scenario(group_share={"a": 0.7, "b": 0.3}, unit_yuan=1)
    assert ladder(MIXED, asked, 60_000, 140_000).falls.empty


def test_rounding_that_takes_from_somebody_as_the_fund_grows_is_told_apart():
    # The Alabama paradox: 6, 6 and 2 heads share 10 units as 4, 4, 2 and 11 units as 5, 5, 1.
    found = ladder(tables([[6], [6], [2]]), scenario(), 1_000, 1_100)
    assert found.falls.empty
    assert found.rounded_falls.to_dict("records") == [
        {"region": "r2", "times": 1, "of": 1, "yuan": 100}
    ]


def test_funds_without_a_plan_are_a_stretch_with_what_clashes():
    inputs = tables([[30, 30]])
    found = ladder(inputs, scenario(per_head_min={"a": 1_000, "b": 1_000}), 50_000, 70_000)
    assert found.clashes.to_dict("records") == [
        {
            "low_yuan": 50_000,
            "high_yuan": 59_900,
            "clash": "budget_yuan + per_head_min/a + per_head_min/b",
        }
    ]
    assert found.amounts.loc[:59_900].isna().all(axis=None)
    assert found.amounts.loc[60_000:].notna().all(axis=None)


@pytest.mark.parametrize("ends", [(2_000, 1_000), (-1_000, 1_000), (150, 190), (0, 10**13)])
def test_a_range_that_holds_no_ladder_is_refused(ends):
    with pytest.raises(sw.InputError) as caught:
        ladder(tables([[1]]), scenario(), *ends)
    assert caught.value.findings[0].code == "bad_ladder"
