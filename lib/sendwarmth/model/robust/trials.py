"""Everything tried on one plan, worked out when it is first asked for.

One place says what a page, a notebook and a test try: which figures, from which seed, how often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.experiments import goal_seek, ladder, tipping, tornado
from sendwarmth.model.findings import Finding, Place, nearest
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.chances import Chances, hold, monte_carlo
from sendwarmth.model.robust.frontier import frontier
from sendwarmth.model.robust.ladder import HIGH_YUAN, LOW_YUAN, Ladder
from sendwarmth.model.robust.seek import Answer
from sendwarmth.model.scenario import Scenario

Goal = tuple[str, str, float]
POINTS = 400
SMALLER = 0.9
AROUND = (0.75, 1.2)
"""How far a fund outside the usual range is followed."""
FEWEST = 100
"""Draws below which a chance says little."""


@dataclass(frozen=True)
class Trials:
    """What is tried on a plan.

    Parameters
    ----------
    plan
        The plan.
    others
        Plans of other scenarios by name.
    seed, draws
        Where chance starts, and how often heads are drawn.
    against
        Name of the scenario whose order with this one is watched; empty for the first other of the
        same fund.
    region
        The unit whose money is watched; empty for the one with the most.
    goals
        Each a lever, a figure (``name/scope``) and what it is to come to; empty for some that are
        often asked.
    order_on
        The figure on which that order is watched.
    """

    plan: Plan
    others: Mapping[str, Plan] = field(default_factory=dict, repr=False)
    seed: int = 0
    draws: int = 10_000
    against: str = ""
    region: str = ""
    goals: Sequence[Sequence[Any]] = ()
    order_on: str = "gini"

    def findings(self) -> list[Finding]:
        """Return what is wrong with what is asked for, all at once."""
        found = []
        for name, value, known, code in (
            ("against", self.against, self.alike, "unknown_scenario"),
            ("region", self.region, self.inputs.region_ids, "unknown_region"),
        ):
            if value and value not in known:
                facts = {"nearest": nearest(value, known), "allowed": ", ".join(known)}
                place = Place(field=name)
                found.append(Finding(code, "error", place, {"value": value, **facts}))
        for name, number, lowest in (("draws", self.draws, FEWEST), ("seed", self.seed, 0)):
            if number < lowest:
                about = {"value": number, "lowest": lowest}
                found.append(Finding("out_of_range", "error", Place(field=name), about))
        for goal in self.goals:
            if [isinstance(part, str) for part in goal] != [True, True, False]:
                facts = {"value": str(goal)[:80]}
                found.append(Finding("bad_goal", "error", Place(field="goals"), facts))
        return found

    @property
    def inputs(self) -> Inputs:
        """The tables."""
        return self.plan.inputs

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.plan.scenario

    @cached_property
    def group(self) -> str:
        """The group with the largest claims among those nobody of whom may be missed."""
        must = self.inputs.groups["must_cover"].reindex(self.plan.claims.columns)
        claims = self.plan.claims.sum()
        return str(claims[must if must.any() else ~must].idxmax())

    @cached_property
    def unit(self) -> str:
        """The unit whose money is watched."""
        return self.region or str(self.plan.table.sum(axis=1).idxmax())

    @cached_property
    def alike(self) -> dict[str, Plan]:
        """The other scenarios on the same tables; only they can be held against this one."""
        tables = self.inputs.digests
        return {name: plan for name, plan in self.others.items() if plan.inputs.digests == tables}

    @property
    def other(self) -> str:
        """Name of the scenario whose order with this one is watched, empty if there is none."""
        same = [
            n for n, p in self.alike.items() if p.scenario.values["budget_yuan"] == self.fund_yuan
        ]
        return self.against or next(iter([*same, *self.alike]), "")

    @property
    def fund_yuan(self) -> float:
        """The scenario's fund."""
        return float(self.scenario.values["budget_yuan"])

    @property
    def range_yuan(self) -> tuple[int, int]:
        """From what to what fund the plan is followed."""
        if LOW_YUAN <= self.fund_yuan <= HIGH_YUAN:
            return LOW_YUAN, HIGH_YUAN
        low, high = (part * self.fund_yuan for part in AROUND)
        return int(low), int(high)

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that a tornado is drawn of."""
        return f"coverage_money/{self.group}", f"money/{self.unit}", "lowest_a_head", "gini"

    def _chance(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @cached_property
    def tornadoes(self) -> dict[str, pd.DataFrame]:
        """What every input does to each figure, by figure; all from the same plans."""
        frame = tornado(self.inputs, self.scenario, self.figures)
        return {figure: frame[frame["figure"] == figure] for figure in self.figures}

    @cached_property
    def tipping(self) -> pd.DataFrame:
        """How far every input may move before something tips."""
        other = self.alike[self.other].scenario if self.other else None
        return tipping(self.inputs, self.scenario, other=other, figure=self.order_on)

    @cached_property
    def ladder(self) -> Ladder:
        """The plan as a function of the fund."""
        return ladder(self.inputs, self.scenario, *self.range_yuan)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """The answer to every goal, or why there is none."""
        asked = self.goals or tuple(self._usual_goals())
        return tuple(goal_seek(self.inputs, self.scenario, *goal) for goal in asked)

    def _usual_goals(self) -> Iterator[Goal]:
        """Yield what is often asked: what would pay everybody, or the worst paid unit, in full."""
        covered = self.plan.table.sum(axis=1) / self.plan.claims.sum(axis=1)
        least = f"coverage_money/{covered.idxmin()}"
        yield "budget_yuan", "coverage_money", 1.0
        yield "budget_yuan", least, 1.0
        reserve = self.scenario.values["reserve"]
        if reserve != "rest":
            yield "reserve.yuan" if isinstance(reserve, Mapping) else "reserve", least, 1.0

    @cached_property
    def refit(self) -> Chances:
        """Every draw of heads shared out anew."""
        return monte_carlo(self.inputs, self.scenario, self.draws, self._chance())

    @cached_property
    def held(self) -> Chances:
        """The same draws met by the plan as it is."""
        return hold(self.plan, self.draws, self._chance())

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """Plans with levers moved at random, beside every scenario."""
        others = {name: plan.scenario for name, plan in self.alike.items()}
        return frontier(self.inputs, self.scenario, others, POINTS, self.seed)
