"""Charts: frames of figures and names in, plotly figures as plain data out.

Nothing is computed here but positions; colours are Okabe and Ito's, told apart by people who do not
see red and green; every chart stands above a table of the same figures. A figure is plain data, so
that a notebook, a page and a test read the same thing; ``go.Figure`` checks it in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666")
PATTERNS = ("", "/", "", "x", ".", "\\", "-", "+")
UP, DOWN, WHOLE = "#0072B2", "#D55E00", "#666666"
ROW_PIXELS = 30
MAP_PIXELS, LARGEST_DISC, LINE_PIXELS = 440, 54, 16
HIDING = 600  # what it costs to cover a disc or a name wholly, in square pixels
Figure = dict[str, Any]
Box = tuple[float, float, float, float]


def layout(height: int, **more: Any) -> dict[str, Any]:
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


def _amounts(unit: str, **more: Any) -> dict[str, Any]:
    """Return an axis of amounts, its thousands set apart."""
    base = {"title": {"text": unit, "font": {"size": 13}}, "tickformat": ","}
    return {**base, "automargin": True, "fixedrange": True, **more}


def _written(values: Sequence[float], signs: str = "+") -> list[str]:
    """Return amounts as they stand beside bars: all with the decimals that one of them needs.

    Examples
    --------
    >>> _written([90.8, 65.0, -1234.0, 0.0])
    ['+90.8', '+65.0', '−1,234.0', '0']
    """
    needed = (d for d in range(3) if all(abs(v - round(v, d)) < 1e-9 for v in values))
    digits = next(needed, 3)
    return [f"{v:{signs},.{digits}f}".replace("-", "−") if v else "0" for v in values]


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
        "xaxis": _amounts(unit),
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
    }
    axes["legend"] = {**layout(0)["legend"], "traceorder": "normal"}
    return {"data": data, "layout": layout(110 + ROW_PIXELS * len(frame), **axes)}


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
        "xaxis": _amounts(unit),
        "yaxis": {
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "categoryorder": "array",
            "categoryarray": rows,
        },
    }
    return {"data": [line, *dots], "layout": layout(120 + ROW_PIXELS * len(rows), **axes)}


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
        "text": _written(values),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [UP if value >= 0 else DOWN for value in values]},
        "hovertemplate": "%{y}: %{x:+,}" + f" {unit}<extra></extra>",
    }
    most, least = max([*values, 0.0]), min([*values, 0.0])
    # For the amounts written beside the bars, on a narrow screen too; on the left they end at 0.
    room = 0.24 * ((most - least) or 1.0)
    axes = {
        "xaxis": _amounts(unit, zeroline=True, range=[least - room * (least < 0), most + room]),
        "yaxis": {"autorange": "reversed", "automargin": True, "fixedrange": True},
        "showlegend": False,
    }
    return {"data": [bar], "layout": layout(90 + ROW_PIXELS * len(names), **axes)}


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
        "text": [*_written(amounts[:1], ""), *_written(amounts[1:]), *_written([whole], "")],
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
        "yaxis": _amounts(unit, range=[max(0.0, least - room), most + room]),
        "showlegend": False,
    }
    return {"data": [bar], "layout": layout(340, **axes)}


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
        "textposition": _sides(places, [LARGEST_DISC / 2 * (a / most) ** 0.5 for a in amounts]),
        "customdata": [round(float(value), 4) for value in amounts],
        "marker": {
            "size": [round(float(value), 4) for value in amounts],
            "sizemode": "area",
            "sizeref": 2 * most / LARGEST_DISC**2,
            "sizemin": 4,
            "color": COLOURS[0],
            "opacity": 0.75,
        },
        "hovertemplate": "%{text}: %{customdata:,}" + f" {unit}<extra></extra>",
    }
    hidden = {"visible": False, "fixedrange": True, "automargin": False}
    axes = {"xaxis": hidden, "yaxis": {**hidden, "scaleanchor": "x", "scaleratio": 1.22}}
    return {"data": [disc], "layout": layout(MAP_PIXELS + 80, showlegend=False, **axes)}


def _sides(places: pd.DataFrame, radii: Sequence[float]) -> list[str]:
    """Return on which side of its disc each name covers least of discs and names already there."""
    north, south = places["latitude"].max(), places["latitude"].min()
    scale = 0.85 * MAP_PIXELS / ((north - south) or 1.0)
    across = places["longitude"] * scale / 1.22
    centres = list(zip(across, -places["latitude"] * scale, strict=True))
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(centres, radii, strict=True)]
    sides = [""] * len(centres)
    for k in sorted(range(len(centres)), key=lambda k: -radii[k]):
        (x, y), r = centres[k], radii[k]
        long = 6 + sum(13 if sign > "\u2e80" else 8 for sign in str(places["name"].iloc[k]))
        high = LINE_PIXELS
        boxes: dict[str, Box] = {
            "middle right": (x + r, y - high / 2, x + r + long, y + high / 2),
            "middle left": (x - r - long, y - high / 2, x - r, y + high / 2),
            "bottom center": (x - long / 2, y + r, x + long / 2, y + r + high),
            "top center": (x - long / 2, y - r - high, x + long / 2, y - r),
        }
        sides[k] = min(boxes, key=lambda side: _covered(boxes[side], taken))
        taken.append(boxes[sides[k]])
    return sides


def _covered(box: Box, others: Iterable[Box]) -> float:
    """Return how bad a place is: the area that others share with it, more where it hides them."""
    left, top, right, bottom = box
    cost = 0.0
    for x, y, r, b in others:
        area = max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, y))
        cost += area and area + HIDING * area / ((r - x) * (b - y))
    return cost
