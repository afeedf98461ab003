"""From tables and a scenario to the numbers the fit sees: target, bounds and limits, on the grid.

Everything a limit says is drawn in to whole units here, before the fit, so that the fit, the
verdict and the rounding see the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model import targets
from sendwarmth.model.bounds import Whole, cell_bounds, limits_of, tightest
from sendwarmth.model.findings import Finding, InputError
from sendwarmth.model.grid import unit_that_works
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.scenario import Scenario, check
from sendwarmth.model.schema import EVERY
from sendwarmth.model.setting import Floats, Index, Setting

NEAR_FUND = (0.98, 1.02)


@dataclass(frozen=True)
class Problem:
    """One allocation problem in yuan, arrays of shape (R, G).

    Parameters
    ----------
    region_ids, group_ids
        Labels of rows and columns.
    heads, claims, target
        People or households, yuan claimed, and yuan if there were no limits.
    lower, upper
        Bounds of each cell, whole units.
    limits
        Every limit on more than one cell.
    total_yuan, unit_yuan
        What is shared, a whole number of units.
    budget_yuan, carried_yuan
        The fund, and unspent balances that come on top of it.
    cells
        The bounds that ``lower`` and ``upper`` come from, by source.
    findings
        Warnings and notes met on the way.
    """

    region_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    heads: Floats
    claims: Floats
    target: Floats
    lower: Floats
    upper: Floats
    limits: tuple[Limit | Family, ...]
    total_yuan: int
    unit_yuan: int
    budget_yuan: int
    carried_yuan: int
    cells: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def frame(self, array: NDArray[Any]) -> pd.DataFrame:
        """Return an array of the table's shape with its labels."""
        return pd.DataFrame(
            array,
            index=pd.Index(self.region_ids, name="region_id"),
            columns=pd.Index(self.group_ids, name="group_id"),
        )

    @property
    def reserve_yuan(self) -> int:
        """What is kept back, with what is left below one unit."""
        return self.budget_yuan + self.carried_yuan - self.total_yuan


def build(inputs: Inputs, scenario: Scenario) -> Problem:
    """Build the problem a scenario poses on its tables.

    Raises
    ------
    InputError
        With every finding at once.
    """
    wrong = check(scenario, inputs)
    if wrong:
        raise InputError(wrong)
    setting = Setting.of(inputs, scenario)
    carried = int(setting.money("unspent").sum())
    total, notes = total_yuan(setting, carried)
    target, envelopes = target_of(setting, total)
    cells = cell_bounds(setting)
    lower, upper = tightest(cells)
    limits = (*envelopes, *limits_of(setting, total))
    if setting.read.findings:
        raise InputError(setting.read.findings)
    return Problem(
        region_ids=setting.regions,
        group_ids=setting.groups,
        heads=setting.heads,
        claims=setting.claims,
        target=target,
        lower=lower,
        upper=upper,
        limits=limits,
        total_yuan=total,
        unit_yuan=setting.unit,
        budget_yuan=int(setting.values["budget_yuan"]),
        carried_yuan=carried,
        cells=cells,
        findings=(*inputs.findings, *notes),
    )


def total_yuan(setting: Setting, carried_yuan: int) -> tuple[int, tuple[Finding, ...]]:
    """Return what is shared, in whole units, and what is doubtful about it.

    The reserve takes what is left below one unit.
    """
    claims_yuan = round(float(setting.claims.sum()))
    total = shared_yuan(setting, carried_yuan, claims_yuan, ())
    if not total or NEAR_FUND[0] <= claims_yuan / total <= NEAR_FUND[1]:
        return total, ()
    facts = {"value": claims_yuan, "allowed": total, "ratio": claims_yuan / total}
    place = setting.read.place("values.standard")
    return total, (Finding("claims_off_fund", "warning", place, facts),)


def shared_yuan(setting: Setting, carried_yuan: int, claims_yuan: int, at: Index) -> int:
    """Return what one problem shares, in whole units; ``at`` is its index among many."""
    budget, reserve = int(setting.values["budget_yuan"]), setting.values["reserve"]
    fund = budget + carried_yuan
    kept = targets.reserve_yuan(
        fund if reserve == "rest" else budget, reserve, claims_yuan, setting.unit
    )
    total = (fund - kept) // setting.unit * setting.unit
    if not 0 <= kept <= fund:
        stated = reserve["yuan"] if isinstance(reserve, dict) else reserve
        within = {"allowed": budget, "claims": claims_yuan, "kept": kept}
        setting.wrong(at, "reserve_outside_fund", "values.reserve", stated, **within)
        return 0
    if total and not claims_yuan:
        setting.wrong(at, "nobody_to_pay", "values.standard", claims_yuan, total=total)
    return total


def target_of(setting: Setting, total_yuan: int | Whole) -> tuple[Floats, tuple[Family, ...]]:
    """Return what each cell would get without limits, and the fixed envelopes if there are any."""
    shares, claims = setting.values["group_share"], setting.claims
    if setting.values["envelopes_yuan"] is not None:
        return _fixed(setting, "envelopes_yuan", stated_envelopes(setting, total_yuan))
    if shares is not None:
        return _fixed(setting, "group_share", fixed_envelopes(setting, total_yuan))
    priority = [setting.values["priority"].get(group, 1) for group in setting.groups]
    weight = np.array(priority, float) * claims.sum(axis=-2)
    whole = weight.sum(axis=-1, keepdims=True)
    money = np.asarray(total_yuan)[..., None] * weight
    envelope = np.divide(money, whole, out=np.zeros_like(weight), where=whole > 0)
    return spread(setting, envelope), ()


