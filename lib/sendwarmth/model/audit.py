"""What an auditor would ask about a plan: findings that go with it, never stop it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sendwarmth.model.bounds import unions
from sendwarmth.model.findings import Finding, Place

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan

Slot = tuple[str, str]
"""A group and one of its tiers."""


def audit(plan: Plan) -> tuple[Finding, ...]:
    """Return the audit findings of a plan, each with the amounts it is about.

    Amounts a head outside the published bands, a graded group paid flat, earmarked money above
    what its tiers are paid, people possibly paid twice, money already funded elsewhere, sources
    that do not add to the fund, a reserve without a date.
    """
    checks = (_bands, _flat, _earmarks, _twice, _elsewhere, _sources, _reserve, _rounded_down)
    return tuple(finding for check in checks for finding in check(plan))


def _warn(code: str, field: str, **facts: object) -> Finding:
    return Finding(code, "warning", Place(field=field), facts)


def _bands(plan: Plan) -> Iterator[Finding]:
    heads, groups = plan.problem.heads, plan.inputs.groups
    low = groups["band_low_yuan"].to_numpy(float)
    high = groups["band_high_yuan"].to_numpy(float)
    a_head = plan.table.to_numpy(float) / np.where(heads > 0, heads, np.nan)
    for i, j in np.argwhere((a_head < low) | (a_head > high)):
        facts = {"value": float(a_head[i, j]), "low": low[j], "high": high[j]}
        yield _warn("outside_band", "table", cell=_cell(plan, i, j), **facts)


def _cell(plan: Plan, i: int, j: int) -> str:
    return f"{plan.problem.region_ids[i]}/{plan.problem.group_ids[j]}"


def _flat(plan: Plan) -> Iterator[Finding]:
    """Yield graded groups whose tiers are paid alike, or that no tier grades."""
    rows = plan.inputs.standards
    columns = (rows[name].tolist() for name in ("group_id", "tier_id", "yuan"))
    tiers = [(group, yuan) for group, tier, yuan in zip(*columns, strict=True) if tier]
    graded = plan.inputs.groups["graded"].tolist()
    for group in compress(plan.inputs.group_ids, graded):
        paid = [yuan for of_group, yuan in tiers if of_group == group]
        if len(set(paid)) <= 1:
            yield _warn("flat_split", "standards", group=group, tiers=len(paid))


def tier_share(plan: Plan, tiers: Collection[str]) -> pd.DataFrame:
    """Return the share of each cell's claim that is for the given tiers, 0 to 1.

    Cells without tiers take the shares of heads that ``standards`` gives for their group.
    """
    rows, table = plan.inputs.eligible, plan.table
    yuan = plan.inputs.standards.set_index(["group_id", "tier_id"])["yuan"]
    keys = pd.MultiIndex.from_frame(rows[["group_id", "tier_id"]])
    claim = rows["heads"] * yuan.reindex(keys).to_numpy(float)
    mixed = {group: _mix(plan, group, tiers) for group in table.columns}
    part = rows["tier_id"].isin(tiers).where(rows["tier_id"] != "", rows["group_id"].map(mixed))
    cells = [rows["region_id"], rows["group_id"]]
    whole = claim.groupby(cells).sum().unstack()
    share = (claim * part.astype(float)).groupby(cells).sum().unstack() / whole
    return share.reindex(index=table.index, columns=table.columns).fillna(0.0)


def _mix(plan: Plan, group: str, tiers: Collection[str]) -> float:
    rows = plan.inputs.standards
    rows = rows[(rows["group_id"] == group) & (rows["tier_id"] != "")]
    claim = rows["share"] * rows["yuan"]
    return float(claim[rows["tier_id"].isin(tiers)].sum() / claim.sum()) if claim.sum() > 0 else 0.0


def _earmarks(plan: Plan) -> Iterator[Finding]:
    """Yield unions of sources that bring more than the tiers only they may serve are paid.

    The smallest such unions: what holds one source by itself is not told again with others.
    """
    sources = [source for source in plan.inputs.funded if source.groups or source.tiers]
    if not any(source.tiers for source in sources):
        return
    paid = _paid(plan)
    served = {
        source: frozenset(
            (group, tier)
            for group, tier in paid
            if (source.groups is None or group in source.groups)
            and (source.tiers is None or tier in source.tiers)
        )
        for source in sources
    }
    told: list[frozenset[Slot]] = []
    for union in unions(served.values()):
        inside = [source for source in sources if served[source] <= union]
        brought, able = sum(source.yuan for source in inside), sum(paid[slot] for slot in union)
        tiered = any(source.tiers for source in inside)
        if tiered and brought > able + 0.5 and not any(part < union for part in told):
            told.append(union)
            names = "+".join(sorted(source.source_id for source in inside))
            facts = {"source": names, "value": brought, "allowed": able}
            yield _warn("earmark_above_tiers", "sources", **facts)


def _paid(plan: Plan) -> dict[Slot, float]:
    """Return what each group and tier is paid, yuan; the empty tier is for all without one."""
    rows, paid = plan.inputs.standards, dict[Slot, float]()
    left = plan.table.sum()
    for tier in sorted(set(rows["tier_id"]) - {""}):
        part = (plan.table * tier_share(plan, [tier])).sum()
        left = left - part
        groups = rows["group_id"][rows["tier_id"] == tier]
        paid |= {(group, tier): float(part[group]) for group in groups}
    return paid | {(group, ""): float(yuan) for group, yuan in left.items()}


def _twice(plan: Plan) -> Iterator[Finding]:
    overlap = plan.inputs.extras.get("overlap")
    if overlap is None:
        return
    for row in overlap.itertuples():
        people = float(row.rate) * float(plan.inputs.listed[row.group_a].sum())
        if people:
            facts = {"group_a": row.group_a, "group_b": row.group_b, "paid_in": row.paid_in}
            yield _warn("paid_twice_possible", "overlap", value=round(people), **facts)


def _elsewhere(plan: Plan) -> Iterator[Finding]:
    funded = plan.inputs.extras.get("elsewhere")
    if funded is None:
        return
    amounts: dict[str, float] = {}
    for group, yuan in zip(funded["group_id"].tolist(), funded["yuan"].tolist(), strict=True):
        amounts[group] = amounts.get(group, 0.0) + yuan
    for group in sorted(amounts):
        yield _warn("funded_elsewhere", "elsewhere", group=group, value=amounts[group])


def _sources(plan: Plan) -> Iterator[Finding]:
    total = sum(source.yuan for source in plan.inputs.funded)
    if total and total != plan.problem.budget_yuan:
        facts = {"value": float(total), "allowed": plan.problem.budget_yuan}
        yield _warn("sources_off_budget", "sources", **facts)


def _reserve(plan: Plan) -> Iterator[Finding]:
    release = plan.scenario.values["reserve_release"]
    if plan.reserve and not (release and release["until"] and release["rule"]):
        yield _warn("reserve_without_date", "values.reserve_release", value=plan.reserve)


def _rounded_down(plan: Plan) -> Iterator[Finding]:
    """Cells whose people get nothing though they have a claim: the unit is too coarse for them."""
    lost = (plan.table.to_numpy() == 0) & (plan.problem.claims > 0) & (plan.exact.to_numpy() > 0)
    for i, j in np.argwhere(lost):
        yield _warn("rounded_to_nothing", "values.unit_yuan", cell=_cell(plan, i, j))
