"""Small tables and scenarios that several tests are about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import sendwarmth as sw
from sendwarmth.model.scenario import read_scenario


def tables(heads, regions=None, groups=None, **extras) -> sw.Inputs:
    """Return small tables: heads of shape (R, G), one standard of 1,000 yuan in the tables."""
    counts = np.asarray(heads)
    names = list(regions or [f"r{i}" for i in range(len(counts))])
    groups = groups or tuple("abcdefg"[: counts.shape[1]])
    cells = [(r, g) for r in names for g in groups]
    index = pd.Index(names, name="region_id")
    return sw.Inputs(
        regions=pd.DataFrame({"gdp_100m_yuan": np.nan, "residents": np.nan, "bloc": "x"}, index),
        groups=pd.DataFrame(
            {"must_cover": False, "graded": False, "band_low_yuan": 0.0, "band_high_yuan": 1e9},
            pd.Index(groups, name="group_id"),
        ),
        standards=pd.DataFrame(
            {"group_id": groups, "tier_id": "", "yuan": 1000.0, "share": 1.0, "archived": False}
        ),
        eligible=pd.DataFrame(cells, columns=["region_id", "group_id"]).assign(
            tier_id="", heads=counts.ravel(), status="assumed", source="made up"
        ),
        sources=pd.DataFrame(
            {"source_id": ["s"], "yuan": [np.nan], "groups": "all", "tiers": "all"}
        ),
        extras=extras,
    )


def scenario(**values) -> sw.Scenario:
    base = {"budget_yuan": 100_000, "unit_yuan": 100, "reserve": 0.0}
    return read_scenario({"values": base | values}, "trial")
