"""The page on how robust a plan is, section by section: conclusions first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import overall
from sendwarmth.model.findings import Finding
from sendwarmth.model.robust.trials import Trials
from sendwarmth.view import options
from sendwarmth.view.masking import Mask, hidden, smallest_shown
from sendwarmth.view.robust import conclusions, draws, frontier, goals, ladder, method, tornado
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.robust.tipping import Turning
from sendwarmth.view.sections import Data, Prose, Section
from sendwarmth.view.story import Story
from sendwarmth.view.words import Words, words


@dataclass(frozen=True)
class Robustness:
    """What there is to say about how robust a plan is.

    Parameters
    ----------
    trials
        What is tried on the plan.
    language
        ``zh`` or ``en``.
    failed
        Findings of scenarios that have no plan, by name.
    provenance
        As for a `Story`.
    internal
        Whether what would tell small head counts is shown.
    """

    trials: Trials
    language: str = "zh"
    failed: Mapping[str, Sequence[Finding]] = field(default_factory=dict, repr=False)
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False)
    internal: bool = False

    @property
    def words(self) -> Words:
        """Return the texts of its language."""
        return words(self.language)

    @property
    def plan(self) -> Plan:
        """Return the plan."""
        return self.trials.plan

    @cached_property
    def naming(self) -> Naming:
        """Return the names in its tables."""
        return Naming.of(self.plan.inputs, self.words)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Return the titles of all scenarios by name."""
        plans = {self.plan.scenario.name: self.plan, **self.trials.others}
        return options.titles(plans, self.naming.names)

    @cached_property
    def mask(self) -> Mask:
        """Return which head counts are hidden."""
        return hidden(self.plan.heads.round().astype("int64"), smallest_shown(self.internal))

    @property
    def masked(self) -> set[str]:
        """Return the units whose count of the group that is watched is hidden."""
        cells = self.mask.cells[self.trials.group]
        return set(cells.index[cells])

    def _shared(self, frame: pd.DataFrame, column: str) -> pd.DataFrame:
        """Return a frame without inputs whose effect would tell hidden counts."""
        rows = self.mask.cells.any(axis=1)
        secret = {*rows.index[rows], *self.mask.totals.index[self.mask.totals]}
        members = frame[column].str.split("/")
        return frame[[not (set(parts[1:]) & secret) for parts in members]]

    def _masking(self) -> Prose | None:
        """Return that some things are not told, if any are not."""
        return Prose((self.words.say("note.masked"),)) if self.mask.any else None

    @cached_property
    def turning(self) -> Turning:
        """Return the turning points."""
        trials = self.trials
        frame = self._shared(trials.tipping, "input")
        return Turning(frame, trials.order_on, trials.other, self.titles, self.naming)

    @cached_property
    def tornadoes(self) -> dict[str, pd.DataFrame]:
        """Return what each input does to each figure."""
        frames = self.trials.tornadoes.items()
        return {figure: self._shared(frame, "lever") for figure, frame in frames}

    def _section(self, key: str, *parts: Any, appendix: bool = False) -> Section:
        return Section(key, [part for part in parts if part is not None], self.words, appendix)

    def opening(self) -> Data:
        """Return what the page says about itself: title, status, share on assumptions, seed."""
        say, scenario = self.words.say, self.plan.scenario
        assumed = overall(self.plan).get("share_assumed", 0.0)
        status = say(f"choice.status.{scenario.status}")
        facts = {
            "title": say("robust.title", title=scenario.title[self.language]),
            "language": self.language,
            "assumed": assumed,
            "meta": (
                say("page.meta", label=say("page.status"), value=status),
                say("page.meta", label=say("page.date"), value=scenario.date),
                say("robust.seeded", seed=str(self.trials.seed), draws=self.trials.draws),
                say("robust.before_rounding"),
            ),
            "made": self.provenance.get("made", ""),
        }
        return Data("page", facts, say("page.banner_share", share=assumed))

    def conclusions(self) -> Section:
        """Return what all of it comes to, in a few sentences and figures."""
        told = self.trials, self.tornadoes, self.turning
        said = conclusions.sentences(*told, self.masked, self.naming)
        facts = conclusions.facts(*told, self.naming)
        return self._section("conclusions", Prose(tuple(said), "ol"), facts)

    def tornado(self) -> Section:
        """Return what each input does to some figures; the first shown, the others folded."""
        charts = [
            tornado.part(frame, figure, self.naming, folded=k > 0)
            for k, (figure, frame) in enumerate(self.tornadoes.items())
        ]
        return self._section("tornado", *charts, self._masking())

    def tipping(self) -> Section:
        """Return how far each input may move before something tips."""
        parts = self.turning.watched(self.plan), self.turning.chart(), self._masking()
        return self._section("tipping", *parts)

    def ladder(self) -> Section:
        """Return the plan as a function of the fund."""
        parts = ladder.parts(self.trials.ladder, self.trials.fund_yuan, self.naming)
        return self._section("ladder", *parts)

    def draws(self) -> Section:
        """Return what errors in the heads would do."""
        refit, held = self.trials.refit, self.trials.held
        return self._section(
            "draws",
            draws.stated(self.plan, self.naming),
            draws.bands(refit.bands(), self.naming),
            draws.covered(
                refit.coverage(), held.coverage(), self.trials.group, self.masked, self.naming
            ),
            draws.outcomes(refit.outcomes(), self.naming),
        )

    def frontier(self) -> Section:
        """Return coverage against equality and against change, with every scenario on it."""
        frame = self.trials.frontier
        charts = [
            frontier.chart(frame, goal, self.titles, self.naming, folded=k > 0)
            for k, goal in enumerate(frontier.GOALS)
        ]
        failed = [
            self.words.say("options.failed", name=name, said=self.words.sentence(found[0]))
            for name, found in self.failed.items()
        ]
        said = Prose(tuple(failed), "ul") if failed else None
        lines = frontier.scenarios(frame, self.titles, self.naming)
        return self._section("frontier", charts[0], lines, said, *charts[1:])

    def goals(self) -> Section:
        """Return the answer to each goal, or why there is none."""
        return self._section("goals", goals.table(self.trials.answers, self.naming))

    def experiments(self) -> Section:
        """Return how all of it was worked out, how often, and how often there was no plan."""
        return self._section("experiments", *method.parts(self.trials, self.naming), appendix=True)

    def sealed(self) -> Section:
        """Return what the page was made from: scenario file, tables, versions, commit, time."""
        return Story(self.plan, self.language, provenance=self.provenance).sealed()

    def summary(self) -> str:
        """Return the figures to check a run by, one line."""
        tried = method.counted(self.trials)
        facts = {key: sum(getattr(one, key) for one in tried) for key in ("points", "clashes")}
        title = self.plan.scenario.title[self.language]
        return self.words.say(
            "robust.summary",
            title=title,
            seed=str(self.trials.seed),
            draws=self.trials.draws,
            **facts,
        )
