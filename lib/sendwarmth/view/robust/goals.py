"""Goals: one input moved, one figure aimed at; the answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sendwarmth.model.findings import Finding
from sendwarmth.model.robust.seek import Answer
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.sections import Column, Table

FIGURES = ("aim", "reached", "at_low", "at_high")
SETTINGS = ("value", "beyond", "low", "high")
COLUMNS = ("input", "now", "figure", "base", "aim", "answer", "reached")
WIDTHS = ("now", "base", "aim", "reached")


def table(answers: Sequence[Answer], naming: Naming) -> Table:
    """Return a row a goal: what moves, what is aimed at, the answer and what it comes to."""
    say = naming.words.say
    columns = (
        Column(say(f"robust.column.{key}"), "number" if key in WIDTHS else "text")
        for key in COLUMNS
    )
    rows = tuple(_row(answer, naming) for answer in answers)
    return Table(say("robust.goals_caption"), tuple(columns), rows)


def _row(answer: Answer, naming: Naming) -> tuple[Any, ...]:
    figure, lever = answer.figure, answer.lever
    asked = (
        naming.lever(lever),
        naming.setting(lever, answer.now),
        naming.figure(figure),
        naming.value(figure, answer.base),
        naming.value(figure, answer.aim),
    )
    if answer.value is None:
        return (*asked, reason(answer.finding, naming) if answer.finding else None, None)
    found = naming.setting(lever, answer.value)
    if answer.also:
        also = (naming.setting(lever, other) for other in answer.also)
        listed = naming.words.say("limit.list").join(also)
        found = naming.words.say("robust.also", value=found, also=listed)
    return (*asked, found, naming.value(figure, answer.reached))


def reason(finding: Finding, naming: Naming) -> str:
    """Return why there is no answer, with names and units."""
    facts = dict(finding.facts)
    lever, figure = str(facts["lever"]), str(facts["figure"])
    facts |= {key: naming.value(figure, facts[key]) for key in FIGURES if key in facts}
    facts |= {key: naming.setting(lever, facts[key]) for key in SETTINGS if key in facts}
    if "clash" in facts:
        facts["clash"] = naming.clash(str(facts["clash"]))
    facts |= {"lever": naming.lever(lever), "figure": naming.figure(figure)}
    return naming.words.sentence(replace(finding, facts=facts))
