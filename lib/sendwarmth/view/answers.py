"""Exact answers for a panel: the plan of any position of the levers, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.clashing.levers import put
from sendwarmth.model.findings import Finding, SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import build
from sendwarmth.model.scenario import Scenario
from sendwarmth.view import live
from sendwarmth.view.clashes import path_said
from sendwarmth.view.levers import Lever, Position, levers_of
from sendwarmth.view.names import Names
from sendwarmth.view.position import changes, position_of
from sendwarmth.view.words import LANGUAGES, words

REPAIRS = ("repair", "repair_together")


class Answers:
    """One scenario on its tables, its levers, and the exact answer for any position of them."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.scenario = inputs, scenario
        levers = levers_of(inputs, scenario)
        self.start = position_of(levers, inputs, scenario)
        self.own = levers
        self.levers = tuple(lever.reaching(self.start[lever.name]) for lever in levers)

    @property
    def plan(self) -> Plan:
        """The plan of the scenario as it stands; raises as `allocate` does."""
        return self.plan_at(self.start)

    def scenario_at(self, position: Position) -> Scenario:
        """Return the scenario with the levers somewhere else.

        Raises
        ------
        InputError
            The values are not valid.
        """
        return self.scenario.with_values(**changes(self.levers, position, self.start))

    def plan_at(self, position: Position) -> Plan:
        """Return the exact plan with the levers somewhere else; raises as `allocate` does."""
        return allocate(self.inputs, self.scenario_at(position))

    def answer(self, serial: int, position: Position) -> tuple[dict[str, Any], Plan | None]:
        """Return what the browser is told about a position, and the plan if there is one."""
        try:
            plan = self.plan_at(position)
        except SendWarmthError as error:
            clash = any(finding.code == "clash" for finding in error.findings)
            told = {
                "serial": serial,
                "status": "clash" if clash else "refused",
                "sentences": self.said(error.findings),
                "repairs": self.repairs(position, error.findings),
            }
            return told, None
        return self.told(serial, plan, position), plan

    def told(self, serial: int, plan: Plan, position: Position) -> dict[str, Any]:
        """Return what the browser is told about a position that has a plan."""
        said = self.said(plan.findings)
        notes = {language: self.outside(position, language) + said[language] for language in said}
        return {"serial": serial, "status": "exact", "notes": notes, **live.plain_plan(plan)}

    def outside(self, position: Position, language: str) -> list[str]:
        """Return a sentence for each value outside its lever's own range."""
        spoken = words(language)
        labels = labels_of(self.own, Names.of(self.inputs, spoken))
        found = []
        for lever in self.own:
            value = position[lever.name]
            if lever.joins or lever.holds(value):
                continue
            key = "panel.out_of_choices" if lever.kind == "choice" else "panel.out_of_range"
            ends = {"lowest": spoken.number(lever.lowest), "highest": spoken.number(lever.highest)}
            found.append(
                spoken.say(key, lever=labels[lever.name], value=spoken.plain(value), **ends)
            )
        return found

    def said(self, findings: Sequence[Finding]) -> dict[str, list[str]]:
        """Return findings as sentences by language; repairs become buttons instead."""
        shown = [finding for finding in findings if finding.code not in REPAIRS]
        return {language: [self.say(f, language) for f in shown] for language in LANGUAGES}

    def say(self, finding: Finding, language: str) -> str:
        """Return one finding as a sentence: what it is about in words, not where in a file."""
        spoken = words(language)
        name = Names.of(self.inputs, spoken).of_id
        path = finding.place.field.removeprefix("values.")
        said = spoken.sentence(finding.at(file="", sheet="", row=None, field=""), name)
        if path in ("", "values") or finding.code == "clash":  # which names its fields itself
            return said
        return spoken.say("place.sentence", where=path_said(spoken, path, name), said=said)

    def check(self, position: Position) -> Scenario:
        """Return the scenario with the levers somewhere else, if it is valid on its tables.

        Limits that clash are valid.

        Raises
        ------
        InputError
            With every finding.
        """
        scenario = self.scenario_at(position)
        build(self.inputs, scenario)
        return scenario

    def repairs(self, position: Position, findings: Sequence[Finding]) -> list[dict[str, Any]]:
        """Return each repair as a label by language and the position it leads to."""
        found = []
        for finding in findings:
            parts = {"repair": [finding.facts], "repair_together": finding.facts.get("parts", ())}
            if finding.code not in parts:
                continue
            values = self.scenario_at(position).values
            repaired: Any = dict(values)
            for part in parts[finding.code]:
                repaired = put(repaired, _keys(part["field"]), part["new"])
            changed = {name: repaired[name] for name in values if repaired[name] != values[name]}
            mended = self.scenario_at(position).with_values(**changed)
            label = {language: self.say(finding, language) for language in LANGUAGES}
            to = position_of(self.levers, self.inputs, mended)
            found.append({"label": label, "position": to})
        return found


