"""One card a scenario for the overview of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import overall
from sendwarmth.view.names import Names
from sendwarmth.view.words import words

SHARES = ("coverage_money", "coverage_people", "share_assumed")


def entry(plan: Plan, language: str, links: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the card of a scenario that has a plan.

    Parameters
    ----------
    plan
        The plan.
    language
        ``zh`` or ``en``.
    links
        Address by what it leads to: ``report``, ``workbook``, ``csv``, ``json``, ``notebook``.
    """
    said = words(language)
    names = Names.of(plan.inputs, said)
    scenario = plan.scenario
    value = overall(plan)
    shared = int(plan.table.to_numpy().sum())
    money = [
        (said.say("field.budget_yuan.label"), shared + plan.reserve),
        (said.say("table.shared"), shared),
        (said.say("field.reserve.label"), plan.reserve),
    ]
    unit = said.say("unit.large")
    facts = [(label, f"{said.large(yuan)} {unit}") for label, yuan in money]
    facts += [
        (said.say(f"measure.{name}.label"), said.percent(value[name]))
        for name in SHARES
        if name in value
    ]
    by_group = plan.table.sum()
    most = float(by_group.max()) or 1.0
    bars = [
        (names.groups[str(group)], f"{100 * yuan / most * 0.7:.1f}", said.large(yuan))
        for group, yuan in by_group.items()
    ]
    return {
        "title": scenario.title[language],
        "purpose": scenario.purpose[language],
        "meta": _meta(scenario.name, said.say(f"choice.status.{scenario.status}"), scenario),
        "report": (links or {}).get("report", ""),
        "failed": False,
        "sentences": (),
        "facts": facts,
        "bars": bars,
        "links": _links(language, links or {}),
        "assumed": float(value.get("share_assumed", 0.0)),
    }


def failed_entry(
    name: str,
    sentences: Sequence[str],
    language: str,
    page: str = "",
    links: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the card of a scenario that has no plan, with its reasons.

    Parameters
    ----------
    name
        The scenario's name.
    sentences
        What is wrong.
    language
        ``zh`` or ``en``.
    page
        Link to its error page.
    links
        Results of an earlier run.
    """
    return {
        "title": words(language).say("page.error_title", name=name),
        "purpose": "",
        "meta": (),
        "report": page,
        "failed": True,
        "sentences": tuple(sentences),
        "facts": (),
        "bars": (),
        "links": _links(language, links or {}),
        "assumed": None,
    }


def _meta(name: str, status: str, scenario: Any) -> tuple[str, ...]:
    return tuple(part for part in (name, status, scenario.author, scenario.date) if part)


def _links(language: str, links: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(words(language).say(f"index.{key}"), href) for key, href in links.items() if href]
