"""What the benchmarks of the fit compare: the same problem, solved by others, and to the end."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit
from sendwarmth.run import bench_fit
from sendwarmth.run.other_solvers import (
    TOTAL,
    by_cvxpy,
    by_trust_region,
    optimum,
    random_trials,
    together,
)


def test_every_solver_comes_to_the_optimum_of_the_same_trial():
    for trial in random_trials(3, 18):
        exact = optimum(trial)
        assert_allclose(trial.fit().amounts, exact, atol=0.01)
        assert_allclose(by_cvxpy(trial), exact, atol=1e-4 * TOTAL)
    assert_allclose(by_trust_region(trial), exact, atol=1e-3 * TOTAL)


def test_limits_of_the_trials_bind():
    found = fit(*together(random_trials(200, 30)))
    assert (found.status == "done").all()
    binding = (found.multipliers != 1).sum(axis=1)
    assert 5 < np.median(binding) < 25


def test_batches_are_compared_under_the_promised_names():
    told = bench_fit.measure_batch(100)
    assert {"batch_vs_cvxpy", "batch_100_s", "batch_30_limits_vs_cvxpy"} < set(told)
    assert told["batch_vs_cvxpy"]["goal"] == 40
    assert told["batch_vs_cvxpy"]["value"] > 5
    assert told["batch_vs_loop"]["met"] is None


def test_growth_is_measured_in_processes_of_their_own(monkeypatch):
    monkeypatch.setattr(bench_fit, "SIZES", (65, 6_500))
    told = bench_fit.measure_growth()
    assert told["fit_exponent"]["met"]
    assert told["cells_6500_s"]["value"] > told["cells_65_s"]["value"]
    assert 0.05 < told["cells_6500_GB"]["value"] < 2


def test_a_goal_is_met_only_with_what_goes_with_it():
    assert bench_fit._at_least(11, "x", 10)["met"]
    assert not bench_fit._at_least(11, "x", 10, and_also=False)["met"]
    assert not bench_fit._at_most(1.2, "", 1.15)["met"]


def test_a_trial_without_a_plan_is_never_timed():
    target = np.ones((2, 2))
    with pytest.raises(AssertionError, match="has a plan"):
        bench_fit._median_time(lambda: fit(target, 0, 1, [], 5), 1)
