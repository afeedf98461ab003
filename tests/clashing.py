"""Random clashes, and a judge of them that shares nothing with the code that finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import fuzz
import numpy as np
import sendwarmth as sw
from scipy.optimize import linprog
from sendwarmth.model.clashing.clash import Clash, Member, find_clash
from sendwarmth.model.limits import each
from sendwarmth.model.problem import Problem, build
from sendwarmth.model.scenario import read_scenario


def cells_of(problem: Problem, member: Member) -> tuple[np.ndarray, float]:
    """Return the cells a member's name stands for, and its bound as the problem has it."""
    field, _, rest = member.name.partition("/")
    everywhere = np.ones(problem.target.shape, bool)
    if not rest:
        return everywhere, problem.total_yuan
    for limit in each(problem.limits):
        if limit.name == member.name:
            return limit.mask, float(limit.floor if member.side == "floor" else limit.cap)
    region, group = rest.split("/")
    at = problem.region_ids.index(region), problem.group_ids.index(group)
    mask = np.zeros(problem.target.shape, bool)
    mask[at] = True
    if field == "target":
        assert problem.target[at] == 0
        return mask, problem.lower[at]
    lower, upper = problem.cells[field]
    return mask, float((lower if member.side == "floor" else upper)[at])


def rows(problem: Problem, members: Sequence[Member]) -> tuple[np.ndarray, np.ndarray]:
    """Return members as ``matrix @ x <= right``."""
    found = [cells_of(problem, member) for member in members]
    sign = np.array([-1.0 if member.side == "floor" else 1.0 for member in members])
    matrix = sign[:, None] * np.array([mask.ravel() for mask, _ in found], float)
    return matrix, sign * np.array([yuan for _, yuan in found])


def can_hold(problem: Problem, members: Sequence[Member]) -> bool:
    """Say whether some amounts, none below 0, keep all of some members."""
    if not members:
        return True
    matrix, right = rows(problem, members)
    unit = problem.unit_yuan
    found = linprog(np.zeros(matrix.shape[1]), A_ub=matrix, b_ub=right / unit, method="highs")
    assert found.status in (0, 2)
    return found.status == 0


def least_miss(problem: Problem, members: Sequence[Member]) -> float:
    """Return the least sum of misses over some members, yuan."""
    matrix, right = rows(problem, members)
    cells, unit = matrix.shape[1], problem.unit_yuan
    cost = np.repeat([0.0, 1.0], [cells, len(members)])
    own = np.hstack([matrix, -np.eye(len(members))])
    return linprog(cost, A_ub=own, b_ub=right / unit, method="highs").fun * unit


def is_irreducible(problem: Problem, clash: Clash) -> bool:
    """Say whether a clash's members clash, and no longer do with any one of them left out."""
    members = clash.members
    left_out = ([*members[:k], *members[k + 1 :]] for k in range(len(members)))
    return not can_hold(problem, members) and all(can_hold(problem, some) for some in left_out)


def random_problems(number: int) -> Iterator[tuple[sw.Inputs, sw.Scenario, Problem]]:
    """Yield random problems of many shapes; what does not fit its tables is left out."""
    for seed in range(number):
        rng = np.random.default_rng(seed)
        inputs = fuzz.random_inputs(rng)
        try:
            scenario = read_scenario({"values": fuzz.random_values(rng, inputs)}, f"random-{seed}")
            yield inputs, scenario, build(inputs, scenario)
        except sw.InputError:
            continue


def random_clashes(number: int) -> list[tuple[sw.Inputs, sw.Scenario, Problem, Clash]]:
    """Return random problems that cannot hold, each with its clash."""
    found = ((*parts, find_clash(parts[-1])) for parts in random_problems(number))
    return [(i, s, p, clash) for i, s, p, clash in found if clash is not None]


def thirty_limits(plan: sw.Plan, number: int) -> Iterator[sw.Scenario]:
    """Yield scenarios with thirty limits over random sets of cells around a plan."""
    rng = np.random.default_rng(30)

    def limit(name: str) -> dict[str, Any]:
        some = [
            [i for i in ids if rng.random() < 0.4] or [ids[0]]
            for ids in (list(plan.table.index), list(plan.table.columns))
        ]
        amount = plan.table.loc[some[0], some[1]].to_numpy().sum()
        floor = int(amount * rng.uniform(0.9, 1.3))
        cap = None if rng.random() < 0.5 else int(amount * rng.uniform(1.3, 1.6))
        bounds = {"floor_yuan": floor, "cap_yuan": cap}
        return {"name": name, "regions": some[0], "groups": some[1], **bounds}

    for _ in range(number):
        yield plan.scenario.with_values(limits=[limit(f"limit {n}") for n in range(30)])
