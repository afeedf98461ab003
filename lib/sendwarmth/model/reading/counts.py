"""Heads by row of ``eligible`` to what each cell holds: people once each, and yuan of their tiers.

Everything works along leading axes, so that thousands of sets of head counts are one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]


class Counts(NamedTuple):
    """What head counts come to in each cell, (..., R, G)."""

    listed: Floats
    """Heads as listed, over all tiers."""
    heads: Floats
    """Heads to be reached: those paid in another group are left out."""
    untiered: Floats
    """Heads listed without a tier."""
    tier_yuan: Floats
    """Heads listed with a tier, times the tier's own standard in the tables."""

    def claims(self, standard: Floats, own: Floats) -> Floats:
        """Return what each cell needs at a standard, yuan, less the overlap.

        Parameters
        ----------
        standard
            Yuan a head of each group, (..., G).
        own
            The groups' standards in the tables, (G,): a tier's moves in proportion to its group's.
        """
        yuan = np.asarray(standard, float)[..., None, :]
        claims = self.untiered * yuan + self.tier_yuan * yuan / np.where(own > 0, own, 1)
        return claims * self.heads / np.where(self.listed > 0, self.listed, 1)


class Counting(NamedTuple):
    """How rows of ``eligible`` add to cells, worked out once for a set of tables."""

    members: csr_array
    """Which row belongs to which cell, (rows, R * G)."""
    shape: tuple[int, int]
    tiered: NDArray[np.bool_]
    """Rows with a tier, (rows,)."""
    tier_yuan: Floats
    """The tier's standard of each row, (rows,); 0 without a tier."""
    overlap: tuple[tuple[int, int, float], ...]
    """Group counted in, group paid less, and rate."""

    @classmethod
    def of(
        cls,
        eligible: pd.DataFrame,
        standards: pd.DataFrame,
        overlap: pd.DataFrame | None,
        regions: Sequence[str],
        groups: Sequence[str],
    ) -> Counting:
        """Read how rows add to cells from the tables; labels say which cell, not positions."""
        i = pd.Index(regions).get_indexer(pd.Index(eligible["region_id"]))
        j = pd.Index(groups).get_indexer(pd.Index(eligible["group_id"]))
        cells = i * len(groups) + j
        size = len(eligible), len(regions) * len(groups)
        yuan = standards.set_index(["group_id", "tier_id"])["yuan"]
        keys = pd.MultiIndex.from_frame(eligible[["group_id", "tier_id"]])
        tiered = (eligible["tier_id"] != "").to_numpy(bool)
        own = np.where(tiered, yuan.reindex(keys).to_numpy(float), 0.0)
        place = {group: k for k, group in enumerate(groups)}
        rows = overlap.itertuples() if overlap is not None else ()
        twice = tuple(
            (
                place[row.group_a],
                place[row.group_b if row.paid_in == row.group_a else row.group_a],
                float(row.rate),
            )
            for row in rows
        )
        members = csr_array((np.ones(size[0]), (np.arange(size[0]), cells)), shape=size)
        return cls(members, (len(regions), len(groups)), tiered, own, twice)

    def counted(self, rows: Floats) -> Counts:
        """Return what heads by row, (..., rows), come to in each cell."""
        listed, heads = self.by_cell(rows), self.by_cell(rows)
        for counted, less, rate in self.overlap:
            twice = np.floor(listed[..., counted] * rate + 0.5)
            heads[..., less] = np.maximum(heads[..., less] - twice, 0)
        untiered = self.by_cell(rows * ~self.tiered)
        return Counts(listed, heads, untiered, self.by_cell(rows * self.tier_yuan))

    def by_cell(self, rows: Floats) -> Floats:
        """Return sums of (..., rows) over each cell, (..., R, G)."""
        flat = np.asarray(rows, float)
        sums = flat.reshape(-1, flat.shape[-1]) @ self.members
        return np.asarray(sums).reshape(*flat.shape[:-1], *self.shape)

    def by_row(self, rows: Floats, cells: Floats) -> Floats:
        """Return heads by row that add to new counts a cell, (..., R, G).

        Parameters
        ----------
        rows
            Heads by row now, (rows,): the tiers of a cell keep their shares of it; a cell with
            nobody now has its heads in its first row.
        cells
            Heads of each cell, (..., R, G).
        """
        now = self.by_cell(rows).ravel()
        cell = self.members.indices
        _, first = np.unique(cell, return_index=True)
        share = np.zeros(len(cell))
        share[first] = 1.0
        some = now[cell] > 0
        share[some] = np.asarray(rows, float)[some] / now[cell][some]
        flat = np.asarray(cells, float).reshape(*np.shape(cells)[:-2], -1)
        return flat[..., cell] * share
