"""What planners call the inputs that are moved, what they are moved to, and the figures read."""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.dials import OF_TABLES
from sendwarmth.model.robust.outcomes import FIGURES
from sendwarmth.model.schema import FIELDS
from sendwarmth.view.clashes import limit_said, path_said
from sendwarmth.view.difference import value_said
from sendwarmth.view.names import CELL, Names
from sendwarmth.view.words import Words

JOIN = " + "
ALL = "all"
CLASH = "clash"
MANY = 3
"""Members of one field from which on they are counted, not listed."""
KINDS: Mapping[str, str] = {
    "yuan": "money",
    "share": "percent",
    "yuan_a_head": "yuan",
    "heads": "count",
    "index": "number",
}
"""Kind of a table's column by the unit of a figure."""


@dataclass(frozen=True)
class Naming:
    """Names for one plan's tables, in one language.

    Parameters
    ----------
    names
        Names in the tables.
    tiers
        Names of tiers by ``group/tier``.
    """

    names: Names
    tiers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Inputs, words: Words) -> Naming:
        """Return the names in a set of tables."""
        rows = inputs.standards[inputs.standards["tier_id"] != ""]
        keys = rows["group_id"] + CELL + rows["tier_id"]
        labels = rows[f"label_{words.language}"]
        return cls(Names.of(inputs, words), dict(zip(keys, labels, strict=True)))

    @property
    def words(self) -> Words:
        """The language's texts."""
        return self.names.words

    def lever(self, path: str) -> str:
        """Return what an input is called: a field of the scenario, or a figure of the tables."""
        kind, _, member = path.partition(CELL)
        if self.is_counted(path):
            return self.words.say(f"robust.input.{kind}", name=self._member(member))
        parts = [one.split(".") for one in path.split(JOIN)]
        if all(one[0] == "factor_weight" and len(one) == 3 for one in parts):
            label = self.words.say(f"choice.factor.{parts[0][2]}")
            groups = self.listed([group for _, group, _ in parts])
            return self.words.say("diff.of", label=label, name=groups)
        said = [path_said(self.words, one, self.names.of_id) for one in path.split(JOIN)]
        return self.words.say("limit.list").join(said)

    def tick(self, path: str) -> str:
        """Return what an input is called beside a row of a chart: units short, in short lines."""
        short = replace(self, names=replace(self.names, regions=self.names.short))
        said, width = short.lever(path), int(self.words.say("robust.tick_width"))
        if len(said) <= width:
            return said
        head, sign, tail = said.rpartition(self.words.say("robust.opening"))
        parts = [part for part in (head, (sign + tail).strip()) if part]
        return "<br>".join(line for part in parts for line in textwrap.wrap(part, width))

    def _member(self, member: str) -> str:
        """Return the name of a unit, a group, or a tier written ``group/tier``."""
        group, _, tier = member.partition(CELL)
        if not tier:
            return self.names.of_id(member)
        label = self.tiers.get(member, tier)
        return self.words.say("diff.of", label=self.names.of_id(group), name=label)

    def is_counted(self, path: str) -> bool:
        """Whether an input is of the tables, and moves as a multiple of what they say."""
        return path.partition(CELL)[0] in OF_TABLES

    def setting(self, path: str, value: Any) -> str:
        """Return what an input is set to: a change for what is counted, else the field's value."""
        if self.is_counted(path):
            return self.change(float(value) - 1)
        name, *inside = re.split(r"[.\[]", path)
        unit = "yuan" if "yuan" in inside else FIELDS[name].unit
        if unit.startswith("yuan") and not isinstance(value, str):
            return self.large(value) if unit == "yuan" else self.words.yuan(value)
        return value_said(value, name, self.names)

    def level(self, path: str, value: Any) -> str:
        """Return where an input stands: a part of today's for what is counted, else its value."""
        if self.is_counted(path):
            return self.words.say("robust.of_today", share=f"{100 * float(value):.2f}%")
        return self.setting(path, value)

    def change(self, share: float) -> str:
        """Return a relative change with its sign."""
        said = self.words.percent(abs(share))
        return said if said == self.words.percent(0) else f"{'+' if share > 0 else '−'}{said}"

    def moved(self, path: str, change: str) -> str:
        """Return an input with its change."""
        return self.words.say("robust.moved_by", input=self.lever(path), change=change)

    def error(self, share: float) -> str:
        """Return the standard error of a chance, with a decimal more than chances have."""
        return f"{100 * share:.2f}%"

    def clash(self, members: str) -> str:
        """Return what clashes in words, from its members joined by `` + ``."""
        return self.words.say("robust.clash", said=self.setters(members.split(JOIN)))

    def _clashing(self, member: str) -> str:
        name, _, rest = member.partition(CELL)
        return limit_said(self.words, member, self.names.of_id) if rest else self._label(name)

    def _label(self, name: str) -> str:
        return self.words.label(f"field.{name}.label", self.words.label(f"limit.{name}", name))

    def setters(self, members: Sequence[str]) -> str:
        """Return numbers of the scenario, as clashes and reasons name them, as a list.

        Where one field stands there for many groups, its label and their number say it.
        """
        fields = Counter(member.partition(CELL)[0] for member in members if member)
        said = [
            self._clashing(member)
            for member in members
            if member and fields[member.partition(CELL)[0]] < MANY
        ]
        for name, count in fields.items():
            if count >= MANY:
                said.append(self.words.say("robust.many", name=self._label(name), count=count))
        return self.words.say("limit.list").join(said)

    def listed(self, ids: Sequence[str]) -> str:
        """Return names of units or groups as a list."""
        return self.words.say("limit.list").join(self.names.of_id(word) for word in ids)

    def large(self, yuan: float) -> str:
        """Return an amount in the large unit, with the unit, as short as it goes."""
        number = self.words.number(yuan / float(self.words.say("unit.large_yuan")))
        return self._large(number)

    def _large(self, number: str) -> str:
        return f"{number}{self.words.say('unit.space')}{self.words.say('unit.large')}"

    def stretch(self, low: float, high: float) -> str:
        """Return a range of amounts."""
        return self.words.say("robust.stretch", low=self.large(low), high=self.large(high))

    def state(self, status: str, clash: str) -> str:
        """Return what became of a point: a plan, or what clashes, or why it cannot be posed."""
        if status == CLASH:
            return self.clash(clash)
        return self.words.say(f"robust.state.{status}")

    def figure(self, figure: str) -> str:
        """Return what a figure of a plan, written ``name/scope``, is called."""
        name, _, scope = figure.partition(CELL)
        label = self.words.label(f"robust.figure.{name}", "")
        label = label or self.words.say(f"measure.{name}.label")
        if scope in ("", ALL):
            return label
        return self.words.say("robust.of", name=self.names.of_id(scope), figure=label)

    def kind(self, figure: str) -> str:
        """Return the kind of a table's column for a figure."""
        return KINDS[FIGURES[figure.partition(CELL)[0]].unit]

    def value(self, figure: str, value: float) -> str:
        """Return a figure's value in words, with its unit."""
        if math.isnan(value):
            return self.words.say("robust.no_plan")
        kind = self.kind(figure)
        if kind == "money":
            return self._large(self.words.large(value, self.words.digits(())))
        if kind == "percent":
            return self.words.percent(value)
        if kind == "yuan":
            return self.words.yuan(value)
        return self.words.count(value) if kind == "count" else f"{value:.4f}"

    def axis(self, figure: str) -> tuple[str, float]:
        """Return what an axis of a figure says, and what the figure is divided by."""
        kind, say = self.kind(figure), self.words.say
        said = {
            "money": (say("unit.large"), float(say("unit.large_yuan"))),
            "percent": ("%", 0.01),
            "yuan": (say("unit.yuan_a_head"), 1.0),
            "count": (say("unit.heads"), 1.0),
        }
        return said.get(kind, (say("unit.index"), 1.0))
