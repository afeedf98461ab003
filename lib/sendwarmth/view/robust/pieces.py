"""What the charts of the experiments share: axes, marks and lines.

What could not be worked out because limits clash is drawn as a cross or a strip, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sendwarmth.view.charts import DOWN, WHOLE

CLASHED = {"color": DOWN, "symbol": "x", "size": 11, "line": {"width": 1}}
Strip = tuple[float, float]


def rows(names: Sequence[str], **more: Any) -> dict[str, Any]:
    """Return an axis of named rows, the first on top."""
    return {
        "automargin": True,
        "fixedrange": True,
        "categoryorder": "array",
        "categoryarray": list(names)[::-1],
        "range": [-0.6, len(names) - 0.4],
        **more,
    }


def axis(unit: str, **more: Any) -> dict[str, Any]:
    """Return an axis of figures."""
    plain = {"automargin": True, "fixedrange": True, "tickangle": 0, "nticks": 6}
    return {"title": {"text": unit}, "tickformat": ",", **plain, **more}


def line(at: float, **more: Any) -> dict[str, Any]:
    """Return a line over the whole height of a chart."""
    drawn = {"color": WHOLE, "width": 1.5, "dash": "dash"} | more
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": drawn,
    }


def roomy(least: float, most: float) -> Strip:
    """Return a range with some room at both ends."""
    room = 0.06 * ((most - least) or abs(most) or 1.0)
    return least - room, most + room


def marks(
    points: Sequence[tuple[float, str]], name: str, marker: Mapping[str, Any]
) -> dict[str, Any]:
    """Return marks in rows, called by one name."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [round(float(x), 9) for x, _ in points],
        "y": [y for _, y in points],
        "marker": dict(marker),
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{fullData.name}<extra></extra>",
    }
