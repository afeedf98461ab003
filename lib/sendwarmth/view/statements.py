"""What a plan asks for and rests on, in sentences of the locales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.view.sections import Facts, Prose
from sendwarmth.view.words import Words

ASKED = ("asked", "kept", "rests")
ASKED_BELOW = ("asked_below", "given", "rests")


def asked(plan: Plan, measures: Mapping[tuple[str, str], float], words: Words) -> tuple[Any, ...]:
    """Return what the meeting is asked to decide: three sentences, key figures, the purpose.

    Parameters
    ----------
    plan
        The plan.
    measures
        Its measures by name and scope.
    words
        The language.
    """
    facts = _facts(plan, measures, words.language)
    given = plan.scenario.values["envelopes_yuan"] is not None
    asked = ASKED_BELOW if given else ASKED
    sentences = tuple(words.say(f"request.{name}", **facts) for name in asked)
    purpose = plan.scenario.purpose[words.language]
    parts: list[Any] = [Prose(sentences, "ol"), Facts(tuple(_cards(facts, words)))]
    return (*parts, Prose((purpose,))) if purpose else tuple(parts)


def _facts(plan: Plan, measures: Mapping[tuple[str, str], float], language: str) -> dict[str, Any]:
    shared = int(plan.table.to_numpy().sum())
    fund = shared + plan.reserve
    least = [g for g in plan.table.columns if plan.scenario.values["per_head_min"].get(g)]
    regions, groups = plan.table.shape
    return {
        "title": plan.scenario.title[language],
        "budget": fund,
        "shared": shared,
        "regions": regions,
        "groups": groups,
        "reserve": plan.reserve,
        "given": plan.scenario.values["envelopes_yuan"] is not None,
        "reserve_share": plan.reserve / fund if fund else 0.0,
        "until": (plan.scenario.values["reserve_release"] or {}).get("until"),
        "heads": float(plan.heads[least].to_numpy().sum()),
        "people": measures.get(("people_covered", "all"), 0.0),
        "coverage": measures.get(("coverage_people", "all")),
        "assumed": measures.get(("share_assumed", "all"), 0.0),
        "assumed_yuan": measures.get(("money_assumed", "all"), 0.0),
    }


def _cards(facts: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str, str]]:
    say, unit = words.say, words.say("unit.large")
    money = (
        ("field.budget_yuan.label", "budget"),
        ("table.shared", "shared"),
        ("field.reserve.label", "reserve"),
    )[: 2 if facts["given"] else 3]
    for label, key in money:
        yield say(label), f"{words.large(facts[key])} {unit}", words.yuan(facts[key])
    reached = say("request.reached", **facts)
    yield say("measure.coverage_people.label"), say("request.of", value=facts["coverage"]), reached
    assumed = say("request.of", value=facts["assumed"])
    yield say("measure.share_assumed.label"), assumed, say("page.confirm")


def beside(plan: Plan, words: Words) -> tuple[str, ...]:
    """Return what never draws on the fund, and what others pay to the same people."""
    lines = [words.say("sources.outside")]
    for table in ("elsewhere", "matching"):
        rows = plan.inputs.extras.get(table)
        if rows is not None and not rows.empty:
            lines.append(words.say(f"sources.{table}", value=float(rows["yuan"].sum())))
    return tuple(lines)


def principles(plan: Plan, words: Words) -> tuple[str, ...]:
    """Return the rules of the split that hold in a plan, a sentence each."""
    say, values = words.say, plan.scenario.values
    release = values["reserve_release"] or {}
    lines = [say("basis.cover"), say("basis.nearest"), say("basis.unit", unit=values["unit_yuan"])]
    if values["region_floor_yuan"]:
        lines.append(say("basis.floor", yuan=values["region_floor_yuan"]))
    if values["region_cap_share"] is not None:
        lines.append(say("basis.cap", share=values["region_cap_share"]))
    if values["change_band"]:
        low, high = values["change_band"]
        lines.append(say("basis.band", low=low, high=high))
    if values["group_share"]:
        lines.append(say("basis.shares"))
    if values["envelopes_yuan"] is not None:
        return (*lines, say("basis.envelopes"))
    dated = "dated" if release.get("until") else "undated"
    lines.append(say(f"basis.reserve_{dated}", yuan=plan.reserve, **release))
    return tuple(lines)
