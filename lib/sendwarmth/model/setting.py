"""What every step of building a problem reads, and where it reports what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario, standards
from sendwarmth.model.schema import Reader

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """A scenario on its tables, arrays of shape (R, G); findings are collected in ``read``."""

    inputs: Inputs
    scenario: Scenario
    read: Reader
    heads: Floats
    claims: Floats

    @classmethod
    def of(cls, inputs: Inputs, scenario: Scenario) -> Setting:
        """Return the setting of a scenario on its tables."""
        return cls(
            inputs=inputs,
            scenario=scenario,
            read=scenario.origin.reader(),
            heads=inputs.heads.to_numpy(float),
            claims=inputs.claims(standards(scenario, inputs)).to_numpy(float),
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

    def cell(self, i: int, j: int) -> str:
        """Return a cell's name, ``region/group``."""
        return f"{self.regions[i]}/{self.groups[j]}"

    def money(self, table: str) -> Floats:
        """Return an optional table of yuan as an array of the table's shape, 0 where silent."""
        rows = self.inputs.extras.get(table)
        if rows is None:
            return np.zeros(self.heads.shape)
        wide = rows.groupby(["region_id", "group_id"])["yuan"].sum().unstack()
        wide = wide.reindex(index=self.regions, columns=self.groups)
        return np.nan_to_num(wide.to_numpy(float))
