"""Charts over the fund: what each unit gets, and which limits bind. Frames in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sendwarmth.view.charts import COLOURS, DOWN, ROW_PIXELS, Figure, layout
from sendwarmth.view.robust.pieces import Strip, axis, line, rows

DASHES = ("solid", "dash", "dot", "dashdot")
FALLING = "#C00000"


def rungs(
    amounts: pd.DataFrame,
    now: float,
    axes_say: tuple[str, str],
    scale: float = 1.0,
    falls: pd.DataFrame | None = None,
    clashes: Sequence[Strip] = (),
    said: Mapping[str, str] | None = None,
) -> Figure:
    """Return every unit's amount over the fund, each as a share of what it gets today.

    Parameters
    ----------
    amounts
        Index is the fund in yuan where a line may bend, rising; columns are the names shown; values
        are percent of today's amount.
    now
        Today's fund, yuan.
    axes_say
        What the axes say: fund, amount.
    scale
        What the fund is divided by.
    falls
        Columns name, low, high: a unit that gets less as the fund grows from low to high.
    clashes
        Stretches of the fund for which there is no plan, yuan.
    said
        Names of ``falls`` and ``clash``.
    """
    said = said or {}
    funds = [round(float(fund) / scale, 6) for fund in amounts.index]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": str(name),
            "x": funds,
            "y": [None if pd.isna(v) else round(float(v), 4) for v in amounts[name]],
            "line": {
                "color": COLOURS[k % len(COLOURS)],
                "width": 2,
                "dash": DASHES[k // len(COLOURS) % len(DASHES)],
            },
            "hovertemplate": "%{fullData.name}: %{x:,} → %{y:.1f}%<extra></extra>",
        }
        for k, name in enumerate(amounts)
    ]
    if falls is not None and not falls.empty:
        data.append(_falling(falls, amounts, scale, said.get("falls", "")))
    axes = {
        "xaxis": axis(axes_say[0], zeroline=False),
        "yaxis": axis(axes_say[1], ticksuffix="%", zeroline=False),
        "shapes": [line(now / scale), *(_strip(low, high, scale) for low, high in clashes)],
        "annotations": [_note((low + high) / 2 / scale, said["clash"]) for low, high in clashes],
        "legend": {"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0, "xanchor": "left"},
    }
    return {"data": data, "layout": layout(470 + 22 * (len(data) // 6), **axes)}


def _falling(falls: pd.DataFrame, amounts: pd.DataFrame, scale: float, name: str) -> dict[str, Any]:
    """Return thick red stretches where more money in the fund is less for someone."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row in falls.itertuples():
        line = amounts[row.name].dropna()
        between = line[(line.index >= row.low) & (line.index <= row.high)]
        x += [*(float(fund) / scale for fund in between.index), None]
        y += [*map(float, between), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": FALLING, "width": 6},
        "hovertemplate": "%{fullData.name}<extra></extra>",
    }


def _strip(low: float, high: float, scale: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": low / scale,
        "x1": high / scale,
        "y0": 0,
        "y1": 1,
        "fillcolor": DOWN,
        "opacity": 0.18,
        "line": {"width": 0},
    }


def _note(at: float, text: str) -> dict[str, Any]:
    return {"x": at, "y": 0.5, "yref": "paper", "text": text, "showarrow": False, "textangle": -90}


def spans(names: Sequence[str], bound: pd.DataFrame, now: float, unit: str, scale: float) -> Figure:
    """Return over which stretch of the fund each limit binds.

    Parameters
    ----------
    names
        Limits, a row each, the first on top.
    bound
        Columns name, low, high (yuan), text (what the pointer is told).
    now
        Today's fund, yuan.
    unit
        What the axis says.
    scale
        What the fund is divided by.
    """
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": bound["name"].tolist(),
        "base": [round(float(low) / scale, 6) for low in bound["low"]],
        "x": [
            round(float(high - low) / scale, 6)
            for low, high in zip(bound["low"], bound["high"], strict=True)
        ],
        "customdata": bound["text"].tolist(),
        "marker": {"color": COLOURS[0]},
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
    }
    axes = {
        "xaxis": axis(unit, zeroline=False),
        "yaxis": rows(names),
        "barmode": "overlay",
        "bargap": 0.4,
        "showlegend": False,
        "shapes": [line(now / scale)],
    }
    return {"data": [bar], "layout": layout(90 + ROW_PIXELS * len(names), **axes)}
