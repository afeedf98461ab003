"""How far each input may move before something tips: the chart, its table, the nearest of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.robust.events import WORSE
from sendwarmth.view.robust import bars
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.sections import Chart, Column, Prose, Table

MOST_ROWS = 20
EVENTS = ("loses", "order", "clash")
TIPS = "tips"
WIDTHS = {"value": "number", "beyond": "number", "share": "number"}
COLUMNS = ("input", "direction", "event", "value", "beyond", "share", "who", "sure")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Turning:
    """Turning points, and how they are told.

    Parameters
    ----------
    frame
        Columns input, event, direction, now, value, beyond, share, who, confirmed, end, state; a
        row an input, event and direction. ``value`` is the last at which nothing tips, ``beyond``
        the first at which it does, ``share`` the change to it; NaN where nothing tips up to
        ``end``.
    figure
        The figure on which the order of scenarios is watched.
    other
        Name of the scenario it is watched against; empty for none.
    titles
        Titles of scenarios by name.
    naming
        Names.
    """

    frame: pd.DataFrame
    figure: str
    other: str
    titles: Mapping[str, str]
    naming: Naming

    def watched(self, plan: Plan) -> Prose:
        """Return what counts as losing, and which order is watched."""
        say = self.naming.words.say
        known = plan.inputs.extras.get("last_year") is not None
        lines = [say(f"robust.loses_if.{'last_year' if known else 'own'}", worse=WORSE)]
        if self.other:
            figure, title = self.naming.figure(self.figure), self.titles[self.other]
            lines.append(say("robust.order_on", figure=figure, title=title))
        return Prose(tuple(lines))

    def near(self) -> pd.DataFrame:
        """Return the turning points there are, the one nearest to today's values first."""
        there = self.frame[self.frame["state"] == TIPS]
        return there.iloc[there["share"].abs().argsort(kind="stable")]

    def chart(self) -> Chart:
        """Return the chart of the inputs that tip something, every one in the table behind it."""
        say, near = self.naming.words.say, self.near()
        names = {path: self.naming.tick(path) for path in near["input"].unique()[:MOST_ROWS]}
        own = near[near["input"].isin(list(names))]
        stops = pd.DataFrame(
            {
                "name": own["input"].map(names),
                "event": own["event"],
                "share": own["share"].astype(float),
                "text": [self.sentence(row) for row in own.to_dict("records")],
            }
        )
        said = {key: say(f"robust.event.{key}") for key in (*EVENTS, "free")}
        drawn = bars.reaches(list(names.values()), stops, said, say("robust.change_axis"))
        return Chart("tipping", drawn, self._table())

    def sentence(self, row: Row) -> str:
        """Return one turning point in words."""
        path, level = row["input"], self.naming.level
        said = self.naming.words.say(
            f"robust.tips.{row['event']}",
            input=self.naming.lever(path),
            way=self.naming.words.say(f"robust.way.{row['direction']}"),
            value=level(path, row["value"]),
            beyond=level(path, row["beyond"]),
            share=self.naming.change(float(row["share"])),
            who=self._who(row),
        )
        return said[0].upper() + said[1:]

    def _who(self, row: Row) -> str:
        """Return who loses, which limits clash, or which scenario changes order with this one."""
        who = str(row["who"])
        if row["event"] == "clash":
            return self.naming.clash(who)
        if row["event"] == "order":
            title, figure = self.titles.get(who, who), self.naming.figure(self.figure)
            return self.naming.words.say("robust.flips", title=title, figure=figure)
        return self.naming.listed(who.split())

    def first_of_each(self) -> Iterator[str]:
        """Yield the nearest turning point of each event, or that there is none."""
        say, near = self.naming.words.say, self.near()
        for event in EVENTS:
            own = near[near["event"] == event].head(1)
            if len(own):
                yield self.sentence(own.iloc[0].to_dict())
            elif (self.frame["event"] == event).any():
                yield say("robust.never", event=say(f"robust.event.{event}"))

    def fact(self) -> tuple[str, str, str]:
        """Return the turning point nearest to today's values as a key figure."""
        say, near = self.naming.words.say, self.near().head(1)
        if near.empty:
            return say("robust.fact.nearest"), say("robust.nothing_tips"), ""
        row = near.iloc[0].to_dict()
        moved = self.naming.moved(row["input"], self.naming.change(float(row["share"])))
        return say("robust.fact.nearest"), moved, say(f"robust.event.{row['event']}")

    def _table(self) -> Table:
        say, near = self.naming.words.say, self.near()
        order = {path: k for k, path in enumerate(near["input"].unique())}
        frame = near.iloc[near["input"].map(order).argsort(kind="stable")]
        rows = tuple(self._row(row) for row in frame.to_dict("records"))
        columns = (Column(say(f"robust.column.{key}"), WIDTHS.get(key, "text")) for key in COLUMNS)
        return Table(say("chart.tipping.title"), tuple(columns), rows, notes=tuple(self._rest()))

    def _rest(self) -> Iterator[str]:
        """Yield what did not tip: how often nothing does, or something else does before."""
        say, states = self.naming.words.say, self.frame["state"].value_counts()
        counts = {state: int(count) for state, count in states.items() if state != TIPS}
        for state, count in counts.items():
            yield say("robust.untold", said=say(f"robust.untipped.{state}"), count=count)
        tipping = set(self.near()["input"])
        idle = [path for path in self.frame["input"].unique() if path not in tipping]
        if idle:
            named = say("limit.list").join(self.naming.lever(path) for path in idle)
            yield say("robust.tips_nothing", inputs=named)

    def _row(self, row: Row) -> tuple[Any, ...]:
        say, path = self.naming.words.say, row["input"]
        levels = (self.naming.level(path, row[key]) for key in ("value", "beyond"))
        sure = say(f"robust.confirmed.{'yes' if row['confirmed'] else 'no'}")
        told = (*levels, self.naming.change(float(row["share"])), self._who(row), sure)
        first = (self.naming.lever(path), say(f"robust.way.{row['direction']}"))
        return (*first, say(f"robust.event.{row['event']}"), *told)
