"""Charts hold the figures they are given, in order, and plotly accepts them."""

from __future__ import annotations

import json

import pandas as pd
import plotly.graph_objects as go
import pytest
from sendwarmth.view import charts

FRAME = pd.DataFrame({"A": [3e6, 1e6], "B": [0, 2e6]}, index=["north", "south"])
PLACES = pd.DataFrame(
    {"name": ["n", "s"], "longitude": [109.0, 108.0], "latitude": [38.0, 34.0], "yuan": [4e6, 1e6]}
)
FIGURES = {
    "stacked": charts.stacked(FRAME, "u", 1e4),
    "grouped": charts.grouped(FRAME, "u", 1e4),
    "changes": charts.changes(FRAME["A"] - 2e6, "u", 1e4),
    "waterfall": charts.waterfall(
        [("target", 3e6), ("floor", 5e5), ("cap", -2e5)], "sum", "u", 1e4
    ),
    "points": charts.points(PLACES, "u", 1e4),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_plotly_accepts_the_figure_and_it_is_plain_data(figure) -> None:
    go.Figure(figure)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_nothing_fetches_a_map_or_moves_under_a_finger(figure) -> None:
    assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter", "waterfall"}
    assert figure["layout"]["dragmode"] is False
    assert figure["layout"]["xaxis"]["fixedrange"] is True


def test_a_stacked_bar_has_a_trace_a_column_and_a_bar_a_row() -> None:
    traces = FIGURES["stacked"]["data"]
    assert [trace["name"] for trace in traces] == ["A", "B"]
    assert [trace["y"] for trace in traces] == [["north", "south"]] * 2
    assert [trace["x"] for trace in traces] == [[300.0, 100.0], [0.0, 200.0]]


def test_columns_differ_in_colour_and_in_pattern() -> None:
    wide = pd.DataFrame([[1.0] * 8], columns=list("abcdefgh"))
    markers = [trace["marker"] for trace in charts.stacked(wide, "u")["data"]]
    assert len({marker["color"] for marker in markers}) == 8
    assert len({(m["pattern"]["shape"], m["color"]) for m in markers}) == 8


def test_a_line_joins_the_least_to_the_most_of_each_unit() -> None:
    line, *dots = FIGURES["grouped"]["data"]
    assert line["x"] == [0, 300, None, 100, 200, None]
    assert [dot["x"] for dot in dots] == [[300.0, 100.0], [0.0, 200.0]]
    assert len({dot["marker"]["symbol"] for dot in dots}) == 2


def test_changes_show_their_sign_in_colour_and_in_writing() -> None:
    bar = FIGURES["changes"]["data"][0]
    assert bar["x"] == [100.0, -100.0]
    assert bar["text"] == ["+100", "−100"]
    assert bar["marker"]["color"] == [charts.UP, charts.DOWN]


def test_a_waterfall_ends_at_the_sum_of_its_steps() -> None:
    bar = FIGURES["waterfall"]["data"][0]
    assert bar["y"] == [300.0, 50.0, -20.0, 330.0]
    assert bar["measure"] == ["absolute", "relative", "relative", "total"]
    low, high = FIGURES["waterfall"]["layout"]["yaxis"]["range"]
    assert low < 300 < 350 < high


def test_the_area_of_a_disc_is_in_proportion_to_its_money() -> None:
    disc = FIGURES["points"]["data"][0]
    assert disc["marker"]["sizemode"] == "area"
    assert disc["marker"]["size"] == [400.0, 100.0]
    assert (disc["x"], disc["y"]) == ([109.0, 108.0], [38.0, 34.0])


def test_names_on_a_map_stay_clear_of_discs_and_of_each_other() -> None:
    close = pd.DataFrame(
        {
            "name": ["西安", "咸阳", "渭南"],
            "longitude": [108.95, 108.71, 109.51],
            "latitude": [34.26, 34.33, 34.50],
            "yuan": [2582.0, 700.0, 704.0],
        }
    )
    far = PLACES.assign(name=["north", "south"])
    sides = charts.points(pd.concat([close, far]), "u")["data"][0]["textposition"]
    assert len(sides) == 5
    # 咸阳 lies west of 西安 and 渭南 east of it, so that each has its name on its own side.
    assert (sides[1], sides[2]) == ("middle left", "middle right")
    assert charts.points(PLACES, "u")["data"][0]["textposition"] == ["middle right"] * 2


def test_the_legend_names_the_groups_in_the_order_of_the_bars() -> None:
    assert FIGURES["stacked"]["layout"]["legend"]["traceorder"] == "normal"


def test_a_chart_does_not_change_the_frame_it_is_given() -> None:
    before = FRAME.copy()
    charts.stacked(FRAME, "u")
    charts.grouped(FRAME, "u")
    pd.testing.assert_frame_equal(FRAME, before)


def test_units_without_any_money_are_drawn_too() -> None:
    nothing = FRAME * 0
    for make in (charts.stacked, charts.grouped):
        go.Figure(make(nothing, "u"))
    go.Figure(charts.changes(nothing["A"], "u"))
    go.Figure(charts.waterfall([("target", 0.0)], "sum", "u", 1.0))
    go.Figure(charts.points(PLACES.assign(yuan=0.0), "u"))
