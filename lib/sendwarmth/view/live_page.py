"""What the levers of a shared page work from: the panel's data in one language, its code packed."""

from __future__ import annotations

from functools import cache
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.view import live
from sendwarmth.view.answers import Answers, payload
from sendwarmth.view.controls import SECTIONS
from sendwarmth.view.levers import Lever
from sendwarmth.view.rendering import TEMPLATES
from sendwarmth.view.words import Words


def page_data(plan: Plan, words: Words) -> dict[str, Any]:
    """Return everything a page needs to work a plan out again, as plain data.

    Parameters
    ----------
    plan
        The plan the page is about.
    words
        The page's language; the data hold texts of that one only.
    """
    answers = Answers(plan.inputs, plan.scenario)
    data = payload(answers, plan)
    language = words.language
    # Where the panel would wait for its kernel, a page has to say that it has none.
    texts = {**data["words"][language], **words.below("live.panel")}
    own = {"words": {language: texts}, "names": {language: data["names"][language]}}
    levers = [{**row, "label": {language: row["label"][language]}} for row in data["levers"]]
    return {
        **data,
        **own,
        "levers": levers,
        "language": language,
        "sections": {key: list(fields) for key, fields in SECTIONS.items()},
        "choices": {
            lever.name: [_choice(lever, choice, words) for choice in lever.choices]
            for lever in answers.levers
            if lever.kind == "choice"
        },
        "submitted": words.say("live.submitted"),
    }


def _choice(lever: Lever, choice: str | int, words: Words) -> str:
    if isinstance(choice, int):
        return words.yuan(choice)
    keys = (f"choice.{lever.field}.{choice}", f"panel.{lever.part}_{choice}")
    return next((words.say(key) for key in keys if words.knows(key)), choice)


@cache
def page_code() -> str:
    """Return the script that draws the panel in a page: its module, then what mounts it."""
    return live.module_text() + "\n" + (TEMPLATES / "live.js").read_text(encoding="utf-8")


def page_style() -> str:
    """Return the panel's style sheet."""
    return live.style_text()
