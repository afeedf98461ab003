"""A scenario: who asks for which split, when, and every value that decides it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sendwarmth.model.findings import Finding, InputError
from sendwarmth.model.schema import EVERY, UNCERTAIN, Reader
from sendwarmth.model.values import read_values

if TYPE_CHECKING:
    from sendwarmth.model.inputs import Inputs

LANGUAGES = ("zh", "en")
STATUSES = ("draft", "submitted", "approved")
HEAD = ("title", "purpose", "author", "date", "status", "decision", "extends", "data", "values")
REPLACED = (
    *("group_share", "envelopes_yuan", "reserve", "reserve_release"),
    *("locks", "limits", "uncertainty"),
)
BY_GROUP = (
    *("standard", "priority", "per_head_min", "per_head_max"),
    *("group_share", "envelopes_yuan"),
)


@dataclass(frozen=True)
class Origin:
    """Where a scenario was read: file name, folder, and the line of each dotted path."""

    file: str = ""
    folder: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def reader(self) -> Reader:
        """Return a reader whose findings say where in the file they are."""
        return Reader(self.file, self.lines)


@dataclass(frozen=True)
class Scenario:
    """One scenario with every value resolved: nothing in it is left to a default or a parent.

    Parameters
    ----------
    name
        The file's name without its ending.
    title, purpose
        Text by language (``zh``, ``en``).
    status
        ``draft``, ``submitted`` or ``approved``; approved carries ``decision``.
    values
        Every field of ``schema.FIELDS`` as plain data.
    data
        The tables it is about, as written in the file, from the file's own folder.
    raw
        The values as the file and its parents state them, merged and unread.
    origin
        Where it was read, for findings and for the tables' folder.
    """

    name: str
    title: Mapping[str, str]
    purpose: Mapping[str, str]
    author: str
    date: str
    status: str
    decision: Mapping[str, str]
    data: str
    extends: str
    values: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)
    origin: Origin = field(default_factory=Origin, compare=False)

    def with_values(self, **changes: Any) -> Scenario:
        """Return the scenario with some values changed, checked like a file; mappings are merged.

        Raises
        ------
        InputError
            With every finding.

        Examples
        --------
        >>> scenario = read_scenario({"values": {"budget_yuan": 100}}, name="a")
        >>> scenario.with_values(budget_yuan=80).values["budget_yuan"]
        80
        """
        raw = merge(self.raw, changes)
        read = self.origin.reader()
        values = read_values(read, raw)
        if read.findings:
            raise InputError(read.findings)
        return replace(self, values=MappingProxyType(values), raw=raw)


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parent's values with what the child states instead.

    A mapping is merged key by key, so that a child states only what differs; lists, shares, the
    reserve and the uncertainty are replaced whole.

    Examples
    --------
    >>> merge({"standard": {"a": 1, "b": 2}}, {"standard": {"b": 3}})
    {'standard': {'a': 1, 'b': 3}}
    """
    merged = dict(parent)
    for key, value in child.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(old, value) if both and key not in REPLACED else value  # type: ignore[arg-type]
    return merged


def _words(read: Reader, path: str, raw: Any, fallback: str) -> Mapping[str, str]:
    if raw is None or isinstance(raw, str):
        return dict.fromkeys(LANGUAGES, raw or fallback)
    texts = {key: read.text(f"{path}.{key}", v) for key, v in read.mapping(path, raw, LANGUAGES)}
    first = next((text for text in texts.values() if text), fallback)
    return {language: texts.get(language) or first for language in LANGUAGES}


def _decision(read: Reader, raw: Any, status: str) -> Mapping[str, str]:
    parts = dict(read.mapping("decision", raw or {}, ("meeting", "date", "number")))
    decision = {key: read.text(f"decision.{key}", value) for key, value in parts.items()}
    if status == "approved" and not all(decision.get(key) for key in ("meeting", "date", "number")):
        read.wrong("approved_without_decision", "decision", decision)
    return decision


def read_scenario(
    raw: Mapping[str, Any],
    name: str,
    parent: Scenario | None = None,
    origin: Origin | None = None,
    refused: Sequence[Finding] = (),
) -> Scenario:
    """Read a scenario from the plain data of its file.

    Parameters
    ----------
    raw
        The file's data, keys as in ``HEAD``.
    name
        Its name.
    parent
        The scenario it extends, already read; what it does not state is taken from there.
    origin
        Where it was read.
    refused
        What was already found wrong in the file itself; nothing more is said of those places.

    Raises
    ------
    InputError
        With every finding at once: unknown keys, wrong kinds, values out of range.
    """
    origin = origin or Origin()
    read = origin.reader()
    head = {}
    for key, value in raw.items():
        if key in HEAD:
            head[key] = value
        else:
            read.unknown("unknown_key", str(key), key, HEAD)
    stated = head.get("values") or {}
    if not isinstance(stated, Mapping):
        read.wrong("not_a_mapping", "values", stated)
        stated = {}
    merged = merge(parent.raw, stated) if parent else dict(stated)
    status = head.get("status", "draft")
    if status not in STATUSES:
        read.unknown("unknown_choice", "status", status, STATUSES)
    inherited = parent.data if parent else ""
    scenario = Scenario(
        name=name,
        title=_words(read, "title", head.get("title"), name),
        purpose=_words(read, "purpose", head.get("purpose"), ""),
        author=read.text("author", head.get("author")),
        date=read.day("date", head.get("date")),
        status=str(status),
        decision=_decision(read, head.get("decision"), str(status)),
        data=read.text("data", head.get("data")) or inherited,
        extends=read.text("extends", head.get("extends")),
        values=MappingProxyType(read_values(read, merged)),
        raw=merged,
        origin=origin,
    )
    findings = [*refused, *beyond(refused, read.findings)]
    if findings:
        raise InputError(findings, readable=scenario)
    return scenario


