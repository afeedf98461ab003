"""Monte Carlo: closed forms where there are any, and the same answer however it is cut."""

from dataclasses import replace

import numpy as np
import pytest
import sendwarmth as sw
from numpy.testing import assert_allclose, assert_array_equal
from samples import scenario, tables
from scipy import stats
from sendwarmth.model.robust import chances
from sendwarmth.model.robust.chances import hold, monte_carlo
from sendwarmth.model.robust.draws import draw
from sendwarmth.model.robust.standard_errors import QUANTILES

TABLES = tables([[100, 40], [200, 0], [50, 30]])
UNCERTAIN = {"heads": {"cv": 0.2, "correlation": 0.3}}


def seeded(seed=11):
    return np.random.default_rng(seed)


def row(frame, region, group):
    return frame[(frame["region_id"] == region) & (frame["group_id"] == group)].iloc[0]


@pytest.fixture(scope="module")
def small():
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 150}, region_floor_yuan=10_000)
    return monte_carlo(TABLES, base, 400, seeded())


def test_each_draw_is_the_plan_of_tables_with_those_heads():
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 150}, region_floor_yuan=10_000)
    drawn = draw(TABLES, base, 5, seeded())
    told = monte_carlo(TABLES, base, 5, seeded())
    for heads, amounts in zip(drawn.heads, told.amounts, strict=True):
        assert_allclose(amounts, sw.allocate(tables(heads), base).exact, atol=0.01)


def test_each_draw_of_a_factor_is_the_plan_of_tables_with_those_data():
    regions = TABLES.regions.assign(
        gdp_100m_yuan=[100.0, 300.0, 50.0], residents=[10.0, 20.0, 30.0]
    )
    inputs = replace(TABLES, regions=regions)
    tilted = {"default": {"claim": 0.5, "fiscal_weakness": 0.5}}
    base = scenario(uncertainty={"fiscal_weakness": {"cv": 0.3}}, factor_weight=tilted)
    factors = draw(inputs, base, 4, seeded()).factors["fiscal_weakness"]
    told = monte_carlo(inputs, base, 4, seeded())
    for multiples, amounts in zip(factors, told.amounts, strict=True):
        # GDP a head is divided where its reciprocal is multiplied; the mean of all cancels.
        poorer = replace(TABLES, regions=regions.assign(residents=regions["residents"] * multiples))
        assert_allclose(amounts, sw.allocate(poorer, base).exact, atol=0.01)


def test_with_nothing_uncertain_every_draw_is_the_plan():
    told = monte_carlo(TABLES, scenario(), 3, seeded())
    plan = sw.allocate(TABLES, scenario()).exact.to_numpy()
    assert_allclose(told.amounts, np.broadcast_to(plan, told.amounts.shape), atol=0.01)
    assert not told.bands()["sd"].to_numpy().max() > 0.01


def test_the_result_does_not_depend_on_how_many_are_solved_at_once(small, monkeypatch):
    monkeypatch.setattr(chances.chunks, "__defaults__", (7,))
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 150}, region_floor_yuan=10_000)
    again = monte_carlo(TABLES, base, 400, seeded())
    assert_allclose(again.amounts, small.amounts, atol=1e-4)
    assert_array_equal(again.status, small.status)


def test_every_figure_has_its_seed_its_draws_and_its_standard_error(small):
    for frame in (small.bands(), small.coverage(), small.outcomes()):
        assert set(frame["seed"]) == {11}
        assert set(frame["draws"]) == {400}
        for name in {"mean", "p05", "p50", "p95", "reached", "paid", "share"} & set(frame):
            assert f"{name}_se" in frame
    assert (small.outcomes()["share_se"] > 0).all()


def test_sums_add_up_and_the_whole_fund_never_varies(small):
    bands = small.bands()
    cells = bands[(bands["region_id"] != "all") & (bands["group_id"] != "all")]
    assert cells["mean"].sum() == pytest.approx(100_000)
    whole = row(bands, "all", "all")
    assert whole["mean"] == pytest.approx(100_000)
    assert whole["sd"] < 1e-6


