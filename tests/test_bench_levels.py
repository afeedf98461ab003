"""What the benchmark of levels compares."""

from __future__ import annotations

import numpy as np
import pytest
from level_project import every_plan, make_levels, run
from numpy.testing import assert_allclose
from sendwarmth.run import bench_levels


def test_the_flat_problem_is_the_same_for_the_fit_and_for_cvxpy():
    table = np.random.default_rng(3).lognormal(10, 1, (30, 5)).round()
    told = bench_levels.measure_flat(table)
    assert told["country_flat_cells"]["value"] == 150
    assert told["country_cvxpy_apart_yuan"]["value"] < 1e-5 * table.sum()


def test_a_flat_problem_without_binding_counties_spreads_every_group_over_its_target():
    target = np.array([[1.0, 2.0], [3.0, 2.0]])
    nothing = np.array([-np.inf, -np.inf]), np.array([np.inf, np.inf])
    found = bench_levels.flat_by_cvxpy(target, *nothing, np.array([800.0, 200.0]))
    assert_allclose(found, [[200, 100], [600, 100]], atol=0.1)


def test_the_amounts_of_every_county_are_read_from_what_was_written(tmp_path):
    project = make_levels(tmp_path)
    run(project)
    home = project.outputs / "trial"
    home.rename(project.outputs / "country")
    table = bench_levels.counties(project.root)
    plans = (project.outputs / "country" / "levels").glob("*/*/plan.csv")
    assert table.shape == (2 * len(list(plans)), 2)
    assert table.sum() > 0
    assert not every_plan(project)


@pytest.mark.parametrize(("seconds", "met"), [(59.0, True), (61.0, False)])
def test_a_country_has_a_minute_and_ten_of_them_no_goal(seconds, met):
    taken = bench_levels.Taken(seconds, seconds, 0.2, 0.2)
    assert bench_levels._told(1, 3_000, taken)["country_s"]["met"] is met
    assert bench_levels._told(10, 30_000, taken)["country_10_s"]["met"] is None
