"""What the benchmarks of sweeps compare: the same draws, the same problems, under their names."""

import numpy as np
import pytest
import sendwarmth as sw
from numpy.testing import assert_allclose
from sendwarmth.model.robust.chances import monte_carlo
from sendwarmth.run import bench_sweeps
from sendwarmth.run.jobs import SEED
from sendwarmth.run.other_solvers import plan_by_cvxpy


def test_the_loop_makes_the_plans_of_the_same_draws(inputs, baseline):
    ours = monte_carlo(inputs, baseline.scenario, 3, np.random.default_rng(SEED))
    tables = bench_sweeps._drawn_tables(inputs, baseline.scenario, 3)
    for amounts, other in zip(ours.amounts, tables, strict=True):
        plan = sw.allocate(other, baseline.scenario)
        assert_allclose(plan.exact.sum(axis=1), amounts.sum(axis=1), rtol=0.002)


def test_cvxpy_is_given_the_same_problem(baseline):
    assert_allclose(plan_by_cvxpy(baseline.problem), baseline.exact, atol=2_000)


def test_draws_are_compared_under_the_promised_names():
    told = bench_sweeps.measure_draws(300, 3)
    assert {"mc_vs_loop", "mc_300_s", "mc_vs_cvxpy"} < set(told)
    assert (told["mc_vs_loop"]["goal"], told["mc_300_s"]["goal"]) == (50, 10)
    assert told["mc_vs_loop"]["value"] > 3


def test_sweeps_are_measured_in_processes_of_their_own_and_by_their_memory(monkeypatch):
    asked = []

    def swept(number):
        asked.append(number)
        return {"seconds": number / 1000, "bytes": 2e8 + number, "file": 1e6}

    monkeypatch.setattr(bench_sweeps, "_swept", swept)
    told = bench_sweeps.measure_points()
    assert asked == [10_000, 100_000]
    assert told["sweep_points_s"]["value"] == pytest.approx(1000)
    assert told["sweep_memory_growth"]["met"]
    assert not bench_sweeps._at_most(1.5, "x", bench_sweeps.MOST_GROWTH)["met"]


def test_a_measured_sweep_is_the_shipped_one_with_so_many_points():
    told = bench_sweeps.swept(40)
    assert told["seconds"] > 0
    assert 5e7 < told["bytes"] < 2e9
    assert told["file"] > 1_000
