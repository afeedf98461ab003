"""Coverage against equality or change: the frontier, the scenarios, and what beats what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sendwarmth.view.robust import clouds
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.sections import Chart, Column, Prose, Table

PLACES = ("frontier", "tried", "scenario", "dominated")
GOALS = {"gini": "", "change": "_change"}
CHARTS = {"gini": "frontier", "change": "shift"}
FORMS = {"gini": "number", "change": "percent"}
FACTS = ("point", "scenario", "status", "clash", "coverage", "change_from", "seed", *GOALS)
DONE = "done"
Row = Mapping[str, Any]


def chart(
    frame: pd.DataFrame, goal: str, titles: Mapping[str, str], naming: Naming, folded: bool = False
) -> Chart:
    """Return the chart of plans by coverage and by another goal.

    Parameters
    ----------
    frame
        A row a plan: point; scenario (a name, empty for a moved one); one column a lever; status;
        coverage, gini, change; for a goal ``on_frontier`` and ``dominated_by``, with ``_change``
        behind it for change; seed.
    goal
        ``gini`` or ``change``.
    titles
        Titles of scenarios by name.
    naming
        Names.
    folded
        Whether it waits until someone opens it.
    """
    say, done = naming.words.say, frame[frame["status"] == DONE]
    points = pd.DataFrame(
        {
            "x": 100 * done["coverage"],
            "y": done[goal] * (100 if FORMS[goal] == "percent" else 1),
            "dominated": ~done[f"on_frontier{GOALS[goal]}"],
            "name": done["scenario"].map(titles),
            "text": [at(row, goal, titles, naming) for row in done.to_dict("records")],
        }
    )
    own = done["scenario"] != ""
    said = {place: say(f"robust.place.{place}") for place in PLACES}
    unit = "%" if FORMS[goal] == "percent" else say("unit.index")
    axes = (
        say("robust.axis_unit", name=say("robust.axis.coverage"), unit="%"),
        say("robust.axis_unit", name=say(f"robust.axis.{goal}"), unit=unit),
    )
    figure = clouds.frontier(points[~own], points[own], said, axes)
    table = _table(frame, goal, titles, naming)
    return Chart(CHARTS[goal], figure, table, folded=folded)


def _table(frame: pd.DataFrame, goal: str, titles: Mapping[str, str], naming: Naming) -> Table:
    """Return the plans on the frontier, with what their levers are set to."""
    say = naming.words.say
    best = frame[frame[f"on_frontier{GOALS[goal]}"]].sort_values("coverage", ascending=False)
    levers = [name for name in frame if not _is_fact(name)]
    rows = tuple(
        (
            called(row, titles, naming),
            float(row["coverage"]),
            float(row[goal]),
            *(None if pd.isna(row[name]) else naming.setting(name, row[name]) for name in levers),
        )
        for row in best.to_dict("records")
    )
    columns = (
        Column(say("robust.column.plan")),
        Column(say("robust.axis.coverage"), "percent"),
        Column(say(f"robust.axis.{goal}"), FORMS[goal]),
        *(Column(naming.lever(name), "number") for name in levers),
    )
    tried = int((frame["scenario"] == "").sum())
    clashed = int((frame["status"] != DONE).sum())
    note = say("robust.moved", points=tried, clashes=clashed, seed=str(frame["seed"].iloc[0]))
    return Table(say("robust.frontier_caption"), columns, rows, notes=(note,))


def _is_fact(column: str) -> bool:
    return column in FACTS or column.startswith(("on_frontier", "dominated_by"))


def called(row: Row, titles: Mapping[str, str], naming: Naming) -> str:
    """Return a scenario's title, or the number of a moved plan."""
    if row["scenario"]:
        return titles.get(row["scenario"], row["scenario"])
    return naming.words.say("robust.point", number=row["point"])


def at(row: Row, goal: str, titles: Mapping[str, str], naming: Naming) -> str:
    """Return a plan and the two figures it is placed by."""
    value = naming.words.percent(row[goal]) if FORMS[goal] == "percent" else f"{row[goal]:.4f}"
    facts = {"name": called(row, titles, naming), "coverage": row["coverage"], "value": value}
    return naming.words.say(f"robust.at.{goal}", **facts)


def scenarios(frame: pd.DataFrame, titles: Mapping[str, str], naming: Naming) -> Prose:
    """Return a line a scenario: what beats it, or that nothing tried does."""
    own = frame[frame["scenario"] != ""].to_dict("records")
    return Prose(tuple(line(row, frame, titles, naming) for row in own), "ul")


def line(row: Row, frame: pd.DataFrame, titles: Mapping[str, str], naming: Naming) -> str:
    """Return what beats a scenario in coverage and equality, or that nothing tried does."""
    say = naming.words.say
    if row["status"] != DONE:
        why = naming.state(row["status"], row["clash"])
        return say("robust.no_plan_for", title=called(row, titles, naming), why=why)
    own = at(row, "gini", titles, naming)
    for better in _rows_called(frame, str(row["dominated_by"])):
        return say("robust.beaten", own=own, by=at(better, "gini", titles, naming))
    return say("robust.unbeaten", own=own)


def _rows_called(frame: pd.DataFrame, name: str) -> Iterator[Row]:
    """Yield the scenario of a name, or the moved plan of a number."""
    found = frame["scenario"] == name
    if not found.any():
        found = (frame["scenario"] == "") & (frame["point"].astype(str) == name)
    yield from frame[found].to_dict("records") if name else ()
