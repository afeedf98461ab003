"""Monte Carlo: what uncertain heads and factors do to a plan, and to who is covered by it.

Either the plan is fitted again for every draw (what would have been decided had the counts been
these), or it is held and met by every draw (what comes of it if the counts are these).

Every figure carries how many draws it rests on, their seed and its standard error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sendwarmth.model.figures import ALL
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.draws import Draws, draw, seed_of
from sendwarmth.model.robust.outcomes import HAIR
from sendwarmth.model.robust.points import DONE, solve_points
from sendwarmth.model.robust.stack import stacked
from sendwarmth.model.robust.standard_errors import proportion, summary
from sendwarmth.model.scenario import Scenario

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan

Floats = NDArray[np.float64]
CHUNK = 500
"""Draws made and solved at once: memory grows with their number by what is kept of each alone."""
FULLY = 1 - 1e-9
"""Of a claim: from here on it is paid in full."""


@dataclass(frozen=True)
class Chances:
    """What every draw came to.

    Parameters
    ----------
    region_ids, group_ids
        Labels of rows and columns.
    base
        The plan on the tables as they are, yuan, (R, G); NaN where it has none.
    amounts
        The plan of every draw, yuan before rounding, (N, R, G); NaN without a plan. Where the plan
        is held it is the same for all, in whole units.
    heads, claims
        People or households, and yuan they would need at the standard, (N, R, G).
    least
        Least yuan a head of each group, (G,), NaN where there is none.
    status, clash
        As in `Points`, (N,).
    held
        Whether the plan was held.
    seed
        What the draws were made from.
    """

    region_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    base: Floats
    amounts: Floats
    heads: Floats
    claims: Floats
    least: Floats
    status: NDArray[Any]
    clash: NDArray[Any]
    held: bool
    seed: int | None

    @property
    def number(self) -> int:
        """How many draws there are."""
        return len(self.status)

    def bands(self) -> pd.DataFrame:
        """Return how far each amount ranges, over the draws that have a plan.

        Returns
        -------
        pandas.DataFrame
            region_id, group_id (``all`` where summed), base_yuan, mean, mean_se, sd, and p05, p50,
            p95 with their standard errors, yuan; draws, seed.
        """
        done = self.status == DONE
        sums = _with_sums(self.base)
        rows = []
        for i, region in enumerate((*self.region_ids, ALL)):
            cells = self.amounts[done, i] if region != ALL else self.amounts[done].sum(axis=1)
            cells = np.append(cells, cells.sum(axis=1, keepdims=True), axis=1)
            for j, group in enumerate((*self.group_ids, ALL)):
                place = {"region_id": region, "group_id": group, "base_yuan": sums[i, j]}
                rows.append(place | summary(cells[:, j]))
        return self._signed(rows, int(done.sum()))

    def coverage(self) -> pd.DataFrame:
        """Return how likely everyone is reached and paid in full; a draw without a plan is not.

        Returns
        -------
        pandas.DataFrame
            region_id (``all``: every region at once), group_id; reached, the chance that the money
            gives everyone the least amount a head (NaN for groups that have none); paid, the chance
            that it gives everyone the standard; mean and p05 of money over claims, over the draws
            that have a plan; each with its standard error; draws, seed. Cells that nobody is in
            have no row.
        """
        rows = []
        for j, group in enumerate(self.group_ids):
            reached, paid = self._reached(j), self._paid(j)
            for i, region in enumerate(self.region_ids):
                if self.heads[:, i, j].any():
                    share = self._share(self.amounts[:, i, j], self.claims[:, i, j])
                    place = {"region_id": region, "group_id": group}
                    rows.append(place | _covered(reached[:, i], paid[:, i], share))
            share = self._share(self.amounts[..., j].sum(axis=1), self.claims[..., j].sum(axis=1))
            place = {"region_id": ALL, "group_id": group}
            rows.append(place | _covered(_everywhere(reached), _everywhere(paid), share))
        frame = self._signed(rows, self.number)
        none = frame["group_id"].isin(
            [g for g, y in zip(self.group_ids, self.least, strict=True) if np.isnan(y)]
        )
        frame.loc[none, ["reached", "reached_se"]] = np.nan
        return frame

    def outcomes(self) -> pd.DataFrame:
        """Return how often there is a plan, and what clashes how often where there is none.

        Returns
        -------
        pandas.DataFrame
            status, clash, count, share, share_se, draws, seed; the most frequent first.
        """
        counts = Counter(zip(self.status.tolist(), self.clash.tolist(), strict=True))
        rows = []
        for (status, clash), count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            share, error = proportion(count, self.number)
            facts = {"status": status, "clash": clash, "count": count}
            rows.append(facts | {"share": share, "share_se": error})
        return self._signed(rows, self.number)

    def _signed(self, rows: list[dict[str, Any]], draws: int) -> pd.DataFrame:
        return pd.DataFrame(rows).assign(draws=draws, seed=self.seed)

    def _reached(self, j: int) -> NDArray[np.bool_]:
        """Return whether the money of a group's cells gives everyone the least amount, (N, R)."""
        amounts, heads = self.amounts[..., j], self.heads[..., j]
        with np.errstate(invalid="ignore"):
            found: NDArray[np.bool_] = np.floor(amounts / self.least[j] + HAIR) >= heads
        return found

    def _paid(self, j: int) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            found: NDArray[np.bool_] = self.amounts[..., j] >= FULLY * self.claims[..., j]
        return found

    def _share(self, money: Floats, claims: Floats) -> Floats:
        some = (self.status == DONE) & (claims > 0)
        shares: Floats = money[some] / claims[some]
        return shares


