"""The report on one plan, section by section, in the order a meeting reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import measure
from sendwarmth.model.findings import Finding
from sendwarmth.view import beside, charts, ledger, options, reasons, statements, tables
from sendwarmth.view.live_page import page_data
from sendwarmth.view.masking import Mask, hidden, smallest_shown
from sendwarmth.view.names import Names, origin
from sendwarmth.view.sections import Chart, Column, Data, Prose, Section, Source, Table
from sendwarmth.view.words import Words, words

INDICES = ("gini", "theil", "theil_between", "theil_within", "atkinson", "hoover", "max_min")
MONEY = ("moved_from_target",)
SHARES = ("coverage_money", "coverage_people", "share_moved_from_target")


@dataclass(frozen=True)
class Story:
    """What there is to say about a plan.

    Parameters
    ----------
    plan
        The plan.
    language
        ``zh`` or ``en``.
    others
        Plans of the other scenarios by name, or the findings of those that have none.
    provenance
        Where it was made from: ``scenario`` (the file's text), ``versions``, ``commit``, ``made``.
    internal
        Whether small head counts are shown; they are hidden in a page that is shared.
    """

    plan: Plan
    language: str = "zh"
    others: Mapping[str, Plan | Sequence[Finding]] = field(default_factory=dict, repr=False)
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False)
    internal: bool = False

    @property
    def words(self) -> Words:
        """Return the texts of its language."""
        return words(self.language)

    @cached_property
    def names(self) -> Names:
        """Return the names in its tables."""
        return Names.of(self.plan.inputs, self.words)

    @cached_property
    def measures(self) -> Mapping[tuple[str, str], float]:
        """Return every measure by name and scope."""
        return measure(self.plan).set_index(["measure", "scope"])["value"].to_dict()

    @cached_property
    def mask(self) -> Mask:
        """Return which head counts are hidden."""
        return hidden(self.counts, smallest_shown(self.internal))

    @property
    def counts(self) -> pd.DataFrame:
        """Return whole head counts."""
        return self.plan.heads.round().astype("int64")

    @property
    def title(self) -> str:
        """Return the page's title."""
        return self.words.say("page.title", title=self.plan.scenario.title[self.language])

    @property
    def assumed(self) -> float:
        """Return the share of the money that rests on assumed figures."""
        return self.measures.get(("share_assumed", "all"), 0.0)

    def _section(self, key: str, *parts: Any, appendix: bool = False) -> Section:
        return Section(key, [part for part in parts if part is not None], self.words, appendix)

    def _scale(self) -> tuple[str, float]:
        return self.words.say("unit.large"), float(self.words.say("unit.large_yuan"))

    def opening(self) -> Data:
        """Return what the page says about itself: title, language, status, share on assumptions."""
        plan, say = self.plan, self.words.say
        scenario = plan.scenario
        meta = (
            say(
                "page.meta", label=say("page.status"), value=say(f"choice.status.{scenario.status}")
            ),
            say("page.meta", label=say("page.author"), value=scenario.author),
            say("page.meta", label=say("page.date"), value=scenario.date),
            say("page.unit_note", unit=plan.problem.unit_yuan),
        )
        facts = {
            "title": self.title,
            "language": self.language,
            "assumed": self.assumed,
            "meta": meta,
            "made": self.provenance.get("made", ""),
        }
        banner = say("page.banner_share", share=self.assumed)
        return Data("page", facts, f"{say('page.banner')}：{banner}")

    def request(self) -> Section:
        """Return what is asked, in three sentences, and the key figures."""
        return self._section("request", *statements.asked(self.plan, self.measures, self.words))

    def sources(self) -> Section:
        """Return where the money comes from, what it is for, and what never draws on it."""
        return self._section(
            "sources",
            tables.sources(self.plan, self.names),
            tables.uses(self.plan, self.names, self.mask),
            Prose(statements.beside(self.plan, self.words), "ul"),
            beside.elsewhere(self.plan, self.names),
            beside.matching(self.plan, self.names),
        )

    def basis(self) -> Section:
        """Return what the split rests on: heads, standards, bounds, factors and the rules."""
        return self._section(
            "basis",
            Prose(statements.principles(self.plan, self.words), "ul"),
            tables.basis(self.plan, self.names, self.mask),
            tables.heads(self.counts, self.names, self.mask),
            beside.overlap(self.plan, self.names),
            beside.execution(self.plan, self.names),
        )

    def allocation(self) -> Section:
        """Return the plan itself, as a table, in charts, and a head."""
        unit, scale = self._scale()
        table = tables.allocation(self.plan, self.names)
        shown = self.plan.table.rename(index=self.names.short, columns=self.names.groups)
        stacked = Chart("allocation", charts.stacked(shown, unit, scale), None)
        return self._section(
            "allocation",
            table,
            beside.follow_up(self.plan, self.names),
            stacked,
            self._points(unit, scale),
            tables.blocs(self.plan, self.names),
            tables.standards_out(self.plan, self.names, self.mask),
        )

    def live(self) -> Section:
        """Return the levers to try other values; left out where they would tell small counts."""
        if self.mask.any:
            return self._section("live", Prose((self.words.say("live.masked"),)))
        data = Data("panel", page_data(self.plan, self.words), self.words.say("live.in_page"))
        return self._section("live", data)

    def _points(self, unit: str, scale: float) -> Chart | None:
        regions = self.plan.inputs.regions
        if not {"longitude", "latitude"} <= set(regions.columns):
            return None
        places = regions[["longitude", "latitude"]].dropna()
        if len(places) < 2:
            return None
        totals = self.plan.table.sum(axis=1)
        places = places.assign(
            name=[self.names.short[region] for region in places.index],
            yuan=totals.reindex(places.index),
        )
        rows = tuple((self.names.regions[region], int(totals[region])) for region in places.index)
        columns = (
            Column(self.words.say("table.region")),
            Column(self.words.say("table.sum"), "money"),
        )
        behind = Table(self.words.say("chart.points.title"), columns, rows)
        return Chart("points", charts.points(places, unit, scale), behind)

    def options(self) -> Section:
        """Return the scenarios beside each other, a row each."""
        unit, scale = self._scale()
        plans = {self.plan.scenario.name: self.plan, **self.others}
        return self._section("options", *options.parts(plans, self.names, unit, scale))

    def units(self) -> Section:
        """Return why each unit gets what it gets, in steps that add exactly."""
        unit, scale = self._scale()
        return self._section("units", *reasons.parts(self.plan, self.names, unit, scale))

    def last_year(self) -> Section:
        """Return the plan beside last year's amounts; empty where there are none."""
        return self._section("last_year", tables.last_year(self.plan, self.names))

    def ledger(self) -> Section:
        """Return the limits that bind and the ledger of judgement beside the formula."""
        return self._section(
            "ledger",
            ledger.binding(self.plan, self.names),
            ledger.ledger(self.plan, self.names),
        )

    def open_items(self) -> Section:
        """Return what is still to be confirmed."""
        items = ledger.open_items(self.plan, self.names, self.mask)
        return self._section("open_items", Prose(items or (self.words.say("open.none"),), "ol"))

    def signatures(self) -> Section:
        """Return the lines to sign."""
        return self._section("signatures", ledger.signatures(self.plan, self.names))

    def fairness(self) -> Section:
        """Return the measures of coverage and equality, each with what it means."""
        say = self.words.say
        rows = []
        for names, kind in ((SHARES, "percent"), (MONEY, "money"), (INDICES, "number")):
            for name in names:
                value = self.measures.get((name, "all"))
                form = {"percent": self.words.percent, "money": self.words.money}.get(kind)
                shown = None if value is None else form(value) if form else f"{value:.4f}"
                rows.append((say(f"measure.{name}.label"), shown, say(f"measure.{name}.help")))
        columns = (
            Column(say("table.measure")),
            Column(say("table.value"), "number"),
            Column(say("table.meaning")),
        )
        return self._section(
            "fairness", Table(say("table.fairness"), columns, tuple(rows)), appendix=True
        )

    def sealed(self) -> Section:
        """Return what the page was made from: scenario file, tables, versions, commit, time."""
        say, facts = self.words.say, self.provenance
        rows = [
            (say(f"provenance.{key}"), str(facts[key]))
            for key in ("made", "commit")
            if facts.get(key)
        ]
        rows.append((say("provenance.tables"), origin(self.plan.inputs)))
        rows += [
            (say("provenance.digest", name=name), digest)
            for name, digest in self.plan.inputs.digests.items()
        ]
        rows += [(name, version) for name, version in facts.get("versions", {}).items() if version]
        columns = (Column(say("provenance.item")), Column(say("table.value")))
        files = [
            Source(say("provenance.file", name=name), text)
            for name, text in facts.get("files", {}).items()
        ]
        table = Table(say("provenance.caption"), columns, tuple(rows))
        return self._section("provenance", table, *files, appendix=True)

    def summary(self) -> str:
        """Return the figures to check a run by, one line."""
        shared = int(self.plan.table.to_numpy().sum())
        facts = {"shared": shared, "reserve": self.plan.reserve, "fund": shared + self.plan.reserve}
        return self.words.say(
            "page.summary", title=self.plan.scenario.title[self.language], **facts
        )
