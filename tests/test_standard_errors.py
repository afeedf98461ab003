"""A standard error is the spread that the figure has over many repetitions."""

import numpy as np
import pytest
from sendwarmth.model.robust.standard_errors import QUANTILES, proportion, summary


def seeded():
    return np.random.default_rng(11)


def test_the_standard_error_of_a_mean_is_the_spread_of_means():
    values = seeded().standard_normal((2_000, 100)) * 3
    told = [summary(sample) for sample in values]
    spread = np.std([one["mean"] for one in told])
    assert np.mean([one["mean_se"] for one in told]) == pytest.approx(spread, rel=0.05)


def test_the_standard_error_of_a_quantile_is_the_spread_of_quantiles():
    values = seeded().standard_normal((1_000, 800))
    told = [summary(sample) for sample in values]
    for name in QUANTILES:
        spread = np.std([one[name] for one in told])
        assert np.mean([one[f"{name}_se"] for one in told]) == pytest.approx(spread, rel=0.15)


def test_the_standard_error_of_a_share_is_the_spread_of_shares_and_never_nothing():
    shares = seeded().binomial(400, 0.2, 4_000) / 400
    assert proportion(80, 400)[1] == pytest.approx(shares.std(), rel=0.05)
    assert proportion(0, 400)[1] > 0
    assert proportion(400, 400)[1] > 0


def test_no_draws_have_no_figures_and_one_has_no_spread():
    assert all(np.isnan(value) for value in summary(np.array([])).values())
    one = summary(np.array([3.0]))
    assert one["mean"] == one["p50"] == 3
    assert np.isnan(one["mean_se"])
