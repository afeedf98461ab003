"""Random positions of the panel's levers on several sets of tables, feasible and not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import sendwarmth as sw
from sendwarmth.model.fit import fit
from sendwarmth.model.problem import build
from sendwarmth.view.levers import Lever, levers_of
from sendwarmth.view.position import changes, position_of


class Case(NamedTuple):
    """A position on its tables."""

    inputs: sw.Inputs
    scenario: sw.Scenario
    levers: tuple[Lever, ...]
    start: dict[str, Any]
    position: dict[str, Any]

    @property
    def changed(self) -> sw.Scenario:
        """Return the scenario at the position; raises InputError where it is not valid."""
        return self.scenario.with_values(**changes(self.levers, self.position, self.start))


def verdict(case: Case) -> tuple[str, np.ndarray | None]:
    """Return what Python says: done, infeasible or refused, and the amounts before rounding."""
    try:
        problem = build(case.inputs, case.changed)
    except sw.InputError:
        return "refused", None
    bounds = problem.lower, problem.upper, problem.limits
    fitted = fit(problem.target, *bounds, problem.total_yuan)
    return str(fitted.status), fitted.amounts if fitted.status == "done" else None


def table_sets(inputs: sw.Inputs, rng: np.random.Generator) -> list[sw.Inputs]:
    """Return the tables as shipped, with every optional table, with earmarks, and with tiers."""
    regions, groups = inputs.region_ids, inputs.group_ids
    cells = pd.DataFrame(
        [(r, g) for r in regions for g in groups], columns=["region_id", "group_id"]
    )
    claims = inputs.claims(dict(inputs.table_standard)).to_numpy().ravel()
    some = rng.random(len(cells)) < 0.1
    paid = cells.assign(yuan=(claims * 0.6 // 500 * 500))[some]
    unspent = cells.assign(yuan=7_300)[rng.random(len(cells)) < 0.05]
    last = claims.reshape(len(regions), -1).sum(axis=1) * rng.uniform(0.8, 1.2, len(regions))
    last_year = pd.DataFrame({"region_id": regions[1:], "yuan": last[1:].round()})
    rates = pd.DataFrame({"region_id": regions[2:], "rate": rng.uniform(0.7, 1, len(regions) - 2)})
    full = {"paid": paid, "unspent": unspent, "last_year": last_year, "execution": rates}
    earmarked = pd.DataFrame(
        {
            "source_id": ["one", "two", "three"],
            "yuan": [20_000_500.0, 12_000_000.0, np.nan],
            "groups": [groups[0], f"{groups[0]} {groups[2]}", "all"],
            "tiers": "all",
        }
    )
    tiers = inputs.standards[inputs.standards["tier_id"] != ""]
    split = inputs.eligible.merge(
        tiers[["group_id", "tier_id", "share"]], on="group_id", suffixes=("_old", "")
    )
    split["heads"] = (split["heads"] * split["share"]).astype(int)
    untiered = inputs.eligible[~inputs.eligible["group_id"].isin(tiers["group_id"])]
    eligible = pd.concat([split[list(inputs.eligible.columns)], untiered], ignore_index=True)
    overlap = pd.DataFrame(
        {"group_a": [groups[2]], "group_b": [groups[0]], "rate": [0.1], "paid_in": [groups[0]]}
    )
    return [
        inputs,
        replace(inputs, extras=full),
        replace(inputs, sources=earmarked),
        replace(inputs, eligible=eligible, extras={**full, "overlap": overlap}),
    ]


def cases(inputs: sw.Inputs, scenario: sw.Scenario, count: int, seed: int = 0) -> Iterator[Case]:
    """Yield random positions of all levers, locks and limits; about a third cannot hold."""
    rng = np.random.default_rng(seed)
    sets = table_sets(inputs, rng)
    made = [(tables, levers_of(tables, scenario)) for tables in sets]
    starts = [position_of(levers, tables, scenario) for tables, levers in made]
    for n in range(count):
        tables, levers = made[n % len(made)]
        start = starts[n % len(made)]
        position = dict(start)
        few = rng.choice([0.05, 0.2, 0.6])
        for lever in levers:
            if not lever.joins and rng.random() < few:
                position[lever.name] = moved(lever, position[lever.name], rng)
        if position["unit_yuan"] < 100:
            position["unit_yuan"] = 100
        settle_shares(levers, position, rng)
        settle_bounds(tables, position, rng)
        position["locks"] = locks(tables, position, rng)
        position["limits"] = limits(tables, scenario, rng)
        yield Case(tables, scenario, levers, start, position)


def moved(lever: Lever, value: Any, rng: np.random.Generator) -> Any:
    if lever.kind == "switch":
        return bool(rng.random() < 0.5)
    if lever.kind == "choice":
        return lever.choices[rng.integers(len(lever.choices))]
    near = rng.random() < 0.7
    low, high = (value * 0.8, value * 1.25) if near and value else (lever.lowest, lever.highest)
    steps = round((rng.uniform(min(low, high), max(low, high)) - lever.lowest) / lever.step)
    found = lever.lowest + steps * lever.step
    return int(found) if lever.unit.startswith("yuan") else round(float(found), 6)


def settle_shares(levers: tuple[Lever, ...], position: dict, rng: np.random.Generator) -> None:
    """Let shares add to 1 and weights to at most 1, as the panel does; spoil it now and then."""
    shares = [lever.name for lever in levers if lever.field == "group_share" and lever.member]
    parts = rng.dirichlet(np.full(len(shares), 8.0))
    if position.get("group_share__on") and rng.random() < 0.9:
        # Near the claims, since a random envelope is seldom within the bounds of its cells.
        old = np.array([position[name] for name in shares])
        parts = 0.95 * old / old.sum() + 0.05 * parts
        thousandths = np.floor(parts * 1000).astype(int)
        thousandths[0] += 1000 - thousandths.sum()
        position.update({n: int(t) / 1000 for n, t in zip(shares, thousandths, strict=True)})
        same = {lever.name: 1.0 for lever in levers if lever.field == "priority"}
        position.update(same if rng.random() < 0.9 else {})
    weights: dict[str, list[str]] = {}
    for lever in levers:
        if lever.field == "factor_weight" and lever.member:
            weights.setdefault(lever.member, []).append(lever.name)
    for names in weights.values():
        if sum(position[name] for name in names) > 1 and rng.random() < 0.9:
            position.update(dict.fromkeys(names, 0.35))


def settle_bounds(tables: sw.Inputs, position: dict, rng: np.random.Generator) -> None:
    """Mostly keep the least below the most."""
    pairs = [("change_band__low", "change_band__high")] if "change_band__on" in position else []
    pairs += [(f"per_head_min__{group}", f"per_head_max__{group}") for group in tables.group_ids]
    for low, high in pairs:
        if position[low] > position[high] and rng.random() < 0.95:
            position[low], position[high] = position[high], position[low]


def locks(tables: sw.Inputs, position: dict, rng: np.random.Generator) -> list[dict[str, Any]]:
    found = []
    for _ in range(rng.choice([0, 0, 1, 2])):
        region, group = rng.choice(tables.region_ids), rng.choice(tables.group_ids)
        standard = position[f"standard__{group}"]
        yuan = tables.heads.at[region, group] * standard * rng.uniform(0.6, 1.3)
        unit = position["unit_yuan"] if rng.random() < 0.9 else 7
        found.append(
            {"region": str(region), "group": str(group), "yuan": int(yuan // unit * unit)}
            | {"who": "a", "why": "b", "until": ""}
        )
    once = {(lock["region"], lock["group"]): lock for lock in found}
    return list(once.values())


def limits(
    tables: sw.Inputs, scenario: sw.Scenario, rng: np.random.Generator
) -> list[dict[str, Any]]:
    claims = tables.claims(dict(tables.table_standard))
    found = []
    for n in range(rng.choice([0, 0, 1, 2, 4, 8])):
        rows = [r for r in tables.region_ids if rng.random() < 0.4] or [tables.region_ids[0]]
        columns = [g for g in tables.group_ids if rng.random() < 0.5]
        money = float(claims.loc[rows, columns or list(claims)].to_numpy().sum())
        floor = int(money * rng.uniform(0.8, 1.08)) if rng.random() < 0.6 else None
        cap = int(money * rng.uniform(0.95, 1.2)) if floor is None or rng.random() < 0.3 else None
        if floor is not None and cap is not None and rng.random() < 0.5:
            floor = cap = floor // 10_000 * 10_000
        if floor is not None and cap is not None and floor > cap:
            floor, cap = cap, floor
        found.append(
            {"name": f"limit {n}", "regions": rows, "groups": columns or "all"}
            | {"floor_yuan": floor, "cap_yuan": cap, "who": "a", "why": "b", "until": ""}
        )
    return found
