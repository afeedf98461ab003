"""What each input does to a figure: closed forms, symmetry, ends without a plan."""

from __future__ import annotations

import numpy as np
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.experiments import tornado
from sendwarmth.model.robust.dials import dials

INPUTS = tables([[100, 200], [300, 400]])
PLAIN = scenario(rule="proportional", uncertainty={"heads": {"cv": 0.1}})


def test_heads_of_a_unit_move_its_money_as_its_share_of_all_heads():
    frame = tornado(INPUTS, PLAIN, "money/r0").set_index("lever")
    row = frame.loc["heads/r0"]
    np.testing.assert_allclose(row["base"], 100_000 * 300 / 1000)
    np.testing.assert_allclose(row["at_low"], 100_000 * 270 / 970)
    np.testing.assert_allclose(row["at_high"], 100_000 * 330 / 1030)
    assert (row["low"], row["high"], row["stated"]) == (0.9, 1.1, "uncertainty")


def test_the_fund_moves_money_as_much_up_as_down_where_nothing_binds():
    asked = PLAIN.with_values(budget_yuan=80_000_000)
    row = tornado(INPUTS, asked, "money/r1").set_index("lever").loc["budget_yuan"]
    np.testing.assert_allclose(row["base"] - row["at_low"], row["at_high"] - row["base"])
    np.testing.assert_allclose(row["swing"], 0.7 * 8_000_000)


def test_what_one_unit_gains_by_its_heads_the_other_pays():
    both = tornado(INPUTS, PLAIN, ["money/r0", "money/r1"]).set_index(["figure", "lever"])
    for end in ("at_low", "at_high"):
        sums = both[end].loc["money/r0"] + both[end].loc["money/r1"]
        heads = sums.loc[["heads/r0", "heads/r1", "heads/a", "heads/b"]]
        np.testing.assert_allclose(heads, 100_000)


def test_the_widest_swing_comes_first():
    swing = tornado(INPUTS, PLAIN, "money/r0")["swing"]
    assert swing.is_monotonic_decreasing
    assert swing.iloc[0] > 0


def test_an_input_without_a_plan_at_either_end_comes_first():
    asked = PLAIN.with_values(per_head_min={"a": 350})
    frame = tornado(INPUTS, asked, "gini")
    row = frame.set_index("lever").loc["per_head_min.a"]
    assert (row["low"], row["state_low"], row["state_high"]) == (300, "clash", "clash")
    assert np.isnan(frame["swing"].iloc[0])


def test_ranges_with_a_clash_at_one_end_keep_the_other():
    asked = PLAIN.with_values(per_head_min={"a": 230})
    row = tornado(INPUTS, asked, "gini").set_index("lever").loc["per_head_min.a"]
    assert (row["state_low"], row["state_high"]) == ("done", "clash")
    assert row["clash_high"] == "budget_yuan + per_head_min/a"
    assert np.isfinite(row["at_low"])
    assert np.isnan(row["at_high"])


def test_each_end_is_the_plan_that_allocate_makes_there(inputs, baseline):
    region = inputs.region_ids[3]
    some = [d for d in dials(inputs, baseline.scenario) if d.path in ("reserve", f"heads/{region}")]
    frame = tornado(inputs, baseline.scenario, f"money/{region}", some).set_index("lever")
    for dial in some:
        plan = sw.allocate(*dial.at(inputs, baseline.scenario, dial.high))
        assert abs(plan.table.loc[region].sum() - frame.loc[dial.path, "at_high"]) < 1_000


def test_an_unknown_figure_is_refused():
    with pytest.raises(sw.InputError):
        tornado(INPUTS, PLAIN, "gyni")
