"""Uncertain heads and factors: what is drawn has the spread that is stated, and repeats itself."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from samples import scenario, tables
from scipy import stats
from sendwarmth.model.findings import InputError
from sendwarmth.model.robust.draws import draw, multiple
from sendwarmth.model.scenario import check, merge

MANY = 20_000
TABLES = tables([[1000, 400], [2000, 0], [1, 30]])


def drawn(number=MANY, seed=1, **stated):
    return draw(TABLES, scenario(uncertainty=stated), number, np.random.default_rng(seed))


def near(values, expected, spread):
    """Hold a mean to its expectation within four standard errors."""
    assert abs(np.mean(values) - expected) < 4 * spread / np.sqrt(len(values))


def test_a_coefficient_of_variation_is_that_of_the_draws_and_their_mean_is_the_table():
    heads = drawn(heads={"cv": 0.2}).heads[:, 0, 0]
    near(heads, 1000, 200)
    assert heads.std() / 1000 == pytest.approx(0.2, rel=0.03)


def test_a_coefficient_of_variation_gives_the_lognormal_distribution():
    scores = stats.norm.ppf(np.array([0.01, 0.2, 0.5, 0.9]))
    variance = np.log(1 + 0.3**2)
    known = stats.lognorm(np.sqrt(variance), scale=np.exp(-variance / 2))
    assert_allclose(multiple(scores, {"cv": 0.3}), known.ppf([0.01, 0.2, 0.5, 0.9]))
    assert known.mean() == pytest.approx(1)
    assert known.std() == pytest.approx(0.3)


def test_a_range_is_kept_and_every_part_of_it_is_equally_likely():
    heads = drawn(heads={"low": 0.8, "high": 1.3}).heads[:, 0, 0]
    assert heads.min() >= 800
    assert heads.max() <= 1300
    assert stats.kstest(heads, stats.uniform(800, 500).cdf).pvalue > 0.01


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.0])
def test_groups_of_one_region_go_together_as_stated_and_regions_do_not(rho):
    heads = drawn(heads={"cv": 0.2, "correlation": rho}).heads.astype(float)
    logs = np.log(np.stack([heads[:, 0, 0], heads[:, 0, 1], heads[:, 1, 0]]))
    found = np.corrcoef(logs)
    assert found[0, 1] == pytest.approx(rho, abs=4 / np.sqrt(MANY))
    assert abs(found[0, 2]) < 4 / np.sqrt(MANY)


def test_heads_are_whole_nobody_stays_nobody_and_somebody_stays_somebody():
    heads = drawn(heads={"cv": 3.0}).heads
    assert heads.dtype == np.int64
    assert not heads[:, 1, 1].any()
    assert heads[:, 2, 0].min() == 1
    assert heads[:, 2, 0].max() > 1


def test_a_group_has_its_own_uncertainty_where_one_is_stated():
    heads = drawn(heads={"cv": 0.2}, b={"cv": 0.0}).heads
    assert_array_equal(np.unique(heads[:, 0, 1]), [400])
    assert heads[:, 0, 0].std() > 100


def test_what_is_not_uncertain_is_as_in_the_tables():
    nothing = drawn(100)
    assert (nothing.heads == TABLES.heads.to_numpy()).all()
    assert nothing.factors == {}


def test_factors_are_drawn_by_region():
    factors = drawn(fiscal_weakness={"cv": 0.1}).factors
    assert set(factors) == {"fiscal_weakness"}
    values = factors["fiscal_weakness"]
    assert values.shape == (MANY, 3)
    near(values[:, 0], 1, 0.1)
    assert abs(np.corrcoef(values.T)[0, 1]) < 4 / np.sqrt(MANY)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    first, again, other = (drawn(50, seed, heads={"cv": 0.2}) for seed in (1, 1, 2))
    assert_array_equal(first.heads, again.heads)
    assert (first.heads != other.heads).any()
    assert (first.seed, other.seed) == (1, 2)


def test_the_first_draws_of_many_are_the_draws_of_few():
    few, many = (drawn(n, heads={"cv": 0.2}, fiscal_weakness={"cv": 0.1}) for n in (10, 1000))
    assert_array_equal(few.heads, many.heads[:10])
    assert_array_equal(few.factors["fiscal_weakness"], many.factors["fiscal_weakness"][:10])


def test_draws_made_some_at_a_time_are_those_made_at_once():
    base, rng = scenario(uncertainty={"heads": {"cv": 0.2}}), np.random.default_rng(1)
    parts = [draw(TABLES, base, n, rng).heads for n in (7, 1, 42)]
    assert_array_equal(np.concatenate(parts), drawn(50, heads={"cv": 0.2}).heads)


def test_one_more_uncertain_figure_leaves_the_other_draws_as_they_were():
    alone = drawn(50, a={"cv": 0.2})
    together = drawn(50, a={"cv": 0.2}, b={"cv": 0.1}, execution={"low": 0.5, "high": 1})
    assert_array_equal(alone.heads[:, :, 0], together.heads[:, :, 0])


@pytest.mark.parametrize(
    "stated",
    [{}, {"cv": 0.1, "low": 0.9, "high": 1.1}, {"low": 0.9}, {"low": 1.2, "high": 0.9}],
)
def test_uncertainty_is_either_a_coefficient_or_a_range(stated):
    with pytest.raises(InputError) as raised:
        scenario(uncertainty={"heads": stated})
    assert [finding.code for finding in raised.value.findings] == ["bad_uncertainty"]


@pytest.mark.parametrize(("key", "value"), [("cv", -0.1), ("cv", 11), ("correlation", 1.1)])
def test_uncertainty_out_of_range_is_refused(key, value):
    with pytest.raises(InputError) as raised:
        scenario(uncertainty={"heads": {"cv": 0.1} | {key: value}})
    assert [finding.code for finding in raised.value.findings] == ["out_of_range"]


def test_uncertainty_of_a_group_nobody_knows_is_refused_with_the_nearest():
    wrong = scenario(uncertainty={"bb": {"cv": 0.1}, "heads": {"cv": 0.1}})
    (finding,) = check(wrong, TABLES)
    assert (finding.code, finding.facts["value"]) == ("unknown_group", "bb")


def test_a_scenario_that_states_a_range_does_not_keep_its_parents_coefficient():
    child = {"uncertainty": {"heads": {"low": 0.9, "high": 1.1}}}
    assert merge({"uncertainty": {"heads": {"cv": 0.15}}}, child) == child
