"""What each input does to a figure: the chart, the table behind it, and the sentence first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sendwarmth.view.robust import bars
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.sections import Chart, Column, Table

DONE = "done"
MOST_ROWS = 15
HAIR = 1e-9
ENDS = ("low", "high")


def part(frame: pd.DataFrame, figure: str, naming: Naming, folded: bool = False) -> Chart:
    """Return the chart of one figure with the table behind it.

    Parameters
    ----------
    frame
        Columns lever, low, high, at_low, at_high, base, state_low, state_high, clash_low,
        clash_high; a row an input, the widest first.
    figure
        The figure, written ``name/scope``.
    naming
        Names.
    folded
        Whether it waits until someone opens it.
    """
    say = naming.words.say
    shown = moving(frame).head(MOST_ROWS)
    settings = {
        f"set_{end}": [
            naming.setting(*pair) for pair in zip(shown["lever"], shown[end], strict=True)
        ]
        for end in ENDS
    }
    names = pd.Index([naming.tick(lever) for lever in shown["lever"]])
    rows = shown[["at_low", "at_high"]].astype(float).set_axis(names).assign(**settings)
    said = {end: say(f"robust.{end}") for end in ENDS} | {"clash": say("robust.no_plan")}
    unit, scale = naming.axis(figure)
    axis = say("robust.axis_unit", name=naming.figure(figure), unit=unit)
    drawn = bars.tornado(rows, base_of(frame), axis, said, scale)
    title = say("chart.tornado.title", figure=naming.figure(figure))
    return Chart("tornado", drawn, _table(frame, figure, naming), title, folded=folded)


def base_of(frame: pd.DataFrame) -> float:
    """Return the figure of the plan itself."""
    return float(frame["base"].iloc[0]) if len(frame) else 0.0


def moving(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the inputs that move the figure at all, or lead to a clash."""
    ends = frame[["at_low", "at_high"]].sub(frame["base"], axis=0).abs().max(axis=1)
    clashes = (frame[["state_low", "state_high"]] != DONE).any(axis=1)
    return frame[clashes | (ends > HAIR * max(1.0, abs(base_of(frame))))]


def _table(frame: pd.DataFrame, figure: str, naming: Naming) -> Table:
    say = naming.words.say
    rows = tuple(
        (naming.lever(row["lever"]), *(told for end in ENDS for told in _end(row, end, naming)))
        for row in moving(frame).to_dict("records")
    )
    kind = naming.kind(figure)
    columns = (
        Column(say("robust.column.input")),
        Column(say("robust.low"), "number"),
        Column(say("robust.column.result"), kind),
        Column(say("robust.high"), "number"),
        Column(say("robust.column.result"), kind),
    )
    idle = [
        naming.lever(lever) for lever in frame["lever"] if lever not in set(moving(frame)["lever"])
    ]
    notes = [
        say("robust.base", figure=naming.figure(figure), value=naming.value(figure, base_of(frame)))
    ]
    if idle:
        notes.append(say("robust.idle", inputs=say("limit.list").join(idle)))
    caption = say("chart.tornado.title", figure=naming.figure(figure))
    digits = naming.words.digits(()) + 1 if kind == "money" else None
    return Table(caption, columns, rows, notes=tuple(notes), digits=digits)


def _end(row: Mapping[str, Any], end: str, naming: Naming) -> tuple[Any, Any]:
    """Return what an input is set to at one end, and the figure there or why there is none."""
    value = float(row[f"at_{end}"])
    shown = naming.state(row[f"state_{end}"], row[f"clash_{end}"]) if math.isnan(value) else value
    return naming.setting(row["lever"], row[end]), shown


def sentence(frame: pd.DataFrame, figure: str, naming: Naming) -> str:
    """Return which input moves a figure most, and from what to what."""
    say, most = naming.words.say, moving(frame).head(1)
    named, base = naming.figure(figure), naming.value(figure, base_of(frame))
    if most.empty:
        return say("robust.nothing_matters", figure=named, base=base)
    row = next(most.itertuples())
    return say(
        "robust.matters",
        figure=named,
        base=base,
        input=naming.lever(row.lever),
        low=naming.setting(row.lever, row.low),
        high=naming.setting(row.lever, row.high),
        at_low=naming.value(figure, float(row.at_low)),
        at_high=naming.value(figure, float(row.at_high)),
    )


def fact(frame: pd.DataFrame, figure: str, naming: Naming) -> tuple[str, str, str]:
    """Return the input that moves a figure most as a key figure."""
    say, most = naming.words.say, moving(frame).head(1)
    label = say("robust.fact.matters", figure=naming.figure(figure))
    if most.empty:
        return label, say("robust.fact.nothing"), ""
    row = most.iloc[0]
    ends = (naming.value(figure, float(row[end])) for end in ("at_low", "at_high"))
    return label, naming.lever(row["lever"]), say("diff.to").join(ends)
