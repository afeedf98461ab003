"""What errors in the heads would do: ranges of amounts, chances of being met in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.robust.points import DONE
from sendwarmth.model.robust.trials import Trials
from sendwarmth.view.masking import MASKED
from sendwarmth.view.robust import clouds
from sendwarmth.view.robust.naming import ALL, Naming
from sendwarmth.view.sections import Chart, Column, Prose, Table
from sendwarmth.view.words import UNKNOWN

WAYS = ("refit", "held")
FIGURES = {"paid": "percent", "paid_se": "number", "least": "percent"}


def bands(frame: pd.DataFrame, naming: Naming) -> Chart:
    """Return the chart of the range of each unit's amount.

    Parameters
    ----------
    frame
        Of the draws that have a plan: region_id, group_id, base_yuan, mean, mean_se, p05, p50, p95
        and their standard errors, yuan; sums are called ``all``.
    naming
        Names.
    """
    say, names = naming.words.say, naming.names
    sums = frame[(frame["group_id"] == ALL) & (frame["region_id"] != ALL)]
    units = sums[sums["base_yuan"] > 0]
    share = 100 * units[["p05", "p50", "p95"]].div(units["base_yuan"], axis=0)
    shown = share.set_axis([names.short[region] for region in units["region_id"]])
    said = {key: say(f"robust.band.{key}") for key in ("wide", "middle")}
    figure = clouds.bands(shown, said, say("robust.share_axis"))
    keys = ("base_yuan", "p05", "p50", "p95", "mean", "mean_se")
    rows = tuple(
        (names.regions[row["region_id"]], *(row[key] for key in keys))
        for row in sums.to_dict("records")
    )
    heads = (Column(say(f"robust.column.{key}"), "money") for key in keys)
    columns = (Column(say("table.region")), *heads)
    digits = naming.words.digits(()) + 1
    note = say(
        "robust.rests_on", draws=int(frame["draws"].iloc[0]), seed=str(frame["seed"].iloc[0])
    )
    return Chart(
        "bands",
        figure,
        Table(say("chart.bands.title"), columns, rows, notes=(note,), digits=digits),
    )


def covered(
    refit: pd.DataFrame, held: pd.DataFrame, group: str, masked: set[str], naming: Naming
) -> Chart:
    """Return the chart of the chance that a group is met in full in each unit.

    Parameters
    ----------
    refit, held
        Where every draw is shared out anew, and where the plan's amounts are held: region_id,
        group_id, paid, reached (chances) and their standard errors.
    group
        The group's id.
    masked
        Units whose count of the group is hidden.
    naming
        Names.
    """
    say, names = naming.words.say, naming.names
    own = pd.concat([refit.assign(way="refit"), held.assign(way="held")])
    own = own[(own["group_id"] == group) & (own["region_id"] != ALL)]
    shown = own[~own["region_id"].isin(masked)].sort_values(["way", "paid"], kind="stable")
    chances = pd.DataFrame(
        {
            "name": shown["region_id"].map(names.short),
            "way": shown["way"],
            "chance": shown["paid"],
            "standard_error": shown["paid_se"],
        }
    )
    figure = clouds.chances(
        chances, {way: say(f"robust.draw.{way}") for way in WAYS}, say("robust.chance_axis")
    )
    title = say("chart.covered.title", group=names.groups[group])
    return Chart("covered", figure, _chances(own, masked, title, naming), title)


def _chances(own: pd.DataFrame, masked: set[str], title: str, naming: Naming) -> Table:
    say = naming.words.say
    by_way = {way: own[own["way"] == way].set_index("region_id") for way in WAYS}
    rows = []
    for region in by_way["refit"].index:
        told = [_told(by_way[way].loc[region], naming) for way in WAYS]
        hidden = region in masked
        shown = [MASKED if hidden else cell for cells in told for cell in cells]
        rows.append((naming.names.regions[region], *shown))
    heads = [
        Column(say(f"robust.column.{figure}", way=say(f"robust.draw.{way}")), kind)
        for way in WAYS
        for figure, kind in FIGURES.items()
    ]
    note = say("robust.rests_on", draws=int(own["draws"].iloc[0]), seed=str(own["seed"].iloc[0]))
    notes = (note, say("note.masked")) if masked else (note,)
    return Table(title, (Column(say("table.region")), *heads), tuple(rows), notes=notes)


def _told(row: pd.Series, naming: Naming) -> tuple[Any, ...]:
    """Return a unit's chances: of the standard with its standard error, of the least amount."""
    return row["paid"], naming.error(row["paid_se"]), row["reached"]


