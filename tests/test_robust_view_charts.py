"""Charts of the experiments hold the figures they are given; what has no plan is drawn, too."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from sendwarmth.view.robust import bars, clouds, lines
from sendwarmth.view.robust.pieces import CLASHED

SAID = {"low": "set low", "high": "set high", "clash": "no plan"}
LEVERS = pd.DataFrame(
    {
        "at_low": [8e6, np.nan, 10e6],
        "at_high": [13e6, 11e6, 10e6],
        "set_low": ["-15%", "0", "1"],
        "set_high": ["+15%", "9", "3"],
    },
    index=["heads", "floor", "unit"],
)
STOPS = pd.DataFrame(
    {
        "name": ["heads", "heads", "floor", "fund"],
        "event": ["loses", "order", "clash", "loses"],
        "share": [-0.2, 0.5, 3.0, 0.0],
        "text": ["a", "b", "c", "d"],
    }
)
EVENTS = {"loses": "loses", "order": "order", "clash": "clash", "free": "free"}
AMOUNTS = pd.DataFrame(
    {"north": [np.nan, 90.0, 100.0, 95.0], "south": [np.nan, 100.0, 100.0, 130.0]},
    index=[70e6, 80e6, 90e6, 100e6],
)
FALLS = pd.DataFrame({"name": ["north"], "low": [90e6], "high": [100e6]})
BOUND = pd.DataFrame(
    {"name": ["a", "a", "b"], "low": [70e6, 90e6, 75e6], "high": [80e6, 95e6, 110e6], "text": "t"}
)
BANDS = pd.DataFrame({"p05": [90.0], "p50": [100.0], "p95": [112.0]}, index=["north"])
CHANCES = pd.DataFrame(
    {
        "name": ["north", "south", "north", "south"],
        "way": ["refit", "refit", "held", "held"],
        "chance": [0.5, 1.0, 0.25, np.nan],
        "standard_error": [0.01, 0.0, 0.02, np.nan],
    }
)
TRIED = pd.DataFrame(
    {"x": [0.9, 0.8, 0.85], "y": [0.2, 0.1, 0.3], "dominated": [False, False, True], "text": "t"}
)
SCENARIOS = pd.DataFrame(
    {
        "x": [0.95, 0.7],
        "y": [0.25, 0.4],
        "dominated": [False, True],
        "name": ["A", "B"],
        "text": "t",
    }
)
PLACES = {"frontier": "best", "tried": "tried", "scenario": "scenario", "dominated": "beaten"}
FIGURES = {
    "tornado": bars.tornado(LEVERS, 10e6, "u", SAID, 1e6),
    "reaches": bars.reaches(["heads", "floor", "fund"], STOPS, EVENTS, "%"),
    "rungs": lines.rungs(
        AMOUNTS,
        90e6,
        ("fund", "share"),
        1e6,
        FALLS,
        [(70e6, 80e6)],
        {"falls": "less", "clash": "no plan"},
    ),
    "spans": lines.spans(["a", "b"], BOUND, 92e6, "u", 1e6),
    "bands": clouds.bands(BANDS, {"wide": "9", "middle": "m"}, "u"),
    "chances": clouds.chances(CHANCES, {"refit": "anew", "held": "as planned"}, "u"),
    "frontier": clouds.frontier(TRIED, SCENARIOS, PLACES, ("coverage", "gini")),
}


def trace(figure: str, name: str) -> dict:
    (found,) = [t for t in FIGURES[figure]["data"] if t.get("name") == name]
    return found


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_plotly_accepts_the_figure_and_it_is_plain_data(figure) -> None:
    go.Figure(figure)
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_nothing_fetches_a_map_or_moves_under_a_finger(figure) -> None:
    assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter"}
    layout = figure["layout"]
    assert layout["dragmode"] is False
    assert layout["xaxis"]["fixedrange"] is layout["yaxis"]["fixedrange"] is True


def test_a_tornado_starts_at_the_plan_and_ends_at_the_figure() -> None:
    low, high = trace("tornado", "set low"), trace("tornado", "set high")
    assert (low["base"], high["base"]) == (10.0, 10.0)
    assert low["y"] == ["heads", "unit"]
    assert low["x"] == [-2.0, 0.0]
    assert high["x"] == [3.0, 1.0, 0.0]
    assert low["customdata"][0] == ["-15%", 8.0]


def test_a_setting_without_a_plan_is_a_cross_at_the_edge_and_no_bar() -> None:
    cross = trace("tornado", "no plan")
    least, _ = FIGURES["tornado"]["layout"]["xaxis"]["range"]
    assert cross["y"] == ["floor"]
    assert cross["x"] == [pytest.approx(least)]
    assert cross["marker"]["symbol"] == CLASHED["symbol"]


def test_a_tornado_without_any_plan_but_its_own_is_drawn() -> None:
    nothing = LEVERS.assign(at_low=np.nan, at_high=np.nan)
    go.Figure(bars.tornado(nothing, 10e6, "u", SAID, 1e6))


def test_the_free_range_ends_at_the_first_event_on_either_side() -> None:
    free = trace("reaches", "free")
    assert free["y"] == ["heads", "floor", "fund"]
    assert free["base"] == [-20.0, -100.0, -100.0]
    assert free["x"] == [70.0, 200.0, 100.0]


def test_an_event_beyond_the_axis_stands_at_its_edge() -> None:
    assert trace("reaches", "clash")["x"] == [100.0]
    assert trace("reaches", "loses")["x"] == [-20.0, 0.0]


def test_a_line_bends_where_the_frame_says_and_stops_where_there_is_no_plan() -> None:
    north = trace("rungs", "north")
    assert north["x"] == [70.0, 80.0, 90.0, 100.0]
    assert north["y"] == [None, 90.0, 100.0, 95.0]


def test_a_fall_is_drawn_over_its_stretch_in_red() -> None:
    fall = trace("rungs", "less")
    assert fall["x"] == [90.0, 100.0, None]
    assert fall["y"] == [100.0, 95.0, None]
    assert fall["line"]["color"] == lines.FALLING


def test_a_stretch_without_a_plan_is_a_strip_with_its_words() -> None:
    layout = FIGURES["rungs"]["layout"]
    (strip,) = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert (strip["x0"], strip["x1"]) == (70.0, 80.0)
    assert [note["text"] for note in layout["annotations"]] == ["no plan"]


def test_lines_differ_in_colour_or_dash_however_many_there_are() -> None:
    many = pd.DataFrame(np.ones((2, 30)), index=[1.0, 2.0], columns=[f"u{k}" for k in range(30)])
    drawn = lines.rungs(many, 1.0, ("a", "b"))["data"]
    assert len({(t["line"]["color"], t["line"]["dash"]) for t in drawn}) == 30


def test_a_limit_that_binds_twice_has_two_bars_on_its_row() -> None:
    (bar,) = FIGURES["spans"]["data"]
    assert bar["y"] == ["a", "a", "b"]
    assert bar["base"] == [70.0, 90.0, 75.0]
    assert bar["x"] == [10.0, 5.0, 35.0]


def test_bands_run_from_their_low_to_their_high_share() -> None:
    assert trace("bands", "9")["x"] == [90.0, 112.0, None]
    assert trace("bands", "m")["x"] == [100.0]


def test_a_chance_carries_its_error_and_one_that_is_not_known_is_left_blank() -> None:
    refit, held = trace("chances", "anew"), trace("chances", "as planned")
    assert refit["x"] == [50.0, 100.0]
    assert refit["error_x"]["array"] == pytest.approx([1.96, 0.0])
    assert held["x"] == [25.0, None]


def test_the_frontier_joins_what_nothing_beats_and_a_beaten_scenario_is_hollow() -> None:
    best, tried = trace("frontier", "best"), trace("frontier", "tried")
    assert (best["x"], best["mode"]) == ([0.8, 0.9, 0.95], "lines+markers")
    assert tried["x"] == [0.85]
    assert trace("frontier", "scenario")["text"] == ["A"]
    assert trace("frontier", "beaten")["marker"]["symbol"].endswith("open")


def test_a_chart_does_not_change_the_frame_it_is_given() -> None:
    before = [frame.copy() for frame in (LEVERS, STOPS, AMOUNTS)]
    bars.tornado(LEVERS, 10e6, "u", SAID, 1e6)
    bars.reaches(["heads"], STOPS, EVENTS, "%")
    lines.rungs(AMOUNTS, 90e6, ("a", "b"))
    for frame, same in zip((LEVERS, STOPS, AMOUNTS), before, strict=True):
        pd.testing.assert_frame_equal(frame, same)
