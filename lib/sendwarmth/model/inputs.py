"""The tables a plan is made from, checked against each other: who, how many, at what standard."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sendwarmth.model.findings import Finding
from sendwarmth.model.reading.counts import Counting, Counts

STANDINGS = ("official", "derived", "assumed")
KEPT = ("region_ids", "group_ids", "counting", "_own_standard")
"""What is worked out from ids, tiers and standards alone."""
CORE = ("regions", "groups", "standards", "eligible", "sources")


class Source(NamedTuple):
    """A source of money that is filled in; None where it may serve every group, or every tier."""

    source_id: str
    yuan: float
    groups: frozenset[str] | None
    tiers: frozenset[str] | None


@dataclass(frozen=True, eq=False)
class Inputs:
    """Every table a plan needs, checked.

    Parameters
    ----------
    regions
        Receiving units, index ``region_id`` in the order of the file.
    groups
        Groups, index ``group_id`` in the order of the file.
    standards
        Yuan a head: one row a group (empty ``tier_id``) and one a tier.
    eligible
        Heads by unit, group and tier, each with its standing and source.
    sources
        Where the money comes from and whom it may serve; ``yuan`` is NaN where not filled in.
    extras
        The optional tables that are there, by name.
    digests
        SHA-256 of each table's meaning: the same for a folder of CSV and a workbook that agree.
    origin
        What was read, as the planner named it.
    findings
        Warnings and notes; errors were raised.
    """

    regions: pd.DataFrame
    groups: pd.DataFrame
    standards: pd.DataFrame
    eligible: pd.DataFrame
    sources: pd.DataFrame
    extras: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    findings: tuple[Finding, ...] = ()

    @cached_property
    def region_ids(self) -> tuple[str, ...]:
        """Ids of the receiving units, in the order of the file."""
        return tuple(self.regions.index)

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """Ids of the groups, in the order of the file."""
        return tuple(self.groups.index)

    @property
    def table_standard(self) -> pd.Series:
        """Each group's own standard in the tables, yuan a head (float, index group_id)."""
        return self._own_standard.copy()

    @property
    def listed(self) -> pd.DataFrame:
        """Heads as listed, before the overlap: int, regions x groups, summed over tiers."""
        return self._frame(self.counts.listed)

    @property
    def heads(self) -> pd.DataFrame:
        """Heads to be reached: int, regions x groups, less those paid in another group.

        For a row of ``overlap``, ``rate`` of the heads of ``group_a`` are also in ``group_b``; they
        are paid in ``paid_in``, so the other of the two groups loses ``rate x heads of group_a`` in
        each unit (rounded half up, never below zero).
        """
        return self._frame(self.counts.heads)

    @property
    def status(self) -> pd.DataFrame:
        """The least certain standing of each cell: ``official``, ``derived`` or ``assumed``."""
        return self._status.copy()

    @cached_property
    def funded(self) -> tuple[Source, ...]:
        """The sources that bring money, in the order of the file."""
        columns = (self.sources[name].tolist() for name in Source._fields)
        return tuple(
            Source(str(source_id), float(yuan), _named(groups), _named(tiers))
            for source_id, yuan, groups, tiers in zip(*columns, strict=True)
            if yuan > 0
        )

    @cached_property
    def _status(self) -> pd.DataFrame:
        rank = self.eligible["status"].map(STANDINGS.index)
        worst = self._cells(rank, how="max").astype("int64")
        return worst.apply(lambda ranks: ranks.map(dict(enumerate(STANDINGS)))).astype("str")

    def claims(self, standard: Mapping[str, float]) -> pd.DataFrame:
        """Return what every cell would need at a standard, less the overlap.

        Parameters
        ----------
        standard
            Yuan a head for each group. A tier's own standard in the tables moves with its group's:
            yuan of the tier x scenario's standard / standard in the tables.

        Returns
        -------
        pd.DataFrame
            Yuan, float, regions x groups.
        """
        yuan = np.array([float(standard[group]) for group in self.group_ids])
        claims = self.counts.claims(yuan, self._own_standard.to_numpy(float))
        return self._frame(claims, "float64")

    @cached_property
    def counting(self) -> Counting:
        """How rows of ``eligible`` add to cells."""
        tables = self.eligible, self.standards, self.extras.get("overlap")
        return Counting.of(*tables, self.region_ids, self.group_ids)

    @cached_property
    def counts(self) -> Counts:
        """Heads listed and to be reached, as arrays: they are read for every scenario."""
        return self.counting.counted(self.eligible["heads"].to_numpy(float))

    def with_heads(self, rows: ArrayLike) -> Inputs:
        """Return the tables with other heads, whole, one a row of ``eligible``."""
        eligible = self.eligible.assign(heads=np.asarray(rows, "int64"))
        digests = {"eligible": digest(eligible)} if self.digests else {}
        return self.like(eligible=eligible, digests={**self.digests, **digests})

    def like(self, **tables: Any) -> Inputs:
        """Return the tables with some replaced by others with the same ids, tiers and standards."""
        other = replace(self, **tables)
        known = {name: vars(self)[name] for name in KEPT if name in vars(self)}
        vars(other).update(known)
        return other

    @cached_property
    def _own_standard(self) -> pd.Series:
        own = self.standards[self.standards["tier_id"] == ""].set_index("group_id")["yuan"]
        return own.reindex(list(self.group_ids)).astype("float64")

    def _frame(self, cells: NDArray[np.float64], dtype: str = "int64") -> pd.DataFrame:
        index = pd.Index(self.region_ids, name="region_id")
        columns = pd.Index(self.group_ids, name="group_id")
        return pd.DataFrame(cells.astype(dtype), index, columns)

    def _cells(self, values: pd.Series, how: str = "sum") -> pd.DataFrame:
        cells = values.groupby([self.eligible["region_id"], self.eligible["group_id"]]).agg(how)
        return cells.unstack().reindex(index=list(self.region_ids), columns=list(self.group_ids))


def _named(ids: str) -> frozenset[str] | None:
    return None if ids == "all" else frozenset(str(ids).split())


def digest(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of what a table means, however it was written."""
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