def outcomes(frame: pd.DataFrame, naming: Naming) -> Table:
    """Return how often there is a plan, and what clashes how often where there is none.

    Parameters
    ----------
    frame
        Columns status, clash, count, share, share_se, draws, seed.
    naming
        Names.
    """
    say = naming.words.say
    rows = tuple(
        (
            naming.state(row.status, row.clash),
            int(row.count),
            float(row.share),
            naming.error(row.share_se),
        )
        for row in frame.itertuples(index=False)
    )
    columns = (
        Column(say("robust.column.outcome")),
        Column(say("robust.column.times"), "count"),
        Column(say("robust.column.share_of_draws"), "percent"),
        Column(say("robust.column.share_se"), "number"),
    )
    return Table(say("robust.outcomes_caption"), columns, rows)


def stated(plan: Plan, naming: Naming) -> Prose:
    """Return what the scenario says of how uncertain its figures are, a line each."""
    said = plan.scenario.values["uncertainty"]
    lines = tuple(_stated(word, how, naming) for word, how in said.items())
    return Prose(lines or (naming.words.say("robust.nothing_uncertain"),), "ul")


def _stated(word: str, how: Mapping[str, float], naming: Naming) -> str:
    say, words = naming.words.say, naming.words
    named = words.label(f"robust.uncertain.{word}", "") or naming.names.of_id(word)
    named = words.label(f"choice.factor.{word}", named)
    spread = say("robust.spread.cv" if "cv" in how else "robust.spread.range", **how)
    together = how.get("correlation")
    tail = say("robust.spread.together", correlation=together) if together else ""
    return say("robust.spread.line", name=named, spread=spread, together=tail)


def least_sure(held: pd.DataFrame, group: str, masked: set[str]) -> Mapping[str, Any] | None:
    """Return the unit with the least chance that a group is met in full by the plan as it is."""
    own = held[(held["group_id"] == group) & (held["region_id"] != ALL)]
    own = own[~own["region_id"].isin(masked)]
    return None if own.empty else own.loc[own["paid"].idxmin()].to_dict()


def widest(bands: pd.DataFrame) -> Mapping[str, Any] | None:
    """Return the unit whose amount ranges most against its own size."""
    sums = bands[(bands["group_id"] == ALL) & (bands["region_id"] != ALL)]
    sums = sums[(sums["base_yuan"] > 0) & sums["p95"].notna()]
    if sums.empty:
        return None
    return sums.loc[((sums["p95"] - sums["p05"]) / sums["base_yuan"]).idxmax()].to_dict()


def sentences(trials: Trials, masked: set[str], naming: Naming) -> Iterator[str]:
    """Yield whose money is least sure, and who may not be met in full."""
    say, names = naming.words.say, naming.names
    facts = {"draws": trials.draws, "seed": str(trials.seed)}
    if (row := widest(trials.refit.bands())) is not None:
        low, high = (naming.change(row[q] / row["base_yuan"] - 1) for q in ("p05", "p95"))
        named = names.of_id(row["region_id"])
        yield say("robust.least_steady", region=named, low=low, high=high, **facts)
    if (found := least_sure(trials.held.coverage(), trials.group, masked)) is not None:
        yield say(
            "robust.least_sure",
            region=names.of_id(found["region_id"]),
            group=names.groups[trials.group],
            chance=found["paid"],
            error=naming.error(found["paid_se"]),
            **facts,
        )
    without = trials.refit.number - int((trials.refit.status == DONE).sum())
    if without:
        yield say("robust.draws_without", count=without, share=without / trials.draws, **facts)


def fact(trials: Trials, naming: Naming) -> tuple[str, str, str]:
    """Return how likely a group is met in full everywhere at the least amount, as a key figure."""
    say, frame = naming.words.say, trials.held.coverage()
    whole = frame[(frame["group_id"] == trials.group) & (frame["region_id"] == ALL)].iloc[0]
    label = say("robust.fact.reached", group=naming.names.groups[trials.group])
    if pd.isna(whole["reached"]):
        return label, UNKNOWN, ""
    error = say("robust.fact.error", error=naming.error(whole["reached_se"]), draws=trials.draws)
    return label, naming.words.percent(whole["reached"]), error
