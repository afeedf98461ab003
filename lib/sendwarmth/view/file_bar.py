"""The panel's row for files: load, compare, save, export, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

import ipywidgets as widgets

from sendwarmth.model.allocation import Plan
from sendwarmth.model.findings import SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario
from sendwarmth.view.words import Words


class Files(Protocol):
    """What a panel does with files; `sendwarmth.run.desk.Desk` does it."""

    def names(self, near: str = "") -> Sequence[str]:
        """Return the names of all scenarios, then of units around one of them."""

    def rivals(self, name: str) -> Sequence[str]:
        """Return the names a scenario may be compared with."""

    def place(self, name: str) -> str:
        """Return the only name that values may be saved under; empty where one may be chosen."""

    def open(self, name: str) -> tuple[Inputs, Scenario]:
        """Return a scenario with its tables."""

    def save(
        self, scenario: Scenario, changed: Mapping[str, Any], name: str, over: bool = False
    ) -> Path:
        """Write what differs from a scenario; FileExistsError where it may not replace a file."""

    def export(self, plan: Plan, language: str) -> Path:
        """Write a plan as a workbook."""

    def report(
        self, scenario: Scenario, changed: Mapping[str, Any], language: str
    ) -> tuple[Path | None, tuple[str, ...]]:
        """Write the report of changed values, or say why there is none."""


class Owner(Protocol):
    """What the row needs of its panel."""

    language: str
    paths: list[Path]

    def words(self) -> Words:
        """Return the words of the language shown."""

    def scenario(self) -> Scenario:
        """Return the scenario the panel started from."""

    def changed(self) -> dict[str, Any]:
        """Return the values on screen that differ from it; raises InputError if not valid."""

    def plan_on_screen(self) -> Plan:
        """Return the plan of the values on screen; raises as `allocate` does."""

    def say_findings(self, error: SendWarmthError) -> list[str]:
        """Return an error's findings as sentences."""

    def load(self, name: str) -> list[str]:
        """Show another scenario; returns what to say about it."""

    def compare(self, name: str) -> None:
        """Show gains and losses against another scenario."""


class FileBar:
    """Lists, buttons and what they say.

    Parameters
    ----------
    owner
        The panel.
    files
        What to do with files.
    """

    def __init__(self, owner: Owner, files: Files) -> None:
        self.owner, self.files = owner, files
        free = widgets.Layout()
        wide: dict[str, Any] = {"style": {"description_width": "initial"}, "layout": free}
        self.lists = {key: widgets.Dropdown(**wide) for key in ("load", "compare")}
        self.name = widgets.Text(**wide)
        names = ("open", "save", "export", "report")
        self.buttons = {key: widgets.Button(layout=free) for key in names}
        self.told = widgets.HTML(layout=free).add_class("sw-told")
        self.widget = widgets.Box(
            [
                *(self.lists["load"], self.buttons["open"], self.lists["compare"]),
                *(self.name, self.buttons["save"]),
                *(self.buttons["export"], self.buttons["report"], self.told),
            ],
            layout=free,
        ).add_class("sw-files")
        self.asked = ""
        self.refresh()
        self.speak()
        for key, button in self.buttons.items():
            button.on_click(self._guarded(getattr(self, f"_{key}")))
        self.lists["compare"].observe(lambda change: self._compare(), "value")
        self.name.observe(lambda change: self._ask(""), "value")

    def refresh(self) -> None:
        """List the scenarios there are; the one shown is chosen."""
        own = self.owner.scenario().name
        there = {"load": self.files.names(own), "compare": self.files.rivals(own)}
        for key, chosen in self.lists.items():
            kept = own if key == "load" else chosen.value
            with chosen.hold_sync():
                chosen.options = list(there[key])
                chosen.value = kept if kept in chosen.options else own
        fixed = self.files.place(own)
        self.name.disabled = bool(fixed)
        if fixed or self.files.place(self.name.value):
            self.name.value = fixed

    def speak(self) -> None:
        """Put every label into the panel's language."""
        say = self.owner.words().say
        for key, chosen in self.lists.items():
            chosen.description = say(f"panel.{key}")
        self.name.description = say("panel.name")
        for key, button in self.buttons.items():
            button.description = say(f"panel.{key}")
        self._ask(self.asked)

    def tell(self, *sentences: str) -> None:
        """Say something below the buttons."""
        self.told.value = "".join(f"<p>{escape(said)}</p>" for said in sentences)

    def _guarded(self, act: Callable[[], None]) -> Callable[[Any], None]:
        """Return a button's handler: findings become sentences, never a traceback."""

        def pressed(_: Any) -> None:
            self.tell(self.owner.words().say("panel.working"))
            try:
                act()
            except SendWarmthError as error:
                self.tell(*self.owner.say_findings(error))
            except OSError as error:
                self.tell(str(error))

        return pressed

    def _open(self) -> None:
        said = self.owner.load(self.lists["load"].value)
        self.refresh()
        self.tell(*said)

    def _compare(self) -> None:
        try:
            self.owner.compare(self.lists["compare"].value)
        except SendWarmthError as error:
            self.tell(*self.owner.say_findings(error))

    def _ask(self, name: str) -> None:
        """Let the save button ask whether a file may be replaced, or be itself again."""
        self.asked = name
        self.buttons["save"].description = self.owner.words().say(
            "panel.save_over" if name else "panel.save"
        )
        self.buttons["save"].button_style = "warning" if name else ""

    def _save(self) -> None:
        name, say = self.name.value.strip(), self.owner.words().say
        over = bool(name) and self.asked == name
        try:
            path = self.files.save(self.owner.scenario(), self.owner.changed(), name, over=over)
        except FileExistsError:
            self._ask(name)
            self.tell(say("panel.exists", name=name))
            return
        self._ask("")
        self._wrote("saved", path)
        self.refresh()

    def _export(self) -> None:
        path = self.files.export(self.owner.plan_on_screen(), self.owner.language)
        self._wrote("exported", path)

    def _report(self) -> None:
        self.owner.plan_on_screen()
        path, why = self.files.report(
            self.owner.scenario(), self.owner.changed(), self.owner.language
        )
        if path is None:
            self.tell(*why)
        else:
            self._wrote("reported", path)

    def _wrote(self, key: str, path: Path) -> None:
        self.owner.paths.append(path)
        self.tell(self.owner.words().say(f"panel.{key}", path=path))
