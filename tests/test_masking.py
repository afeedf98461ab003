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
    mask = hidden(pd.DataFrame(counts)).to_numpy()
    assert mask[(counts > 0) & (counts < SMALLEST_SHOWN)].all()
    assert not mask[counts == 0].any()


@given(TABLES)
def test_no_hidden_count_is_alone_where_another_could_stand_beside_it(counts) -> None:
    mask = hidden(pd.DataFrame(counts)).to_numpy()
    for lines, values in ((mask, counts), (mask.T, counts.T)):
        for line, row in zip(lines, values, strict=True):
            assert line.sum() != 1 or not (row[~line] > 0).any()


def test_nothing_is_hidden_where_every_count_is_large() -> None:
    assert not hidden(pd.DataFrame([[5, 6], [70, 8]])).to_numpy().any()


def test_internal_use_hides_nothing() -> None:
    assert not hidden(pd.DataFrame([[1, 6], [3, 8]]), 0).to_numpy().any()


def test_labels_stay_and_the_counts_are_not_touched() -> None:
    heads = pd.DataFrame([[1, 9], [9, 9]], index=["a", "b"], columns=["x", "y"])
    before = heads.copy()
    mask = hidden(heads)
    assert list(mask.index) == ["a", "b"]
    pd.testing.assert_frame_equal(heads, before)
    assert mask.loc["a", "x"]
    assert mask.to_numpy().sum() == 4
