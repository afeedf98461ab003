"""Many problems solved at once; a problem without a plan is a result like any other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.fit import Fit, NotConverged, fit
from sendwarmth.model.robust.certificates import clash_names, row_names
from sendwarmth.model.robust.stack import Stack, joined
from sendwarmth.model.setting import Floats

DONE, CLASH, REFUSED, UNDECIDED = "done", "clash", "refused", "undecided"
STATUS = {"done": DONE, "infeasible": CLASH, UNDECIDED: UNDECIDED}


@dataclass(frozen=True)
class Points:
    """What N problems come to, before rounding to whole units.

    Parameters
    ----------
    region_ids, group_ids
        Labels of rows and columns.
    status
        ``done``, ``clash`` (limits cannot all hold), ``refused`` (the problem cannot be posed) or
        ``undecided`` (a fault of the method), (N,).
    clash
        What clashes, (N,): fields or limits, with the group where one number is set a group,
        joined by `` + `` (``budget_yuan + region_floor_yuan``); of a refused problem the code of
        its finding; else empty. See `clash_names`; `find_clash` says which cells and regions.
    amounts
        The plans, yuan, (N, R, G); NaN without a plan.
    heads, claims, target
        What they were made from, (N, R, G).
    total_yuan
        What is shared, (N,).
    per_head_min, last_year
        See `Stack`.
    multipliers
        By the name of a limit, (N,): above 1 where its floor binds, below 1 where its cap does, 1
        where it does not, NaN without a plan.
    """

    region_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    status: NDArray[np.str_]
    clash: NDArray[np.object_]
    amounts: Floats
    heads: Floats
    claims: Floats
    target: Floats
    total_yuan: NDArray[np.int64]
    per_head_min: Floats
    last_year: Floats
    multipliers: Mapping[str, Floats] = field(repr=False)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def done(self) -> NDArray[np.bool_]:
        """Which problems have a plan, (N,)."""
        return self.status == DONE

    def clashes(self) -> pd.Series:
        """Return how often each clash or refusal occurs, the most frequent first."""
        counts = pd.Series(self.clash[~self.done], dtype=str).value_counts()
        return counts.rename("points").rename_axis("clash")


def solve_points(problems: Stack | Iterable[Stack]) -> Points:
    """Return the plans of many problems, in their order.

    Parameters
    ----------
    problems
        One stack, or any mixture: those of one structure are solved as a batch.

    Returns
    -------
    Points
        Memory beyond what it holds itself does not grow with the number of problems.
    """
    stacks = [problems] if isinstance(problems, Stack) else list(problems)
    if not stacks:
        raise ValueError("there must be at least one problem")
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for n, stack in enumerate(stacks):
        groups[stack.structure].append(n)
    starts = np.cumsum([0, *map(len, stacks)])
    solved, order = [], []
    for members in groups.values():
        solved.append(_solved(joined([stacks[n] for n in members])))
        order += [k for n in members for k in range(starts[n], starts[n + 1])]
    return _in_order(solved, np.argsort(order, kind="stable"))


def in_chunks(problems: Iterable[Stack], size: int = 500) -> Iterator[Points]:
    """Yield the plans of a stream of problems, some hundreds at a time, so that memory is flat."""
    waiting: list[Stack] = []
    for stack in problems:
        waiting.append(stack)
        if sum(map(len, waiting)) >= size:
            yield solve_points(waiting)
            waiting = []
    if waiting:
        yield solve_points(waiting)


def _in_order(solved: Sequence[Points], order: NDArray[np.int_]) -> Points:
    if len(solved) == 1:
        return solved[0]
    first = solved[0]
    shared: dict[str, Any] = {
        name: getattr(first, name) for name in ("region_ids", "group_ids", "last_year")
    }
    own = [f.name for f in fields(Points) if f.name not in (*shared, "multipliers")]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(p, name) for p in solved])[order] for name in own
    }
    names = dict.fromkeys(name for points in solved for name in points.multipliers)
    slack = [np.where(points.done, 1.0, np.nan) for points in solved]
    multipliers = {
        name: np.concatenate(
            [p.multipliers.get(name, none) for p, none in zip(solved, slack, strict=True)]
        )[order]
        for name in names
    }
    return Points(**shared, **arrays, multipliers=multipliers)


def _solved(stack: Stack) -> Points:
    posed = np.array([n not in stack.refused for n in range(len(stack))])
    status = np.where(posed, DONE, REFUSED).astype("U9")
    clash = np.full(len(stack), "", object)
    for n, code in stack.refused.items():
        clash[n] = code
    names = row_names(stack.limits)
    amounts = np.full(stack.target.shape, np.nan)
    multipliers = np.full((len(stack), len(names)), np.nan)
    asked = stack if posed.all() else stack.take(np.flatnonzero(posed))
    if len(asked):
        found = _fits(asked)
        status[posed] = [STATUS[word] for word in found.status.tolist()]
        bad = np.flatnonzero(status[posed] == CLASH)
        clash[np.flatnonzero(posed)[bad]] = clash_names(asked.take(bad), found.certificate[bad])
        amounts[posed], multipliers[posed] = found.amounts, found.multipliers
    return Points(
        region_ids=stack.region_ids,
        group_ids=stack.group_ids,
        status=status,
        clash=clash,
        amounts=amounts,
        heads=stack.heads,
        claims=stack.claims,
        target=stack.target,
        total_yuan=stack.total_yuan,
        per_head_min=stack.per_head_min,
        last_year=stack.last_year,
        multipliers={name: multipliers[:, k] for k, name in enumerate(names)},
    )


def _fits(stack: Stack) -> Fit:
    """Return the fits of a stack; one that does not converge costs the others nothing."""
    try:
        return fit(stack.target, stack.lower, stack.upper, stack.limits, stack.total_yuan)
    except NotConverged:
        if len(stack) == 1:
            return _no_fit(stack)
    alone = [_fits(stack.take([n])) for n in range(len(stack))]
    parts = ([getattr(found, part.name) for found in alone] for part in fields(Fit))
    return Fit(*map(np.concatenate, parts))


def _no_fit(stack: Stack) -> Fit:
    count = len(row_names(stack.limits))
    nothing = np.full(stack.target.shape, np.nan)
    return Fit(
        amounts=nothing,
        multipliers=np.full((1, count), np.nan),
        level=np.full(1, np.nan),
        status=np.array([UNDECIDED]),
        certificate=np.zeros((1, count + 1)),
        steps=np.zeros(1, int),
        miss=np.full(1, np.nan),
    )
