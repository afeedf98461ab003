"""Positions of the levers: read off a scenario, and turned back into values that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario, standards
from sendwarmth.model.schema import EVERY, FIELDS
from sendwarmth.view.levers import LISTS, Lever, Position

OFF_BAND = (-0.05, 0.3)
OFF_CAP = 0.5


def position_of(levers: Sequence[Lever], inputs: Inputs, scenario: Scenario) -> dict[str, Any]:
    """Return where a scenario puts every lever; a lever whose switch is off rests at a fair value.

    Parameters
    ----------
    levers
        As `sendwarmth.view.levers.levers_of` makes them.
    inputs
        The tables.
    scenario
        The scenario.
    """
    read = _Reading(inputs, scenario)
    position = {
        lever.name: READERS[lever.field](read, lever) for lever in levers if not lever.joins
    }
    for lever in levers:
        if lever.joins:
            position[lever.name] = max(position[name] for name in lever.joins)
    for name in LISTS:
        position[name] = [dict(row) for row in scenario.values[name]]
    return position


class _Reading:
    """Reads a scenario's values lever by lever."""

    def __init__(self, inputs: Inputs, scenario: Scenario) -> None:
        self.inputs, self.values = inputs, scenario.values
        self.standards = standards(scenario, inputs)

    def plain(self, lever: Lever) -> Any:
        value = self.values[lever.field]
        if lever.kind == "switch":
            return value is not None
        return OFF_CAP if value is None else value

    def standard(self, lever: Lever) -> int:
        return int(self.standards[lever.member])

    def by_group(self, lever: Lever) -> Any:
        value = self.values[lever.field].get(lever.member)
        if lever.kind == "switch":
            return value is not None
        if value is not None:
            return value
        return {"priority": 1, "per_head_max": lever.highest}.get(lever.field, 0)

    def reserve(self, lever: Lever) -> Any:
        value = self.values["reserve"]
        form = "rest" if value == "rest" else "yuan" if isinstance(value, Mapping) else "share"
        share = value if form == "share" else FIELDS["reserve"].default
        yuan = value["yuan"] if form == "yuan" else int(self.values["budget_yuan"] * share)
        return {"form": form, "": share, "yuan": yuan}[lever.part]

    def weight(self, lever: Lever) -> float:
        weights = self.values["factor_weight"]
        return float(weights.get(lever.member, weights[EVERY]).get(lever.part, 0))

    def share(self, lever: Lever) -> Any:
        shares = self.values["group_share"]
        if lever.kind == "switch":
            return shares is not None
        return self.fair_shares[lever.member] if shares is None else shares[lever.member]

    @cached_property
    def fair_shares(self) -> dict[str, float]:
        """Return the shares that the claims come to, in thousandths that add to 1."""
        claims = self.inputs.claims(self.standards).sum()
        whole = float(claims.sum()) or 1.0
        thousandths = {group: int(1000 * yuan / whole) for group, yuan in claims.items()}
        largest = str(claims.idxmax())
        thousandths[largest] += 1000 - sum(thousandths.values())
        return {str(group): n / 1000 for group, n in thousandths.items()}

    def band(self, lever: Lever) -> Any:
        band = self.values["change_band"]
        if lever.kind == "switch":
            return band is not None
        return (band or OFF_BAND)[lever.part == "high"]


READERS: Mapping[str, Callable[[_Reading, Lever], Any]] = {
    **dict.fromkeys(FIELDS, _Reading.plain),
    "standard": _Reading.standard,
    **dict.fromkeys(("priority", "per_head_min", "per_head_max"), _Reading.by_group),
    "reserve": _Reading.reserve,
    "factor_weight": _Reading.weight,
    "group_share": _Reading.share,
    "change_band": _Reading.band,
}


def changes(levers: Sequence[Lever], position: Position, start: Position) -> dict[str, Any]:
    """Return the values that lead from one position to another, for ``Scenario.with_values``.

    Only fields that differ are in it, and of fields by group only the groups that differ.

    Parameters
    ----------
    levers
        As `sendwarmth.view.levers.levers_of` makes them.
    position
        Where the levers are; names it lacks are where they started.
    start
        Where the scenario had them.
    """
    now = {**start, **{name: value for name, value in position.items() if name in start}}
    by_field: dict[str, list[Lever]] = {}
    for lever in levers:
        if not lever.joins:
            by_field.setdefault(lever.field, []).append(lever)
    found = {}
    for field, own in by_field.items():
        read = WRITERS.get(field, _plain)
        value, before = read(own, now), read(own, start)
        if isinstance(value, dict) and field not in WHOLE:
            value = {key: part for key, part in value.items() if part != before[key]}
            if value:
                found[field] = value
        elif value != before:
            found[field] = value
    return found | {name: now[name] for name in LISTS if now[name] != start[name]}


WHOLE = ("reserve", "group_share")


def _number(lever: Lever, position: Position) -> Any:
    if lever.switch and not position[lever.switch]:
        return None
    value = position[lever.name]
    if lever.kind == "choice":
        return value
    return round(value) if lever.unit.startswith("yuan") else round(float(value), 6)


def _valued(levers: Sequence[Lever]) -> list[Lever]:
    return [lever for lever in levers if lever.kind != "switch"]


def _plain(levers: Sequence[Lever], position: Position) -> Any:
    return _number(_valued(levers)[-1], position)


def _by_group(levers: Sequence[Lever], position: Position) -> dict[str, Any]:
    return {lever.member: _number(lever, position) for lever in _valued(levers)}


def _shares(levers: Sequence[Lever], position: Position) -> dict[str, Any] | None:
    shares = _by_group(levers, position)
    return None if None in shares.values() else shares


def _weights(levers: Sequence[Lever], position: Position) -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = {}
    for lever in levers:
        weights.setdefault(lever.member, {})[lever.part] = _number(lever, position)
    for parts in weights.values():
        parts["claim"] = float(1 - sum(Decimal(repr(part)) for part in parts.values()))
    return weights


def _reserve(levers: Sequence[Lever], position: Position) -> Any:
    form, share, yuan = (_number(lever, position) for lever in levers)
    return {"rest": "rest", "yuan": {"yuan": yuan}, "share": share}[form]


def _band(levers: Sequence[Lever], position: Position) -> list[float] | None:
    band = [_number(lever, position) for lever in _valued(levers)]
    return None if None in band else band


WRITERS: Mapping[str, Callable[[Sequence[Lever], Position], Any]] = {
    **dict.fromkeys(("standard", "priority", "per_head_min", "per_head_max"), _by_group),
    "group_share": _shares,
    "factor_weight": _weights,
    "reserve": _reserve,
    "change_band": _band,
}
