"""One call from tables and a scenario to a plan: target, fit, rounding, and what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.audit import audit
from sendwarmth.model.clashing.clash import explain_clash
from sendwarmth.model.findings import Finding, Infeasible
from sendwarmth.model.fit import Fit, fit
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import each
from sendwarmth.model.problem import Problem, build
from sendwarmth.model.rounding import round_table
from sendwarmth.model.scenario import Scenario


@dataclass(frozen=True)
class Plan:
    """An exact plan that keeps every limit. Frames have index region_id and columns group_id.

    Parameters
    ----------
    scenario, inputs
        What it was made from.
    problem
        The numbers the fit saw.
    table
        The plan, int yuan.
    reserve
        What is kept back, int yuan; ``table`` and ``reserve`` add to the budget, with unspent
        balances if there are any.
    exact
        The fit before rounding, yuan.
    multipliers
        One a limit, by its name: above 1 where its floor binds, below 1 where its cap does.
    level
        What every free cell's target is multiplied by.
    findings
        Warnings and notes.
    """

    scenario: Scenario
    inputs: Inputs
    problem: Problem = field(repr=False)
    table: pd.DataFrame
    reserve: int
    exact: pd.DataFrame = field(repr=False)
    multipliers: pd.Series = field(repr=False)
    level: float
    findings: tuple[Finding, ...] = ()

    @property
    def target(self) -> pd.DataFrame:
        """What each cell would get without limits, yuan."""
        return self.problem.frame(self.problem.target)

    @property
    def claims(self) -> pd.DataFrame:
        """Heads times the standard set, yuan."""
        return self.problem.frame(self.problem.claims)

    @property
    def heads(self) -> pd.DataFrame:
        """People or households of each cell."""
        return self.problem.frame(self.problem.heads)


def allocate(inputs: Inputs, scenario: Scenario) -> Plan:
    """Return the plan nearest to the scenario's target that keeps every limit, exact to the yuan.

    Parameters
    ----------
    inputs
        The tables.
    scenario
        The scenario.

    Raises
    ------
    InputError
        The scenario and the tables do not fit together; all findings at once.
    Infeasible
        The limits cannot all hold; the findings are a clash that cannot be made smaller and what
        would repair it.
    """
    problem = build(inputs, scenario)
    fitted = solve(problem)
    if fitted is None:
        raise Infeasible(explain_clash(problem, inputs, scenario))
    table = whole_units(problem, fitted.amounts)
    assert_kept(problem, table)
    names = [limit.name for limit in each(problem.limits)]
    plan = Plan(
        scenario=scenario,
        inputs=inputs,
        problem=problem,
        table=problem.frame(table),
        reserve=problem.reserve_yuan,
        exact=problem.frame(fitted.amounts),
        multipliers=pd.Series(np.asarray(fitted.multipliers), index=names, dtype=float),
        level=float(fitted.level),
        findings=problem.findings,
    )
    return replace(plan, findings=(*plan.findings, *audit(plan)))


def solve(problem: Problem) -> Fit | None:
    """Return the fit of a problem, or None where its limits cannot all hold."""
    fitted = fit(problem.target, problem.lower, problem.upper, problem.limits, problem.total_yuan)
    return fitted if fitted.status == "done" else None


def whole_units(problem: Problem, amounts: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the fitted amounts in whole units, int yuan."""
    return round_table(
        amounts,
        problem.unit_yuan,
        problem.total_yuan,
        problem.lower,
        problem.upper,
        problem.limits,
        region_ids=problem.region_ids,
        group_ids=problem.group_ids,
    )


def assert_kept(problem: Problem, table: NDArray[np.int64]) -> None:
    """Assert what every plan promises: the total, the bounds and the limits, as integers."""
    if int(table.sum()) != problem.total_yuan:
        raise AssertionError(f"the plan adds to {table.sum()}, not {problem.total_yuan}")
    if (table < problem.lower).any() or (table > problem.upper).any():
        raise AssertionError("a cell is outside its bounds")
    for limit in each(problem.limits):
        amount = int(table[limit.mask].sum())
        low = -np.inf if limit.floor is None else float(np.asarray(limit.floor))
        high = np.inf if limit.cap is None else float(np.asarray(limit.cap))
        if not low <= amount <= high:
            raise AssertionError(f"{limit.name} holds {amount}, outside {low} to {high}")
