"""From tables and a scenario to the numbers the fit sees: target, bounds and limits, on the grid.

Everything a limit says is drawn in to whole units here, before the fit, so that the fit, the
verdict and the rounding see the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model import rounding, targets
from sendwarmth.model.findings import Finding, InputError, errors
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.scenario import Scenario, check, standards
from sendwarmth.model.schema import EVERY, Reader

Floats = NDArray[np.float64]


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
    return _Builder(inputs, scenario).problem()


class _Builder:
    """Carries the parts from step to step and collects findings."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.values = inputs, scenario.values
        self.read = Reader(scenario.file, scenario.lines)
        self.notes: list[Finding] = list(inputs.findings)
        self.regions, self.groups = inputs.region_ids, inputs.group_ids
        self.heads = inputs.heads.to_numpy(float)
        self.claims = inputs.claims(standards(scenario, inputs)).to_numpy(float)
        self.unit = int(self.values["unit_yuan"])
        self.budget = int(self.values["budget_yuan"])
        self.carried = int(self.money("unspent").sum())

    def money(self, table: str) -> Floats:
        """Return an optional table of yuan as an array of the table's shape, 0 where silent."""
        rows = self.inputs.extras.get(table)
        if rows is None:
            return np.zeros(self.heads.shape)
        wide = rows.groupby(["region_id", "group_id"])["yuan"].sum().unstack(fill_value=0.0)
        wide = wide.reindex(index=self.regions, columns=self.groups, fill_value=0.0)
        return wide.to_numpy(float)

    def problem(self) -> Problem:
        total = self.total()
        target, limits = self.target(total)
        lower, upper = self.bounds()
        limits += self.region_limits(total) + self.named_limits()
        problem = Problem(
            region_ids=self.regions,
            group_ids=self.groups,
            heads=self.heads,
            claims=self.claims,
            target=target,
            lower=lower,
            upper=upper,
            limits=limits,
            total_yuan=total,
            unit_yuan=self.unit,
            budget_yuan=self.budget,
            carried_yuan=self.carried,
        )
        if errors(self.read.findings):
            raise InputError(self.read.findings)
        return replace(problem, findings=(*self.notes, *self.read.findings))

    def total(self) -> int:
        """Return what is shared, in whole units; the reserve takes what is left below one."""
        claims_yuan = int(round(float(self.claims.sum())))
        reserve = self.values["reserve"]
        kept = targets.reserve_yuan(self.budget, reserve, claims_yuan, self.unit)
        if not 0 <= kept <= self.budget:
            self.read.wrong(
                "reserve_outside_fund", "values.reserve", kept, allowed=self.budget, claims=claims_yuan
            )
            kept = 0
        total = (self.budget + self.carried - kept) // self.unit * self.unit
        if total and not 0.98 <= claims_yuan / total <= 1.02:
            facts = {"value": claims_yuan, "allowed": total, "ratio": claims_yuan / total}
            self.notes.append(
                Finding("claims_off_fund", "warning", self.read.place("values.standard"), facts)
            )
        if total and not claims_yuan:
            self.read.wrong("nobody_to_pay", "values.standard", claims_yuan, total=total)
        return total

    def target(self, total: int) -> tuple[Floats, tuple[Limit | Family, ...]]:
        """Return what each cell would get without limits, and the fixed envelopes if there are."""
        shares = self.values["group_share"]
        limits: tuple[Limit | Family, ...] = ()
        if shares is None:
            priority = [self.values["priority"].get(group, 1) for group in self.groups]
            weight = np.asarray(priority, float) * self.claims.sum(axis=0)
            envelope = total * weight / weight.sum() if weight.sum() > 0 else weight
        else:
            fixed = targets.envelopes(total, self.unit, shares)
            envelope = np.array([fixed[group] for group in self.groups], float)
            names = [f"group_share/{group}" for group in self.groups]
            labels = np.broadcast_to(np.arange(len(self.groups)), self.heads.shape)
            limits = (Family(names, labels, envelope, envelope),)
        columns = [self.column(j, amount) for j, amount in enumerate(envelope)]
        return np.stack(columns, axis=1), limits

    def column(self, j: int, envelope: float) -> Floats:
        """Spread one group's envelope over the regions by the rule."""
        claims, rule = self.claims[:, j], self.values["rule"]
        if rule != "factor":
            return targets.RULES[rule](envelope, claims)
        weights = self.values["factor_weight"]
        weight = weights.get(self.groups[j], weights[EVERY])
        factors = {name: claims * self.index(name, w) for name, w in weight.items() if w}
        return envelope * targets.factor_shares(claims, factors, weight)

    def index(self, factor: str, weight: float) -> Floats:
        """Return what a factor multiplies the claim by, NaN for a unit without that datum."""
        if factor == "claim":
            return np.ones(len(self.regions))
        if factor == "fiscal_weakness":
            index = fiscal_weakness(self.inputs.regions)
        else:
            rates = self.inputs.extras.get("execution")
            table = None if rates is None else rates.set_index("region_id")["rate"]
            index = pd.Series(np.nan, self.regions) if table is None else table.reindex(self.regions)
        if weight > 0 and index.isna().all():
            self.read.wrong("factor_without_data", "values.factor_weight", factor)
        return index.to_numpy(float)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return each cell's bounds on the grid: heads times the least and most, locks, paid."""
        least = [self.values["per_head_min"].get(group) or 0 for group in self.groups]
        most = [self.values["per_head_max"].get(group, np.inf) for group in self.groups]
        low = self.heads * np.asarray(least, float)
        with np.errstate(invalid="ignore"):
            high = np.where(self.heads > 0, self.heads * np.asarray(most, float), 0.0)
        lower, upper = rounding.draw_in(low, high, self.unit)
        self.empty_ranges(low, high, lower, upper)
        self.apply_locks(lower, upper)
        self.apply_paid(lower, upper)
        return lower, upper

    def empty_ranges(self, low: Floats, high: Floats, lower: Floats, upper: Floats) -> None:
        for i, j in np.argwhere(lower > upper):
            facts = {"low": low[i, j], "high": high[i, j], "unit": self.unit}
            facts["works"] = rounding.unit_that_works(low[i, j], high[i, j], self.unit)
            self.read.wrong("no_multiple_in_range", "values.unit_yuan", self.cell(i, j), **facts)

    def cell(self, i: int, j: int) -> str:
        return f"{self.regions[i]}/{self.groups[j]}"

    def apply_locks(self, lower: Floats, upper: Floats) -> None:
        for n, lock in enumerate(self.values["locks"]):
            i, j = self.regions.index(lock["region"]), self.groups.index(lock["group"])
            yuan, at = lock["yuan"], f"values.locks[{n}].yuan"
            below = yuan // self.unit * self.unit
            if yuan > self.budget:
                self.read.wrong("lock_over_budget", at, yuan, allowed=self.budget, cell=self.cell(i, j))
            elif yuan % self.unit:
                works = rounding.unit_that_works(yuan, yuan, self.unit)
                facts = {"below": below, "above": below + self.unit, "unit": self.unit}
                self.read.wrong("lock_off_grid", at, yuan, works=works, cell=self.cell(i, j), **facts)
            elif not lower[i, j] <= yuan <= upper[i, j]:
                facts = {"low": lower[i, j], "high": upper[i, j], "heads": self.heads[i, j]}
                code = "lock_outside_bounds" if self.heads[i, j] else "lock_on_empty_cell"
                self.read.wrong(code, at, yuan, cell=self.cell(i, j), **facts)
            else:
                lower[i, j] = upper[i, j] = yuan

    def apply_paid(self, lower: Floats, upper: Floats) -> None:
        """Raise floors to what is already paid out or still held unspent: neither is taken back."""
        held = self.money("paid") + self.money("unspent")
        for i, j in np.argwhere(held > 0):
            floor, _ = rounding.draw_in_limit(held[i, j], None, self.unit)
            if floor > upper[i, j]:
                facts = {"high": upper[i, j], "cell": self.cell(i, j)}
                self.read.wrong("paid_above_cap", "paid", held[i, j], **facts)
            lower[i, j] = max(lower[i, j], floor)

    def by_region(self, field: str, floor: Any = None, cap: Any = None) -> Family:
        names = [f"{field}/{region}" for region in self.regions]
        labels = np.broadcast_to(np.arange(len(self.regions))[:, None], self.heads.shape)
        low, high = rounding.draw_in_limit(floor, cap, self.unit)
        shape = len(self.regions)
        return Family(
            names,
            labels,
            None if low is None else np.broadcast_to(low, shape),
            None if high is None else np.broadcast_to(high, shape),
        )

    def region_limits(self, total: int) -> tuple[Family, ...]:
        families = []
        if self.values["region_floor_yuan"]:
            families.append(self.by_region("region_floor_yuan", self.values["region_floor_yuan"]))
        if self.values["region_cap_share"] is not None:
            cap = total * targets.millionths(self.values["region_cap_share"]) / targets.MILLION
            families.append(self.by_region("region_cap_share", None, cap))
        if self.values["change_band"]:
            families.extend(self.change_band(total))
        return tuple(families)

    def change_band(self, total: int) -> tuple[Family, ...]:
        last = self.inputs.extras.get("last_year")
        if last is None:
            self.read.wrong("band_without_last_year", "values.change_band", self.values["change_band"])
            return ()
        amounts = last.groupby("region_id")["yuan"].sum().reindex(self.regions).to_numpy(float)
        if self.values["change_band_base"] == "scaled":
            amounts = amounts * total / np.nansum(amounts)
        low, high = (1 + step for step in self.values["change_band"])
        band = self.by_region(
            "change_band",
            np.where(np.isnan(amounts), 0.0, amounts * low),
            np.where(np.isnan(amounts), np.inf, amounts * high),
        )
        return (band,)

    def named_limits(self) -> tuple[Limit, ...]:
        limits = []
        for n, limit in enumerate(self.values["limits"]):
            rows = self.chosen(limit["regions"], self.regions)
            columns = self.chosen(limit["groups"], self.groups)
            low, high = rounding.draw_in_limit(limit["floor_yuan"], limit["cap_yuan"], self.unit)
            if low is not None and high is not None and low > high:
                facts = {"low": limit["floor_yuan"], "high": limit["cap_yuan"], "unit": self.unit}
                works = rounding.unit_that_works(facts["low"], facts["high"], self.unit)
                at = f"values.limits[{n}]"
                self.read.wrong("no_multiple_in_range", at, limit["name"], works=works, **facts)
            mask = rows[:, None] & columns[None, :]
            limits.append(Limit(f"limits/{limit['name']}", mask, low, high))
        return tuple(limits)

    @staticmethod
    def chosen(ids: Any, known: tuple[str, ...]) -> NDArray[np.bool_]:
        return np.array([ids == "all" or word in ids for word in known])


def fiscal_weakness(regions: pd.DataFrame) -> pd.Series:
    """Return provincial GDP a head over each unit's own; NaN for a unit without GDP.

    A proxy for fiscal capacity only (人均GDP代理).
    """
    gdp = regions["gdp_100m_yuan"].astype(float)
    residents = regions["residents"].astype(float)
    both = gdp.notna() & residents.notna()
    return gdp[both].sum() / residents[both].sum() / (gdp / residents).where(both)


def known_measures(problem: Problem) -> Mapping[str, float]:
    """Return the totals every check starts from, in yuan."""
    return {"claims": float(problem.claims.sum()), "total": float(problem.total_yuan)}
