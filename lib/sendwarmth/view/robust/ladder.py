"""The plan as a function of the fund: what each unit gets, which limits bind, who loses by more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sendwarmth.model.robust.ladder import Ladder
from sendwarmth.view.robust import lines
from sendwarmth.view.robust.naming import JOIN, Naming
from sendwarmth.view.sections import Chart, Column, Prose, Table

MOST_LINES = 24
MOST_LIMITS = 40
DRAWN = 30
"""Rungs drawn besides those where a line bends."""
CHANGED = 0.005
"""Of a share: what counts as losing more or less than another."""
Parts = tuple[Any, ...]


def parts(ladder: Ladder, now: float, naming: Naming) -> Parts:
    """Return the chart of units, the chart of limits, what clashes, and who gets less by more.

    Parameters
    ----------
    ladder
        The plan as a function of the fund.
    now
        The scenario's fund, yuan.
    naming
        Names.
    """
    return (
        _units(ladder, now, naming),
        _limits(ladder, now, naming),
        Prose((*_clashes(ladder, naming), *falls(ladder, naming)), "ul"),
    )


def at(amounts: pd.DataFrame, fund_yuan: float) -> pd.Series:
    """Return every unit's amount at a fund between two rungs, NaN where there is no plan.

    Examples
    --------
    >>> rungs = pd.DataFrame({"a": [1.0, 3.0]}, index=[10, 20])
    >>> float(at(rungs, 15)["a"]), bool(np.isnan(at(rungs, 25)["a"]))
    (2.0, True)
    """
    funds = amounts.index.to_numpy(float)
    values = [
        np.interp(fund_yuan, funds, amounts[name].to_numpy(float), left=np.nan, right=np.nan)
        for name in amounts
    ]
    return pd.Series(values, index=amounts.columns)


def thinned(ladder: Ladder) -> pd.DataFrame:
    """Return the rungs a line needs: some, evenly, those where it bends, and ends of clashes."""
    funds = ladder.amounts.index.to_numpy(float)
    even = np.linspace(0, len(funds) - 1, DRAWN).round().astype(int)
    bends = np.searchsorted(funds, ladder.knots["fund_yuan"].to_numpy(float))
    gaps = np.flatnonzero(np.diff(ladder.amounts.isna().any(axis=1).to_numpy().astype(int)))
    chosen = np.concatenate([even, bends, bends - 1, gaps, gaps + 1])
    return ladder.amounts.iloc[np.unique(np.clip(chosen, 0, len(funds) - 1))]


def _units(ladder: Ladder, now: float, naming: Naming) -> Chart:
    say, short = naming.words.say, naming.names.short
    today = at(ladder.amounts, now)
    share = 100 * thinned(ladder) / today.where(today > 0)
    widest = (share.max() - share.min()).sort_values(ascending=False, kind="stable")
    drawn = [region for region in share if region in set(widest.index[:MOST_LINES])]
    whole = ladder.falls[(ladder.falls["group"] == "") & ladder.falls["region"].isin(drawn)]
    red = pd.DataFrame(
        {
            "name": [short[region] for region in whole["region"]],
            "low": whole["low_yuan"].to_numpy(float),
            "high": whole["high_yuan"].to_numpy(float),
        }
    )
    gaps = [(float(row.low_yuan), float(row.high_yuan)) for row in ladder.clashes.itertuples()]
    said = {"falls": say("robust.falls"), "clash": say("robust.no_plan")}
    axes = (say("robust.fund_axis", unit=say("unit.large")), say("robust.share_axis"))
    scale = float(say("unit.large_yuan"))
    shown = share[drawn].rename(columns=short)
    figure = lines.rungs(shown, now, axes, scale, red, gaps, said)
    return Chart("ladder", figure, _rungs(ladder.amounts, today, naming))


def _rungs(amounts: pd.DataFrame, today: pd.Series, naming: Naming) -> Table:
    """Return every unit's amount at round funds, a column each, and today's."""
    say, funds = naming.words.say, round_funds(amounts)
    at_funds = [at(amounts, fund) for fund in funds]
    rows = tuple(
        (
            naming.names.regions[str(region)],
            *(say("robust.no_plan") if pd.isna(a[region]) else float(a[region]) for a in at_funds),
            float(today[region]),
        )
        for region in amounts
    )
    heads = [Column(naming.large(fund), "money") for fund in funds]
    columns = (Column(say("table.region")), *heads, Column(say("robust.today"), "money"))
    return Table(say("robust.rungs_caption"), columns, rows, digits=naming.words.digits(()))


def round_funds(amounts: pd.DataFrame, most: int = 9) -> list[float]:
    """Return round amounts of the fund within the range, at most so many.

    Examples
    --------
    >>> round_funds(pd.DataFrame(index=[70e6, 110e6]), 5)
    [70000000.0, 80000000.0, 90000000.0, 100000000.0, 110000000.0]
    """
    low, high = float(amounts.index[0]), float(amounts.index[-1])
    size = 10 ** np.floor(np.log10(max(high - low, 1.0)))
    step = next(s for s in (size * k for k in (0.1, 0.2, 0.5, 1, 2, 5)) if (high - low) / s < most)
    return [float(k * step) for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1)]


def _limits(ladder: Ladder, now: float, naming: Naming) -> Chart | Prose:
    say, bound = naming.words.say, ladder.bound
    if bound.empty:
        return Prose((say("robust.no_limit_binds"),))
    ordered = bound.sort_values(["low_yuan", "high_yuan"], kind="stable")
    shown = pd.DataFrame(
        {
            "name": [naming.names.limit(limit) for limit in ordered["limit"]],
            "low": ordered["low_yuan"].to_numpy(float),
            "high": ordered["high_yuan"].to_numpy(float),
            "text": [naming.stretch(row.low_yuan, row.high_yuan) for row in ordered.itertuples()],
        }
    )
    names = list(dict.fromkeys(shown["name"]))[:MOST_LIMITS]
    axis = say("robust.fund_axis", unit=say("unit.large"))
    drawn = shown[shown["name"].isin(names)]
    figure = lines.spans(names, drawn, now, axis, float(say("unit.large_yuan")))
    rows = tuple((row.name, row.low, row.high) for row in shown.itertuples(index=False))
    columns = (
        Column(say("ledger.limit")),
        Column(say("robust.column.from_fund"), "exact"),
        Column(say("robust.column.to_fund"), "exact"),
    )
    note = say("robust.knots", unit=ladder.unit_yuan, scan=ladder.scan_yuan)
    return Chart("spans", figure, Table(say("chart.spans.title"), columns, rows, notes=(note,)))


def _clashes(ladder: Ladder, naming: Naming) -> Iterator[str]:
    """Yield each stretch of the fund without a plan, and why; or that there is none."""
    say = naming.words.say
    for row in ladder.clashes.itertuples():
        stretch = naming.stretch(row.low_yuan, row.high_yuan)
        yield say("robust.gap", stretch=stretch, why=naming.clash(row.clash))
    if ladder.clashes.empty:
        ends = ladder.amounts.index[0], ladder.amounts.index[-1]
        yield say("robust.no_gap", stretch=naming.stretch(*ends))


def falls(ladder: Ladder, naming: Naming) -> Iterator[str]:
    """Yield who gets less by more money in the fund, and why; or that nobody does."""
    say = naming.words.say
    for row in ladder.falls.itertuples():
        who = f"{row.region}/{row.group}" if row.group else row.region
        facts = {"low": naming.large(row.low_yuan), "high": naming.large(row.high_yuan)}
        why = naming.setters(row.why.split(JOIN))
        yield say("robust.fall", who=naming.names.of_id(who), yuan=row.yuan, why=why, **facts)
    if ladder.falls.empty:
        yield say("robust.nobody_falls")
    rounded = ladder.rounded_falls
    if len(rounded):
        yield say(
            "robust.rounded_fall",
            who=naming.listed(list(rounded["region"])),
            unit=ladder.unit_yuan,
            of=int(rounded["of"].iloc[0]),
            yuan=int(rounded["yuan"].max()),
        )


def smaller(ladder: Ladder, now: float, part: float, naming: Naming) -> Iterator[str]:
    """Yield what a smaller fund does: who loses most, who less than their share, or why no plan.

    Parameters
    ----------
    ladder
        The plan as a function of the fund.
    now
        The scenario's fund, yuan.
    part
        The smaller fund over the fund now.
    naming
        Names.
    """
    say, fund = naming.words.say, now * part
    facts = {"fund": naming.large(fund), "less": 1 - part}
    change = at(ladder.amounts, fund) / at(ladder.amounts, now) - 1
    change = change[np.isfinite(change)]
    if change.empty:
        yield say("robust.smaller_none", **facts)
        return
    most, least = str(change.idxmin()), str(change.idxmax())
    spared = change[change > change.median() + CHANGED].index
    yield say(
        "robust.smaller",
        most=naming.names.of_id(most),
        most_share=naming.change(change[most]),
        least=naming.names.of_id(least),
        least_share=naming.change(change[least]),
        middle=naming.change(change.median()),
        **facts,
    )
    if len(spared):
        yield say("robust.spared", units=naming.listed(list(map(str, spared))))


def lowest(ladder: Ladder) -> float | None:
    """Return the smallest fund of the range that has a plan, None if there is none."""
    there = ladder.amounts.dropna(how="all").index
    return float(there[0]) if len(there) else None


def fact(ladder: Ladder, now: float, naming: Naming) -> tuple[str, str, str]:
    """Return the smallest fund that has a plan as a key figure."""
    say, least = naming.words.say, lowest(ladder)
    low = float(ladder.amounts.index[0])
    if least is None:
        return say("robust.fact.lowest"), say("robust.no_plan"), ""
    under = "whole_range" if least == low else "lowest_under"
    share = naming.change(least / now - 1)
    return say("robust.fact.lowest"), naming.large(least), say(f"robust.fact.{under}", share=share)
