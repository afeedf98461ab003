"""The planner's panel: sliders and a live dashboard that answer within a frame, then exactly.

Sliders are linked in the browser to one widget, whose module holds target and fit in JavaScript:
painting never waits for Python. When the levers rest, the widget sends one trait, ``settled``;
Python computes the exact plan and answers with the same serial in ``answer``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import Infeasible, SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario
from sendwarmth.view import live, tables
from sendwarmth.view.answers import Answers, labels_of, payload
from sendwarmth.view.controls import Controls
from sendwarmth.view.file_bar import FileBar, Files
from sendwarmth.view.levers import LISTS, Lever
from sendwarmth.view.names import Names
from sendwarmth.view.position import changes
from sendwarmth.view.sections import Prose, Section
from sendwarmth.view.words import LANGUAGES, Words, words

KINDS = {
    "number": traitlets.Float,
    "joint": traitlets.Float,
    "switch": traitlets.Bool,
    "choice": traitlets.Int,
}
DATA = ("tables", "words", "names", "start", "reference", "settled", "answer")


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
    traits["kernel"] = traitlets.Bool(True).tag(sync=True)
    traits |= {"_esm": live.packed_module(), "_css": live.style_text()}
    return type("Dashboard", (anywidget.AnyWidget,), traits)


class Panel(widgets.VBox):
    """The panel of one scenario, with its files; shown as it is in a notebook.

    Parameters
    ----------
    inputs, scenario
        What it opens with.
    files
        Where scenarios are loaded from and saved to; without it there is no row for files.
    language
        ``zh`` or ``en``; the panel has a switch.

    Raises
    ------
    InputError
        The scenario is not valid on its tables.
    """

    answers: Answers
    controls: Controls
    dashboard: Any

    def __init__(
        self,
        inputs: Inputs,
        scenario: Scenario,
        files: Files | None = None,
        language: str = LANGUAGES[0],
    ) -> None:
        super().__init__()
        self.add_class("sw-panel")
        self.language, self.files = language, files
        self.plan: Plan | None = None
        self.reference: Plan | None = None
        self.paths: list[Path] = []
        self.parts: list[Any] = []
        self.bar: FileBar | None = None
        self.put_up(inputs, scenario)

    def put_up(self, inputs: Inputs, scenario: Scenario) -> None:
        """Show a scenario, even one whose limits clash.

        Raises
        ------
        InputError
            It is not valid on its tables; what was shown stays.
        """
        answers = Answers(inputs, scenario)
        answers.check(answers.start)
        try:
            self.plan = answers.plan_at(answers.start)
        except Infeasible:
            self.plan = None
        self.answers, self.position = answers, answers.start
        known = payload(answers, self.plan, self.reference)
        before = self.parts
        links = self.controls.links if before else []
        self.dashboard = dashboard_class(answers.levers)(**known, language=self.language)
        self.controls = Controls(answers.levers, self.dashboard, self.words(), self._labels())
        if self.files and not self.bar:
            self.bar = FileBar(self, self.files)
        self.dashboard.observe(self._on_settled, "settled")
        self.dashboard.observe(self._on_language, "language")
        parts = [self.controls.widget, self.dashboard]
        main = widgets.Box(parts, layout=self.layout).add_class("sw-main")
        self.parts = [main, *([self.bar.widget] if self.bar else [])]
        self.children = self.parts
        for old in (*links, *before[:1]):
            self._close(old)
        if self.bar:
            self.bar.tell(*self.outside())

    def words(self) -> Words:
        """Return the words of the language shown."""
        return words(self.language)

    def scenario(self) -> Scenario:
        """Return the scenario the panel started from."""
        return self.answers.scenario

    def changed(self) -> dict[str, Any]:
        """Return the values on screen that differ from it; raises InputError if not valid."""
        self.answers.check(self.position)
        return changes(self.answers.levers, self.position, self.answers.start)

    def plan_on_screen(self) -> Plan:
        """Return the plan of the values on screen; raises as `allocate` does."""
        return self.answers.plan_at(self.position)

    def say_findings(self, error: SendWarmthError) -> list[str]:
        """Return an error's findings as sentences of the language shown."""
        return [self.answers.say(finding, self.language) for finding in error.findings]

    def load(self, name: str) -> list[str]:
        """Show another scenario; returns what to say about it."""
        assert self.files is not None
        self.put_up(*self.files.open(name))
        title = self.scenario().title[self.language]
        return [self.words().say("panel.loaded", name=title), *self.outside()]

    def compare(self, name: str) -> None:
        """Show gains and losses against another scenario."""
        assert self.files is not None
        self.reference = Answers(*self.files.open(name)).plan
        self.dashboard.reference = live.plain_reference(self.reference, self.answers.inputs)

    def outside(self) -> list[str]:
        """Return a sentence for each value outside its lever's own range."""
        return self.answers.outside(self.answers.start, self.language)

    def shown(self) -> Section:
        """Return the table of the plan on screen; of the last one that could hold."""
        if self.plan is None:
            return Section(
                "allocation", (Prose((self.words().say("panel.no_plan"),)),), self.words()
            )
        names = Names.of(self.answers.inputs, self.words())
        return Section("allocation", (tables.allocation(self.plan, names),), self.words())

    def written(self) -> Section:
        """Return the list of files this panel has written."""
        none = self.words().say("panel.nothing")
        lines = tuple(map(str, self.paths))
        return Section("written", (Prose(lines or (none,), "ul" if lines else "p"),), self.words())

    def _close(self, widget: Any) -> None:
        """Close what stood there before, with all that is in it."""
        for child in getattr(widget, "children", ()):
            self._close(child)
        widget.close()

    def _on_settled(self, change: Any) -> None:
        told = change["new"]
        self.position = told["position"]
        self.controls.reach(self.position)
        answer, plan = self.answers.answer(told["serial"], self.position)
        self.plan = plan or self.plan
        self.dashboard.answer = answer

    def _on_language(self, change: Any) -> None:
        self.language = change["new"]
        self.controls.speak(self.words(), self._labels())
        if self.bar:
            self.bar.speak()

    def _labels(self) -> dict[str, str]:
        return labels_of(self.answers.levers, Names.of(self.answers.inputs, self.words()))
