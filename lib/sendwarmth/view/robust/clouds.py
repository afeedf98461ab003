"""Charts of many draws and many plans: bands, chances, a frontier. Frames in, figures out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sendwarmth.view.charts import COLOURS, ROW_PIXELS, Figure, layout
from sendwarmth.view.robust.pieces import axis, line, roomy, rows

DEVIATIONS = 1.96
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon")


def bands(frame: pd.DataFrame, said: Mapping[str, str], unit: str) -> Figure:
    """Return where each amount falls in nine draws of ten, beside the plan.

    Parameters
    ----------
    frame
        Index is the names shown; columns p05, p50, p95, as percent of the plan's amount.
    said
        Names of ``wide`` and ``middle``.
    unit
        What the axis says.
    """
    names = [str(name) for name in frame.index]
    ends = zip(names, _numbers(frame["p05"]), _numbers(frame["p95"]), strict=True)
    pairs = [(name, low, high) for name, low, high in ends]
    interval = {
        "type": "scatter",
        "mode": "lines",
        "name": said["wide"],
        "x": [value for _, low, high in pairs for value in (low, high, None)],
        "y": [value for name, *_ in pairs for value in (name, name, None)],
        "line": {"color": COLOURS[0], "width": 9},
        "hovertemplate": "%{y} · %{fullData.name}: %{x:.1f}%<extra></extra>",
    }
    middle = {
        "type": "scatter",
        "mode": "markers",
        "name": said["middle"],
        "x": _numbers(frame["p50"]),
        "y": names,
        "marker": {"color": "#FFFFFF", "size": 7, "line": {"color": "#000000", "width": 1.5}},
        "hovertemplate": "%{y} · %{fullData.name}: %{x:.1f}%<extra></extra>",
    }
    axes = {
        "xaxis": axis(unit, ticksuffix="%", zeroline=False),
        "yaxis": rows(names),
        "shapes": [line(100)],
    }
    return {
        "data": [interval, middle],
        "layout": layout(120 + ROW_PIXELS * len(names), **axes),
    }


def _numbers(values: pd.Series, times: float = 1.0) -> list[float | None]:
    return [None if pd.isna(v) else round(float(v) * times, 4) for v in values]


def chances(frame: pd.DataFrame, said: Mapping[str, str], unit: str) -> Figure:
    """Return chances with their intervals, a row each, a mark for each way of working.

    Parameters
    ----------
    frame
        Columns name, way, chance, standard_error (shares); the order of names is that of the rows.
    said
        Names of ways.
    unit
        What the axis says.
    """
    names = list(dict.fromkeys(map(str, frame["name"])))
    data = []
    for k, (way, name) in enumerate(said.items()):
        own = frame[frame["way"] == way]
        error = {"type": "data", "array": _numbers(own["standard_error"], 100 * DEVIATIONS)}
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": _numbers(own["chance"], 100),
                "y": own["name"].tolist(),
                "error_x": {**error, "color": COLOURS[k], "thickness": 1.5, "width": 4},
                "marker": {"color": COLOURS[k], "symbol": SHAPES[k], "size": 10},
                "cliponaxis": False,
                "hovertemplate": "%{y} · %{fullData.name}: %{x:.1f}%<extra></extra>",
            }
        )
    axes = {
        "xaxis": axis(unit, ticksuffix="%", range=[-3, 103], zeroline=False),
        "yaxis": rows(names),
    }
    return {"data": data, "layout": layout(120 + ROW_PIXELS * len(names), **axes)}


def frontier(
    tried: pd.DataFrame,
    scenarios: pd.DataFrame,
    said: Mapping[str, str],
    axes_say: tuple[str, str],
) -> Figure:
    """Return plans by how much they cover and how equal they are; the frontier joined by a line.

    Parameters
    ----------
    tried
        Plans with other levers: columns x, y, dominated, text.
    scenarios
        Plans of scenarios: columns x, y, dominated, name, text.
    said
        Names of ``frontier``, ``tried``, ``scenario``, ``dominated``.
    axes_say
        What the axes say.
    """
    every = pd.concat([tried, scenarios])
    best = every[~every["dominated"]].sort_values(["x", "y"])
    behind = tried[tried["dominated"]]
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": said["tried"],
            "x": _numbers(behind["x"]),
            "y": _numbers(behind["y"]),
            "marker": {"color": "#9AA3AD", "size": 6, "opacity": 0.6},
            "hoverinfo": "skip",
        },
        {
            **_cloud(best, said["frontier"], {"color": COLOURS[2], "size": 8}),
            "mode": "lines+markers",
            "line": {"color": COLOURS[2], "width": 2},
        },
    ]
    for beaten, key in ((False, "scenario"), (True, "dominated")):
        own = scenarios[scenarios["dominated"] == beaten]
        if not own.empty:
            symbol = "diamond-open" if beaten else "diamond"
            marker = {"color": COLOURS[5], "symbol": symbol, "size": 13, "line": {"width": 2}}
            named = {"mode": "markers+text", "text": own["name"].tolist()}
            data.append({**_cloud(own, said[key], marker), **named, "textposition": "top center"})
    wide = roomy(float(every["x"].min()), float(every["x"].max()))
    high = roomy(float(every["y"].min()), float(every["y"].max()))
    axes = {
        "xaxis": axis(axes_say[0], range=list(wide), zeroline=False),
        "yaxis": axis(axes_say[1], range=list(high), zeroline=False),
    }
    return {"data": data, "layout": layout(480, **axes)}


def _cloud(points: pd.DataFrame, name: str, marker: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": _numbers(points["x"]),
        "y": _numbers(points["y"]),
        "customdata": points["text"].tolist(),
        "marker": dict(marker),
        "hovertemplate": "%{customdata}<extra></extra>",
    }
