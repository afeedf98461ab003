"""The planner's panel: sliders and a live dashboard that answer within a frame, then exactly.

Sliders are linked in the browser to one widget, whose module holds target and fit in JavaScript:
painting never waits for Python. When the levers rest, the widget sends one trait, ``settled``;
Python computes the exact plan and answers with the same serial in ``answer``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import anywidget
import ipywidgets as widgets
import pandas as pd
import traitlets

from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario
from sendwarmth.view import live
from sendwarmth.view.answers import Answers, labels_of, payload, traits_at
from sendwarmth.view.controls import Controls
from sendwarmth.view.levers import LISTS, Lever, Position
from sendwarmth.view.names import Names
from sendwarmth.view.position import changes
from sendwarmth.view.words import LANGUAGES, Words, words

KINDS = {
    "number": traitlets.Float,
    "joint": traitlets.Float,
    "switch": traitlets.Bool,
    "choice": traitlets.Int,
}
DATA = ("tables", "words", "names", "start", "reference", "settled", "answer")


class Files(Protocol):
    """What a panel does with files; `sendwarmth.run.desk.Desk` does it."""

    def names(self) -> Sequence[str]:
        """Return the names of all scenarios."""

    def open(self, name: str) -> tuple[Inputs, Scenario]:
        """Return a scenario with its tables."""

    def save(self, scenario: Scenario, changed: dict[str, Any], name: str, over: bool) -> Path:
        """Write what differs from a scenario as a new one; FileExistsError unless ``over``."""

    def export(self, plan: Plan) -> Path:
        """Write a plan as a workbook."""

    def report(self, plan: Plan) -> Path:
        """Write a plan's report."""


def dashboard_class(levers: Sequence[Lever]) -> type[anywidget.AnyWidget]:
    """Return a widget class with one scalar trait a lever, beside what every dashboard has.

    Parameters
    ----------
    levers
        As `sendwarmth.view.levers.levers_of` makes them.
    """
    traits: dict[str, Any] = {lever.name: KINDS[lever.kind]().tag(sync=True) for lever in levers}
    for name in ("levers", *LISTS):
        traits[name] = traitlets.List().tag(sync=True)
    for name in DATA:
        traits[name] = traitlets.Dict().tag(sync=True)
    traits["language"] = traitlets.Unicode(LANGUAGES[0]).tag(sync=True)
    traits["loaded"] = traitlets.Int(0).tag(sync=True)
    traits["kernel"] = traitlets.Bool(True).tag(sync=True)
    traits |= {"_esm": live.module_text(), "_css": live.style_text()}
    return type("Dashboard", (anywidget.AnyWidget,), traits)


class Panel(widgets.VBox):
    """The panel of one scenario, with its files; shown as it is in a notebook.

    Parameters
    ----------
    inputs, scenario
        What it opens with.
    files
        Where scenarios are loaded from and saved to; without it there are no buttons for files.
    language
        ``zh`` or ``en``; the panel has a switch.
    """

    def __init__(
        self,
        inputs: Inputs,
        scenario: Scenario,
        files: Files | None = None,
        language: str = LANGUAGES[0],
    ) -> None:
        super().__init__()
        self.add_class("sw-panel")
        self.files, self.language = files, language
        self.reference: Plan | None = None
        self.paths: list[Path] = []
        self.put_up(inputs, scenario)

    def put_up(self, inputs: Inputs, scenario: Scenario) -> None:
        """Show a scenario; raises as `allocate` does, and then nothing has changed."""
        answers = Answers(inputs, scenario)
        self.plan = answers.plan_at(answers.start)
        self.answers, self.position = answers, answers.start
        known = payload(answers, self.plan, self.reference)
        self.dashboard = dashboard_class(answers.levers)(**known, language=self.language)
        self.controls = Controls(answers.levers, self.dashboard, *self._words())
        self.dashboard.observe(self._on_settled, "settled")
        self.dashboard.observe(self._on_language, "language")
        self.children = [widgets.Box([self.controls.widget, self.dashboard]).add_class("sw-main")]

    def _on_settled(self, change: Any) -> None:
        told = change["new"]
        self.position = told["position"]
        answer = self.answers.answer(told["serial"], self.position)
        self.dashboard.answer = answer

    def _on_language(self, change: Any) -> None:
        self.language = change["new"]
        self.controls.speak(*self._words())

    def _words(self) -> tuple[Words, dict[str, str]]:
        spoken = words(self.language)
        return spoken, labels_of(self.answers.levers, Names.of(self.answers.inputs, spoken))

    def shown(self) -> pd.DataFrame:
        """Return the plan on screen, yuan, with names and totals; the last one that could hold."""
        names = Names.of(self.answers.inputs, words(self.language))
        table = self.plan.table.rename(index=names.regions, columns=names.groups)
        total = words(self.language).say("panel.total")
        table[total] = table.sum(axis=1)
        table.loc[total] = table.sum()
        return table.rename_axis(index=words(self.language).say("panel.region"), columns=None)

    def written(self) -> pd.DataFrame:
        """Return the files this panel has written, in order."""
        return pd.DataFrame({"file": [str(path) for path in self.paths]})
