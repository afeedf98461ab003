"""Tables and scenarios in which everything that can be moved is there to move."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import sendwarmth as sw
from samples import scenario, tables

LIMIT = {"name": "x", "regions": ["r0"], "groups": ["b"], "floor_yuan": 3_000, "cap_yuan": 80_000}


def rich_tables() -> sw.Inputs:
    """Three units, two groups, one of them with two tiers; GDP, execution rates and a last year."""
    last = pd.DataFrame({"region_id": ["r0", "r1"], "group_id": "a", "yuan": [30_000, 20_000]})
    rates = pd.DataFrame({"region_id": ["r0", "r1", "r2"], "rate": [0.5, 0.9, 1.0]})
    plain = tables([[40, 30], [30, 40], [20, 10]], last_year=last, execution=rates)
    tiers = pd.DataFrame(
        {"group_id": "a", "tier_id": ["t", "u"], "yuan": [3000.0, 1000.0], "share": 0.5}
    ).assign(archived=True)
    of_a = plain.eligible["group_id"] == "a"
    halves = [plain.eligible[of_a].assign(tier_id=tier) for tier in ("t", "u")]
    regions = plain.regions.assign(gdp_100m_yuan=[9.0, 4.0, 2.0], residents=[100.0, 80.0, 60.0])
    return replace(
        plain,
        regions=regions,
        standards=pd.concat([plain.standards, tiers], ignore_index=True),
        eligible=pd.concat([*halves, plain.eligible[~of_a]], ignore_index=True),
    )


def rich_scenario(**values) -> sw.Scenario:
    """Return a scenario that states something in every field."""
    base = {
        "budget_yuan": 200_000,
        "reserve": 0.1,
        "factor_weight": {"default": {"claim": 0.6, "fiscal_weakness": 0.2, "execution": 0.2}},
        "per_head_min": {"a": 300, "b": 200},
        "per_head_max": {"a": 4_000, "b": 3_000},
        "region_floor_yuan": 10_000,
        "region_cap_share": 0.9,
        "change_band": [-0.6, 2.0],
        "locks": [{"region": "r1", "group": "b", "yuan": 20_000}],
        "limits": [LIMIT],
    }
    return scenario(**base | values)
