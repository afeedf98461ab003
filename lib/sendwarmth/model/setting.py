"""What every step of building a problem reads, and where it reports what is wrong.

A setting is about one set of head counts, or about many along a leading axis; the steps that read
it work along that axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.counts import Counts
from sendwarmth.model.scenario import Scenario, own_standards, standards
from sendwarmth.model.schema import Reader

Floats = NDArray[np.float64]
Index = tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """A scenario on its tables, arrays of shape (..., R, G).

    Findings are collected in ``read``; ``refused`` says which problem of many they are about, by
    its index (the empty one if there is no leading axis), with the code of the first. ``factors``
    is what the data of a factor are multiplied by, (..., R), where they are not as in the tables.
    """

    inputs: Inputs
    scenario: Scenario
    read: Reader
    heads: Floats
    claims: Floats
    refused: dict[Index, str] = field(default_factory=dict)
    factors: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Inputs, scenario: Scenario, counts: Counts | None = None) -> Setting:
        """Return the setting of a scenario on its tables.

        Parameters
        ----------
        inputs, scenario
            The tables and the scenario.
        counts
            Heads in place of those in the tables, with leading axes if there are many.
        """
        counts = counts or inputs.counts
        standard, own = standards(scenario, inputs), own_standards(inputs)
        yuan = np.array([standard[group] for group in inputs.group_ids])
        return cls(
            inputs=inputs,
            scenario=scenario,
            read=scenario.origin.reader(),
            heads=counts.heads,
            claims=counts.claims(yuan, np.array([own[group] for group in inputs.group_ids])),
        )

    @property
    def regions(self) -> tuple[str, ...]:
        """Ids of the rows."""
        return self.inputs.region_ids

    @property
    def groups(self) -> tuple[str, ...]:
        """Ids of the columns."""
        return self.inputs.group_ids

    @property
    def unit(self) -> int:
        """The rounding unit, yuan."""
        return int(self.values["unit_yuan"])

    @property
    def values(self) -> Any:
        """The scenario's values."""
        return self.scenario.values

    @property
    def lead(self) -> tuple[int, ...]:
        """Leading axes: none for one set of head counts."""
        return self.heads.shape[:-2]

    @property
    def shape(self) -> tuple[int, int]:
        """Regions and groups."""
        return self.heads.shape[-2], self.heads.shape[-1]

    def wrong(self, at: Index, code: str, path: str, value: Any, **facts: Any) -> None:
        """Note what is wrong with one problem; of many, the first finding of each."""
        if at == () or at not in self.refused:
            self.read.wrong(code, path, value, **facts)
        self.refused.setdefault(at, code)

    def cell(self, i: int, j: int) -> str:
        """Return a cell's name, ``region/group``."""
        return f"{self.regions[i]}/{self.groups[j]}"

    def money(self, table: str) -> Floats:
        """Return an optional table of yuan as an array of the table's shape, 0 where silent."""
        rows = self.inputs.extras.get(table)
        if rows is None:
            return np.zeros(self.shape)
        wide = rows.groupby(["region_id", "group_id"])["yuan"].sum().unstack()
        wide = wide.reindex(index=self.regions, columns=self.groups)
        return np.nan_to_num(wide.to_numpy(float))
