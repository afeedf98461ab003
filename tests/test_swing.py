"""What other weights of income tiers would do to the largest share of claims."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.swing import swing_of
from sendwarmth.view import ledger
from sendwarmth.view.masking import hidden
from sendwarmth.view.names import Names
from sendwarmth.view.words import words

RESIDENTS, TIERS = [1_000, 500, 2_000] * 2, ["high", "middle", "low"] * 2


BY_TIER = [[40, 10], [25, 30], [125, 5], [40, 20], [25, 5], [125, 20]]
ALIKE = [[50, 10], [25, 30], [100, 5], [50, 20], [25, 5], [100, 20]]


def spread(heads, **regions) -> sw.Inputs:
    inputs = tables(heads)
    columns = {"residents": RESIDENTS, "urban_share": 0.5, "income_tier": TIERS, **regions}
    return replace(inputs, regions=inputs.regions.assign(**columns))


def test_the_shipped_weights_move_the_largest_share_as_far_as_the_spread_says(baseline):
    swing = swing_of(baseline.inputs, baseline.scenario)
    # Heads spread anew by urban residents with weights 1, 1, 1 and 0.7, 1, 1.4.
    assert (round(swing.alike, 3), round(swing.wide, 3)) == (0.336, 0.285)
    assert swing.wide < swing.now < swing.alike
    claims = baseline.claims.sum(axis=1)
    assert swing.region == claims.idxmax()
    assert swing.now == pytest.approx(claims.max() / claims.sum())


def test_shares_come_from_residents_times_weights():
    # 40, 25 and 125 heads: weights 0.8, 1 and 1.25 of 100 a thousand.
    swing = swing_of(spread(BY_TIER), scenario())
    assert (swing.region, swing.groups) == ("r5", ("a",))
    assert swing.now == pytest.approx(145 / 470)
    assert swing.alike == pytest.approx((380 * 2_000 / (2 * 3_500) + 20) / 470)
    assert swing.wide == pytest.approx((380 * 2_800 / (2 * 4_000) + 20) / 470)


def test_heads_that_were_counted_or_that_follow_no_tier_have_no_swing():
    counted = spread(BY_TIER)
    counted = replace(counted, eligible=counted.eligible.assign(status="official"))
    assert swing_of(counted, scenario()) is None
    assert swing_of(spread(ALIKE), scenario()) is None
    assert swing_of(tables(BY_TIER), scenario()) is None
    mixed = spread(BY_TIER, income_tier=["high", "low", "low", "low", "high", "high"])
    assert swing_of(mixed, scenario()) is None


def test_units_of_no_known_income_tier_have_no_swing():
    assert swing_of(spread(BY_TIER, income_tier=""), scenario()) is None


@pytest.mark.parametrize(("language", "alike"), [("zh", "33.6%"), ("en", "33.6%")])
def test_the_report_says_so_among_what_is_to_be_confirmed(baseline, language, alike):
    names = Names.of(baseline.inputs, words(language))
    items = ledger.open_items(baseline, names, hidden(baseline.heads))
    told = [item for item in items if alike in item.replace(" ", "")]
    assert len(told) == 1
    assert "28.5" in told[0]
    assert names.groups["hardship"] in told[0]
