"""The panel's sliders and buttons: ipywidgets made from levers, linked in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
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
    """One slider, list or box a lever: the main ones on the first tab, all on the second.

    Those of the second tab are made when their section is first opened: fifty widgets would make
    the notebook slow to open and heavy when saved.

    Parameters
    ----------
    levers
        The levers, wide enough for where they stand.
    dashboard
        The widget whose traits they are linked to.
    words, labels
        What they are called.
    """

    def __init__(
        self, levers: Sequence[Lever], dashboard: Any, words: Words, labels: Mapping[str, str]
    ) -> None:
        self.levers = {lever.name: lever for lever in levers}
        self.dashboard, self.words, self.labels = dashboard, words, labels
        # Shared, too: a layout and a style each would double their weight.
        self.layout = widgets.Layout(width="100%", margin="0")
        self.free = widgets.Layout()
        self.styles: dict[str, Any] = {}
        self.by_name: dict[str, Any] = {}
        self.links: list[Any] = []
        self.sections = widgets.Accordion(
            [self._box([]) for _ in SECTIONS], selected_index=None, layout=self.free
        )
        self.sections.observe(lambda change: self._open(change["new"]), "selected_index")
        main = self._box([self.control(lever.name) for lever in levers if lever.main])
        self.tabs = widgets.Tab([main, self.sections], layout=self.free)
        # What is said here about the lever pointed at is written in the browser.
        self.help = widgets.HTML(layout=self.free).add_class("sw-help-place")
        self.widget = widgets.Box([self.tabs, self.help], layout=self.free)
        self.widget.add_class("sw-levers")
        self.speak(words, labels)

    def _box(self, controls: Sequence[Any]) -> Any:
        return widgets.Box(list(controls), layout=self.free).add_class("sw-grid-of")

    def _open(self, number: int | None) -> None:
        """Fill a section with the controls of its fields, once."""
        if number is None or self.sections.children[number].children:
            return
        fields = list(SECTIONS.values())[number]
        own = [x.name for field in fields for x in self.levers.values() if x.field == field]
        self.sections.children[number].children = [self.control(name) for name in own]

    def control(self, name: str) -> Any:
        """Return the control of a lever, made and linked when first asked for."""
        if name not in self.by_name:
            lever = self.levers[name].reaching(getattr(self.dashboard, name))
            made = self._made(lever, getattr(self.dashboard, name))
            made.add_class(f"sw-lever-{name}")  # says in the browser which lever it is
            self.by_name[name] = made
            self._say(name)
            trait = "index" if lever.kind == "choice" else "value"
            self.links.append(widgets.jslink((self.dashboard, name), (made, trait)))
        return self.by_name[name]

    def _made(self, lever: Lever, value: Any) -> Any:
        if lever.kind == "switch":
            return widgets.Checkbox(value=value, indent=False, layout=self.layout)
        if lever.kind == "choice":
            style = self._style("list")
            options = list(lever.choices)
            return widgets.Dropdown(options=options, index=value, layout=self.layout, style=style)
        return self._slider(lever, value)

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
        for name, slider in self.by_name.items():
            if self.levers[name].kind in ("number", "joint"):
                wide = self.levers[name].reaching(position[name])
                slider.set_trait("min", min(slider.min, wide.lowest))
                slider.set_trait("max", max(slider.max, wide.highest))
                slider.set_trait("step", min(slider.step, wide.step))

    def speak(self, words: Words, labels: Mapping[str, str]) -> None:
        """Put every label into a language."""
        self.words, self.labels = words, labels
        for name in self.by_name:
            self._say(name)
        self.tabs.titles = (words.say("panel.view_main"), words.say("panel.view_all"))
        self.help.value = f'<p class="sw-help">{escape(words.say("panel.help_none"))}</p>'
        self.sections.titles = tuple(words.say(f"panel.section_{name}") for name in SECTIONS)

    def _say(self, name: str) -> None:
        control, lever = self.by_name[name], self.levers[name]
        control.description = self.labels[name]
        control.description_allow_html = False
        if lever.kind == "choice":
            options = [(said(self.words, lever, choice), choice) for choice in lever.choices]
            # New options put the choice back to the first: the browser must not see that.
            with control.hold_sync():
                kept = control.index
                control.options = options
                control.index = kept


def said(words: Words, lever: Lever, choice: str | int) -> str:
    """Return what planners call one of a lever's choices."""
    if isinstance(choice, int):
        return words.yuan(choice)
    if lever.part == "form":
        return words.say(f"panel.form_{choice}")
    return words.label(f"choice.{lever.field}.{choice}", words.label(f"choice.{choice}", choice))
