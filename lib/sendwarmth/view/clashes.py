"""Sentences that are put together: what a clash consists of, and what would repair it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sendwarmth.view.words import Words

Name = Callable[[str], str]
TOTAL = "budget_yuan"


def clash(words: Words, facts: Mapping[str, Any], name: Name) -> dict[str, Any]:
    """Return what the sentence of a clash needs: its groups of members, each in words."""
    said = [_group(words, group, name) for group in facts["groups"]]
    return {**facts, "said": words.say("limit.clause").join(said)}


def _group(words: Words, group: Mapping[str, Any], name: Name) -> str:
    field, _, member = str(group["driver"]).partition("/")
    if field == TOTAL:
        return words.say("clash.total", yuan=group["sum_yuan"])
    if group["count"] == 1:
        what = limit_said(words, group["members"][0], name)
        return words.say(f"clash.{group['side']}_one", what=what, yuan=group["sum_yuan"])
    label = words.label(f"field.{field}.label", words.label(f"limit.{field}", field))
    what = words.say("diff.of", label=label, name=name(member)) if member else label
    facts = {"what": what, "count": group["count"], "yuan": group["sum_yuan"]}
    each = group.get("each_yuan")
    facts["each"] = None if each is None else words.yuan(each)
    return words.say(f"clash.{group['side']}_many", **facts)


def limit_said(words: Words, limit: str, name: Name) -> str:
    """Return what planners call a limit, by names where they are known, else by ids."""
    field, _, member = limit.partition("/")
    if field == "limits":
        return words.say("clash.named", name=member)
    if not member:
        return words.label(f"limit.{field}", field)
    key = f"limit.{field}"
    return words.say(key, member=name(member)) if words.knows(key) else f"{field} {name(member)}"


def repair(words: Words, facts: Mapping[str, Any], name: Name) -> dict[str, Any]:
    """Return what the sentence of a repair needs: the values before and after, in words."""
    change = facts.get("change")
    return {
        **facts,
        "old": value_said(words, facts["old"]),
        "new": value_said(words, facts["new"]),
        "by": None
        if change is None
        else f"{'+' if change > 0 else '−'}{words.number(abs(change))}",
    }


def repair_together(words: Words, facts: Mapping[str, Any], name: Name) -> dict[str, Any]:
    """Return what the sentence of several repairs needs: each as label, before, after."""
    said = [
        words.say(
            "diff.changed",
            label=path_said(words, part["field"], name),
            before=value_said(words, part["old"]),
            after=value_said(words, part["new"]),
        )
        for part in facts["parts"]
    ]
    return {**facts, "said": words.say("limit.clause").join(said)}


def path_said(words: Words, path: str, name: Name) -> str:
    """Return a path inside the values in words: field, then group or number of the entry."""
    field, *rest = [part for part in re.split(r"[.\[\]]+", path) if part]
    label = words.label(f"field.{field}.label", field)
    parts = [
        words.say("clash.entry", number=int(part) + 1)
        if part.isdigit()
        else words.label(f"diff.key.{part}", name(part))
        for part in rest
    ]
    return words.say("diff.of", label=label, name=" ".join(parts)) if parts else label


def value_said(words: Words, value: Any) -> str:
    """Return a value of a scenario in words."""
    if value is None:
        return words.say("diff.nothing")
    if isinstance(value, Mapping):
        return words.say("limit.list").join(f"{k} {value_said(words, v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return words.say("diff.to").join(value_said(words, part) for part in value)
    return words.plain(value)


COMPOSED: Mapping[str, Callable[[Words, Mapping[str, Any], Name], dict[str, Any]]] = {
    "clash": clash,
    "repair": repair,
    "repair_together": repair_together,
}
