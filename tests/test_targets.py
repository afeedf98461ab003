"""Rules against published tables and their axioms; envelopes and reserve in integers."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sendwarmth.model.targets import (
    MILLION,
    RULES,
    envelopes,
    factor_shares,
    millionths,
    reserve_yuan,
)

every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
CLASSICAL = {name: RULES[name] for name in ("equal_awards", "equal_losses", "talmud")}
classical_rule = pytest.mark.parametrize("rule", CLASSICAL.values(), ids=CLASSICAL)

money = st.one_of(st.just(0.0), st.floats(1e-3, 1e7))
claim_lists = st.lists(money, min_size=1, max_size=10).map(np.array)
weight_lists = st.lists(st.floats(1e-9, 1e9), min_size=10, max_size=10).map(np.array)
part_of_claims = st.floats(0, 1)


def near(expected, scale=1.0):
    return pytest.approx(expected, abs=1e-9 * max(scale, 1.0))


# --- published tables ---------------------------------------------------------------------------

THREE_WIDOWS = [100, 200, 300]


@pytest.mark.parametrize(
    ("estate", "awards"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_three_creditors_of_the_talmud_get_what_ketubot_93a_says(estate, awards):
    assert RULES["talmud"](estate, THREE_WIDOWS) == near(np.array(awards))


def test_the_contested_garment_is_split_one_quarter_to_three_quarters():
    assert RULES["talmud"](1, [0.5, 1]) == near(np.array([0.25, 0.75]))


@pytest.mark.parametrize(
    ("name", "awards"),
    [
        ("proportional", [14.4, 19.2, 28.8, 57.6]),
        ("equal_awards", [30, 30, 30, 30]),
        ("equal_losses", [0, 20 / 3, 80 / 3, 260 / 3]),
        ("talmud", [15, 20, 30, 55]),
    ],
)
def test_the_problem_of_ibn_ezra_comes_out(name, awards):
    # Jacob's four sons claim 30, 40, 60 and 120 of an estate of 120.
    assert RULES[name](120, [30, 40, 60, 120]) == near(np.array(awards))


@pytest.mark.parametrize(
    ("name", "awards"),
    [
        ("proportional", [20 / 21, 40 / 21, 70 / 21, 80 / 21]),
        ("equal_awards", [2, 8 / 3, 8 / 3, 8 / 3]),
        ("equal_losses", [0, 1, 4, 5]),
        ("talmud", [1, 2, 3.5, 3.5]),
    ],
)
def test_ten_among_claims_of_two_four_seven_and_eight_comes_out(name, awards):
    assert RULES[name](10, [2, 4, 7, 8]) == near(np.array(awards))


# --- axioms -------------------------------------------------------------------------------------


def test_the_registry_holds_the_five_rules_of_a_scenario():
    assert list(RULES) == ["factor", "proportional", "equal_awards", "equal_losses", "talmud"]


@every_rule
@given(claims=claim_lists, weights=weight_lists, part=part_of_claims)
def test_awards_add_to_the_total_and_none_is_negative(rule, claims, weights, part):
    assume(claims.sum() > 0)
    total = claims.sum() * part
    for given_weights in (None, weights[: len(claims)]):
        awards = rule(total, claims, given_weights)
        assert awards.sum() == near(total, claims.sum())
        assert (awards >= 0).all()


@classical_rule
@given(claims=claim_lists, weights=weight_lists, part=part_of_claims)
def test_nobody_gets_more_than_the_claim_while_claims_exceed_the_total(rule, claims, weights, part):
    awards = rule(claims.sum() * part, claims, weights[: len(claims)])
    assert (awards <= claims * (1 + 1e-12)).all()


@every_rule
@given(claims=claim_lists, part=st.floats(0, 3))
def test_a_zero_claim_gets_exactly_zero_and_never_nan(rule, claims, part):
    claims = np.append(claims, 0.0)
    awards = rule(claims.sum() * part + 1, claims)
    assert np.isfinite(awards).all()
    assert (awards[claims == 0] == 0).all()


@every_rule
def test_where_nobody_claims_nobody_gets_anything(rule):
    assert rule(5, [0.0, 0.0]).tolist() == [0.0, 0.0]


@every_rule
@given(claims=claim_lists, weights=weight_lists, part=part_of_claims, more=st.floats(1, 2))
def test_a_larger_total_never_lowers_an_award(rule, claims, weights, part, more):
    weights, total = weights[: len(claims)], claims.sum() * part
    before, after = rule(total, claims, weights), rule(total * more, claims, weights)
    assert (after >= before - 1e-9 * max(claims.sum(), 1)).all()


@every_rule
@given(claims=claim_lists, weights=weight_lists, part=st.floats(0, 2), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(rule, claims, weights, part, seed):
    weights, total = weights[: len(claims)], claims.sum() * part
    order = np.random.default_rng(seed).permutation(len(claims))
    shuffled = rule(total, claims[order], weights[order])
    assert shuffled == near(rule(total, claims, weights)[order], claims.sum())


@every_rule
@given(claims=claim_lists, part=st.floats(0, 2))
def test_yuan_or_ten_thousand_yuan_give_the_same_awards(rule, claims, part):
    total = claims.sum() * part
    assert rule(total / 1e4, claims / 1e4) * 1e4 == near(rule(total, claims), claims.sum())


@every_rule
@given(claims=claim_lists, part=st.floats(0, 2), factor=st.floats(1e-3, 1e3))
def test_only_ratios_of_weights_matter(rule, claims, part, factor):
    total, weights = claims.sum() * part, np.arange(1.0, len(claims) + 1)
    scaled = rule(total, claims, weights * factor)
    assert scaled == near(rule(total, claims, weights), claims.sum())


@every_rule
@given(claims=claim_lists, part=st.floats(0, 2))
def test_equal_weights_are_no_weights(rule, claims, part):
    total = claims.sum() * part
    equal = rule(total, claims, np.full(len(claims), 3.0))
    assert equal == near(rule(total, claims), claims.sum())


@given(claims=claim_lists, weights=weight_lists, part=part_of_claims)
def test_equal_awards_and_equal_losses_are_duals(claims, weights, part):
    weights, whole = weights[: len(claims)], claims.sum()
    lost = claims - RULES["equal_awards"](whole - whole * part, claims, weights)
    assert RULES["equal_losses"](whole * part, claims, weights) == near(lost, whole)


@pytest.mark.parametrize("name", ["proportional", "talmud"])
@given(claims=claim_lists, part=part_of_claims)
def test_proportional_and_talmud_are_their_own_duals(name, claims, part):
    whole = claims.sum()
    lost = claims - RULES[name](whole - whole * part, claims)
    assert RULES[name](whole * part, claims) == near(lost, whole)


@given(claims=claim_lists, part=st.floats(0, 3))
def test_the_factor_rule_without_weights_is_proportional(claims, part):
    total = claims.sum() * part
    assert (RULES["factor"](total, claims) == RULES["proportional"](total, claims)).all()


@given(claims=claim_lists, weights=weight_lists, part=st.floats(0, 1, exclude_max=True))
def test_equal_awards_are_one_level_times_the_weight_for_all_who_are_not_full(
    claims, weights, part
):
    assume(claims.sum() > 0)
    weights = weights[: len(claims)]
    awards = RULES["equal_awards"](claims.sum() * part, claims, weights)
    short = awards < claims * (1 - 1e-9)
    if short.any():
        levels = awards[short] / weights[short]
        assert levels == pytest.approx(levels[0], rel=1e-9)
        assert (awards[~short] <= levels[0] * weights[~short] * (1 + 1e-9)).all()


def test_equal_losses_take_more_from_a_larger_weight():
    assert RULES["equal_losses"](70, [50, 50], [1, 2]) == near(np.array([40, 30]))


@classical_rule
def test_beyond_all_claims_each_is_full_and_the_rest_goes_in_proportion(rule):
    assert rule(900, THREE_WIDOWS) == near(np.array([150, 300, 450]))
    assert rule(600, THREE_WIDOWS) == near(np.array([100, 200, 300]))


@every_rule
def test_many_problems_at_once_are_each_problem_by_itself(rule):
    rng = np.random.default_rng(3)
    claims, totals = rng.uniform(0, 100, (4, 6, 5)), rng.uniform(0, 400, (4, 6))
    weights = rng.uniform(0.5, 2, 5)
    together = rule(totals, claims, weights)
    for index in np.ndindex(totals.shape):
        assert together[index] == near(rule(totals[index], claims[index], weights), 400)


@every_rule
def test_one_claim_vector_serves_many_totals(rule):
    totals = np.array([0.0, 100.0, 250.0, 700.0])
    together = rule(totals, THREE_WIDOWS)
    assert together.shape == (4, 3)
    for total, awards in zip(totals, together, strict=True):
        assert awards == near(rule(total, THREE_WIDOWS))


@every_rule
@pytest.mark.parametrize(
    ("total", "claims", "weights", "says"),
    [
        (1, [1, -1], None, "claims must be finite and 0 or more"),
        (1, [1, np.nan], None, "claims must be finite"),
        (-1, [1, 1], None, "total must be finite and 0 or more"),
        (np.nan, [1, 1], None, "total must be finite"),
        (1, [1, 1], [1, 0], "weights must be finite and above 0"),
        (1, [1, 1], [1, np.inf], "weights must be finite"),
    ],
)
def test_what_is_no_problem_is_refused_with_a_sentence(rule, total, claims, weights, says):
    with pytest.raises(ValueError, match=says):
        rule(total, claims, weights)


# --- the factor method --------------------------------------------------------------------------


def test_factor_shares_are_the_weighted_sum_of_each_factors_shares():
    claims = np.array([60.0, 30.0, 10.0])
    factors = {"poverty": claims * [1, 2, 4], "execution": claims * [0.5, 1, 1]}
    weight = {"claim": 0.7, "poverty": 0.2, "execution": 0.1}
    expected = [
        0.7 * 60 / 100 + 0.2 * 60 / 160 + 0.1 * 30 / 70,
        0.7 * 30 / 100 + 0.2 * 60 / 160 + 0.1 * 30 / 70,
        0.7 * 10 / 100 + 0.2 * 40 / 160 + 0.1 * 10 / 70,
    ]
    assert factor_shares(claims, factors, weight) == near(np.array(expected))


def test_all_weight_on_the_claim_is_the_proportional_rule():
    claims = np.array([60.0, 30.0, 10.0])
    shares = factor_shares(claims, {}, {"claim": 1})
    assert 500 * shares == near(RULES["proportional"](500, claims))


def test_a_unit_without_a_datum_takes_the_claims_share_of_that_factor():
    claims = np.array([50.0, 25.0, 25.0])
    shares = factor_shares(claims, {"poverty": [np.nan, 30.0, 10.0]}, {"poverty": 1})
    assert shares == near(np.array([0.5, 0.5 * 30 / 40, 0.5 * 10 / 40]))


def test_a_factor_that_tells_no_unit_apart_is_the_claim():
    claims = np.array([50.0, 25.0, 25.0])
    for nothing in ([np.nan] * 3, [0.0] * 3, [np.nan, 0.0, 0.0]):
        shares = factor_shares(claims, {"poverty": nothing}, {"claim": 0.5, "poverty": 0.5})
        assert shares == near(np.array([0.5, 0.25, 0.25]))


def test_a_unit_without_claim_gets_nothing_whatever_its_factors():
    shares = factor_shares([0.0, 40.0, 60.0], {"poverty": [9.0, 2.0, 2.0]}, {"poverty": 1})
    assert shares == near(np.array([0, 0.5, 0.5]))
    assert factor_shares([0.0, 0.0], {"poverty": [1.0, 2.0]}, {"poverty": 1}).tolist() == [0, 0]


def test_only_ratios_of_factor_weights_matter_and_a_weight_of_zero_needs_no_data():
    claims, factors = [10.0, 30.0], {"poverty": [20.0, 30.0]}
    halves = factor_shares(claims, factors, {"claim": 0.5, "poverty": 0.5})
    assert factor_shares(claims, factors, {"claim": 3, "poverty": 3, "execution": 0}) == near(
        halves
    )


@given(claims=claim_lists, seed=st.integers(0, 999))
def test_factor_shares_add_to_one_and_follow_their_rows(claims, seed):
    assume(claims.sum() > 0)
    rng = np.random.default_rng(seed)
    index = np.where(rng.random(len(claims)) < 0.3, np.nan, rng.uniform(0.2, 5, len(claims)))
    weight = {"claim": 0.6, "poverty": 0.4}
    shares = factor_shares(claims, {"poverty": claims * index}, weight)
    assert shares.sum() == near(1)
    assert (shares[claims == 0] == 0).all()
    order = rng.permutation(len(claims))
    shuffled = factor_shares(claims[order], {"poverty": (claims * index)[order]}, weight)
    assert shuffled == near(shares[order])


def test_factor_shares_of_many_tables_are_those_of_each():
    claims = np.random.default_rng(5).uniform(1, 9, (3, 4))
    index = np.array([1.0, np.nan, 2.0, 0.5])
    weight = {"claim": 0.8, "poverty": 0.2}
    together = factor_shares(claims, {"poverty": claims * index}, weight)
    for row, shares in zip(claims, together, strict=True):
        assert shares == near(factor_shares(row, {"poverty": row * index}, weight))


@pytest.mark.parametrize("weight", [{}, {"claim": 0}, {"claim": 1, "poverty": -0.5}])
def test_factor_weights_that_mean_nothing_are_refused(weight):
    with pytest.raises(ValueError, match="factor weights must be 0 or more"):
        factor_shares([1.0], {"poverty": [1.0]}, weight)


@pytest.mark.parametrize("datum", [-1.0, np.inf])
def test_a_factor_that_is_no_amount_is_refused(datum):
    with pytest.raises(ValueError, match="a factor must be finite and 0 or more, or NaN"):
        factor_shares([1.0, 1.0], {"poverty": [1.0, datum]}, {"poverty": 1})


# --- money in integers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.05, 50_000),
        ("0.29", 290_000),
        (0.57, 570_000),
        (0.1 + 0.2, 300_000),
        (1e-6, 1),
        (1, MILLION),
    ],
)
def test_a_share_is_read_from_its_decimal_text(share, expected):
    assert millionths(share) == expected


@given(
    budget=st.integers(0, 10**12),
    share=st.integers(0, MILLION),
    unit=st.sampled_from([1, 7, 100, 1_000, 10_000]),
)
def test_a_reserve_by_share_leaves_the_exact_number_of_units(budget, share, unit):
    kept = reserve_yuan(budget, share / MILLION, 0, unit)
    exact = Fraction(budget) * (MILLION - share) / MILLION
    assert (budget - kept) // unit == floor(exact / unit)


def test_a_reserve_keeps_units_that_floating_point_loses():
    # 10**8 * (1 - 0.33) is 66,999,999.99999999 in floating point: 66,999 units of 1,000.
    lost = [s for s in range(100) if 10**8 * (1 - s / 100) // 1_000 != 10**5 * (100 - s) // 100]
    assert lost
    for percent in lost:
        kept = reserve_yuan(10**8, percent / 100, 0, 1_000)
        assert (10**8 - kept) // 1_000 == 10**5 * (100 - percent) // 100


def test_a_reserve_by_amount_or_by_rest_is_that_amount():
    assert reserve_yuan(92_000_000, {"yuan": 4_600_000}, 0, 1_000) == 4_600_000
    assert reserve_yuan(92_000_000, "rest", 87_383_200, 100) == 4_616_800
    assert reserve_yuan(92_000_000, "rest", 87_383_200, 1_000) == 4_617_000
    assert reserve_yuan(92_000_000, "rest", 87_383_199.9999999, 100) == 4_616_800
    assert reserve_yuan(92_000_000, "rest", 93_000_000, 1_000) == -1_000_000


share_lists = st.lists(st.integers(0, 1_000), min_size=1, max_size=8).filter(any)


@given(parts=share_lists, units=st.integers(0, 10**7), unit=st.sampled_from([1, 100, 1_000]))
def test_envelopes_add_to_the_total_in_whole_units_near_their_shares(parts, units, unit):
    cuts = np.round(np.cumsum([0, *parts]) / sum(parts) * MILLION).astype(int)
    shares = {f"g{k}": int(share) / MILLION for k, share in enumerate(np.diff(cuts))}
    amounts = envelopes(units * unit, unit, shares)
    assert sum(amounts.values()) == units * unit
    for group, yuan in amounts.items():
        assert yuan % unit == 0
        assert abs(yuan - units * unit * Fraction(millionths(shares[group]), MILLION)) < unit


def test_envelopes_that_cannot_be_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"shares must add to 1, not 0\.9"):
        envelopes(1_000, 100, {"a": 0.4, "b": 0.5})
    with pytest.raises(ValueError, match="total must be a multiple of the unit 100, not 1050"):
        envelopes(1_050, 100, {"a": 1})
