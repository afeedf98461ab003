"""What was judged by hand, what binds, what is open, and who signs: the meeting's second half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sendwarmth.model import explain
from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import Finding
from sendwarmth.model.limits import each
from sendwarmth.model.swing import WIDE, swing_of
from sendwarmth.view.masking import MASKED, SMALLEST_SHOWN, Mask
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Column, Table

SLACK_YUAN = 0.5
SIGNERS = ("handler", "head", "finance", "audit", "leader", "date")


def ledger(plan: Plan, names: Names) -> Table:
    """Return the ledger of judgement: every lock and limit set by hand, with who, why, until."""
    words, values = names.words, plan.scenario.values
    rows: list[tuple[Any, ...]] = []
    for lock in values["locks"]:
        cell = names.of_id(f"{lock['region']}/{lock['group']}")
        change = lock["yuan"] - plan.target.loc[lock["region"], lock["group"]]
        said = words.say("ledger.lock", value=lock["yuan"])
        rows.append((cell, said, round(change), *_signed_for(lock, names)))
    for limit in values["limits"]:
        parts = [
            words.say(f"ledger.{key}", value=limit[f"{key}_yuan"])
            for key in ("floor", "cap")
            if limit[f"{key}_yuan"] is not None
        ]
        held = _amount(plan, f"limits/{limit['name']}", "table")
        aim = _amount(plan, f"limits/{limit['name']}", "target")
        about = f"{limit['name']} {words.say('ledger.cells', cells=_cells(limit, names))}"
        rows.append(
            (
                about,
                words.say("limit.clause").join(parts),
                round(held - aim),
                *_signed_for(limit, names),
            )
        )
    columns = (
        Column(words.say("ledger.item")),
        Column(words.say("ledger.adjustment")),
        Column(words.say("ledger.against_target"), "signed"),
        Column(words.say("ledger.who")),
        Column(words.say("ledger.why")),
        Column(words.say("ledger.until")),
    )
    none = () if rows else (words.say("ledger.none"),)
    return Table(words.say("ledger.caption"), columns, tuple(rows), notes=none)


def _signed_for(entry: dict[str, Any], names: Names) -> tuple[str, str, str]:
    blank = names.words.say("ledger.blank")
    return (entry["who"] or blank, entry["why"] or blank, entry["until"] or blank)


def _cells(limit: dict[str, Any], names: Names) -> str:
    words = names.words
    every = words.say("table.all")
    parts = []
    for key in ("regions", "groups"):
        ids = limit[key]
        listed = words.say("limit.list").join(names.of_id(word) for word in ids)
        parts.append(every if ids == "all" else listed)
    return " × ".join(parts)


def _amount(plan: Plan, name: str, frame: str) -> float:
    mask = next(limit.mask for limit in each(plan.problem.limits) if limit.name == name)
    return float(np.asarray(getattr(plan, frame))[mask].sum())


@dataclass(frozen=True)
class Held:
    """A limit that binds: its name, which side, what it says, what it holds, what it would hold."""

    name: str
    side: str
    bound_yuan: float
    amount_yuan: float
    target_yuan: float


def limits_in_force(plan: Plan) -> Iterator[Held]:
    """Yield every limit that binds, with what it holds and what its cells aimed at."""
    for row in explain.binding(plan).itertuples():
        name = str(row.Index)
        sums = (_amount(plan, name, frame) for frame in ("table", "target"))
        yield Held(name, str(row.side), float(row.yuan), *sums)


def binding(plan: Plan, names: Names) -> Table:
    """Return the limits and bounds that bind: what each holds and what it held without them."""
    words = names.words
    rows = [
        (
            names.limit(held.name),
            words.say(f"ledger.{held.side}", value=held.bound_yuan),
            round(held.amount_yuan),
            round(held.target_yuan),
        )
        for held in limits_in_force(plan)
    ]
    rows += list(bounds_in_force(plan, names))
    columns = (
        Column(words.say("ledger.limit")),
        Column(words.say("ledger.bound")),
        Column(words.say("table.amount"), "money"),
        Column(words.say("step.target"), "money"),
    )
    none = () if rows else (words.say("ledger.nothing_binds"),)
    digits = words.digits([row[2] for row in rows])
    return Table(words.say("ledger.binding"), columns, tuple(rows), notes=none, digits=digits)


def bounds_in_force(plan: Plan, names: Names) -> Iterator[tuple[str, str, int, int]]:
    """Yield the cells that stand on their own floor or cap and whose target was beyond it."""
    problem, words = plan.problem, names.words
    table, target = plan.table.to_numpy(), plan.target.to_numpy()
    for side, bound in (("floor", problem.lower), ("cap", problem.upper)):
        beyond = target < bound - SLACK_YUAN if side == "floor" else target > bound + SLACK_YUAN
        for i, j in np.argwhere(beyond & (np.abs(table - bound) < SLACK_YUAN)):
            cell = names.of_id(f"{problem.region_ids[i]}/{problem.group_ids[j]}")
            said = words.say(f"ledger.{side}", value=float(bound[i, j]))
            yield cell, said, int(table[i, j]), round(float(target[i, j]))


def open_items(plan: Plan, names: Names, mask: Mask) -> tuple[str, ...]:
    """Return what is still to be confirmed, one sentence each: assumed heads, then warnings.

    Parameters
    ----------
    plan
        The plan.
    names
        Names in its tables.
    mask
        Which head counts are hidden: warnings keep figures to themselves that tell them.
    """
    words, status = names.words, plan.inputs.status
    items = []
    for group in plan.table.columns:
        yuan = float(plan.table[group].where(status[group] == "assumed", 0).sum())
        if yuan:
            units = int((status[group] == "assumed").sum())
            facts = {"group": names.groups[group], "units": units, "yuan": yuan}
            items.append(words.say("open.assumed_heads", **facts))
    if (status == "assumed").to_numpy().any():
        claims = plan.claims.sum(axis=1)
        largest = claims.idxmax()
        share = float(claims[largest] / claims.sum()) if claims.sum() else 0.0
        said = words.say("open.spread", region=names.regions[largest], share=share)
        items.append(said + _swing(plan, names))
    # How a table was read concerns whoever filled it in, and quotes its figures.
    told = [_discreet(finding, mask) for finding in plan.findings if finding.severity != "note"]
    items += [words.sentence(finding, names.of_id, paths=False) for finding in told]
    return tuple(items)


def _swing(plan: Plan, names: Names) -> str:
    """Return by how much other weights of income tiers would move the largest unit's share."""
    swing, words = swing_of(plan.inputs, plan.scenario), names.words
    if swing is None:
        return ""
    groups = words.say("limit.list").join(names.groups[group] for group in swing.groups)
    shares = {"now": swing.now, "alike": swing.alike, "wide": swing.wide}
    weights = {"high": WIDE["high"], "low": WIDE["low"]}
    return words.say("open.swing", groups=groups, **shares, **weights)


def _discreet(finding: Finding, mask: Mask) -> Finding:
    """Return a finding without a figure that tells a hidden count."""
    region, _, group = str(finding.facts.get("cell", "")).partition("/")
    cells = mask.cells
    hidden = region in cells.index and group in cells.columns and bool(cells.loc[region, group])
    few = finding.code == "paid_twice_possible" and finding.facts["value"] < SMALLEST_SHOWN
    if not (hidden or few):
        return finding
    return replace(finding, facts={**finding.facts, "value": MASKED})


def signatures(plan: Plan, names: Names) -> Table:
    """Return the lines to sign, filled in only with what the scenario says was decided."""
    words, decision = names.words, plan.scenario.decision
    columns = (Column(words.say("sign.role")), Column(words.say("sign.sign")))
    rows = [(words.say(f"sign.{role}"), "") for role in SIGNERS]
    status = words.say(f"choice.status.{plan.scenario.status}")
    decided = words.say("sign.decided", **decision) if any(decision.values()) else ""
    notes = (
        (words.say("sign.status", status=status), decided)
        if decided
        else (words.say("sign.status", status=status),)
    )
    return Table(words.say("sign.caption"), columns, tuple(rows), notes=notes)
