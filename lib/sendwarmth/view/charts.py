"""Charts: frames of figures and names in, plotly figures as plain data out.

Nothing is computed here but positions; colours are Okabe and Ito's, told apart by people who do not
see red and green; every chart stands above a table of the same figures. A figure is plain data, so
that a notebook, a page and a test read the same thing; ``go.Figure`` checks it in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666")
PATTERNS = ("", "/", "", "x", ".", "\\", "-", "+")
UP, DOWN, WHOLE = "#0072B2", "#D55E00", "#666666"
ROW_PIXELS = 30
Figure = dict[str, Any]


def _layout(height: int, **more: Any) -> dict[str, Any]:
    """Return what every chart shares; the page adds fonts and the colours of its scheme."""
    base = {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 36, "b": 36},
        "dragmode": False,
        "barmode": "stack",
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        "xaxis": {"automargin": True, "fixedrange": True, "zeroline": True},
        "yaxis": {"automargin": True, "fixedrange": True},
    }
    return base | more


def stacked(frame: pd.DataFrame, unit: str, scale: float = 1.0) -> Figure:
    """Return horizontal bars, a row of the frame each, its columns stacked.

    Parameters
    ----------
    frame
        Amounts; index and columns are the names shown, the first row stands on top.
    unit
        What the axis says.
    scale
        What amounts are divided by.
    """
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": str(column),
            "y": [str(name) for name in frame.index],
            "x": [round(float(value) / scale, 6) for value in frame[column]],
            "marker": {
                "color": COLOURS[k % len(COLOURS)],
                "pattern": {
                    "shape": PATTERNS[k % len(PATTERNS)],
                    "fillmode": "overlay",
                    "solidity": 0.2,
                },
            },
            "hovertemplate": "%{y} · %{fullData.name}: %{x:,}" + f" {unit}<extra></extra>",
        }
        for k, column in enumerate(frame.columns)
    ]
    axes = {
        "xaxis": {"title": {"text": unit}, "automargin": True, "fixedrange": True},
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
    }
    return {"data": data, "layout": _layout(110 + ROW_PIXELS * len(frame), **axes)}


def grouped(frame: pd.DataFrame, unit: str, scale: float = 1.0) -> Figure:
    """Return dots of several scenarios on one line a unit, joined by a line from least to most.

    Parameters
    ----------
    frame
        Amounts; a row a unit, a column a scenario, both by the names shown.
    unit
        What the axis says.
    scale
        What amounts are divided by.
    """
    shapes = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
    rows = [str(name) for name in frame.index]
    spans: dict[str, list[Any]] = {"x": [], "y": []}
    for name, values in frame.iterrows():
        spans["x"] += [values.min() / scale, values.max() / scale, None]
        spans["y"] += [str(name), str(name), None]
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        **spans,
        "line": {"color": "#999999", "width": 2},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    dots = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": str(column),
            "y": rows,
            "x": [round(float(value) / scale, 6) for value in frame[column]],
            "marker": {
                "color": COLOURS[k % len(COLOURS)],
                "symbol": shapes[k % len(shapes)],
                "size": 11,
            },
            "hovertemplate": "%{y} · %{fullData.name}: %{x:,}" + f" {unit}<extra></extra>",
        }
        for k, column in enumerate(frame.columns)
    ]
    axes = {
        "xaxis": {"title": {"text": unit}, "automargin": True, "fixedrange": True},
        "yaxis": {
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "categoryorder": "array",
            "categoryarray": rows,
        },
    }
    return {"data": [line, *dots], "layout": _layout(120 + ROW_PIXELS * len(rows), **axes)}


def changes(amounts: Mapping[str, float] | pd.Series, unit: str, scale: float = 1.0) -> Figure:
    """Return horizontal bars of changes, gains and losses in two colours with their signs written.

    Parameters
    ----------
    amounts
        Change by the name shown.
    unit
        What the axis says.
    scale
        What amounts are divided by.
    """
    pairs = list(amounts.items())
    names = [str(name) for name, _ in pairs]
    values = [round(float(value) / scale, 6) for _, value in pairs]
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": values,
        "text": [f"{value:+,.4g}" if value else "0" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [UP if value >= 0 else DOWN for value in values]},
        "hovertemplate": "%{y}: %{x:+,}" + f" {unit}<extra></extra>",
    }
    most, least = max([*values, 0.0]), min([*values, 0.0])
    room = 0.14 * ((most - least) or 1.0)  # for the amounts written beside the bars
    axes = {
        "xaxis": {
            "title": {"text": unit},
            "automargin": True,
            "fixedrange": True,
            "zeroline": True,
            "range": [least - room * (least < 0), most + room],
        },
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
        "showlegend": False,
    }
    return {"data": [bar], "layout": _layout(90 + ROW_PIXELS * len(names), **axes)}


def waterfall(steps: Sequence[tuple[str, float]], total: str, unit: str, scale: float) -> Figure:
    """Return the steps from the target to the amount paid.

    Parameters
    ----------
    steps
        Name and amount of each step, the first from nothing.
    total
        What the last bar is called.
    unit
        What the axis says.
    scale
        What amounts are divided by.
    """
    amounts = [round(yuan / scale, 6) for _, yuan in steps]
    whole = round(sum(yuan for _, yuan in steps) / scale, 6)
    bar = {
        "type": "waterfall",
        "x": [*(name for name, _ in steps), total],
        "y": [*amounts, whole],
        "measure": ["absolute", *["relative"] * (len(steps) - 1), "total"],
        "text": [f"{amounts[0]:,.6g}", *(f"{a:+,.4g}" for a in amounts[1:]), f"{whole:,.6g}"],
        "textposition": "outside",
        "cliponaxis": False,
        "increasing": {"marker": {"color": UP}},
        "decreasing": {"marker": {"color": DOWN}},
        "totals": {"marker": {"color": WHOLE}},
        "hovertemplate": "%{x}: %{y:,}" + f" {unit}<extra></extra>",
    }
    reached = [sum(amounts[: k + 1]) for k in range(len(amounts))]
    least, most = min(reached), max(reached)
    room = max((most - least) * 0.6, most * 0.02)
    axes = {
        "yaxis": {
            "title": {"text": unit},
            "automargin": True,
            "fixedrange": True,
            "range": [max(0.0, least - room), most + room],
        },
        "showlegend": False,
    }
    return {"data": [bar], "layout": _layout(340, **axes)}


def points(places: pd.DataFrame, unit: str, scale: float = 1.0) -> Figure:
    """Return units at their longitude and latitude, the area of each disc its money.

    Parameters
    ----------
    places
        Columns name, longitude, latitude, yuan, a_head.
    unit
        What the discs measure.
    scale
        What amounts are divided by.
    """
    amounts = places["yuan"] / scale
    most = float(amounts.max()) or 1.0
    disc = {
        "type": "scatter",
        "mode": "markers+text",
        "x": places["longitude"].astype(float).tolist(),
        "y": places["latitude"].astype(float).tolist(),
        "text": places["name"].tolist(),
        "textposition": "bottom center",
        "customdata": [round(float(value), 4) for value in amounts],
        "marker": {
            "size": [round(float(value), 4) for value in amounts],
            "sizemode": "area",
            "sizeref": 2 * most / 54**2,
            "sizemin": 4,
            "color": COLOURS[0],
            "opacity": 0.75,
        },
        "hovertemplate": "%{text}: %{customdata:,}" + f" {unit}<extra></extra>",
    }
    hidden = {"visible": False, "fixedrange": True, "automargin": False}
    axes = {"xaxis": hidden, "yaxis": {**hidden, "scaleanchor": "x", "scaleratio": 1.22}}
    return {"data": [disc], "layout": _layout(520, showlegend=False, **axes)}
