"""Random tables and scenarios: each ends in an exact plan that keeps every limit, or in findings.

``python tests/fuzz.py --number 100000 --seed 1`` runs as many as asked and prints what came out;
the suite runs 2,000 of them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import sendwarmth as sw
from sendwarmth.model.scenario import read_scenario
from sendwarmth.model.schema import RULE_NAMES


def random_inputs(rng: np.random.Generator) -> sw.Inputs:
    """Return tables of one to twenty units and one to seven groups, some of them odd."""
    regions = [f"r{i}" for i in range(rng.integers(1, 21))]
    groups = [f"g{j}" for j in range(rng.integers(1, 8))]
    size = len(regions)
    heads = rng.integers(0, 10 ** rng.integers(1, 6), (size, len(groups)))
    heads[rng.random(heads.shape) < rng.choice([0, 0.2, 0.9])] = 0
    gdp = rng.lognormal(6, 1, size)
    gdp[rng.random(size) < rng.choice([0, 0.3, 1])] = np.nan
    cells = [(r, g) for r in regions for g in groups]
    return sw.Inputs(
        regions=pd.DataFrame(
            {"gdp_100m_yuan": gdp, "residents": rng.lognormal(14, 1, size), "bloc": "b"},
            index=pd.Index(regions, name="region_id"),
        ),
        groups=pd.DataFrame(
            {"must_cover": False, "graded": False, "band_low_yuan": 0, "band_high_yuan": 1e9},
            index=pd.Index(groups, name="group_id"),
        ),
        standards=pd.DataFrame(
            {"group_id": groups, "tier_id": "", "yuan": 1000.0, "share": 1.0, "archived": False}
        ),
        eligible=pd.DataFrame(
            {
                "region_id": [r for r, _ in cells],
                "group_id": [g for _, g in cells],
                "tier_id": "",
                "heads": heads.ravel(),
                "status": "assumed",
                "source": "made up",
            }
        ),
        sources=pd.DataFrame(
            {"source_id": ["s"], "yuan": [np.nan], "groups": "all", "tiers": "all"}
        ),
        extras=_random_extras(rng, regions, cells),
    )


def _random_extras(rng: np.random.Generator, regions: list[str], cells: list) -> Mapping[str, Any]:
    extras = {}
    if rng.random() < 0.3:
        yuan = rng.integers(0, 10**6, len(cells))
        ids = pd.DataFrame(cells, columns=["region_id", "group_id"])
        extras["last_year"] = ids.assign(yuan=yuan)
    if rng.random() < 0.2:
        rates = rng.random(len(regions))
        extras["execution"] = pd.DataFrame({"region_id": regions, "rate": rates})
    return extras


def random_values(rng: np.random.Generator, inputs: sw.Inputs) -> dict[str, Any]:
    """Return values that pass the schema but may clash, be extreme, or not fit the tables."""
    groups = list(inputs.group_ids)
    standard = {group: int(rng.integers(0, 31)) * 100 for group in groups}
    claims = float(inputs.claims(standard).to_numpy().sum())
    unit = int(rng.choice([1, 10, 100, 1_000, 10_000]))
    budget = int(claims * rng.choice([0, 0.5, 0.95, 1, 1.05, 3])) + int(rng.integers(0, unit + 1))
    values: dict[str, Any] = {
        "budget_yuan": budget,
        "unit_yuan": unit,
        "reserve": rng.choice([0.0, 0.05, 0.123456]).item(),
        "standard": standard,
        "rule": str(rng.choice(RULE_NAMES)),
        "priority": {group: float(rng.choice([1, 1, 2.5, 1e-9, 1e9])) for group in groups},
    }
    if rng.random() < 0.2:
        values["reserve"] = "rest"
    weakness = round(float(rng.random()), 2)
    if rng.random() < 0.5:
        parts = {"claim": round(1 - weakness, 2), "fiscal_weakness": weakness}
        values["factor_weight"] = {"default": parts}
    if rng.random() < 0.3:
        values["priority"] = {}
        cuts = np.diff([0, *sorted(rng.integers(0, 1_000_001, len(groups) - 1)), 1_000_000])
        shares = zip(groups, cuts.tolist(), strict=True)
        values["group_share"] = {group: cut / 1_000_000 for group, cut in shares}
    if rng.random() < 0.5:
        values["per_head_min"] = {g: int(standard[g] * rng.choice([0, 0.3, 0.9])) for g in groups}
    if rng.random() < 0.5:
        most = (1, 1.2, 3)
        values["per_head_max"] = {g: int(standard[g] * rng.choice(most)) + 100 for g in groups}
    if rng.random() < 0.4:
        share = rng.choice([0.1, 0.5, 0.99, 1.2])
        values["region_floor_yuan"] = int(budget * share / len(inputs.region_ids))
    if rng.random() < 0.2:
        values["region_cap_share"] = round(float(rng.uniform(0.05, 1)), 3)
    if rng.random() < 0.2:
        values["change_band"] = [-0.3, round(float(rng.uniform(-0.3, 1)), 2)]
    values["limits"] = [_random_limit(rng, inputs, budget, n) for n in range(rng.integers(0, 6))]
    values["locks"] = _random_locks(rng, inputs, budget, unit)
    return _milder(values, inputs) if rng.random() < 0.6 else values


def _milder(values: dict[str, Any], inputs: sw.Inputs) -> dict[str, Any]:
    """Take out what most often clashes, so that most random problems have a plan."""
    heads = inputs.heads
    kept = [lock for lock in values["locks"] if heads.loc[lock["region"], lock["group"]]]
    drop = {"per_head_min", "per_head_max", "factor_weight", "reserve"}
    if "last_year" not in inputs.extras:
        drop.add("change_band")
    mild = {key: value for key, value in values.items() if key not in drop}
    return mild | {"locks": kept, "limits": values["limits"][:2]}


def _random_limit(
    rng: np.random.Generator, inputs: sw.Inputs, budget: int, n: int
) -> dict[str, Any]:
    def some(ids: tuple[str, ...]) -> Any:
        return "all" if rng.random() < 0.3 else [i for i in ids if rng.random() < 0.5] or [ids[0]]

    floor = int(budget * rng.uniform(0, 0.5))
    limit = {"name": f"limit {n}", "regions": some(inputs.region_ids), "who": "w", "why": "y"}
    limit |= {"groups": some(inputs.group_ids), "floor_yuan": floor}
    if rng.random() < 0.4:
        limit["cap_yuan"] = floor + int(budget * rng.uniform(0, 0.3))
    return limit


def _random_locks(rng: np.random.Generator, inputs: sw.Inputs, budget: int, unit: int) -> list:
    cells = [(r, g) for r in inputs.region_ids for g in inputs.group_ids]
    number = min(int(rng.choice([0, 0, 0, 1, 3, 100])), len(cells) // 2)
    chosen = rng.choice(len(cells), number, replace=False)
    most = max(budget // max(len(cells), 1) // unit, 1)
    return [
        {"region": cells[k][0], "group": cells[k][1], "yuan": int(rng.integers(0, most)) * unit}
        for k in chosen
    ]


def outcome(seed: int) -> str:
    """Run one random problem to its end and return how it ended."""
    rng = np.random.default_rng(seed)
    inputs = random_inputs(rng)
    scenario = read_scenario({"values": random_values(rng, inputs)}, f"fuzz-{seed}")
    try:
        plan = sw.allocate(inputs, scenario)
    except (sw.InputError, sw.Infeasible) as error:
        return f"{type(error).__name__}: {error.findings[0].code}"
    check(plan)
    return "plan"


def check(plan: sw.Plan) -> None:
    """Assert what every plan promises, in integers and without the model's own checks."""
    values, table = plan.scenario.values, plan.table
    assert int(table.to_numpy().sum()) + plan.reserve == values["budget_yuan"]
    assert (table.to_numpy() >= 0).all()
    assert (table.to_numpy() % values["unit_yuan"] == 0).all()
    assert plan.exact.notna().all(axis=None)
    for limit in values["limits"]:
        rows = list(table.index) if limit["regions"] == "all" else list(limit["regions"])
        columns = list(table.columns) if limit["groups"] == "all" else list(limit["groups"])
        amount = int(table.loc[rows, columns].to_numpy().sum())
        assert amount >= (limit["floor_yuan"] or 0)
        assert limit["cap_yuan"] is None or amount <= limit["cap_yuan"]
    for lock in values["locks"]:
        assert table.loc[lock["region"], lock["group"]] == lock["yuan"]
    assert (table.sum(axis=1) >= values["region_floor_yuan"]).all()
    for group, least in values["per_head_min"].items():
        assert (table[group] >= plan.heads[group] * least).all()
    for group, most in values["per_head_max"].items():
        assert (table[group] <= plan.heads[group] * most).all()


def main() -> None:
    """Run as many random problems as asked and print how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.number} problems", flush=True)
    start, ends = time.perf_counter(), Counter[str]()
    for n in range(options.number):
        if time.perf_counter() - start > 60 * options.minutes:
            break
        try:
            ends[outcome(options.seed * 10**9 + n)] += 1
        except Exception:
            print(f"problem {n} of seed {options.seed} ends in neither:", flush=True)
            raise
    for end, count in ends.most_common():
        print(f"{count:8d}  {end}")
    took = time.perf_counter() - start
    print(f"{ends.total()} problems, {took / max(ends.total(), 1) * 1e3:.1f} ms each")


if __name__ == "__main__":
    main()
