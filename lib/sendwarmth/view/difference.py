"""What differs between two scenarios, said in the planner's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.model.schema import EVERY, FIELDS
from sendwarmth.view.names import Names
from sendwarmth.view.words import Words


def changed_values(first: Plan, other: Plan, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the field and a sentence for each value in which a scenario differs from the first.

    Parameters
    ----------
    first, other
        The plans.
    names
        Names in their tables.
    """
    for name in FIELDS:
        before, after = first.scenario.values[name], other.scenario.values[name]
        if before != after:
            yield from ((name, said) for said in _told(name, before, after, names))


def _told(field: str, before: Any, after: Any, names: Names) -> Iterator[str]:
    words = names.words
    label = words.say(f"field.{field}.label")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                said = words.say("diff.of", label=label, name=_key(key, names))
                yield _changed(said, before.get(key), after.get(key), field, names)
    elif field in ("locks", "limits"):
        for entry in before:
            if entry not in after:
                yield words.say("diff.removed", label=label, value=entry_said(entry, names))
        for entry in after:
            if entry not in before:
                yield words.say("diff.added", label=label, value=entry_said(entry, names))
    else:
        yield _changed(label, before, after, field, names)


def _key(key: str, names: Names) -> str:
    if key == EVERY:
        return names.words.say("diff.every")
    return names.words.label(f"diff.key.{key}", names.of_id(key))


def _changed(label: str, before: Any, after: Any, field: str, names: Names) -> str:
    facts = {"before": value_said(before, field, names), "after": value_said(after, field, names)}
    return names.words.say("diff.changed", label=label, **facts)


def value_said(value: Any, field: str, names: Names) -> str:
    """Return a value of a field in words.

    Parameters
    ----------
    value
        Plain data as in a scenario.
    field
        Name of the field.
    names
        Names in the tables.
    """
    words = names.words
    if value is None or value in ("", (), [], {}):
        return words.say("diff.nothing")
    if isinstance(value, Mapping):
        pairs = [
            f"{_factor(key, names)} {value_said(part, field, names)}" for key, part in value.items()
        ]
        return words.say("limit.list").join(pairs)
    if isinstance(value, tuple | list):
        return words.say("diff.to").join(value_said(part, field, names) for part in value)
    if isinstance(value, str):
        return words.label(f"choice.{field}.{value}", words.label(f"diff.word.{value}", value))
    return _number(value, FIELDS[field].unit if field in FIELDS else "", words)


def _number(value: float, unit: str, words: Words) -> str:
    """Return a number in its unit; an amount in the large unit from one of it on."""
    if unit == "share" and value <= 1:
        return words.percent(value)
    if unit not in ("yuan", "yuan_a_head"):
        return words.number(value)
    large = unit == "yuan" and abs(value) >= int(words.say("unit.large_yuan"))
    return words.say("diff.amount", value=value) if large else words.yuan(value)


def _factor(key: str, names: Names) -> str:
    return names.words.label(f"choice.factor.{key}", _key(key, names))


def entry_said(entry: Mapping[str, Any], names: Names) -> str:
    """Return a lock or a limit in words."""
    words = names.words
    if "yuan" in entry:
        cell = names.of_id(f"{entry['region']}/{entry['group']}")
        return f"{cell} {words.say('ledger.lock', value=entry['yuan'])}"
    parts = [
        words.say(f"ledger.{key}", value=entry[f"{key}_yuan"])
        for key in ("floor", "cap")
        if entry[f"{key}_yuan"] is not None
    ]
    return words.say("diff.limit", name=entry["name"], says=words.say("limit.clause").join(parts))


def fields_said(joined: str, names: Names) -> str:
    """Return fields joined by ``+`` in words; ``data`` and ``rounding`` have words of their own."""
    words = names.words
    said = [
        words.say(f"field.{part}.label") if part in FIELDS else words.say(f"contrast.{part}")
        for part in joined.split("+")
    ]
    return words.say("limit.list").join(said)