def _fixed(setting: Setting, field: str, envelope: Floats) -> tuple[Floats, tuple[Family, ...]]:
    """Return the target within envelopes that no limit changes, and the limits that hold them."""
    names = [f"{field}/{group}" for group in setting.groups]
    labels = np.broadcast_to(np.arange(len(names)), setting.shape)
    return spread(setting, envelope), (Family(names, labels, envelope, envelope),)


def stated_envelopes(setting: Setting, total_yuan: int | Whole) -> Floats:
    """Return the envelopes a scenario states in yuan, (..., G), noting why they cannot be paid."""
    stated, unit = setting.values["envelopes_yuan"], setting.unit
    envelope = np.array([stated[group] for group in setting.groups], float)
    claims = np.broadcast_to(setting.claims.sum(axis=-2), (*np.shape(total_yuan), len(envelope)))
    totals, whole = np.asarray(total_yuan), sum(stated.values())
    for index in np.ndindex(totals.shape):
        for j, group in enumerate(setting.groups):
            at, yuan = f"values.envelopes_yuan.{group}", stated[group]
            if yuan % unit:
                facts = {"below": yuan // unit * unit, "above": -(-yuan // unit) * unit}
                works = unit_that_works(yuan, yuan, unit)
                setting.wrong(index, "envelope_off_grid", at, yuan, unit=unit, works=works, **facts)
            if yuan and not claims[*index, j]:
                setting.wrong(index, "envelope_without_heads", at, yuan, group=group)
        if totals[index] != whole:
            at, total = "values.envelopes_yuan", int(totals[index])
            setting.wrong(index, "envelopes_off_total", at, whole, total=total)
    return np.broadcast_to(envelope, claims.shape)


def fixed_envelopes(setting: Setting, total_yuan: int | Whole) -> Floats:
    """Return the envelopes that shares fix, in whole units, (..., G)."""
    totals = np.asarray(total_yuan)
    shares = setting.values["group_share"]
    each = {
        total: targets.envelopes(total, setting.unit, shares)
        for total in set(totals.ravel().tolist())
    }
    rows = [[each[total][group] for group in setting.groups] for total in totals.ravel().tolist()]
    return np.array(rows, float).reshape(*totals.shape, len(setting.groups))


def spread(setting: Setting, envelope: Floats) -> Floats:
    """Return each group's envelope, (..., G), spread over the regions by the scenario's rule."""
    claims, rule = setting.claims, setting.values["rule"]
    if rule != "factor":
        by_group: Floats = targets.RULES[rule](envelope, np.swapaxes(claims, -1, -2))
        return np.swapaxes(by_group, -1, -2)
    weights, indices = setting.values["factor_weight"], factor_indices(setting)
    columns = []
    for j, group in enumerate(setting.groups):
        factors = {name: claims[..., j] * index for name, index in indices.items()}
        weight = weights.get(group, weights[EVERY])
        shares = targets.factor_shares(claims[..., j], factors, weight)
        columns.append(envelope[..., j, None] * shares)
    return np.stack(columns, axis=-1)


def factor_indices(setting: Setting) -> dict[str, Floats]:
    """Return what each factor in use multiplies the claim by, NaN for a unit without that datum."""
    weights = setting.values["factor_weight"].values()
    used = {name for parts in weights for name, weight in parts.items() if weight > 0}
    indices = {}
    for name in sorted(used - {"claim"}):
        indices[name] = FACTOR_DATA[name](setting.inputs) * setting.factors.get(name, 1.0)
        if np.isnan(indices[name]).all():
            for at in np.ndindex(setting.lead):
                setting.wrong(at, "factor_without_data", "values.factor_weight", name)
    return indices


def execution(inputs: Inputs) -> Floats:
    """Return last year's execution rate of each unit; NaN where it is not known."""
    rates = inputs.extras.get("execution")
    known = {} if rates is None else dict(zip(rates["region_id"], rates["rate"], strict=True))
    return np.array([known.get(region, np.nan) for region in inputs.region_ids], float)


@lru_cache(maxsize=8)
def fiscal_weakness(inputs: Inputs) -> Floats:
    """Return provincial GDP a head over each unit's own; NaN for a unit without GDP, or one of 0.

    A proxy for fiscal capacity only (人均GDP代理).
    """
    columns = (inputs.regions[name] for name in ("gdp_100m_yuan", "residents"))
    gdp, residents = (column.to_numpy(float, na_value=np.nan) for column in columns)
    known = (gdp > 0) & (residents > 0)
    own = np.divide(gdp, residents, where=known, out=np.full(len(known), np.nan))
    return gdp[known].sum() / residents[known].sum() / own if known.any() else own


FACTOR_DATA: Mapping[str, Callable[[Inputs], Floats]] = {
    "fiscal_weakness": fiscal_weakness,
    "execution": execution,
}
