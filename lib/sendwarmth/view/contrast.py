"""Scenarios compared: who gains and who pays, what binds, what differs in the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.comparison import compare_plans
from sendwarmth.model.figures import overall
from sendwarmth.model.findings import Finding
from sendwarmth.view import charts, ledger, options
from sendwarmth.view.difference import changed_values, fields_said
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Chart, Column, Data, Prose, Section, Table
from sendwarmth.view.words import Words, words

COMPARED = (
    ("coverage_money", "percent"),
    ("coverage_people", "percent"),
    ("share_assumed", "percent"),
    ("lowest_a_head", "yuan"),
    ("highest_a_head", "yuan"),
    ("max_min", "number"),
    ("gini", "number"),
    ("theil", "number"),
    ("hoover", "number"),
    ("moved_from_target", "money"),
)


@dataclass(frozen=True)
class Contrast:
    """What there is to say about several plans; all are held against the first.

    Parameters
    ----------
    plans
        Plans by name of their scenario, or findings of those that have none.
    language
        ``zh`` or ``en``.
    """

    plans: Mapping[str, Plan | Sequence[Finding]] = field(repr=False)
    language: str = "zh"

    @property
    def words(self) -> Words:
        """Return the texts of its language."""
        return words(self.language)

    @cached_property
    def made(self) -> dict[str, Plan]:
        """Return the plans there are, by name."""
        return {name: plan for name, plan in self.plans.items() if isinstance(plan, Plan)}

    @property
    def first(self) -> Plan:
        """Return the plan the others are held against."""
        return next(iter(self.made.values()))

    @cached_property
    def names(self) -> Names:
        """Return the names in the plans' tables."""
        return Names.across(self.made.values(), self.words)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Return the titles by name."""
        return options.titles(self.made, self.names)

    @cached_property
    def values(self) -> dict[str, Mapping[str, float]]:
        """Return the measures of the whole of each plan."""
        return {name: overall(plan) for name, plan in self.made.items()}

    def _scale(self) -> tuple[str, float]:
        return self.words.say("unit.large"), float(self.words.say("unit.large_yuan"))

    def _section(self, key: str, *parts: Any) -> Section:
        return Section(key, [part for part in parts if part is not None], self.words)

    def opening(self) -> Data:
        """Return what the page says about itself."""
        assumed = max(value.get("share_assumed", 0.0) for value in self.values.values())
        say = self.words.say
        facts = {
            "title": say("page.comparison_title"),
            "language": self.language,
            "assumed": assumed,
            "meta": (self.words.say("limit.list").join(self.titles.values()),),
        }
        return Data("page", facts, say("page.banner_share", share=assumed))

    def difference(self) -> Section:
        """Return one row a scenario and every unit across them."""
        unit, scale = self._scale()
        return self._section("difference", *options.parts(self.plans, self.names, unit, scale))

    def gainers(self) -> Section:
        """Return, for every scenario but the first, who gains and who pays."""
        unit, scale = self._scale()
        others = [name for name in self.made if name != self._first]
        drawn = [self._gains(name, unit, scale) for name in others]
        return self._section("gainers", *drawn)

    def _change(self, name: str) -> pd.DataFrame:
        tables = (self.first.table, self.made[name].table)
        rows = options.every(table.index for table in tables)
        columns = options.every(table.columns for table in tables)
        before, after = (
            table.reindex(index=rows, columns=columns, fill_value=0) for table in tables
        )
        return (after - before).astype("int64")

    def _gains(self, name: str, unit: str, scale: float) -> Chart:
        say, change = self.words.say, self._change(name)
        totals = change.sum(axis=1)
        rows = [
            (self.names.of_id(str(region)), *map(int, cells), int(cells.sum()))
            for region, cells in change.iterrows()
        ]
        groups = [Column(self.names.of_id(str(group)), "signed") for group in change.columns]
        columns = (Column(say("table.region")), *groups, Column(say("table.sum"), "signed"))
        total = (say("table.total"), *map(int, change.sum()), int(totals.sum()))
        title = say("contrast.gains", name=self.titles[name], first=self.titles[self._first])
        digits = self.words.digits(change.to_numpy().ravel())
        behind = Table(title, columns, tuple(rows), (total,), digits=digits)
        shown = totals.rename(index=self.names.short)
        return Chart("difference", charts.changes(shown, unit, scale), behind, title)

    @property
    def _first(self) -> str:
        return next(iter(self.made))

    def measures(self) -> Section:
        """Return the measures side by side."""
        say = self.words.say
        forms = {
            "percent": self.words.percent,
            "yuan": self.words.count,
            "money": self.words.large,
            "number": lambda value: f"{value:.4f}",
        }
        rows = []
        for name, kind in COMPARED:
            cells = [self.values[scenario].get(name) for scenario in self.made]
            said = [None if cell is None else forms[kind](cell) for cell in cells]
            rows.append((say(f"measure.{name}.label"), *said))
        columns = [Column(title, "number") for title in self.titles.values()]
        table = Table(
            say("contrast.measures"), (Column(say("table.measure")), *columns), tuple(rows)
        )
        return self._section("measures", table)

    def bound(self) -> Section:
        """Return which limits bind in which scenario."""
        say = self.words.say
        held = {name: dict(self._held(plan)) for name, plan in self.made.items()}
        limits = list(dict.fromkeys(limit for binding in held.values() for limit in binding))
        rows = [(limit, *(binding.get(limit, "") for binding in held.values())) for limit in limits]
        columns = (
            Column(say("ledger.limit")),
            *(Column(title) for title in self.titles.values()),
        )
        none = () if rows else (say("ledger.nothing_binds"),)
        return self._section(
            "bound", Table(say("contrast.bound"), columns, tuple(rows), notes=none)
        )

    def _held(self, plan: Plan) -> Iterator[tuple[str, str]]:
        names = Names.of(plan.inputs, self.words)
        for held in ledger.limits_in_force(plan):
            said = self.words.say(f"ledger.{held.side}", value=held.bound_yuan)
            yield names.limit(held.name), said
        for cell, said, _, _ in ledger.bounds_in_force(plan, names):
            yield cell, said

    def changes(self) -> Section:
        """Return what differs in the scenario files, in words, and what each field moves."""
        parts: list[Any] = []
        for name, plan in self.made.items():
            if name != self._first:
                title = self.words.say("contrast.changes", name=self.titles[name])
                moves = compare_plans(self.first, plan)
                by_unit = moves.groupby(["field", "region_id"], sort=False)["yuan"].sum().unstack()
                lines = tuple(self._changes(plan, by_unit))
                none = (self.words.say("contrast.same"),)
                parts += [Prose((title,), "h3"), Prose(lines or none, "ul")]
                parts.append(self._effects(by_unit))
        return self._section("changes", *parts)

    def _changes(self, plan: Plan, by_unit: pd.DataFrame) -> Iterator[str]:
        """Yield what was changed in a field, and who gains and who pays by it."""
        said: dict[str, list[str]] = {}
        for name, sentence in changed_values(self.first, plan, self.names):
            said.setdefault(name, []).append(sentence)
        for joined, row in by_unit.iterrows():
            sentences = [line for name in str(joined).split("+") for line in said.pop(name, ())]
            if sentences:
                told = self.words.say("limit.clause").join(sentences)
                yield self.words.say("contrast.moves", said=told, effect=self._effect(row))
        for sentences in said.values():
            yield from sentences

    @property
    def _digits(self) -> int:
        """Return the decimals of what fields move; rounding moves less than a rounding unit."""
        return self.words.digits(()) + 1

    def _effect(self, row: pd.Series) -> str:
        """Return who gains and who pays, in words."""
        sides = {"more_to": row[row > 0], "less_to": -row[row < 0]}
        told = [
            self.words.say(
                f"contrast.{key}",
                units=len(side),
                amount=self.words.large(side.sum(), self._digits),
            )
            for key, side in sides.items()
            if len(side)
        ]
        return self.words.say("limit.list").join(told or [self.words.say("contrast.moves_nothing")])

    def _effects(self, by_unit: pd.DataFrame) -> Table:
        """Return what each field that differs moves, a row a field: who gains and who pays."""
        say = self.words.say
        rows = []
        for field_names, row in by_unit.iterrows():
            gains, losses = row[row > 0], row[row < 0]
            labels = (fields_said(str(field_names), self.names),)
            counts = (int(gains.sum()), len(gains), int(losses.sum()), len(losses))
            rows.append((*labels, *counts, int(row.sum())))
        columns = (
            Column(say("contrast.field")),
            Column(say("contrast.more"), "signed"),
            Column(say("contrast.units"), "count"),
            Column(say("contrast.less"), "signed"),
            Column(say("contrast.units"), "count"),
            Column(say("contrast.in_all"), "signed"),
        )
        total = (say("table.total"), None, None, None, None, int(by_unit.to_numpy().sum()))
        digits = self._digits
        return Table(say("contrast.effect"), columns, tuple(rows), (total,), digits=digits)

    def summary(self) -> str:
        """Return what was compared, one line a scenario."""
        shared = {name: int(plan.table.to_numpy().sum()) for name, plan in self.made.items()}
        return "\n".join(
            self.words.say(
                "page.summary",
                title=self.titles[name],
                shared=shared[name],
                reserve=plan.reserve,
                fund=shared[name] + plan.reserve,
            )
            for name, plan in self.made.items()
        )
