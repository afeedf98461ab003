"""The panel's sliders and buttons: ipywidgets made from levers, linked in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_description import DescriptionStyle

from sendwarmth.view.levers import Lever, Position
from sendwarmth.view.words import Words


class _Whole(widgets.IntSlider):
    """A slider that never moves a value into its range; the browser knows it as any other."""

    def _validate_value(self, proposal: Any) -> Any:
        return proposal["value"]


class _Part(widgets.FloatSlider):
    """The same for values that are not whole."""

    def _validate_value(self, proposal: Any) -> Any:
        return proposal["value"]


SECTIONS: Mapping[str, tuple[str, ...]] = {
    "fund": ("budget_yuan", "unit_yuan", "reserve"),
    "standard": ("standard",),
    "sharing": ("rule", "factor_weight", "group_share", "priority"),
    "cells": ("per_head_min", "per_head_max"),
    "regions": ("region_floor_yuan", "region_cap_share", "change_band", "change_band_base"),
}


class Controls:
    """One slider, list or box a lever, the main ones on the first tab, all on the second.

    Parameters
    ----------
    levers
        The levers, wide enough for where they stand.
    dashboard
        The widget whose traits they are linked to.
    """

    def __init__(
        self, levers: Sequence[Lever], dashboard: Any, words: Words, labels: Mapping[str, str]
    ) -> None:
        self.levers, self.dashboard = levers, dashboard
        # Shared: a layout and a style each would double what a saved notebook carries.
        self.layout = widgets.Layout(width="100%", margin="0")
        self.styles: dict[str, Any] = {}
        self.by_name = {lever.name: self.control(lever) for lever in levers}
        self.widget = self._arranged()
        self.speak(words, labels)
        self.links = [
            widgets.jslink((dashboard, lever.name), (self.by_name[lever.name], side(lever)))
            for lever in levers
        ]

    def _arranged(self) -> Any:
        main = widgets.Box([self.by_name[lever.name] for lever in self.levers if lever.main])
        self.sections = widgets.Accordion(
            [self._section(fields) for fields in SECTIONS.values()], selected_index=None
        )
        tabs = widgets.Tab([main.add_class("sw-grid-of"), self.sections])
        return tabs.add_class("sw-levers")

    def _section(self, fields: tuple[str, ...]) -> Any:
        own = [lever for field in fields for lever in self.levers if lever.field == field]
        return widgets.Box([self.by_name[lever.name] for lever in own]).add_class("sw-grid-of")

    def control(self, lever: Lever) -> Any:
        """Return the control of a lever; the class tells the browser which lever it is."""
        value = getattr(self.dashboard, lever.name)
        if lever.kind == "switch":
            made = widgets.Checkbox(value=value, indent=False, layout=self.layout)
        elif lever.kind == "choice":
            style = self._style("list")
            made = widgets.Dropdown(
                options=lever.choices, index=value, layout=self.layout, style=style
            )
        else:
            made = self._slider(lever, value)
        made.add_class(f"sw-lever-{lever.name}")
        return made

    def _slider(self, lever: Lever, value: float) -> Any:
        whole = lever.unit.startswith("yuan")
        return (_Whole if whole else _Part)(
            value=int(value) if whole else value,
            min=lever.lowest,
            max=lever.highest,
            step=lever.step,
            readout_format=",d" if whole else ".1%" if lever.unit == "share" else ".2f",
            layout=self.layout,
            style=self._style("slider"),
        )

    def _style(self, kind: str) -> Any:
        if kind not in self.styles:
            makers = {"slider": widgets.SliderStyle, "list": DescriptionStyle}
            self.styles[kind] = makers[kind](description_width="initial")
        return self.styles[kind]

    def reach(self, position: Position) -> None:
        """Widen ranges and refine steps to what a position holds, so that sliders show it."""
        for lever in self.levers:
            if lever.kind in ("number", "joint"):
                wide, slider = lever.reaching(position[lever.name]), self.by_name[lever.name]
                slider.set_trait("min", min(slider.min, wide.lowest))
                slider.set_trait("max", max(slider.max, wide.highest))
                slider.set_trait("step", min(slider.step, wide.step))

    def speak(self, words: Words, labels: Mapping[str, str]) -> None:
        """Put every label into a language."""
        for lever in self.levers:
            control = self.by_name[lever.name]
            control.description = labels[lever.name]
            control.description_allow_html = False
            if lever.kind == "choice":
                options = [(said(words, lever, choice), choice) for choice in lever.choices]
                # New options put the choice back to the first: the browser must not see that.
                with control.hold_sync():
                    kept = control.index
                    control.options = options
                    control.index = kept
        self.widget.titles = (words.say("panel.view_main"), words.say("panel.view_all"))
        self.sections.titles = tuple(words.say(f"panel.section_{name}") for name in SECTIONS)


def side(lever: Lever) -> str:
    """Return the trait of a lever's control that the dashboard's trait is linked to."""
    return "index" if lever.kind == "choice" else "value"


def said(words: Words, lever: Lever, choice: str | int) -> str:
    """Return what planners call one of a lever's choices."""
    if isinstance(choice, int):
        return words.yuan(choice)
    if lever.part == "form":
        return words.say(f"panel.form_{choice}")
    return words.label(f"choice.{lever.field}.{choice}", words.label(f"choice.{choice}", choice))