def beyond(said: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """Return the further findings about places of which nothing was said yet, and unknown keys."""
    at = {finding.place.field for finding in said}
    return [
        finding
        for finding in more
        if finding.code == "unknown_key" or at.isdisjoint(_holders(finding.place.field))
    ]


def _holders(path: str) -> set[str]:
    """Return a dotted path and every path that holds it."""
    return {path, *(path[: found.start()] for found in re.finditer(r"[.\[]", path))}


def check(scenario: Scenario, inputs: Inputs) -> tuple[Finding, ...]:
    """Return what is wrong between a scenario and the tables it is about: unknown ids, gaps.

    Parameters
    ----------
    scenario
        The scenario.
    inputs
        The tables.
    """
    read = scenario.origin.reader()
    values = scenario.values
    regions, groups = inputs.region_ids, inputs.group_ids
    for path, word, kind in _mentioned(values):
        known = regions if kind == "region" else groups
        if word not in known:
            read.unknown(f"unknown_{kind}", path, word, known)
    for group in _must_cover(inputs):
        if values["per_head_min"].get(group) is None:
            read.wrong("must_cover_without_min", "values.per_head_min", group)
    for group in set(values["per_head_min"]) & set(values["per_head_max"]):
        least, most = values["per_head_min"][group], values["per_head_max"][group]
        if least is not None and most is not None and least > most:
            at = f"values.per_head_min.{group}"
            read.wrong("floor_above_cap", at, least, cap=most, name=group)
    _check_envelopes(read, values, groups)
    cells = [(lock["region"], lock["group"]) for lock in values["locks"]]
    for i, cell in enumerate(cells):
        if cell in cells[:i]:
            read.wrong("locked_twice", f"values.locks[{i}]", "/".join(cell))
    return tuple(read.findings)


def _check_envelopes(read: Reader, values: Mapping[str, Any], groups: Sequence[str]) -> None:
    """Note a group without its envelope, and envelopes that are set in two ways."""
    shares, yuan, priority = (
        values[name] for name in ("group_share", "envelopes_yuan", "priority")
    )
    for group in sorted(set(groups) - set(groups if shares is None else shares)):
        read.wrong("group_without_share", "values.group_share", group)
    for group in sorted(set(groups) - set(groups if yuan is None else yuan)):
        read.wrong("group_without_envelope", "values.envelopes_yuan", group)
    if shares is not None and yuan is not None:
        read.wrong("share_and_envelope", "values.envelopes_yuan", sum(yuan.values()))
    fixed = shares is not None or yuan is not None
    if fixed and len({priority.get(group, 1) for group in groups}) > 1:
        read.wrong("share_and_priority", "values.priority", str(dict(priority)))


def _mentioned(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield every region and group id the values mention, with its path."""
    for name in BY_GROUP:
        for group in values[name] or {}:
            yield f"values.{name}.{group}", group, "group"
    for group in values["factor_weight"]:
        if group != EVERY:
            yield f"values.factor_weight.{group}", group, "group"
    for word in values["uncertainty"]:
        if word not in UNCERTAIN:
            yield f"values.uncertainty.{word}", word, "group"
    for i, lock in enumerate(values["locks"]):
        yield f"values.locks[{i}].region", lock["region"], "region"
        yield f"values.locks[{i}].group", lock["group"], "group"
    for i, limit in enumerate(values["limits"]):
        for key, kind in (("regions", "region"), ("groups", "group")):
            for j, word in enumerate(limit[key] if limit[key] != "all" else ()):
                yield f"values.limits[{i}].{key}[{j}]", word, kind


def standards(scenario: Scenario, inputs: Inputs) -> dict[str, float]:
    """Return the standard of each group, yuan a head: the scenario's, or else the tables'."""
    own, stated = own_standards(inputs), scenario.values["standard"]
    return {group: float(stated.get(group, own[group])) for group in inputs.group_ids}


@lru_cache(maxsize=8)
def own_standards(inputs: Inputs) -> Mapping[str, float]:
    """Return each group's own standard in the tables; asked at every point of a sweep."""
    return MappingProxyType(inputs.table_standard.to_dict())


@lru_cache(maxsize=8)
def _must_cover(inputs: Inputs) -> tuple[str, ...]:
    return tuple(inputs.groups.index[inputs.groups["must_cover"]])
