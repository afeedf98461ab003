"""Head counts by row of the tables, for one set of them or many."""

from __future__ import annotations

import numpy as np
from dialling import rich_tables


def test_many_sets_of_counts_come_out_as_one_by_one():
    counting = rich_tables().counting
    rows = np.random.default_rng(3).integers(0, 50, (4, counting.members.shape[0])).astype(float)
    many = counting.counted(rows)
    for n, own in enumerate(rows):
        for whole, alone in zip(many, counting.counted(own), strict=True):
            np.testing.assert_array_equal(whole[n], alone)


def test_claims_take_each_tiers_standard_in_proportion_to_its_groups():
    inputs = rich_tables()
    counts, own = inputs.counts, inputs.table_standard.to_numpy(float)
    # 40 heads at 3,000 and 40 at 1,000 in the first cell; its group's own standard is 1,000.
    assert counts.claims(own, own)[0, 0] == 160_000
    assert counts.claims(own / 2, own)[0, 0] == 80_000
    assert counts.heads[0, 0] == 80


def test_heads_by_cell_go_to_rows_in_the_shares_of_now_and_come_back():
    inputs = rich_tables()
    rows = inputs.eligible["heads"].to_numpy(float)
    cells = np.random.default_rng(4).integers(1, 90, (5, *inputs.counting.shape)).astype(float)
    by_row = inputs.counting.by_row(rows, cells)
    np.testing.assert_allclose(inputs.counting.by_cell(by_row), cells)
    tiered = (inputs.eligible["region_id"] == "r0") & (inputs.eligible["group_id"] == "a")
    first, second = by_row[:, tiered.to_numpy()].T
    np.testing.assert_allclose(first, second)
