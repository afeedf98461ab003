"""Charts of levers: what each does, and how far each may move. Frames in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sendwarmth.view.charts import COLOURS, Figure, layout
from sendwarmth.view.robust.pieces import CLASHED, axis, line, marks, roomy, rows

EDGE = 1.0
TALL_ROW_PIXELS = 38
"""For names of up to three lines."""
SMALL = {"size": 11}


def tornado(
    frame: pd.DataFrame, base: float, unit: str, said: Mapping[str, str], scale: float = 1.0
) -> Figure:
    """Return what each lever does to a figure when set to its low and to its high value.

    Parameters
    ----------
    frame
        Index is the names shown, the widest first; columns at_low, at_high (the figure, NaN where
        limits clash), set_low, set_high (what the lever is set to, as text).
    base
        The figure of the plan.
    unit
        What the axis says.
    said
        Names of the traces: ``low``, ``high``, ``clash``.
    scale
        What figures are divided by.
    """
    names = [str(name) for name in frame.index]
    middle = base / scale
    ends = {"low": ("at_low", "set_low", COLOURS[1]), "high": ("at_high", "set_high", COLOURS[0])}
    data: list[dict[str, Any]] = []
    for side, (column, setting, colour) in ends.items():
        there = frame[column].notna().to_numpy()
        reached = frame[column][there] / scale
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": said[side],
                "y": [name for name, is_there in zip(names, there, strict=True) if is_there],
                "x": [round(float(value) - middle, 9) for value in reached],
                "base": round(middle, 9),
                "customdata": [
                    [str(text), round(float(value), 6)]
                    for text, value in zip(frame[setting][there], reached, strict=True)
                ],
                "marker": {"color": colour},
                "hovertemplate": "%{y} → %{customdata[0]}: %{customdata[1]:,}"
                + f" {unit}<extra></extra>",
            }
        )
    drawn = [middle, *(float(v) / scale for v in frame[["at_low", "at_high"]].stack().dropna())]
    least, most = roomy(min(drawn), max(drawn))
    edges = {"low": least, "high": most}
    crosses = [
        (edges[side], name)
        for side, (column, _, _) in ends.items()
        for name, value in zip(names, frame[column], strict=True)
        if pd.isna(value)
    ]
    if crosses:
        data.append(marks(crosses, said["clash"], CLASHED))
    axes = {
        "xaxis": axis(unit, range=[least, most], zeroline=False),
        "yaxis": rows(names, tickfont=SMALL),
        "barmode": "overlay",
        "bargap": 0.35,
        "shapes": [line(middle)],
    }
    return {"data": data, "layout": layout(120 + TALL_ROW_PIXELS * len(names), **axes)}


EVENT_MARKERS: Mapping[str, Mapping[str, Any]] = {
    "loses": {"color": COLOURS[1], "symbol": "diamond", "size": 12},
    "order": {"color": COLOURS[3], "symbol": "square", "size": 11},
    "clash": CLASHED,
}


def reaches(
    names: Sequence[str], stops: pd.DataFrame, said: Mapping[str, str], unit: str
) -> Figure:
    """Return how far each input may move before something tips.

    Parameters
    ----------
    names
        Inputs, a row each, the first on top.
    stops
        Columns name, event, share (change at which the event comes, as a share of today's value;
        beyond -1 to 1 it is drawn at the edge), text (what the pointer is told).
    said
        Names of events.
    unit
        What the axis says.
    """
    first = {
        name: (
            max((s for s in own if s < 0), default=-EDGE),
            min((s for s in own if s >= 0), default=EDGE),
        )
        for name in names
        for own in [stops.loc[stops["name"] == name, "share"]]
    }
    free = {
        "type": "bar",
        "orientation": "h",
        "name": said["free"],
        "y": list(names),
        "base": [100 * max(-EDGE, first[name][0]) for name in names],
        "x": [100 * (min(EDGE, first[name][1]) - max(-EDGE, first[name][0])) for name in names],
        "marker": {"color": "#009E73", "opacity": 0.45},
        "hoverinfo": "skip",
    }
    data: list[dict[str, Any]] = [free]
    for event, marker in EVENT_MARKERS.items():
        own = stops[stops["event"] == event]
        if own.empty:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": said[event],
                "y": own["name"].tolist(),
                "x": [round(100 * min(EDGE, max(-EDGE, s)), 6) for s in own["share"]],
                "customdata": own["text"].tolist(),
                "marker": dict(marker),
                "cliponaxis": False,
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        )
    axes = {
        "xaxis": axis(unit, range=[-105 * EDGE, 105 * EDGE], ticksuffix="%", zeroline=False),
        "yaxis": rows(names, tickfont=SMALL),
        "barmode": "overlay",
        "bargap": 0.45,
        "shapes": [line(0)],
    }
    return {"data": data, "layout": layout(130 + TALL_ROW_PIXELS * len(names), **axes)}
