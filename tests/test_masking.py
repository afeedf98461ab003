"""Small head counts are hidden, and so is whatever a reader could subtract them from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sendwarmth.view.masking import SMALLEST_SHOWN, hidden

TABLES = arrays(
    np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(0, 12)
)


@given(TABLES)
def test_every_count_from_1_to_4_is_hidden_and_no_nought(counts) -> None:
    mask = hidden(pd.DataFrame(counts)).cells.to_numpy()
    assert mask[(counts > 0) & (counts < SMALLEST_SHOWN)].all()
    assert not mask[counts == 0].any()


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(2, 5)), elements=st.integers(1, 12))
)
def test_no_hidden_count_can_be_worked_out_from_what_is_shown(counts) -> None:
    # The sums of rows and the grand total are known, and the totals that are not hidden. A count is
    # known where the equations pin it: where its unit vector is a sum of their rows.
    told = hidden(pd.DataFrame(counts))
    mask = np.vstack([told.cells.to_numpy(), told.totals.to_numpy()])
    unknown = [tuple(cell) for cell in np.argwhere(mask)]
    rows, columns = mask.shape
    equations = [[float(i == row) for i, _ in unknown] for row in range(rows)]
    signs = [-1.0 if i == rows - 1 else 1.0 for i, _ in unknown]
    equations += [
        [sign * (j == column) for (_, j), sign in zip(unknown, signs, strict=True)]
        for column in range(columns)
    ]
    matrix = np.array(equations).reshape(rows + columns, len(unknown))
    rank = np.linalg.matrix_rank(matrix) if unknown else 0
    for k in range(len(unknown)):
        pinned = np.vstack([matrix, np.eye(len(unknown))[k]])
        assert np.linalg.matrix_rank(pinned) > rank


@given(TABLES)
def test_no_sum_of_hidden_counts_is_small_where_another_could_join_them(counts) -> None:
    told = hidden(pd.DataFrame(counts))
    mask = told.cells.to_numpy()
    for line, row in zip(mask, counts, strict=True):
        assert not line.any() or row[line].sum() >= SMALLEST_SHOWN or not (row[~line] > 0).any()


def test_two_blocks_joined_by_one_count_do_not_give_it_away() -> None:
    # Every line hides two or three, yet the sums of the first block pin the count between the two.
    counts = np.full((4, 4), 50)
    counts[:2, :2] = counts[2:, 2:] = 3
    counts[1, 2] = 4
    mask = hidden(pd.DataFrame(counts)).cells.to_numpy()
    assert mask[:, 2:][:2].sum() + mask[:, :2][2:].sum() >= 2


def test_one_city_with_few_people_hides_its_totals_too() -> None:
    told = hidden(pd.DataFrame([[3, 40, 9]], columns=list("xyz")))
    assert list(told.cells.iloc[0]) == [True, False, True]
    assert list(told.totals) == [True, False, True]


def test_nothing_is_hidden_where_every_count_is_large() -> None:
    assert not hidden(pd.DataFrame([[5, 6], [70, 8]])).any


def test_internal_use_hides_nothing() -> None:
    assert not hidden(pd.DataFrame([[1, 6], [3, 8]]), 0).any


def test_labels_stay_and_the_counts_are_not_touched() -> None:
    heads = pd.DataFrame([[1, 9], [9, 9]], index=["a", "b"], columns=["x", "y"])
    before = heads.copy()
    mask = hidden(heads).cells
    assert list(mask.index) == ["a", "b"]
    pd.testing.assert_frame_equal(heads, before)
    assert mask.loc["a", "x"]
    assert mask.to_numpy().sum() == 4