def test_a_band_of_one_uncertain_cell_is_that_of_its_distribution():
    # Two equal claims, one of them uncertain: its share is m / (1 + m), m lognormal.
    inputs = tables([[10_000_000], [10_000_000]], regions=["x", "y"])
    base = scenario(uncertainty={"heads": {"cv": 0.3}}, standard={"a": 1}, budget_yuan=10**9)
    told = monte_carlo(inputs, base, 4_000, seeded()).bands()
    spread = np.sqrt(2 * np.log(1 + 0.3**2))
    for name, p in QUANTILES.items():
        share = 1 / (1 + np.exp(-spread * stats.norm.ppf(p)))
        found = row(told, "x", "a")
        assert abs(found[name] - share * 10**9) < 4 * found[f"{name}_se"]
        assert 0 < found[f"{name}_se"] < 0.01 * 10**9


def test_the_chance_that_a_held_plan_reaches_everyone_is_that_of_the_counts():
    # One cell with money for 110 of 100 heads: everyone is reached while the count is below 111.
    inputs = tables([[100]])
    base = scenario(
        uncertainty={"heads": {"low": 0.8, "high": 1.2}},
        per_head_min={"a": 100},
        budget_yuan=11_000,
    )
    told = hold(sw.allocate(inputs, base), 4_000, seeded()).coverage()
    found = row(told, "r0", "a")
    expected = (110.5 - 80) / 40
    assert abs(found["reached"] - expected) < 4 * found["reached_se"]
    assert found["reached_se"] == pytest.approx(np.sqrt(expected * (1 - expected) / 4_000), rel=0.1)
    assert found["paid"] == 0


def test_the_plan_is_held_to_the_yuan_and_met_by_the_same_draws():
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 150})
    plan = sw.allocate(TABLES, base)
    told = hold(plan, 50, seeded())
    assert (told.amounts == plan.table.to_numpy()).all()
    assert_array_equal(told.heads, draw(TABLES, base, 50, seeded()).heads)
    assert told.held


def test_all_regions_at_once_are_reached_less_often_than_any_one():
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 240}, budget_yuan=100_000)
    told = hold(sw.allocate(TABLES, base), 500, seeded()).coverage()
    group = told[told["group_id"] == "a"].set_index("region_id")["reached"]
    assert group["all"] <= group.drop("all").min()
    assert 0 < group["all"] < 1


def test_a_cell_without_heads_has_no_coverage_and_a_group_without_a_least_amount_no_reach(small):
    told = small.coverage()
    assert not ((told["region_id"] == "r1") & (told["group_id"] == "b")).any()
    assert told.loc[told["group_id"] == "b", "reached"].isna().all()
    assert told.loc[told["group_id"] == "b", "paid"].notna().all()


def test_draws_that_clash_are_counted_and_named():
    # 280 yuan a head for 350 expected heads is 98,000 of 100,000: too little in many draws.
    base = scenario(uncertainty={"heads": {"cv": 0.1}}, per_head_min={"a": 280})
    told = monte_carlo(TABLES, base, 300, seeded())
    outcomes = told.outcomes().set_index("status")
    assert outcomes["count"].sum() == 300
    assert 20 < outcomes.loc["clash", "count"] < 200
    assert "per_head_min" in outcomes.loc["clash", "clash"]
    done = int(outcomes.loc["done", "count"])
    assert set(told.bands()["draws"]) == {done}
    assert row(told.coverage(), "all", "a")["reached"] == pytest.approx(done / 300)


def test_a_scenario_without_any_plan_still_gives_frames():
    base = scenario(uncertainty=UNCERTAIN, per_head_min={"a": 900})
    told = monte_carlo(TABLES, base, 10, seeded())
    assert told.outcomes()["status"].tolist() == ["clash"]
    assert told.bands()["mean"].isna().all()
    assert (told.coverage()["paid"] == 0).all()