def monte_carlo(
    inputs: Inputs, scenario: Scenario, number: int, rng: np.random.Generator
) -> Chances:
    """Draw uncertain heads and factors and fit the plan again for every draw.

    Parameters
    ----------
    inputs
        The tables.
    scenario
        The scenario; its ``uncertainty`` says what is drawn, see `sendwarmth.model.robust.draws`.
    number
        How many draws.
    rng
        Where chance comes from, ``numpy.random.default_rng(seed)``.

    Returns
    -------
    Chances
        A draw whose limits clash, or that poses no problem, is counted and has no amounts.

    Raises
    ------
    InputError
        The scenario and the tables do not fit together.
    """
    base = solve_points(stacked(inputs, scenario))
    kept = _Kept.of(number, base.amounts.shape[1:])
    for where, part in chunks(inputs, scenario, number, rng):
        solved = solve_points(stacked(inputs, scenario, part.heads, part.factors))
        for name, array in kept._asdict().items():
            array[where] = getattr(solved, name)
    return Chances(
        base.region_ids,
        base.group_ids,
        base=base.amounts[0],
        least=base.per_head_min[0],
        held=False,
        seed=seed_of(rng),
        **kept._asdict(),
    )


class _Kept(NamedTuple):
    """What is kept of every draw; see `Chances`."""

    amounts: Floats
    heads: Floats
    claims: Floats
    status: NDArray[Any]
    clash: NDArray[Any]

    @classmethod
    def of(cls, number: int, shape: tuple[int, ...]) -> _Kept:
        amounts, heads, claims = (np.empty((number, *shape)) for _ in range(3))
        return cls(amounts, heads, claims, np.full(number, DONE, "U9"), np.full(number, "", object))


def hold(plan: Plan, number: int, rng: np.random.Generator) -> Chances:
    """Draw uncertain heads and meet each draw with the plan as it is.

    Parameters
    ----------
    plan
        The plan that is held, to the yuan.
    number, rng
        As for `monte_carlo`; the same seed gives the same draws.
    """
    table = plan.table.to_numpy(float)
    kept = _Kept.of(number, table.shape)
    kept.amounts[:] = table
    stack = stacked(plan.inputs, plan.scenario)
    for where, part in chunks(plan.inputs, plan.scenario, number, rng):
        met = stacked(plan.inputs, plan.scenario, part.heads)
        kept.heads[where], kept.claims[where] = met.heads, met.claims
    return Chances(
        stack.region_ids,
        stack.group_ids,
        base=table,
        least=stack.per_head_min[0],
        held=True,
        seed=seed_of(rng),
        **kept._asdict(),
    )


def chunks(
    inputs: Inputs, scenario: Scenario, number: int, rng: np.random.Generator, size: int = CHUNK
) -> Iterator[tuple[slice, Draws]]:
    """Yield draws, some hundreds at a time, and where among all they are."""
    for start in range(0, number, size):
        some = min(size, number - start)
        yield slice(start, start + some), draw(inputs, scenario, some, rng)


def _covered(
    reached: NDArray[np.bool_], paid: NDArray[np.bool_], shares: Floats
) -> dict[str, float]:
    told: dict[str, float] = {}
    for name, found in (("reached", reached), ("paid", paid)):
        told[name], told[f"{name}_se"] = proportion(int(found.sum()), len(found))
    money = summary(shares)
    return told | {key: money[key] for key in ("mean", "mean_se", "p05", "p05_se")}


def _with_sums(table: Floats) -> Floats:
    """Return a table with a column and a row of sums."""
    wide = np.append(table, table.sum(axis=1, keepdims=True), axis=1)
    return np.append(wide, wide.sum(axis=0, keepdims=True), axis=0)


def _everywhere(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(found.all(axis=1))
