"""What an auditor would ask about a plan: findings that go with it, never stop it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sendwarmth.model.findings import Finding, Place

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan


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
    tiers = plan.inputs.standards
    graded = plan.inputs.groups["graded"]
    for group in graded.index[graded]:
        of_group = tiers[(tiers["group_id"] == group) & (tiers["tier_id"] != "")]
        if of_group["yuan"].nunique() <= 1:
            yield _warn("flat_split", "standards", group=group, tiers=len(of_group))


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
    sources = plan.inputs.sources
    for source in sources[sources["yuan"].notna() & (sources["tiers"] != "all")].itertuples():
        paid = (plan.table * tier_share(plan, str(source.tiers).split())).sum()
        groups = list(paid.index) if source.groups == "all" else str(source.groups).split()
        able = float(paid.reindex(groups).sum())
        if source.yuan > able:
            facts = {"source": source.source_id, "value": float(source.yuan), "allowed": able}
            yield _warn("earmark_above_tiers", "sources", **facts)


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
    for group, yuan in funded.groupby("group_id")["yuan"].sum().items():
        yield _warn("funded_elsewhere", "elsewhere", group=group, value=float(yuan))


def _sources(plan: Plan) -> Iterator[Finding]:
    total = plan.inputs.sources["yuan"].sum()
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