def _keys(path: str) -> list[str | int]:
    """Return the keys of a dotted path.

    Examples
    --------
    >>> _keys("locks[0].yuan")
    ['locks', 0, 'yuan']
    """
    parts = path.replace("[", ".#").replace("]", "").split(".")
    return [int(part[1:]) if part.startswith("#") else part for part in parts]


def traits_at(levers: Sequence[Lever], position: Position) -> dict[str, Any]:
    """Return a position as the values of traits: a choice is the number of it among the choices."""
    choices = {lever.name: lever.choices for lever in levers if lever.kind == "choice"}
    return {
        name: choices[name].index(value) if name in choices else value
        for name, value in position.items()
    }


def labels_of(levers: Sequence[Lever], names: Names) -> dict[str, str]:
    """Return what planners call each lever, in the language of the names."""
    say = names.words.say
    labels = {}
    for lever in levers:
        label = say(f"field.{lever.field}.label")
        if lever.kind == "joint":
            label = say(f"panel.part_{lever.part}")
        elif lever.part == "on":
            label = say("panel.lever_on", label=label)
        elif lever.part:
            part = say(f"panel.part_{lever.part}")
            label = part if lever.member else say("panel.lever_part", label=label, part=part)
        member = names.groups.get(lever.member, lever.member)
        labels[lever.name] = say("panel.lever_of", label=label, member=member) if member else label
    return labels


def texts_of(language: str, levers: Sequence[Lever]) -> dict[str, str]:
    """Return the words the dashboard speaks in one language."""
    spoken = words(language)
    units = {name: spoken.texts[f"unit.{name}"] for name in ("large_yuan", "large_digits")}
    fields = dict.fromkeys(lever.field for lever in levers)
    helps = {f"help_{field}": spoken.say(f"field.{field}.help") for field in fields}
    code = {"code": spoken.texts["language.code"]}
    return {**spoken.below("panel"), **units, **helps, **code}


def payload(answers: Answers, plan: Plan | None, reference: Plan | None = None) -> dict[str, Any]:
    """Return everything a dashboard starts from, for the panel and for a page, as plain data.

    Parameters
    ----------
    answers
        The scenario on its tables.
    plan
        Its plan, or None where its limits clash.
    reference
        The plan gains and losses are shown against; the plan itself if there is none.
    """
    names = {language: Names.of(answers.inputs, words(language)) for language in LANGUAGES}
    labels = {language: labels_of(answers.levers, names[language]) for language in LANGUAGES}
    by_lever = {
        lever.name: {language: labels[language][lever.name] for language in LANGUAGES}
        for lever in answers.levers
    }
    tables = live.plain_tables(answers.inputs, answers.scenario)
    told = answers.told(0, plan, answers.start) if plan else answers.answer(0, answers.start)[0]
    start = live.plain_plan(plan) if plan else {"name": answers.scenario.name}
    return {
        **traits_at(answers.levers, answers.start),
        "levers": live.plain_levers(answers.levers, by_lever),
        "tables": tables,
        "words": {language: texts_of(language, answers.levers) for language in LANGUAGES},
        "names": {
            language: limit_names(answers, names[language], tables) for language in LANGUAGES
        },
        "start": {**start, "title": dict(answers.scenario.title), "position": answers.start},
        "reference": live.plain_reference(reference or plan, answers.inputs),
        "settled": {"serial": 0, "position": answers.start},
        "answer": told,
    }


def limit_names(answers: Answers, names: Names, tables: Mapping[str, Any]) -> dict[str, str]:
    """Return what planners call the limits that levers and sources set, by the limits' names."""
    regions, groups = answers.inputs.region_ids, answers.inputs.group_ids
    by_region = [
        f"{f}/{r}"
        for f in ("region_floor_yuan", "region_cap_share", "change_band")
        for r in regions
    ]
    fixed = ("group_share", "envelopes_yuan")
    by_group = [f"{field}/{group}" for field in fixed for group in groups]
    sources = [row["name"] for row in tables["earmarks"]]
    return {name: names.limit(name) for name in (*by_region, *by_group, *sources)}
