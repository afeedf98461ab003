"""The exact model at one point is what allocate makes, or why it makes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import sendwarmth as sw
from samples import scenario, tables
from sendwarmth.model.robust.exact import exact

INPUTS = tables([[10, 10], [10, 30]])


def test_the_table_is_the_plan_that_allocate_makes(inputs, baseline):
    found = exact(inputs, baseline.scenario)
    assert found.status == "done"
    np.testing.assert_array_equal(found.table, baseline.table.to_numpy())


@pytest.mark.parametrize(
    ("values", "status", "error"),
    [
        ({"region_floor_yuan": 60_000}, "clash", sw.Infeasible),
        ({"reserve": {"yuan": 200_000}}, "refused", sw.InputError),
    ],
)
def test_where_allocate_refuses_the_status_says_how(values, status, error):
    assert exact(INPUTS, scenario(**values)).status == status
    assert exact(INPUTS, scenario(**values)).table is None
    with pytest.raises(error):
        sw.allocate(INPUTS, scenario(**values))
